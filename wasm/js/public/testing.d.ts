import type { Auth, Effects } from './index.js'

/**
 * What a claim may be: anything that JSON can say.
 *
 * @example
 * ```ts
 * import { createTestServer, type Json } from 'grantflow/testing'
 *
 * const address: Json = { locality: 'London', postal_code: null }
 * createTestServer({ users: [{ sub: 'ada', address }] })
 * ```
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json }

/**
 * Somebody who can sign in: the claims of OpenID Connect. What an app sees of them depends on its scopes.
 *
 * @example
 * ```ts
 * import { createTestServer, type TestUser } from 'grantflow/testing'
 *
 * const admin: TestUser = { sub: 'grace', name: 'Grace', roles: ['admin'] }
 * const server = createTestServer({ users: [admin] })
 * const { href } = server
 * console.log(href) // https://app.test/
 * ```
 */
export interface TestUser {
  readonly sub: string
  readonly [claim: string]: Json
}

/**
 * Whose token an API was shown, and what it is good for.
 *
 * @example
 * ```ts
 * import { createAuth } from 'grantflow'
 * import { createTestServer, type Bearer } from 'grantflow/testing'
 *
 * const greet = ({ sub, scopes }: Bearer) => Response.json(scopes.includes('profile') ? `Hello, ${sub}` : 'Hello')
 * const api = { url: 'https://app.test/hello', answer: (_: Request, bearer: Bearer) => greet(bearer) }
 * const auth = await createTestServer({ apis: [api] }).signedIn(createAuth)
 * console.log(await (await auth.fetch('/hello')).json()) // Hello, ada
 * ```
 */
export interface Bearer {
  readonly sub: string | null
  readonly clientId: string
  readonly scopes: readonly string[]
}

/**
 * An API that tokens of the server open.
 *
 * @example
 * ```ts
 * import { createAuth } from 'grantflow'
 * import { createTestServer, type TestApi } from 'grantflow/testing'
 *
 * const tasks: TestApi = {
 *   url: 'https://api.test/tasks',
 *   scope: 'tasks:write',
 *   answer: async (request) => Response.json(await request.json(), { status: 201 }),
 * }
 * const server = createTestServer({ scopes: ['tasks:write'], apis: [tasks] })
 * const auth = await server.signedIn((page) => createAuth({ ...page, scope: 'openid tasks:write', resources: [tasks.url] }))
 * const response = await auth.fetch('https://api.test/tasks', { method: 'POST', body: '{"title":"Rest"}' })
 * console.log(response.status) // 201
 * ```
 */
export interface TestApi {
  /** Everything at or below this URL. `createAuth` may name it in `resources`. */
  readonly url: string
  /** What a token must be good for, separated by spaces. */
  readonly scope?: string
  /** Called when the server has found the token to be good; without a good one, the API says 401 or 403. */
  answer(request: Request, bearer: Bearer): Response | Promise<Response>
}

/**
 * What a test server is told.
 *
 * @example
 * ```ts
 * import { createTestServer, type TestServerOptions } from 'grantflow/testing'
 *
 * const options: TestServerOptions = {
 *   issuer: 'https://login.example',
 *   clientId: 'shop',
 *   redirectUris: ['https://shop.example/callback'],
 * }
 * console.log(createTestServer(options).page.redirectUri) // https://shop.example/callback
 * ```
 */
export interface TestServerOptions {
  /** `https://login.test` unless given. */
  readonly issuer?: string
  /** `app` unless given. */
  readonly clientId?: string
  /** Where the app may be answered; the tests start on the first. `https://app.test/` unless given. */
  readonly redirectUris?: readonly string[]
  /** Ada, whose `sub` is `ada`, unless given. */
  readonly users?: readonly TestUser[]
  /** Scopes besides `openid profile email address phone offline_access`. */
  readonly scopes?: readonly string[]
  /** Unless given one that says whose token it was shown, below `/api/` of the app. */
  readonly apis?: readonly TestApi[]
}

/**
 * What a person does at the pages of the server.
 *
 * @example
 * ```ts
 * import { AuthError, createAuth } from 'grantflow'
 * import { createTestServer, type Person } from 'grantflow/testing'
 *
 * const stranger: Person = { user: 'bob', deny: true }
 * const server = createTestServer({ users: [{ sub: 'ada' }, { sub: 'bob' }] })
 * const error = await server.signedIn(createAuth, stranger).catch((thrown: AuthError) => thrown)
 * console.log(error instanceof AuthError && error.code) // access_denied
 * ```
 */
export interface Person {
  /** The `sub` of who signs in; who is signed in at the server, or else the first user, unless given. */
  readonly user?: string
  /** Whether they say no when they are asked whether the app may. */
  readonly deny?: boolean
  /** What they agree to; everything unless given. */
  readonly scopes?: readonly string[]
}

/**
 * What `createAuth` needs to run in a test: no page, no network.
 *
 * @example
 * ```ts
 * import { createAuth } from 'grantflow'
 * import { createTestServer, type TestPage } from 'grantflow/testing'
 *
 * // As the app's own module makes it, and as a test does.
 * export const start = (page?: TestPage) => createAuth({ issuer: 'https://login.test', clientId: 'app', ...page })
 * const auth = await createTestServer().signedIn(start)
 * console.log(auth.user?.sub) // ada
 * ```
 */
