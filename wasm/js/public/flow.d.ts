import type { IncomingResponse, OutgoingRequest, SignatureQuestion, User } from './index.js'

export { AuthError } from './index.js'
export type { IncomingResponse, OutgoingRequest, SignatureQuestion, User } from './index.js'

/**
 * A public client's configuration.
 *
 * @example
 * ```ts
 * import { configure, type Configuration } from 'grantflow/flow'
 *
 * const configuration: Configuration = { issuer: 'https://login.example', clientId: 'app', redirectUri: 'https://app.example/' }
 * console.log(configure(configuration).metadataUrl) // https://login.example/.well-known/openid-configuration
 * ```
 */
export interface Configuration {
  issuer: string
  clientId: string
  redirectUri: string
}

/**
 * An app and its server, as configured.
 *
 * @example
 * ```ts
 * import { configure, type Client, type Profile } from 'grantflow/flow'
 *
 * async function discovered(profile: Profile): Promise<Client> {
 *   const response = await fetch(profile.metadataUrl)
 *   return profile.discover(response.status, new Uint8Array(await response.arrayBuffer()))
 * }
 * const client = await discovered(configure({ issuer: 'https://login.example', clientId: 'app', redirectUri: 'https://app.example/' }))
 * console.log(client.endSession) // https://login.example/oauth2/logout
 * ```
 */
export interface Profile {
  /** Where the server says what it can do. */
  readonly metadataUrl: string
  /** Receives what the server says. */
  discover(status: number, body: Uint8Array): Client
}

/**
 * What one login asks for.
 *
 * @example
 * ```ts
 * import type { Asked } from 'grantflow/flow'
 *
 * function asked(): Asked {
 *   const seed = crypto.getRandomValues(new Uint8Array(32))
 *   return { seed, now: Math.floor(Date.now() / 1000), scope: 'openid profile', returnTo: '/tasks' }
 * }
 * console.log(asked().seed.length) // 32
 * ```
 */
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

/**
 * Where to send the browser, and what to store before it leaves.
 *
 * @example
 * ```ts
 * import type { Redirect } from 'grantflow/flow'
 *
 * const waiting = new Map<string, string>()
 * function leave({ url, key, record }: Redirect): string {
 *   waiting.set(key, record)
 *   return url
 * }
 * console.log(leave({ url: 'https://login.example/', key: 'grantflow.login.1', record: '…' })) // https://login.example/
 * ```
 */
export interface Redirect {
  readonly url: string
  /** The name to store the record under. */
  readonly key: string
  /** Only this browser may read it, for who holds it can finish the login; and only the app may write it. */
  readonly record: string
}

/**
 * An app that knows its server.
 *
 * @example
 * ```ts
 * import { keyOf, type Client, type Turn } from 'grantflow/flow'
 *
 * function leave(client: Client, store: Map<string, string>): string {
 *   const seed = crypto.getRandomValues(new Uint8Array(32))
 *   const { url, key, record } = client.begin({ seed, now: Math.floor(Date.now() / 1000), scope: 'openid' })
 *   store.set(key, record)
 *   return url
 * }
 * function comeBack(client: Client, store: Map<string, string>, query: string): Turn {
 *   const record = store.get(keyOf(query) ?? '')
 *   if (record === undefined) throw new Error('nobody waits for this')
 *   return client.accept(record, query, Math.floor(Date.now() / 1000))
 * }
 * ```
 */
export interface Client {
  begin(asked: Asked): Redirect
  /** Receives the redirect back: the query, with or without its `?`. */
  accept(record: string, query: string, now: number): Turn
  /** Where a user signs out, if the server has such a page. */
  readonly endSession: string | null
}

/**
 * What a login ends in, proved.
 *
 * @example
 * ```ts
 * import type { Tokens } from 'grantflow/flow'
 *
 * function describe({ user, scopes, expiresAt }: Tokens): string {
 *   const until = expiresAt === null ? 'an unknown time' : new Date(expiresAt * 1000).toISOString()
 *   return `${user?.sub} may ${scopes.join(', ')} until ${until}`
 * }
 * ```
 */
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

