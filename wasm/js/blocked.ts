import { AuthError } from './error.js'

/** The page's policy forbids WebAssembly: it has to allow it, or the app to do without. */
export function blocked(cause: unknown): AuthError {
  const subject = "script-src without 'wasm-unsafe-eval' needs grantflow/js"
  return new AuthError({ code: 'wasm_blocked', stage: 'configure', remedy: 'fix-config', subject }, cause)
}
