/** Going back in Live: server, cookies, clock and app as they were, and what was is kept. */

import assert from 'node:assert/strict';

import { Demo, stage } from './demo.mjs';
import { inspect, tabTo } from './support.mjs';

const { base, visit } = stage();

const TRADE = 'The app trades the code for tokens';
const ASKED = 'Signed in; the server asks you';
const REFUSED_TASKS = { status: 401, path: '/demo/api/tasks' };

const titles = (page) => page.locator('.message .title').evaluateAll((all) => all.map((one) => one.firstChild.textContent));

/** Looks at a message that is past, and goes back to it. */
const goBack = async (demo, title) => {
  await demo.read(title);
  await demo.page.locator('#note').getByText('This is past.').waitFor();
  await demo.page.locator('#back-to-here').click();
  await demo.page.locator('#back-to-here').waitFor({ state: 'detached' });
};

/** What the worker has in its database. */
const stored = (page, store, method, ...given) => page.evaluate(([name, how, args]) => new Promise((resolve, reject) => {
  const request = indexedDB.open('grantflow demo /demo/');
  request.onerror = reject;
  request.onsuccess = () => {
    const answer = request.result.transaction(name).objectStore(name)[how](...args);
    answer.onsuccess = () => { request.result.close(); resolve(answer.result); };
  };
}), [store, method, given]);

const branches = (page) => page.locator('#branch option').allInnerTexts();

visit('who goes back to before consent can say no, and what was is kept', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  const main = await titles(page);
  await goBack(demo, ASKED);
  await page.locator('#note').getByText('This is how it was').waitFor();
  // The page stands there again, and nobody had to ask for it.
  await demo.see('#deny');
  assert.deepEqual(await titles(page), main.slice(0, main.indexOf(ASKED) + 1));
  assert.deepEqual(await branches(page), ['branch 1', 'main']);
  await demo.click('#deny');
  await demo.see('#trouble[data-code=access_denied]');
  assert.match(await page.locator('.message', { hasText: 'From here on it differs from main' }).innerText(), /You deny/);
  const denied = await titles(page);

  await page.locator('#branch').selectOption('main');
  await demo.tasks();
  assert.equal(await page.locator('#branch').inputValue(), 'main');
  // The app is loaded anew, and reads its tasks with the token that it kept.
  assert.deepEqual((await titles(page)).slice(0, main.length), main);
  await demo.click('#load');
  await demo.tasks();
  await page.locator('#branch').selectOption('branch 1');
  await demo.see('#sign-in');
  assert.deepEqual((await titles(page)).slice(0, denied.length), denied);
});

visit('who signed out is in again before that, and out again in the branch where it happened', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  const [last] = (await titles(page)).slice(-1);
  await demo.click('#sign-out');
  await demo.see('#sign-in');
  await page.locator('.message', { hasText: 'revoke' }).first().waitFor();
  await goBack(demo, last);
  await demo.tasks();
  await page.locator('#branch').selectOption('main');
  await demo.see('#sign-in');
  await page.locator('#branch').selectOption('branch 1');
  await demo.tasks();
});

visit('the moment before the code is spent can be had again: the app trades the same code', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await goBack(demo, 'The browser brings the code to the app');
  await demo.tasks();
  const code = async () => new URLSearchParams((await demo.messages()).findLast(({ request }) => request.url.endsWith('/oauth2/token')).request.body).get('code');
  const again = await code();
  await page.locator('#branch').selectOption('main');
  await demo.tasks();
  assert.equal(await code(), again);
  await demo.click('#load');
  await demo.tasks();
});

visit('an app on a library of somebody else is gone back with, too', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.go('Libraries');
  await demo.click('#with-oauth4webapi');
  await demo.reachConsent();
  await demo.click('#approve');
  await demo.see('#signed-in-with');
  await goBack(demo, 'The browser brings the code to the app');
  await demo.see('#signed-in-with');
  await goBack(demo, ASKED);
  await demo.click('#deny');
  await demo.frame.getByRole('alert').getByText('access_denied').waitFor();
});

visit('a redirect is gone through once more, and the page of a form comes back', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.click('#sign-in');
  await demo.login('wrong');
  await demo.frame.getByRole('alert').waitFor();
  await demo.login();
  await demo.see('#approve');
  await demo.click('#approve');
  await demo.tasks();
  await goBack(demo, 'You approve; a code travels back');
  await demo.tasks();
  await goBack(demo, 'The sign-in fails; the server asks again');
  await demo.frame.getByRole('alert').waitFor();
  await demo.login();
  await demo.click('#approve');
  await demo.tasks();
  assert.deepEqual(await branches(page), ['branch 1', 'branch 2', 'main']);
});

