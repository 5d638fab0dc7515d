/** What helps against an error. */
export type Remedy = 'retry' | 'login-again' | 'fix-config' | 'ask-user' | 'report'

/** The leg of the login that failed. */
export type Stage = 'configure' | 'discover' | 'authorize' | 'callback' | 'redeem' | 'identity' | 'resource'

/** The facts of an error. */
export interface Fault {
  /** A word for programs, such as `state_unknown`. */
  readonly code: string
  readonly stage: Stage
  readonly remedy: Remedy
  /** What the code is about: the option, endpoint or claim. */
  readonly subject?: string | undefined
  /** The server's own words, where it refused. */
  readonly oauth?: OAuthRefusal | undefined
  /** Whether the login still waits for another callback: put its record back. */
  readonly kept?: boolean | undefined
}

/** An error of RFC 6749, as the server sent it. */
export interface OAuthRefusal {
  readonly error: string
  readonly description?: string | undefined
}

/** Why something failed, and what helps; it never holds a secret. */
export declare class AuthError extends Error implements Fault {
  constructor(fault: Fault, cause?: unknown)
  readonly code: string
  readonly stage: Stage
  readonly remedy: Remedy
  readonly subject?: string | undefined
  readonly oauth?: OAuthRefusal | undefined
  readonly kept?: boolean | undefined
}

/** The claims of a proved ID token. */
export interface IdClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
  readonly name?: string
  readonly given_name?: string
  readonly family_name?: string
  readonly preferred_username?: string
  readonly picture?: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly [claim: string]: unknown
}

/** Who signed in: the pair of `iss` and `sub`, and what the server says about them. */
export interface User {
  readonly iss: string
  readonly sub: string
  readonly claims: IdClaims
}

/** Why nobody is signed in. */
export type SignedOutWhy = 'never' | 'user' | 'expired' | 'refused' | 'failed'

/** Where the app stands. */
export type Snapshot =
  | { readonly status: 'restoring' }
  | { readonly status: 'signed-out'; readonly why: SignedOutWhy; readonly error?: AuthError }
  | { readonly status: 'leaving' }
  | {
      readonly status: 'signed-in'
      /** `null` if `openid` was not asked for. */
      readonly user: User | null
      /** What was granted, which may be less than what was asked for. */
      readonly scopes: readonly string[]
      /** Seconds since 1970 at which the token is dead; `null` if the server did not say. */
      readonly expiresAt: number | null
      /** What failed meanwhile: a login that could not begin, or an answer that is not believed. */
      readonly error?: AuthError
    }

/** What an app knows about itself and its server. */
export interface Options {
  /** The server, letter by letter as its metadata says. */
  issuer: string
  /** What the server calls this app. */
  clientId: string
  /** Where the server answers; the page without query and fragment unless given. */
  redirectUri?: string
  /** `openid profile email` unless given. */
  scope?: string
  /** Where tokens are kept: gone on reload (the default), or until the tab is closed. */
  store?: 'memory' | 'session'
  /** Seconds since 1970. */
  now?: () => number
  /** Sends every request. */
  fetch?: typeof globalThis.fetch
  /** Where `auth.fetch` may take the token, besides the page's origin and the issuer's. */
  allowedOrigins?: readonly string[]
  /** What touches the browser, for tests and other hosts. */
  effects?: Partial<Effects>
}

/** One login's wishes. */
export interface LoginOptions {
  /** A path of the app; the page that called unless given. */
  returnTo?: string
  scope?: string
  prompt?: 'none' | 'login' | 'consent' | 'select_account'
  /** The longest time since the user last signed in, in seconds. */
  maxAge?: number
  loginHint?: string
}

/** A user's session in one app. */
export interface Auth {
  /** Finishes a login, or restores a session, or finds nothing; once, however often it is called. */
  ready(): Promise<Snapshot>
  /** Where the app stands; the same object until something changes. */
  readonly snapshot: Snapshot
  /** Who is signed in. */
  readonly user: User | null
  /** Leaves for the server; never resolves, and rejects if it cannot leave. */
  login(options?: LoginOptions): Promise<never>
  /** The access token. */
  token(): Promise<string>
  /** `fetch` with the access token, to allowed origins only. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>
  /** Forgets the session here. */
  logout(): Promise<void>
  /** Calls with the snapshot, now and at every change, until the returned function is called. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void
}

/** A request that the core wants sent. */
export interface OutgoingRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: Uint8Array<ArrayBuffer> | undefined
  /** Whether no cache may answer. */
  readonly fresh: boolean
}

/** What came back. */
export interface IncomingResponse {
  readonly status: number
  readonly contentType: string | null
  readonly body: Uint8Array
}

/** A signature that the core wants judged. */
export interface SignatureQuestion {
  readonly alg: string
  /** The server's key, as JSON. */
  readonly jwk: string
  readonly input: string
  readonly signature: Uint8Array<ArrayBuffer>
}

/** Everything that touches the browser; it decides nothing. */
export interface Effects {
  now(): number
  random(bytes: number): Uint8Array
  send(request: OutgoingRequest): Promise<IncomingResponse>
  verify(question: SignatureQuestion): Promise<boolean>
  /** `sessionStorage`, or what stands for it. */
  storage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>
  /** The URL of the page. */
  href(): string
  /** Replaces the URL without a navigation. */
  replaceUrl(url: string): void
  /** Navigates. */
  leave(url: string): void
  /** Calls when the user comes back by the Back button to the page as it was left. */
  whenBack(listener: () => void): void
}

/** Sets up the session of one app; touches nothing before `ready` or `login`. */
export declare function createAuth(options: Options): Auth
