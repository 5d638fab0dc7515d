/**
 * What the browser tests share: a server, a browser, and a visitor who reports everything that a
 * person would never see go wrong: console errors, broken policies, requests to somewhere else.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { env } from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

// Requests of service workers are seen, too.
env.PW_EXPERIMENTAL_SERVICE_WORKER_NETWORK_EVENTS = '1';
const { chromium } = await import('playwright-core');

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TARGET = join(ROOT, 'target');
export const SCREENSHOTS = join(TARGET, 'screenshots');
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Most time that anything on a screen may take, in milliseconds. */
const PATIENCE = 20_000;

export const DEMO = env.GRANTFLOW_DEMO ?? join(TARGET, 'demo');
export const THEMES = ['light', 'dark'];
export const WIDTHS = [1280, 390];

/** Starts `grantflow serve` on a free port; `stop` waits until it has ended. */
export const startServer = async ({ flags = [], config } = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'grantflow-'));
  if (config !== undefined) await writeFile(join(folder, 'grantflow.toml'), config);
  const configured = config === undefined ? [] : ['--config', join(folder, 'grantflow.toml')];
  const program = env.GRANTFLOW_BIN ?? join(TARGET, 'debug/grantflow');
  const child = spawn(program, ['serve', '--listen', '127.0.0.1:0', ...configured, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let log = '';
  child.stderr.on('data', (chunk) => { log += chunk; });
  const url = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`grantflow ended with ${code}:\n${log}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = /^grantflow listens on (\S+)$/.exec(line);
      if (said) resolve(said[1]);
    });
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true });
  };
  return { url, stop };
};

/** What Chromium asks for itself, whatever page it shows: its sign-in, form filling and updates, but no fonts or scripts. */
const OF_THE_BROWSER = /^(?!fonts\.|ajax\.)[\w.-]+\.(google\.com|googleapis\.com|gvt1\.com):\d+$/;

/**
 * Starts a browser behind a proxy that lets nothing through and writes down what was tried:
 * loopback goes past it, so whatever reaches it was about to leave this machine.
 */
export const startBrowser = async () => {
  const strays = [];
  const proxy = createServer((request, response) => {
    if (!OF_THE_BROWSER.test(`${request.headers.host}:80`)) strays.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  });
  proxy.on('connect', (request, socket) => {
    if (!OF_THE_BROWSER.test(request.url)) strays.push(`CONNECT ${request.url}`);
    socket.on('error', () => {});
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
  proxy.unref();
  const browser = await chromium.launch({
    executablePath: env.CHROMIUM ?? '/usr/bin/chromium',
    proxy: { server: `http://127.0.0.1:${proxy.address().port}`, bypass: '127.0.0.1,localhost' },
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  const stop = async () => {
    await browser.close();
    proxy.close();
  };
  return { browser, strays, stop };
};

const isExpected = ({ status, path }, message) =>
  message.text().startsWith(`Failed to load resource: the server responded with a status of ${status} `) &&
  URL.canParse(message.location().url) && new URL(message.location().url).pathname === path;

/** Writes down what goes wrong in a context; what it gives says what was unexpected or is missing. */
export const watch = (context, origins, expected) => {
  const problems = [];
  const outstanding = [...expected];
  const hear = (message) => {
    if (!['error', 'warning', 'assert'].includes(message.type())) return;
    const index = outstanding.findIndex((one) => isExpected(one, message));
    if (index >= 0) outstanding.splice(index, 1);
    else problems.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
  };
  context.on('console', hear);
  context.on('serviceworker', (worker) => worker.on('console', hear));
  context.on('weberror', (error) => problems.push(`page error: ${error.error().stack ?? error.error()}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (['data:', 'blob:', 'about:'].includes(url.protocol) || origins.includes(url.origin)) return;
    problems.push(`request off the origin: ${request.method()} ${request.url()}`);
  });
  return () => [...problems, ...outstanding.map(({ status, path }) => `missing: ${status} at ${path}`)];
};

/**
 * A test with a visitor of her own: a fresh context and page. It fails on anything in the console
 * but the failed loads of `expected`, and these have to happen.
 */
export const journey = (name, world, { expected = [], ...options }, walk) =>
  test(name, { timeout: 180_000 }, async (t) => {
    const { browser, strays, origins } = world();
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(PATIENCE);
    const before = strays.length;
    const verdict = watch(context, origins, expected);
    const page = await context.newPage();
    try {
      await walk(page, t);
      assert.deepEqual([...verdict(), ...strays.slice(before)], []);
    } catch (error) {
      await mkdir(SCREENSHOTS, { recursive: true });
      const path = join(SCREENSHOTS, `failed-${name.replaceAll(/\W+/g, '-')}.png`);
      await page.screenshot({ path, fullPage: true }).catch(() => {});
      t.diagnostic(`at ${page.url()}, see ${path}`);
      for (const problem of verdict()) t.diagnostic(problem);
      throw error;
    } finally {
      await context.close();
    }
  });

/** Shows everything in a theme, and waits until that is drawn. */
const wear = async (page, colorScheme) => {
  await page.emulateMedia({ colorScheme });
  for (const frame of page.frames()) {
    await frame.evaluate(async (scheme) => {
      const drawn = () => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });
      do await drawn(); while (!matchMedia(`(prefers-color-scheme: ${scheme})`).matches);
      for (const animation of document.getAnimations()) {
        if (animation.effect.getComputedTiming().endTime === Infinity) animation.cancel();
        else animation.finish();
      }
      await drawn();
    }, colorScheme);
  }
};

/** What axe finds in every frame; needs a context with `bypassCSP`. */
const violations = async (page) => {
  const found = [];
  for (const frame of page.frames()) {
    if (!(await frame.evaluate(() => 'axe' in globalThis))) await frame.evaluate(AXE);
    const said = await frame.evaluate(`(async () => {
      const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
      return (await axe.run(document, { iframes: false, resultTypes: ['violations'], runOnly: { type: 'tag', values: tags } })).violations;
    })()`);
    for (const { id, help, nodes } of said) {
      for (const { target, failureSummary } of nodes) found.push(`${id} (${help}) at ${target} of ${frame.url()}: ${failureSummary}`);
    }
  }
  return found;
};

/** How far the widest thing sticks out of each frame that a person could scroll sideways. */
const overflow = async (page) => {
  const found = [];
  for (const frame of page.frames()) {
    const excess = await frame.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (excess > 0) found.push(`${frame.url()} scrolls sideways by ${excess} px`);
  }
  return found;
};

/** Looks at a screen in both themes and at both widths: axe, sideways scrolling, a picture each. */
export const inspect = async (page, name) => {
  await mkdir(SCREENSHOTS, { recursive: true });
  const size = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 860 });
    for (const colorScheme of THEMES) {
      await wear(page, colorScheme);
      const found = [...(await violations(page)), ...(await overflow(page))];
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true, animations: 'disabled' });
      assert.deepEqual(found, [], `${name}, ${colorScheme}, ${width} px`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(size);
};

const focused = async (page) => {
  let frame = page.mainFrame();
  for (;;) {
    const element = await frame.evaluateHandle(() => document.activeElement);
    const inner = await element.asElement()?.contentFrame();
    if (!inner) return element.asElement();
    frame = inner;
  }
};

/** Presses Tab until the focus is on what has this id, and sees that the focus shows there. */
export const tabTo = async (page, id, { most = 60, key = 'Tab' } = {}) => {
  const passed = [];
  for (let step = 0; step <= most; step += 1) {
    const element = await focused(page);
    const here = await element?.evaluate((node) => {
      // A box may be shown by the label around it.
      const shows = [node, node.closest('label')].some((one) => {
        const { outlineStyle, outlineWidth } = one ? getComputedStyle(one) : { outlineStyle: 'none' };
        return outlineStyle !== 'none' && outlineWidth !== '0px';
      });
      return { id: node.id, name: `${node.localName}#${node.id}`, shows };
    });
    if (here?.id === id) {
      assert.ok(here.shows, `the focus on #${id} cannot be seen`);
      return;
    }
    passed.push(here?.name);
    await page.keyboard.press(key);
  }
  assert.fail(`no #${id} on the way of ${key}: ${passed.join(' ')}`);
};
