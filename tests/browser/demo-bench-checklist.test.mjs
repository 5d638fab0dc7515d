/** The checklist: what the guide advises, and how the last run kept it. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { openTab } from './bench.mjs';
import { Demo, stage } from './demo.mjs';
import { source } from './source.mjs';
import { inspect, tabTo } from './support.mjs';

const { base, visit } = stage();
const { practices } = await source('bench/practices.ts');

const docs = (path) => readFile(new URL(`../../docs/${path}`, import.meta.url), 'utf8');

const BASE = new URL('https://demo.example/');
const APP = `${BASE}app/`;
const NOTHING = { local: [], session: [] };
const message = (id, method, path, { body = '', headers = [], status = 200, location, answer = '' } = {}) => ({
  id, at: 1_790_000_000_000 + id, kind: 'fetch',
  request: { method, url: new URL(path, BASE).href, headers: [...(body && [['content-type', 'application/x-www-form-urlencoded']]), ...headers], body },
  response: { status, headers: location ? [['location', location]] : [], body: answer },
});

/** A run as it should be, but for what is said here. */
const flow = ({ ask = {}, back = {}, token = {}, answer = {}, headers = [], more = [] } = {}) => {
  const only = (all) => new URLSearchParams(Object.entries(all).filter(([, value]) => value !== undefined)).toString();
  const asked = only({ client_id: 'app', redirect_uri: APP, scope: 'openid email', state: 's1', nonce: 'n1', code_challenge: 'c', code_challenge_method: 'S256', ...ask });
  const redeemed = { body: only({ code: 'c1', code_verifier: 'v', ...token }), headers };
  const tokens = JSON.stringify({ access_token: 'secret-token', id_token: 'a.b.c', expires_in: 3600, scope: 'openid email', ...answer });
  return [
    message(1, 'GET', `oauth2/authorize?${asked}`),
    message(2, 'POST', 'oauth2/consent', { status: 303, location: `${ask.redirect_uri ?? APP}?${only({ code: 'c1', state: 's1', ...back })}` }),
    message(3, 'POST', 'oauth2/token', { ...redeemed, answer: tokens }),
    message(4, 'GET', 'oauth2/jwks'),
    ...more,
  ];
};
const judged = (messages, stores = NOTHING, at = BASE) => Object.fromEntries(practices(messages, at, stores).map(({ id, grade }) => [id, grade]));
const GOOD = { https: 'good', pkce: 'good', state: 'good', storage: 'good', 'id-token': 'good', scopes: 'good', lifetime: 'good' };

test('the titles and advice are the guide’s, in its order', async () => {
  const guide = await docs('guide.md');
  const printed = [...guide.slice(guide.indexOf('## Security Best Practices')).matchAll(/^1\. \*\*(.*?)\*\*: (.*(?:\n {2,}\w.*)?)$/gm)].map(([, title, advice]) => [title, advice.replace(/\s+/g, ' ')]);
  assert.deepEqual(practices([], BASE, NOTHING).map(({ title, advice }) => [title, advice]), printed);
  assert.equal(printed.length, 7);
});

test('the sections are ones of docs/standards.md', async () => {
  const standards = await docs('standards.md');
  const all = practices([], BASE, NOTHING);
  for (const { id, spec: [, url] } of all) assert.ok(standards.includes(`(${url})`), `${id}: ${url}`);
  // "MUST be kept confidential in transit and storage".
  assert.equal(all.find(({ id }) => id === 'storage').spec[0], 'RFC 6749 §10.3');
});

test('nothing is judged before anything has run', () => {
  assert.deepEqual(new Set(Object.values(judged([]))), new Set(['open']));
});

test('a run as it should be keeps them all, and half of it leaves some open', () => {
  assert.deepEqual(judged(flow()), GOOD);
  const half = judged(flow().slice(0, 1));
  assert.deepEqual(half, { https: 'good', pkce: 'open', state: 'open', storage: 'open', 'id-token': 'open', scopes: 'open', lifetime: 'open' });
});

