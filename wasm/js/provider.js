/** The glue that `cargo xtask build` writes; `provider.d.ts` types it by hand. */
export { default, initSync, Provider } from '../../target/wasm/provider/grantflow_provider.js'
