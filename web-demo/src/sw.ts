/** The service worker: a host for the server core. HTTP in, core, HTTP out; and a copy for whoever watches. */

import { clients, OTHER_PAGE } from './clients.ts';
import { draw, drawAway, drawHeld } from './document.tsx';
import { isFile, keep, reach } from './files.ts';
import { type Jar, receive, send } from './jar.ts';
import type { Place } from './pages.tsx';
import { USERS } from './people.ts';
import { type Config, generateKey, load, type Outcome, type Provider, type SigningKey, start } from './provider.ts';
import { sentence } from './sentence.ts';
import { clear, read, readMoment, useDatabase, write } from './store.ts';
import { TASKS } from './tasks.ts';
import { type Asked, type Back, channelOf, type Fields, type Habits, HABITS, isServers, type Message, MESSAGE_FIELD, MOST_MESSAGES, type News, type Order, STATE, type State } from './trace.ts';

// `lib.dom` and `lib.webworker` cannot be had together; this is what is used of the latter.
interface LifeEvent extends Event { waitUntil(promise: Promise<unknown>): void }
interface FetchEvent extends LifeEvent { readonly request: Request; respondWith(response: Promise<Response>): void }
interface OrderEvent extends LifeEvent { readonly data: Order; readonly ports: readonly MessagePort[] }
interface Worker {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: LifeEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  addEventListener(type: 'message', listener: (event: OrderEvent) => void): void;
}
const worker = globalThis as unknown as Worker;

/**
 * The server's own pages: no script at all. No `form-action` either: Chromium applies it to the redirect after the form,
 * and would keep a person who approved from going back to an app elsewhere.
 */
const pageCsp = (frames: Habits['frames']): string => `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors '${frames}'`;
const STATIC_CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types sw";

const base = new URL(worker.registration.scope);
const place: Place = { base: base.pathname, app: new URL('app/', base).href };
const issuer = base.href.slice(0, -1);
useDatabase(base);
const channel = new BroadcastChannel(channelOf(base));
const announce = (news: News): void => channel.postMessage(news);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

interface Memory {
  readonly config: Config;
  provider: Provider;
  jar: Jar;
  /** Milliseconds that our clock is ahead. */
  offset: number;
}

/** How things were after a message. */
interface Moment {
  readonly snapshot: Uint8Array;
  readonly jar: Jar;
  /** Milliseconds, by the demo's clock. */
  readonly now: number;
  /** The page that was shown, if it was drawn here. */
  readonly page?: Page;
}

interface Page { readonly status: number; readonly headers: Fields; readonly body: string }

let messages: readonly Message[] = [];
let lastId = 0;
let memory: Promise<Memory> | undefined;
/** The page of a moment that somebody went back to, until the frame comes for it. */
let shown: { readonly url: string; readonly page: Page | undefined } | undefined;
/** The callback that was held and now may pass. */
let released = '';

const restore = (config: Config, snapshot: unknown): Provider => {
  if (!(snapshot instanceof Uint8Array)) return start(config);
  try {
    return start({ ...config, snapshot });
  } catch {
    // Another version of the demo wrote it; then we start afresh.
    return start(config);
  }
};

/** The server as it was when the browser last stopped us, or a new one. */
const remember = async (): Promise<Memory> => {
  const [[sealed, signing, snapshot, jar, offset]] = await Promise.all([
    Promise.all(['sealingKey', 'signingKey', 'snapshot', 'jar', 'offset'].map(read)),
    load(() => reach(new URL('provider.wasm', base), base)),
  ]);
  const sealingKey = sealed instanceof Uint8Array ? sealed : crypto.getRandomValues(new Uint8Array(32));
  const signingKey = (signing as SigningKey | undefined) ?? (await generateKey());
  const config: Config = { issuer, sealingKey, signingKeys: [signingKey], users: USERS, clients: clients(base), registration: 'open' };
  const provider = restore(config, snapshot);
  await write({ sealingKey, signingKey });
  return { config, provider, jar: (jar ?? {}) as Jar, offset: typeof offset === 'number' ? offset : 0 };
};

