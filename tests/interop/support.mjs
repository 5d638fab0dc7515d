// What the tests of this folder share: a started server, a person with a browser, a shell.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Most time for a process to say that it listens. */
const PATIENCE = 20_000;

/** The native server: what the test run built, or else what a person built last. */
export function binary() {
  const said = process.env.GRANTFLOW_BIN;
  if (said) return said;
  const built = ['debug', 'release'].map((profile) => join(ROOT, 'target', profile, 'grantflow'));
  const found = built.find(existsSync);
  if (!found) throw new Error('no grantflow below target/: run `cargo build -p grantflow-server`');
  return found;
}

/** A Python with what `requirements.txt` says. */
export const PYTHON = process.env.GRANTFLOW_PYTHON ?? join(ROOT, 'target/python/bin/python');

/** The people of every configuration here. */
export const ADA = { username: 'ada', password: 'correct horse battery staple' };

const USERS = `
[[user]]
username = "ada"
password = "correct horse battery staple"
subject = "ada-1815"
name = "Ada Lovelace"
email = "ada@example.com"
email_verified = true
`;

const pairs = (members) => Object.entries(members).map(([name, value]) => `${name} = ${toml(value)}`);

function toml(value) {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`;
  return typeof value === 'object' ? `{ ${pairs(value).join(', ')} }` : JSON.stringify(value);
}

const table = (header, members) => [header, ...pairs(members), '', ''].join('\n');

const tables = (header, all) => all.map((members) => table(header, members)).join('');

/**
 * Starts `grantflow serve` on a free port.
 *
 * @param {{clients?: object[], resources?: object[], policy?: object, devLogin?: string, demo?: string}} [options]
 * @returns {Promise<{issuer: string, stop: () => Promise<void>}>}
 */
export async function startServer({ clients = [], resources = [], policy = {}, devLogin, demo } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'grantflow-'));
  const config = join(folder, 'grantflow.toml');
  const text = USERS + tables('[[client]]', clients) + tables('[[resource]]', resources) + table('[policy]', policy);
  await writeFile(config, text);
  const flags = ['serve', '--listen', '127.0.0.1:0', '--config', config];
  if (devLogin) flags.push('--dev-login', devLogin);
  if (demo) flags.push('--demo', demo);
  const clear = () => rm(folder, { recursive: true });
  try {
    const server = await startProcess(binary(), flags, /^grantflow listens on (\S+)/);
    return { issuer: server.said, stop: () => server.stop().then(clear) };
  } catch (error) {
    await clear();
    throw error;
  }
}

/** Starts a program, and waits for the line by which it says where it listens. */
export async function startProcess(program, flags, announcement) {
  // What the machine's environment says to servers is not for this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GRANTFLOW_')));
  const child = spawn(program, flags, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log = (log + chunk).slice(-10_000);
  });
  const gone = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', resolve);
  });
  // It must not outlive a test file that ends without stopping it.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    kill();
    await gone;
  };
  const lines = createInterface({ input: child.stdout });
  let timer;
  try {
    const said = await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`${program} does not start\n${log}`)), PATIENCE);
      lines.on('line', (line) => {
        const match = announcement.exec(line);
        if (match) resolve(match[1]);
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`${program} ended with ${code}\n${log}`)));
    });
    return { said, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A bash that stays open, so that one command can use the variables of another. */
export class Shell {
  #bash;
  #out = '';
  #err = '';
  #wake = () => {};

  /** @param {Record<string, string>} env  variables to start with */
  constructor(env = {}) {
    const { PATH, HOME, LANG } = process.env;
    this.#bash = spawn('bash', ['--noprofile', '--norc'], { env: { PATH, HOME, LANG, ...env } });
    this.#bash.stdout.on('data', (chunk) => {
      this.#out += chunk;
      this.#wake();
    });
    this.#bash.stderr.on('data', (chunk) => {
      this.#err += chunk;
    });
    this.#bash.once('exit', () => this.#wake());
  }

  /** Runs a command as it is written; gives what it printed. */
  async run(command) {
    this.#out = '';
    this.#err = '';
    this.#bash.stdin.write(`${command}\nprintf '\\0%d\\0' "$?"\n`);
    let end;
    while (!(end = /\0(\d+)\0$/.exec(this.#out))) {
      if (this.#bash.exitCode !== null) throw new Error(`bash ended: ${this.#err}`);
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
    if (end[1] !== '0') throw new Error(`${command}\nended with ${end[1]}: ${this.#err}`);
    return this.#out.slice(0, end.index);
  }

  async end() {
    this.#bash.stdin.end();
    if (this.#bash.exitCode === null) await new Promise((resolve) => this.#bash.once('exit', resolve));
  }
}

/** A person's browser: keeps cookies, follows redirects within a server, fills in forms. */
export class Browser {
  /** @type {{name: string, value: string, origin: string, path: string}[]} */
  #cookies = [];

  /** Opens a page, or ends at the first redirect that leaves the server. */
  open(url) {
    return this.#go(url, { method: 'GET' });
  }

  /**
   * Fills in the form of the element with the id `button`, and presses it.
   *
   * @param {Page} page
   * @param {string} button  the id
   * @param {Record<string, string>} [typed]  by name of the field
   * @param {string[]} [unticked]  values of boxes to untick
   */
  submit(page, button, typed = {}, unticked = []) {
    return this.#post(page, page.form((form) => form.button(button)), button, typed, unticked);
  }

  /** Presses the only form of a page that has one. */
  submitOnly(page, typed = {}) {
    return this.#post(page, page.form(() => true), undefined, typed, []);
  }

  #post(page, form, button, typed, unticked) {
    const body = new URLSearchParams(form.entries(typed, unticked));
    const pressed = button === undefined ? undefined : form.button(button);
    if (pressed?.name) body.append(pressed.name, pressed.value ?? '');
    const url = new URL(form.action, page.url);
    const headers = { origin: url.origin, 'sec-fetch-site': 'same-origin' };
    return this.#go(url.href, { method: 'POST', body, headers });
  }

  async #go(start, init) {
    let url = new URL(start);
    const { origin } = url;
    let ask = init;
    for (let hop = 0; hop < 10; hop += 1) {
      const headers = { accept: 'text/html,application/xhtml+xml', ...ask.headers };
      const cookie = this.#cookiesFor(url);
      if (cookie) headers.cookie = cookie;
      const response = await fetch(url, { ...ask, headers, redirect: 'manual' });
      this.#keep(url, response);
      const html = await response.text();
      const location = response.headers.get('location');
      if (!location || response.status < 300 || response.status > 399) {
        return new Page(url.href, response.status, html);
      }
      url = new URL(location, url);
      if (url.origin !== origin) return new Page(url.href, response.status, '', true);
      ask = { method: 'GET' };
    }
    throw new Error(`${start} redirects for ever`);
  }

  #cookiesFor({ origin, pathname }) {
    const below = (path) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
    const fitting = this.#cookies.filter((cookie) => cookie.origin === origin && below(cookie.path));
    return fitting.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  #keep(url, response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const [name, ...value] = pair.split('=');
      const attribute = (wanted) =>
        attributes.map((text) => text.split('=')).find(([key]) => key.toLowerCase() === wanted)?.[1];
      const cookie = { name, value: value.join('='), origin: url.origin, path: attribute('path') ?? '/' };
      const same = (other) => ['name', 'origin', 'path'].every((key) => other[key] === cookie[key]);
      this.#cookies = this.#cookies.filter((other) => !same(other));
      const expires = attribute('expires');
      const over = attribute('max-age') === '0' || (expires && Date.parse(expires) <= Date.now());
      if (!over) this.#cookies.push(cookie);
    }
  }
}

