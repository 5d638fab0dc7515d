declare module '#wasm' {
  /** Alphabet, frequent bytes, length, text. */
  export const pack: [string, string, number, string]
}

declare module '#glue' {
  type Glue = typeof import('../../target/wasm/client/grantflow_client.js')
  /** Compiles the module; nothing happens before. */
  export function load(bytes: Uint8Array<ArrayBuffer>): Pick<Glue, 'Login'>
}
