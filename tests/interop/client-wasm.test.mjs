// Our client, as npm has it, against other people's server and against ours; a page of a browser
// is played by `Tab`.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { ALGORITHMS, makeKey } from './keys.mjs';
import { Browser, PYTHON, ROOT, approve, startProcess, startServer } from './support.mjs';
import { answerWith, callbackWith, forged, requestWith } from './trials.mjs';

const PACKAGE = process.env.GRANTFLOW_NPM ?? join(ROOT, 'target/npm');

const built = (name) => import(pathToFileURL(join(PACKAGE, name)).href);
const { AuthError, createAuth } = await built('index.js');
const flow = await built('flow.js');

const APP = 'http://localhost:5173';
const REDIRECT = `${APP}/callback`;
const CLIENT = 'wasm-app';

/** npm's oidc-provider; its people are whoever they say. */
async function startPeer() {
  // It asks for a newer Node than the one that may run these tests.
  const node = join(ROOT, 'node_modules/node/bin/node');
  const program = join(ROOT, 'tests/interop/provider.mjs');
  const { said, stop } = await startProcess(node, [program, CLIENT, REDIRECT], /^oidc-provider listens on (\S+)/);
  return {
    issuer: said,
    stop,
    alg: 'RS256',
    user: { sub: 'ada', email: 'ada@example.com' },
    paths: { token: '/token', jwks: '/jwks', userinfo: '/me' },
    async authorize(url) {
      const browser = new Browser();
      let page = await browser.open(url);
      for (let pages = 0; !page.left && pages < 3; pages += 1) {
        const typed = page.html.includes('name="password"') ? { login: 'ada', password: 'any' } : {};
        page = await browser.submitOnly(page, typed);
      }
      return new URL(page.url);
    },
    async refuse(url) {
      const browser = new Browser();
      const page = await browser.open(url);
      const [, abort] = /href="([^"]*\/abort)"/.exec(page.html);
      return new URL((await browser.open(new URL(abort, page.url).href)).url);
    },
  };
}

/** PyPI's django-oauth-toolkit, which knows Ada. */
async function startDjango() {
  const program = join(ROOT, 'tests/interop/provider.py');
  const listens = /^django-oauth-toolkit listens on (\S+)/;
  const { said, stop } = await startProcess(PYTHON, [program, CLIENT, REDIRECT], listens);
  const answer = async (url, decision) => new URL((await approve(new Browser(), url, { decision })).url);
  return {
    issuer: said,
    stop,
    alg: 'RS256',
    user: { sub: 'ada', email: 'ada@example.com' },
    paths: { token: '/token/', jwks: '/.well-known/jwks.json', userinfo: '/userinfo/' },
    authorize: (url) => answer(url, 'approve'),
    refuse: (url) => answer(url, 'deny'),
    // It promises `iss` and leaves it out here, where it belongs, too (RFC 9207 §2).
    refusal: { code: 'response_iss_missing', why: 'failed' },
  };
}

/** The server of this repository. */
async function startOurs(alg) {
  const server = await startServer({
    clients: [{ client_id: CLIENT, redirect_uris: [REDIRECT], id_token_signed_response_alg: alg }],
    policy: { algorithms: ALGORITHMS },
  });
  const answer = async (url, decision) => new URL((await approve(new Browser(), url, { decision })).url);
  return {
    ...server,
    alg,
    user: { sub: 'ada-1815', email: 'ada@example.com' },
    paths: { token: '/oauth2/token', jwks: '/oauth2/jwks', userinfo: '/oauth2/userinfo' },
    authorize: (url) => answer(url, 'approve'),
    refuse: (url) => answer(url, 'deny'),
  };
}

/** What a page sees of its browser: one tab, which keeps its storage while pages come and go. */
class Tab {
  url = `${APP}/start`;
  #kept = new Map();
  #left;
  #leave;

