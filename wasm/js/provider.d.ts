/** The authorization server in memory, for the demo and for tests. */

/** Header fields in order, as pairs of name and value. */
export type Fields = readonly (readonly [name: string, value: string])[]

/** What a claim may be: anything that JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json }

/** Someone who can sign in. The password is a toy: it is kept as it is. */
export interface User {
  readonly subject: string
  readonly username: string
  readonly password: string
  /** Standard claims of OpenID Connect Core §5.1; what an app sees of them depends on its scopes. */
  readonly claims: { readonly [claim: string]: Json }
}

/** An app that is registered from the start, in the words of RFC 7591 §2. */
export interface Client {
  readonly client_id: string
  /** Needed by the two methods with a secret, refused with `none`. */
  readonly client_secret?: string | undefined
  /** `client_id` unless told otherwise. */
  readonly client_name?: string | undefined
  /** Needed unless `grant_types` lacks `authorization_code`. */
  readonly redirect_uris?: readonly string[] | undefined
  /** `client_secret_basic` unless told otherwise; `private_key_jwt` needs `jwks`. */
  readonly token_endpoint_auth_method?:
    'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none' | undefined
  readonly jwks?: { readonly keys: readonly Json[] } | undefined
  /** `authorization_code` and `refresh_token` unless told otherwise. */
  readonly grant_types?:
    readonly ('authorization_code' | 'refresh_token' | 'client_credentials')[] | undefined
  /** `web` unless told otherwise. */
  readonly application_type?: 'web' | 'native' | undefined
  /** What the app may ask for; everything unless told otherwise. */
  readonly scope?: string | undefined
  /** What its ID tokens are signed with; RS256, or the first key, unless told otherwise. */
  readonly id_token_signed_response_alg?: SigningAlgorithm | undefined
  /** Where people may go once they are signed out. */
  readonly post_logout_redirect_uris?: readonly string[] | undefined
}

/** What tokens can be signed with (RFC 7518 §3.1). */
export type SigningAlgorithm = 'RS256' | 'ES256' | 'EdDSA' | 'PS256'

/** A private key as a JWK (RFC 7517); an RSA one has at least 2048 bits. */
export interface SigningKey {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  /** By the kind of key unless told otherwise; RS256 for RSA. */
  readonly alg?: SigningAlgorithm
  readonly kid: string
  readonly d: string
  readonly [member: string]: Json | undefined
}

/** A scope besides those of OpenID Connect. */
export interface Scope {
  readonly scope: string
  /** What it means to a person, for the consent page. */
  readonly meaning: string
}

/** An API besides the tasks, whose tokens are opaque. */
export interface Resource {
  /** Its name, for which apps ask tokens (RFC 8707 §2). */
  readonly resource: string
  /** Where it is below the issuer, if it is admitted there. */
  readonly path?: string | undefined
  /** What a token must be good for. */
  readonly scope?: string | undefined
}

/** What a server is told once. */
export interface Config {
  /** `https`, or `http` on this machine; every endpoint lies below it. */
  readonly issuer: string
  /** 32 random bytes; who holds them can make every code, token and session. */
  readonly sealingKey: Uint8Array
  readonly users: readonly User[]
  /** Each replaces what the snapshot says of it. */
  readonly clients: readonly Client[]
  readonly scopes?: readonly Scope[] | undefined
  readonly resources?: readonly Resource[] | undefined
  /** Whether apps may register by themselves (RFC 7591); nobody vouches for those. Without it, `off`. */
  readonly registration?: 'off' | 'open' | undefined
  /** What `Provider.snapshot` gave. */
  readonly snapshot?: Uint8Array | undefined
  /** Of one algorithm the first signs. Without any, a request for `openid` ends with 503 at the token endpoint. */
  readonly signingKeys?: readonly SigningKey[] | undefined
}

export interface Request {
  readonly method: string
  /** Absolute, or from the path on. */
  readonly url: string
  readonly headers: Fields
  /** Empty if there is none. */
  readonly body: Uint8Array
}

/** Who are you? Posts `interaction`, `username` and `password` to `/oauth2/login`. */
export interface LoginPage {
  readonly page: 'login'
  readonly interaction: string
  readonly client_name: string | null
  readonly username: string
  readonly problem: 'wrong_password' | 'expired' | null
}

/** May this app? Posts `interaction`, a `scope` and a `claim` for each box ticked, and `decision` (`approve` or `deny`) to `/oauth2/consent`. */
export interface ConsentPage {
  readonly page: 'consent'
  readonly interaction: string
  /** Its owner chose it: escape it. */
  readonly client_name: string
  readonly client_id: string
  /** Pages of the app's own; its owner chose them. */
  readonly links: {
    readonly client_uri: string | null
    readonly policy_uri: string | null
    readonly tos_uri: string | null
  }
  /** Whether somebody vouches for the app. */
  readonly is_trusted: boolean
  readonly redirect_uri: string
  readonly username: string
  readonly scopes: readonly { readonly scope: string; readonly meaning: string }[]
  /** Claims that are asked for by name. */
  readonly claims: readonly string[]
  /** The APIs that tokens will be for; empty is no one in particular. */
  readonly resources: readonly string[]
}

