// What a provider, or whoever stands between it and the client, may do wrong: one thing in each entry.

import { createHmac, createPublicKey } from 'node:crypto';

import { NOW } from '../npm/stub.mjs';
import { KEYS, METADATA, THEIRS, signature, weakKey } from './adversary.mjs';

/**
 * @typedef {object} Trial
 * @property {string} [row]  of the table of attacks
 * @property {string} name  what is refused, or taken
 * @property {Partial<import('./adversary.mjs').Flaw>} flaw
 * @property {string} [alg]  what the provider signs with, if not RS256
 * @property {object} [asked]  what the login asks for
 * @property {string} [code]  why it is refused
 * @property {boolean} [resumes]  whether the honest callback is taken after the false one
 * @property {number} [looks]  how often the keys are fetched
 * @property {string[]} [unsaid]  what of the flaw nobody asks for
 */

const OTHER = 'https://evil.test';
const DAY = 86_400;
const RSA = KEYS.RS256;

/** Says the same with other members. */
const set = (members) => (said) => ({ ...said, ...members });

/** Says the same with one member made from the honest one. */
const change = (member, by) => (said) => ({ ...said, [member]: by(said[member]) });

const constant = (said) => () => said;

/** Says the same token with one of its parts, 0 the header and 1 the claims, changed as text. */
const respell = (part, by) => (said) =>
  said
    .split('.')
    .map((encoded, at) => (at === part ? encode(by(Buffer.from(encoded, 'base64url').toString())) : encoded))
    .join('.');

const encode = (said) => Buffer.from(said).toString('base64url');

const HTML = { status: 200, type: 'text/html', body: '<!doctype html><title>Sign in</title>' };

// --- Metadata

const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint'];

const metadata = [
  {
    row: 'A-64',
    name: 'metadata of another issuer',
    flaw: { metadata: set({ issuer: OTHER }) },
    code: 'issuer_mismatch',
  },
  {
    row: 'A-64',
    name: 'metadata of an issuer with a slash more',
    flaw: { metadata: change('issuer', (issuer) => `${issuer}/`) },
    code: 'issuer_mismatch',
  },
  {
    row: 'A-64',
    name: 'metadata with two issuers',
    flaw: { [METADATA]: change('body', (body) => body.replace('{', `{"issuer":"${OTHER}",`)) },
    code: 'discovery_not_json',
  },
  ...ENDPOINTS.flatMap((endpoint) =>
    ['http://as.test/x', 'javascript:alert(1)'].map((url) => ({
      row: 'A-70',
      name: `metadata whose ${endpoint} is ${url}`,
      flaw: { metadata: set({ [endpoint]: url }) },
      code: 'metadata_invalid',
    })),
  ),
  {
    row: 'A-55',
    name: 'a server that lists plain and not S256',
    flaw: { metadata: set({ code_challenge_methods_supported: ['plain'] }) },
    code: 'unsupported',
  },
  {
    row: 'A-80',
    name: 'a server that signs with nothing but none and HS256',
    flaw: { metadata: set({ id_token_signing_alg_values_supported: ['none', 'HS256'] }) },
    code: 'unsupported',
  },
  {
    name: 'a server without the code flow',
    flaw: { metadata: set({ response_types_supported: ['id_token'] }) },
    code: 'unsupported',
  },
  {
    name: 'metadata without a token endpoint',
    flaw: { metadata: set({ token_endpoint: undefined }) },
    code: 'metadata_missing',
  },
  { name: 'metadata that is a page', flaw: { [METADATA]: constant(HTML) }, code: 'discovery_not_json' },
  {
    name: 'metadata that is not there',
    flaw: { [METADATA]: constant({ status: 404 }) },
    code: 'discovery_unreachable',
  },
  {
    name: 'metadata that is elsewhere',
    flaw: { [METADATA]: constant({ status: 302, location: '/theirs' }) },
    code: 'discovery_unreachable',
  },
];

// --- Callback

