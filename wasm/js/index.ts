import { browser } from './effects.js'
import { AuthError } from './error.js'
import { configure, keyOf } from './flow.js'
import type { Client, Profile, Redirect, Tokens, Turn } from './public/flow.js'
import type { Auth, Effects, LoginOptions, Options, Snapshot, Stage } from './public/index.js'
import { Shelf } from './shelf.js'

export { AuthError } from './error.js'

type Kept = Pick<Tokens, 'accessToken' | 'expiresAt' | 'scopes' | 'user'>

/** An answer to a login of ours, and the name of that login. */
interface Callback {
  readonly key: string
  /** The query and the fragment, for the core to judge. */
  readonly answer: string
}

/** One session a page: frameworks that set up twice must not redeem twice. */
const sessions = new Map<string, Auth>()

export function createAuth(options: Options): Auth {
  const { effects, fetch, now, ...plain } = options
  if (effects || fetch || now || typeof document === 'undefined') return new Session(options)
  const name = JSON.stringify(plain)
  const session = sessions.get(name) ?? new Session(options)
  sessions.set(name, session)
  return session
}

class Session implements Auth {
  readonly #options: Options
  readonly #effects: Effects
  readonly #shelf: Shelf
  readonly #listeners = new Set<(snapshot: Snapshot) => void>()
  #snapshot: Snapshot = { status: 'restoring' }
  #kept: Kept | undefined
  #profile: Profile | undefined
  #client: Promise<Client> | undefined
  #ready: Promise<Snapshot> | undefined
  #leaving: Promise<never> | undefined