const DOUBTS = {
  'a redirect URI without TLS': [flow({ ask: { redirect_uri: 'http://app.example/' } }), 'https'],
  'no challenge': [flow({ ask: { code_challenge: undefined } }), 'pkce'],
  'the plain challenge': [flow({ ask: { code_challenge_method: 'plain' } }), 'pkce'],
  'a code that came twice': [flow({ more: [message(5, 'POST', 'oauth2/token', { body: 'code=c1', status: 400 })] }), 'pkce'],
  'no state': [flow({ ask: { state: undefined }, back: { state: undefined } }), 'state'],
  'another state': [flow({ back: { state: 's2' } }), 'state'],
  'a secret in a header': [flow({ headers: [['authorization', 'Basic YTpi']] }), 'storage'],
  'a secret in a form': [flow({ token: { client_secret: 'x' } }), 'storage'],
  'no nonce': [flow({ ask: { nonce: undefined } }), 'id-token'],
  'keys that nobody asked for': [flow().slice(0, 3), 'id-token'],
  'less than was asked for': [flow({ answer: { scope: 'openid' } }), 'scopes'],
  'a token for a day': [flow({ answer: { expires_in: 86_400 } }), 'lifetime'],
  'a token for nobody knows how long': [flow({ answer: { expires_in: undefined } }), 'lifetime'],
};
for (const [what, [messages, id]] of Object.entries(DOUBTS)) {
  test(`one thing is in doubt: ${what}`, () => {
    assert.deepEqual(judged(messages), { ...GOOD, [id]: 'warn' });
  });
}

test('where the token is kept is seen', () => {
  assert.equal(judged(flow(), { local: ['{"t":"secret-token"}'], session: [] }).storage, 'warn');
  assert.equal(judged(flow(), { local: [btoa('\0\x01secret-token\xff')], session: [] }).storage, 'warn');
  assert.equal(judged(flow(), { local: ['other'], session: ['{"t":"secret-token"}'] }).storage, 'good');
});

test('a server on http is in doubt, unless it is on this machine', () => {
  const at = (host) => judged([message(1, 'GET', `oauth2/authorize?client_id=app&redirect_uri=${APP}`)], NOTHING, new URL(host)).https;
  assert.equal(at('http://demo.example/'), 'warn');
  assert.equal(at('http://localhost:8080/'), 'good');
});

const grades = (page) => page.locator('.practice').evaluateAll((rows) => Object.fromEntries(rows.map(({ id, dataset }) => [id.replace('practice-', ''), dataset.grade])));
const summary = (page, text) => page.locator('#summary').filter({ hasText: text }).waitFor();

visit('Taskmaster keeps all seven, and its token is in the storage of the tab', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await page.locator('#tab-checklist').click();
  await summary(page, '7 of 7 kept');
  assert.deepEqual(await grades(page), GOOD);
  await page.locator('#practice-storage').getByText('It is in sessionStorage').waitFor();
  // What the app does not do: a token in the storage of all tabs is seen there.
  await page.evaluate(() => { for (const [name, value] of Object.entries(sessionStorage)) localStorage.setItem(`copy of ${name}`, value); });
  await summary(page, '1 to look at');
  await page.locator('#practice-storage').getByText('The token is in localStorage').waitFor();
});

visit('a request without PKCE and state from the builder changes the verdict', {}, async (page) => {
  await openTab(page, base(), 'checklist');
  await summary(page, 'Nothing has run yet');
  await page.locator('#tab-request').click();
  await page.locator('#switch-PKCE').click();
  await page.locator('#send').click();
  await page.locator('#request-outcome').waitFor();
  await page.locator('#tab-checklist').click();
  await page.locator('#practice-pkce[data-grade="warn"]').getByText('The request had no S256 challenge').waitFor();
  await page.locator('#tab-request').click();
  await page.locator('#switch-PKCE').click();
  await page.locator('#through').click();
  await page.locator('#tokens-json').waitFor();
  await page.locator('#tab-checklist').click();
  await page.locator('#practice-pkce[data-grade="good"]').getByText('The code was redeemed with its verifier').waitFor();
});

visit('a careless run is told from a careful one', { bypassCSP: true }, async (page) => {
  await openTab(page, base(), 'checklist');
  await inspect(page, 'bench-checklist');
  await tabTo(page, 'careless');
  await page.keyboard.press('Enter');
  await summary(page, '4 to look at');
  assert.deepEqual(await grades(page), { ...GOOD, pkce: 'warn', state: 'warn', storage: 'warn', 'id-token': 'warn' });
  await inspect(page, 'bench-checklist-careless');
  await page.locator('#careful').click();
  await summary(page, '7 of 7 kept');
  await inspect(page, 'bench-checklist-careful');
});