const callback = [
  {
    row: 'A-60',
    name: 'a callback with another state',
    flaw: { callback: set({ state: 'theirs' }) },
    code: 'state_unknown',
    resumes: true,
  },
  {
    row: 'A-60',
    name: 'a callback without state',
    flaw: { callback: set({ state: undefined }) },
    code: 'state_unknown',
    resumes: true,
  },
  {
    row: 'A-60',
    name: 'a callback with two states, the last one right',
    flaw: { callback: change('state', (state) => ['theirs', state]) },
    code: 'param_repeated',
    resumes: true,
  },
  {
    name: 'a callback with two codes, the last one right',
    flaw: { callback: change('code', (code) => ['theirs', code]) },
    code: 'param_repeated',
    resumes: true,
  },
  {
    name: 'a callback with a code and an error',
    flaw: { callback: set({ error: 'access_denied' }) },
    code: 'response_malformed',
    resumes: true,
  },
  {
    name: 'a callback with a code that was made up',
    flaw: { callback: set({ code: 'theirs' }) },
    code: 'grant_invalid',
  },
  {
    row: 'A-63',
    name: 'a callback of another issuer',
    flaw: { callback: set({ iss: OTHER }) },
    code: 'response_iss_mismatch',
  },
  {
    row: 'A-63',
    name: 'a callback of an issuer with a slash more',
    flaw: { callback: change('iss', (iss) => `${iss}/`) },
    code: 'response_iss_mismatch',
  },
  {
    row: 'A-63',
    name: 'a callback without the iss that was promised',
    flaw: { callback: set({ iss: undefined }) },
    code: 'response_iss_missing',
  },
  {
    row: 'A-63',
    name: 'a callback with two issuers, the last one right',
    flaw: { callback: change('iss', (iss) => [OTHER, iss]) },
    code: 'param_repeated',
    resumes: true,
  },
  {
    row: 'A-67',
    name: 'an error that nobody asked for, with another state',
    flaw: { callback: set({ code: undefined, error: 'access_denied', state: 'theirs' }) },
    code: 'state_unknown',
    resumes: true,
  },
  {
    row: 'A-67',
    name: 'an error of another issuer',
    flaw: { callback: set({ code: undefined, error: 'access_denied', iss: OTHER }) },
    code: 'response_iss_mismatch',
  },
  {
    row: 'A-68',
    name: 'a callback with an access token in the fragment',
    flaw: { location: (url) => `${url}#access_token=theirs` },
    code: 'response_malformed',
    resumes: true,
  },
  {
    row: 'A-68',
    name: 'a callback with the code in the fragment',
    flaw: { location: (url) => url.replace('?', '#') },
    code: 'response_malformed',
    resumes: true,
  },
  {
    row: 'A-68',
    name: 'a callback with an ID token in the query',
    flaw: { callback: set({ id_token: 'theirs' }) },
    code: 'response_malformed',
    resumes: true,
  },
];

// --- Token response

const tokens = [
  {
    name: 'a token response without an ID token',
    flaw: { tokens: set({ id_token: undefined }) },
    code: 'id_token_missing',
  },
  {
    name: 'a token response without an access token',
    flaw: { tokens: set({ access_token: undefined }) },
    code: 'token_response_malformed',
  },
  { name: 'a token of the type mac', flaw: { tokens: set({ token_type: 'mac' }) }, code: 'token_type_unknown' },
  {
    name: 'a token without a type',
    flaw: { tokens: set({ token_type: undefined }) },
    code: 'token_response_malformed',
  },
  { name: 'a token response that is a page', flaw: { '/token': constant(HTML) }, code: 'token_response_malformed' },
  {
    name: 'a token response that says it is a page',
    flaw: { '/token': set({ type: 'text/html' }) },
    code: 'token_response_malformed',
  },
  {
    name: 'a refusal that says it is none',
    flaw: { '/token': set({ body: '{"error":"invalid_grant"}' }) },
    code: 'token_response_malformed',
  },
  {
    row: 'A-89',
    name: 'a token response with two ID tokens',
    flaw: { '/token': change('body', (body) => body.replace('{', '{"id_token":"a.b.c",')) },
    code: 'token_response_malformed',
  },
  {
    row: 'A-89',
    name: 'a token response that is too long',
    flaw: { tokens: set({ more: 'x'.repeat(70_000) }) },
    code: 'token_response_malformed',
  },
  {
    name: 'a token endpoint that is elsewhere',
    flaw: { '/token': constant({ status: 307, location: '/theirs' }) },
    code: 'token_response_malformed',
  },
];

