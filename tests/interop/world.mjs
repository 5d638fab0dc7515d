// A server with an app of every kind, Ada at her browser, and other people's clients.

import assert from 'node:assert/strict';

import { Authlib } from './authlib.mjs';
import { ALGORITHMS, makeKey } from './keys.mjs';
import { PEERS } from './peers.mjs';
import { Browser, approve, startServer } from './support.mjs';
import { told } from './trials.mjs';

export const CALLBACK = 'https://yourapp.com/auth/callback';
export const GOODBYE = 'https://yourapp.com/goodbye';

const SECRET = 'a secret/with+characters:that=have%to be coded';
/** Authlib and oidc-client-ts send it by Basic as it is, not coded as RFC 6749 §2.3.1 says. */
const PLAIN_SECRET = 'a-secret-of-letters';

/** The apps, as their clients are told of them. */
export const BASIC = { auth: 'basic', clientId: 'basic-app', clientSecret: SECRET };
export const PLAIN = { auth: 'basic', clientId: 'plain-app', clientSecret: PLAIN_SECRET };
export const POST = { auth: 'post', clientId: 'post-app', clientSecret: SECRET };
export const NONE = { auth: 'none', clientId: 'public-app' };
export const KEYS = await Promise.all(
  ALGORITHMS.map(async (alg) => ({ auth: 'key', clientId: `${alg}-app`, key: await makeKey(alg) })),
);

/** An API that reads its tokens itself, and one that asks what they are good for. */
export const REPORTS = 'https://reports.example/';
export const ARCHIVE = 'https://archive.example/';
export const ARCHIVIST = { auth: 'basic', clientId: 'archive', clientSecret: PLAIN_SECRET };

/** The kinds of client that each peer can be. */
export const KINDS = {
  oauth4webapi: [BASIC, POST, NONE, ...KEYS],
  'openid-client': [BASIC, POST, NONE, ...KEYS],
  'oidc-client-ts': [PLAIN, POST, NONE],
  Authlib: [PLAIN, POST, NONE, ...KEYS],
};

export const named = ({ auth, key }) => key?.alg ?? auth;

/** The apps, as the server is told of them. */
function declarations() {
  const app = {
    redirect_uris: [CALLBACK],
    post_logout_redirect_uris: [GOODBYE],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  };
  const kept = ({ clientId, clientSecret }) => ({ client_id: clientId, client_secret: clientSecret });
  return [
    { ...app, ...kept(BASIC) },
    { ...app, ...kept(PLAIN) },
    { ...app, ...kept(POST), token_endpoint_auth_method: 'client_secret_post' },
    { ...app, client_id: NONE.clientId, grant_types: ['authorization_code', 'refresh_token'] },
    ...KEYS.map(({ clientId, key }) => ({
      ...app,
      client_id: clientId,
      jwks: { keys: [key.publicJwk] },
      id_token_signed_response_alg: key.alg,
    })),
    { ...kept(ARCHIVIST), grant_types: ['client_credentials'] },
  ];
}

const RESOURCES = [
  { identifier: REPORTS, scope: 'reports', format: 'jwt' },
  { identifier: ARCHIVE, scope: 'reports', introspected_by: ARCHIVIST.clientId },
];

const POLICY = {
  algorithms: ALGORITHMS,
  scopes: ['openid', 'profile', 'email', 'offline_access', 'reports'].map((word) => ({ word, meaning: word })),
};

/** For `assert.rejects`: what the error says fits. */
export const refusedWith = (pattern) => (error) => {
  assert.match(told(error), pattern);
  return true;
};

export class World {
  ada = new Browser();
  #server;
  #authlib;

  /** @param {object} [policy]  beside what every world has */
  static async start(policy) {
    const world = new World();
    world.#server = await startServer({
      clients: declarations(),
      resources: RESOURCES,
      policy: { ...POLICY, ...policy },
    });
    return world;
  }

  async stop() {
    await this.#authlib?.end();
    await this.#server.stop();
  }

  get issuer() {
    return this.#server.issuer;
  }

  /** Ada's part: from a page of the server to the app. */
  async authorize(url, answer) {
    const page = await approve(this.ada, url.href, answer);
    if (page.left) return new URL(page.url);
    assert.ok(page.html.includes(` action="${CALLBACK}"`), `${page.status}\n${page.html}`);
    const form = page.form(() => true);
    return new Request(form.action, { method: 'POST', body: new URLSearchParams(form.entries({}, [])) });
  }

  /** @returns {import('./peers.mjs').App} */
  app(kind, more = {}) {
    const authorize = (url) => this.authorize(url);
    const scope = 'openid profile email';
    return { issuer: this.issuer, redirectUri: CALLBACK, scope, fetch, authorize, ...kind, ...more };
  }

  /** @returns {Promise<import('./peers.mjs').Client>} */
  async configure(peer, app) {
    if (peer !== 'Authlib') return PEERS[peer](app);
    this.#authlib ??= await Authlib.start();
    return this.#authlib.configure(app);
  }

  /** What the guide's resource answers to a token. */
  async statusOf({ access_token: token }) {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${this.issuer}/api/tasks`, { headers })).status;
  }
}
