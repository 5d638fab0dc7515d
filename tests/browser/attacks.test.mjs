/** Rows of the table of attacks that only a real browser can show: Taskmaster, and what is left of a sign-in. */

import assert from 'node:assert/strict';

import { TASK, stage } from './demo.mjs';

const { base, visit } = stage();

/** The parameter, and not `response_type=code` or `code_challenge`. */
const CODE = /[?&]code=/;

const signIn = async (page) => {
  await page.locator('#sign-in').click();
  await page.locator('#username').fill('grace');
  await page.locator('#password').fill('hopper-1906');
  await page.locator('#login').click();
  await page.locator('#approve').click();
  await page.getByText(TASK).waitFor();
};

visit('A-17 the code is in no address that is left, and no request tells where it was', {}, async (page) => {
  const referrers = [];
  const shown = [];
  page.on('request', (request) => referrers.push(request.headers().referer ?? ''));
  page.on('framenavigated', (frame) => shown.push(frame.url()));
  await page.goto(`${base()}app/`);
  await signIn(page);
  assert.equal(page.url(), `${base()}app/`);
  // It was there, and nobody who goes back finds it again.
  assert.ok(shown.some((url) => CODE.test(url)), shown.join('\n'));
  assert.ok(referrers.length > 5 && !referrers.some((referrer) => CODE.test(referrer)), referrers.join('\n'));
  const { entries, currentIndex } = await (await page.context().newCDPSession(page)).send('Page.getNavigationHistory');
  assert.equal(entries[currentIndex].url, `${base()}app/`);
  assert.deepEqual(entries.filter(({ url }) => CODE.test(url)), []);
  assert.doesNotMatch(await page.evaluate(() => document.referrer), CODE);
});

visit('A-17 what the app itself has in its address stays', {}, async (page) => {
  await page.goto(`${base()}app/#tasks`);
  await page.locator('#sign-in').waitFor();
  assert.equal(page.url(), `${base()}app/#tasks`);
  await signIn(page);
});

visit('A-71 a message from another window signs nobody in and nobody out', {}, async (page) => {
  const shout = () => page.evaluate(async () => {
    const said = [
      { type: 'authorization_response', response: { code: 'theirs', state: 'theirs' } },
      { type: 'logout' }, '#access_token=theirs&state=theirs', '?code=theirs&state=theirs',
    ];
    for (const data of said) {
      dispatchEvent(new MessageEvent('message', { data, origin: 'https://evil.test', source: window }));
      const heard = new Promise((resolve) => { addEventListener('message', resolve, { once: true }); });
      postMessage(data, '*');
      await heard;
    }
  });
  await page.goto(`${base()}app/`);
  await page.locator('#sign-in').waitFor();
  await shout();
  assert.equal(await page.locator('#sign-in').count(), 1);
  assert.equal(page.url(), `${base()}app/`);
  await signIn(page);
  await shout();
  await page.locator('#load').click();
  await page.getByText(TASK).waitFor();
  assert.equal(await page.locator('#hello').innerText(), 'Hello, Grace');
});

visit('A-72 no token outlives the tab', {}, async (page) => {
  // The page reads the answer along with the app: the browser need not keep it for anybody who asks later.
  await page.addInitScript(() => {
    const send = globalThis.fetch;
    globalThis.fetch = async (...asked) => {
      const answer = await send(...asked);
      if (answer.url.endsWith('/oauth2/token')) globalThis.answered = answer.clone().json();
      return answer;
    };
  });
  await page.goto(`${base()}app/`);
  await signIn(page);
  const { access_token: token } = await page.evaluate(() => globalThis.answered);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, document.cookie]));
  assert.ok(token.length > 20 && !kept.includes(token) && /^\[\{("grantflow\.[\w-]{22}\.mark":"\d+ \d+ [\w-]{22}")?\}/.test(kept), kept);
  // Another tab that is open is given it; after the last, one has to sign in, though at the server Grace still is.
  const context = page.context();
  await page.close();
  const other = await context.newPage();
  await other.goto(`${base()}app/`);
  await other.locator('#sign-in').click();
  await other.locator('#approve').waitFor();
});
