/** WebKitGTK, by its own driver over WebDriver (https://www.w3.org/TR/webdriver2/), on a screen that nobody sees. */

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { env, kill } from 'node:process';
import { createInterface } from 'node:readline';

import { Dead, until } from './driver.mjs';
import { sleeper } from './processes.mjs';

const DRIVER = env.WEBKIT_DRIVER ?? '/usr/bin/WebKitWebDriver';
const XVFB = env.XVFB ?? '/usr/bin/Xvfb';

/** What names an element in WebDriver's JSON. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** Most time that one command may take, in milliseconds. */
const COMMAND_TIMEOUT = 8_000;

/** Most time that a browser may take to start, in milliseconds. */
const SESSION_TIMEOUT = 10_000;

/** Ends a process that was started here, and those that it started. */
const end = async (child) => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  kill(-child.pid, 'SIGTERM');
  await ended;
};

/** A screen; gives its name. */
const startScreen = async () => {
  const child = spawn(XVFB, ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const name = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
    createInterface({ input: child.stdout }).once('line', (line) => resolve(`:${line}`));
  });
  return { name, stop: () => end(child) };
};

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** A driver, which starts a browser for each session. */
const startDriver = async (screen) => {
  const port = await freePort();
  const child = spawn(DRIVER, [`--port=${port}`], {
    env: { ...env, DISPLAY: screen, LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', GSETTINGS_BACKEND: 'memory' },
    detached: true,
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  await until('WebKitWebDriver answers', async () => (await fetch(`${url}/status`)).ok);
  return { url, stop: () => end(child) };
};

const ask = async (url, method = 'GET', body, limit = COMMAND_TIMEOUT) => {
  const signal = AbortSignal.timeout(limit);
  const answer = await fetch(url, { method, signal, ...(body && { body: JSON.stringify(body) }) });
  const { value } = await answer.json();
  if (value?.error === 'invalid session id') throw new Dead(`${value.error}: its process has ended`);
  if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
};

/** The driver sometimes forgets what it was asked while a page leaves: then it is asked again, or it does not matter. */
const unlessForgotten = (instead) => (error) => {
  if (error.name !== 'TimeoutError') throw error;
  return instead();
};

/** Begins `work` in the page: gives what it gives, or leaves what comes of a promise under a name. */
const begin = (work) => `const [name, given] = arguments;
const slots = (window.__asked ??= {});
if (slots[name]) return slots[name];
const value = (said) => ({ value: said ?? null });
const said = (${work})(...given);
if (typeof said?.then !== 'function') return (slots[name] = value(said));
slots[name] = { waits: true };
said.then((said) => { slots[name] = value(said); }, (error) => { slots[name] = { thrown: String(error) }; });
return slots[name];`;

const LOOK = "return window.__asked?.[arguments[0]] ?? { thrown: 'another page came' };";

class Session {
  #url;
  /** One command after the other, each in its window. */
  #last = Promise.resolve();
  #runs = 0;

  static async start(driver) {
    const session = new Session();
    const { sessionId } = await ask(`${driver}/session`, 'POST', { capabilities: {} }, SESSION_TIMEOUT);
    session.#url = `${driver}/session/${sessionId}`;
    return session;
  }

  tell(method, path, body) {
    return this.#queue(() => ask(this.#url + path, method, body));
  }

  #queue(work) {
    const next = this.#last.then(work);
    this.#last = next.catch(() => {});
    return next;
  }

  tab(handle) {
    const once = async (method, path, body) => {
      await ask(`${this.#url}/window`, 'POST', { handle });
      return ask(this.#url + path, method, body);
    };
    const here = (...command) => this.#queue(() => once(...command).catch(unlessForgotten(() => once(...command))));
    const find = (selector) => here('POST', '/elements', { using: 'css selector', value: selector });
    const element = (selector) => until(`there is ${selector}`, async () => (await find(selector))[0]?.[ELEMENT]);
    return {
      key: handle,
      goto: (url) => here('POST', '/url', { url }),
      back: () => here('POST', '/back', {}),
      url: () => here('GET', '/url'),
      run: (work, ...given) => this.#run(here, work, given),
      has: async (selector) => (await find(selector)).length > 0,
      click: async (selector) => {
        const path = `/element/${await element(selector)}/click`;
        return this.#queue(() => once('POST', path, {}).catch(unlessForgotten(() => {})));
      },
      type: async (selector, text) => here('POST', `/element/${await element(selector)}/value`, { text }),
      close: () => here('DELETE', '/window'),
    };
  }

  /** Other tabs have their turn while a page works. */
  async #run(here, work, given) {
    const name = `run-${(this.#runs += 1)}`;
    const execute = (script, ...args) => here('POST', '/execute/sync', { script, args });
    const first = await execute(begin(work), name, given);
    const done = async () => {
      const said = await execute(LOOK, name);
      return !said.waits && said;
    };
    const said = first.waits ? await until('the page is done', done) : first;
    if ('thrown' in said) throw new Error(said.thrown);
    return said.value;
  }
}

/** How often a driver is started anew that began no session: now and then it never hears of the browser that it started. */
const STARTS = 3;

/** @returns {Promise<import('./driver.mjs').Engine>} */
export const start = async () => {
  const screen = await startScreen();
  const launch = () => sleeper(() => startDriver(screen.name));
  let { started: driver, sleep } = await launch();
  const begin = async (starts = STARTS) => {
    try {
      return await Session.start(driver.url);
    } catch (error) {
      if (error.name !== 'TimeoutError' || starts === 1) throw error;
      await driver.stop();
      ({ started: driver, sleep } = await launch());
      return begin(starts - 1);
    }
  };
  const visit = async () => {
    const session = await begin();
    const handles = () => session.tell('GET', '/window/handles');
    let first = (await handles())[0];
    return {
      open: async () => {
        const handle = first ?? (await session.tell('POST', '/window/new', { type: 'tab' })).handle;
        first = undefined;
        return session.tab(handle);
      },
      tabs: async () => (await handles()).map((handle) => session.tab(handle)),
      close: () => session.tell('DELETE', ''),
    };
  };
  const stop = async () => {
    await driver.stop();
    await screen.stop();
  };
  return { visit, sleep: (milliseconds) => sleep(milliseconds), stop };
};
