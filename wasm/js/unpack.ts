import { bytes } from './convert.js'

/** Where ../pack/unpack.wat puts the module. */
const MODULE = 0x800000

/**
 * The module that ../pack/pack.mjs made a text of; `reader` is ../pack/unpack.wat, in base64.
 *
 * Throws a `WebAssembly.RuntimeError` if the text came to harm.
 */
export function unpack(reader: string, text: string): Uint8Array<ArrayBuffer> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes(reader)))
  const { memory, unpack } = exports as unknown as { memory: { buffer: ArrayBuffer }; unpack: () => number }
  new Uint8Array(memory.buffer).set(new TextEncoder().encode(text))
  return new Uint8Array(memory.buffer, MODULE, unpack() - MODULE)
}
