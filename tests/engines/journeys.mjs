/** One description of what people do with a browser, for every engine. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ALGORITHMS } from '../interop/keys.mjs';
import { pause, until } from './drivers/driver.mjs';
import { LIFETIME, PASSWORD, startWorld } from './world.mjs';

/** Somewhat more than a token lives, in milliseconds. */
const A_LIFETIME = LIFETIME * 1000 + 300;

const at = (tab, url) => until(`the tab is at ${url}`, async () => (await tab.url()) === url);

/** How the page stands once it is ready: signed in, or why not. */
const standing = (tab) =>
  until('the page is ready', () => tab.run(() => globalThis.ready.then(() => auth.snapshot.why ?? auth.snapshot.status)));

const token = (tab) => tab.run(() => auth.token().catch(({ code }) => ({ code })));

/** Through the server's pages, as far as there are any. */
const agree = async (tab) => {
  await until('the server asks who it is', () => tab.has('#login'));
  await tab.type('#username', 'ada');
  await tab.type('#password', PASSWORD);
  await tab.click('#login');
  await until('the server asks for consent', () => tab.has('#approve'));
  await tab.click('#approve');
};

const signIn = async (tab, home) => {
  await tab.goto(`${home}start`);
  assert.equal(await standing(tab), 'never');
  // Not at once, so that the page can still say that it was told.
  await tab.run(() => void setTimeout(() => auth.login({ returnTo: `${location.pathname}?here` }), 50));
  await agree(tab);
  await at(tab, `${home}start?here`);
  assert.equal(await standing(tab), 'signed-in');
};

/** The whole flow, in a page of one setting. */
const whole = (setting) => async ({ tab, world: { app, gateway, issuer } }) => {
  const home = `${app.url}/${setting}/`;
  await signIn(tab, home);
  const [user, tasks] = await tab.run(async (url) => [auth.user.claims.name, await (await auth.fetch(url)).json()], `${issuer}/api/tasks`);
  assert.equal(user, 'Ada Lovelace');
  assert.ok(tasks.length > 0);

  // The user comes back to the callback, by the history or a bookmark.
  const callback = gateway.arrivals.find((url) => url.startsWith(`${home}?`));
  await tab.goto(callback);
  assert.equal(await standing(tab), 'signed-in');
  await until('the answer is gone from the URL', async () => !(await tab.url()).includes('code='));
  assert.equal(gateway.count('authorization_code'), 1);

  await tab.goto(`${home}again`);
  assert.equal(await standing(tab), 'signed-in');
  await tab.run(() => auth.logout());
  assert.equal(await tab.run(() => auth.snapshot.status), 'signed-out');
  assert.ok(gateway.count('/oauth2/revoke') > 0);
};

/** Signs in in this tab; gives another, where the user is signed in, too. */
const twoSignedIn = async (tab, visitor, home) => {
  await signIn(tab, home);
  const other = await visitor.open();
  await other.goto(`${home}other`);
  assert.equal(await standing(other), 'signed-in');
  return other;
};

const twoTabs = (setting) => async ({ tab, visitor, world: { app, gateway } }) => {
  const other = await twoSignedIn(tab, visitor, `${app.url}/${setting}/`);

  await pause(A_LIFETIME);
  const before = gateway.count('refresh_token');
  const [one, two] = await Promise.all([token(tab), token(other)]);
  assert.equal(typeof one, 'string');
  assert.equal(one, two);
  assert.equal(gateway.count('refresh_token'), before + 1);

  await other.run(() => auth.logout());
  await until('both are signed out', async () => (await standing(tab)) === 'other-tab');
  assert.equal(await standing(other), 'user');
};

/** A tab is closed while it refreshes for all; the other goes on by itself. */
const orphaned = (setting) => async ({ tab, visitor, world: { app, gateway } }) => {
  const other = await twoSignedIn(tab, visitor, `${app.url}/${setting}/`);
  await pause(A_LIFETIME);
  const before = gateway.count('refresh_token');
  gateway.keep('refresh_token');
  await other.run(() => void auth.token());
  await until('the other tab refreshes', async () => gateway.count('refresh_token') > before);
  const next = token(tab);
  await other.close();
  assert.equal(typeof (await next), 'string');
  assert.equal(await standing(tab), 'signed-in');
};

