/** The shell of the demo, and its inspector: tabs, the cursor, the clock, copies, state diagrams. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { Demo, stage } from './demo.mjs';

const { base, visit } = stage();

const APPROVED = 'You approve; a code travels back';
const selected = (page) => page.locator('.masthead [role=tab][aria-selected=true]').innerText();

visit('the first screen says what this is, and leads on', {}, async (page) => {
  await page.goto(base());
  await page.locator('#watch').waitFor();
  assert.equal(await selected(page), 'Learn');
  assert.equal(await page.locator('h1').count(), 1);
  assert.equal(await page.locator('#browser').count(), 0, 'the app waits until somebody goes there');
  await page.locator('#use-npm').focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('#use-cargo:focus').waitFor();
  await page.locator('#use-panel').getByText('Turn::Swap').waitFor();
  await page.keyboard.press('End');
  await page.locator('#use-panel').getByText('grantflow-server').waitFor();
  await page.locator('#watch').click();
  const demo = new Demo(page, base());
  await demo.see('#sign-in');
  assert.equal(await selected(page), 'Flow');
});

visit('a tab has an address: links, Back and the keyboard lead there', {}, async (page) => {
  await page.goto(`${base()}#nowhere/at/all`);
  await page.locator('#watch').waitFor();
  assert.equal(await selected(page), 'Learn');
  await page.locator('#tab-learn').focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('#tab-flow:focus').waitFor();
  assert.equal(new URL(page.url()).hash, '#flow');
  assert.equal(await page.locator('.masthead [role=tab][tabindex="0"]').count(), 1, 'the tabs are one stop for Tab');
  assert.equal(await page.locator('[role=tabpanel]').first().getAttribute('aria-labelledby'), 'tab-flow');
  await page.goBack();
  await page.locator('#watch').waitFor();
  assert.equal(await selected(page), 'Learn');
});

visit('the demo browser keeps its page while another tab is looked at', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.click('#sign-in');
  await demo.at('#username').fill('ada');
  await page.locator('#tab-learn').click();
  await page.locator('#watch').waitFor();
  assert.equal(await page.locator('#browser').isVisible(), false);
  await page.locator('#tab-flow').click();
  assert.equal(await demo.at('#username').inputValue(), 'ada');
});

visit('the developer page has an address of its own', {}, async (page) => {
  await page.goto(`${base()}#flow/developer`);
  const demo = new Demo(page, base());
  await demo.login();
  await demo.see('#create');
});

visit('what was made for the app goes to the app', {}, async (page) => {
  await page.goto(`${base()}?client_id=another`);
  const demo = new Demo(page, base());
  await demo.see('#sign-in');
  assert.equal(await demo.at('#app-client-id').inputValue(), 'another');
});

visit('one cursor drives list, slider and detail', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await page.locator('.inside').getByText('task-123').first().waitFor();
  const slider = page.locator('#scrubber');
  const newest = await slider.inputValue();
  assert.equal(Number(newest), (await demo.messages()).length);
  await page.getByRole('button', { name: 'First message' }).click();
  assert.equal(await slider.inputValue(), '1');
  await page.locator('#inside', { hasText: 'The app learns where everything is' }).waitFor();
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  assert.match(await slider.getAttribute('aria-valuetext'), /^2 of \d+: The app asks; the server asks who you are$/);
  assert.equal(await page.locator('.message [aria-current]').count(), 1);
  await page.locator('.message:nth-child(2) [aria-current=step]').waitFor();
  // Whoever looks back is not carried off by what comes next; whoever looks at the newest one is.
  await demo.click('#load');
  await page.locator(`.message:nth-child(${Number(newest) + 1})`).waitFor();
  assert.equal(await slider.inputValue(), '2');
  await page.getByRole('button', { name: 'Newest message' }).click();
  await demo.click('#load');
  await page.locator(`.message:nth-child(${Number(newest) + 2}) [aria-current=step]`).waitFor();
});

visit('the callback shows the address bar, and whether state matches', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  const detail = await demo.read('The browser brings the code to the app');
  await detail.getByText('state matches').waitFor();
  assert.deepEqual(await detail.locator('.callback .bit').evaluateAll((all) => all.map(({ dataset }) => dataset.name)), ['code', 'state', 'iss']);
  const callback = new URL(await demo.callback());
  callback.searchParams.set('state', 'of-somebody-else');
  await demo.open(callback.href);
  await page.locator('.message').filter({ hasText: 'The browser brings the code to the app' }).nth(1).waitFor();
  await demo.read('The browser brings the code to the app');
  await page.locator('.inside').getByText('state does not match').waitFor();
});

visit('the clock goes to where the code dies, and to where the token does', { expected: [{ status: 400, path: '/demo/oauth2/token' }] }, async (page) => {
  const demo = await Demo.open(page, base());
  await page.locator('#hold').click();
  await page.locator('#hold[aria-pressed=true]').waitFor();
  await demo.reachConsent();
  await demo.click('#approve');
  await demo.see('#let-through');
  assert.match(await page.locator('#life-code').innerText(), /(9:5\d|10:00)/);
  await page.locator('#to-code-expiry').click();
  await page.locator('#life-code').getByText('expired').waitFor();
  await demo.click('#let-through');
  assert.equal(await demo.at('#trouble').getAttribute('data-code'), 'grant_invalid');
  await page.locator('#hold').click();
  await demo.click('#sign-in');
  await demo.click('#approve');
  await demo.tasks();
  await page.locator('#life-code').getByText('spent').waitFor();
  assert.match(await page.locator('#life-token').innerText(), /(59:\d\d|1:00:00)/);
  await page.locator('#to-token-expiry').click();
  await page.locator('#life-token').getByText('expired').waitFor();
  await demo.click('#load');
  await demo.see('#sign-in');
});

visit('a message is copied as a command, a test and a step', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await demo.read('The app trades the code for tokens');
  const copied = async (button) => {
    await page.locator(button).click();
    await page.getByText('no command reaches a service worker').waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  assert.match(await copied('#copy-curl'), /^curl -X POST 'http:\/\/localhost:8080\/oauth2\/token' \\\n {2}-H 'Content-Type: application\/x-www-form-urlencoded' \\\n/);
  assert.match(await copied('#copy-rust'), /^fn the_app_trades_the_code_for_tokens\(\) \{$/m);
  assert.match(await copied('#copy-playwright'), /page\.request\.fetch\("http:\/\/localhost:8080\/oauth2\/token"/);
  await demo.read(APPROVED);
  assert.equal(await page.getByText('no command reaches a service worker').count(), 0);
});

visit('the state machines are drawn, and told as a list', {}, async (page) => {
  await Demo.open(page, base());
  const { machines } = JSON.parse(await readFile(new URL('../../docs/states.json', import.meta.url), 'utf8'));
  const options = await page.locator('#machine option').evaluateAll((all) => all.map(({ value }) => value));
  assert.deepEqual(options.slice(0, 4), ['', 'login', 'interaction', 'grant']);
  assert.deepEqual(options.slice(1).sort(), machines.map(({ name }) => name).sort());
  for (const { name, states, transitions } of machines) {
    await page.locator('#machine').selectOption(name);
    assert.equal(await page.locator('.drawing .state').count(), states.length, name);
    assert.equal(await page.locator('.ways li').count(), transitions.length, name);
  }
});
