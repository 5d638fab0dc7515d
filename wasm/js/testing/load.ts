import { load } from '#provider'
import { pack } from '#server'
import { unpack } from '../unpack.js'

let loaded: ReturnType<typeof load> | undefined

/** The server, compiled at its first use. */
export function server(): ReturnType<typeof load> {
  return (loaded ??= load(unpack(...pack)))
}
