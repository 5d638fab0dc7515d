/** The server in memory behind a `fetch`, for tests of apps. */
import type { Outcome, Provider } from './provider.js'
import type { Auth } from './public/index.js'
import type { Endpoint, Failure, Person, SentRequest, TestApi, TestPage, TestServer, TestServerOptions, TestUser } from './public/testing.js'
import { TestServerError } from './testing/error.js'
import { server } from './testing/load.js'
import { PASSWORD, Someone, utf8 } from './testing/person.js'
import { Tab } from './testing/tab.js'

export { TestServerError } from './testing/error.js'

const ADA: TestUser = {
  sub: 'ada',
  name: 'Ada Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  email: 'ada@example.test',
  email_verified: true,
}

/** How long `signIn` waits for somebody to leave, in milliseconds. */
const PATIENCE = 5000

const ENDPOINTS: { readonly [path: string]: Endpoint } = {
  '/.well-known/openid-configuration': 'metadata',
  '/.well-known/oauth-authorization-server': 'metadata',
  '/oauth2/jwks': 'keys',
  '/oauth2/token': 'token',
  '/oauth2/userinfo': 'userinfo',
  '/oauth2/revoke': 'revoke',
}

/** Statuses that have no body. */
const EMPTY = [204, 205, 304]

export function createTestServer(options: TestServerOptions = {}): TestServer {
  return new Server(options)
}

class Server implements TestServer {
  readonly issuer: string
  readonly clientId: string
  readonly page: TestPage
  readonly requests: SentRequest[] = []
  readonly #apis: readonly TestApi[]
  readonly #tab: Tab
  readonly #provider: Promise<Provider>
  readonly #person: Someone
  readonly #failures: { endpoint: Endpoint; failure: Failure }[] = []
  /** Every access token that is out. */
  readonly #tokens = new Set<string>()

  constructor({ issuer = 'https://login.test', clientId = 'app', redirectUris = ['https://app.test/'], users = [ADA], scopes = [], apis }: TestServerOptions) {
    if (typeof Response === 'undefined' || !globalThis.crypto?.subtle) {
      throw new TestServerError('unsupported', 'There is no fetch or no WebCrypto around this test: in Jest, use the environment `node`.')
    }
    const [redirectUri = ''] = redirectUris
    const { origin } = parsed(redirectUri)
    const relayUri = `${origin}/relay`
    this.issuer = issuer
    this.clientId = clientId
    this.#apis = apis ?? [{ url: `${origin}/api`, answer: whose }]
    this.#tab = new Tab(redirectUri)
    const config = {
      issuer,
      sealingKey: crypto.getRandomValues(new Uint8Array(32)),
      users: users.map(({ sub, ...claims }) => ({ subject: sub, username: sub, password: PASSWORD, claims })),
      clients: [{
        client_id: clientId,
        redirect_uris: [...redirectUris, relayUri],
        post_logout_redirect_uris: redirectUris,
        token_endpoint_auth_method: 'none' as const,
      }],
      scopes: scopes.map((scope) => ({ scope, meaning: scope })),
      resources: this.#apis.map(({ url, scope }, at) => ({ resource: url, path: door(at), scope })),
    }
    refuse(config)
    this.#provider = key().then((signingKey) => new (server().Provider)({ ...config, signingKeys: [signingKey] }))
    this.#person = new Someone(this.#provider, new URL(issuer), users, this.#now)
    this.#tab.unseen = (url) => this.#person.unseen(url)
    this.page = { issuer, clientId, redirectUri, relayUri, fetch: this.fetch, effects: this.effects }
  }

  get effects() {
    return this.#tab.effects
  }

  get href(): string {
    return this.#tab.href
  }

  set href(href: string) {
    this.#tab.arrive(undefined, new URL(href, this.#tab.href).href)
  }

  get online(): boolean {
    return this.#tab.online
  }

  set online(online: boolean) {
    this.#tab.online = online
  }