// --- ID token: algorithm and signature

const hmac = (secret) => ({
  header: set({ alg: 'HS256' }),
  signature: (_, { input }) => createHmac('sha256', secret).update(input).digest('base64url'),
});

const published = createPublicKey({ key: RSA.publicJwk, format: 'jwk' });
const SHARED = {
  'as PEM': published.export({ type: 'spki', format: 'pem' }),
  'as PEM without its last line break': published.export({ type: 'spki', format: 'pem' }).trimEnd(),
  'as PEM of PKCS #1': published.export({ type: 'pkcs1', format: 'pem' }),
  'as DER': published.export({ type: 'spki', format: 'der' }),
  'as JWK': JSON.stringify(RSA.publicJwk),
  'as the modulus of its JWK': RSA.publicJwk.n,
};

const OPEN_SECRET = 'a secret that everybody knows';
const symmetric = { kty: 'oct', k: encode(OPEN_SECRET), kid: RSA.kid };

const algorithms = [
  { name: 'an ID token signed with another RSA key', flaw: { signer: constant(THEIRS) }, code: 'id_token_signature' },
  {
    name: 'an ID token whose claims were changed after it was signed',
    flaw: { idToken: respell(1, (claims) => claims.replace('Ada', 'Eve')) },
    code: 'id_token_signature',
  },
  ...['none', 'None', 'nOnE'].map((alg) => ({
    row: 'A-80',
    name: `an ID token with alg ${alg} and without a signature`,
    flaw: { header: set({ alg }), signature: constant('') },
    code: 'id_token_alg',
  })),
  {
    row: 'A-80',
    name: 'an ID token with alg none that is signed all the same',
    flaw: { header: set({ alg: 'none' }) },
    code: 'id_token_alg',
  },
  {
    row: 'A-80',
    name: 'an ID token without a signature',
    flaw: { signature: constant('') },
    code: 'id_token_signature',
  },
  {
    row: 'A-80',
    name: 'an ID token without alg',
    flaw: { header: set({ alg: undefined }) },
    code: 'id_token_malformed',
  },
  ...Object.entries(SHARED).map(([form, secret]) => ({
    row: 'A-80',
    name: `an ID token with HS256 under the RSA key ${form}`,
    flaw: hmac(secret),
    code: 'id_token_alg',
  })),
  {
    row: 'A-80',
    name: 'an ID token with HS256 under the RSA key though the server lists HS256',
    flaw: { ...hmac(SHARED['as PEM']), metadata: set({ id_token_signing_alg_values_supported: ['RS256', 'HS256'] }) },
    code: 'id_token_alg',
  },
  {
    row: 'A-80',
    name: 'an ID token with HS256 under an oct key that the server publishes',
    flaw: { ...hmac(OPEN_SECRET), jwks: constant({ keys: [{ ...symmetric, alg: 'HS256' }] }) },
    code: 'id_token_alg',
    unsaid: ['jwks'],
  },
  {
    row: 'A-80',
    name: 'an ID token with an oct key that says it is for RS256',
    flaw: {
      jwks: constant({ keys: [{ ...symmetric, alg: 'RS256' }] }),
      signature: hmac(OPEN_SECRET).signature,
    },
    code: 'key_not_found',
  },
  ...['ES256', 'EdDSA', 'PS256'].map((alg) => ({
    row: 'A-80',
    name: `an ID token with ${alg}, which the metadata does not list`,
    flaw: { signer: constant(KEYS[alg]) },
    code: 'id_token_alg',
  })),
  {
    row: 'A-80',
    name: 'an ID token with PS256 by a key that is for RS256',
    flaw: {
      metadata: set({ id_token_signing_alg_values_supported: ['RS256', 'PS256'] }),
      signer: constant({ ...RSA, alg: 'PS256' }),
    },
    code: 'key_not_found',
  },
  {
    row: 'A-80',
    name: 'an ES256 signature of zeros',
    flaw: { signature: constant(encode(Buffer.alloc(64))) },
    alg: 'ES256',
    code: 'id_token_signature',
  },
  {
    row: 'A-80',
    name: 'an ES256 signature in DER',
    flaw: {
      signature: (_, { input }) => encode(signature(KEYS.ES256, input, { dsaEncoding: 'der' })),
    },
    alg: 'ES256',
    code: 'id_token_signature',
  },
];

