import { load } from '#glue'
import { pack } from '#wasm'
import { blocked } from './blocked.js'
import { unpack } from './unpack.js'

let loaded: ReturnType<typeof load> | undefined

/** The core, compiled at its first use. */
export function core(): ReturnType<typeof load> {
  return (loaded ??= start())
}

function start(): ReturnType<typeof load> {
  try {
    return load(unpack(...pack))
  } catch (cause) {
    throw blocked(cause)
  }
}
