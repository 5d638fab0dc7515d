/**
 * Bytes from printable characters, which compress better than base64: the frequent bytes (one bit
 * each in `often`) have one character, the others two.
 */
export function unpack(alphabet: string, often: string, size: number, text: string): Uint8Array<ArrayBuffer> {
  const one: number[] = []
  const two: number[] = []
  for (let byte = 0; byte < 256; byte++) {
    const digit = parseInt(often[byte >> 2] ?? '', 16)
    ;((digit >> (byte & 3)) & 1 ? one : two).push(byte)
  }
  // Arrays of numbers, because strings take twice the time.
  const values = Uint8Array.from([...one, ...two])
  const places = new Uint8Array(128)
  for (let place = 0; place < alphabet.length; place++) places[alphabet.charCodeAt(place)] = place
  const codes = new TextEncoder().encode(text)
  const bytes = new Uint8Array(size)
  let at = 0
  const next = (): number => places[codes[at++] ?? 0] ?? 0
  for (let byte = 0; byte < size; byte++) {
    const place = next()
    const high = place - one.length
    bytes[byte] = values[high < 0 ? place : one.length + high * alphabet.length + next()] ?? 0
  }
  return bytes
}
