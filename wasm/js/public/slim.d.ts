/** Everything that `grantflow` and `grantflow/flow` have, with the wasm in a file of its own: `grantflow/grantflow.wasm`. */
export * from './index.js'
export * from './flow.js'

/** The file, fetched or read. */
export type WasmFile = Response | ArrayBuffer | ArrayBufferView<ArrayBuffer>

/** The file, compiled; TypeScript's own type would take a path for it. */
export type WasmModule = WebAssembly.Module & { readonly length?: undefined }

/**
 * Takes the wasm; until it has, everything throws `config_invalid`.
 *
 * Copy `grantflow/grantflow.wasm` to where you serve files from, or let your bundler name it:
 * `await useWasm(fetch('/grantflow.wasm'))`.
 */
export declare function useWasm(source: WasmFile | WasmModule | Promise<WasmFile | WasmModule>): Promise<void>
