import type { Auth, Effects } from './index.js'

/** What a claim may be: anything that JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json }

/** Somebody who can sign in: the claims of OpenID Connect. What an app sees of them depends on its scopes. */
export interface TestUser {
  readonly sub: string
  readonly [claim: string]: Json
}

/** Whose token an API was shown, and what it is good for. */
export interface Bearer {
  readonly sub: string | null
  readonly clientId: string
  readonly scopes: readonly string[]
}

/** An API that tokens of the server open. */
export interface TestApi {
  /** Everything at or below this URL. `createAuth` may name it in `resources`. */
  readonly url: string
  /** What a token must be good for, separated by spaces. */
  readonly scope?: string
  /** Called when the server has found the token to be good; without a good one, the API says 401 or 403. */
  answer(request: Request, bearer: Bearer): Response | Promise<Response>
}

/** What a test server is told. */
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

/** What a person does at the pages of the server. */
export interface Person {
  /** The `sub` of who signs in; who is signed in at the server, or else the first user, unless given. */
  readonly user?: string
  /** Whether they say no when they are asked whether the app may. */
  readonly deny?: boolean
  /** What they agree to; everything unless given. */
  readonly scopes?: readonly string[]
}

/** What `createAuth` needs to run in a test: no page, no network. */
export interface TestPage {
  readonly issuer: string
  readonly clientId: string
  readonly redirectUri: string
  readonly relayUri: string
  readonly fetch: typeof globalThis.fetch
  readonly effects: Partial<Effects>
}

/** Whom a request goes to. */
export type Endpoint = 'metadata' | 'keys' | 'token' | 'userinfo' | 'revoke' | 'api' | 'page'

/**
 * How a request fails: it never comes to the server; the server does what it is asked and the answer is
 * lost; the server answers this and does nothing.
 */
export type Failure = 'unreachable' | 'lost' | Response

/** A request that was sent. */
export interface SentRequest {
  readonly endpoint: Endpoint
  readonly method: string
  readonly url: string
  /** `null` if it failed. */
  readonly status: number | null
}

/** A server that signs people in, with an API, in memory, and the tab of a browser that it is used from. */
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

/** Why a test server cannot do what the test asks for. */
export declare class TestServerError extends Error {
  readonly code: 'bad_config' | 'foreign_origin' | 'nobody_leaves' | 'unknown_user' | 'refused'
  constructor(code: TestServerError['code'], message: string, cause?: unknown)
}

/** Sets up a server for a test; nothing of it outlives the test. */
export declare function createTestServer(options?: TestServerOptions): TestServer