export interface TestPage {
  readonly issuer: string
  readonly clientId: string
  readonly redirectUri: string
  readonly relayUri: string
  readonly fetch: typeof globalThis.fetch
  readonly effects: Partial<Effects>
}

/**
 * Whom a request goes to.
 *
 * @example
 * ```ts
 * import { createAuth } from 'grantflow'
 * import { createTestServer, type Endpoint } from 'grantflow/testing'
 *
 * const server = createTestServer()
 * const count = (endpoint: Endpoint) => server.requests.filter((request) => request.endpoint === endpoint).length
 * await server.signedIn(createAuth)
 * console.log(count('token')) // 1
 * ```
 */
export type Endpoint = 'metadata' | 'keys' | 'token' | 'userinfo' | 'revoke' | 'api' | 'page'

/**
 * How a request fails: it never comes to the server; the server does what it is asked and the answer is
 * lost; the server answers this and does nothing.
 *
 * @example
 * ```ts
 * import { createAuth } from 'grantflow'
 * import { createTestServer, type Failure } from 'grantflow/testing'
 *
 * const busy: Failure = new Response('', { status: 503, headers: { 'retry-after': '10' } })
 * const server = createTestServer()
 * const auth = await server.signedIn(createAuth)
 * server.failNext('api', busy)
 * console.log((await auth.fetch('/api')).status) // 503
 * ```
 */
export type Failure = 'unreachable' | 'lost' | Response

/**
 * A request that was sent.
 *
 * @example
 * ```ts
 * import { createAuth } from 'grantflow'
 * import { createTestServer, type SentRequest } from 'grantflow/testing'
 *
 * const line = ({ method, endpoint, status }: SentRequest) => `${method} ${endpoint} ${status ?? 'failed'}`
 * const server = createTestServer()
 * await server.signedIn(createAuth)
 * console.log(server.requests.map(line).at(-1)) // GET keys 200
 * ```
 */
export interface SentRequest {
  readonly endpoint: Endpoint
  readonly method: string
  readonly url: string
  /** `null` if it failed. */
  readonly status: number | null
}

/**
 * A server that signs people in, with an API, in memory, and the tab of a browser that it is used from.
 *
 * @example
 * ```ts
 * import { createAuth } from 'grantflow'
 * import { createTestServer, type TestServer } from 'grantflow/testing'
 *
 * async function expired(server: TestServer): Promise<string> {
 *   const auth = await server.signedIn(createAuth)
 *   await server.advance(3601)
 *   return auth.snapshot.status
 * }
 * console.log(await expired(createTestServer())) // signed-out
 * ```
 */
export interface TestServer {
  readonly issuer: string
  readonly clientId: string
  /** What a page gives to `createAuth`. A page that is loaded anew calls `createAuth` anew. */
  readonly page: TestPage
  /** Answers requests to the server and its APIs, and throws a `TestServerError` for all others. */
  readonly fetch: typeof globalThis.fetch
  /** What touches the browser: the tab. */
  readonly effects: Partial<Effects>
  /** The URL of the tab. */
  href: string
  /** Whether there is a network. */
  online: boolean
  /** What was sent, in order. */
  readonly requests: readonly SentRequest[]
  /**
   * Plays the person at the pages of the server, from the URL that a login leads to, or that this app is
   * leaving for. Gives the URL that they come back with; the tab, or the window, is there then.
   */
  signIn(leaving: Auth | URL | string, person?: Person): Promise<string>
  /** Loads a page, signs in, loads the page again: a session to test with. */
  signedIn(load: (page: TestPage) => Auth, person?: Person): Promise<Auth>
  /** Ends every session, as an administrator would: no token is good for anything then. */
  revoke(): Promise<void>
  /** Turns the clocks of the server and of the tab on, and waits for what comes of it. */
  advance(seconds: number): Promise<void>
  /** Lets the next request to this endpoint fail; called again, the one after that, too. */
  failNext(endpoint: Endpoint, failure: Failure): void
}

/**
 * Why a test server cannot do what the test asks for.
 *
 * @example
 * ```ts
 * import { TestServerError, createTestServer } from 'grantflow/testing'
 *
 * const server = createTestServer()
 * const error = await server.fetch('https://elsewhere.example/').catch((thrown: unknown) => thrown)
 * console.log(error instanceof TestServerError && error.code) // foreign_origin
 * ```
 */
export declare class TestServerError extends Error {
  readonly code: 'unsupported' | 'bad_config' | 'foreign_origin' | 'nobody_leaves' | 'unknown_user' | 'refused'
  constructor(code: TestServerError['code'], message: string, cause?: unknown)
}

/**
 * Sets up a server for a test; nothing of it outlives the test.
 *
 * @example
 * ```ts
 * import { createAuth } from 'grantflow'
 * import { createTestServer } from 'grantflow/testing'
 *
 * const server = createTestServer({ users: [{ sub: 'ada', name: 'Ada' }] })
 *
 * // In one call …
 * const auth = await server.signedIn(createAuth)
 * console.log(auth.user?.claims.name) // Ada
 *
 * // … or step by step: a page leaves, the person signs in, and the page is loaded anew.
 * const leaving = createAuth(server.page)
 * void leaving.login({ returnTo: '/tasks' })
 * await server.signIn(leaving, { user: 'ada' })
 * const back = createAuth(server.page)
 * console.log((await back.ready()).status) // signed-in
 * ```
 */
export declare function createTestServer(options?: TestServerOptions): TestServer
