import type { IncomingResponse, OutgoingRequest, SignatureQuestion, User } from './index.js'

export { AuthError } from './index.js'
export type { IncomingResponse, OutgoingRequest, SignatureQuestion, User } from './index.js'

/** A public client's configuration. */
export interface Configuration {
  issuer: string
  clientId: string
  redirectUri: string
}

/** An app and its server, as configured. */
export interface Profile {
  /** Where the server says what it can do. */
  readonly metadataUrl: string
  /** Receives what the server says. */
  discover(status: number, body: Uint8Array): Client
}

/** What one login asks for. */
export interface Asked {
  /** 32 bytes of `crypto.getRandomValues`, fresh for every login. */
  seed: Uint8Array
  /** Seconds since 1970. */
  now: number
  scope: string
  /** A path of the app, `/` unless given. */
  returnTo?: string | undefined
  prompt?: string | undefined
  maxAge?: number | undefined
  loginHint?: string | undefined
}

/** Where to send the browser, and what to store before it leaves. */
export interface Redirect {
  readonly url: string
  /** The name to store the record under. */
  readonly key: string
  /** Only this browser may read it, for who holds it can finish the login; and only the app may write it. */
  readonly record: string
}

/** An app that knows its server. */
export interface Client {
  begin(asked: Asked): Redirect
  /** Receives the redirect back: the query, with or without its `?`. */
  accept(record: string, query: string, now: number): Turn
  /** Where a user signs out, if the server has such a page. */
  readonly endSession: string | null
}

/** What a login ends in, proved. */
export interface Tokens {
  readonly accessToken: string
  /** Seconds since 1970; `null` if the server did not say. */
  readonly expiresAt: number | null
  readonly scopes: readonly string[]
  readonly refreshToken: string | null
  readonly idToken: string | null
  readonly user: User | null
  readonly returnTo: string
}

/** A request to send; answer it once. */
export interface SendTurn {
  readonly kind: 'send'
  readonly request: OutgoingRequest
  answer(response: IncomingResponse, now: number): Turn
}

/** A signature to judge; answer it once. */
export interface VerifyTurn extends SignatureQuestion {
  readonly kind: 'verify'
  /** `true` says that the signature was verified: say it without looking, and anyone can sign in. */
  answer(good: boolean): Turn
}

/** The end. */
export interface DoneTurn {
  readonly kind: 'done'
  readonly tokens: Tokens
}

/** What a login needs next. */
export type Turn = SendTurn | VerifyTurn | DoneTurn

/** Takes a configuration that can work, or throws `config_invalid`. */
export declare function configure(configuration: Configuration): Profile

/** The name of the record that a callback answers; nothing if it has no `state`. */
export declare function keyOf(query: string): string | undefined

/** Judges a signature with WebCrypto. */
export declare function verify(question: SignatureQuestion): Promise<boolean>
