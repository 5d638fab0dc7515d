/** UTF-8 where the global scope has none: in Jest's jsdom. Only the CommonJS files have it, for Jest requires them. */

export const TextDecoder = function (...how: ConstructorParameters<typeof globalThis.TextDecoder>) {
  if (globalThis.TextDecoder) return new globalThis.TextDecoder(...how)
  const escaped = (byte: number): string => `%${byte.toString(16).padStart(2, '0')}`
  // What is not UTF-8 throws.
  return { decode: (bytes: Uint8Array = new Uint8Array()) => decodeURIComponent(Array.from(bytes, escaped).join('')) }
}

export const TextEncoder = function () {
  if (globalThis.TextEncoder) return new globalThis.TextEncoder()
  const byte = (_: string, hex: string): string => String.fromCharCode(parseInt(hex, 16))
  const encode = (text: string): Uint8Array => {
    const bytes = encodeURIComponent(text.toWellFormed()).replaceAll(/%(..)/g, byte)
    return Uint8Array.from(bytes, (character) => character.charCodeAt(0))
  }
  return { encode }
}
