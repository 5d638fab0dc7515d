/** Everything that `grantflow` and `grantflow/flow` have, as JavaScript alone: for pages that may not run WebAssembly. */
export * from './index.js'
export * from './flow.js'
