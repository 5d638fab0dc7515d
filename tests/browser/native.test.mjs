/** The pages of the native server, for a person: plain forms without a script. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { startApp } from './app.mjs';
import { inspect, journey, startBrowser, startServer, tabTo } from './support.mjs';

const PASSWORD = 'correct horse battery staple';
const SECRET = 'a-secret-made-by-a-machine-for-a-machine';
const LOGIN = '/oauth2/login';

let server;
let app;
let chromium;

before(async () => {
  app = await startApp();
  server = await startServer({
    config: `
      [[user]]
      username = "ada"
      password = "${PASSWORD}"
      name = "Ada Lovelace"
      email = "ada@example.com"

      [[client]]
      client_id = "task-board"
      client_name = "Task Board"
      client_secret = "${SECRET}"
      redirect_uris = ["${app.redirectUri}"]`,
  });
  chromium = await startBrowser();
});
after(async () => {
  await chromium?.stop();
  await server?.stop();
  app?.stop();
});

/** A journey through the server and an app, which is the declared one until it is told otherwise. */
const visit = (name, options, walk) => {
  const world = () => {
    app.become({ issuer: server.url, clientId: 'task-board', clientSecret: SECRET });
    return { ...chromium, origins: [server.url, app.url] };
  };
  journey(name, world, options, walk);
};

const signIn = async (page, password = PASSWORD) => {
  await page.locator('#username').fill('ada');
  await page.locator('#password').fill(password);
  await page.locator('#login').click();
};

/** From the app to the consent page. */
const reachConsent = async (page) => {
  await page.goto(`${app.url}/`);
  await page.locator('#start').click();
  await signIn(page);
  await page.locator('#approve').waitFor();
};

const text = (page, selector) => page.locator(selector).innerText();

const fillForm = async (page, name, uris) => {
  await page.locator('#name').fill(name);
  await page.locator('#redirect_uris').fill(uris.join('\n'));
};

visit('a developer registers an app with two redirect URIs, and people sign in with it', { expected: [{ status: 400, path: '/oauth2/authorize' }] }, async (page) => {
  await page.goto(`${server.url}/`);
  await page.locator('#developer').click();
  await signIn(page);
  await fillForm(page, 'My Tasks', [app.redirectUri, 'https://yourapp.com/auth/callback']);
  await page.locator('#create').click();
  assert.equal(await text(page, 'h1'), 'My Tasks is registered');
  const [clientId, clientSecret] = [await text(page, '#client_id'), await text(page, '#client_secret')];
  assert.match(clientSecret, /^[\w-]{32}$/);
  for (const uri of [app.redirectUri, 'https://yourapp.com/auth/callback']) await page.getByText(uri, { exact: true }).waitFor();

  await page.getByRole('link', { name: 'Back to your apps' }).click();
  await page.getByText(clientId, { exact: true }).waitFor();
  assert.ok(!(await page.content()).includes(clientSecret), 'the secret is shown once');

  app.become({ issuer: server.url, clientId, clientSecret });
  await page.goto(`${app.url}/`);
  await page.locator('#start').click();
  assert.match(await text(page, 'h1'), /^My Tasks asks/);
  await page.locator('#approve').click();
  await page.getByText('Review API documentation').waitFor();

  await page.goto(`${server.url}/developer`);
  await page.locator(`#remove-${clientId}`).click();
  await page.getByText('You have none yet.').waitFor();
  await page.goto(`${app.url}/start`);
  assert.equal(await text(page, '#error'), 'invalid_request');
});

visit('a wrong redirect URI is refused, with the reason at its field, and what was typed stays', {}, async (page) => {
  await page.goto(`${server.url}/developer`);
  await signIn(page);
  for (const [uri, warning] of [['http://yourapp.com/cb', 'http'], ['https://yourapp.com/cb#part', 'fragment'], ['https://*.yourapp.com/cb', 'wildcard'], ['yourapp', '']]) {
    await fillForm(page, 'Wrong', ['https://yourapp.com/auth/callback', uri]);
    await page.locator('#create').click();
    assert.ok((await text(page, '#redirect_uris-help')).startsWith(`${uri}: `), 'it says which');
    const warnings = page.locator('#redirect_uris-help [id^=warning-]');
    assert.deepEqual(await warnings.evaluateAll((all) => all.map(({ id }) => id)), warning ? [`warning-${warning}`] : []);
    assert.equal(await page.locator('#redirect_uris').getAttribute('aria-invalid'), 'true');
    assert.equal(await page.locator('#redirect_uris').inputValue(), `https://yourapp.com/auth/callback\n${uri}`);
    assert.equal(await page.locator('#name').inputValue(), 'Wrong');
    assert.ok(await page.locator('#redirect_uris').evaluate((field) => field === document.activeElement), 'the focus is on the field');
  }
  await page.goto(`${server.url}/developer`);
  assert.equal(await page.getByText('Wrong').count(), 0);
});

