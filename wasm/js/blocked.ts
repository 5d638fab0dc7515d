import { type AuthError, own } from './error.js'

/** The page's policy forbids WebAssembly: it has to allow it, or the app to do without. */
export function blocked(cause: unknown): AuthError {
  return own('wasm_blocked', "script-src without 'wasm-unsafe-eval' needs grantflow/js", cause)
}
