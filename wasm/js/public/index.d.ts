/// <reference lib="esnext.disposable" />

import type { ErrorCode } from './errors.js'

export type { ErrorCode, ErrorCodes } from './errors.js'

/**
 * What helps against an error.
 *
 * @example
 * ```ts
 * import type { Remedy } from 'grantflow'
 *
 * const { snapshot } = auth
 * if (snapshot.status === 'signed-out' && snapshot.error) {
 *   const remedy: Remedy = snapshot.error.remedy
 *   if (remedy === 'login-again') void auth.login()
 * }
 * ```
 */
export type Remedy = 'retry' | 'login-again' | 'fix-config' | 'ask-user' | 'report'

/**
 * The leg of the login that failed.
 *
 * @example
 * ```ts
 * import type { Stage } from 'grantflow'
 *
 * const where: Partial<Record<Stage, string>> = { callback: 'on the way back', identity: 'in the ID token' }
 * console.log(where.identity) // in the ID token
 * ```
 */
export type Stage = 'configure' | 'discover' | 'authorize' | 'callback' | 'redeem' | 'identity' | 'resource' | 'refresh' | 'revoke'

/**
 * The facts of an error.
 *
 * @example
 * ```ts
 * import { AuthError, type Fault } from 'grantflow'
 *
 * const fault: Fault = new AuthError({ code: 'offline', stage: 'redeem', remedy: 'retry' })
 * console.log(fault.code) // offline
 * ```
 */
export interface Fault {
  /** A word for programs, such as `state_unknown`. */
  readonly code: ErrorCode
  readonly stage: Stage
  readonly remedy: Remedy
  /** What the code is about: the option, endpoint or claim. */
  readonly subject?: string | undefined
  /** The server's own words, where it refused. */
  readonly oauth?: OAuthRefusal | undefined
  /** Whether the login still waits for another callback: put its record back. */
  readonly kept?: boolean | undefined
}

/**
 * An error of RFC 6749, as the server sent it.
 *
 * @example
 * ```ts
 * import { AuthError, type OAuthRefusal } from 'grantflow'
 *
 * const refused: OAuthRefusal = { error: 'access_denied', description: 'The user said no' }
 * const error = new AuthError({ code: 'access_denied', stage: 'callback', remedy: 'ask-user', oauth: refused })
 * console.log(error.oauth?.description) // The user said no
 * ```
 */
export interface OAuthRefusal {
  readonly error: string
  readonly description?: string | undefined
}

/**
 * Why something failed, and what helps; it never holds a secret.
 *
 * @example
 * ```ts
 * import { AuthError } from 'grantflow'
 *
 * try {
 *   await auth.fetch('https://elsewhere.example/')
 * } catch (error) {
 *   if (!(error instanceof AuthError)) throw error
 *   console.log(error.code, error.remedy) // token_to_foreign_origin fix-config
 * }
 * ```
 */
export declare class AuthError extends Error implements Fault {
  constructor(fault: Fault, cause?: unknown)
  readonly code: ErrorCode
  readonly stage: Stage
  readonly remedy: Remedy
  readonly subject?: string | undefined
  readonly oauth?: OAuthRefusal | undefined
  readonly kept?: boolean | undefined
  /** Where the package's own page has what the code means: `grantflow/errors.md#state_unknown`. */
  readonly docs: string
}

/**
 * The claims of a proved ID token.
 *
 * @example
 * ```ts
 * import type { IdClaims } from 'grantflow'
 *
 * const nameOf = ({ name, preferred_username, sub }: IdClaims) => name ?? preferred_username ?? sub
 * console.log(auth.user && nameOf(auth.user.claims)) // Ada Lovelace
 * ```
 */
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

