/** The watch over the other tests sees what it is there for. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { startBrowser, watch } from './support.mjs';

const FILES = {
  '/': ['text/html', `<!doctype html><link rel="icon" href="data:,"><script>
    navigator.serviceWorker.register('sw.js');
    navigator.serviceWorker.addEventListener('message', ({ data }) => { document.title = data; });
  </script>`],
  '/strict': ['text/html', '<!doctype html><meta http-equiv="content-security-policy" content="script-src \'self\'"><link rel="icon" href="data:,"><script>document.title = "ran"</script>'],
  '/sw.js': ['text/javascript', `
    addEventListener('activate', (event) => event.waitUntil(clients.claim()));
    addEventListener('message', async ({ source, data }) => {
      await fetch(data).catch(() => {});
      source.postMessage('tried');
    });`],
};

let chromium;
let server;
let origin;

before(async () => {
  server = createServer((request, response) => {
    const [type, body] = FILES[request.url] ?? ['text/plain', ''];
    response.writeHead(type === 'text/plain' ? 404 : 200, { 'content-type': type }).end(body);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  server.unref();
  origin = `http://127.0.0.1:${server.address().port}`;
  chromium = await startBrowser();
});
after(async () => {
  await chromium?.stop();
  server?.close();
});

/** What is said of a page at `path` that does `act`. */
const said = async (path, act, expected = []) => {
  const context = await chromium.browser.newContext();
  const before = chromium.strays.length;
  const verdict = watch(context, [origin], expected);
  const page = await context.newPage();
  try {
    await page.goto(origin + path);
    await act(page);
    return [...verdict(), ...chromium.strays.slice(before)].join('\n');
  } finally {
    await context.close();
  }
};

test('nothing is said of a page that does nothing wrong', async () => {
  assert.equal(await said('/', (page) => page.evaluate(() => console.log('hello'))), '');
});

test('console, exceptions and policies are heard', async () => {
  const logs = page => page.evaluate(() => { console.error('an error'); console.warn('a warning'); });
  assert.match(await said('/', logs), /^console error: an error .*\nconsole warning: a warning /);
  const throws = async (page) => {
    const thrown = page.waitForEvent('pageerror');
    await page.evaluate(() => { setTimeout(() => { throw new Error('a bug'); }); });
    await thrown;
  };
  assert.match(await said('/', throws), /^page error: Error: a bug/);
  assert.match(await said('/strict', () => {}), /^console error: .*Content Security Policy/);
});

test('a failed load is heard, unless it is expected, and missed if it is expected', async () => {
  const loads = (page) => page.evaluate(() => fetch('/none'));
  assert.match(await said('/', loads), /^console error: .*404/);
  assert.equal(await said('/', loads, [{ status: 404, path: '/none' }]), '');
  assert.equal(await said('/', () => {}, [{ status: 404, path: '/none' }]), 'missing: 404 at /none');
});

test('a request to another origin is seen, from a page and from its service worker', async () => {
  const leave = 'http://elsewhere.test/';
  const fromPage = (page) => page.evaluate((url) => fetch(url).catch(() => {}), leave);
  assert.match(await said('/', fromPage), /request off the origin: GET http:\/\/elsewhere\.test\/\n[^]*^GET http:\/\/elsewhere\.test\/$/m);
  const fromWorker = async (page) => {
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    await page.evaluate((url) => navigator.serviceWorker.controller.postMessage(url), leave);
    await page.waitForFunction(() => document.title === 'tried');
  };
  assert.match(await said('/', fromWorker), /request off the origin: GET http:\/\/elsewhere\.test\/\n[^]*^GET http:\/\/elsewhere\.test\/$/m);
});
