declare module '#wasm' {
  export const text: string
}

declare module '#reader' {
  export const reader: string
}

declare module '#glue' {
  type Glue = typeof import('../../target/wasm/client/grantflow_client.js')
  /** Compiles the module; nothing happens before. */
  export function load(wasm: Uint8Array<ArrayBuffer> | WebAssembly.Module): Pick<Glue, 'Login' | 'Session'>
}

declare module '#translated' {
  /** Sets up its memory; nothing happens before. */
  export function load(): ReturnType<typeof import('#glue').load>
}

declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}

declare module '#provider' {
  /** Compiles the module; nothing happens before. */
  export function load(wasm: Uint8Array<ArrayBuffer> | WebAssembly.Module): Pick<typeof import('./provider.js'), 'Provider'>
}

declare module '#server' {
  export { text } from '#wasm'
}
