/** The developer page of the demo: apps, their secrets, and what is wrong with redirect URIs. */

import assert from 'node:assert/strict';

import { Demo, stage } from './demo.mjs';

const { base, visit } = stage();

/** Registers an app on the developer page; its client_id. */
const register = async (demo, name, uris, kind) => {
  await demo.go('Developer');
  await demo.login();
  await demo.at('#name').fill(name);
  await demo.at('#redirect_uris').fill(uris);
  await demo.at(`#kind-${kind}`).check();
  await demo.click('#create');
  return demo.text('#client_id');
};

visit('a developer registers a public app with two redirect URIs and signs in with it', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.go('Developer');
  await demo.login();
  await demo.at('#name').fill('My Tasks');
  await demo.at('#redirect_uris').fill(`https://yourapp.com/auth/callback\n${base()}app/`);
  await demo.at('#kind-public').check();
  await demo.click('#create');
  const clientId = await demo.text('#client_id');
  assert.equal(await demo.at('#client_secret').count(), 0);
  await demo.click(`#try-${clientId}`);
  await demo.click('#sign-in');
  await demo.see('#approve');
  assert.match(await demo.text('h1'), /^My Tasks/);
  await demo.click('#approve');
  await demo.tasks();
  const asked = (await demo.messages()).find(({ request }) => request.url.includes('/oauth2/authorize?'));
  assert.equal(new URL(asked.request.url).searchParams.get('client_id'), clientId);
  await demo.go('Developer');
  await demo.frame.getByRole('button', { name: 'Remove My Tasks' }).click();
  // The page before has the form, too: what tells them apart is the app that is gone.
  await demo.frame.getByText(clientId).first().waitFor({ state: 'detached' });
  await demo.see('#create');
  assert.equal(await demo.frame.getByText(clientId).count(), 0);
});

visit('the secret of a confidential app is shown once', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.go('Developer');
  await demo.login();
  await demo.at('#name').fill('My Server');
  await demo.at('#redirect_uris').fill('https://yourapp.com/auth/callback');
  await demo.at('#kind-confidential').check();
  await demo.click('#create');
  const secret = await demo.text('#client_secret');
  assert.match(secret, /^[\w-]{32}$/);
  await demo.go('Developer');
  // The page with the secret has the name, too, but no form.
  await demo.see('#create');
  await demo.frame.getByText('My Server').waitFor();
  assert.equal(await demo.frame.getByText(secret).count(), 0);
});

const REFUSED = [400, 401].map((status) => ({ status, path: '/demo/oauth2/token' }));

visit('a secret that is rotated is shown once, and the one before it is good no longer', { expected: REFUSED }, async (page) => {
  const demo = await Demo.open(page, base());
  const clientId = await register(demo, 'My Server', 'https://yourapp.com/auth/callback', 'confidential');
  const first = await demo.text('#client_secret');
  await demo.go('Developer');
  await demo.frame.getByText('••••').waitFor();
  await demo.frame.getByRole('button', { name: 'Rotate secret of My Server' }).click();
  await demo.see('#rotated');
  const second = await demo.text('#client_secret');
  assert.match(second, /^[\w-]{32}$/);
  assert.notEqual(second, first);
  await page.locator('.message').filter({ hasText: 'You rotate the secret of an app' }).waitFor();
  // No code is good; what counts is who the server believes.
  const errorOf = (secret) => page.evaluate(async ([to, id, password]) => {
    const body = new URLSearchParams({ grant_type: 'authorization_code', code: 'none', redirect_uri: 'https://yourapp.com/auth/callback' });
    const response = await fetch(to, { method: 'POST', headers: { authorization: `Basic ${btoa(`${id}:${password}`)}` }, body });
    return (await response.json()).error;
  }, [`${base()}oauth2/token`, clientId, secret]);
  assert.ok(!JSON.stringify(await demo.messages()).includes(second), 'the list of messages keeps no page');
  assert.equal(await errorOf(first), 'invalid_client');
  assert.equal(await errorOf(second), 'invalid_grant');
  await demo.go('Developer');
  await demo.see('#create');
  await demo.frame.getByText('••••').waitFor();
  assert.equal(await demo.frame.getByText(second).count(), 0);
});

visit('a wrong redirect URI is refused with the reason at its field', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.go('Developer');
  await demo.login();
  await demo.see('#warning-secret');
  for (const [uri, warning] of [['http://yourapp.com/cb', 'http'], ['https://*.yourapp.com/cb', 'wildcard'], ['https://yourapp.com/cb#part', 'fragment']]) {
    await demo.at('#name').fill('Wrong');
    await demo.at('#redirect_uris').fill(`https://yourapp.com/good\n${uri}`);
    await demo.click('#create');
    await demo.see(`#redirect_uris-problem #warning-${warning}`);
    assert.equal(await demo.text('#redirect_uris-problem code'), uri);
    assert.equal(await demo.at('#redirect_uris').getAttribute('aria-describedby'), 'redirect_uris-problem');
    assert.equal(await demo.at('#redirect_uris').inputValue(), `https://yourapp.com/good\n${uri}`);
    assert.equal(await demo.at('#name').inputValue(), 'Wrong');
  }
});

visit('two redirect URIs that differ by a slash are taken, and the page says so', {}, async (page) => {
  const demo = await Demo.open(page, base());
  const twins = ['https://yourapp.com/cb', 'https://yourapp.com/cb/'];
  const clientId = await register(demo, 'Twins', twins.join('\n'), 'public');
  const named = (id) => demo.at(`#${id} code`).allInnerTexts();
  assert.deepEqual(await named('warning-twin'), twins);
  await demo.go('Developer');
  await demo.see('#create');
  assert.deepEqual(await named(`warning-twin-${clientId}`), twins);
  assert.equal(await demo.at(`#rotate-${clientId}`).count(), 0, 'a public app has no secret');
});

visit('an app registers by API where the developer page says', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.go('Developer');
  await demo.login();
  const endpoint = await demo.text('#register-api code');
  const known = await page.evaluate(async (to) => {
    const response = await fetch(to, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ redirect_uris: ['https://yourapp.com/cb'] }) });
    return { status: response.status, ...(await response.json()) };
  }, endpoint);
  assert.equal(known.status, 201);
  assert.match(known.client_secret, /^[\w-]{32}$/);
});
