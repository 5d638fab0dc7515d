/** Where ../pack/unpack.wat puts the module. */
const MODULE = 0x800000

/**
 * The module that ../pack/pack.mjs made a text of; `reader` is ../pack/unpack.wat, as hexadecimal digits: unlike
 * base64, these let Brotli see where bytes begin.
 *
 * Throws a `WebAssembly.RuntimeError` if the text came to harm.
 */
export function unpack(reader: string, text: string): Uint8Array<ArrayBuffer> {
  const code = Uint8Array.from(reader.match(/../g) ?? [], (byte) => parseInt(byte, 16))
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code))
  const { memory, unpack } = exports as unknown as { memory: { buffer: ArrayBuffer }; unpack: () => number }
  new Uint8Array(memory.buffer).set(new TextEncoder().encode(text))
  return new Uint8Array(memory.buffer, MODULE, unpack() - MODULE)
}
