/** Chromium, by Playwright. */

import { startBrowser } from '../../browser/support.mjs';
import { PATIENCE } from './driver.mjs';
import { sleeper } from './processes.mjs';

const tab = (page) => ({
  key: page,
  goto: (url) => page.goto(url),
  back: () => page.goBack({ waitUntil: 'commit' }),
  url: () => page.url(),
  run: (work, ...given) => page.evaluate(`(${work})(...${JSON.stringify(given)})`),
  has: async (selector) => (await page.locator(selector).count()) > 0,
  click: (selector) => page.locator(selector).click(),
  type: (selector, text) => page.locator(selector).fill(text),
  close: () => page.close(),
});

/** @returns {Promise<import('./driver.mjs').Engine>} */
export const start = async () => {
  const { started, sleep } = await sleeper(startBrowser);
  const visit = async () => {
    const context = await started.browser.newContext();
    context.setDefaultTimeout(PATIENCE);
    return {
      open: async () => tab(await context.newPage()),
      tabs: async () => context.pages().map(tab),
      offline: (on) => context.setOffline(on),
      close: () => context.close(),
    };
  };
  return { visit, sleep, strays: started.strays, stop: started.stop };
};