/** Starts what is not running; a start that failed is tried again at the next request. */
const awake = (): Promise<Memory> => {
  memory ??= remember().catch((error: unknown) => {
    memory = undefined;
    throw error;
  });
  return memory;
};

const clockOffset = async (): Promise<number> => {
  const offset = memory ? (await memory).offset : await read('offset');
  return typeof offset === 'number' ? offset : 0;
};

/** What the attack lab has this host do badly. It is not written down and ends by itself: the page that asked may be gone. */
let lapse: { readonly host: Habits; readonly until: number } = { host: HABITS, until: 0 };
const LAPSE = 30_000;

const habits = (): Habits => (Date.now() < lapse.until ? lapse.host : HABITS);

const isHolding = async (): Promise<boolean> => (await read('hold')) === true;

let turn: Promise<unknown> = Promise.resolve();

/** One after the other: what is written belongs together, and whoever forgets or goes back must not be overtaken by what was before. */
const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
  const mine = turn.then(work);
  turn = mine.catch(() => undefined);
  return mine;
};

/** Writes down a message and how things are after it; gives its id. */
const record = async (host: Memory, message: Omit<Message, 'id'>, page?: Page): Promise<number> => {
  // The browser may have stopped us since the last one: pages that saw it must not take this for the same.
  lastId = Math.max(Date.now(), lastId + 1);
  const full = { id: lastId, ...message };
  const now = { snapshot: host.provider.snapshot(), jar: host.jar };
  const moment: Moment = { ...now, now: message.at, ...(page && { page }) };
  // Nothing leaves before what it promises is safe.
  await write(now, { id: full.id, moment, most: MOST_MESSAGES });
  messages = [...messages, full].slice(-MOST_MESSAGES);
  announce({ is: 'message', message: full });
  return full.id;
};

const has = (headers: Fields, name: string): boolean => headers.some(([field]) => field.toLowerCase() === name);

const finish = (outcome: Outcome, { redirect, frames }: Habits): { status: number; headers: Fields; body: string; page?: string } => {
  switch (outcome.kind) {
    case 'response': {
      const leaves = outcome.headers.some(([name, value]) => name === 'location' && value.startsWith(place.app));
      return { status: leaves ? redirect : outcome.status, headers: outcome.headers, body: text(outcome.body) };
    }
    case 'page': {
      const { page, status, headers } = outcome;
      const more: Fields = [['content-type', 'text/html; charset=utf-8'], ['content-security-policy', pageCsp(frames)]];
      return { status, headers: [...headers, ...more], body: draw(page, place), page: page.page };
    }
    case 'admit': return { status: 200, headers: [...outcome.headers, ['content-type', 'application/json']], body: JSON.stringify(TASKS) };
  }
};

/** A page that is none of the server's. */
const demoPage = (html: string): Page =>
  ({ status: 200, headers: [['content-type', 'text/html; charset=utf-8'], ['content-security-policy', pageCsp('self')], ['referrer-policy', 'no-referrer'], ['cache-control', 'no-store']], body: html });

/** As it goes to the browser, which takes no cookies from here. */
const toBrowser = ({ status, headers, body }: Page, ...more: [string, string][]): Response =>
  new Response(body === '' ? null : body, { status, headers: [...headers.filter(([name]) => name.toLowerCase() !== 'set-cookie').map(([name, value]): [string, string] => [name, value]), ...more] });

/** Where an answer leads that leaves the demo. */
const leadsAway = (headers: Fields): string | undefined =>
  headers.find(([name, value]) => name === 'location' && new URL(value, base).origin !== base.origin)?.[1];

