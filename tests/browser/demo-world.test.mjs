/** The flow in World: machines of their own in a worker, wound back, changed, shared. */

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

import { stage } from './demo.mjs';
import { inspect, SCREENSHOTS, THEMES } from './support.mjs';
import { World } from './world.mjs';

const { base, visit } = stage();

const TRADE = 'Alice’s app trades a code for tokens';

visit('Alice signs in, and each machine moves as it does', {}, async (page) => {
  const world = await World.open(page, base());
  await world.signIn();
  await world.at('#load').click();
  await world.frame.getByText('Follow the white rabbit').waitFor();
  const detail = await world.read('Alice brings a code to the app');
  await detail.getByText('state matches').waitFor();
  await page.locator('#machine').selectOption('login');
  await page.locator('.state[data-here=true]').getByText('awaiting tokens').waitFor();
  await page.getByRole('button', { name: 'Newest message' }).click();
  await page.locator('.state[data-here=true]').getByText('done').waitFor();
  await page.locator('.ways summary').click();
  assert.equal(await page.locator('.ways li[data-taken=true] .chip', { hasText: 'last taken' }).count(), 1);
});

visit('one run is like another: all that is random comes from the seed', {}, async (page) => {
  const world = await World.open(page, base());
  const urls = async () => {
    await world.signIn();
    await world.read('Alice brings a code to the app');
    return page.locator('.callback .url').innerText();
  };
  const first = await urls();
  await page.locator('#world-again').click();
  await world.frame.getByRole('button', { name: 'Sign in with as.example' }).waitFor();
  assert.equal(await urls(), first);
});

visit('whoever acts in the past begins a branch, and what was is kept', {}, async (page) => {
  const world = await World.open(page, base());
  await world.signIn();
  const main = await world.titles();
  await world.read('Alice is asked to agree');
  await page.getByText('This is past.').waitFor();
  await world.at('#deny').click();
  await world.at('#trouble[data-code=access_denied]').waitFor();
  assert.deepEqual(await page.locator('#branch option').allInnerTexts(), ['branch 1', 'main']);
  assert.ok((await world.titles()).includes('Alice says no'));
  assert.match(await page.locator('.message', { hasText: 'From here on it differs from main' }).innerText(), /Alice says no/);
  await page.locator('#branch').selectOption('main');
  await world.frame.getByRole('heading', { name: 'Hello, Alice Liddell' }).waitFor();
  assert.deepEqual(await world.titles(), main);
});

visit('a token request that is sent twice kills what the code bought', {}, async (page) => {
  const world = await World.open(page, base());
  await world.signIn();
  await world.read(TRADE);
  await page.locator('#replay').click();
  await world.rows.filter({ hasText: 'invalid_grant' }).waitFor();
  await page.locator('#machine').selectOption('grant');
  await page.locator('.state[data-here=true]').getByText('replayed').waitFor();
});

visit('a message is lost on its way, and the app says so', {}, async (page) => {
  const world = await World.open(page, base());
  await world.signIn();
  await world.read(TRADE);
  await page.locator('#drop').click();
  await world.rows.filter({ hasText: TRADE }).filter({ hasText: 'lost' }).waitFor();
  assert.equal(await page.locator('#branch').inputValue(), 'branch 1');
  assert.equal(await world.frame.getByRole('heading', { name: 'Hello, Alice Liddell' }).count(), 0);
});

visit('a callback that is changed on its way is not believed', {}, async (page) => {
  const world = await World.open(page, base());
  await world.signIn();
  await world.read('Alice brings a code to the app');
  await page.locator('#edit').click();
  const address = page.locator('#edit-url');
  await address.fill((await address.inputValue()).replace(/state=[^&]+/, 'state=of-somebody-else'));
  await page.getByRole('button', { name: 'Change it and go on' }).click();
  await world.rows.filter({ hasText: 'changed on its way' }).waitFor();
  await world.at('#trouble').waitFor();
});