/** Where a browser ended: a page that was drawn, or the URL for which it left the server. */
export class Page {
  constructor(url, status, html, left = false) {
    Object.assign(this, { url, status, html, left });
  }

  /** The first form that fits. */
  form(fits) {
    const forms = [...this.html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)];
    const found = forms.map(([, tag, inner]) => new Form(attributes(tag), inner)).find(fits);
    if (!found) throw new Error(`no such form at ${this.url} (${this.status}):\n${this.html}`);
    return found;
  }

  /** The text of the element with an id. */
  text(id) {
    const match = new RegExp(`<(\\w+)[^>]*\\bid="${id}"[^>]*>(.*?)</\\1>`, 's').exec(this.html);
    if (!match) throw new Error(`no #${id} at ${this.url} (${this.status}):\n${this.html}`);
    return decoded(match[2].replaceAll(/<[^>]*>/g, ''));
  }
}

class Form {
  constructor({ action = '' }, inner) {
    this.action = action;
    const of = (tag) => [...inner.matchAll(new RegExp(`<${tag}\\b([^>]*)>`, 'g'))].map((m) => attributes(m[1]));
    this.buttons = [...of('button'), ...of('input').filter(({ type }) => type === 'submit')];
    this.fields = [...of('input').filter(({ type }) => type !== 'submit'), ...of('textarea')];
  }

  button(id) {
    return this.buttons.find((button) => button.id === id);
  }

  /** What a browser would send. */
  entries(typed, unticked) {
    const missing = Object.keys(typed).filter((name) => !this.fields.some((field) => field.name === name));
    if (missing.length > 0) throw new Error(`the form has no ${missing}`);
    const sent = [];
    for (const { name, type, value = '', checked, disabled } of this.fields) {
      if (name === undefined || disabled !== undefined) continue;
      if (type === 'radio' && name in typed ? value !== typed[name] : /^(radio|checkbox)$/.test(type) && checked === undefined) {
        continue;
      }
      if (type === 'checkbox' && unticked.includes(value)) continue;
      sent.push([name, /^(radio|checkbox|hidden)$/.test(type) ? value : (typed[name] ?? value)]);
    }
    return sent;
  }
}

function attributes(tag) {
  const pairs = [...tag.matchAll(/([\w-]+)(?:="([^"]*)")?/g)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name, decoded(value ?? '')]));
}

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };

const decoded = (text) => text.replaceAll(/&(amp|lt|gt|quot|#39|#x27);/g, (_, name) => ENTITIES[name]);

/** Signs in and approves where asked; gives the page at the end, most often the app's callback. */
export async function approve(browser, url, { user = ADA, unticked = [], decision = 'approve' } = {}) {
  let page = await browser.open(url);
  if (page.html.includes('id="login"')) page = await browser.submit(page, 'login', user);
  if (page.html.includes('id="approve"')) page = await browser.submit(page, decision, {}, unticked);
  return page;
}

/** Registers an app on the developer page, as the guide says. */
export async function register(browser, issuer, { name, redirectUris, kind = 'confidential' }) {
  let page = await browser.open(`${issuer}/developer`);
  if (page.html.includes('id="login"')) page = await browser.submit(page, 'login', ADA);
  page = await browser.submit(page, 'create', { name, redirect_uris: redirectUris.join('\n'), kind });
  const secret = kind === 'confidential' ? { clientSecret: page.text('client_secret') } : {};
  return { clientId: page.text('client_id'), ...secret };
}
