/** Everything that `grantflow` and `grantflow/flow` have, with the wasm in a file of its own: `grantflow/grantflow.wasm`. */
export * from './index.js'
export * from './flow.js'

/**
 * The file, fetched or read.
 *
 * @example
 * ```ts
 * import { type WasmFile, useWasm } from 'grantflow/slim'
 *
 * const file = async (): Promise<WasmFile> => fetch('/grantflow.wasm')
 * await useWasm(file())
 * ```
 */
export type WasmFile = Response | ArrayBuffer | ArrayBufferView<ArrayBuffer>

/**
 * The file, compiled; TypeScript's own type would take a path for it.
 *
 * @example
 * ```ts
 * import { type WasmModule, useWasm } from 'grantflow/slim'
 *
 * const module = await WebAssembly.compile(await (await fetch('/grantflow.wasm')).arrayBuffer())
 * await useWasm(module as WasmModule)
 * ```
 */
export type WasmModule = WebAssembly.Module & { readonly length?: undefined }

/**
 * Takes the wasm; until it has, everything throws `config_invalid`.
 *
 * Copy `grantflow/grantflow.wasm` to where you serve files from, or let your bundler name it:
 * `await useWasm(fetch('/grantflow.wasm'))`.
 *
 * @example
 * ```ts
 * import { createAuth, useWasm } from 'grantflow/slim'
 *
 * await useWasm(fetch('/grantflow.wasm'))
 * const auth = createAuth({ issuer: 'https://login.example', clientId: 'app' })
 * console.log((await auth.ready()).status) // signed-out
 * ```
 */
export declare function useWasm(source: WasmFile | WasmModule | Promise<WasmFile | WasmModule>): Promise<void>
