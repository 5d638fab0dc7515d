import { load } from '#glue'
import { pack } from '#wasm'
import { AuthError } from './error.js'

let loaded: ReturnType<typeof load> | undefined

/** The core, compiled at its first use. */
export function core(): ReturnType<typeof load> {
  return (loaded ??= start())
}

function start(): ReturnType<typeof load> {
  try {
    return load(unpack(...pack))
  } catch (cause) {
    throw new AuthError({ code: 'wasm_blocked', stage: 'configure', remedy: 'fix-config', subject: 'wasm-unsafe-eval' }, cause)
  }
}

/**
 * Bytes from printable characters, which compress better than base64: the frequent bytes (one bit
 * each in `often`) have one character, the others two.
 */
function unpack(alphabet: string, often: string, size: number, text: string): Uint8Array<ArrayBuffer> {
  const one: number[] = []
  const two: number[] = []
  for (let byte = 0; byte < 256; byte++) {
    const digit = parseInt(often[byte >> 2] ?? '', 16)
    ;((digit >> (byte & 3)) & 1 ? one : two).push(byte)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (let i = 0; i < text.length; i++) {
    const place = alphabet.indexOf(text[i] ?? '')
    const high = place - one.length
    bytes[at++] = (high < 0 ? one[place] : two[high * alphabet.length + alphabet.indexOf(text[++i] ?? '')]) ?? 0
  }
  return bytes
}
