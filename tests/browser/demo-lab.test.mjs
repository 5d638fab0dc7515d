/** The attack lab: every attack runs, is stopped by what is named, and succeeds without it. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { stage } from './demo.mjs';
import { inspect } from './support.mjs';

const { base, visit } = stage();

/** What a person sees of one attack. */
class Attack {
  constructor(page) {
    this.page = page;
    this.verdict = page.locator('#verdict');
    this.steps = page.locator('.steps-told li');
  }

  static async open(page, id) {
    await page.goto(`${base()}#lab/${id}`);
    await page.locator('#run').waitFor();
    return new Attack(page);
  }

  async run() {
    await this.page.locator('#run').click();
    await this.verdict.waitFor();
    return this.verdict.innerText();
  }

  /** Takes a defence away. */
  async without(id) {
    await this.page.locator(`#defence-${id}`).uncheck();
    await this.verdict.waitFor({ state: 'detached' });
  }
}

const overview = async (page) => {
  await page.goto(`${base()}#lab`);
  await page.locator('.attack').first().waitFor();
};

visit('all of them are stopped while everything is in place', {}, async (page) => {
  await overview(page);
  const count = await page.locator('.attack').count();
  const numbers = await page.locator('.attack > .hint:first-child').evaluateAll((all) => all.map((one) => Number.parseInt(one.textContent, 10)));
  assert.deepEqual([...new Set(numbers)], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  await page.locator('#run-all').click();
  // The two that need a real browser are played on their own pages.
  await page.locator('#score', { hasText: `${count - 2} stopped, 0 succeeded, of ${count}` }).waitFor();
  assert.equal(await page.locator('.attack[data-verdict=stopped]').count(), count - 2);
});

visit('a stolen code buys nothing, unless what stands in the way is gone', {}, async (page) => {
  const attack = await Attack.open(page, 'code-interception');
  assert.match(await attack.run(), /^Stopped by the server: invalid_grant$/);
  assert.match(await page.locator('.proof').innerText(), /core\/src\/.*\.rs:\d+/);
  await page.locator('.inside .note', { hasText: 'Refused by the server' }).waitFor();
  const switches = page.locator('[role=switch]');
  for (let index = 0; index < (await switches.count()); index += 1) await switches.nth(index).uncheck();
  await attack.verdict.waitFor({ state: 'detached' });
  assert.match(await attack.run(), /^It succeeds The attacker reads Alice’s tasks\.$/);
});

visit('an attack is told step by step, and each step shows its message', {}, async (page) => {
  const attack = await Attack.open(page, 'mix-up');
  await page.locator('#step').click();
  await attack.steps.first().waitFor();
  assert.equal(await attack.steps.count(), 1);
  assert.equal(await attack.verdict.count(), 0, 'nobody has won yet');
  while (await page.locator('#step').isEnabled()) await page.locator('#step').click();
  assert.match(await attack.verdict.innerText(), /response_iss_mismatch/);
  await attack.steps.first().getByRole('button').click();
  assert.equal(await attack.steps.count(), 1);
  assert.equal(await page.locator('.message [aria-current=step]').count(), 1);
});

visit('a run of the lab goes on in World', {}, async (page) => {
  const attack = await Attack.open(page, 'code-replay');
  await attack.run();
  const titles = () => page.locator('.message .title').evaluateAll((all) => all.map((one) => one.firstChild.textContent));
  const seen = await titles();
  await page.locator('#walk').click();
  await page.getByText('This is the run that was shared with you.').waitFor();
  assert.deepEqual(await titles(), seen);
  // World is there by now, and follows to another run.
  const other = await Attack.open(page, 'mix-up');
  await other.run();
  const others = await titles();
  await page.locator('#walk').click();
  await page.getByText('This is the run that was shared with you.').waitFor();
  await page.locator('.message').nth(others.length - 1).waitFor();
  assert.deepEqual(await titles(), others);
});

visit('a server that redirects with 307 has the browser post the form to the app', {}, async (page) => {
  const attack = await Attack.open(page, 'redirect-307');
  assert.match(await attack.run(), /^Stopped by the server: 303$/);
  // Who holds codes back has it run all the same.
  await page.goto(`${base()}#flow`);
  await page.locator('#hold').click();
  await page.locator('#hold[aria-pressed=true]').waitFor();
  await page.goto(`${base()}#lab/redirect-307`);
  await attack.without('303');
  assert.match(await attack.run(), /^It succeeds The app was posted what Alice said to the server/);
});

visit('a consent page that may be framed is clicked for a prize', { expected: [] }, async (page) => {
  const attack = await Attack.open(page, 'clickjacking');
  await attack.without('frame-ancestors');
  assert.match(await attack.run(), /^It succeeds A click for a prize approved an app/);
});

visit('who has no service workers has the lab all the same', {}, async (page) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined }));
  const attack = await Attack.open(page, 'forced-login');
  assert.match(await attack.run(), /^Stopped by the client: state_unknown$/);
  await page.goto(`${base()}#lab/clickjacking`);
  await page.getByText('This one needs a real browser and a service worker.').waitFor();
  assert.ok(await page.locator('#run').isDisabled());
});

visit('the lab is accessible in both themes and at both widths', { bypassCSP: true }, async (page) => {
  await overview(page);
  await page.locator('#run-all').click();
  await page.locator('#score', { hasText: 'succeeded' }).waitFor();
  await page.locator('#run-all:enabled').waitFor();
  await inspect(page, 'demo-lab');
  const attack = await Attack.open(page, 'pkce-downgrade');
  await inspect(page, 'demo-lab-before');
  await attack.run();
  await inspect(page, 'demo-lab-stopped');
  await page.locator('[role=switch]').first().uncheck();
  await attack.run();
  await inspect(page, 'demo-lab-without');
});

visit('an attack says how far the model looked for it, as the model wrote it', {}, async (page) => {
  const lines = async (path) => (await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')).split('\n');
  const cells = (line) => line.split('|').map((cell) => cell.trim());
  const cuts = (await lines('tests/model/cuts.txt')).map(cells);
  const pages = (await lines('docs/security.md')).map(cells);
  await Attack.open(page, 'mix-up');
  const said = await page.locator('#looked').innerText();
  const property = await page.locator('#looked code').innerText();
  const cases = [...new Set(cuts.filter(([name, of]) => of === property && !/^(limit|design):/.test(name)).map(([name]) => name))];
  assert.ok(cases.length > 1);
  const counts = cases.map((name) => Number(pages.find((row) => row.length === 6 && row[1] === name)[3]));
  const all = counts.reduce((sum, count) => sum + count, 0).toLocaleString('en');
  assert.equal(said, `model property ${property}: held in all ${all} states of ${cases.length} cases`);
});

visit('what the attacker model found is walked through in World', {}, async (page) => {
  await Attack.open(page, 'mix-up');
  await page.getByRole('link', { name: 'How it falls without iss' }).click();
  await page.getByText('This is how the attacker model brought it down').waitFor();
  await page.locator('#told', { hasText: 'the attacker opens the API with the token' }).waitFor();
  await page.locator('.inside', { hasText: 'Follow the white rabbit' }).waitFor();
  await inspect(page, 'demo-world-model');
  await page.goto(`${base()}#world/model/nothing`);
  await page.getByText('The address holds no run that can be played here').waitFor();
});