  /** The page that the tab shows now. */
  load(world, { fetch: through = fetch } = {}) {
    this.#left = new Promise((resolve) => {
      this.#leave = resolve;
    });
    const kept = this.#kept;
    return createAuth({
      issuer: world.issuer,
      clientId: CLIENT,
      redirectUri: REDIRECT,
      fetch: through,
      effects: {
        href: () => this.url,
        replaceUrl: (url) => {
          this.url = new URL(url, this.url).href;
        },
        leave: (url) => this.#leave(url),
        storage: () => ({
          getItem: (name) => kept.get(name) ?? null,
          setItem: (name, value) => void kept.set(name, value),
          removeItem: (name) => void kept.delete(name),
          key: (at) => [...kept.keys()][at] ?? null,
          get length() {
            return kept.size;
          },
        }),
      },
    });
  }

  /** Starts a login; gives the server's page, for which the tab leaves. */
  async begin(world, options = {}) {
    const auth = this.load(world, options);
    assert.deepEqual(await auth.ready(), { status: 'signed-out', why: 'never' });
    return Promise.race([this.#left, auth.login({ returnTo: '/tasks?list=today' })]);
  }

  /** Comes back with `callback`. */
  async arrive(world, callback, options = {}) {
    this.url = callback.href;
    const auth = this.load(world, options);
    return { auth, snapshot: await auth.ready() };
  }

  holds(text) {
    return [...this.#kept].some((entry) => entry.join(' ').includes(text));
  }
}

/** One login, from the app's page to the app's page. */
async function login(world, { authorize = world.authorize, fetch } = {}) {
  const tab = new Tab();
  const callback = await authorize(await tab.begin(world));
  return { tab, callback, ...(await tab.arrive(world, callback, { fetch })) };
}

/** Asserts that nobody is signed in, and why. */
function assertRefused({ snapshot, auth }, code) {
  assert.equal(snapshot.status, 'signed-out', JSON.stringify(snapshot));
  assert.ok(snapshot.error instanceof AuthError);
  assert.equal(snapshot.error.code, code, snapshot.error.message);
  assert.equal(auth.user, null);
  return assert.rejects(auth.token(), { code: 'session_gone' });
}

const WORLDS = {
  'oidc-provider': startPeer,
  'django-oauth-toolkit': startDjango,
  ...Object.fromEntries(ALGORITHMS.map((alg) => [`grantflow with ${alg}`, () => startOurs(alg)])),
};

for (const [name, start] of Object.entries(WORLDS)) {
  describe(`our client against ${name}`, () => {
    let world;

    before(async () => {
      world = await start();
    });

    after(() => world?.stop());

    test('signs a user in, and asks for what the token opens', async () => {
      const { tab, callback, auth, snapshot } = await login(world);
      assert.equal(snapshot.status, 'signed-in', JSON.stringify(snapshot));
      assert.equal(snapshot.user.iss, world.issuer);
      assert.equal(snapshot.user.sub, world.user.sub);
      assert.deepEqual([snapshot.user.claims.aud].flat(), [CLIENT]);
      assert.deepEqual([...snapshot.scopes].sort(), ['email', 'openid', 'profile']);
      assert.ok(Math.abs(snapshot.expiresAt - Date.now() / 1000 - 3600) < 10, `${snapshot.expiresAt}`);
      assert.equal(tab.url, `${APP}/tasks?list=today`);
      assert.equal(tab.holds(callback.searchParams.get('code')), false);
      assert.equal(tab.holds(await auth.token()), false);

      const info = await (await auth.fetch(`${world.issuer}${world.paths.userinfo}`)).json();
      assert.equal(info.sub, world.user.sub);
      assert.equal(info.email, world.user.email);
    });

    test('survives Back to the callback, which is not redeemed again', async () => {
      const { tab, callback } = await login(world);
      let asked = 0;
      const counted = (...request) => {
        asked += 1;
        return fetch(...request);
      };
      const { snapshot } = await tab.arrive(world, callback, { fetch: counted });
      assert.deepEqual(snapshot, { status: 'signed-out', why: 'never' });
      assert.equal(tab.url, `${APP}/tasks?list=today`);
      assert.equal(asked, 0);
    });

    test('takes no callback with another state, and the right one still', async () => {
      const tab = new Tab();
      const authorize = callbackWith('state', 'of-somebody-else')(world.authorize);
      const url = await tab.begin(world);
      await assertRefused(await tab.arrive(world, await authorize(url)), 'state_unknown');
      const { snapshot } = await tab.arrive(world, await world.authorize(url));
      assert.equal(snapshot.status, 'signed-in');
    });

    test('A-61 takes no callback of another tab', async () => {
      const url = await new Tab().begin(world);
      await assertRefused(await new Tab().arrive(world, await world.authorize(url)), 'state_unknown');
    });

    test('takes no callback of another issuer', async () => {
      const authorize = callbackWith('iss', 'https://evil.test')(world.authorize);
      await assertRefused(await login(world, { authorize }), 'response_iss_mismatch');
    });

    test('misses iss, for the server says that it sends one', async () => {
      const authorize = callbackWith('iss')(world.authorize);
      await assertRefused(await login(world, { authorize }), 'response_iss_missing');
    });

    test('takes no metadata of another issuer', async () => {
      const lie = answerWith('/.well-known/openid-configuration', (said) => ({ ...said, issuer: 'https://evil.test' }));
      await assert.rejects(new Tab().begin(world, { fetch: lie(fetch) }), { code: 'issuer_mismatch' });
    });

    test('takes no ID token with a bad signature', async () => {
      const lie = answerWith(world.paths.token, (tokens) => forged(tokens));
      await assertRefused(await login(world, { fetch: lie(fetch) }), 'id_token_signature');
    });

    test('takes no ID token whose claims were changed', async () => {
      const lie = answerWith(world.paths.token, (tokens) => forged(tokens, { sub: 'eve' }));
      await assertRefused(await login(world, { fetch: lie(fetch) }), 'id_token_signature');
    });

    test('takes no ID token of another login', async () => {
      const authorize = requestWith('nonce', 'of-another-login')(world.authorize);
      await assertRefused(await login(world, { authorize }), 'id_token_nonce');
    });

    test('takes no answer without an ID token', async () => {
      const lie = answerWith(world.paths.token, ({ id_token, ...rest }) => rest);
      await assertRefused(await login(world, { fetch: lie(fetch) }), 'id_token_missing');
    });

    test('takes no key that the server does not publish', async () => {
      const { publicJwk: other } = await makeKey(world.alg);
      const lie = answerWith(world.paths.jwks, () => ({ keys: [other] }));
      await assertRefused(await login(world, { fetch: lie(fetch) }), 'key_not_found');
    });

    test('takes no signature of another key under the same name', async () => {
      const { publicJwk: other } = await makeKey(world.alg);
      const lie = answerWith(world.paths.jwks, ({ keys }) => ({ keys: keys.map(({ kid }) => ({ ...other, kid })) }));
      await assertRefused(await login(world, { fetch: lie(fetch) }), 'id_token_signature');
    });

    test('is refused for a verifier that does not fit', async () => {
      const other = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
      const authorize = requestWith('code_challenge', other)(world.authorize);
      await assertRefused(await login(world, { authorize }), 'grant_invalid');
    });

    test('hears that the user said no', async () => {
      const { code, why } = world.refusal ?? { code: 'access_denied', why: 'refused' };
      const refused = await login(world, { authorize: world.refuse });
      await assertRefused(refused, code);
      assert.equal(refused.snapshot.why, why);
    });

    test('is refused for a code that was redeemed', async () => {
      const profile = flow.configure({ issuer: world.issuer, clientId: CLIENT, redirectUri: REDIRECT });
      const now = () => Math.floor(Date.now() / 1000);
      const metadata = await fetch(profile.metadataUrl);
      const client = profile.discover(metadata.status, await bytes(metadata));
      const seed = crypto.getRandomValues(new Uint8Array(32));
      const { url, key, record } = client.begin({ seed, now: now(), scope: 'openid' });
      const { search } = await world.authorize(url);
      assert.equal(flow.keyOf(search), key);

      const redeem = async () => {
        let turn = client.accept(record, search, now());
        while (turn.kind !== 'done') {
          if (turn.kind === 'verify') turn = turn.answer(await flow.verify(turn));
          else turn = turn.answer(await send(turn.request), now());
        }
        return turn.tokens;
      };
      assert.equal((await redeem()).user.sub, world.user.sub);
      await assert.rejects(redeem(), { name: 'AuthError', code: 'grant_invalid', stage: 'redeem' });
    });
  });
}

const bytes = async (response) => new Uint8Array(await response.arrayBuffer());

async function send({ url, method, headers, body }) {
  const response = await fetch(url, { method, headers: headers.map((field) => [...field]), body });
  return { status: response.status, contentType: response.headers.get('content-type'), body: await bytes(response) };
}
