/** The demo in an engine: what the tests in Chromium look at closely, seen once to work everywhere. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { DEMO, startServer } from '../browser/support.mjs';
import { PASSWORD } from '../browser/demo.mjs';
import { until } from './drivers/driver.mjs';

/** Does something in the page of a frame, which is of the same origin. */
const inside = (frame) => (tab, work, ...given) =>
  tab.run(`(...given) => { const document = window.document.querySelector('${frame}').contentDocument; return (${work})(document, ...given); }`, ...given);

/** What can be done in a frame: wait for something, click it, sign in. */
const browser = (frame) => {
  const within = inside(frame);
  const seen = (tab, selector) => until(`${frame} shows ${selector}`, () => within(tab, (document, wanted) => document.querySelector(wanted) !== null, selector));
  const press = async (tab, selector) => {
    await seen(tab, selector);
    await within(tab, (document, wanted) => void document.querySelector(wanted).click(), selector);
  };
  const login = async (tab, name, password) => {
    await seen(tab, '#username');
    await within(tab, (document, ...typed) => ['#username', '#password'].forEach((field, index) => {
      document.querySelector(field).value = typed[index];
    }), name, password);
    await press(tab, '#login');
  };
  return { seen, press, login };
};

const live = browser('#browser');
const world = browser('#world-browser');

const JOURNEYS = {
  'somebody signs in, and every message is listed, with the machine that moved': async (tab, base) => {
    await tab.goto(`${base}#flow`);
    await live.press(tab, '#sign-in');
    await live.login(tab, 'ada', PASSWORD);
    await live.press(tab, '#approve');
    await live.seen(tab, '.task');
    const titles = await until('the list is complete', async () => {
      const all = await tab.run(() => [...document.querySelectorAll('.message .title')].map((title) => title.firstChild.textContent));
      return all.includes('The app reads your tasks') && all;
    });
    for (const title of ['You sign in', 'You approve; a code travels back', 'The app trades the code for tokens']) assert.ok(titles.includes(title), title);
    await until('the app’s login is done', () => tab.run(() => document.querySelector('.steps [aria-current]')?.textContent === 'done'));
  },

  'somebody signs in, goes back to before she agreed, and says no': async (tab, base) => {
    await tab.goto(`${base}#flow`);
    await live.press(tab, '#sign-in');
    await live.login(tab, 'ada', PASSWORD);
    await live.press(tab, '#approve');
    await live.seen(tab, '.task');
    await tab.run(() => [...document.querySelectorAll('.message > button')].findLast((row) => row.textContent.includes('Signed in; the server asks you')).click());
    await until('it can be gone back to', () => tab.has('#back-to-here'));
    await tab.click('#back-to-here');
    await live.press(tab, '#deny');
    await live.seen(tab, '#trouble[data-code=access_denied]');
    await until('what was is a branch', () => tab.run(() => [...document.querySelectorAll('#branch option')].some((one) => one.textContent === 'main')));
  },

  'the app alone, with a person’s own clicks and keys': async (tab, base) => {
    await tab.goto(`${base}app/`);
    await until('the app is there', () => tab.has('#sign-in'));
    await tab.click('#sign-in');
    await until('the server asks who it is', () => tab.has('#username'));
    await tab.type('#username', 'ada');
    await tab.type('#password', PASSWORD);
    await tab.click('#login');
    await until('the server asks for consent', () => tab.has('#approve'));
    await tab.click('#approve');
    await until('the tasks are there', () => tab.has('.task'));
    assert.ok(!(await tab.url()).includes('code='));
  },

  'an address that only the worker answers, in a browser that was never here': async (tab, base) => {
    await tab.goto(`${base}developer`);
    await until('the server asks who it is', () => tab.has('#username'));
  },

  'the server is driven into an error, and the client into another': async (tab, base) => {
    await tab.goto(`${base}#errors`);
    await until('the gallery is there', () => tab.has('#drive-no-token'));
    await tab.click('#drive-no-token');
    await until('the server answers', () => tab.run(() => document.querySelector('#outcome, .shown .outcome')?.textContent.includes('401')));
    await tab.goto(`${base}#tokens`);
    await until('the tokens are there', () => tab.has('#tamper-none'));
    await tab.click('#tamper-none');
    await until('the client refuses', () => tab.run(() => document.querySelector('#client-verdict')?.textContent.includes('id_token')));
  },

  'World: Alice signs in, and a code that is sent twice kills its tokens': async (tab, base) => {
    await tab.goto(`${base}#world`);
    await world.press(tab, '[data-issuer]');
    await world.login(tab, 'alice', 'wonderland');
    await world.press(tab, '#approve');
    await world.press(tab, '#load');
    await world.seen(tab, '#tasks');
    await tab.run(() => [...document.querySelectorAll('.message > button')].findLast((row) => row.textContent.includes('trades a code')).click());
    await tab.click('#replay');
    await until('the server refuses', () => tab.run(() => document.querySelector('#messages')?.textContent.includes('400 invalid_grant')));
    await tab.click('#share');
    await until('the run has an address', async () => (await tab.url()).includes('#world/'));
  },

  'the attack lab: stopped, and not stopped': async (tab, base) => {
    await tab.goto(`${base}#lab/code-interception`);
    await until('the lab is there', () => tab.has('#run'));
    await tab.click('#run');
    await until('the attack is stopped', () => tab.run(() => document.querySelector('#verdict')?.textContent.startsWith('Stopped')));
    await tab.run(() => document.querySelectorAll('[role=switch]').forEach((one) => one.click()));
    await tab.click('#run');
    await until('the attack succeeds', () => tab.run(() => document.querySelector('#verdict')?.textContent.startsWith('It succeeds')));
  },

  'PKCE, by hand and at the server': async (tab, base) => {
    await tab.goto(`${base}#pkce`);
    await until('the bench is there', () => tab.has('#prove'));
    await tab.click('#prove');
    await until('the server takes it', () => tab.run(() => document.querySelector('#pkce-proof')?.textContent.startsWith('The server takes it')));
  },
};

/** Walks through the demo in the engine that `start` starts. */
export const run = (name, start) => {
  let engine;
  let server;
  before(async () => {
    server = await startServer({ flags: ['--demo', DEMO] });
    engine = await start();
  });
  after(async () => {
    await engine?.stop();
    await server?.stop();
  });
  for (const [journey, walk] of Object.entries(JOURNEYS)) {
    test(`the demo in ${name}: ${journey}`, async () => {
      const visitor = await engine.visit();
      try {
        await walk(await visitor.open(), `${server.url}/demo/`);
      } finally {
        await visitor.close();
      }
    });
  }
};