/** What the core answers, and what is written down of it. */
const exchange = async (host: Memory, at: number, asked: Asked, bytes: Uint8Array): Promise<Pick<Message, 'response' | 'page' | 'transitions'> & { readonly answer: ReturnType<typeof finish> }> => {
  const { method, url, headers } = asked;
  const outcome = await host.provider.handle({ method, url, headers, body: bytes }, Math.floor(at / 1000));
  const answer = finish(outcome, habits());
  const { status, page } = answer;
  return {
    answer,
    response: { status, headers: answer.headers, body: page === undefined ? answer.body : '' },
    ...(page === undefined ? {} : { page }),
    transitions: outcome.transitions,
  };
};

/** One request to the authorization server. */
const serve = async (request: Request): Promise<Response> => {
  const bytes = new Uint8Array(await request.arrayBuffer());
  return inTurn(async () => {
    const host = await awake();
    const url = new URL(request.url);
    const isNavigation = request.mode === 'navigate';
    const at = Date.now() + host.offset;

    const headers: [string, string][] = [...request.headers];
    if (isNavigation && !has(headers, 'accept')) headers.push(['accept', 'text/html']);
    const cookie = send(host.jar, url.pathname, at);
    // As in a browser: cookies go with navigations and with what asks for them, not with the app's own fetches.
    if (cookie !== undefined && (isNavigation || request.credentials === 'include')) headers.push(['cookie', cookie]);

    const asked = { method: request.method, url: url.href, headers, body: text(bytes) };
    const { answer, ...told } = await exchange(host, at, asked, bytes);
    host.jar = receive(host.jar, answer.headers, at);
    // The page's policy lets its frame show this origin only, and the browser would stop there without a word.
    const away = request.destination === 'iframe' ? leadsAway(answer.headers) : undefined;
    const page = away === undefined ? answer : demoPage(drawAway(away, place));
    // A secret is shown once, in the past, too.
    const isKept = away !== undefined || (answer.page !== undefined && answer.page !== 'registered');
    const id = await record(host, { at, kind: isNavigation ? 'navigation' : 'fetch', request: asked, ...told }, isKept ? page : undefined);
    return toBrowser(page, [MESSAGE_FIELD, String(id)]);
  });
};

/** Sends a request once more, as it was with its cookies; the answer goes to nobody. */
const sendAgain = async ({ request, kind, again }: Order & { is: 'send' }): Promise<void> => {
  const host = await awake();
  const at = Date.now() + host.offset;
  const { answer: _, ...told } = await exchange(host, at, request, new TextEncoder().encode(request.body));
  await record(host, { at, kind, request, ...told, again });
};

/** Everything as it was after a message; why not, if it cannot be. */
const goBack = async ({ by, id, now, shows, messages: all }: Back): Promise<string | undefined> => {
  const host = await awake();
  const moment = await readMoment(id) as Moment | undefined;
  if (!moment) return `The server keeps the newest ${MOST_MESSAGES} moments, and this one is no longer among them.`;
  const { snapshot, jar } = moment;
  const then = shows && await readMoment(shows.page) as Moment | undefined;
  const provider = start({ ...host.config, snapshot });
  const offset = (now ?? moment.now) - Date.now();
  await write({ snapshot, jar, offset });
  host.provider.free();
  Object.assign(host, { provider, jar, offset });
  messages = all;
  shown = shows && { url: shows.url, page: then?.page };
  released = '';
  announce({ is: 'back', by, messages });
  announce({ is: 'clock', offset });
  return undefined;
};

/** A file of the demo itself, with the headers that a static host cannot set. */
const file = async (request: Request): Promise<Response> => {
  const response = await reach(request, base);
  const isPage = response.headers.get('content-type')?.startsWith('text/html') ?? false;
  // The page for where there is nothing brings its own policy.
  if (!isPage || !response.ok || response.redirected || response.type !== 'basic') return response;
  const headers = new Headers(response.headers);
  headers.set('content-security-policy', STATIC_CSP);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
};

