/** The npm package in a browser: tabs, a window and a frame, against the native server. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { startApp } from './package.mjs';
import { journey, startBrowser, startServer } from './support.mjs';

const PASSWORD = 'correct horse battery staple';

let app;
let server;
let chromium;

const PAGE = (issuer) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<button id="popup">Sign in</button><script type="module">
import { createAuth } from '/npm/index.js';
const url = (path) => location.origin + path;
const store = localStorage.getItem('store') ?? 'memory';
window.auth = createAuth({ issuer: '${issuer}', clientId: 'app', redirectUri: url('/'), relayUri: url('/relay'), scope: 'openid profile offline_access', store });
auth.ready();
window.popup.onclick = () => { window.opened = auth.popup(); };
</script></html>`;

const RELAY = '<!doctype html><html lang="en"><title>Relay</title><link rel="icon" href="data:,"><script type="module">import "/npm/relay.js";</script></html>';

before(async () => {
  app = await startApp((pathname) => (pathname === '/relay' ? RELAY : PAGE(server.url)));
  server = await startServer({
    config: `
      [[user]]
      username = "ada"
      password = "${PASSWORD}"

      [[client]]
      client_id = "app"
      redirect_uris = ["${app.url}/", "${app.url}/relay"]

      [policy]
      access_token_lifetime = 8`,
  });
  chromium = await startBrowser();
});
after(async () => {
  await chromium?.stop();
  await server?.stop();
  app?.stop();
});

/** Through the server's pages, as far as there are any. */
const agree = async (page) => {
  const next = page.locator('#username, #approve');
  await next.first().waitFor();
  if (await page.locator('#username').count()) {
    await page.locator('#username').fill('ada');
    await page.locator('#password').fill(PASSWORD);
    await page.locator('#login').click();
  }
  await page.locator('#approve').click();
};

const status = (page) => page.evaluate(() => auth.ready().then(() => auth.snapshot.why ?? auth.snapshot.status));

const token = (page) => page.evaluate(() => Promise.all([auth.token(), auth.token()]));

/** What older browsers lack. */
const age = () => {
  delete globalThis.BroadcastChannel;
  Object.defineProperty(navigator, 'locks', { value: undefined });
};

for (const [store, old] of [['memory', false], ['session', false], ['local', false], ['memory', true], ['local', true]]) {
  const world = () => ({ ...chromium, origins: [server.url, app.url] });
  journey(`two tabs are one session, of which one refreshes: ${store}${old ? ', without locks and channels' : ''}`, world, {}, async (page) => {
    if (old) await page.context().addInitScript(age);
    const refreshes = [];
    page.context().on('request', (request) => {
      if (request.postData()?.includes('grant_type=refresh_token')) refreshes.push(request.postData());
    });
    await page.goto(app.url);
    await page.evaluate((name) => localStorage.setItem('store', name), store);
    await page.reload();
    assert.equal(await status(page), 'never');
    await page.evaluate(() => void auth.login({ returnTo: '/tasks' }));
    await agree(page);
    await page.waitForURL(`${app.url}/tasks`);
    assert.equal(await status(page), 'signed-in');

    const other = await page.context().newPage();
    await other.goto(`${app.url}/other`);
    assert.equal(await status(other), 'signed-in');

    await new Promise((resolve) => { setTimeout(resolve, 8500); });
    const [[one, two], [three, four]] = await Promise.all([token(page), token(other)]);
    assert.deepEqual([two, three, four], [one, one, one]);
    assert.equal(refreshes.length, 1);

    await other.evaluate(() => auth.logout());
    await page.waitForFunction(() => auth.snapshot.status === 'signed-out');
    assert.deepEqual([await status(page), await status(other)], ['other-tab', 'user']);

    await other.close();
    await page.goto(`${app.url}/alone`);
    assert.equal(await status(page), 'never');
  });
}

journey('a window signs in, and a frame does it unseen', () => ({ ...chromium, origins: [server.url, app.url] }), {}, async (page) => {
  await page.goto(app.url);
  const opening = page.waitForEvent('popup');
  await page.locator('#popup').click();
  const popup = await opening;
  const closed = popup.waitForEvent('close');
  await agree(popup);
  assert.equal(await page.evaluate(() => opened.then(({ status }) => status)), 'signed-in');
  await closed;

  await page.evaluate(() => auth.logout());
  assert.equal(await status(page), 'user');
  const end = await page.evaluate(() => auth.silent().then(({ status }) => status, ({ code }) => code));
  assert.ok(['signed-in', 'consent_required', 'interaction_required'].includes(end), end);
  assert.equal(await page.locator('iframe').count(), 0);
});

journey('who stays on the page when it asks is where they were, and may leave again', () => ({ ...chromium, origins: [server.url, app.url] }), {}, async (page) => {
  await page.goto(app.url);
  assert.equal(await status(page), 'never');
  const asked = [];
  const stay = (dialog) => { asked.push(dialog.type()); return dialog.dismiss(); };
  page.on('dialog', stay);
  // A browser asks only for a page that somebody has touched.
  await page.locator('body').click();
  await page.evaluate(() => {
    window.onbeforeunload = (event) => event.preventDefault();
    window.left = auth.login({ returnTo: '/tasks' }).catch(({ code }) => code);
  });
  assert.equal(await page.evaluate(() => left), 'aborted');
  assert.deepEqual(asked, ['beforeunload']);
  assert.equal(await status(page), 'refused');

  await page.evaluate(() => {
    window.onbeforeunload = null;
    void auth.login({ returnTo: '/tasks' });
  });
  await agree(page);
  await page.waitForURL(`${app.url}/tasks`);
  assert.equal(await status(page), 'signed-in');

  const other = await page.context().newPage();
  await other.goto(`${app.url}/other`);
  await other.evaluate(() => auth.logout());
  await other.reload();
  assert.equal(await status(other), 'never');
  await page.waitForFunction(() => auth.snapshot.status === 'signed-out');
  await other.close();
});