// --- ID token: header

const der = (tag, ...parts) => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const SEQUENCE = 0x30;

/** A certificate by which a key vouches for itself (RFC 5280 §4.1). */
function certificate(key) {
  const sha256WithRsa = der(SEQUENCE, der(0x06, Buffer.from('2a864886f70d01010b', 'hex')), der(0x05));
  const name = der(SEQUENCE);
  const validity = der(SEQUENCE, der(0x17, '250101000000Z'), der(0x17, '350101000000Z'));
  const spki = createPublicKey({ key: key.publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'der' });
  const body = der(SEQUENCE, der(0x02, [1]), sha256WithRsa, name, validity, name, spki);
  return der(SEQUENCE, body, sha256WithRsa, der(0x03, [0], signature(key, body)));
}

const THEIR_KEY = {
  jwk: () => THEIRS.publicJwk,
  jku: (issuer) => `${issuer}/theirs`,
  x5u: (issuer) => `${issuer}/theirs`,
  x5c: () => [certificate(THEIRS).toString('base64')],
};

const headers = [
  ...Object.entries(THEIR_KEY).flatMap(([member, from]) => {
    const header = (said, { issuer }) => ({ ...said, [member]: from(issuer) });
    return [
      {
        row: 'A-81',
        name: `an ID token that brings the attacker's key as ${member}`,
        flaw: { signer: constant(THEIRS), header },
        code: 'id_token_signature',
      },
      {
        row: 'A-81',
        name: `an ID token that brings the attacker's key as ${member} and names it`,
        flaw: { signer: constant({ ...THEIRS, kid: 'theirs' }), header },
        code: 'key_not_found',
      },
    ];
  }),
  {
    row: 'A-81',
    name: 'an ID token with an unknown crit',
    flaw: { header: set({ crit: ['x'], x: 1 }) },
    code: 'id_token_malformed',
  },
  {
    row: 'A-81',
    name: 'an ID token with an empty crit',
    flaw: { header: set({ crit: [] }) },
    code: 'id_token_malformed',
  },
];

// --- ID token: claims

const WRONG_TYPES = [
  ['exp', 'a string', String, 'id_token_expired'],
  ['exp', 'null', () => null, 'id_token_expired'],
  ['iat', 'a string', String, 'id_token_iat'],
  ['nbf', 'a string', () => String(NOW), 'id_token_iat'],
  ['auth_time', 'a string', String, 'id_token_auth_time'],
  ['aud', 'a number', () => 7, 'id_token_aud'],
  ['aud', 'an object', (aud) => ({ aud }), 'id_token_aud'],
  ['aud', 'an empty list', () => [], 'id_token_aud'],
  ['aud', 'a list with a number', (aud) => [aud, 7], 'id_token_aud'],
  ['iss', 'a list', (iss) => [iss], 'id_token_iss'],
  ['sub', 'a number', () => 7, 'id_token_sub'],
  ['azp', 'a list', () => ['app'], 'id_token_azp'],
  ['nonce', 'a list', (nonce) => [nonce], 'id_token_nonce'],
  ['at_hash', 'null', () => null, 'id_token_at_hash'],
];

/** A login that must have been a minute ago at most. */
const recent = { maxAge: 60 };