  readonly fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
    this.#tab.busy(async () => {
      const { method = 'GET', headers, body = null, signal } = init ?? {}
      const plain = { method, body, ...(headers && { headers }) }
      const request = input instanceof Request ? new Request(input, init) : new Request(new URL(input, this.href), plain)
      const url = new URL(request.url)
      const api = this.#apis.findIndex((api) => isBelow(url, api.url))
      const endpoint = api < 0 ? this.#endpoint(url) : 'api'
      const sent = { endpoint, method: request.method, url: request.url, status: null as number | null }
      this.requests.push(sent)
      signal?.throwIfAborted()
      const failure = this.#failure(endpoint)
      if (failure === 'unreachable' || !this.online) throw new TypeError('fetch failed')
      const full = failure instanceof Response ? failure.clone() : await this.#handle(request, url, api)
      // As on the wire: an answer to HEAD has no body.
      const answer = request.method === 'HEAD' ? new Response(null, full) : full
      if (failure === 'lost') throw new TypeError('fetch failed')
      signal?.throwIfAborted()
      sent.status = answer.status
      return answer
    })

  readonly signIn = async (leaving: Auth | URL | string, person: Person = {}): Promise<string> => {
    const isUrl = typeof leaving === 'string' || leaving instanceof URL
    const url = isUrl ? String(leaving) : await this.#leaves(leaving)
    const at = this.#tab.departures.findIndex((departure) => departure.url === url)
    const [departure] = at < 0 ? [] : this.#tab.departures.splice(at, 1)
    const callback = await this.#person.through(url, person)
    this.#tab.arrive(departure, callback)
    return callback
  }

  readonly signedIn = async (load: (page: TestPage) => Auth, person: Person = {}): Promise<Auth> => {
    const leaving = load(this.page)
    // What it fails with is in the snapshot, too, which `signIn` watches.
    leaving.login().catch(() => undefined)
    await this.signIn(leaving, person)
    leaving[Symbol.dispose]()
    const auth = load(this.page)
    const snapshot = await auth.ready()
    if (snapshot.status === 'signed-in') return auth
    const error = snapshot.status === 'signed-out' ? snapshot.error : undefined
    throw error ?? new TestServerError('refused', `The login ends with ${JSON.stringify(snapshot)}`)
  }

  readonly revoke = async (): Promise<void> => {
    const provider = await this.#provider
    const headers = [['content-type', 'application/x-www-form-urlencoded']] as const
    for (const token of this.#tokens) {
      const body = utf8(String(new URLSearchParams({ token, client_id: this.clientId })))
      await provider.handle({ method: 'POST', url: this.#at('/oauth2/revoke'), headers, body }, this.#now())
    }
    this.#tokens.clear()
    this.#person.forget()
  }

  readonly advance = (seconds: number): Promise<void> => this.#tab.advance(seconds)

  readonly failNext = (endpoint: Endpoint, failure: Failure): void => {
    this.#failures.push({ endpoint, failure })
  }

  readonly #now = (): number => Math.floor(this.#tab.wall() / 1000)

  #at(path: string): string {
    return this.issuer.replace(/\/$/, '') + path
  }

  #endpoint(url: URL): Endpoint {
    const { origin, pathname } = new URL(this.issuer)
    const isMetadata = url.pathname.startsWith('/.well-known/')
    if (url.origin !== origin || !(isMetadata || isBelow(url, this.issuer))) this.#foreign(url)
    const path = url.pathname.slice(pathname.replace(/\/$/, '').length)
    return ENDPOINTS[path] ?? (isMetadata ? 'metadata' : 'page')
  }

  #foreign(url: URL): never {
    const known = [this.issuer, ...this.#apis.map((api) => api.url)].join(', ')
    throw new TestServerError('foreign_origin', `Nobody answers ${url.origin}${url.pathname} in this test: there are ${known}.`)
  }

  #failure(endpoint: Endpoint): Failure | undefined {
    const at = this.#failures.findIndex((next) => next.endpoint === endpoint)
    return at < 0 ? undefined : this.#failures.splice(at, 1)[0]?.failure
  }

  async #handle(request: Request, url: URL, at: number): Promise<Response> {
    const provider = await this.#provider
    const api = this.#apis[at]
    if (!api) {
      const body = new Uint8Array(await request.clone().arrayBuffer())
      const headers = [...request.headers]
      const outcome = await provider.handle({ method: request.method, url: url.href, headers, body }, this.#now())
      if (outcome.kind === 'response') this.#remember(outcome.body)
      return answered(outcome)
    }
    // The server looks at the token, the API at the rest.
    const headers = [...request.headers].filter(([name]) => name === 'authorization')
    const question = { method: 'GET', url: this.#at(door(at)), headers, body: new Uint8Array() }
    const outcome = await provider.handle(question, this.#now())
    if (outcome.kind !== 'admit') return answered(outcome)
    return api.answer(request, { sub: outcome.subject, clientId: outcome.client_id, scopes: outcome.scope })
  }

  /** Keeps the token of an answer, to be able to revoke it. */
  #remember(body: Uint8Array): void {
    const text = new TextDecoder().decode(body)
    if (!text.includes('"access_token"')) return
    const { access_token: token } = JSON.parse(text) as { access_token?: string }
    if (token !== undefined) this.#tokens.add(token)
  }

  /** Waits until the app leaves for the server; gives where it goes. */
  #leaves(auth: Auth): Promise<string> {
    const [first] = this.#tab.departures
    if (first) return Promise.resolve(first.url)
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        this.#tab.left = undefined
        unsubscribe()
      }
      const fail = (error: Error) => {
        stop()
        reject(error)
      }
      const early = new TestServerError('nobody_leaves', 'Nobody leaves for the server: call auth.login() or auth.popup(), and do not wait for it.')
      const timer = setTimeout(() => fail(early), PATIENCE)
      this.#tab.left = () => {
        stop()
        resolve(this.#tab.departures[0]?.url ?? '')
      }
      const before = auth.snapshot
      const unsubscribe = auth.subscribe((snapshot) => {
        if (snapshot !== before && snapshot.status === 'signed-out' && snapshot.error) fail(snapshot.error)
      })
    })
  }
}