/**
 * Who signed in: the pair of `iss` and `sub`, and what the server says about them.
 *
 * @example
 * ```ts
 * import type { User } from 'grantflow'
 *
 * // No `sub` is unique but together with its `iss`.
 * const keyOf = ({ iss, sub }: User) => `${iss} ${sub}`
 * console.log(auth.user && keyOf(auth.user)) // https://login.example ada
 * ```
 */
export interface User {
  readonly iss: string
  readonly sub: string
  readonly claims: IdClaims
}

/**
 * Why nobody is signed in: nobody was; the user said so, here or in another tab; the token is dead and
 * nothing gets another; the server ended the session; the stored tokens are gone; logins failed again
 * and again; the user or the server said no, or the page did not leave; the login failed.
 *
 * @example
 * ```ts
 * import type { SignedOutWhy } from 'grantflow'
 *
 * const words: Partial<Record<SignedOutWhy, string>> = {
 *   expired: 'You were away for long: sign in again.',
 *   'other-tab': 'You signed out in another tab.',
 * }
 * const { snapshot } = auth
 * if (snapshot.status === 'signed-out') console.log(words[snapshot.why] ?? 'Welcome!')
 * ```
 */
export type SignedOutWhy = 'never' | 'user' | 'other-tab' | 'expired' | 'revoked' | 'storage-lost' | 'login-loop' | 'refused' | 'failed'

/**
 * Where the app stands.
 *
 * @example
 * ```ts
 * import type { Snapshot } from 'grantflow'
 *
 * function title(snapshot: Snapshot): string {
 *   switch (snapshot.status) {
 *     case 'restoring':
 *     case 'leaving':
 *       return 'One moment …'
 *     case 'signed-out':
 *       return snapshot.error ? `That failed: ${snapshot.error.code}` : 'Welcome!'
 *     case 'signed-in':
 *       return `Hello, ${snapshot.user?.claims.name}`
 *   }
 * }
 * console.log(title(auth.snapshot)) // Hello, Ada Lovelace
 * ```
 */
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

/**
 * What an app knows about itself and its server.
 *
 * @example
 * ```ts
 * import { createAuth, type Options } from 'grantflow'
 *
 * const options: Options = {
 *   issuer: 'https://login.example',
 *   clientId: 'app',
 *   scope: 'openid profile offline_access tasks:read',
 *   allowedOrigins: ['https://api.example'],
 *   store: 'session',
 * }
 * const auth = createAuth(options)
 * console.log((await auth.ready()).status) // signed-out
 * ```
 */
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
  /** The APIs that tokens are for, each an absolute URI; `auth.fetch` may go to it and below it. */
  resources?: readonly string[]
  /**
   * Where tokens are kept: in memory, and told to new tabs while one of them is open (the default);
   * besides that in the tab's storage, or in the storage all tabs share, or in your own. What is stored,
   * every script of the page can read.
   */
  store?: 'memory' | 'session' | 'local' | Store
  /**
   * Whether tokens are bound to a key that no script can take along (RFC 9449): `auto` where the server does
   * that and the browser keeps a key, `require` everywhere or not at all, `off` unless given, for every API has
   * to know of it, too. A bound token is good in `auth.fetch` only.
   *
   * @example createAuth({ issuer: 'https://as.example', clientId: 'app', dpop: 'auto' })
   */
  dpop?: 'auto' | 'require' | 'off'
  /** Seconds since 1970. */
  now?: () => number
  /** Sends every request. */
  fetch?: typeof globalThis.fetch
  /** Where `auth.fetch` may take the token, besides `resources`, the page's origin and the issuer's. */
  allowedOrigins?: readonly string[]
  /** What touches the browser, for tests and other hosts. */
  effects?: Partial<Effects>
}

/**
 * One login's wishes.
 *
 * @example
 * ```ts
 * import type { LoginOptions } from 'grantflow'
 *
 * // Whoever is to delete an account shows first that they are there.
 * const again: LoginOptions = { prompt: 'login', maxAge: 300, returnTo: '/account/delete' }
 * void auth.login(again)
 * ```
 */
