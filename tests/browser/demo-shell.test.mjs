/** The page around the tabs: where the focus goes, what it says when a part does not come, a frame that was sent elsewhere. */

import assert from 'node:assert/strict';

import { Demo, stage } from './demo.mjs';

const { base, visit } = stage();

const focused = (page, selector) => page.locator(`${selector}:focus`).waitFor();

visit('whoever follows a link by keyboard goes on where it leads', {}, async (page) => {
  await page.goto(`${base()}#lab`);
  await page.locator('.attack a').first().press('Enter');
  await focused(page, '.one h2');
  await page.locator('.one nav a').first().press('Enter');
  await focused(page, '.lab h2');
  await page.goto(`${base()}#learn`);
  await page.locator('#watch').press('Enter');
  await focused(page, '#wire');
});

visit('a button that takes a while keeps the focus', {}, async (page) => {
  await page.goto(`${base()}#lab/code-replay`);
  await page.locator('#step').press('Enter');
  await page.locator('.steps-told li').first().waitFor();
  await page.locator('#run:not([aria-disabled=true])').waitFor();
  for (let step = 0; step < 12; step += 1) await page.keyboard.press('Enter');
  await page.locator('#verdict').waitFor();
  await focused(page, '#step');
  await page.locator('#run').press('Enter');
  await page.locator('#run:not([aria-disabled=true])').waitFor();
  await focused(page, '#run');
  await page.goto(`${base()}#world`);
  await page.locator('.message').waitFor();
  await page.locator('#wait-10:not([aria-disabled=true])').press('Enter');
  await page.locator('.lives time', { hasText: '12:10:00' }).waitFor();
  await focused(page, '#wait-10');
});

visit('a part that does not come says so', {}, async (page) => {
  await Demo.open(page, base());
  await page.context().route('**/tabs/pkce-*.js', (route) => route.fulfill({ contentType: 'text/javascript', body: 'throw new Error("another version")' }));
  await page.goto(`${base()}#pkce`);
  await page.getByRole('alert').getByText('This part did not load').waitFor();
  await page.context().unroute('**/tabs/pkce-*.js');
  await page.getByRole('button', { name: 'Reload the page' }).click();
  await page.getByRole('heading', { level: 2 }).first().waitFor();
});

visit('a person who was sent to another site finds back', {}, async (page) => {
  const demo = await Demo.open(page, base());
  const there = 'https://shop.example/cb';
  await demo.go('Developer');
  await demo.login();
  await demo.at('#name').fill('A shop');
  await demo.at('#redirect_uris').fill(there);
  await demo.click('#create');
  const client = await demo.text('#client_id');
  const asks = new URLSearchParams({ response_type: 'code', client_id: client, redirect_uri: there, scope: 'openid', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' });
  await demo.open(`${base()}oauth2/authorize?${asks}`);
  await demo.click('#approve');
  assert.match(await demo.text('#away'), /^https:\/\/shop\.example\/cb\?code=/);
  assert.equal((await demo.messages()).at(-1).response.status, 303);
  // A page that nobody may look into is left all the same.
  await page.evaluate(() => {
    document.querySelector('#browser').sandbox.add('allow-scripts');
    document.querySelector('#browser').src = 'icon.svg';
  });
  await page.locator('#address').getByText('Another site, which is not shown here.').waitFor();
  await page.evaluate(() => document.querySelector('#browser').removeAttribute('sandbox'));
  await demo.go('Taskmaster');
  await demo.see('#sign-in');
  await page.locator('#address').getByText('/demo/app/').waitFor();
});

visit('where colours are forced one still sees what is chosen, and what is switched', { forcedColors: 'active' }, async (page) => {
  const look = (selector) => page.locator(selector).evaluate((one) => getComputedStyle(one).backgroundColor);
  await page.goto(`${base()}#lab/mix-up`);
  await page.locator('#run').waitFor();
  assert.notEqual(await look('#tab-lab'), await look('#tab-learn'));
  const on = await look('[role=switch]');
  assert.notEqual(on, await look('body'));
  await page.locator('[role=switch]').uncheck();
  await page.waitForFunction((was) => getComputedStyle(document.querySelector('[role=switch]')).backgroundColor !== was, on);
  await page.goto(`${base()}#world`);
  await page.locator('#as-eve').waitFor();
  assert.notEqual(await look('#as-alice'), await look('#as-eve'));
});

visit('an app with a long name and a long address pushes no button out of sight', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.go('Developer');
  await demo.login();
  await demo.see('#create');
  assert.equal(await page.locator('.stages [data-done=true]').count(), 0, 'no app has asked yet');
  await demo.at('#name').fill('W'.repeat(90));
  await demo.at('#redirect_uris').fill(`${base()}app/?${'a'.repeat(300)}`);
  await demo.click('#create');
  const client = await demo.text('#client_id');
  const asks = new URLSearchParams({ response_type: 'code', client_id: client, redirect_uri: `${base()}app/?${'a'.repeat(300)}`, scope: 'openid', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' });
  const isWhole = () => demo.at('html').evaluate((html) => html.scrollWidth <= html.clientWidth);
  assert.ok(await isWhole());
  await demo.open(`${base()}oauth2/authorize?${asks}`);
  await demo.see('#approve');
  assert.ok(await isWhole());
  await demo.go('Developer');
  await demo.see('.apps');
  assert.ok(await isWhole());
});

visit('the limits of the demo are printed in it', {}, async (page) => {
  await Demo.open(page, base());
  for (const limit of ['The secrets are toys', 'share one origin here, which isolates nothing', 'the native server forbids all framing']) await page.locator('.foot').getByText(limit).waitFor();
});

visit('where no worker may run the lab says so, and goes on', {}, async (page) => {
  await page.addInitScript(() => { globalThis.Worker = class { constructor() { throw new Error('no workers here'); } }; });
  await page.goto(`${base()}#lab/mix-up`);
  await page.locator('#run').click();
  await page.getByRole('alert').getByText('no workers here').waitFor();
  assert.equal(await page.locator('#run').getAttribute('aria-disabled'), 'false');
});
