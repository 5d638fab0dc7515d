import type { Fault, OAuthRefusal, Remedy, Stage } from './public/index.js'

const HELP: Record<Remedy, string> = {
  retry: 'Try again in a moment.',
  'login-again': 'Sign in again.',
  'fix-config': 'Change the configuration of the app or of the server.',
  'ask-user': 'Ask the user.',
  report: 'Report it: a server is broken, or somebody tampers.',
}

export class AuthError extends Error implements Fault {
  override readonly name = 'AuthError'
  readonly code: string
  readonly stage: Stage
  readonly remedy: Remedy
  readonly subject?: string | undefined
  readonly oauth?: OAuthRefusal | undefined
  readonly kept?: boolean | undefined

  constructor({ code, stage, remedy, subject, oauth, kept }: Fault, cause?: unknown) {
    const about = oauth?.description ?? oauth?.error ?? subject
    super(`${code}${about ? ` (${about})` : ''}. ${HELP[remedy]}`, { cause })
    this.code = code
    this.stage = stage
    this.remedy = remedy
    this.subject = subject
    this.oauth = oauth
    this.kept = kept
  }
}