const claims = [
  ...WRONG_TYPES.map(([claim, type, by, code]) => ({
    row: 'A-82',
    name: `an ID token whose ${claim} is ${type}`,
    flaw: { claims: change(claim, by) },
    code,
  })),
  { row: 'A-83', name: 'an ID token of another issuer', flaw: { claims: set({ iss: OTHER }) }, code: 'id_token_iss' },
  {
    row: 'A-83',
    name: 'an ID token of an issuer with a slash more',
    flaw: { claims: change('iss', (iss) => `${iss}/`) },
    code: 'id_token_iss',
  },
  {
    row: 'A-83',
    name: 'an ID token for another client',
    flaw: { claims: set({ aud: 'other' }) },
    code: 'id_token_aud',
  },
  {
    row: 'A-83',
    name: 'an ID token for two clients, without azp',
    flaw: { claims: change('aud', (aud) => [aud, 'other']) },
    code: 'id_token_aud',
  },
  {
    row: 'A-83',
    name: 'an ID token for two clients, azp ours',
    flaw: { claims: (said) => ({ ...said, aud: [said.aud, 'other'], azp: said.aud }) },
    code: 'id_token_aud',
  },
  {
    row: 'A-83',
    name: 'an ID token whose azp is another client',
    flaw: { claims: set({ azp: 'other' }) },
    code: 'id_token_azp',
  },
  { name: 'an ID token without sub', flaw: { claims: set({ sub: undefined }) }, code: 'id_token_sub' },
  { name: 'an ID token with an empty sub', flaw: { claims: set({ sub: '' }) }, code: 'id_token_sub' },
  {
    row: 'A-84',
    name: 'an ID token without nonce',
    flaw: { claims: set({ nonce: undefined }) },
    code: 'id_token_nonce',
  },
  {
    row: 'A-84',
    name: 'an ID token with an empty nonce',
    flaw: { claims: set({ nonce: '' }) },
    code: 'id_token_nonce',
  },
  {
    row: 'A-84',
    name: 'an ID token with the nonce of another login',
    flaw: { claims: set({ nonce: 'theirs' }) },
    code: 'id_token_nonce',
  },
  {
    row: 'A-85',
    name: 'an ID token that expired a day ago',
    flaw: { claims: set({ exp: NOW - DAY }) },
    code: 'id_token_expired',
  },
  {
    row: 'A-85',
    name: 'an ID token that expired 61 seconds ago',
    flaw: { claims: set({ exp: NOW - 61 }) },
    code: 'id_token_expired',
  },
  { row: 'A-85', name: 'an ID token without exp', flaw: { claims: set({ exp: undefined }) }, code: 'id_token_expired' },
  { row: 'A-85', name: 'an ID token of tomorrow', flaw: { claims: set({ iat: NOW + DAY }) }, code: 'id_token_iat' },
  {
    row: 'A-85',
    name: 'an ID token issued 61 seconds from now',
    flaw: { claims: set({ iat: NOW + 61 }) },
    code: 'id_token_iat',
  },
  { row: 'A-85', name: 'an ID token without iat', flaw: { claims: set({ iat: undefined }) }, code: 'id_token_iat' },
  {
    row: 'A-85',
    name: 'an ID token that begins 61 seconds from now',
    flaw: { claims: set({ nbf: NOW + 61 }) },
    code: 'id_token_iat',
  },
  {
    row: 'A-85',
    name: 'a login longer ago than was asked for',
    flaw: { claims: set({ auth_time: NOW - 121 }) },
    asked: recent,
    code: 'id_token_auth_time',
  },
  {
    row: 'A-85',
    name: 'a login of which the server does not say how long ago it was, though asked',
    flaw: { claims: set({ auth_time: undefined }) },
    asked: recent,
    code: 'id_token_auth_time',
  },
  {
    row: 'A-85',
    name: 'a login 61 seconds from now',
    flaw: { claims: set({ auth_time: NOW + 61 }) },
    code: 'id_token_auth_time',
  },
  {
    row: 'A-86',
    name: 'an ID token with another at_hash',
    flaw: { claims: change('at_hash', (hash) => `${hash[0] === 'A' ? 'B' : 'A'}${hash.slice(1)}`) },
    code: 'id_token_at_hash',
  },
  {
    row: 'A-86',
    name: 'an ID token with an empty at_hash',
    flaw: { claims: set({ at_hash: '' }) },
    code: 'id_token_at_hash',
  },
  {
    row: 'A-86',
    name: 'an access token of another login',
    flaw: { tokens: set({ access_token: 'theirs' }) },
    code: 'id_token_at_hash',
  },
];

// --- ID token: form

/** Space after the claims, so that their last character in base64url has bits to spare. */
const spaced = (payload) => payload.padEnd(Math.ceil(payload.length / 3) * 3 + 1);
const withSpareBits = (said) => said.replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1));

const malformed = (name, flaw) => ({ row: 'A-89', name, flaw, code: 'id_token_malformed' });