/** What of each key in the database a script can take along. */
const keys = (tab) =>
  tab.run(async () => {
    const settled = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const database = await settled(indexedDB.open('grantflow'));
    const all = await settled(database.transaction('keys').objectStore('keys').getAll());
    database.close();
    return Promise.all(all.map(({ pair }) => crypto.subtle.exportKey('jwk', pair.privateKey).then(() => 'taken', ({ name }) => name)));
  });

/** Tokens that are bound to a key, which all tabs have until the user signs out. */
const bound = async ({ tab, visitor, world: { app, gateway, issuer } }) => {
  const other = await twoSignedIn(tab, visitor, `${app.url}/bound/`);
  const tasks = (there) => there.run(async (url) => (await auth.fetch(url)).status, `${issuer}/api/tasks`);
  assert.deepEqual([await tasks(tab), await tasks(other)], [200, 200]);
  const stolen = await token(tab);
  const answer = await fetch(`${issuer}/api/tasks`, { headers: { authorization: `Bearer ${stolen}` } });
  assert.equal(answer.status, 401);

  await pause(A_LIFETIME);
  const before = gateway.count('refresh_token');
  assert.deepEqual(await Promise.all([tasks(tab), tasks(other)]), [200, 200]);
  assert.equal(gateway.count('refresh_token'), before + 1);

  assert.deepEqual(await keys(tab), ['InvalidAccessError']);
  await other.run(() => auth.logout());
  await until('both are signed out', async () => (await standing(tab)) === 'other-tab');
  assert.deepEqual(await keys(tab), []);
};

/** The browser sleeps for so many milliseconds, and its clock is by so many seconds off what it was. */
const wakes = (asleep, seconds) => async ({ tab, visitor, engine, world: { app, gateway } }) => {
  const other = await twoSignedIn(tab, visitor, `${app.url}/plain/`);
  const first = await token(tab);
  const before = gateway.count('refresh_token');
  if (asleep > 0) await engine.sleep(asleep);
  const wake = (by) => {
    globalThis.skew = by * 1000;
    document.dispatchEvent(new Event('visibilitychange'));
    return auth.token();
  };
  const [one, two] = await Promise.all([tab.run(wake, seconds), other.run(wake, seconds)]);
  assert.notEqual(one, first);
  assert.equal(one, two);
  assert.equal(gateway.count('refresh_token'), before + 1);
  assert.deepEqual([await standing(tab), await standing(other)], ['signed-in', 'signed-in']);
};

/** Signs in in a window, and out again. */
const byWindow = async ({ tab, visitor }, home) => {
  await tab.goto(home);
  assert.equal(await standing(tab), 'never');
  await tab.click('#popup');
  const popup = await until('a window opens', async () => (await visitor.tabs()).find(({ key }) => key !== tab.key));
  await agree(popup);
  assert.equal(await tab.run(() => globalThis.opened), 'signed-in');
  await until('the window closes', async () => (await visitor.tabs()).length === 1);
  await tab.run(() => auth.logout());
};

/** What comes of a login in a frame; nothing of the frame stays. */
const silent = async (tab) => {
  const end = await tab.run(() => auth.silent().then(({ status }) => status, ({ code }) => code));
  assert.equal(await tab.run(() => document.querySelectorAll('iframe').length), 0);
  return end;
};

const unstorable = (setting) => async ({ tab, world: { app } }) => {
  await tab.goto(`${app.url}/${setting}/`);
  assert.equal(await standing(tab), 'never');
  const [code, remedy] = await tab.run(() => auth.login().catch((error) => [error.code, error.remedy]));
  assert.deepEqual([code, remedy], ['storage_denied', 'ask-user']);
};

/** Takes the network away or gives it back; the page is told by the browser, or by us if the browser has no switch. */
const offline = async ({ tab, visitor, world: { gateway } }, on) => {
  if (visitor.offline) return visitor.offline(on);
  gateway.cut(on);
  await tab.run((isOffline) => {
    Object.defineProperty(navigator, 'onLine', { get: () => !isOffline, configurable: true });
    dispatchEvent(new Event(isOffline ? 'offline' : 'online'));
  }, on);
};

