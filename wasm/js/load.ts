import { load } from '#glue'
import { reader } from '#reader'
import { text } from '#wasm'
import { blocked } from './blocked.js'
import { unpack } from './unpack.js'

let loaded: ReturnType<typeof load> | undefined

/** The core, compiled at its first use. */
export function core(): ReturnType<typeof load> {
  return (loaded ??= start())
}

function start(): ReturnType<typeof load> {
  try {
    return load(unpack(reader, text))
  } catch (cause) {
    throw blocked(cause)
  }
}
