import { belongs, refuses, verb, wanted, wantsNonce } from './api.js'
import { base64url } from './convert.js'
import { browser } from './effects.js'
import { AuthError, guarded, own } from './error.js'
import type { Auth, AuthEvents, Effects, LoginOptions, LogoutOptions, Options, PopupOptions, Snapshot, TokenOptions } from './public/index.js'
import { type Given, Runner } from './runner.js'

export { AuthError } from './error.js'

/** How long a token shall live that somebody wants, in seconds. */
const MIN_TTL = 30

/** Requests that may be sent again without harm. */
const SAFE = ['GET', 'HEAD', 'OPTIONS']

/** One session a page: frameworks that set up twice must not redeem twice. */
const sessions = new Map<string, Auth>()

export function createAuth(options: Options): Auth {
  const { effects, fetch, now, store, ...plain } = options
  if (effects || fetch || now || typeof store === 'object' || typeof document === 'undefined') return new Session(options)
  const name = JSON.stringify([store, plain])
  const session = sessions.get(name) ?? new Session(options, () => sessions.delete(name))
  sessions.set(name, session)
  return session
}

/** What a token shall be, as requests say it. */
type Wish = Omit<TokenOptions, 'signal'> & { signal?: AbortSignal | null | undefined }

class Session implements Auth {
  readonly #options: Options
  readonly #effects: Effects
  readonly #forget: () => void
  readonly #listeners = new Set<(snapshot: Snapshot) => void>()
  readonly #steps = new Set<AuthEvents['step-up']>()
  #snapshot: Snapshot = { status: 'restoring' }
  #runner: Runner | undefined
  #ready: Promise<Snapshot> | undefined
  #leaving: Promise<never> | undefined
  /** Says to whoever waits for the page to leave that it does not. */
  #stay: ((error: AuthError) => void) | undefined

