/** Nothing of World is lost: to a wrong address, to a worker that stops, to a file that does not come; and no secret leaves unasked. */

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Demo, stage } from './demo.mjs';
import { DEMO, inspect } from './support.mjs';
import { World } from './world.mjs';

const { base, visit } = stage();

const BRINGS = 'Alice brings a code to the app';

/** The service worker would answer for the files that are to fail. */
const withoutLive = (page) => page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined }));

/** Lets a file fail until the next call. */
const failing = async (page, path) => {
  const url = `${base()}${path}`;
  await page.context().route(url, (route) => route.fulfill({ status: 503 }));
  return () => page.context().unroute(url);
};

/** Breaks what the worker reads its own answers with: all that it does from now on throws. */
const crash = (page) => page.workers().find((worker) => worker.url().endsWith('/world.js')).evaluate(() => {
  JSON.parse = () => { throw new Error('memory access out of bounds'); };
});

const branches = async (page) => (await page.locator('#branch option').allInnerTexts()).sort();

visit('an address that is none is not taken, and the run stays as it was', { bypassCSP: true }, async (page) => {
  const world = await World.open(page, base());
  await world.signIn();
  const titles = await world.titles();
  for (const wrong of ['no address at all', 'app.example/callback', 'javascript:alert(1)', '']) {
    await world.rewrite(BRINGS, () => wrong);
    await page.locator('#edit-problem', { hasText: 'That is no address' }).waitFor();
    assert.equal(await page.locator('#edit-url').getAttribute('aria-invalid'), 'true');
    assert.equal(await page.locator('#edit-url').inputValue(), wrong, 'what was typed stays');
    assert.deepEqual(await branches(page), ['main']);
    assert.deepEqual(await world.titles(), titles);
  }
  await inspect(page, 'demo-world-no-address');
  // A browser reads this one, World does not; and this is longer than World takes.
  for (const [wrong, why] of [['https://app.example/a b', 'That is no address'], [`https://app.example/${'x'.repeat(20_000)}`, 'longer than a world takes']]) {
    await world.rewrite(BRINGS, () => wrong);
    await page.locator('.above [role=alert]', { hasText: why }).waitFor();
    assert.deepEqual(await branches(page), ['main']);
    assert.deepEqual(await world.titles(), titles);
  }
});

visit('a run from elsewhere may have any text for an address, and plays', {}, async (page) => {
  const world = await World.open(page, base());
  await world.signIn();
  await world.rewrite(BRINGS, (url) => `${url}&more=1`);
  await world.rows.filter({ hasText: 'changed on its way' }).waitFor();
  await page.locator('#with-secrets').check();
  const trace = JSON.parse(await world.save());
  const changed = trace.log.find(({ input }) => input.do === 'edit');
  changed.input.edit.url = 'no address at all';
  delete trace.expect;
  await world.openFile(JSON.stringify(trace));
  await world.rows.filter({ hasText: 'changed on its way' }).getByRole('button').click();
  await page.locator('.inside .url').getByText('about:').first().waitFor();
});

visit('a file holds no secret unless that is asked for', {}, async (page) => {
  const world = await World.open(page, base());
  await world.frame.getByRole('button', { name: 'Sign in with as.example' }).click();
  await world.at('#username').fill('alice');
  await world.at('#password').fill('my-real-password');
  await world.at('#login').click();
  await world.at('#login-problem').waitFor();
  await world.at('#username').fill('alice');
  await world.at('#password').fill('wonderland');
  await world.at('#login').click();
  await world.at('#approve').click();
  await world.frame.getByRole('heading', { name: 'Hello, Alice Liddell' }).waitFor();
  let callback;
  await world.rewrite(BRINGS, (url) => {
    callback = new URL(url).searchParams;
    return `${url}&more=1`;
  });
  await world.rows.filter({ hasText: 'changed on its way' }).waitFor();
  const secrets = ['my-real-password', callback.get('code'), callback.get('state')];
  assert.ok(secrets.every((secret) => secret.length > 10), secrets.join());

  assert.equal(await page.locator('#with-secrets').isChecked(), false);
  const without = await world.save();
  await page.getByText('Saved, without what is secret.').waitFor();
  for (const secret of secrets) assert.ok(!without.includes(secret), secret);
  assert.deepEqual([JSON.parse(without).redacted, JSON.parse(without).expect], [true, undefined]);

  await page.locator('#with-secrets').check();
  const all = await world.save();
  await page.getByText('Saved with its secrets').waitFor();
  for (const secret of secrets) assert.ok(all.includes(secret), secret);
  const titles = await world.titles();
  await world.openFile(all);
  assert.deepEqual(await world.titles(), titles);
});

visit('a run differs from the one that it left, and from no other', {}, async (page) => {
  const world = await World.open(page, base());
  const fork = page.locator('.message', { hasText: 'From here on it differs' });
  await world.signIn();
  await world.read('Alice is asked to agree');
  await page.getByText('This is past.').waitFor();
  await world.at('#deny').click();
  await page.locator('.message', { hasText: 'From here on it differs from main' }).waitFor();
  await world.openFile(await world.save());
  assert.deepEqual(await branches(page), ['branch 1', 'branch 2', 'main']);
  assert.equal(await fork.count(), 0, 'what comes from a file has left none of these');
  await page.locator('#branch').selectOption('branch 1');
  await page.locator('.message', { hasText: 'From here on it differs from main' }).waitFor();
  await page.locator('#branch').selectOption('main');
  await world.frame.getByRole('heading', { name: 'Hello, Alice Liddell' }).waitFor();
  assert.equal(await fork.count(), 0, 'main has left nothing');
});