visit('a developer has a secret made anew, and sees it once', {}, async (page) => {
  await page.goto(`${server.url}/developer`);
  await signIn(page);
  await fillForm(page, 'Leaked', ['https://yourapp.com/cb', 'https://yourapp.com/cb/']);
  await page.locator('#create').click();
  assert.match(await text(page, '#warning-twin'), / https:\/\/yourapp\.com\/cb https:\/\/yourapp\.com\/cb\/$/);
  const [clientId, before] = [await text(page, '#client_id'), await text(page, '#client_secret')];
  await page.getByRole('link', { name: 'Back to your apps' }).click();
  await page.locator(`#warning-twin-${clientId}`).waitFor();
  await page.getByRole('button', { name: 'Rotate secret Leaked' }).click();
  assert.equal(await text(page, 'h1'), 'Leaked has a new secret');
  const after = await text(page, '#client_secret');
  assert.match(after, /^[\w-]{32}$/);
  assert.notEqual(after, before);
  await page.getByRole('link', { name: 'Back to your apps' }).click();
  await page.getByText('••••').waitFor();
  assert.ok(!(await page.content()).includes(after), 'the secret is shown once');
  await page.locator(`#remove-${clientId}`).click();
});

visit('a person signs in and approves, and the app shows her tasks', {}, async (page) => {
  await reachConsent(page);
  assert.equal(await text(page, 'h1'), 'Task Board asks for your permission');
  assert.deepEqual(await page.locator('input[type=checkbox]').evaluateAll((boxes) => boxes.map(({ value, checked, disabled }) => [value, checked, disabled])), [
    ['openid', true, true], ['profile', true, false], ['email', true, false],
  ]);
  await page.locator('#approve').click();
  await page.getByText('Review API documentation').waitFor();
  assert.equal(await text(page, '#scope'), 'openid profile email');
  assert.ok((await text(page, '#claims')).includes('email'));
});

visit('who denies goes back to the app with nothing, and can begin again', {}, async (page) => {
  await reachConsent(page);
  await page.locator('#deny').click();
  assert.equal(await text(page, '#error'), 'access_denied');
  await page.locator('#again').click();
  await page.locator('#approve').click();
  await page.getByText('Review API documentation').waitFor();
});

visit('who unticks a box gives less', {}, async (page) => {
  await reachConsent(page);
  await page.locator('#scope-email').uncheck();
  await page.locator('#approve').click();
  assert.equal(await text(page, '#scope'), 'openid profile');
  assert.ok(!(await text(page, '#claims')).includes('email'));
});

visit('a wrong password is said so, and the name stays', {}, async (page) => {
  await page.goto(`${app.url}/start`);
  await signIn(page, 'guess');
  assert.equal(await text(page, '#problem'), 'Username or password is wrong.');
  assert.equal(await page.locator('#username').inputValue(), 'ada');
  assert.equal(await page.locator('#password').inputValue(), '');
  assert.ok(await page.locator('#password').evaluate((field) => field === document.activeElement), 'the focus is on the password');
  await signIn(page);
  await page.locator('#approve').waitFor();
});

visit('reload of the callback, Back, and a second answer give nothing twice', { expected: [{ status: 400, path: '/oauth2/consent' }] }, async (page) => {
  await reachConsent(page);
  await page.locator('#approve').click();
  await page.locator('#tasks').waitFor();
  await page.reload();
  await page.locator('#tasks').waitFor();
  await page.goBack();
  await page.locator('#approve').click();
  assert.equal(await text(page, '#error_description'), 'You answered already. Go back to the app');
  await page.goto(`${app.url}/start`);
  await page.locator('#approve').click();
  await page.locator('#tasks').waitFor();
});