  constructor(options: Options) {
    this.#options = options
    const fetch: typeof globalThis.fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init)
    this.#effects = { ...browser(fetch, options.now), ...options.effects }
    this.#shelf = new Shelf(this.#effects, JSON.stringify([options.issuer, options.clientId]))
  }

  // Functions that can be handed around without their object.
  readonly ready = (): Promise<Snapshot> => (this.#ready ??= this.#start())

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  get user() {
    return this.#snapshot.status === 'signed-in' ? this.#snapshot.user : null
  }

  readonly login = (asked: LoginOptions = {}): Promise<never> => {
    this.#leaving ??= this.#leave(asked).catch((thrown: unknown) => {
      this.#leaving = undefined
      const error = asError(thrown)
      this.#fail(error)
      throw error
    })
    return this.#leaving
  }

  readonly token = async (): Promise<string> => {
    await this.ready()
    const kept = this.#kept
    if (kept && this.#isLive(kept)) return kept.accessToken
    if (kept) this.#forget('expired')
    throw new AuthError({ code: 'session_gone', stage: 'resource', remedy: 'login-again' })
  }

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const here = this.#effects.href()
    const target = new URL(input instanceof Request ? input.url : input, here)
    const { issuer, allowedOrigins = [], fetch = globalThis.fetch } = this.#options
    const allowed = [here, issuer, ...allowedOrigins].map((url) => new URL(url).origin)
    if (!allowed.includes(target.origin)) {
      const code = 'token_to_foreign_origin'
      throw new AuthError({ code, stage: 'resource', remedy: 'fix-config', subject: target.origin })
    }
    const token = await this.token()
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined))
    headers.set('authorization', `Bearer ${token}`)
    return fetch(input instanceof Request ? input : target, { ...init, headers })
  }

  readonly logout = async (): Promise<void> => {
    await this.ready()
    this.#forget('user')
  }

  readonly subscribe = (listener: (snapshot: Snapshot) => void): (() => void) => {
    this.#listeners.add(listener)
    listener(this.#snapshot)
    return () => this.#listeners.delete(listener)
  }

  async #start(): Promise<Snapshot> {
    // A server that renders the page has no session to restore.
    if (typeof location === 'undefined' && !this.#options.effects?.href) return this.#snapshot
    let callback: Callback | undefined
    try {
      callback = this.#callback()
      return callback ? await this.#finish(callback) : this.#restore()
    } catch (thrown) {
      const error = asError(thrown)
      // Anybody can open this page with any query: who does not know `state` signs nobody out.
      if (!callback || error.kept) this.#recall()
      return this.#fail(error)
    }
  }

  /** The answer that the page was opened with, if it is one to this session's login. */
  #callback(): Callback | undefined {
    if (!this.#isHome()) return undefined
    const { search, hash } = new URL(this.#effects.href())
    const [query, fragment] = [new URLSearchParams(search), new URLSearchParams(hash.slice(1))]
    const isAnswer = query.has('code') || query.has('error')
    if (!isAnswer && !(fragment.has('state') && this.#shelf.hasLogin())) return undefined
    const states = [...query.getAll('state'), ...fragment.getAll('state')]
    // An app may have a `code` of its own: without `state`, it is ours only if we wait for one.
    if (!states.length && !this.#shelf.hasLogin()) return undefined
    const keys = states.map((state) => keyOf(`code=c&${new URLSearchParams({ state })}`) ?? '')
    const key = keys.find((key) => this.#shelf.knows(key))
    if (key !== undefined) return { key, answer: search + hash }
    if (!isAnswer || keys.some((key) => this.#shelf.isForeign(key))) return undefined
    // Whose it is we do not know: another library's, perhaps. A code without `state` is nobody's.
    if (!keys.length) this.#effects.replaceUrl(this.#redirectUri())
    keyOf(search)
    throw new AuthError({ code: 'state_unknown', stage: 'callback', remedy: 'login-again' })
  }

  async #finish({ key, answer }: Callback): Promise<Snapshot> {
    this.#effects.replaceUrl(this.#redirectUri())
    const client = this.#shelf.waits(key) ? await (this.#client ??= this.#discover()) : undefined
    const record = this.#shelf.takeLogin(key)
    if (!client || record === undefined) {
      this.#effects.replaceUrl(this.#shelf.receipt(key) ?? this.#redirectUri())
      return this.#restore()
    }
    const tokens = await this.#redeem(this.#accept(client, key, record, answer))
    this.#shelf.putReceipt(key, tokens.returnTo)
    this.#effects.replaceUrl(tokens.returnTo)
    const { accessToken, expiresAt, scopes, user } = tokens
    const kept = { accessToken, expiresAt, scopes, user }
    if (this.#options.store === 'session') this.#shelf.put(this.#name(), JSON.stringify(kept))
    return this.#keep(kept)
  }

  #accept(client: Client, key: string, record: string, answer: string): Turn {
    try {
      return client.accept(record, answer, this.#effects.now())
    } catch (thrown) {
      if (thrown instanceof AuthError && thrown.kept) this.#shelf.putLogin(key, record)
      throw thrown
    }
  }

  async #redeem(first: Turn): Promise<Tokens> {
    let stage: Stage = 'redeem'
    let turn = first
    while (turn.kind !== 'done') {
      if (turn.kind === 'verify') {
        turn = turn.answer(await this.#effects.verify(turn))
      } else {
        const response = await this.#effects.send(turn.request).catch(offline(stage))
        turn = turn.answer(response, this.#effects.now())
      }
      stage = 'identity'
    }
    return turn.tokens
  }

  #restore(): Snapshot {
    const kept = this.#stored()
    if (!kept) return this.#show({ status: 'signed-out', why: 'never' })
    return this.#isLive(kept) ? this.#keep(kept) : this.#forget('expired')
  }

  #stored(): Kept | undefined {
    const text = this.#options.store === 'session' ? this.#shelf.get(this.#name()) : null
    return text === null ? undefined : (JSON.parse(text) as Kept)
  }

  /** Who was signed in, if that can be read: there is an error to report already. */
  #recall(): void {
    try {
      const kept = this.#stored()
      if (kept && this.#isLive(kept)) this.#kept = kept
    } catch {
      // Then it is that error.
    }
  }

  async #leave(asked: LoginOptions): Promise<never> {
    await this.ready()
    const before = this.#snapshot
    this.#show({ status: 'leaving' })
    if (!globalThis.crypto?.subtle) {
      throw new AuthError({ code: 'insecure_context', stage: 'configure', remedy: 'fix-config' })
    }
    const ways = asked.returnTo === undefined ? this.#ways() : [asked.returnTo]
    const client = await (this.#client ??= this.#discover())
    const { url, key, record } = this.#begin(client, asked, ways)
    this.#shelf.putLogin(key, record)
    this.#effects.whenBack(() => {
      this.#leaving = undefined
      this.#show(before)
    })
    this.#effects.leave(url)
    return new Promise<never>(() => undefined)
  }

  /** Where this page is, and what stands for it if no login can carry that. */
  #ways(): readonly string[] {
    const { pathname, search, hash } = new URL(this.#effects.href())
    const query = new URLSearchParams(search)
    // An answer that nobody believed is not worth coming back to.
    const isAnswer = this.#isHome() && query.has('state') && (query.has('code') || query.has('error'))
    return isAnswer ? [pathname, '/'] : [pathname + search + hash, pathname, '/']
  }

  #begin(client: Client, asked: LoginOptions, [returnTo, ...others]: readonly string[]): Redirect {
    try {
      return client.begin({
        seed: this.#effects.random(32),
        now: this.#effects.now(),
        scope: asked.scope ?? this.#options.scope ?? 'openid profile email',
        returnTo,
        prompt: asked.prompt,
        maxAge: asked.maxAge,
        loginHint: asked.loginHint,
      })
    } catch (thrown) {
      if (!others.length || asError(thrown).code !== 'return_to_invalid') throw thrown
      return this.#begin(client, asked, others)
    }
  }

  async #discover(): Promise<Client> {
    const profile = this.#configured()
    const kept = this.#shelf.metadata()
    if (kept !== undefined) return profile.discover(200, new TextEncoder().encode(kept))
    const request = { url: profile.metadataUrl, method: 'GET', headers: [['accept', 'application/json']], fresh: false } as const
    try {
      const { status, body } = await this.#effects.send(request).catch(offline('discover', request.url))
      const client = profile.discover(status, body)
      this.#shelf.putMetadata(new TextDecoder().decode(body))
      return client
    } catch (thrown) {
      this.#client = undefined
      throw thrown
    }
  }

  #configured(): Profile {
    const { issuer, clientId } = this.#options
    return (this.#profile ??= configure({ issuer, clientId, redirectUri: this.#redirectUri() }))
  }

  #redirectUri(): string {
    const { origin, pathname } = new URL(this.#effects.href())
    return this.#options.redirectUri ?? origin + pathname
  }

  /** Whether this page is where answers come to. */
  #isHome(): boolean {
    return new URL(this.#effects.href()).pathname === new URL(this.#redirectUri()).pathname
  }

  #name(): string {
    return `grantflow.session.${this.#options.clientId} ${this.#options.issuer}`
  }

  #isLive({ expiresAt }: Kept): boolean {
    return expiresAt === null || this.#effects.now() < expiresAt
  }

  #keep(kept: Kept, error?: AuthError): Snapshot {
    this.#kept = kept
    const { expiresAt, scopes, user } = kept
    return this.#show({ status: 'signed-in', user, scopes, expiresAt, ...(error && { error }) })
  }

  #forget(why: 'user' | 'expired'): Snapshot {
    this.#kept = undefined
    if (this.#options.store === 'session') this.#shelf.remove(this.#name())
    return this.#show({ status: 'signed-out', why })
  }

  /** Who is signed in still is. */
  #fail(error: AuthError): Snapshot {
    if (this.#kept) return this.#keep(this.#kept, error)
    return this.#show({ status: 'signed-out', why: error.remedy === 'ask-user' ? 'refused' : 'failed', error })
  }

  #show(snapshot: Snapshot): Snapshot {
    this.#snapshot = snapshot
    for (const listener of this.#listeners) listener(snapshot)
    return snapshot
  }
}

function asError(thrown: unknown): AuthError {
  if (thrown instanceof AuthError) return thrown
  return new AuthError({ code: 'internal', stage: 'configure', remedy: 'report' }, thrown)
}

function offline(stage: Stage, subject?: string): (cause: unknown) => never {
  const code = stage === 'discover' ? 'discovery_unreachable' : 'offline'
  return (cause) => {
    throw new AuthError({ code, stage, remedy: 'retry', subject }, cause)
  }
}
