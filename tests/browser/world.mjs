/** World as a person sees it: a browser in a frame, the list of messages beside it. */

import { readFile } from 'node:fs/promises';

/** What a person sees of World. */
export class World {
  constructor(page) {
    this.page = page;
    this.frame = page.frameLocator('#world-browser');
    this.rows = page.locator('.message');
  }

  static async open(page, base, place = '') {
    await page.goto(`${base}#world${place}`);
    const world = new World(page);
    await world.frame.locator('main').waitFor();
    return world;
  }

  at(selector) {
    return this.frame.locator(selector);
  }

  async reachConsent() {
    await this.frame.getByRole('button', { name: 'Sign in with as.example' }).click();
    await this.at('#username').fill('alice');
    await this.at('#password').fill('wonderland');
    await this.at('#login').click();
    await this.at('#approve').waitFor();
  }

  async signIn() {
    await this.reachConsent();
    await this.at('#approve').click();
    await this.frame.getByRole('heading', { name: 'Hello, Alice Liddell' }).waitFor();
  }

  /** Opens the last message with this title. */
  async read(title) {
    await this.rows.filter({ hasText: title }).last().getByRole('button').click();
    await this.page.locator('#inside').getByText(title).waitFor();
    return this.page.locator('.inside');
  }

  titles() {
    return this.rows.locator('.title').evaluateAll((all) => all.map((one) => one.firstChild.textContent));
  }

  /** Changes the address of the last message with this title. */
  async rewrite(title, change) {
    await this.read(title);
    await this.page.locator('#edit').click();
    const address = this.page.locator('#edit-url');
    await address.fill(change(await address.inputValue()));
    await this.page.getByRole('button', { name: 'Change it and go on' }).click();
  }

  /** Saves the run, and gives the text of the file. */
  async save() {
    const download = this.page.waitForEvent('download');
    await this.page.locator('#save').click();
    return readFile(await (await download).path(), 'utf8');
  }

  /** Opens a run from a file. */
  async openFile(text) {
    await this.page.locator('#open-trace').setInputFiles({ name: 'trace.json', mimeType: 'application/json', buffer: Buffer.from(text) });
    await this.page.getByText('This is the run of the file.').waitFor();
  }
}
