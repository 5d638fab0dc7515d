/** Tokens that are bound to a key, in a browser, against the native server. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { startApp } from './package.mjs';
import { journey, startBrowser, startServer } from './support.mjs';

const PASSWORD = 'correct horse battery staple';

let app;
let server;
let chromium;

const PAGE = (issuer) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<script type="module">
import { createAuth } from '/npm/index.js';
window.auth = createAuth({ issuer: '${issuer}', clientId: 'app', redirectUri: location.origin + '/', scope: 'openid profile offline_access', store: 'local', dpop: 'require' });
auth.ready();
</script></html>`;

before(async () => {
  app = await startApp(() => PAGE(server.url));
  server = await startServer({
    config: `
      [[user]]
      username = "ada"
      password = "${PASSWORD}"

      [[client]]
      client_id = "app"
      redirect_uris = ["${app.url}/"]
      dpop_bound_access_tokens = true

      [policy]
      access_token_lifetime = 8
      dpop_nonce = "always"`,
  });
  chromium = await startBrowser();
});
after(async () => {
  await chromium?.stop();
  await server?.stop();
  app?.stop();
});

const status = (page) => page.evaluate(() => auth.ready().then(() => auth.snapshot.why ?? auth.snapshot.status));

const tasks = (page) => page.evaluate((url) => auth.fetch(`${url}/api/tasks`).then((answer) => answer.json()), server.url);

/** What is in the database, and what comes of trying to take it along; all is older by so many milliseconds from then on. */
const keys = (page, older = 0) =>
  page.evaluate(async (older) => {
    const settled = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const database = await settled(indexedDB.open('grantflow'));
    const store = database.transaction('keys', 'readwrite').objectStore('keys');
    const all = await settled(store.getAll());
    await Promise.all(all.map((key) => settled(store.put({ ...key, made: key.made - older }, [key.owner, key.jwk]))));
    database.close();
    return Promise.all(all.map(async ({ owner, jwk, pair: { privateKey } }) => {
      const taken = await crypto.subtle.exportKey('jwk', privateKey).then(() => 'taken', ({ name }) => name);
      return { owner, x: JSON.parse(jwk).x, extractable: privateKey.extractable, taken };
    }));
  }, older);

const signIn = async (page, isKnown = false) => {
  await page.evaluate(() => void auth.login({ returnTo: '/tasks' }));
  if (!isKnown) {
    await page.locator('#username').fill('ada');
    await page.locator('#password').fill(PASSWORD);
    await page.locator('#login').click();
  }
  await page.locator('#approve').click();
  await page.waitForURL(`${app.url}/tasks`);
  assert.equal(await status(page), 'signed-in');
};

// A page that is loaded anew knows no nonce; it is told with an error, which the browser writes down.
const expected = [
  { status: 400, path: '/oauth2/token' },
  { status: 401, path: '/api/tasks' },
  { status: 400, path: '/oauth2/token' },
];

journey('a key that cannot be taken along binds tokens, over reloads and tabs, until it is lost', () => ({ ...chromium, origins: [server.url, app.url] }), { expected }, async (page) => {
  const sent = [];
  page.context().on('request', (request) => {
    if (request.method() === 'GET' && request.url().endsWith('/api/tasks')) sent.push(request.allHeaders());
  });
  await page.goto(app.url);
  assert.equal(await status(page), 'never');
  await signIn(page);
  assert.equal((await tasks(page))[0].id, 'task-123');
  const [first, ...others] = await keys(page);
  assert.deepEqual(others, []);
  assert.deepEqual({ ...first, x: '' }, { owner: `${server.url} app`, extractable: false, taken: 'InvalidAccessError', x: '' });

  await page.reload();
  assert.equal(await status(page), 'signed-in');
  assert.equal((await tasks(page))[0].id, 'task-123');
  assert.deepEqual(await keys(page), [first]);

  // Another tab refreshes with the same key.
  const other = await page.context().newPage();
  await other.goto(`${app.url}/other`);
  assert.equal(await status(other), 'signed-in');
  await new Promise((resolve) => { setTimeout(resolve, 8500); });
  assert.equal((await tasks(other))[0].id, 'task-123');
  assert.equal((await tasks(page))[0].id, 'task-123');
  await other.close();

  // A stolen token is nothing.
  const stolen = await page.evaluate(() => auth.token());
  const answer = await fetch(`${server.url}/api/tasks`, { headers: { authorization: `Bearer ${stolen}` } });
  assert.equal(answer.status, 401);
  const headers = await Promise.all(sent);
  assert.ok(headers.length > 3 && headers.every(({ authorization, dpop }) => authorization.startsWith('DPoP ') && dpop));

  await page.evaluate(() => new Promise((resolve, reject) => {
    const gone = indexedDB.deleteDatabase('grantflow');
    gone.onsuccess = resolve;
    gone.onerror = reject;
  }));
  await page.reload();
  assert.equal(await status(page), 'storage-lost');
  assert.equal(await page.evaluate(() => auth.snapshot.error.code), 'dpop_key_lost');
});

journey('each login has a key of its own, a sign-out destroys it, and those of nobody go with the next session', () => ({ ...chromium, origins: [server.url, app.url] }), { expected: Array(3).fill(expected[0]) }, async (page) => {
  await page.goto(app.url);
  await signIn(page);
  const [first] = await keys(page);
  await page.evaluate(() => auth.logout());
  assert.deepEqual(await keys(page), []);

  // A login that comes to nothing leaves its key, and somebody may still come back with that.
  await page.evaluate(() => void auth.login());
  await page.locator('#approve').waitFor();
  await page.goto(app.url);
  const [vain] = await keys(page, 14 * 60_000);
  assert.notEqual(vain.x, first.x);
  await signIn(page, true);
  assert.equal((await keys(page, 15 * 60_000)).length, 2);
  await page.goto(app.url);
  await signIn(page, true);
  const left = await keys(page);
  assert.equal(left.length, 1);
  assert.ok(![vain.x, first.x].includes(left[0].x));
  assert.equal((await tasks(page))[0].id, 'task-123');
});