export interface LoginOptions {
  /** A path of the app; the page that called unless given. */
  returnTo?: string
  scope?: string
  prompt?: 'none' | 'login' | 'consent' | 'select_account'
  /** The longest time since the user last signed in, in seconds. */
  maxAge?: number
  loginHint?: string
}

/**
 * A login in a window of its own.
 *
 * @example
 * ```ts
 * import type { PopupOptions } from 'grantflow'
 *
 * const stop = new AbortController()
 * const options: PopupOptions = { scope: 'openid profile tasks:write', signal: stop.signal }
 * const { status } = await auth.popup(options)
 * console.log(status) // signed-in
 * ```
 */
export interface PopupOptions extends LoginOptions {
  /**
   * Stops waiting; browsers do not tell reliably that the user closed the window, nor close one that shows
   * the server.
   */
  signal?: AbortSignal
}

/**
 * What a token shall be.
 *
 * @example
 * ```ts
 * import type { TokenOptions } from 'grantflow'
 *
 * // An upload that takes ten minutes.
 * const options: TokenOptions = { minTtl: 600, signal: AbortSignal.timeout(5000) }
 * const token = await auth.token(options)
 * console.log(token.length > 20) // true
 * ```
 */
export interface TokenOptions {
  /** Seconds for which it shall live at least; 30 unless given. */
  minTtl?: number
  /** Less than what was granted, if less will do. */
  scope?: string | undefined
  /**
   * Another of the `resources` than the first (RFC 8707). `auth.fetch` knows by the URL which one to take.
   *
   * @example await auth.token({ resource: 'https://mail.example/' })
   */
  resource?: string | undefined
  /** Stops waiting. */
  signal?: AbortSignal
}

/**
 * How far the user wants out.
 *
 * @example
 * ```ts
 * import type { LogoutOptions } from 'grantflow'
 *
 * // In a library, or on somebody else's computer.
 * const options: LogoutOptions = { everywhere: true, returnTo: '/' }
 * if (auth.user) await auth.logout(options)
 * ```
 */
export interface LogoutOptions {
  /** Whether the page leaves for the server, to end the user's session there, too. */
  everywhere?: boolean
  /** Where the user goes from there: a page of the app that the server knows of. */
  returnTo?: string
}

/**
 * Storage of your own, seen by all tabs.
 *
 * @example
 * ```ts
 * import { createAuth, type Store } from 'grantflow'
 *
 * const items = new Map<string, string>()
 * const store: Store = {
 *   getItem: (name) => items.get(name) ?? null,
 *   setItem: (name, value) => void items.set(name, value),
 *   removeItem: (name) => void items.delete(name),
 * }
 * const auth = createAuth({ issuer: 'https://login.example', clientId: 'app', store })
 * await auth.ready()
 * ```
 */
export interface Store {
  getItem(name: string): string | null | Promise<string | null>
  setItem(name: string, value: string): void | Promise<void>
  removeItem(name: string): void | Promise<void>
}

/**
 * What an app can be told of.
 *
 * @example
 * ```ts
 * import type { AuthEvents } from 'grantflow'
 *
 * const ask: AuthEvents['step-up'] = ({ scope }) => void auth.login({ scope })
 * const stop = auth.on('step-up', ask)
 * stop()
 * ```
 */
export interface AuthEvents {
  /** An API wants more scope than the user has granted: `auth.login({ scope })` asks for it. */
  'step-up': (wanted: { readonly scope: string }) => void
}

/**
 * A user's session in one app.
 *
 * @example
 * ```ts
 * import type { Auth } from 'grantflow'
 *
 * async function titles(auth: Auth): Promise<string[]> {
 *   const response = await auth.fetch('/api/tasks')
 *   const tasks: { title: string }[] = await response.json()
 *   return tasks.map(({ title }) => title)
 * }
 * console.log(await titles(auth)) // Write to Charles
 * ```
 */