visit('keyboard alone is enough', {}, async (page) => {
  await page.goto(`${app.url}/`);
  await tabTo(page, 'start');
  await page.keyboard.press('Enter');
  await page.locator('#username').waitFor();
  await tabTo(page, 'username', { most: 0 });
  await page.keyboard.type('ada');
  await tabTo(page, 'password');
  await page.keyboard.type(PASSWORD);
  await tabTo(page, 'login');
  await page.keyboard.press('Enter');
  await page.locator('#approve').waitFor();
  await tabTo(page, 'scope-email');
  await page.keyboard.press('Space');
  await tabTo(page, 'deny');
  await tabTo(page, 'approve', { key: 'Shift+Tab' });
  await page.keyboard.press('Enter');
  await page.locator('#tasks').waitFor();
  assert.equal(await text(page, '#scope'), 'openid profile');
});

visit('who signs out is asked who she is again', {}, async (page) => {
  await reachConsent(page);
  await page.goto(`${server.url}/`);
  await page.locator('#sign-out').click();
  await page.locator('#logout').click();
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await page.goto(`${app.url}/start`);
  await page.locator('#username').waitFor();
});

visit('every screen is accessible in both themes and at both widths', { bypassCSP: true, expected: [{ status: 400, path: '/oauth2/authorize' }] }, async (page) => {
  const look = (name) => inspect(page, `native-${name}`);
  await page.goto(`${server.url}/`);
  await look('index');
  await page.goto(`${app.url}/start`);
  await look('login');
  await signIn(page, 'guess');
  await page.locator('#problem').waitFor();
  await look('login-wrong');
  await signIn(page);
  await page.locator('#approve').waitFor();
  await look('consent');
  await page.goto(`${server.url}/developer`);
  await look('developer-empty');
  await fillForm(page, 'An app with a name that goes on for quite a while, as some names do', ['http://yourapp.com/cb']);
  await page.locator('#create').click();
  await page.locator('p.problem').waitFor();
  await look('developer-wrong');
  await fillForm(page, 'My Tasks', ['https://yourapp.com/a/redirect/uri/that/is/rather/long/and/has/nowhere/to/break/auth/callback', app.redirectUri, `${app.redirectUri}/`]);
  await page.locator('#create').click();
  await page.locator('#client_secret').waitFor();
  await look('registered');
  await page.goto(`${server.url}/developer`);
  await look('developer');
  await page.getByRole('button', { name: 'Rotate secret My Tasks' }).click();
  await page.locator('#client_secret').waitFor();
  await look('rotated');
  await page.goto(`${server.url}/oauth2/authorize?client_id=nobody`);
  await page.locator('#error').waitFor();
  await look('error');
  await page.goto(`${server.url}/oauth2/logout`);
  await look('sign-out');
  await page.locator('#logout').click();
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await look('signed-out');
});

test('A-15 every page says what it may load, and that nobody may frame it', async () => {
  const asked = new URLSearchParams({ client_id: 'task-board', redirect_uri: app.redirectUri, response_type: 'code', scope: 'openid' });
  // A page with a form tells its own origin where it is, so that what it posts carries a real `Origin`.
  for (const [path, referrer] of [
    ['/', 'no-referrer'],
    ['/developer', 'same-origin'],
    ['/oauth2/logout', 'no-referrer'],
    ['/oauth2/authorize', 'no-referrer'],
    [`/oauth2/authorize?${asked}`, 'same-origin'],
  ]) {
    const { headers } = await fetch(new URL(path, server.url), { headers: { accept: 'text/html' } });
    assert.match(headers.get('content-type'), /^text\/html/, path);
    assert.equal(headers.get('content-security-policy'), "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'", path);
    assert.equal(headers.get('x-frame-options'), 'DENY', path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('referrer-policy'), referrer, path);
    assert.equal(headers.get('cache-control'), 'no-store', path);
  }
});

test('A-15 a page of somebody else cannot frame the login page', async (t) => {
  const attacker = createServer((request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><iframe src="${server.url}/developer"></iframe>`));
  await new Promise((resolve) => { attacker.listen(0, '127.0.0.1', resolve); });
  const page = await chromium.browser.newPage();
  t.after(async () => {
    await page.close();
    attacker.close();
  });
  const refused = page.waitForEvent('console', (message) => /frame-ancestors|X-Frame-Options/.test(message.text()));
  await page.goto(`http://127.0.0.1:${attacker.address().port}/`);
  await refused;
  assert.equal(await page.frameLocator('iframe').locator('#username').count(), 0);
});
