/**
 * The pictures of the demo for docs/pictures: `node tests/browser/pictures.mjs`, after `cargo xtask build`.
 *
 * What is on them is real: each screen is walked to as a person does.
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Demo } from './demo.mjs';
import { DEMO, startBrowser, startServer } from './support.mjs';

const FOLDER = fileURLToPath(new URL('../../docs/pictures', import.meta.url));
const WIDE = { width: 1280, height: 860 };
const NARROW = { width: 390, height: 844 };

const press = (...selectors) => async (page) => {
  for (const selector of selectors) await page.locator(selector).click();
};

/** A tab, and what is done there; then what must be seen. */
const tab = (place, walk, seen) => async (page, base) => {
  await page.goto(`${base}#${place}`);
  await walk?.(page);
  await page.locator(seen).first().waitFor();
};

const SCREENS = {
  learn: tab('learn', undefined, 'h2'),
  flow: async (page, base) => {
    const demo = await Demo.open(page, base);
    await demo.signIn();
    await demo.read('The app trades the code for tokens');
  },
  consent: async (page, base) => {
    const demo = await Demo.open(page, base);
    await demo.reachConsent();
  },
  developer: async (page, base) => {
    const demo = await Demo.open(page, base);
    await demo.go('Developer');
    await demo.login();
    await demo.see('#name');
  },
  world: async (page, base) => {
    await page.goto(`${base}#world`);
    const frame = page.frameLocator('#world-browser');
    await frame.getByRole('button', { name: 'Sign in with as.example' }).click();
    await frame.locator('#username').fill('alice');
    await frame.locator('#password').fill('wonderland');
    await frame.locator('#login').click();
    await frame.locator('#approve').click();
    await frame.getByRole('heading', { name: 'Hello, Alice Liddell' }).waitFor();
  },
  lab: tab('lab', press('#run-all'), '#score:has-text("16 stopped")'),
  attack: tab('lab/mix-up', press('[id^=defence-]', '#run'), '#verdict'),
  request: tab('request', press('#send'), '#request-outcome'),
  pkce: tab('pkce', press('#prove'), '#pkce-proof'),
  tokens: tab('tokens', press('#own', '#tamper-payload'), '#client-verdict'),
  errors: tab('errors', press('#drive-code-expired'), '#answer-json'),
  checklist: tab('checklist', press('#careless'), '#summary'),
  'your-client': tab('byo', undefined, 'pre'),
};

/** Which are drawn how: each wide and light, some dark or on a small screen, too. */
const WAYS = [
  { suffix: '', viewport: WIDE, colorScheme: 'light', of: Object.keys(SCREENS) },
  { suffix: '-dark', viewport: WIDE, colorScheme: 'dark', of: ['flow', 'attack'] },
  { suffix: '-small', viewport: NARROW, colorScheme: 'light', of: ['learn', 'attack', 'consent'] },
];

await mkdir(FOLDER, { recursive: true });
const server = await startServer({ flags: ['--demo', DEMO] });
const { browser, stop } = await startBrowser();
const only = process.argv.slice(2);
try {
  for (const { suffix, viewport, colorScheme, of } of WAYS) {
    for (const name of of.filter((one) => only.length === 0 || only.includes(one))) {
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await SCREENS[name](page, `${server.url}/demo/`);
      // What was pressed last is not what the picture is about.
      await page.evaluate(() => document.activeElement?.blur());
      await page.screenshot({ path: join(FOLDER, `${name}${suffix}.png`), animations: 'disabled' });
      await context.close();
    }
  }
} finally {
  await stop();
  await server.stop();
}