export interface Auth {
  /** Finishes a login, or restores a session, or finds nothing; once, however often it is called. */
  ready(): Promise<Snapshot>
  /** Where the app stands; the same object until something changes. */
  readonly snapshot: Snapshot
  /** Who is signed in. */
  readonly user: User | null
  /**
   * Leaves for the server; never resolves, and rejects if it cannot leave. A page that is still there after 15
   * seconds has not left: the user chose to stay, or the server sent no page. That is `aborted`, and so is the
   * way back by the Back button; `login` may be called again.
   */
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
  /**
   * Signs out, here and in other tabs at once, then gives the tokens back to the server. Whatever is under way,
   * before `ready` too, signs nobody in after that; a login of another tab that waits for the user at the server does.
   */
  logout(options?: LogoutOptions): Promise<void>
  /** Calls with what happens, until the returned function is called. */
  on<E extends keyof AuthEvents>(event: E, listener: AuthEvents[E]): () => void
  /** An error in short, with what caused it; `explain` of `grantflow/explain` has the full words. */
  explain(error: unknown): string
  /** Calls with the snapshot, now and at every change, until the returned function is called. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void
  /** Stops hearing of other tabs and of the browser. */
  [Symbol.dispose](): void
}

/**
 * A request that the core wants sent.
 *
 * @example
 * ```ts
 * import type { OutgoingRequest } from 'grantflow'
 *
 * const log = ({ method, url }: OutgoingRequest) => console.log(method, url)
 * log({ method: 'GET', url: 'https://login.example/oauth2/jwks', headers: [], fresh: false })
 * ```
 */
export interface OutgoingRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: Uint8Array<ArrayBuffer> | undefined
  /** Whether no cache may answer. */
  readonly fresh: boolean
}

/**
 * What came back.
 *
 * @example
 * ```ts
 * import type { IncomingResponse } from 'grantflow'
 *
 * async function read(response: Response): Promise<IncomingResponse> {
 *   const body = new Uint8Array(await response.arrayBuffer())
 *   return { status: response.status, contentType: response.headers.get('content-type'), body }
 * }
 * console.log((await read(new Response('{}', { status: 201 }))).status) // 201
 * ```
 */
export interface IncomingResponse {
  readonly status: number
  readonly contentType: string | null
  /** Seconds for which the server wants to be left alone. */
  readonly retryAfter?: string | null
  /** What the server wants to have in the next proof of a key. */
  readonly dpopNonce?: string | null
  readonly body: Uint8Array
}

/**
 * The keys that tokens are bound to (RFC 9449), each made for one login.
 *
 * @example
 * ```ts
 * import { createAuth, type ProofKeys } from 'grantflow'
 *
 * // Keys of an app of one page, which signs in in a window: they live as long as the page.
 * const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
 * const pairs = new Map<string, CryptoKeyPair>()
 * const keys: ProofKeys = {
 *   async make() {
 *     const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
 *     const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
 *     const jwk = JSON.stringify({ crv, kty, x, y })
 *     pairs.set(jwk, pair)
 *     return jwk
 *   },
 *   async sign(jwk, input) {
 *     const pair = pairs.get(jwk)
 *     if (!pair) throw new Error('gone')
 *     return new Uint8Array(await crypto.subtle.sign(algorithm, pair.privateKey, new TextEncoder().encode(input)))
 *   },
 *   async drop(jwk) {
 *     pairs.delete(jwk)
 *   },
 *   async sweep(_age, but) {
 *     for (const jwk of pairs.keys()) if (jwk !== but) pairs.delete(jwk)
 *   },
 * }
 * const effects = { keys: () => keys }
 * const session = await server.signedIn((page) => createAuth({ ...page, dpop: 'require', effects: { ...page.effects, ...effects } }))
 * console.log(session.snapshot.status, pairs.size) // signed-in 1
 * ```
 */