  constructor(options: Options, forget: () => void = () => undefined) {
    this.#options = options
    this.#forget = forget
    const fetch: typeof globalThis.fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init)
    this.#effects = { ...browser(fetch, options.now), ...options.effects }
  }

  // Functions that can be handed around without their object.
  readonly ready = (): Promise<Snapshot> => {
    if (this.#ready) return this.#ready
    let settle: ((started: Promise<Snapshot>) => void) | undefined
    const ready = new Promise<Snapshot>((resolve) => (settle = resolve))
    // Before it starts: who hears meanwhile where the app stands may call this, or sign in.
    this.#ready = ready
    settle?.(this.#start())
    return ready
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  get user() {
    return this.#snapshot.status === 'signed-in' ? this.#snapshot.user : null
  }

  readonly login = (asked: LoginOptions = {}): Promise<never> => {
    if (this.#leaving) return this.#leaving
    const leaving: Promise<never> = this.#leave(asked).catch((thrown: unknown) => {
      if (this.#leaving === leaving) this.#leaving = undefined
      throw thrown
    })
    return (this.#leaving = leaving)
  }

  readonly popup = (asked: PopupOptions = {}): Promise<Snapshot> => {
    // Browsers open windows only while they handle the click itself.
    const popup = this.#effects.popup()
    if (!popup) return Promise.reject(own('popup_blocked'))
    const { signal, ...more } = asked
    const opened = this.#visit({ ...more, how: 'popup' }, { signal, popup })
    return opened.catch((thrown: unknown) => {
      popup.close()
      throw thrown
    })
  }

  readonly silent = (): Promise<Snapshot> => this.#visit({ prompt: 'none', how: 'frame' })

  readonly token = async (asked?: TokenOptions): Promise<string> => (await this.#give(asked)).token

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const here = this.#effects.href()
    const request = input instanceof Request ? input : undefined
    const target = new URL(request?.url ?? String(input), here)
    const { issuer, allowedOrigins = [], resources = [], fetch = globalThis.fetch } = this.#options
    const resource = belongs(target, resources)
    const allowed = [here, issuer, ...allowedOrigins].map((url) => new URL(url).origin)
    // Beside an API of an origin may be somebody else's, whom its token is none of.
    if (resource === undefined && !allowed.includes(target.origin)) throw own('token_to_foreign_origin', target.origin)
    const method = verb(init?.method ?? request?.method ?? 'GET')
    // `null` is none, whatever the request has.
    const signal = init?.signal === undefined ? request?.signal : init.signal
    const send = async ({ token, bound }: Given, isAgain = false): Promise<Response> => {
      const prover = bound ? this.#runner : undefined
      const headers = new Headers(init?.headers ?? request?.headers)
      headers.set('authorization', `${bound ? 'DPoP' : 'Bearer'} ${token}`)
      if (prover) headers.set('dpop', (await prover.ask({ kind: 'prove', method, url: target.href }, token)).token)
      const response = await fetch((bound ? request?.clone() : request) ?? target, { ...init, headers })
      // A redirect may have led to anybody.
      const nonce = prover && !response.redirected && response.headers.get('dpop-nonce')
      const taken = nonce && (await prover.ask({ kind: 'nonce', url: target.href }, nonce)).token
      // The API has done nothing yet, whatever the method; a stream is gone all the same.
      const again = taken && !isAgain && wantsNonce(response) && !(init?.body instanceof ReadableStream)
      return again ? send(await this.#give({ resource, signal }), true) : response
    }
    const given = await this.#give({ resource, signal })
    const response = await send(given)
    if (response.status !== 401 && response.status !== 403) return response
    if (response.status === 403) {
      const scope = wanted(response.headers.get('www-authenticate') ?? '')
      if (scope !== undefined) this.#runner?.tell({ kind: 'challenged', scope })
      return response
    }
    if (!refuses(response, target, here)) return response
    this.#runner?.tell({ kind: 'challenged' }, given.token)
    if (!SAFE.includes(method)) return response
    const next = await this.#give({ resource, signal }).catch(() => given)
    return next.token === given.token ? response : send(next)
  }

  readonly logout = async ({ everywhere = false, returnTo }: LogoutOptions = {}): Promise<void> => {
    void this.ready()
    // At once, or what is under way would sign the user in first.
    const runner = this.#runner ?? (await this.#running())
    const page = returnTo === undefined ? undefined : new URL(returnTo, this.#effects.href()).href
    await runner.ask({ kind: 'logout', ok: everywhere, page })
  }

  readonly subscribe = (listener: (snapshot: Snapshot) => void): (() => void) => {
    this.#listeners.add(listener)
    guarded(() => listener(this.#snapshot))
    return () => this.#listeners.delete(listener)
  }

  readonly on = <E extends keyof AuthEvents>(_event: E, listener: AuthEvents[E]): (() => void) => {
    this.#steps.add(listener)
    return () => this.#steps.delete(listener)
  }

  readonly explain = (error: unknown): string => {
    if (!(error instanceof Error)) return String(error)
    return error.cause === undefined ? error.message : `${error.message} ${this.explain(error.cause)}`
  };

  [Symbol.dispose](): void {
    this.#runner?.close()
    this.#forget()
  }

  async #start(): Promise<Snapshot> {
    // A server that renders the page has no session to restore.
    if (typeof location === 'undefined' && !this.#options.effects?.href) return this.#snapshot
    try {
      const runner = (this.#runner = this.#run())
      await runner.ask({ kind: 'start', names: runner.names() }, this.#effects.href())
    } catch (thrown) {
      this.#show({ status: 'signed-out', why: 'failed', error: asError(thrown) })
    }
    return this.#snapshot
  }

  #run(): Runner {
    const { issuer, clientId, relayUri, store = 'memory', dpop = 'off' } = this.#options
    const isBound = dpop !== 'off'
    if (isBound && !this.#options.effects?.keys && !globalThis.crypto?.subtle) throw own('insecure_context')
    const letter = typeof store === 'object' ? 'a' : store === 'local' ? 'l' : store === 'session' ? 's' : ''
    const setup = { issuer, clientId, redirectUri: this.#redirectUri(), relayUri, store: letter, ...(isBound && { bound: dpop === 'require', seed: this.#seed() }) } as const
    const step = (scope: string) => {
      for (const listener of this.#steps) guarded(() => listener({ scope }))
    }
    return new Runner(setup, this.#effects, typeof store === 'object' ? store : undefined, (snapshot) => this.#show(snapshot), step)
  }

  async #give({ minTtl = MIN_TTL, signal, scope, resource }: Wish = {}): Promise<Given> {
    const runner = await this.#running()
    return runner.ask({ kind: 'token', life: minTtl * 1000, scope, resource }, undefined, { signal })
  }

  async #running(): Promise<Runner> {
    const snapshot = await this.ready()
    if (this.#runner) return this.#runner
    const error = snapshot.status === 'signed-out' ? snapshot.error : undefined
    throw error ?? own('session_gone')
  }

  async #leave(asked: LoginOptions): Promise<never> {
    const runner = await this.#running()
    const ways = asked.returnTo === undefined ? this.#ways() : [asked.returnTo]
    for (const [at, returnTo] of ways.entries()) {
      try {
        await runner.ask({ ...this.#asked(asked), returnTo })
        break
      } catch (thrown) {
        if (at + 1 === ways.length || asError(thrown).code !== 'return_to_invalid') throw thrown
      }
    }
    if (this.#snapshot.status !== 'leaving') throw own('aborted')
    // Who does not wait for it need not hear that the page has stayed.
    this.#leaving?.catch(() => undefined)
    return new Promise<never>((_, reject) => (this.#stay = reject))
  }

  async #visit(asked: LoginOptions & { how: string }, more = {}): Promise<Snapshot> {
    const runner = await this.#running()
    await runner.ask(this.#asked({ returnTo: '/', ...asked }), undefined, more)
    return this.#snapshot
  }

  #asked({ scope = this.#options.scope ?? 'openid profile email', ...more }: LoginOptions) {
    // Nobody leaves for an answer that could not be verified.
    if (!this.#options.effects?.verify && !globalThis.crypto?.subtle) throw own('insecure_context')
    const { resources } = this.#options
    return { kind: 'login', ...more, scope, resources, seed: this.#seed() }
  }

  #seed(): string {
    let cause
    try {
      const seed = this.#effects.random(32)
      // What is nothing but zeros was never filled.
      if (seed.length === 32 && seed.some(Boolean)) return base64url(seed)
    } catch (thrown) {
      cause = thrown
    }
    throw own('no_randomness', undefined, cause)
  }

  /** Where this page is, and what stands for it if no login can carry that. */
  #ways(): readonly string[] {
    const { pathname, search, hash } = new URL(this.#effects.href())
    const query = new URLSearchParams(search)
    // An answer that nobody believed is not worth coming back to.
    const isAnswer = this.#isHome() && query.has('state') && (query.has('code') || query.has('error'))
    return isAnswer ? [pathname, '/'] : [pathname + search + hash, pathname, '/']
  }

  #redirectUri(): string {
    const { origin, pathname } = new URL(this.#effects.href())
    return this.#options.redirectUri ?? origin + pathname
  }

  /** Whether this page is where answers come to. */
  #isHome(): boolean {
    return new URL(this.#effects.href()).pathname === new URL(this.#redirectUri()).pathname
  }

  #show(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    // On a page that has not left, or has come back as it was left, the user may leave again. A login
    // that has not left yet goes on.
    if (snapshot.status !== 'leaving' && this.#stay) {
      this.#leaving = undefined
      this.#stay(own('aborted'))
      this.#stay = undefined
    }
    for (const listener of this.#listeners) guarded(() => listener(snapshot))
  }
}

function asError(thrown: unknown): AuthError {
  return thrown instanceof AuthError ? thrown : own('internal', undefined, thrown)
}
