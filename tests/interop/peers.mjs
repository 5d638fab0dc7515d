// Other people's clients, unmodified. Runs in Node and, bundled, in a page.

import * as oauth4webapi from './oauth4webapi.mjs';
import * as oidcClientTs from './oidc-client-ts.mjs';
import * as openidClient from './openid-client.mjs';

/**
 * What an app says to its client.
 *
 * @typedef {object} App
 * @property {string} issuer
 * @property {string} clientId
 * @property {'basic' | 'post' | 'none' | 'key'} auth  how the client authenticates
 * @property {string} [clientSecret]
 * @property {import('./keys.mjs').Key} [key]  what signs for `auth: 'key'`; ID tokens come in its algorithm
 * @property {string} redirectUri
 * @property {string} scope
 * @property {string} [resource]  the API that tokens are for (RFC 8707)
 * @property {Record<string, string>} [ask]  more parameters of the authorization request
 * @property {'openid-configuration' | 'oauth-authorization-server'} [discovery]  which document to read
 * @property {typeof fetch} fetch
 * @property {(url: URL) => Promise<URL | Request>} authorize  the browser's part: the server's page in, the callback
 *   out; a request, where it is posted
 *
 * @typedef {{access_token: string, token_type: string, expires_in?: number, refresh_token?: string, scope?: string,
 *   id_token?: string}} Tokens
 *
 * @typedef {object} LoggedIn
 * @property {Tokens} tokens
 * @property {Record<string, unknown>} claims  of the ID token
 * @property {() => Promise<unknown>} again  opens the same callback once more
 *
 * Another's client that knows of an app; it can do what its library can.
 *
 * @typedef {object} Client
 * @property {() => Promise<LoggedIn>} login
 * @property {(loggedIn: LoggedIn) => Promise<Record<string, unknown>>} userinfo
 * @property {(token: string, url: string, init?: {method?: string, body?: string}) => Promise<Response>} open  what a
 *   bearer token opens
 * @property {(loggedIn: LoggedIn) => Promise<Omit<LoggedIn, 'again'>>} refresh
 * @property {(token: string) => Promise<void>} revoke
 * @property {(token: string) => Promise<{active: boolean}>} [introspect]
 * @property {() => Promise<Tokens>} [credentials]  a token of the app's own
 * @property {(token: string) => Promise<Record<string, unknown>>} [read]  an access token, as the API `resource` does
 * @property {(loggedIn: LoggedIn, to: string) => Promise<URL>} [signOut]  gives where the browser ended
 */

/** @type {Record<string, (app: App) => Promise<Client>>} */
export const PEERS = {
  oauth4webapi: oauth4webapi.configure,
  'openid-client': openidClient.configure,
  'oidc-client-ts': oidcClientTs.configure,
};
