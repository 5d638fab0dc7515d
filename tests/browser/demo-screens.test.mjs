/** What the demo shows: every message decoded, every screen for everybody. */

import assert from 'node:assert/strict';

import { Demo, PASSWORD, stage } from './demo.mjs';
import { inspect } from './support.mjs';

const { base, visit } = stage();

visit('the list shows every message, decoded', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  const sees = async (title, ...texts) => {
    const detail = await demo.read(title);
    for (const text of texts) await detail.getByText(text).first().waitFor();
  };
  await sees('The app learns where everything is', '/demo/.well-known/openid-configuration', 'authorization_endpoint');
  await sees('The app asks; the server asks who you are', 'code_challenge_method', 'S256', 'taskmaster', 'A page that asks for username and password.');
  await sees('You sign in', 'username', 'ada', PASSWORD);
  await sees('Signed in; the server asks you', 'A page with a box for each scope.');
  await sees('You approve; a code travels back', 'decision', 'approve', 'On to /demo/app/, with', 'state');
  await sees('The browser brings the code to the app', 'code', 'iss');
  await sees('The app trades the code for tokens', 'grant_type', 'authorization_code', 'code_verifier', 'access_token', 'ID token: claims', 'user-ada');
  await sees('The app fetches the server’s public keys', 'RS256');
  await sees('The app reads your tasks', 'authorization', 'whoever has it may go in', 'task-123');
  const rows = page.locator('.message');
  assert.equal(await rows.count(), (await demo.messages()).length);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByText('Nothing yet').waitFor();
  assert.equal(await rows.count(), 0);
});

visit('every screen is accessible in both themes and at both widths', { bypassCSP: true, expected: [{ status: 400, path: '/demo/oauth2/authorize' }] }, async (page) => {
  const demo = await Demo.open(page, base());
  const look = (name) => inspect(page, `demo-${name}`);
  await page.goto(`${base()}#learn`);
  await page.locator('#watch').waitFor();
  await look('learn');
  await page.locator('#watch').click();
  await demo.see('#sign-in');
  await look('start');
  await demo.click('#sign-in');
  await demo.login('guess');
  await demo.see('#login-problem');
  await look('login-wrong');
  await demo.login();
  await demo.see('#approve');
  await look('consent');
  await demo.click('#deny');
  await demo.see('#trouble');
  await look('denied');
  await demo.click('#sign-in');
  await page.locator('#hold').click();
  await demo.click('#approve');
  await demo.see('#let-through');
  await look('held');
  await demo.click('#let-through');
  await demo.tasks();
  await demo.read('The app trades the code for tokens');
  await look('tasks');
  await demo.go('Developer');
  await demo.at('#name').fill('An app with a name that goes on for quite a while, as some names do');
  await demo.at('#redirect_uris').fill('http://yourapp.com/cb');
  await demo.click('#create');
  await demo.see('#redirect_uris-problem');
  await look('developer-wrong');
  await demo.at('#redirect_uris').fill(`${base()}app/\n${base()}app`);
  await demo.at('#kind-confidential').check();
  await demo.click('#create');
  await demo.see('#client_secret');
  await look('registered');
  await demo.go('Developer');
  await demo.see('.apps');
  await look('developer');
  await demo.frame.getByRole('button', { name: /^Rotate/ }).click();
  await demo.see('#rotated');
  await look('rotated');
  await demo.open(`${base()}oauth2/authorize?client_id=nobody`);
  await demo.see('#error');
  await look('error');
  await demo.go('Sign out');
  await demo.see('#sign-out');
  await look('sign-out');
  await demo.click('#sign-out');
  await demo.frame.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await look('signed-out');
});