/**
 * A request to send; answer it once.
 *
 * @example
 * ```ts
 * import type { SendTurn, Turn } from 'grantflow/flow'
 *
 * async function send(turn: SendTurn): Promise<Turn> {
 *   const { url, method, headers, body = null } = turn.request
 *   const response = await fetch(url, { method, headers: headers.map(([name, value]): [string, string] => [name, value]), body })
 *   const contentType = response.headers.get('content-type')
 *   const answer = { status: response.status, contentType, body: new Uint8Array(await response.arrayBuffer()) }
 *   return turn.answer(answer, Math.floor(Date.now() / 1000))
 * }
 * ```
 */
export interface SendTurn {
  readonly kind: 'send'
  readonly request: OutgoingRequest
  answer(response: IncomingResponse, now: number): Turn
}

/**
 * A signature to judge; answer it once.
 *
 * @example
 * ```ts
 * import { verify, type Turn, type VerifyTurn } from 'grantflow/flow'
 *
 * const judge = async (turn: VerifyTurn): Promise<Turn> => turn.answer(await verify(turn))
 * ```
 */
export interface VerifyTurn extends SignatureQuestion {
  readonly kind: 'verify'
  /** `true` says that the signature was verified: say it without looking, and anyone can sign in. */
  answer(good: boolean): Turn
}

/**
 * The end.
 *
 * @example
 * ```ts
 * import type { DoneTurn } from 'grantflow/flow'
 *
 * const name = ({ tokens }: DoneTurn) => tokens.user?.claims.name ?? 'somebody'
 * ```
 */
export interface DoneTurn {
  readonly kind: 'done'
  readonly tokens: Tokens
}

/**
 * What a login needs next.
 *
 * @example
 * ```ts
 * import { verify, type SendTurn, type Tokens, type Turn } from 'grantflow/flow'
 *
 * // Goes on until the tokens are there; `send` sends a request.
 * async function finish(turn: Turn, send: (turn: SendTurn) => Promise<Turn>): Promise<Tokens> {
 *   while (turn.kind !== 'done') turn = turn.kind === 'send' ? await send(turn) : turn.answer(await verify(turn))
 *   return turn.tokens
 * }
 * ```
 */
export type Turn = SendTurn | VerifyTurn | DoneTurn

/**
 * Takes a configuration that can work, or throws `config_invalid`.
 *
 * @example
 * ```ts
 * import { configure, verify } from 'grantflow/flow'
 *
 * // In a program of your own: a command line, a server, a native shell.
 * const now = () => Math.floor(Date.now() / 1000)
 * const profile = configure({ issuer: 'https://login.example', clientId: 'app', redirectUri: 'https://app.example/' })
 * const metadata = await fetch(profile.metadataUrl)
 * const client = profile.discover(metadata.status, new Uint8Array(await metadata.arrayBuffer()))
 *
 * const seed = crypto.getRandomValues(new Uint8Array(32))
 * const { url, record } = client.begin({ seed, now: now(), scope: 'openid profile' })
 * const callback = new URL(await server.signIn(url)) // a person's browser, here played by grantflow/testing
 *
 * let turn = client.accept(record, callback.search, now())
 * while (turn.kind !== 'done') {
 *   if (turn.kind === 'verify') {
 *     turn = turn.answer(await verify(turn))
 *     continue
 *   }
 *   const { url, method, headers, body = null } = turn.request
 *   const response = await fetch(url, { method, headers: headers.map(([name, value]): [string, string] => [name, value]), body })
 *   const bytes = new Uint8Array(await response.arrayBuffer())
 *   turn = turn.answer({ status: response.status, contentType: response.headers.get('content-type'), body: bytes }, now())
 * }
 * console.log(turn.tokens.user?.claims.name) // Ada Lovelace
 * ```
 */
export declare function configure(configuration: Configuration): Profile

/**
 * The name of the record that a callback answers; nothing if it has no `state`.
 *
 * @example
 * ```ts
 * import { keyOf } from 'grantflow/flow'
 *
 * console.log(keyOf('?code=abc') ?? 'no login waits for that') // no login waits for that
 * console.log(keyOf('?code=abc&state=xyz') === keyOf('error=access_denied&state=xyz')) // true
 * ```
 */
export declare function keyOf(query: string): string | undefined

/**
 * Judges a signature with WebCrypto.
 *
 * @example
 * ```ts
 * import { verify } from 'grantflow/flow'
 *
 * const nobodys = { alg: 'ES256', jwk: '{}', input: '', signature: new Uint8Array(64) }
 * console.log(await verify(nobodys)) // false
 * ```
 */
export declare function verify(question: SignatureQuestion): Promise<boolean>
