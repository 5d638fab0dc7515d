/** What the demo outlives: a stopped worker, a reload past it, an address only the worker knows, no network. */

import assert from 'node:assert/strict';

import { Demo, stage } from './demo.mjs';

const { base, visit } = stage();

/** Waits until every file is kept. */
const kept = (page) => page.waitForFunction(async () => {
  const names = await caches.keys();
  return names.length === 1 && (await (await caches.open(names[0])).keys()).length > 20;
});

visit('without a network all of the demo works, the first time a tab is opened, too', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await kept(page);
  await page.context().setOffline(true);
  await page.reload();
  await demo.signIn();
  await page.goto(`${base()}#learn`);
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  await demo.stopServiceWorkers();
  await page.goto(`${base()}#flow`);
  await page.reload();
  await demo.tasks();
});

/** Has the server write something into a file; gives how often it was asked for. */
const write = async (page, url) => {
  let asked = 0;
  await page.context().route(url, async (route) => {
    const response = await route.fetch();
    asked += 1;
    await route.fulfill({ response, body: `${await response.text()}/* written later */` });
  });
  return () => asked;
};

visit('a host that writes into a file loses nobody the demo without a network', {}, async (page) => {
  const asked = await write(page, `${base()}lab.css`);
  await Demo.open(page, base());
  await kept(page);
  assert.ok(asked() > 0, 'the worker asked for it');
});

visit('a file of another build is not kept, and nothing with it', {}, async (page) => {
  const url = `${base()}lab.css`;
  const asked = await write(page, url);
  // The worker asks for the worker that is there by now.
  await page.context().route(`${base()}sw.js`, (route) => (route.request().headers()['service-worker'] === 'script' ? route.continue() : route.fulfill({ contentType: 'text/javascript', body: '/* a later build */' })));
  const inCaches = () => page.evaluate(async () => Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).length)));
  await Demo.open(page, base());
  for (let tries = 0; asked() === 0 && tries < 100; tries += 1) await page.waitForTimeout(100);
  assert.ok(asked() > 0, 'the worker asked for it');
  // As long as it takes to keep all of them, and longer.
  await page.waitForTimeout(2000);
  assert.deepEqual(await inCaches(), [0]);
  await page.context().unroute(url);
  await page.context().unroute(`${base()}sw.js`);
  await page.reload();
  await kept(page);
});

visit('a browser that was never here is taken to an address that only the worker answers', { expected: [{ status: 404, path: '/demo/oauth2/authorize' }] }, async (page) => {
  await page.goto(`${base()}oauth2/authorize?response_type=code&client_id=taskmaster&redirect_uri=${encodeURIComponent(`${base()}app/`)}&scope=openid&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256`);
  await page.locator('#username').waitFor();
  assert.match(page.url(), /oauth2\/authorize/);
});

visit('a reload past the worker, at its own page, finds back', { expected: [{ status: 404, path: '/demo/developer' }] }, async (page) => {
  await Demo.open(page, base());
  await page.goto(`${base()}developer`);
  await page.locator('#username').waitFor();
  const session = await page.context().newCDPSession(page);
  await session.send('Page.reload', { ignoreCache: true });
  await page.getByText('Starting the demo').waitFor({ state: 'detached' });
  await page.locator('#username').waitFor();
});

visit('a loop of reloads ends with a sentence, and one of another visit does not count', { expected: Array(3).fill({ status: 404, path: '/demo/developer' }) }, async (page) => {
  const tried = (when) => page.evaluate((at) => sessionStorage.setItem('demo.boot', `2 ${at}`), when);
  await Demo.open(page, base());
  const session = await page.context().newCDPSession(page);
  await page.goto(`${base()}developer`);
  await tried(Date.now() - 60_000);
  await session.send('Page.reload', { ignoreCache: true });
  await page.locator('#username').waitFor();
  await tried(Date.now());
  await session.send('Page.reload', { ignoreCache: true });
  await page.getByText('this browser lets requests pass it by').waitFor();
  await session.send('Page.reload', { ignoreCache: true });
  await page.locator('#username').waitFor();
});

visit('what the lab has the server do badly ends with the worker', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await page.evaluate(() => navigator.serviceWorker.controller.postMessage({ is: 'host', host: { redirect: 307, frames: 'none' } }));
  await demo.stopServiceWorkers();
  await demo.signIn();
  const statuses = (await demo.messages()).filter(({ request }) => request.method === 'POST' && request.url.endsWith('/consent')).map(({ response }) => response.status);
  assert.deepEqual(statuses, [303]);
});

visit('an address where nothing is says so', { expected: [{ status: 404, path: '/demo/nowhere' }, { status: 404, path: '/demo/nowhere' }] }, async (page) => {
  await page.goto(`${base()}nowhere`);
  await page.getByText('There is no such page.').waitFor();
  await Demo.open(page, base());
  await page.goto(`${base()}nowhere`);
  await page.getByText('There is no such page.').waitFor();
});
