/// <reference lib="esnext.disposable" />

/** What helps against an error. */
export type Remedy = 'retry' | 'login-again' | 'fix-config' | 'ask-user' | 'report'

/** The leg of the login that failed. */
export type Stage = 'configure' | 'discover' | 'authorize' | 'callback' | 'redeem' | 'identity' | 'resource' | 'refresh' | 'revoke'

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

/**
 * Why nobody is signed in: nobody was; the user said so, here or in another tab; the token is dead and
 * nothing gets another; the server ended the session; the stored tokens are gone; logins failed again
 * and again; the user or the server said no; the login failed.
 */
export type SignedOutWhy = 'never' | 'user' | 'other-tab' | 'expired' | 'revoked' | 'storage-lost' | 'login-loop' | 'refused' | 'failed'

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
      /** The access token is dead, and the last try to get another failed; it is tried again. */
      readonly stale: boolean
      /** The answer to a refresh was lost: the next one tells whether the session goes on. */
      readonly inDoubt: boolean
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
  /** The page with `grantflow/relay`, where the server answers windows and frames. */
  relayUri?: string
  /** `openid profile email` unless given. */
  scope?: string
  /** The APIs that tokens are for, each an absolute URI; `auth.fetch` may go there. */
  resources?: readonly string[]
  /**
   * Where tokens are kept: in memory, and told to new tabs while one of them is open (the default);
   * besides that in the tab's storage, or in the storage all tabs share, or in your own. What is stored,
   * every script of the page can read.
   */
  store?: 'memory' | 'session' | 'local' | Store
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

/** A login in a window of its own. */
export interface PopupOptions extends LoginOptions {
  /** Stops waiting; browsers do not tell reliably that the user closed the window. */
  signal?: AbortSignal
}

/** What a token shall be. */
export interface TokenOptions {
  /** Seconds for which it shall live at least; 30 unless given. */
  minTtl?: number
  /** Stops waiting. */
  signal?: AbortSignal
}

/** How far the user wants out. */
export interface LogoutOptions {
  /** Whether the page leaves for the server, to end the user's session there, too. */
  everywhere?: boolean
  /** Where the user goes from there: a page of the app that the server knows of. */
  returnTo?: string
}

/** Storage of your own, seen by all tabs. */
export interface Store {
  getItem(name: string): string | null | Promise<string | null>
  setItem(name: string, value: string): void | Promise<void>
  removeItem(name: string): void | Promise<void>
}

/** What an app can be told of. */
export interface AuthEvents {
  /** An API wants more scope than the user has granted: `auth.login({ scope })` asks for it. */
  'step-up': (wanted: { readonly scope: string }) => void
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
  /** Signs in in a window; call it in the handler of a click. */
  popup(options?: PopupOptions): Promise<Snapshot>
  /**
   * Signs in unseen, in a frame, if the server has a session of the user and the browser shows it to a
   * frame; rejects with `login_required` or `frame_refused` if not.
   */
  silent(): Promise<Snapshot>
  /** An access token, refreshed if need be: once for all who want it, in all tabs. */
  token(options?: TokenOptions): Promise<string>
  /**
   * `fetch` with the access token, to allowed origins only. If the API takes the token no longer, another
   * is got, and a request without side effects is sent once more.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>
  /** Signs out, here and in other tabs at once, then gives the tokens back to the server. */
  logout(options?: LogoutOptions): Promise<void>
  /** Calls with what happens, until the returned function is called. */
  on<E extends keyof AuthEvents>(event: E, listener: AuthEvents[E]): () => void
  /** An error in words for a developer, with what caused it. */
  explain(error: unknown): string
  /** Calls with the snapshot, now and at every change, until the returned function is called. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void
  /** Stops hearing of other tabs and of the browser. */
  [Symbol.dispose](): void
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
  /** Seconds for which the server wants to be left alone. */
  readonly retryAfter?: string | null
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
  /** Seconds since 1970, which may be wrong. */
  now(): number
  /** Milliseconds since some instant, which never go back. */
  mono(): number
  random(bytes: number): Uint8Array
  send(request: OutgoingRequest): Promise<IncomingResponse>
  verify(question: SignatureQuestion): Promise<boolean>
  /** Whether there is a network: a request that failed without one was never sent. */
  isOnline(): boolean
  /** The tab's own storage, the storage that all tabs share, or cookies. */
  storage(area: 'session' | 'local' | 'cookie'): Storage
  /** Gets the lock of this name that one of all tabs has; nothing after so many milliseconds. */
  lock(name: string, timeout: number): Promise<(() => void) | undefined>
  /** Hears what other tabs post under this name, and posts to them. */
  channel(name: string, hear: (word: string) => void): { post(word: string): void; close(): void }
  /** Calls after so many milliseconds, or somewhat earlier, unless the returned function is called. */
  wake(milliseconds: number, listener: () => void): () => void
  /** The URL of the page. */
  href(): string
  /** Replaces the URL without a navigation. */
  replaceUrl(url: string): void
  /** Navigates. */
  leave(url: string): void
  /** Opens an empty window; nothing if the browser opens none. */
  popup(): Popup | undefined
  /** Loads a page unseen, until the returned function is called. */
  frame(url: string): () => void
  /**
   * Calls when there is a network again, when the page is looked at again, or when the user comes back to
   * it by the Back button as it was left; until the returned function is called.
   */
  when(listener: (kind: 'online' | 'visible' | 'back') => void): () => void
}

/** A window that was opened. */
export interface Popup {
  go(url: string): void
  close(): void
}

/** As much of the browser's `Storage` as is used. */
export type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

/** Sets up the session of one app; touches nothing before `ready` or `login`. */
export declare function createAuth(options: Options): Auth
