import type { ErrorCode, ErrorCodes, Fault, OAuthRefusal, Remedy, Stage } from './public/index.js'

/** What the core does not say, with the stage and the remedy that the table of errors gives it. */
const OWN = {
  aborted: ['resource', 'retry'],
  config_invalid: ['configure', 'fix-config'],
  insecure_context: ['configure', 'fix-config'],
  internal: ['configure', 'report'],
  no_randomness: ['authorize', 'fix-config'],
  popup_blocked: ['authorize', 'ask-user'],
  session_gone: ['resource', 'login-again'],
  storage_denied: ['authorize', 'ask-user'],
  token_to_foreign_origin: ['resource', 'fix-config'],
  wasm_blocked: ['configure', 'fix-config'],
} as const satisfies { readonly [C in ErrorCode]?: readonly [ErrorCodes[C]['stage'], ErrorCodes[C]['remedy']] }

/** An error of the facade's own; `subject` is what it is about. */
export function own(code: keyof typeof OWN, subject?: string, cause?: unknown): AuthError {
  const [stage, remedy] = OWN[code]
  return new AuthError({ code, stage, remedy, subject }, cause)
}

/** Calls what is the app's own: what it throws is told to the app, and stops nothing here. */
export function guarded(call: () => void): void {
  try {
    call()
  } catch (thrown) {
    if (typeof reportError === 'function') return reportError(thrown)
    queueMicrotask(() => {
      throw thrown
    })
  }
}

export class AuthError extends Error implements Fault {
  override readonly name = 'AuthError'
  readonly code: ErrorCode
  readonly stage: Stage
  readonly remedy: Remedy
  readonly subject?: string | undefined
  readonly oauth?: OAuthRefusal | undefined
  readonly kept?: boolean | undefined
  readonly docs: string

  constructor({ code, stage, remedy, subject, oauth, kept }: Fault, cause?: unknown) {
    const about = oauth?.description ?? oauth?.error ?? subject
    const docs = `grantflow/errors.md#${code}`
    // What it means in full is apart, for whoever develops.
    super(`${code}${about ? ` (${about})` : ''}. Remedy: ${remedy}. See ${docs}`, { cause })
    this.code = code
    this.stage = stage
    this.remedy = remedy
    this.subject = subject
    this.oauth = oauth
    this.kept = kept
    this.docs = docs
  }
}