const forms = [
  malformed('an ID token of four parts', { idToken: (said) => `${said}.AAAA` }),
  malformed('an ID token of two parts', { idToken: (said) => said.slice(0, said.lastIndexOf('.')) }),
  malformed('an ID token whose claims are padded', { payload: spaced, input: (said) => `${said}==` }),
  malformed('an ID token whose signature is padded', { signature: (said) => `${said}==` }),
  malformed('an ID token whose claims have bits to spare', { payload: spaced, input: withSpareBits }),
  malformed('an ID token whose signature has bits to spare', { signature: withSpareBits }),
  malformed('an ID token in the other base64', {
    claims: set({ name: '???????' }),
    input: (said) => said.replaceAll('-', '+').replaceAll('_', '/'),
  }),
  malformed('an ID token with a line break after it', { idToken: (said) => `${said}\n` }),
  malformed('an ID token with two algorithms, the last one right', {
    input: respell(0, (header) => header.replace('{', '{"alg":"none",')),
  }),
  malformed('an ID token with two issuers, the last one right', {
    payload: (said) => said.replace('{', `{"iss":"${OTHER}",`),
  }),
  malformed('an ID token with two issuers, one of them escaped', {
    payload: (said) => said.replace('{', `{"\\u0069ss":"${OTHER}",`),
  }),
  malformed('an ID token whose claims are not UTF-8', {
    payload: (said) => Buffer.from(said.replace('Ada', '\xc3('), 'latin1'),
  }),
  malformed('an ID token whose claims are a list', { payload: (said) => `[${said}]` }),
  malformed('an ID token that is too long', { claims: set({ picture: 'x'.repeat(13_000) }) }),
  {
    row: 'A-90',
    name: 'an ID token of five parts, encrypted and packed',
    flaw: {
      idToken: () => {
        const header = JSON.stringify({ alg: 'RSA1_5', enc: 'A256GCM', zip: 'DEF' });
        return [encode(header), 'AAAA', 'AAAA', 'AAAA', 'AAAA'].join('.');
      },
    },
    code: 'unsupported',
  },
];

// --- Keys

/** These keys, without names, and a signature that names none. */
const unnamed = (...keys) => ({
  jwks: constant({ keys: keys.map(({ publicJwk: { kid: _, ...jwk } }) => jwk) }),
  header: set({ kid: undefined }),
});
const signedBy = (key) => ({ signer: constant(key), jwks: constant({ keys: [key.publicJwk] }) });

const SMALL = weakKey({ modulusLength: 1024 });

const keys = [
  {
    row: 'A-88',
    name: 'an ID token by a key that the server does not publish',
    flaw: { header: set({ kid: 'theirs' }) },
    code: 'key_not_found',
    looks: 2,
  },
  {
    row: 'A-88',
    name: 'an ID token that names another key of the server',
    flaw: {
      jwks: constant({ keys: [RSA.publicJwk, { ...THEIRS.publicJwk, kid: 'other' }] }),
      header: set({ kid: 'other' }),
    },
    code: 'id_token_signature',
    looks: 1,
  },
  {
    row: 'A-88',
    name: 'an ID token that names a key, by a key without a name',
    flaw: { jwks: constant({ keys: [{ ...RSA.publicJwk, kid: undefined }] }) },
    code: 'key_not_found',
    looks: 2,
  },
  {
    row: 'A-88',
    name: 'an ID token that names no key, where there are five',
    flaw: unnamed(THEIRS, THEIRS, THEIRS, THEIRS, RSA),
    code: 'key_not_found',
    looks: 1,
  },
  {
    row: 'A-88',
    name: 'an ID token where there are no keys',
    flaw: { jwks: constant({ keys: [] }) },
    code: 'key_not_found',
    looks: 2,
  },
  {
    row: 'A-88',
    name: 'an ID token by a key that is for encryption',
    flaw: { jwks: constant({ keys: [{ ...RSA.publicJwk, use: 'enc' }] }) },
    code: 'key_not_found',
    looks: 2,
  },
  {
    row: 'A-91',
    name: 'an RSA key of 1024 bits',
    flaw: signedBy(SMALL),
    code: 'key_not_found',
  },
  {
    row: 'A-91',
    name: 'an RSA key with the exponent 3',
    flaw: signedBy(weakKey({ publicExponent: 3 })),
    code: 'key_not_found',
  },
  {
    row: 'A-91',
    name: 'a key whose private half is published',
    flaw: { jwks: constant({ keys: [RSA.jwk] }) },
    code: 'key_not_found',
  },
  { name: 'keys that are a page', flaw: { '/jwks': constant(HTML) }, code: 'keys_malformed' },
  { name: 'keys that are no list', flaw: { jwks: ({ keys: [first] }) => ({ keys: first }) }, code: 'keys_malformed' },
  {
    name: 'more than a hundred keys',
    flaw: { jwks: constant({ keys: Array(101).fill(RSA.publicJwk) }) },
    code: 'keys_malformed',
  },
  { name: 'keys that are not there', flaw: { '/jwks': constant({ status: 404 }) }, code: 'keys_unreachable' },
  {
    name: 'keys that are elsewhere',
    flaw: { '/jwks': constant({ status: 302, location: '/theirs' }) },
    code: 'keys_unreachable',
  },
  {
    name: 'a server that does not say where its keys are',
    flaw: { metadata: set({ jwks_uri: undefined }) },
    code: 'metadata_missing',
  },
];

