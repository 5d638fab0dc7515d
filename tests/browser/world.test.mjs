/** World in a worker of a page with the demo's policies: the digests are those of Rust. */

import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { DEMO, journey, startBrowser, startServer } from './support.mjs';

const TRACES = fileURLToPath(new URL('../traces', import.meta.url));

let server;
let chromium;
let folder;
const traces = {};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'world-'));
  for (const name of ['world.js', 'world.wasm', 'icon.svg']) await copyFile(join(DEMO, name), join(folder, name));
  for (const name of await readdir(TRACES)) traces[name] = await readFile(join(TRACES, name), 'utf8');
  await writeFile(join(folder, 'traces.json'), JSON.stringify(traces));
  const index = await readFile(join(DEMO, 'index.html'), 'utf8');
  const policy = /<meta http-equiv="Content-Security-Policy"[^>]*>/.exec(index)[0];
  await writeFile(join(folder, 'index.html'), `<!doctype html><html lang="en"><head><meta charset="utf-8">${policy}<title>World</title><link rel="icon" href="icon.svg"></head><body><script type="module" src="probe.js"></script></body></html>`);
  await build({ bundle: true, format: 'esm', entryPoints: [fileURLToPath(new URL('world-probe.ts', import.meta.url))], outfile: join(folder, 'probe.js') });
  server = await startServer({ flags: ['--demo', folder] });
  chromium = await startBrowser();
});
after(async () => {
  await chromium?.stop();
  await server?.stop();
  await rm(folder, { recursive: true });
});

journey('a page runs World in a worker, and every trace has the digest that it has in Rust', () => ({ ...chromium, origins: [server.url] }), {}, async (page) => {
  await page.goto(`${server.url}/demo/`);
  await page.locator('#done').waitFor();
  const result = JSON.parse(await page.locator('body').innerText());
  const expected = Object.entries(traces).map(([name, text]) => [name, JSON.parse(text).expect.digest]);
  assert.deepEqual(result, {
    early: 'no_world',
    digests: Object.fromEntries(expected),
    none: 'no_such_attack',
    pages: ['app'],
    isBack: true,
    verdict: 'stopped',
  });
});