visit('a worker that the browser stopped still knows every moment', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await demo.stopServiceWorkers();
  await goBack(demo, ASKED);
  await demo.see('#deny');
  await demo.stopServiceWorkers();
  await demo.click('#approve');
  await demo.tasks();
  await demo.stopServiceWorkers();
  await page.locator('#branch').selectOption('main');
  await demo.tasks();
  await demo.click('#load');
  await demo.tasks();
});

visit('who looks at the past sees what was out then, and the clock goes back and forth with the moments', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await page.locator('#clock-60').click();
  await page.getByRole('button', { name: '1 h ahead, reset' }).waitFor();
  await page.locator('#life-token').getByText('expired').waitFor();
  await demo.read('You approve; a code travels back');
  assert.equal(await page.locator('#life-code').innerText(), 'Code\n10:00');
  assert.equal(await page.locator('#life-token').count(), 0);
  assert.equal(await page.locator('.lives time').count(), 1);
  assert.equal(await page.locator('.stages li[data-done=true]').count(), 3);
  await demo.click('#load');
  await demo.click('#sign-in');
  await demo.see('#approve');
  await goBack(demo, 'The app reads your tasks');
  await demo.tasks();
  assert.match(await page.locator('#life-token').innerText(), /59:\d\d|1:00:00/);
  assert.equal(await page.getByRole('button', { name: 'ahead, reset' }).count(), 0);
  await page.locator('#branch').selectOption('main');
  await page.getByRole('button', { name: '1 h ahead, reset' }).waitFor();
  await demo.see('#approve');
});

visit('a page that was loaded anew goes back with the server alone, and says so', { expected: [REFUSED_TASKS] }, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await page.reload();
  await demo.tasks();
  await goBack(demo, ASKED);
  await page.locator('#note').getByText('What the app kept then is not known to this page').waitFor();
  await demo.see('#deny');
  await demo.go('Taskmaster');
  // The server knows of no token yet.
  await demo.see('#sign-in');
});

visit('another page of the demo keeps what it had', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  const other = new Demo(await page.context().newPage(), base());
  await other.page.goto(`${base()}#flow`);
  await other.page.locator('.message').filter({ hasText: TRADE }).waitFor();
  const before = await titles(page);
  await goBack(other, ASKED);
  await page.locator('#note').getByText('Another page of this demo went back').waitFor();
  assert.deepEqual(await titles(page), before.slice(0, before.indexOf(ASKED) + 1));
  await page.locator('#branch').selectOption('main');
  await demo.tasks();
  assert.deepEqual((await titles(page)).slice(0, before.length), before);
});

visit('a request that is sent again is answered by the real server, and a code is good once', { expected: [REFUSED_TASKS] }, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await demo.read(TRADE);
  await page.locator('#replay').click();
  await page.locator('.message').filter({ hasText: 'The server refuses the code, once more' }).getByText('400 invalid_grant').waitFor();
  const sent = (await demo.messages()).filter(({ request }) => request.url.endsWith('/oauth2/token')).map(({ request }) => request);
  assert.deepEqual(sent[1], sent[0]);
  // What the code bought has ended with it.
  await demo.click('#load');
  await demo.see('#sign-in');
  // With its cookies, too: the server still knows who that is.
  await demo.read(ASKED);
  await page.locator('#replay').click();
  await page.locator('.message').filter({ hasText: `${ASKED}, once more` }).waitFor();
});

visit('a request is changed and sent', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await demo.read(TRADE);
  await page.locator('#edit').click();
  const body = page.locator('#edit-body');
  await body.fill((await body.inputValue()).replace(/&?code_verifier=[^&]*/, ''));
  await page.getByRole('button', { name: 'Change it and send it' }).click();
  await page.locator('.message').filter({ hasText: 'changed and sent by hand' }).getByText('400').waitFor();
  await page.locator('.inside').getByText('Invalid code verifier').first().waitFor();

  await demo.read(TRADE);
  await page.locator('#edit').click();
  const refuse = async (address, text) => {
    await page.locator('#edit-url').fill(address);
    await page.getByRole('button', { name: 'Change it and send it' }).click();
    await page.locator('#edit-problem').getByText(text).waitFor();
    assert.equal(await page.locator('#edit-url').getAttribute('aria-describedby'), 'edit-problem');
  };
  const count = (await demo.messages()).length;
  await refuse('no address', 'That is no address');
  await refuse('https://elsewhere.example/oauth2/token', 'Live has one origin');
  await refuse(new URL('/oauth2/token', base()).href, 'The demo is below');
  await refuse(new URL('app/', base()).href, 'The app answers this one');
  assert.equal((await demo.messages()).length, count);
  await page.locator('#edit').focus();
  await page.keyboard.press('Enter');
  await page.locator('#edit-url:focus').waitFor();
  await page.getByRole('button', { name: 'Leave it' }).click();
  await page.locator('#edit:focus').waitFor();
});

