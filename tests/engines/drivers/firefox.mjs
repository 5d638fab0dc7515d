/** Firefox ESR, by Puppeteer over WebDriver BiDi. */

import { env } from 'node:process';

import puppeteer, { TimeoutError } from 'puppeteer-core';

import { PATIENCE } from './driver.mjs';
import { sleeper } from './processes.mjs';

/** Nothing but loopback is reached. */
const PREFERENCES = {
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
};

/** A page that comes back as it was left loads nothing, and that is what Puppeteer waits for; nor does it hear of the URL. */
const unlessKept = (error) => {
  if (!(error instanceof TimeoutError)) throw error;
};

const tab = (page) => ({
  key: page,
  goto: (url) => page.goto(url),
  back: () => page.goBack({ timeout: 1000 }).catch(unlessKept),
  url: () => page.evaluate('location.href'),
  run: (work, ...given) => page.evaluate(`(${work})(...${JSON.stringify(given)})`),
  has: async (selector) => (await page.$(selector)) !== null,
  click: (selector) => page.click(selector),
  type: (selector, text) => page.type(selector, text),
  close: () => page.close(),
});

/** @returns {Promise<import('./driver.mjs').Engine>} */
export const start = async () => {
  const { started: browser, sleep } = await sleeper(() =>
    puppeteer.launch({
      browser: 'firefox',
      executablePath: env.FIREFOX ?? '/usr/bin/firefox-esr',
      headless: true,
      timeout: 3 * PATIENCE,
      extraPrefsFirefox: PREFERENCES,
    }),
  );
  const visit = async () => {
    const context = await browser.createBrowserContext();
    const pages = () => context.pages();
    return {
      open: async () => {
        const page = await context.newPage();
        page.setDefaultTimeout(PATIENCE);
        return tab(page);
      },
      tabs: async () => (await pages()).map(tab),
      offline: async (on) => {
        for (const page of await pages()) await page.setOfflineMode(on);
      },
      close: () => context.close(),
    };
  };
  return { visit, sleep, stop: () => browser.close() };
};