export interface ProofKeys {
  /**
   * Makes a key and keeps it where all tabs find it. Gives the public half, as JSON in the order of RFC 7638 §3.2,
   * which is the key's name from then on; rejects if none can be kept.
   */
  make(): Promise<string>
  /** Signs with the private half, by the algorithm of the key, within 5 seconds; rejects if it is gone. */
  sign(jwk: string, input: string): Promise<Uint8Array>
  /** Removes one. */
  drop(jwk: string): Promise<void>
  /** Removes all that are so many seconds old, but for one if one is named. */
  sweep(age: number, but?: string): Promise<void>
}

/**
 * A signature that the core wants judged.
 *
 * @example
 * ```ts
 * import { createAuth, type SignatureQuestion } from 'grantflow'
 * import { verify } from 'grantflow/flow'
 *
 * // A host that verifies by itself, and shows what it verifies.
 * const effects = {
 *   verify: (question: SignatureQuestion) => {
 *     console.log(question.alg) // ES256
 *     return verify(question)
 *   },
 * }
 * const session = await server.signedIn((page) => createAuth({ ...page, effects: { ...page.effects, ...effects } }))
 * ```
 */
export interface SignatureQuestion {
  readonly alg: string
  /** The server's key, as JSON. */
  readonly jwk: string
  readonly input: string
  readonly signature: Uint8Array<ArrayBuffer>
}

/**
 * Everything that touches the browser; it decides nothing.
 *
 * @example
 * ```ts
 * import { createAuth, type Effects } from 'grantflow'
 *
 * // An app in a shell that opens the login in the system's browser.
 * const effects: Partial<Effects> = {
 *   leave: (url) => console.log(`open ${url}`),
 * }
 * const auth = createAuth({ issuer: 'https://login.example', clientId: 'app', effects })
 * void auth.login()
 * ```
 */
export interface Effects {
  /** Seconds since 1970, which may be wrong. */
  now(): number
  /** Milliseconds since some instant, which never go back. */
  mono(): number
  random(bytes: number): Uint8Array
  send(request: OutgoingRequest): Promise<IncomingResponse>
  verify(question: SignatureQuestion): Promise<boolean>
  /** The keys of one client of one server, which all tabs share. */
  keys(owner: string): ProofKeys
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

/**
 * A window that was opened.
 *
 * @example
 * ```ts
 * import { createAuth, type Popup } from 'grantflow'
 *
 * const frame: Popup = {
 *   go: (url) => console.log(url),
 *   close: () => console.log('closed'),
 * }
 * const auth = createAuth({ issuer: 'https://login.example', clientId: 'app', effects: { popup: () => frame } })
 * ```
 */
export interface Popup {
  go(url: string): void
  close(): void
}

/**
 * As much of the browser's `Storage` as is used.
 *
 * @example
 * ```ts
 * import { createAuth, type Storage } from 'grantflow'
 *
 * // Nothing of a login outlives the page.
 * const items = new Map<string, string>()
 * const storage: Storage = {
 *   get length() { return items.size },
 *   key: (at) => [...items.keys()][at] ?? null,
 *   getItem: (name) => items.get(name) ?? null,
 *   setItem: (name, value) => void items.set(name, value),
 *   removeItem: (name) => void items.delete(name),
 * }
 * const auth = createAuth({ issuer: 'https://login.example', clientId: 'app', effects: { storage: () => storage } })
 * ```
 */
export type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

/**
 * Sets up the session of one app; touches nothing before `ready` or `login`.
 *
 * @example
 * ```ts
 * import { createAuth } from 'grantflow'
 *
 * const auth = createAuth({ issuer: 'https://login.example', clientId: 'app' })
 * await auth.ready()
 * if (!auth.user) await auth.login({ returnTo: '/tasks' })
 * console.log(auth.user?.claims.name) // Ada Lovelace
 * ```
 */
export declare function createAuth(options: Options): Auth
