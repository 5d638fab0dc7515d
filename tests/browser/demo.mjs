/** The demo as a person sees it: Taskmaster in a frame, the list of messages beside it. */

import { after, before } from 'node:test';

import { DEMO, journey, startBrowser, startServer } from './support.mjs';

export const TASK = 'Review API documentation';
export const PASSWORD = 'lovelace-1815';

/** The server with the demo and a browser, for all journeys of a file. */
export function stage() {
  let server;
  let chromium;
  before(async () => {
    server = await startServer({ flags: ['--demo', DEMO] });
    chromium = await startBrowser();
  });
  after(async () => {
    await chromium?.stop();
    await server?.stop();
  });
  return {
    base: () => `${server.url}/demo/`,
    visit: (name, options, walk) => journey(name, () => ({ ...chromium, origins: [server.url] }), options, walk),
  };
}

/** What a person sees of the demo. */
export class Demo {
  constructor(page, base) {
    this.page = page;
    this.base = base;
    this.frame = page.frameLocator('#browser');
  }

  /** Opens the tab with the demo browser. */
  static async open(page, base) {
    await page.goto(`${base}#flow`);
    const demo = new Demo(page, base);
    await demo.see('#sign-in');
    return demo;
  }

  at(selector) {
    return this.frame.locator(selector);
  }

  see(selector) {
    return this.at(selector).waitFor();
  }

  text(selector) {
    return this.at(selector).innerText();
  }

  click(selector) {
    return this.at(selector).click();
  }

  async go(place) {
    await this.page.getByRole('button', { name: place, exact: true }).click();
  }

  async login(password = PASSWORD) {
    await this.at('#username').fill('ada');
    await this.at('#password').fill(password);
    await this.click('#login');
  }

  /** From Taskmaster's first screen to the consent page. */
  async reachConsent() {
    await this.click('#sign-in');
    await this.login();
    await this.see('#approve');
  }

  async signIn() {
    await this.reachConsent();
    await this.click('#approve');
    await this.tasks();
  }

  async tasks() {
    await this.frame.getByText(TASK).waitFor();
  }

  granted() {
    return this.at('#granted').locator('.chip').allInnerTexts();
  }

  /** The messages so far, as the service worker wrote them down. */
  messages() {
    return this.page.evaluate(async (url) => (await (await fetch(url)).json()).messages, `${this.base}__sw/state`);
  }

  /** Where the server last sent the browser with a code. */
  async callback() {
    const sent = (await this.messages()).flatMap(({ response }) => response.headers.filter(([name, value]) => name === 'location' && value.includes('code=')));
    return sent.at(-1)[1];
  }

  /** Opens an address in the demo browser. */
  async open(url) {
    const frame = await (await this.page.locator('#browser').elementHandle()).contentFrame();
    await frame.goto(url);
  }

  async stopServiceWorkers() {
    const session = await this.page.context().newCDPSession(this.page);
    await session.send('ServiceWorker.enable');
    await session.send('ServiceWorker.stopAllWorkers');
    await session.detach();
  }

  /** Opens the newest message with this title; gives what it says. */
  async read(title) {
    await this.page.locator('.message').filter({ hasText: title }).last().getByRole('button').click();
    await this.page.locator('#inside').getByText(title).waitFor();
    return this.page.locator('.inside');
  }
}