/** Name, and what happens. */
const JOURNEYS = [
  ['the whole flow under a strict policy that allows WebAssembly', whole('strict')],
  ['the whole flow under a policy without WebAssembly, by grantflow/js', whole('translated')],
  ['the whole flow with Trusted Types and no policy for them', whole('trusted')],

  ['who comes back from the server by the Back button may leave again', async ({ tab, world: { app } }) => {
    const home = `${app.url}/shared/`;
    await tab.goto(`${home}start`);
    assert.equal(await standing(tab), 'never');
    const leave = () => tab.run(() => void setTimeout(() => auth.login({ returnTo: `${location.pathname}?here` }), 50));
    await leave();
    await until('the server asks who it is', () => tab.has('#login'));
    await tab.back();
    await at(tab, `${home}start`);
    await until('the page has stayed', async () => (await standing(tab)) !== 'leaving');
    await leave();
    await agree(tab);
    await at(tab, `${home}start?here`);
    assert.equal(await standing(tab), 'signed-in');
  }],

  ['who stays because the server sends no page is told so, and may leave again', async ({ tab, world: { app, gateway } }) => {
    const home = `${app.url}/shared/`;
    await tab.goto(`${home}start`);
    assert.equal(await standing(tab), 'never');
    gateway.empty('/oauth2/authorize');
    // As long as any request may take: no browser says that it stayed.
    await tab.run(() => { globalThis.left = auth.login({ returnTo: `${location.pathname}?here` }).catch(({ code }) => code); });
    await pause(15_500);
    assert.equal(await tab.run(() => globalThis.left), 'aborted');
    assert.equal(await standing(tab), 'refused');
    await tab.run(() => void setTimeout(() => auth.login({ returnTo: `${location.pathname}?here` }), 50));
    await agree(tab);
    await at(tab, `${home}start?here`);
    assert.equal(await standing(tab), 'signed-in');
  }],

  ['without wasm-unsafe-eval, the error names what is missing', async ({ tab, world: { app }, expected }) => {
    expected(({ 'csp-report': report }) => report?.['violated-directive']?.startsWith('script-src'));
    await tab.goto(`${app.url}/blocked/`);
    assert.equal(await standing(tab), 'failed');
    const { code, remedy, message } = await tab.run(() => {
      const { code, remedy, message } = auth.snapshot.error;
      return { code, remedy, message };
    });
    assert.deepEqual([code, remedy], ['wasm_blocked', 'fix-config']);
    assert.match(message, /'wasm-unsafe-eval'.*grantflow\/js/);
    assert.equal(await tab.run(() => auth.login().catch((error) => error.code)), 'wasm_blocked');
  }],

  ['a window signs in, and then a frame hears what the server says of that, under Trusted Types', async (journey) => {
    const { tab, world: { app } } = journey;
    await byWindow(journey, `${app.url}/trusted/`);
    // The server lets no app at a loopback address in that nobody sees.
    assert.equal(await silent(tab), 'consent_required');
  }],

  ['a window signs in that is cut from its opener', async (journey) => {
    await byWindow(journey, `${journey.world.app.url}/severed/`);
  }],

  ['in a frame of another site the server knows nobody', async (journey) => {
    const { tab, world: { app } } = journey;
    await byWindow(journey, `${app.elsewhere}/trusted/`);
    assert.equal(await silent(tab), 'login_required');
  }],

  ['a frame signs in unseen, under Trusted Types, whatever the ID token is signed with', async ({ tab, world: { app }, expected }) => {
    for (const alg of ALGORITHMS) {
      await tab.goto(`${app.url}/${alg}/`);
      assert.equal(await standing(tab), 'never');
      assert.equal(await silent(tab), 'signed-in', alg);
    }
    // The policy is one that the browser keeps.
    expected(({ 'csp-report': report }) => report?.['violated-directive'] === 'require-trusted-types-for');
    await assert.rejects(tab.run(() => { document.createElement('p').innerHTML = 'text'; }), /TypeError|TrustedHTML|assignment/);
  }],

  ['two tabs that refresh at once send one refresh: tokens in memory', twoTabs('plain')],
  ['two tabs that refresh at once send one refresh: tokens in storage', twoTabs('shared')],
  ['two tabs that refresh at once send one refresh: without locks and channels', twoTabs('old')],

  ['two tabs prove the one key that their tokens are bound to, and no script can take it along', bound],

  ['a tab that is closed while it refreshes takes nobody along: tokens in memory', orphaned('plain')],
  ['a tab that is closed while it refreshes takes nobody along: tokens in storage', orphaned('shared')],

  ['two tabs wake after a sleep', wakes(A_LIFETIME, 0)],
  ['two tabs wake after a sleep, and the clock was set back meanwhile', wakes(A_LIFETIME, -600)],
  ['two tabs wake after a sleep in which the clock for durations stood still', wakes(0, 600)],

  ['offline signs nobody out, and back online the token is new', async (journey) => {
    const { tab, world: { app, gateway } } = journey;
    await signIn(tab, `${app.url}/shared/`);
    const first = await token(tab);
    await offline(journey, true);
    await pause(A_LIFETIME);
    const before = gateway.count('refresh_token');
    assert.deepEqual(await token(tab), { code: 'offline' });
    assert.deepEqual(await tab.run(() => [auth.snapshot.status, auth.snapshot.stale]), ['signed-in', true]);
    await offline(journey, false);
    const next = await until('there is a token again', async () => {
      const said = await token(tab);
      return typeof said === 'string' && said;
    });
    assert.notEqual(next, first);
    assert.equal(gateway.count('refresh_token'), before + 1);
    assert.deepEqual(await tab.run(() => [auth.snapshot.status, auth.snapshot.stale, auth.snapshot.inDoubt]), ['signed-in', false, false]);
  }],

  ['a refresh whose answer is lost signs nobody out, whether or not the browser sends it again', async ({ tab, world: { app, gateway } }) => {
    await signIn(tab, `${app.url}/shared/`);
    const first = await token(tab);
    await pause(A_LIFETIME);
    gateway.lose('refresh_token');
    const next = await until('there is a token again', async () => {
      const said = await token(tab);
      return typeof said === 'string' && said;
    });
    assert.notEqual(next, first);
    assert.deepEqual(await tab.run(() => [auth.snapshot.status, auth.snapshot.inDoubt]), ['signed-in', false]);
  }],

  ['where nothing can be stored, a login says so: cookies denied', unstorable('denied')],
  ['where nothing can be stored, a login says so: an origin of its own', unstorable('sandboxed')],

  ['where only cookies can be stored, a login finds its way back', async ({ tab, world: { app } }) => {
    await signIn(tab, `${app.url}/cookies/`);
    // What stays is that the answer was taken.
    assert.match(await tab.run(() => document.cookie), /^grantflow\.[\w-]+\.done\.[^;]*$/);
  }],
];

/** Runs all journeys in an engine, each with a visitor of its own. */
export const run = (name, start) => {
  let world;
  let engine;

  before(async () => {
    world = await startWorld();
    engine = await start();
  }, { timeout: 120_000 });
  after(async () => {
    await engine?.stop();
    await world?.stop();
  });

  for (const [journey, walk] of JOURNEYS) {
    test(`${name}: ${journey}`, { timeout: 120_000 }, async (t) => {
      const { reports } = world.app;
      let isExpected = () => false;
      reports.length = 0;
      engine.strays?.splice(0);
      world.gateway.forget();
      const visitor = await engine.visit();
      const tab = await visitor.open();
      try {
        await walk({ tab, visitor, engine, world, expected: (rule) => { isExpected = rule; } });
        assert.deepEqual([...reports.filter((report) => !isExpected(report)), ...(engine.strays ?? [])], []);
      } catch (error) {
        t.diagnostic(`at ${await Promise.resolve(tab.url()).catch(String)}`);
        for (const report of reports) t.diagnostic(JSON.stringify(report));
        throw error;
      } finally {
        world.gateway.cut(false);
        await visitor.close();
      }
    });
  }
};