visit('a message that is held is delivered by hand', {}, async (page) => {
  const world = await World.open(page, base());
  await page.locator('#by-hand').click();
  await page.locator('#by-hand[aria-pressed=true]').waitFor();
  await world.frame.getByRole('button', { name: 'Sign in with as.example' }).click();
  await world.rows.filter({ hasText: 'on its way' }).waitFor();
  await page.locator('#deliver').click();
  await world.rows.filter({ hasText: 'answer on its way' }).waitFor();
});

visit('keyboard alone signs in, and the focus follows from page to page', {}, async (page) => {
  const world = await World.open(page, base());
  await world.frame.getByRole('button', { name: 'Sign in with as.example' }).focus();
  await page.keyboard.press('Enter');
  await world.at('#username:focus').waitFor();
  await page.keyboard.type('alice');
  await page.keyboard.press('Tab');
  await page.keyboard.type('wonderland');
  await page.keyboard.press('Enter');
  await world.at('h1:focus').filter({ hasText: 'would like to' }).waitFor();
  await world.at('#approve').focus();
  await page.keyboard.press('Enter');
  await world.at('h1:focus').filter({ hasText: 'Hello, Alice Liddell' }).waitFor();
});

visit('time stands still until it is turned, and then a code is too old', {}, async (page) => {
  const world = await World.open(page, base());
  await world.signIn();
  assert.equal(await page.locator('.lives time').innerText(), '12:00:00');
  await page.locator('#wait-10').click();
  await page.locator('.lives time', { hasText: '12:10:00' }).waitFor();
  assert.match(await page.locator('#life-token').innerText(), /50:00/);
  // Whoever looks back sees the clock as it was, and what was out then.
  await world.read('Alice agrees');
  await page.locator('.lives time', { hasText: '12:00:00' }).waitFor();
  assert.match(await page.locator('#life-code').innerText(), /10:00/);
  assert.equal(await page.locator('#life-token').count(), 0);
  await page.getByRole('button', { name: 'Newest message' }).click();
  await page.locator('#to-token-expiry').click();
  await page.locator('#life-token').getByText('expired').waitFor();
});

visit('a run travels in an address, and in a file', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
  const world = await World.open(page, base());
  await world.signIn();
  const titles = await world.titles();
  await page.locator('#share').click();
  await page.getByText('Its address is copied').waitFor();
  const shared = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(shared.startsWith(`${base()}#world/`), shared);
  assert.ok(shared.length < 4000, `${shared.length} letters`);

  const download = page.waitForEvent('download');
  await page.locator('#save').click();
  const file = await (await download).path();
  const trace = JSON.parse(await readFile(file, 'utf8'));
  assert.deepEqual([trace.v, trace.seed, trace.redacted], [1, 'grantflow', false]);
  await page.locator('#as-test').click();
  await page.getByText('Copied: a Rust test').waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /World::replay\(&trace\)\.unwrap\(\);/);

  await page.goto('about:blank');
  await page.goto(shared);
  await page.getByText('This is the run that was shared with you.').waitFor();
  assert.deepEqual(await world.titles(), titles);

  await page.locator('#world-again').click();
  await world.frame.getByRole('button', { name: 'Sign in with as.example' }).waitFor();
  await page.locator('#open-trace').setInputFiles(file);
  await page.getByText('This is the run of the file.').waitFor();
  assert.deepEqual(await world.titles(), titles);

  const broken = join(tmpdir(), `broken-${process.pid}.json`);
  await writeFile(broken, '{"v":99}');
  await page.locator('#open-trace').setInputFiles(broken);
  await page.locator('.above [role=alert]').waitFor();
  assert.deepEqual(await world.titles(), titles, 'what was there is still there');
});

visit('another address is followed, and the run that was there stays as a branch', {}, async (page) => {
  const world = await World.open(page, base());
  await page.locator('#share').click();
  await page.getByText('whoever opens it sees this run').waitFor();
  await world.signIn();
  const titles = await world.titles();
  await page.evaluate(() => { window.location.hash = '#learn'; });
  await page.locator('#watch').waitFor();
  await page.goBack();
  await page.getByText('This is the run that was shared with you.').waitFor();
  assert.equal((await world.titles()).length, 1);
  await page.locator('#branch').selectOption('main');
  await world.frame.getByRole('heading', { name: 'Hello, Alice Liddell' }).waitFor();
  assert.deepEqual(await world.titles(), titles);
  await page.goto(`${base()}#world/AAAA`);
  await page.getByRole('alert').getByText('The address holds no run that can be played here.').waitFor();
  assert.deepEqual(await world.titles(), titles);
});

