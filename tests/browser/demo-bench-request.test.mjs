/** The request builder: the URL by hand, and the real server's answer to it. */

import assert from 'node:assert/strict';

import { openTab } from './bench.mjs';
import { Demo, stage } from './demo.mjs';
import { inspect, tabTo } from './support.mjs';

const { base, visit } = stage();
const AUTHORIZE = '/demo/oauth2/authorize';

const url = (page) => page.locator('#url').innerText().then((text) => new URL(text.replace(/^GET /, '').replaceAll(/\s/g, '')));
const outcome = async (page, text) => page.locator('#request-outcome').filter({ hasText: text }).waitFor();

/** What each parameter's absence ends in, by the app without a secret. */
const WITHOUT = {
  client_id: ['400 invalid_request', '{\n  "error": "invalid_request",\n  "error_description": "Missing required parameter: client_id"\n}'],
  redirect_uri: ['400 invalid_request', '{\n  "error": "invalid_request",\n  "error_description": "Missing required parameter: redirect_uri"\n}'],
  response_type: ['303 invalid_request', 'Missing required parameter: response_type'],
  scope: ['303 invalid_request', 'Missing required parameter: scope'],
  code_challenge: ['303 invalid_request', 'code_challenge_method must be S256, with a code_challenge'],
  code_challenge_method: ['303 invalid_request', 'code_challenge_method must be S256, with a code_challenge'],
  state: ['The request is good'],
  nonce: ['The request is good'],
};

visit('each parameter left out ends in the exact answer of the guide', { expected: [{ status: 400, path: AUTHORIZE }, { status: 400, path: AUTHORIZE }] }, async (page) => {
  await openTab(page, base(), 'request');
  assert.deepEqual([...(await url(page)).searchParams.keys()], ['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'code_challenge', 'code_challenge_method', 'nonce']);
  for (const [name, [short, exact]] of Object.entries(WITHOUT)) {
    await page.locator('#reset').click();
    await page.locator(`#send-${name}`).uncheck();
    assert.equal((await url(page)).searchParams.has(name), false);
    await page.locator('#send').click();
    await outcome(page, short);
    if (exact?.startsWith('{')) assert.equal(await page.locator('#answer-json').innerText(), exact);
    else if (exact) await page.locator('#answer-parameters').getByText(exact).waitFor();
  }
});

visit('a good request leads to tokens, whatever keeps the scopes apart', {}, async (page) => {
  await openTab(page, base(), 'request');
  for (const separator of ['%20', '+', '%2B']) {
    await page.locator('#reset').click();
    await page.locator('#separator').selectOption(separator);
    assert.ok((await url(page)).search.includes(`scope=openid${separator}profile${separator}email`));
    await page.locator('#through').click();
    await outcome(page, 'A code came back, and the server gave tokens for it');
    assert.equal(JSON.parse(await page.locator('#tokens-json').innerText()).scope, 'openid profile email');
    await page.getByText('The state that came back is the one that was sent').waitFor();
  }
});

visit('PKCE is optional for an app with a secret, and not for one without', {}, async (page) => {
  await openTab(page, base(), 'request');
  await page.locator('#switch-PKCE').click();
  await page.locator('#switch-state').click();
  await page.locator('#send').click();
  await outcome(page, '303 invalid_request');
  await page.locator('#answer-parameters').getByText('Missing required parameter: code_challenge').waitFor();
  assert.equal(await page.locator('#answer-parameters .name', { hasText: 'state' }).count(), 0, 'state comes back only if it was sent');
  await page.locator('#app').selectOption('taskmaster-web');
  await page.locator('#through').click();
  await outcome(page, 'A code came back, and the server gave tokens for it');
  await page.getByText('No state was sent, so none came back').waitFor();
});

visit('without openid there is no ID token', {}, async (page) => {
  await openTab(page, base(), 'request');
  await page.locator('#scope-openid').uncheck();
  await page.locator('#through').click();
  await outcome(page, 'A code came back');
  const tokens = JSON.parse(await page.locator('#tokens-json').innerText());
  assert.deepEqual([tokens.scope, tokens.id_token], ['profile email', undefined]);
});

visit('the request can be taken to the demo browser', {}, async (page) => {
  await openTab(page, base(), 'request');
  await page.locator('#visit').click();
  const demo = new Demo(page, base());
  await demo.see('#username');
  assert.equal(new URL(page.url()).hash, '#flow');
});

visit('the builder is for everybody, and for the keyboard alone', { bypassCSP: true, expected: [{ status: 400, path: AUTHORIZE }] }, async (page) => {
  await openTab(page, base(), 'request');
  await inspect(page, 'bench-request');
  await tabTo(page, 'send-client_id');
  await page.keyboard.press('Space');
  await tabTo(page, 'send');
  await page.keyboard.press('Enter');
  await outcome(page, '400 invalid_request');
  await inspect(page, 'bench-request-refused');
  await page.locator('#reset').click();
  await page.locator('#through').click();
  await outcome(page, 'A code came back');
  await inspect(page, 'bench-request-through');
});
