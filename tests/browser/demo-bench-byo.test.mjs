/** Libraries of others sign in at the demo's server, as they are installed. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { openTab } from './bench.mjs';
import { Demo, stage } from './demo.mjs';
import { inspect, tabTo } from './support.mjs';

const { base, visit } = stage();
const LIBRARIES = ['oauth4webapi', 'oidc-client-ts', 'openid-client'];
const root = (path) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The paths of the messages from this one on, without the base. */
const paths = async (demo) => (await demo.messages()).map(({ request }) => new URL(request.url).pathname.replace('/demo/', ''));

for (const library of LIBRARIES) {
  visit(`${library} signs in, unmodified, and shows the tasks`, {}, async (page) => {
    await openTab(page, base(), 'byo');
    await page.locator(`#library-${library}`).check();
    await page.locator('#try').click();
    const demo = new Demo(page, base());
    await demo.click('#sign-in');
    await demo.login();
    await demo.click('#approve');
    await demo.tasks();
    assert.equal(await demo.text('#hello'), 'Hello, Ada');
    assert.equal(await demo.text('#signed-in-with'), library);
    assert.match(await demo.text('#claims'), /user-ada/);
    const all = await paths(demo);
    for (const path of ['.well-known/openid-configuration', 'oauth2/authorize', 'oauth2/login', 'oauth2/consent', 'app/byo/', 'oauth2/token', 'api/tasks']) {
      assert.ok(all.includes(path), `${path} is not among ${all}`);
    }
    // One of them trusts the connection, and says so.
    assert.equal(all.includes('oauth2/jwks'), library !== 'oidc-client-ts');
    await page.locator('.message').filter({ hasText: 'The browser brings the code to the app' }).first().waitFor();
    await page.locator('#tab-checklist').click();
    const summary = library === 'oidc-client-ts' ? '6 of 7 kept, 1 to look at' : '7 of 7 kept';
    await page.locator('#summary').filter({ hasText: `taskmaster-byo` }).filter({ hasText: summary }).waitFor();
  });
}

visit('who says no is told so by the library, and can try again', {}, async (page) => {
  await page.goto(`${base()}app/byo/?with=openid-client`);
  await page.locator('#sign-in').click();
  await page.locator('#username').fill('ada');
  await page.locator('#password').fill('lovelace-1815');
  await page.locator('#login').click();
  await page.locator('#deny').click();
  await page.locator('#trouble').getByText('access_denied').waitFor();
  await page.locator('#sign-in').click();
  await page.locator('#approve').click();
  await page.locator('#tasks').waitFor();
  assert.equal(page.url(), `${base()}app/byo/`, 'the code has left the address bar');
  await page.locator('#sign-out').click();
  await page.locator('#sign-in').waitFor();
});

visit('the source beside it is the one that runs, and its version the one that is installed', {}, async (page) => {
  const { devDependencies } = JSON.parse(await root('package.json'));
  await openTab(page, base(), 'byo');
  for (const library of LIBRARIES) {
    const source = await root(`web-demo/src/byo/${library}.ts`);
    await page.locator(`#library-${library}`).check();
    await page.locator('#source').filter({ hasText: `from '${library}';` }).waitFor();
    assert.equal(await page.locator('#source').textContent(), source);
    assert.equal(JSON.parse(await root(`node_modules/${library}/package.json`)).version, devDependencies[library]);
    await page.locator('.choice', { hasText: `${library} ${devDependencies[library]}` }).waitFor();
  }
});

visit('the page is loaded with no library, and each only when it is chosen', {}, async (page) => {
  const scripts = [];
  page.on('request', (request) => { if (/app\/byo\/.*\.js$/.test(request.url())) scripts.push(request.url()); });
  await page.goto(`${base()}app/byo/`);
  await page.locator('#source').waitFor();
  assert.ok(!scripts.some((url) => LIBRARIES.some((library) => url.includes(library))), `${scripts}`);
  await page.locator('#sign-in').click();
  await page.locator('#username').waitFor();
  assert.ok(scripts.some((url) => url.includes('oauth4webapi')));
});

visit('other clients are for everybody, and for the keyboard alone', { bypassCSP: true }, async (page) => {
  await openTab(page, base(), 'byo');
  await inspect(page, 'bench-byo');
  await tabTo(page, 'library-oauth4webapi');
  await page.keyboard.press('ArrowDown');
  await page.locator('#source').filter({ hasText: "from 'oidc-client-ts';" }).waitFor();
  await tabTo(page, 'try');
  await page.keyboard.press('Enter');
  const demo = new Demo(page, base());
  await demo.see('#source');
  await inspect(page, 'bench-byo-page');
  await demo.click('#sign-in');
  await demo.login();
  await demo.click('#approve');
  await demo.tasks();
  await inspect(page, 'bench-byo-tasks');
});
