/** Everything, without the wasm. */
export * from './index.js'
export * from './flow.js'
export { useWasm } from './load.slim.js'
