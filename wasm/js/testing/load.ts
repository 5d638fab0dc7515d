import { load } from '#provider'
import { reader } from '#reader'
import { text } from '#server'
import { unpack } from '../unpack.js'

let loaded: ReturnType<typeof load> | undefined

/** The server, compiled at its first use. */
export function server(): ReturnType<typeof load> {
  return (loaded ??= load(unpack(reader, text)))
}
