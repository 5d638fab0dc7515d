// Other people's clients, unmodified, in a page of Chromium against the server in its service worker.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { build } from 'esbuild';
import { chromium } from 'playwright-core';

import { PEERS } from './peers.mjs';
import { ROOT, startServer } from './support.mjs';
import { TRIALS } from './trials.mjs';

const DEMO = process.env.GRANTFLOW_DEMO ?? join(ROOT, 'target/demo');
/** Who can sign in to the demo. */
const ADA = { username: 'ada', password: 'lovelace-1815' };

let server;
let browser;
let context;
let page;
let base;
let callback;
let apps;

before(async () => {
  // It only hands out files here: the server that answers is the one in the page's service worker.
  server = await startServer({ demo: DEMO });
  base = `${server.issuer}/demo/`;
  callback = `${server.issuer}/auth/callback`;
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
  context = await browser.newContext();
  context.setDefaultTimeout(15_000);
  await context.exposeFunction('authorize', approve);
  // The app's own server, of which only the address is needed.
  await context.route(`${callback}**`, (route) => route.fulfill({ body: 'the app' }));

  page = await context.newPage();
  await page.goto(base);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  apps = { basic: await register('confidential'), none: await register('public') };
  const entry = join(ROOT, 'tests/interop/page.mjs');
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'iife', platform: 'browser', write: false });
  await page.evaluate(outputFiles[0].text);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function signIn(tab) {
  await tab.fill('#username', ADA.username);
  await tab.fill('#password', ADA.password);
  await tab.click('#login');
}

/** Registers an app on the developer page. */
async function register(kind) {
  const tab = await context.newPage();
  await tab.goto(`${base}developer`);
  if (await tab.locator('#login').count()) await signIn(tab);
  await tab.fill('#name', 'App');
  await tab.fill('#redirect_uris', callback);
  await tab.check(`#kind-${kind}`);
  await tab.click('#create');
  const said = async (id) => (await tab.locator(id).innerText()).trim();
  const clientId = await said('#client_id');
  const secret = kind === 'confidential' ? { clientSecret: await said('#client_secret') } : {};
  await tab.close();
  return { clientId, ...secret };
}

/** From the server's page to the callback. */
async function approve(url) {
  const tab = await context.newPage();
  await tab.goto(url);
  if (await tab.locator('#login').count()) await signIn(tab);
  await tab.click('#approve');
  await tab.waitForURL(`${callback}**`);
  const answer = tab.url();
  await tab.close();
  return answer;
}

function run(peer, auth, trial) {
  const scope = 'openid profile email';
  const app = { issuer: base.slice(0, -1), redirectUri: callback, scope, auth, ...apps[auth] };
  return page.evaluate(([...asked]) => globalThis.run(...asked), [peer, app, trial]);
}

for (const peer of Object.keys(PEERS)) {
  describe(`${peer} in a page`, () => {
    for (const auth of ['basic', 'none']) {
      test(`completes the flow as a client with ${auth}, once for each code`, async () => {
        const { refused, lifetime, scope, claims, userinfo, tasks, replayed, status } = await run(peer, auth);
        assert.equal(refused, undefined);
        assert.equal(scope, 'openid profile email');
        // Some peers tell what is left of it.
        assert.ok(lifetime > 3600 - 60 && lifetime <= 3600, `${lifetime}`);
        assert.equal(claims.iss, base.slice(0, -1));
        assert.deepEqual([claims.aud].flat(), [apps[auth].clientId]);
        assert.equal(userinfo.sub, claims.sub);
        assert.deepEqual([userinfo.name, userinfo.email], ['Ada Lovelace', 'ada@taskmaster.example']);
        assert.equal(tasks[0].id, 'task-123');
        if (peer === 'oidc-client-ts') {
          assert.match(replayed, /^No matching state found/);
          assert.equal(status, 200, 'it did not even ask');
        } else {
          assert.match(replayed, /^OAUTH_RESPONSE_BODY_ERROR \| invalid_grant \| Invalid authorization code/);
          assert.equal(status, 401, 'the replay killed the token');
        }
      });
    }

    for (const { name, told } of TRIALS.filter(({ told }) => told[peer])) {
      test(name, async () => {
        assert.match((await run(peer, 'none', name)).refused ?? 'nobody', told[peer]);
      });
    }
  });
}
