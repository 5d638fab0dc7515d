/** The demo's ways through, and out: Taskmaster in a frame, the server in a service worker. */

import assert from 'node:assert/strict';

import { Demo, PASSWORD, TASK, stage } from './demo.mjs';
import { tabTo } from './support.mjs';

const { base, visit } = stage();

visit('a person signs in, approves, and sees her tasks and who she is', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  assert.equal(await demo.text('#hello'), 'Hello, Ada');
  assert.deepEqual(await demo.granted(), ['openid', 'profile', 'email']);
  assert.match(await demo.text('#claims'), /ada@taskmaster\.example/);
  assert.deepEqual(await page.locator('.stages li').evaluateAll((steps) => steps.map(({ dataset }) => dataset.done)), Array(6).fill('true'));
});

visit('who denies is told that this is fine, and can try again', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.reachConsent();
  await demo.click('#deny');
  assert.match(await demo.text('#trouble'), /You said no/);
  assert.equal(await demo.at('#trouble').getAttribute('data-code'), 'access_denied');
  assert.equal(await demo.text('#sign-in'), 'Try again');
  await demo.click('#sign-in');
  await demo.click('#approve');
  await demo.tasks();
});

visit('who unticks a box gives less, and the app knows', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.reachConsent();
  await demo.at('#scope-email').uncheck();
  await demo.click('#approve');
  await demo.tasks();
  assert.deepEqual(await demo.granted(), ['openid', 'profile']);
  assert.doesNotMatch(await demo.text('#claims'), /email/);
});

visit('who approves says who they are: openid cannot be unticked', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.reachConsent();
  assert.ok(await demo.at('#scope-openid').isChecked());
  assert.ok(await demo.at('#scope-openid').isDisabled());
  for (const scope of ['profile', 'email']) await demo.at(`#scope-${scope}`).uncheck();
  await demo.click('#approve');
  await demo.tasks();
  assert.deepEqual(await demo.granted(), ['openid']);
});

visit('the name of an app cannot turn the words around it', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.click('#sign-in');
  await demo.see('#login');
  assert.equal(await demo.text('.lead bdi'), 'Taskmaster');
  await demo.login();
  await demo.see('#approve');
  assert.equal(await demo.text('h1 bdi'), 'Taskmaster');
});

visit('an app that asks for less gets less', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.at('#ask-email').uncheck();
  await demo.reachConsent();
  assert.deepEqual(await demo.at('input[name=scope][type=checkbox]').evaluateAll((boxes) => boxes.map(({ value }) => value)), ['openid', 'profile']);
  await demo.click('#approve');
  await demo.tasks();
  assert.deepEqual(await demo.granted(), ['openid', 'profile']);
});

visit('a wrong password is said so, and the name stays', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.click('#sign-in');
  await demo.login('guess');
  await demo.see('#login-problem');
  assert.equal(await demo.at('#username').inputValue(), 'ada');
  assert.equal(await demo.at('#password').inputValue(), '');
  await demo.see('#password[autofocus]');
  await demo.login();
  await demo.see('#approve');
});

visit('reload, the old callback and Back lead to no error page', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  const callback = await demo.callback();
  await demo.go('Reload');
  await demo.tasks();

  await demo.open(callback);
  await demo.tasks();
  assert.equal(await demo.at('#trouble').count(), 0);
  const redemptions = (await demo.messages()).filter(({ request }) => request.url.endsWith('/oauth2/token'));
  assert.equal(redemptions.length, 1, 'the code is sent once');

  await demo.go('Back');
  await demo.see('main h1');
  assert.equal(await demo.at('#trouble, #error').count(), 0);
});

visit('Back to the consent page and a second answer give nothing twice', { expected: [{ status: 400, path: '/demo/oauth2/consent' }] }, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await demo.go('Back');
  await demo.click('#approve');
  assert.equal(await demo.text('#error_description'), 'You answered already. Go back to the app');
  await demo.frame.getByRole('link', { name: 'Back to Taskmaster' }).click();
  await demo.tasks();
});

visit('a code that has expired on its way is explained, and the next try works', { expected: [{ status: 400, path: '/demo/oauth2/token' }] }, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.reachConsent();
  await page.locator('#hold').click();
  await page.locator('#hold[aria-pressed=true]').waitFor();
  await demo.click('#approve');
  await demo.see('#let-through');
  await page.locator('#clock-10').click();
  await page.locator('#clock-reset').waitFor();
  await demo.click('#let-through');
  assert.match(await demo.text('#trouble'), /The code was no longer good/);
  assert.equal(await demo.at('#trouble').getAttribute('data-code'), 'grant_invalid');
  const detail = await demo.read('The server refuses the code');
  await detail.getByText('Authorization code expired', { exact: true }).waitFor();
  await page.locator('#hold').click();
  await demo.click('#sign-in');
  await demo.click('#approve');
  await demo.tasks();
});