/**
 * Each ends a login, by leg.
 *
 * @type {Record<string, (Trial & {code: string})[]>}
 */
export const REFUSED = { metadata, callback, tokens, algorithms, headers, claims, forms, keys };

/**
 * What is odd and yet allowed; without these, a client that refuses all would be a good one.
 *
 * @type {Trial[]}
 */
export const TAKEN = [
  {
    row: 'A-63',
    name: 'a callback without iss of a server that promised none',
    flaw: {
      metadata: set({ authorization_response_iss_parameter_supported: false }),
      callback: set({ iss: undefined }),
    },
  },
  { name: 'a token of the type bearer in small letters', flaw: { tokens: set({ token_type: 'bearer' }) } },
  {
    row: 'A-81',
    name: "an ID token that brings the attacker's key and is signed with the server's",
    flaw: { header: (said, { issuer }) => ({ ...said, jwk: THEIRS.publicJwk, jku: `${issuer}/theirs` }) },
  },
  { row: 'A-83', name: 'an ID token for a list of one client', flaw: { claims: change('aud', (aud) => [aud]) } },
  { row: 'A-83', name: 'an ID token whose azp is ours', flaw: { claims: (said) => ({ ...said, azp: said.aud }) } },
  { row: 'A-85', name: 'an ID token that expired 59 seconds ago', flaw: { claims: set({ exp: NOW - 59 }) } },
  { row: 'A-85', name: 'an ID token issued 59 seconds from now', flaw: { claims: set({ iat: NOW + 59 }) } },
  { row: 'A-85', name: 'an ID token that begins 59 seconds from now', flaw: { claims: set({ nbf: NOW + 59 }) } },
  {
    row: 'A-85',
    name: 'a login 59 seconds longer ago than was asked for',
    flaw: { claims: set({ auth_time: NOW - 119 }) },
    asked: recent,
  },
  { name: 'times with parts of a second', flaw: { claims: set({ exp: NOW + 300.5, iat: NOW + 0.25 }) } },
  { row: 'A-86', name: 'an ID token without at_hash', flaw: { claims: set({ at_hash: undefined }) } },
  {
    row: 'A-88',
    name: 'an ID token that names no key, by the first of two',
    flaw: unnamed(RSA, THEIRS),
    looks: 1,
  },
  {
    row: 'A-88',
    name: 'an ID token that names no key, by the second of two',
    flaw: unnamed(THEIRS, RSA),
    looks: 1,
  },
  {
    row: 'A-88',
    name: 'an ID token by the second of two keys of one name',
    flaw: { jwks: constant({ keys: [THEIRS.publicJwk, RSA.publicJwk] }) },
    looks: 1,
  },
  {
    row: 'A-88',
    name: 'a key that is published when the keys are fetched again',
    flaw: { jwks: (said, { looks }) => (looks === 1 ? { keys: [] } : said) },
    looks: 2,
  },
  {
    row: 'A-88',
    name: 'a key beside keys that nobody can use',
    flaw: { jwks: change('keys', (good) => [symmetric, { kty: 'new' }, {}, SMALL.publicJwk, ...good]) },
    looks: 1,
  },
  { row: 'A-89', name: 'an ID token with space after its claims', flaw: { payload: spaced } },
];