/** Go on to an app that nobody vouches for? A link, and no form. */
export interface LeavePage {
  readonly page: 'leave'
  /** Its owner chose it: escape it. */
  readonly client_name: string
  readonly redirect_uri: string
  /** Where the link leads. */
  readonly location: string
}

/** A usual mistake in redirect URIs; with `warning-` before it, the id that pages give it. */
export type WarningKind = 'http' | 'wildcard' | 'fragment' | 'twin'

/** Redirect URIs that were taken, and that hardly mean what whoever typed them means. */
export interface UriWarning {
  readonly kind: WarningKind
  /** Which they are; escape them. Twins, which differ by a slash at the end, stand side by side. */
  readonly uris: readonly string[]
  readonly message: string
}

/** An app on the developer page. */
export interface App {
  readonly client_id: string
  readonly name: string
  readonly redirect_uris: readonly string[]
  readonly confidential: boolean
  /** At most one of each kind. */
  readonly warnings: readonly UriWarning[]
}

/** What was wrong with the developer page's form, and at which field. */
export interface FormProblem {
  readonly field: string
  readonly message: string
  /** The redirect URI that it is about, as typed: escape it. */
  readonly uri: string | null
  readonly warning: WarningKind | null
}

/** Your apps. Posts `interaction` and `action` to `/developer`: `create` with `name`, `redirect_uris` (one a line) and `kind` (`confidential` or `public`), or `rotate` or `remove` with `client_id`. */
export interface DeveloperPage {
  readonly page: 'developer'
  readonly interaction: string
  readonly username: string
  readonly apps: readonly App[]
  readonly problem: FormProblem | null
  readonly typed: { readonly name: string; readonly redirect_uris: string; readonly public: boolean }
  /** Where apps register over HTTP (RFC 7591), if they may. */
  readonly registration_endpoint: string | null
}

/** Here are your credentials, this once; the secret can never be shown again. */
export interface RegisteredPage {
  readonly page: 'registered'
  readonly app: App
  readonly client_secret: string | null
  /** Whether the app is new; if not, its secret is, and the one before it has ended. */
  readonly is_new: boolean
}

/** Sign out? Posts `interaction` to `/oauth2/logout`. */
export interface SignOutPage {
  readonly page: 'sign_out'
  readonly interaction: string
  readonly username: string
  /** The app that asks for it, if one does. Its owner chose the name: escape it. */
  readonly client_name: string | null
}

/** You are signed out. */
export interface SignedOutPage {
  readonly page: 'signed_out'
}

/** Something is wrong, and there is nowhere safe to send the person. */
export interface ErrorPage {
  readonly page: 'error'
  readonly error: string
  readonly error_description: string
}

/** What a person is to see. */
export type Page =
  | LoginPage
  | ConsentPage
  | LeavePage
  | DeveloperPage
  | RegisteredPage
  | SignOutPage
  | SignedOutPage
  | ErrorPage

/** What every request ends with. */
interface Ended {
  /** What it did to the machines of `docs/states.json`: the ids of their transitions, in order. */
  readonly transitions: readonly string[]
}

/** Send this. */
export interface Response extends Ended {
  readonly kind: 'response'
  readonly status: number
  readonly headers: Fields
  readonly body: Uint8Array
}

/** Draw this, and add `content-type` and `content-security-policy`. */
export interface Show extends Ended {
  readonly kind: 'page'
  readonly page: Page
  readonly status: number
  readonly headers: Fields
}

/** The bearer may pass: answer with the resource, and add these headers. */
export interface Admit extends Ended {
  readonly kind: 'admit'
  /** Nobody where the app acts for itself. */
  readonly subject: string | null
  readonly client_id: string
  readonly scope: readonly string[]
  readonly headers: Fields
}

/** How a request ends. */
export type Outcome = Response | Show | Admit

/** What the constructor throws and the promises are rejected with. */
export interface ProviderError extends Error {
  readonly code: 'bad_config' | 'bad_snapshot' | 'bad_request' | 'no_randomness' | 'no_webcrypto'
}

/** An authorization server. Calls of `handle` may overlap. */
export class Provider {
  /** Throws a `ProviderError` with `bad_config` or `bad_snapshot`. */
  constructor(config: Config)
  /** A new key for the host to keep; RSA of 2048 bits for RS256 unless told otherwise. */
  static generateKey(alg?: SigningAlgorithm): Promise<SigningKey>
  /** Answers a request at `now`, in seconds since 1970. */
  handle(request: Request, now: number): Promise<Outcome>
  /** Every record, as bytes; take it before an answer leaves, and no crash forgets what was promised. */
  snapshot(): Uint8Array
  /** Gives the memory back. */
  free(): void
}

/** Starts the module; once, before anything else. */
export function initSync(input: { module: BufferSource | WebAssembly.Module }): object

/** The same, from a response or from bytes. */
export default function init(input: {
  module_or_path: Promise<globalThis.Response> | globalThis.Response | BufferSource | WebAssembly.Module
}): Promise<object>
