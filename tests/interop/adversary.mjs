// A provider that is honest but for one flaw; what `flaws.mjs` lists, it says.

import { constants, createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

import { NOW } from '../npm/stub.mjs';
import { ALGORITHMS, makeKey } from './keys.mjs';

export const CLIENT = 'app';
export const METADATA = '/.well-known/openid-configuration';

/** Pages of every origin may ask, and send what they like. */
const PAGES = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization, *' };

/** The keys that the provider publishes, by algorithm. */
export const KEYS = Object.fromEntries(await Promise.all(ALGORITHMS.map(async (alg) => [alg, await makeKey(alg)])));

const PUBLISHED = Object.values(KEYS).map((key) => key.publicJwk);

/** The attacker's key, under the name of the provider's. */
export const THEIRS = await makeKey('RS256');

/** An RSA key as nobody should have one, under the same name. */
export function weakKey(options) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, ...options });
  const { alg, kid } = KEYS.RS256;
  const exported = (key) => ({ ...key.export({ format: 'jwk' }), kid, alg });
  return { alg, kid, jwk: exported(privateKey), publicJwk: exported(publicKey) };
}

const SIGNING = {
  RS256: ['sha256', {}],
  PS256: ['sha256', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
  ES256: ['sha256', { dsaEncoding: 'ieee-p1363' }],
  EdDSA: [null, {}],
};

/** A signature by a key, with `options` that differ from those of its algorithm. */
export function signature({ alg, jwk }, input, options) {
  const [hash, usual] = SIGNING[alg];
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return sign(hash, Buffer.from(input), { key, ...usual, ...options });
}

const encode = (said) => Buffer.from(said).toString('base64url');

const digest = (hash, said) => createHash(hash).update(said).digest();

/** What vouches for an access token (OpenID Connect Core §3.1.3.6). */
function atHash(alg, accessToken) {
  const hash = digest(alg === 'EdDSA' ? 'sha512' : 'sha256', accessToken);
  return encode(hash.subarray(0, hash.length / 2));
}

const json = (said, status = 200) => ({ status, type: 'application/json', body: JSON.stringify(said) });

/**
 * A function for each thing that is said falsely, from what is honest to what is said; members that are
 * `undefined` are left out. A path stands for the answer there as it goes over the wire.
 *
 * @typedef {Record<'metadata' | 'callback' | 'location' | 'tokens' | 'signer' | 'header' | 'claims' | 'payload' |
 *   'input' | 'signature' | 'idToken' | 'jwks' | `/${string}`, (said: any, about: any) => any>} Flaw
 */
export class Provider {
  /** Every request so far: its path, and the token that came along. */
  asked = [];
  /** Where an honest provider would have sent the browser last. */
  honest = '';

  #flaw;
  #unsaid;
  #isTenant;
  #key;
  #server = createServer((request, response) => this.#handle(request, response));
  /** What was asked for, by the code or the refresh token that it made; each is good once. */
  #grants = new Map();
  #accessTokens = new Set();
  #made = 0;

  /**
   * @param {Partial<Flaw>} [flaw]
   * @param {boolean} [isTenant]  whether it is as clients of Auth0 expect: a slash ends its name, and tokens are elsewhere
   */
  static async start(flaw = {}, alg = 'RS256', isTenant = false) {
    const provider = new Provider();
    provider.#isTenant = isTenant;
    provider.#flaw = flaw;
    provider.#unsaid = new Set(Object.keys(flaw));
    provider.#key = KEYS[alg];
    provider.#server.listen(0, '127.0.0.1');
    await once(provider.#server, 'listening');
    return provider;
  }

  get issuer() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  get #name() {
    return this.#isTenant ? `${this.issuer}/` : this.issuer;
  }

  /** What of the flaw nobody has heard yet. */
  get unsaid() {
    return [...this.#unsaid];
  }

  count(path) {
    return this.asked.filter((request) => request.path === path).length;
  }

  async stop() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #say(what, said, about) {
    this.#unsaid.delete(what);
    const change = this.#flaw[what];
    return change ? change(said, { ...about, issuer: this.issuer }) : said;
  }

  async #handle(request, response) {
    if (request.method === 'OPTIONS') return void response.writeHead(204, PAGES).end();
    const { pathname: asked, searchParams } = new URL(request.url, this.issuer);
    const pathname = this.#isTenant && asked === '/oauth/token' ? '/token' : asked;
    const form = new URLSearchParams(await text(request));
    const { authorization } = request.headers;
    this.asked.push({ path: pathname, authorization });
    const honest = this.#answer(pathname, searchParams, form, authorization);
    const { status, type = 'text/html', location, body = '' } = this.#say(pathname, honest);
    // A kept connection could outlive the provider and meet the next one on its port.
    const headers = { ...PAGES, 'content-type': type, connection: 'close', ...(location && { location }) };
    response.writeHead(status, headers).end(body);
  }

  #answer(path, query, form, authorization) {
    switch (path) {
      case METADATA:
        return json(this.#say('metadata', this.#metadata()));
      case '/authorize':
        return { status: 302, location: this.#authorize(Object.fromEntries(query)) };
      case '/token':
        return this.#token(Object.fromEntries(form));
      case '/jwks':
        return json(this.#say('jwks', { keys: PUBLISHED }, { looks: this.count(path) }));
      case '/userinfo':
        return this.#userinfo(authorization);
      case '/theirs':
        return json({ keys: [THEIRS.publicJwk] });
      default:
        return { status: 404 };
    }
  }

  #metadata() {
    const { issuer } = this;
    return {
      issuer: this.#name,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [this.#key.alg],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    };
  }

  /** Everybody is signed in and says yes. */
  #authorize(asked) {
    const code = `code-${(this.#made += 1)}`;
    this.#grants.set(code, asked);
    const said = { code, state: asked.state, iss: this.#name };
    this.honest = callbackUrl(asked.redirect_uri, said);
    return this.#say('location', callbackUrl(asked.redirect_uri, this.#say('callback', said)));
  }

  #token({ grant_type: type, code, refresh_token: refreshToken, client_id: client, ...form }) {
    const handle = type === 'refresh_token' ? refreshToken : code;
    const asked = this.#grants.get(handle);
    this.#grants.delete(handle);
    if (asked?.client_id !== client) return json({ error: 'invalid_grant' }, 400);
    if (type === 'refresh_token') return json(this.#tokens({ ...asked, nonce: undefined }));
    const challenge = encode(digest('sha256', form.code_verifier ?? ''));
    const fits = asked.code_challenge_method === 'S256' && asked.code_challenge === challenge;
    if (!fits || asked.redirect_uri !== form.redirect_uri) return json({ error: 'invalid_grant' }, 400);
    return json(this.#say('tokens', this.#tokens(asked)));
  }

  #tokens(asked) {
    const made = (this.#made += 1);
    const accessToken = `access-token-${made}`;
    this.#accessTokens.add(accessToken);
    this.#grants.set(`refresh-token-${made}`, asked);
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: asked.scope,
      ...(asked.scope.split(' ').includes('offline_access') && { refresh_token: `refresh-token-${made}` }),
      id_token: this.#idToken(asked, accessToken),
    };
  }

  #idToken({ client_id: aud, nonce }, accessToken) {
    const key = this.#say('signer', this.#key);
    const header = this.#say('header', { alg: key.alg, kid: key.kid, typ: 'JWT' });
    const claims = this.#say('claims', {
      iss: this.#name,
      sub: 'ada',
      aud,
      exp: NOW + 3600,
      iat: NOW,
      auth_time: NOW,
      nonce,
      at_hash: atHash(key.alg, accessToken),
      name: 'Ada',
    });
    const payload = this.#say('payload', JSON.stringify(claims));
    const input = this.#say('input', `${encode(JSON.stringify(header))}.${encode(payload)}`);
    const signed = this.#say('signature', encode(signature(key, input)), { input });
    return this.#say('idToken', `${input}.${signed}`);
  }

  #userinfo(authorization) {
    const [scheme, token] = authorization?.split(' ') ?? [];
    if (scheme !== 'Bearer' || !this.#accessTokens.has(token)) return json({ error: 'invalid_token' }, 401);
    return json({ sub: 'ada', email: 'ada@example.com' });
  }
}

/** Parameters in a list are there more than once. */
function callbackUrl(redirectUri, parameters) {
  const pairs = Object.entries(parameters).flatMap(([name, values]) => [values].flat().map((value) => [name, value]));
  return `${redirectUri}?${new URLSearchParams(pairs.filter(([, value]) => value !== undefined))}`;
}