visit('an authorization request that is changed opens in the demo browser', { expected: [{ status: 400, path: '/demo/oauth2/authorize' }] }, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.reachConsent();
  await demo.read('The app asks; the server asks who you are');
  await page.locator('#edit').click();
  const address = page.locator('#edit-url');
  await address.fill((await address.inputValue()).replace(/client_id=[^&]*&/, ''));
  await page.getByRole('button', { name: 'Change it and send it' }).click();
  await demo.frame.getByText('invalid_request').waitFor();
});

visit('Clear empties the list and nothing else; Start over leaves nothing to go back to', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await goBack(demo, ASKED);
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await page.getByText('Nothing yet').waitFor();
  await demo.click('#deny');
  await demo.see('#trouble[data-code=access_denied]');
  await page.locator('#branch').selectOption('main');
  await demo.tasks();
  await page.locator('#branch').selectOption('branch 1');
  await demo.see('#sign-in');
  await page.locator('#start-over').click();
  await page.getByText('Nothing yet').waitFor();
  assert.equal(await page.locator('#branch').count(), 0);
  await demo.click('#sign-in');
  await demo.see('#username');
  const moments = (await stored(page, 'moments', 'getAllKeys')).length;
  assert.equal(moments, (await demo.messages()).length);
});

visit('who starts over while a request is under way starts over', { expected: [{ status: 400, path: '/demo/oauth2/token' }] }, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  // It has arrived, but for its body; and the server writes all that it knows before it answers.
  await page.evaluate((url) => {
    const body = new ReadableStream({ start: (end) => { globalThis.end = () => end.close(); } });
    globalThis.answer = fetch(url, { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  }, `${base()}oauth2/token`);
  await page.locator('#start-over').click();
  await page.getByText('Nothing yet').waitFor();
  await demo.see('#sign-in');
  assert.equal(await page.evaluate(async () => {
    globalThis.end();
    return (await globalThis.answer).status;
  }), 400);
  assert.deepEqual(await stored(page, 'memory', 'get', 'jar'), {}, 'the cookies of before are not written once more');
  await demo.stopServiceWorkers();
  await demo.click('#sign-in');
  await demo.see('#username');
});

visit('what an older version of the demo wrote is still there', {}, async (page) => {
  // No worker is there yet, so its database is ours to make, as the first version had it.
  await page.goto(`${base()}icon.svg`);
  await page.evaluate(() => new Promise((resolve) => {
    const request = indexedDB.open('grantflow demo /demo/', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('memory').put(600_000, 'offset');
    request.onsuccess = () => { request.result.close(); resolve(); };
  }));
  const demo = await Demo.open(page, base());
  await page.getByRole('button', { name: '10 min ahead, reset' }).waitFor();
  await demo.signIn();
  await goBack(demo, ASKED);
  await demo.see('#deny');
});

visit('the newest moments are kept, and one that is gone is said to be', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await goBack(demo, ASKED);
  await demo.see('#deny');
  await page.evaluate(async (url) => {
    for (let count = 0; count < 300; count += 1) await fetch(url, { cache: 'no-store' });
  }, `${base()}oauth2/jwks`);
  assert.equal((await stored(page, 'moments', 'getAllKeys')).length, 300);
  await page.locator('#branch').selectOption('main');
  await page.getByRole('alert').getByText('this one is no longer among them').waitFor();
  assert.equal(await page.locator('#branch').inputValue(), 'branch 1');
  await demo.see('#deny');
});

visit('keyboard alone goes back, and the focus is on the page that is there again', {}, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await page.locator('.message [aria-current]').focus();
  for (let step = 0; step < 20 && !(await page.locator('#inside').innerText()).startsWith(ASKED); step += 1) await page.keyboard.press('ArrowUp');
  await tabTo(page, 'back-to-here');
  await page.keyboard.press('Enter');
  await demo.at('h1:focus').filter({ hasText: 'would like to' }).waitFor();
  await tabTo(page, 'deny');
  await page.keyboard.press('Enter');
  await demo.see('#trouble[data-code=access_denied]');
});

visit('the past is accessible in both themes and at both widths', { bypassCSP: true }, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  await goBack(demo, ASKED);
  await demo.click('#deny');
  await demo.see('#trouble[data-code=access_denied]');
  await inspect(page, 'demo-past-branch');
  await demo.read(ASKED);
  await page.locator('#edit').click();
  await page.locator('#edit-url').fill('no address');
  await page.getByRole('button', { name: 'Change it and send it' }).click();
  await page.locator('#edit-problem').waitFor();
  await inspect(page, 'demo-past-edit');
});