visit('an address that holds no run says so, and begins a new one', {}, async (page) => {
  const world = await World.open(page, base(), '/AAAA');
  await page.getByText('The address holds no run that can be played here').waitFor();
  await world.frame.getByRole('button', { name: 'Sign in with as.example' }).waitFor();
});

visit('who has no service workers gets World, and is told why', {}, async (page) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined }));
  await page.goto(`${base()}#flow`);
  await page.getByRole('alert').getByText('This page has no service workers.').waitFor();
  await new World(page).signIn();
});

visit('who can run neither Live nor World is told so', {}, async (page) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined }));
  await page.route('**/world.js', (route) => route.fulfill({ status: 404 }));
  await page.goto(`${base()}#flow`);
  await page.getByRole('alert').getByText('The worker did not start.').waitFor();
  await page.getByRole('alert').getByText('This page has no service workers.').waitFor();
});

visit('World is accessible in both themes and at both widths', { bypassCSP: true }, async (page) => {
  const world = await World.open(page, base());
  await inspect(page, 'demo-world-start');
  await world.reachConsent();
  await inspect(page, 'demo-world-consent');
  await world.at('#approve').click();
  await world.at('#load').click();
  await world.at('#tasks').waitFor();
  await world.read(TRADE);
  await page.locator('#edit').click();
  await inspect(page, 'demo-world-past');
});

visit('where colours are forced a diagram still shows where the run has been', { forcedColors: 'active' }, async (page) => {
  const world = await World.open(page, base());
  await world.signIn();
  await page.locator('#machine').selectOption('login');
  const drawn = page.locator('.state[data-here=true]').first();
  await drawn.waitFor();
  await mkdir(SCREENSHOTS, { recursive: true });
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, forcedColors: 'active' });
    /** System colours as this theme has them, and what the drawing has. */
    const seen = await page.evaluate(async () => {
      // Colours go over in a moment, even where nothing should move.
      for (let frame = 0; frame < 3; frame += 1) await new Promise((resolve) => { requestAnimationFrame(resolve); });
      const system = Object.fromEntries(['Canvas', 'CanvasText', 'GrayText', 'Highlight', 'HighlightText'].map((name) => {
        const probe = document.createElement('i');
        probe.style.cssText = `forced-color-adjust: none; fill: ${name}`;
        document.body.append(probe);
        const said = getComputedStyle(probe).fill;
        probe.remove();
        return [name, said];
      }));
      const of = (selector, property) => [...new Set([...document.querySelectorAll(selector)].map((one) => getComputedStyle(one)[property]))].join();
      return {
        system,
        ways: ['.way[data-taken=false]', '.way[data-taken=true][data-last=false]', '.way[data-last=true]'].map((way) => of(way, 'stroke')),
        states: ['.state[data-been=false]', '.state[data-been=true][data-here=false]', '.state[data-here=true]'].map((state) => [of(`${state} rect`, 'stroke'), of(`${state} rect`, 'fill'), of(`${state} text`, 'fill')]),
      };
    });
    const { Canvas, CanvasText, GrayText, Highlight, HighlightText } = seen.system;
    assert.equal(new Set([Canvas, CanvasText, GrayText, Highlight]).size, 4, colorScheme);
    assert.deepEqual(seen.ways, [GrayText, CanvasText, Highlight], colorScheme);
    assert.deepEqual(seen.states, [[GrayText, Canvas, CanvasText], [CanvasText, Canvas, CanvasText], [Highlight, Highlight, HighlightText]], colorScheme);
    await page.screenshot({ path: join(SCREENSHOTS, `demo-world-forced-${colorScheme}.png`) });
  }
});
