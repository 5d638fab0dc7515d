/** What the bench of the demo knows by itself: verifiers, tokens, runs. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { source } from './source.mjs';

const pkce = await source('bench/pkce.ts');
const tokens = await source('bench/jwt.ts');
const runs = await source('bench/run.ts');

const shell = async (script) => (await promisify(execFile)('bash', ['-c', script])).stdout;
const guide = await readFile(new URL('../../docs/guide.md', import.meta.url), 'utf8');

test('RFC 7636, Appendix B: the verifier gives the challenge', async () => {
  const { hash, challenge } = await pkce.derive(pkce.APPENDIX_B.verifier);
  assert.equal(challenge, pkce.APPENDIX_B.challenge);
  assert.equal(pkce.hex(hash), '13 d3 1e 96 1a 1a d8 ec 2f 16 b1 0c 4c 98 2e 08 76 a8 78 ad 6d f1 44 56 6e e1 89 4a cb 70 f9 c3');
  assert.deepEqual(pkce.faults(pkce.APPENDIX_B.verifier), []);
});

test('a verifier of any length is made of what is allowed', () => {
  for (let length = pkce.SHORTEST; length <= pkce.LONGEST; length += 1) {
    const verifier = pkce.makeVerifier(length);
    assert.equal(verifier.length, length);
    assert.deepEqual(pkce.faults(verifier), []);
  }
  assert.notEqual(pkce.makeVerifier(43), pkce.makeVerifier(43));
});

test('what is no verifier is told why', () => {
  const good = 'a'.repeat(43);
  assert.match(pkce.faults('a'.repeat(42))[0], /42 characters, and 43 are the least/);
  assert.match(pkce.faults('a'.repeat(129))[0], /129 characters, and 128 are the most/);
  assert.match(pkce.faults(`${good}+`)[0], /“\+” is not among/);
  assert.match(pkce.faults(`${good} \n`)[0], /a space, a line break are not among/);
  assert.match(pkce.faults(`${good}ä+/=*`)[0], /and others are not among/);
  assert.deepEqual(pkce.faults(`${good}-._~`), []);
});

test('the commands of the guide are here as printed there', () => {
  assert.ok(guide.includes(`\n${pkce.GUIDE.verifier}\n`));
  assert.ok(guide.includes(`\n${pkce.GUIDE.challenge}\n`));
});

test('the guide’s command makes a verifier on two lines, without an n, and its challenge is the same here', async () => {
  const [verifier, challenge] = (await shell(`${pkce.GUIDE.verifier}\n${pkce.GUIDE.challenge}\nprintf '%s\\0%s' "$code_verifier" "$code_challenge"`)).split('\0');
  assert.equal(verifier.split('\n').length, 2);
  assert.ok(!verifier.includes('n'));
  assert.ok(verifier.length >= pkce.SHORTEST && verifier.length <= pkce.LONGEST, `${verifier.length}`);
  assert.match(pkce.faults(verifier).join(), /^a line break is not among/);
  assert.equal((await pkce.derive(verifier)).challenge, challenge);
});

test('the commands beside a verifier give its challenge, and make a strict one', async () => {
  for (const verifier of [pkce.APPENDIX_B.verifier, "it's\n%s $HOME \\n of 43 characters or more, it is"]) {
    const { derive, make } = pkce.commands(verifier);
    assert.equal((await shell(derive)).trim(), (await pkce.derive(verifier)).challenge);
    const made = (await shell(make)).trim();
    assert.equal(made.length, Math.min(128, Math.max(43, verifier.length)));
    assert.deepEqual(pkce.faults(made), []);
  }
});

const NOW = 1_790_000_000;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KEYS = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }] };
const pack = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const CLAIMS = { iss: 'https://as.example', sub: 'user-ada', aud: 'app', exp: NOW + 3600, iat: NOW, nonce: 'n-1' };
const signed = (claims = {}, header = { alg: 'ES256', kid: 'k1' }) => {
  const input = `${pack(header)}.${pack({ ...CLAIMS, ...claims })}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
};
const EXPECTED = { issuer: 'https://as.example', audience: 'app', nonce: 'n-1', now: NOW };
const read = (token) => {
  const [header, claims] = token.split('.').map((part) => part && Buffer.from(part, 'base64url').toString());
  return { header: JSON.parse(header), claims: JSON.parse(claims) };
};
const bad = (token, expected = EXPECTED) => tokens.checks(read(token), expected).filter(({ isGood }) => isGood === false).map(({ name }) => name);

test('a good token is good in every way', async () => {
  const token = signed();
  assert.equal((await tokens.signature(token, KEYS)).isGood, true);
  const all = tokens.checks(read(token), EXPECTED);
  assert.deepEqual(all.map(({ name, isGood }) => [name, isGood]), ['alg', 'iss', 'aud', 'exp', 'iat', 'nonce'].map((name) => [name, true]));
  assert.deepEqual(bad(signed({ aud: ['app'] })), []);
});

test('each thing that is wrong is said to be', () => {
  assert.deepEqual(bad(signed({ iss: 'https://evil.example' })), ['iss']);
  assert.deepEqual(bad(signed({ aud: 'other' })), ['aud']);
  assert.deepEqual(bad(signed({ aud: ['app', 'other'] })), ['aud']);
  assert.deepEqual(bad(signed({ exp: NOW - 61 })), ['exp']);
  assert.deepEqual(bad(signed({ exp: NOW - 59 })), []);
  assert.deepEqual(bad(signed({ exp: undefined })), ['exp']);
  assert.deepEqual(bad(signed({ iat: NOW + 61 })), ['iat']);
  assert.deepEqual(bad(signed({ nonce: 'n-2' })), ['nonce']);
  assert.deepEqual(bad(signed({ nonce: undefined })), ['nonce']);
  assert.deepEqual(bad(signed({}, { alg: 'none' })), ['alg']);
});

test('what nobody knows is not judged', () => {
  const all = tokens.checks(read(signed()), { ...EXPECTED, audience: undefined, nonce: undefined });
  assert.deepEqual(all.filter(({ isGood }) => isGood === undefined).map(({ name }) => name), ['aud', 'nonce']);
});

test('a signature is good with the right key and for nothing else', async () => {
  const verdict = async (token, keys = KEYS) => (await tokens.signature(token, keys)).isGood;
  assert.equal(await verdict(signed(), { keys: [] }), false);
  assert.equal(await verdict(signed(), {}), false);
  assert.equal(await verdict(signed({}, { alg: 'ES256' })), true);
  assert.equal(await verdict(signed({}, { alg: 'HS256', kid: 'k1' })), false);
  assert.equal(await verdict('no token at all'), false);
});

test('each way to spoil a token changes what it says it changes', async () => {
  const spoilt = Object.fromEntries(tokens.TAMPERINGS.map(({ id, spoil }) => [id, spoil(signed())]));
  const good = async (id) => (await tokens.signature(spoilt[id], KEYS)).isGood;
  for (const id of Object.keys(spoilt)) assert.equal(await good(id), false, id);
  assert.deepEqual(bad(spoilt.payload), []);
  assert.equal(read(spoilt.payload).claims.sub, 'user-ad`');
  assert.deepEqual(spoilt.signature.split('.').slice(0, 2), signed().split('.').slice(0, 2));
  assert.deepEqual(read(spoilt.none).header, { alg: 'none' });
  assert.ok(spoilt.none.endsWith('.'));
  for (const id of ['iss', 'aud', 'exp', 'nonce']) assert.deepEqual(bad(spoilt[id]), [id]);
});

test('a span of time is told in its two largest units', () => {
  const said = { 0: '0 s', 59: '59 s', 60: '1 min', 3599: '59 min 59 s', 3600: '1 h', 3661: '1 h 1 min', 90_061: '1 d 1 h', '-61': '1 min 1 s' };
  for (const [seconds, words] of Object.entries(said)) assert.equal(tokens.span(Number(seconds)), words);
});

const BASE = 'https://demo.example/';
const message = (id, method, path, { body = '', headers = [], status = 200, location, answer = '' } = {}) => ({
  id, at: NOW * 1000 + id, kind: 'fetch',
  request: { method, url: new URL(path, BASE).href, headers: [...(body && [['content-type', 'application/x-www-form-urlencoded']]), ...headers], body },
  response: { status, headers: location ? [['location', location]] : [], body: answer },
});
const flow = (code, state) => [
  message(1, 'GET', `oauth2/authorize?client_id=app&redirect_uri=${encodeURIComponent(`${BASE}app/`)}&state=${state}`),
  message(2, 'POST', 'oauth2/consent', { status: 303, location: `${BASE}app/?code=${code}&state=${state}` }),
  message(3, 'POST', 'oauth2/token', { body: `code=${code}`, answer: JSON.stringify({ access_token: 'at', id_token: 'a.b.c', expires_in: 3600, scope: 'openid' }) }),
];

test('a run is put together from its messages', () => {
  const run = runs.lastRun(flow('c1', 's1'), BASE);
  assert.equal(run.asked.get('client_id'), 'app');
  assert.equal(run.back.get('state'), 's1');
  assert.equal(run.redemptions.length, 1);
  assert.deepEqual(run.tokens, { at: NOW * 1000 + 3, access: 'at', id: 'a.b.c', lifetime: 3600, scope: 'openid' });
});

test('the last run is told, or the last that fits', () => {
  const all = [...flow('c1', 's1'), message(4, 'GET', 'oauth2/authorize?client_id=app')];
  assert.equal(runs.lastRun(all, BASE).back, undefined);
  assert.equal(runs.lastRun(all, BASE, ({ tokens: got }) => got !== undefined).back.get('code'), 'c1');
  assert.equal(runs.lastRun([], BASE), undefined);
});

test('a code that comes twice is one run’s, and its first tokens count', () => {
  const again = message(5, 'POST', 'oauth2/token', { body: 'code=c1', status: 400, answer: '{"error":"invalid_grant"}' });
  const run = runs.lastRun([...flow('c1', 's1'), again], BASE);
  assert.equal(run.redemptions.length, 2);
  assert.equal(run.tokens.access, 'at');
});

test('the hash is that of anybody', async () => {
  const text = 'x'.repeat(50);
  assert.equal((await pkce.derive(text)).challenge, createHash('sha256').update(text).digest('base64url'));
});
