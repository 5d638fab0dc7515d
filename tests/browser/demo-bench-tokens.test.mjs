/** The tab of tokens: what is said of one, and what the shipping client says when it was tampered with. */

import assert from 'node:assert/strict';

import { openTab } from './bench.mjs';
import { Demo, stage } from './demo.mjs';
import { inspect, tabTo } from './support.mjs';

const { base, visit } = stage();

const verdict = (page, text) => page.locator('#token-verdict').filter({ hasText: text }).waitFor();
const grades = (page) => page.locator('.checks li').evaluateAll((rows) => Object.fromEntries(rows.map(({ dataset }) => [dataset.check, dataset.grade])));
const GOOD = { signature: 'good', alg: 'good', iss: 'good', aud: 'good', exp: 'good', iat: 'good', nonce: 'good' };

/** What the client calls each way to spoil a token. */
const REFUSED = {
  payload: 'id_token_signature',
  signature: 'id_token_signature',
  none: 'id_token_alg',
  iss: 'id_token_iss',
  aud: 'id_token_aud',
  exp: 'id_token_expired',
  nonce: 'id_token_nonce',
};

/** Signs in to Taskmaster, and goes to the tokens without loading the page anew. */
const signedIn = async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await page.locator('#tab-tokens').click();
  await page.locator('.bench h2').waitFor();
};

visit('the ID token of a run is good in every way, and says who signed in', {}, async (page) => {
  await signedIn(page);
  await page.locator('#take-id').click();
  await verdict(page, 'Yes: everything about it is right');
  assert.deepEqual(await grades(page), GOOD);
  await page.locator('#claims').getByText('Ada Lovelace', { exact: true }).waitFor();
  await page.locator('#header').getByText('RS256', { exact: true }).waitFor();
  await page.locator('#claims li').filter({ hasText: 'exp' }).getByText(/, in (1 h|59 min)/).waitFor();
});

visit('the countdown goes by the demo’s clock', {}, async (page) => {
  await signedIn(page);
  await page.locator('#take-id').click();
  await verdict(page, 'Yes');
  await page.locator('#clock-10').click();
  await page.locator('#claims li').filter({ hasText: 'exp' }).getByText(/, in (50|49) min/).waitFor();
  await page.locator('#clock-60').click();
  await verdict(page, 'No: exp');
  await page.locator('#take-access').click();
  await verdict(page, 'Nothing in it can be read');
  await page.getByText(/ago/).first().waitFor();
});

visit('a pasted token of nobody knows where is judged as far as can be, and a changed one is not believed', {}, async (page) => {
  await openTab(page, base(), 'tokens');
  await page.locator('#own').click();
  await verdict(page, 'Yes');
  const token = await page.locator('#token').inputValue();
  const [header, claims, signature] = token.split('.');
  const changed = JSON.parse(Buffer.from(claims, 'base64url'));
  const forged = [header, Buffer.from(JSON.stringify({ ...changed, sub: 'user-grace' })).toString('base64url'), signature].join('.');
  await page.locator('#token').fill(forged);
  await verdict(page, 'No: signature');
  assert.deepEqual(await grades(page), { ...GOOD, signature: 'bad', aud: 'open', nonce: 'open' });
  await page.locator('#token').fill('no.token');
  await verdict(page, 'No JSON Web Token');
});

visit('each way to spoil a token is refused by the client itself, with its own error', {}, async (page) => {
  await openTab(page, base(), 'tokens');
  for (const [id, code] of Object.entries(REFUSED)) {
    await page.locator(`#tamper-${id}`).click();
    await page.locator('#client-error').getByText(code, { exact: true }).first().waitFor();
    assert.equal(await page.locator('#client-verdict').innerText(), `The client refuses it: ${code}`);
    assert.match(await page.locator('#client-error').innerText(), /identity[^]*report|identity[^]*login-again|identity[^]*fix-config/, id);
  }
  await page.locator('#tamper-nothing').click();
  await page.locator('#client-verdict').getByText('The client takes it, and Ada Lovelace is signed in').waitFor();
});

visit('a genuine token from another login is refused for its nonce', {}, async (page) => {
  await openTab(page, base(), 'tokens');
  await page.locator('#own').click();
  await verdict(page, 'Yes');
  await page.locator('#tamper-this').click();
  await page.locator('#client-verdict').getByText('The client refuses it: id_token_nonce').waitFor();
  await page.locator('#client-error').getByRole('link', { name: 'id_token_nonce' }).click();
  await page.locator('.shown').getByRole('heading', { name: 'id_token_nonce' }).waitFor();
});

visit('the tab of tokens is for everybody, and for the keyboard alone', { bypassCSP: true }, async (page) => {
  await openTab(page, base(), 'tokens');
  await inspect(page, 'bench-tokens');
  await tabTo(page, 'own');
  await page.keyboard.press('Enter');
  await verdict(page, 'Yes');
  await tabTo(page, 'tamper-payload');
  await page.keyboard.press('Enter');
  await page.locator('#client-error').waitFor();
  await inspect(page, 'bench-tokens-tampered');
  await page.locator('#take-access').click();
  await inspect(page, 'bench-tokens-access');
});