/** The browser brings an answer back to the app: not ours to serve, but part of the story. */
const callback = async (request: Request): Promise<Response> => {
  if (request.url !== released && new URL(request.url).searchParams.has('code') && (await isHolding())) {
    released = request.url;
    return toBrowser(demoPage(drawHeld(request.url, place)));
  }
  const body = await request.clone().text();
  // A static host serves files to whoever asks by GET; what is posted to one is for its app alone.
  const response = await file(request.method === 'GET' ? request : new Request(request.url));
  // The app is there without the server, too; then this is not in the list.
  await inTurn(async () => {
    const host = await awake();
    return record(host, {
      at: Date.now() + host.offset,
      kind: 'navigation',
      request: { method: request.method, url: request.url, headers: body === '' ? [] : [['content-type', 'application/x-www-form-urlencoded']], body },
      response: { status: response.status, headers: [['content-type', 'text/html']], body: '' },
      page: 'app',
    });
  }).catch(() => undefined);
  return response;
};

const state = async (): Promise<Response> => {
  // The person will sign in next: generating a key takes a moment.
  void inTurn(awake).catch(() => undefined);
  const said: State = { issuer, offset: await clockOffset(), hold: await isHolding(), messages };
  return Response.json(said, { headers: { 'cache-control': 'no-store', 'x-demo': 'service-worker' } });
};

const failed = (error: unknown): Response =>
  Response.json(
    { error: 'server_error', error_description: `The demo's server did not start: ${sentence(error)}` },
    { status: 500 },
  );

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) return;
  const path = url.pathname.slice(base.pathname.length);
  const past = event.request.mode === 'navigate' && event.request.method === 'GET' && event.request.url === shown?.url ? shown : undefined;
  if (past) shown = undefined;
  if (past?.page) event.respondWith(Promise.resolve(toBrowser(past.page)));
  else if (path === STATE) {
    event.respondWith(state());
    event.waitUntil(keep(base).catch(() => undefined));
  }
  else if (isServers(path)) event.respondWith(serve(event.request).catch(failed));
  else if (event.request.mode === 'navigate') {
    const isAnswer = ['app/', OTHER_PAGE].includes(path) && (url.searchParams.has('code') || url.searchParams.has('error'));
    event.respondWith(isAnswer && !past ? callback(event.request) : file(event.request));
  } else if (isFile(path)) event.respondWith(file(event.request));
});

/** Does what a page says; why not, if it cannot be done. */
const obey = async (order: Order): Promise<string | undefined> => {
  switch (order.is) {
    case 'claim':
      await worker.clients.claim();
      return undefined;
    case 'clear':
      messages = [];
      announce({ is: 'cleared', all: false });
      return undefined;
    case 'forget':
      messages = [];
      shown = undefined;
      memory = undefined;
      await clear();
      announce({ is: 'cleared', all: true });
      announce({ is: 'clock', offset: 0 });
      announce({ is: 'hold', on: false });
      void awake().catch(() => undefined);
      return undefined;
    case 'clock':
      await write({ offset: order.offset });
      if (memory) (await memory).offset = order.offset;
      announce({ is: 'clock', offset: order.offset });
      return undefined;
    case 'hold':
      await write({ hold: order.on });
      announce({ is: 'hold', on: order.on });
      return undefined;
    case 'host':
      lapse = { host: order.host, until: Date.now() + LAPSE };
      announce({ is: 'host', host: order.host });
      return undefined;
    case 'send':
      await sendAgain(order);
      return undefined;
    case 'back':
      return goBack(order);
  }
};

worker.addEventListener('message', (event) => {
  const { data: order, ports: [port] } = event;
  // Whoever claims waits for nobody.
  const done = order.is === 'claim' ? obey(order) : inTurn(() => obey(order));
  event.waitUntil(done.catch(String).then((why) => port?.postMessage(why)));
});