let made: ReturnType<typeof Provider.generateKey> | undefined

/** One key for all servers: nothing but tests believes them. */
const key = () => (made ??= server().Provider.generateKey('ES256'))

/** Throws at once what the server would throw at its first request. */
function refuse(config: ConstructorParameters<typeof Provider>[0]): void {
  try {
    new (server().Provider)(config).free()
  } catch (thrown) {
    throw new TestServerError('bad_config', thrown instanceof Error ? thrown.message : String(thrown), thrown)
  }
}

function parsed(redirectUri: string): URL {
  try {
    return new URL(redirectUri)
  } catch (thrown) {
    throw new TestServerError('bad_config', `redirectUris: ${redirectUri} is no URL`, thrown)
  }
}

/** Where the server judges tokens for an API. */
const door = (at: number) => `/apis/${at}`

function isBelow(url: URL, base: string): boolean {
  const { origin, pathname } = new URL(base)
  const folder = pathname.replace(/\/$/, '')
  return url.origin === origin && (url.pathname === folder || url.pathname.startsWith(`${folder}/`))
}

/** What the example API says. */
function whose(_request: Request, { sub, clientId, scopes }: { sub: string | null; clientId: string; scopes: readonly string[] }): Response {
  const body = JSON.stringify({ sub, client_id: clientId, scope: scopes.join(' ') })
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}

function answered(outcome: Outcome): Response {
  const headers = outcome.headers.map(([name, value]): [string, string] => [name, value])
  if (outcome.kind === 'admit') return new Response(null, { status: 204, headers })
  if (outcome.kind === 'page') {
    // A program has no use for a page, but to see which it is.
    return new Response(JSON.stringify(outcome.page), { status: outcome.status, headers: [...headers, ['content-type', 'application/json']] })
  }
  return new Response(EMPTY.includes(outcome.status) ? null : new Uint8Array(outcome.body), { status: outcome.status, headers })
}