visit('keyboard alone is enough, inside the frame and out', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await tabTo(page, 'sign-in');
  await page.keyboard.press('Enter');
  await demo.see('#username');
  await tabTo(page, 'username');
  await page.keyboard.type('ada');
  await tabTo(page, 'password');
  await page.keyboard.type(PASSWORD);
  await tabTo(page, 'login');
  await page.keyboard.press('Enter');
  await demo.see('#approve');
  await tabTo(page, 'scope-email');
  await page.keyboard.press('Space');
  await tabTo(page, 'approve');
  await page.keyboard.press('Enter');
  await demo.tasks();
  assert.deepEqual(await demo.granted(), ['openid', 'profile']);
  await tabTo(page, 'sign-out');
  await page.keyboard.press('Enter');
  await demo.see('#sign-in');
});

visit('keyboard alone opens a message', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  const pressUntil = async (key, selector) => {
    for (let step = 0; step < 40; step += 1) {
      if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
      await page.keyboard.press(key);
    }
    assert.fail(`${key} never comes to ${selector}`);
  };
  await pressUntil('Shift+Tab', '.skip');
  await page.keyboard.press('Enter');
  await page.locator('#wire:focus').waitFor();
  await pressUntil('Tab', '.message button');
  const inside = page.locator('.inside');
  await inside.getByText('task-123').first().waitFor();
  await page.keyboard.press('Home');
  await page.locator('.message:first-child button:focus').waitFor();
  await inside.getByText('authorization_endpoint').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.locator('.message:nth-child(2) button:focus').waitFor();
  await inside.getByText('code_challenge_method').first().waitFor();
  assert.equal(await page.locator('.message button[tabindex="0"]').count(), 1, 'the list is one stop for Tab');
});

visit('a finger on a small screen is enough', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, async (page) => {
  const demo = await Demo.open(page, base());
  const tap = (selector) => demo.at(selector).tap();
  await tap('#sign-in');
  await demo.at('#username').fill('ada');
  await demo.at('#password').fill(PASSWORD);
  await tap('#login');
  await tap('#approve');
  await demo.tasks();
  await page.locator('.message').first().getByRole('button').tap();
  await page.getByText('authorization_endpoint').first().waitFor();
});

visit('who starts over is unknown to the server', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.getByText('Nothing yet').waitFor();
  await demo.click('#sign-in');
  await demo.see('#username');
});

visit('signing out of the app and of the server are two things', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await demo.click('#sign-out');
  await demo.click('#sign-in');
  await demo.see('#approve');
  await demo.go('Sign out');
  await demo.click('#sign-out');
  await demo.frame.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await demo.go('Taskmaster');
  await demo.click('#sign-in');
  await demo.see('#username');
});

visit('a code that is held, but not for too long, is good', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await page.locator('#hold').click();
  await demo.reachConsent();
  await demo.click('#approve');
  for (let minute = 1; minute <= 9; minute += 1) {
    await page.locator('#clock-1').click();
    await page.getByRole('button', { name: `${minute} min ahead, reset` }).waitFor();
  }
  await demo.click('#let-through');
  await demo.tasks();
});

visit('an hour later the token is dead, and the app says so', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await page.locator('#clock-60').click();
  await page.locator('#clock-reset').waitFor();
  await demo.click('#load');
  await demo.click('#sign-in');
  await demo.click('#approve');
  await demo.tasks();
});

visit('a hard reload goes past the service worker once, and the session stays', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  const session = await page.context().newCDPSession(page);
  const loaded = page.waitForEvent('load');
  await session.send('Page.reload', { ignoreCache: true });
  await loaded;
  await demo.tasks();
  await demo.click('#sign-out');
  await demo.click('#sign-in');
  await demo.see('#approve');
});

visit('a service worker that the browser stopped remembers everything', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.click('#sign-in');
  await demo.see('#username');
  await demo.stopServiceWorkers();
  await demo.login();
  await demo.see('#approve');
  await demo.stopServiceWorkers();
  await demo.click('#approve');
  await demo.tasks();
  await demo.stopServiceWorkers();
  await demo.click('#load');
  await demo.tasks();
  // It really is another one: what it keeps in memory only begins with this request. The list goes on.
  await page.locator('.message').filter({ hasText: 'The app reads your tasks' }).nth(1).waitFor();
  assert.deepEqual((await demo.messages()).map(({ request }) => new URL(request.url).pathname), ['/demo/api/tasks']);
  await demo.click('#sign-out');
  await demo.click('#sign-in');
  await demo.see('#approve');
});

visit('the app works without the page around it', {}, async (page) => {
  await page.goto(`${base()}app/`);
  await page.locator('#sign-in').click();
  await page.locator('#username').fill('grace');
  await page.locator('#password').fill('hopper-1906');
  await page.locator('#login').click();
  await page.locator('#approve').click();
  await page.getByText(TASK).waitFor();
  assert.equal(await page.locator('#hello').innerText(), 'Hello, Grace');
  assert.equal(page.url(), `${base()}app/`, 'the code has left the address bar');
});

visit('who has no service workers is told why the demo cannot run', {}, async (page) => {
  // As on plain http from another machine.
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined }));
  await page.goto(`${base()}#flow`);
  await page.getByRole('alert').getByText('This page has no service workers.').waitFor();
});
