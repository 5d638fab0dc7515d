/** What the demo computes before it draws: where an address leads, what is out, what is copied, where a machine is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { source } from './source.mjs';

const { asCurl, asPlaywright, asRust } = await source('copies.ts');
const { left, lives } = await source('lives.ts');
const { follow, path } = await source('machines.ts');
const { withClient } = await source('outside.ts');
const { format, parse, step } = await source('route.ts');

const BASE = 'https://demo.example/try/';
const TABS = ['learn', 'flow', 'lab'];
const FORM = ['content-type', 'application/x-www-form-urlencoded'];

const message = (some) => ({
  id: 1, at: 1_000_500, kind: 'fetch',
  request: { method: 'GET', url: `${BASE}api/tasks`, headers: [], body: '', ...some.request },
  response: { status: 200, headers: [], body: '', ...some.response },
  ...(some.at === undefined ? {} : { at: some.at }),
});

const approved = message({ request: { method: 'POST', url: `${BASE}oauth2/consent` }, response: { status: 303, headers: [['location', `${BASE}app/?code=c%2B1&state=s`]] } });
const redeemed = (at) => message({
  at,
  request: { method: 'POST', url: `${BASE}oauth2/token`, headers: [FORM, ['authorization', 'Basic YTpi'], ['user-agent', 'x'], ['origin', 'https://demo.example']], body: `grant_type=authorization_code&code=c%2B1&redirect_uri=${encodeURIComponent(`${BASE}app/`)}` },
  response: { body: '{"access_token":"t","expires_in":3600}' },
});

test('an address leads to its tab and place, and what is unknown to the first tab', () => {
  assert.deepEqual(parse('#lab/csrf', '', TABS), { tab: 'lab', place: 'csrf' });
  assert.deepEqual(parse('#lab/a/b', '', TABS), { tab: 'lab', place: 'a/b' });
  assert.deepEqual(parse('#flow', '?code=x', TABS), { tab: 'flow', place: '' });
  assert.deepEqual(parse('', '', TABS), { tab: 'learn', place: '' });
  assert.deepEqual(parse('#nowhere', '', TABS), { tab: 'learn', place: '' });
  assert.deepEqual(parse('#constructor', '', TABS), { tab: 'learn', place: '' });
  for (const route of [{ tab: 'lab', place: 'csrf' }, { tab: 'flow', place: '' }]) assert.deepEqual(parse(format(route), '', TABS), route);
});

test('an address with parameters and no hash was made for the app', () => {
  assert.deepEqual(parse('', '?code=x&state=y', TABS), { tab: 'flow', place: '' });
  assert.deepEqual(parse('', '?client_id=x', TABS), { tab: 'flow', place: '' });
});

test('arrows go round the tabs, Home and End to their ends', () => {
  assert.deepEqual(['ArrowRight', 'ArrowLeft', 'Home', 'End', 'a'].map((key) => step(key, 2, 3)), [0, 1, 0, 2, undefined]);
  assert.equal(step('ArrowLeft', 0, 3), 2);
});

test('a code lives ten minutes of whole seconds, and is spent by its redemption', () => {
  assert.deepEqual(lives([], BASE), []);
  const [code, ...none] = lives([approved], BASE);
  assert.deepEqual([code.of, code.dies, code.isSpent, none], ['code', 1_600_000, false, []]);
  const after = lives([approved, redeemed(1_002_999)], BASE);
  assert.deepEqual(after.map(({ of, dies, isSpent }) => [of, dies, isSpent]), [['code', 1_600_000, true], ['token', 4_602_000, false]]);
});

test('a refused redemption spends nothing and brings no token', () => {
  const refused = { ...redeemed(1_002_000), response: { status: 400, headers: [], body: '{"error":"invalid_grant"}' } };
  assert.deepEqual(lives([approved, refused], BASE).map(({ of, isSpent }) => [of, isSpent]), [['code', false]]);
});

test('what is left reads like a clock', () => {
  assert.deepEqual([598_000, 597_001, 3_600_000, 3_599_000, 0, -5].map(left), ['9:58', '9:58', '1:00:00', '59:59', '0:00', '0:00']);
});

test('curl: in the shape of the guide, at the native server, without what curl or a browser adds', () => {
  assert.equal(asCurl(redeemed(), BASE), [
    "curl -X POST 'http://localhost:8080/oauth2/token'",
    "-H 'Content-Type: application/x-www-form-urlencoded'",
    "-H 'Authorization: Basic YTpi'",
    "-d 'grant_type=authorization_code'",
    "--data-urlencode 'code=c+1'",
    "--data-urlencode 'redirect_uri=http://localhost:8080/app/'",
  ].join(' \\\n  '));
});

test('curl: an address cannot end its own quotes', () => {
  const evil = message({ request: { url: `${BASE}api/tasks?x=';reboot;'` } });
  assert.equal(asCurl(evil, BASE), String.raw`curl -X GET 'http://localhost:8080/api/tasks?x='\'';reboot;'\'''`);
});

test('curl: what a body begins with never names a file', () => {
  const body = message({ request: { method: 'POST', headers: [['content-type', 'text/plain']], body: '@/etc/passwd' } });
  assert.match(asCurl(body, BASE), /--data-raw '@\/etc\/passwd'$/);
  const field = message({ request: { method: 'POST', headers: [FORM], body: '@/etc/passwd=x&b=a b' } });
  assert.match(asCurl(field, BASE), /-d '%40%2Fetc%2Fpasswd=x' \\\n  --data-urlencode 'b=a b'$/);
});

test('a Rust test says what was sent and what came', () => {
  const text = asRust(redeemed(), BASE, 'The app trades the code for tokens');
  for (const line of ['fn the_app_trades_the_code_for_tokens() {', 'Request::get([ISSUER, "/oauth2/token"].concat());', 'request.method = Method::parse("POST");', 'request.headers.push("authorization", "Basic YTpi");', 'assert_eq!(response.status, 200);']) assert.ok(text.includes(line), line);
});

test('a Rust string holds quotes, hashes and backslashes as they are', () => {
  const text = asRust(message({ request: { method: 'POST', body: String.raw`a"b"#c\d` } }), BASE, 'x');
  assert.ok(text.includes(String.raw`r##"a"b"#c\d"##.into()`), text);
});

test('a Playwright step visits pages and posts forms, and follows nothing', () => {
  const page = { ...message({ request: { url: `${BASE}oauth2/authorize?a=b` } }), kind: 'navigation' };
  assert.match(asPlaywright(page, BASE), /^const response = await page\.goto\("http:\/\/localhost:8080\/oauth2\/authorize\?a=b"\)\n/);
  const step = asPlaywright(redeemed(), BASE);
  for (const piece of ['page.request.fetch("http://localhost:8080/oauth2/token"', '"code": "c+1"', '"maxRedirects": 0', 'toBe(200)']) assert.ok(step.includes(piece), piece);
});

const MACHINE = { start: 'absent', transitions: [{ id: 'a', from: 'absent', to: 'out' }, { id: 'b', from: 'out', to: 'spent' }] };

test('a machine is followed through the messages, and begins anew when it starts again', () => {
  assert.deepEqual(follow(MACHINE, []), { state: 'absent', taken: [], isNew: false });
  assert.deepEqual(follow(MACHINE, [{ transitions: ['a', 'else'] }, { transitions: ['b'] }]), { state: 'spent', taken: ['a', 'b'], isNew: true });
  assert.deepEqual(follow(MACHINE, [{ transitions: ['a', 'b'] }, {}]), { state: 'spent', taken: ['a', 'b'], isNew: false });
  assert.deepEqual(follow(MACHINE, [{ transitions: ['a', 'b'] }, { transitions: ['a'] }]), { state: 'out', taken: ['a'], isNew: true });
});

test('a line bends at its points and ends where it should', () => {
  assert.equal(path([[0, 0], [10, 10]]), 'M0 0L10 10');
  assert.equal(path([[0, 0], [5, 5], [10, 0]]), 'M0 0Q5 5 10 0');
  assert.equal(path([[0, 0], [4, 4], [8, 4], [12, 0]]), 'M0 0Q4 4 6 4Q8 4 12 0');
  assert.equal(path([]), '');
});

test('the login of the app is told from what the app sends', () => {
  const get = (path, more = {}) => message({ request: { url: `${BASE}${path}`, ...more } });
  const asks = { ...get('oauth2/authorize?client_id=x'), kind: 'navigation' };
  const back = get('app/?code=c%2B1&state=s');
  const tokens = (response) => ({ ...redeemed(1), response: { status: 200, headers: [], body: '', ...response } });
  const identified = tokens({ body: '{"access_token":"t","id_token":"j"}' });
  const keys = get('oauth2/jwks');
  const tasks = get('api/tasks', { headers: [['authorization', 'Bearer t']] });
  const way = (...messages) => withClient(messages, BASE).flatMap(({ transitions = [] }) => transitions).map((id) => id.split('.').slice(1, 4).join('.'));
  assert.deepEqual(way(asks, back, identified, keys, tasks), [
    'absent.begin.awaiting_callback', 'awaiting_callback.callback.accepted', 'accepted.exchange.awaiting_tokens',
    'awaiting_tokens.answer.awaiting_keys', 'awaiting_keys.answer.awaiting_verdict', 'awaiting_verdict.good.done',
  ]);
  assert.deepEqual(way(asks, back, identified, tasks).slice(2), ['accepted.exchange.awaiting_tokens', 'awaiting_tokens.answer.awaiting_verdict', 'awaiting_verdict.good.done']);
  assert.deepEqual(way(asks, back), ['absent.begin.awaiting_callback'], 'whether it was believed is not known yet');
  assert.deepEqual(way(asks, get('app/?error=access_denied&state=s')), ['absent.begin.awaiting_callback', 'awaiting_callback.bad_callback.failed']);
  assert.deepEqual(way(asks, back, tokens({ status: 400, body: '{"error":"invalid_grant"}' })).at(-1), 'awaiting_tokens.bad_answer.failed');
  assert.deepEqual(way(asks, back, tokens({ body: '{"access_token":"t"}' })).at(-1), 'awaiting_tokens.answer.done');
  const many = [asks, back, identified];
  assert.equal(withClient(many, BASE), withClient(many, BASE), 'told once');
  assert.notEqual(withClient([...many], BASE), withClient(many, BASE));
  assert.deepEqual(way(keys, tasks), []);
  assert.deepEqual(withClient([{ ...asks, transitions: ['a'] }], BASE)[0].transitions, ['a', 'login.absent.begin.awaiting_callback.leave']);
});

test('a trace survives its way through an address', async () => {
  const { pack, unpack } = await source('world/share.ts');
  const text = JSON.stringify({ v: 1, seed: 'naïve ✓', log: Array(50).fill({ do: 'open', url: 'https://app.example/?a=b&c=+/=' }) });
  const packed = await pack(text);
  assert.match(packed, /^[\w-]+$/);
  assert.ok(packed.length < text.length / 5);
  assert.equal(await unpack(packed), text);
  await assert.rejects(unpack(await pack('0'.repeat(65_537))), RangeError, 'a few letters that become too many');
  for (const broken of ['', 'AAAA', '!', packed.slice(0, -8)]) await assert.rejects(unpack(broken), undefined, broken);
});
