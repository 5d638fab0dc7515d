// Everybody's client in a page of Chromium, against a provider that says one thing falsely.

import { createServer } from 'node:http';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { startBrowser } from '../browser/support.mjs';
import { CLIENT, Provider } from '../interop/adversary.mjs';
import { NOW } from '../npm/stub.mjs';

const PACKAGE = env.GRANTFLOW_NPM ?? fileURLToPath(new URL('../../target/npm', import.meta.url));

/** Most time until a page says how its login ended, in milliseconds. */
const PATIENCE = 20_000;

/** Time stands still in the page, as it does at the provider. */
const CLOCK = `
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) { super(...(given.length ? given : [${NOW * 1000}])); }
    static now() { return ${NOW * 1000}; }
  };
  performance.now = () => 1000;`;

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<script>${CLOCK}</script><script type="module" src="/page.js"></script></html>`;

/** The app of every client, below the client's name. */
const startApp = async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.mjs', import.meta.url))],
    alias: { grantflow: `${PACKAGE}/index.js` },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const http = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    const headers = { 'content-type': isScript ? 'text/javascript' : 'text/html', 'cache-control': isScript ? 'max-age=3600' : 'no-store' };
    response.writeHead(200, headers).end(isScript ? outputFiles[0].text : PAGE);
  });
  await new Promise((resolve) => { http.listen(0, '127.0.0.1', resolve); });
  const stop = () => {
    http.close();
    http.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${http.address().port}`, stop };
};

/** A tab of a client's own; `login` begins one at a provider and gives how it ended. */
const openTab = async (browser, app, peer) => {
  const context = await browser.newContext();
  let judge = () => {};
  await context.exposeFunction('judge', (said) => judge(said));
  const page = await context.newPage();
  // The metadata may say that a script is where the user signs in.
  page.on('dialog', async (dialog) => {
    await dialog.dismiss();
    judge({ ran: true });
  });
  page.on('pageerror', (error) => judge({ ran: true, message: String(error) }));
  return async (issuer, maxAge) => {
    let timer;
    const end = new Promise((resolve, reject) => {
      judge = resolve;
      timer = setTimeout(() => reject(new Error(`${peer} says nothing, at ${page.url()}`)), PATIENCE);
    });
    const asked = JSON.stringify({ issuer, clientId: CLIENT, redirectUri: `${app}/${peer}/callback`, maxAge });
    await page.goto(`${app}/${peer}/start?${new URLSearchParams({ app: asked })}`, { waitUntil: 'commit' });
    return end.finally(() => clearTimeout(timer));
  };
};

/** Starts it all; `attempt` lets clients log in at a provider of their own each, at the same time. */
export const start = async (peers) => {
  const app = await startApp();
  const { browser, stop } = await startBrowser();
  const tabs = Object.fromEntries(await Promise.all(peers.map(async (peer) => [peer, await openTab(browser, app.url, peer)])));
  const attempt = async (peer, { flaw, alg, asked }) => {
    const provider = await Provider.start(flaw, alg, peer === 'auth0-spa-js');
    try {
      const end = await tabs[peer](provider.issuer, asked?.maxAge);
      const unsaid = Object.keys(flaw ?? {}).length > 0 && provider.unsaid.length === Object.keys(flaw).length;
      return { ...end, unsaid };
    } finally {
      await provider.stop();
    }
  };
  return {
    attempt,
    stop: async () => {
      await stop();
      app.stop();
    },
  };
};