visit('a worker that crashes is started again, and everything is as it was', { bypassCSP: true }, async (page) => {
  const world = await World.open(page, base());
  await world.signIn();
  await world.read('Alice is asked to agree');
  await page.getByText('This is past.').waitFor();
  await world.at('#deny').click();
  await page.locator('.message', { hasText: 'From here on it differs from main' }).waitFor();
  const titles = await world.titles();
  await crash(page);
  await page.locator('#wait-10').click();
  await page.getByRole('alert').getByText('World has stopped').waitFor();
  await page.getByText('memory access out of bounds').waitFor();
  assert.deepEqual(await world.titles(), titles, 'what was there can still be read');
  await inspect(page, 'demo-world-stopped');
  await page.locator('#restart').click();
  await page.getByText('World was started again').waitFor();
  assert.equal(await page.locator('#restart').count(), 0);
  assert.equal(page.workers().length, 1, 'the one before has ended');
  assert.deepEqual(await world.titles(), titles);
  assert.deepEqual(await branches(page), ['branch 1', 'main']);
  await page.locator('#wait-10').click();
  await page.locator('.lives time', { hasText: '12:10:00' }).waitFor();
  await page.locator('#branch').selectOption('main');
  await world.frame.getByRole('heading', { name: 'Hello, Alice Liddell' }).waitFor();
});

visit('a worker that does not come is asked for again', {}, async (page) => {
  await withoutLive(page);
  const heal = await failing(page, 'world.js');
  await page.goto(`${base()}#world`);
  await page.getByRole('alert').getByText('The worker did not start.').waitFor();
  await heal();
  await page.locator('#restart').click();
  await new World(page).signIn();
});

visit('runs and diagrams that do not load can be had later', { expected: [{ status: 503, path: '/demo/traces.json' }, { status: 503, path: '/demo/states.json' }] }, async (page) => {
  await withoutLive(page);
  const heal = [await failing(page, 'traces.json'), await failing(page, 'states.json')];
  const all = await readdir(new URL('../../web-demo/world/traces', import.meta.url));
  const world = await World.open(page, base(), `/model/${all[0].replace('.json', '')}`);
  await page.getByRole('alert').getByText('The runs of the model did not load.').waitFor();
  await page.getByRole('alert').getByText('The diagrams did not load').waitFor();
  for (const again of heal) await again();
  await page.locator('#fetch-run').click();
  await page.getByText('This is how the attacker model brought it down').waitFor();
  assert.equal(await page.locator('#fetch-run').count(), 0);
  assert.ok((await world.titles()).length > 1);
  await page.locator('#fetch-states').click();
  await page.locator('.state[data-here=true]').waitFor();
});

visit('diagrams that do not load in Live can be had later', { expected: [{ status: 503, path: '/demo/states.json' }] }, async (page) => {
  await page.goto(`${base()}#learn`);
  await page.locator('#watch').waitFor();
  const heal = await failing(page, 'states.json');
  await Demo.open(page, base());
  await page.getByRole('alert').getByText('The diagrams did not load').waitFor();
  await heal();
  await page.locator('#fetch-states').click();
  await page.locator('.state[data-here=true]').waitFor();
});

const [PAGES] = (await readdir(join(DEMO, 'tabs'))).filter((name) => /^pages-\w+\.js$/.test(name));

visit('pages of the server that do not load can be had later', { expected: [{ status: 503, path: `/demo/tabs/${PAGES}` }] }, async (page) => {
  await withoutLive(page);
  const heal = await failing(page, `tabs/${PAGES}`);
  const world = await World.open(page, base());
  await world.frame.getByRole('button', { name: 'Sign in with as.example' }).click();
  await world.frame.getByText('This page did not load').waitFor();
  await heal();
  await world.at('#load-pages').click();
  await world.at('#username').waitFor();
});

visit('the lab is fetched again, and goes on in another worker where it stopped', { expected: [{ status: 503, path: '/demo/attacks.json' }] }, async (page) => {
  await withoutLive(page);
  const heal = await failing(page, 'attacks.json');
  await page.goto(`${base()}#lab`);
  await page.getByRole('alert').getByText('The attacks did not load').waitFor();
  await heal();
  await page.locator('#restart').click();
  await page.locator('#run-all').click();
  const score = page.locator('#score');
  await score.getByText(/^\d+ stopped, 0 succeeded/).waitFor();
  await page.locator('#run-all[aria-disabled=false]').waitFor();
  const said = await score.innerText();
  await page.goto(`${base()}#lab/mix-up`);
  await crash(page);
  await page.locator('#run').click();
  await page.getByRole('alert').getByText('memory access out of bounds').waitFor();
  await page.locator('#restart').click();
  await page.locator('#verdict', { hasText: 'Stopped' }).waitFor();
  assert.equal(await page.locator('#restart').count(), 0);
  await page.goto(`${base()}#lab`);
  assert.equal(await score.innerText(), said, 'what ran before is kept');
});
