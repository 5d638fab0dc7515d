/** The service worker: a host for the server core. HTTP in, core, HTTP out; and a copy for whoever watches. */

import { clients, OTHER_PAGE } from './clients.ts';
import { draw, drawAway, drawHeld } from './document.tsx';
import { isFile, keep, reach } from './files.ts';
import { type Jar, receive, send } from './jar.ts';
import type { Place } from './pages.tsx';
import { USERS } from './people.ts';
import { type Config, generateKey, load, type Outcome, type Provider, type SigningKey, start } from './provider.ts';
import { clear, read, useDatabase, write } from './store.ts';
import { TASKS } from './tasks.ts';
import { channelOf, type Fields, type Habits, HABITS, type Message, MOST_MESSAGES, type News, type Order, STATE, type State } from './trace.ts';

// `lib.dom` and `lib.webworker` cannot be had together; this is what is used of the latter.
interface LifeEvent extends Event { waitUntil(promise: Promise<unknown>): void }
interface FetchEvent extends LifeEvent { readonly request: Request; respondWith(response: Promise<Response>): void }
interface OrderEvent extends LifeEvent { readonly data: Order }
interface Worker {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: LifeEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  addEventListener(type: 'message', listener: (event: OrderEvent) => void): void;
}
const worker = globalThis as unknown as Worker;

const OURS = ['oauth2/', 'api/', '.well-known/'];
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
  provider: Provider;
  jar: Jar;
  /** Milliseconds that our clock is ahead. */
  offset: number;
}

let messages: Message[] = [];
let memory: Promise<Memory> | undefined;
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
  const provider = restore({
    issuer,
    sealingKey,
    signingKeys: [signingKey],
    users: USERS,
    clients: clients(base),
    registration: 'open',
  }, snapshot);
  await write({ sealingKey, signingKey });
  return { provider, jar: (jar ?? {}) as Jar, offset: typeof offset === 'number' ? offset : 0 };
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

const record = (message: Omit<Message, 'id'>): void => {
  // The browser may have stopped us since the last one: pages that saw it must not take this for the same.
  const full = { id: Math.max(Date.now(), (messages.at(-1)?.id ?? 0) + 1), ...message };
  messages = [...messages, full].slice(-MOST_MESSAGES);
  announce({ is: 'message', message: full });
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

const demoPage = (html: string): Response =>
  new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': pageCsp('self'), 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' } });

/** Where an answer leads that leaves the demo. */
const leadsAway = (headers: Fields): string | undefined =>
  headers.find(([name, value]) => name === 'location' && new URL(value, base).origin !== base.origin)?.[1];

/** One request to the authorization server. */
const serve = async (request: Request): Promise<Response> => {
  const host = await awake();
  const url = new URL(request.url);
  const isNavigation = request.mode === 'navigate';
  const body = new Uint8Array(await request.arrayBuffer());
  const now = Date.now() + host.offset;

  const headers: [string, string][] = [...request.headers];
  if (isNavigation && !has(headers, 'accept')) headers.push(['accept', 'text/html']);
  const cookie = send(host.jar, url.pathname, now);
  // As in a browser: cookies go with navigations and with what asks for them, not with the app's own fetches.
  if (cookie !== undefined && (isNavigation || request.credentials === 'include')) headers.push(['cookie', cookie]);

  const outcome = await host.provider.handle({ method: request.method, url: url.href, headers, body }, Math.floor(now / 1000));
  const answer = finish(outcome, habits());
  host.jar = receive(host.jar, answer.headers, now);
  // Nothing leaves before what it promises is safe.
  await write({ snapshot: host.provider.snapshot(), jar: host.jar });

  record({
    at: now,
    kind: isNavigation ? 'navigation' : 'fetch',
    request: { method: request.method, url: url.href, headers, body: text(body) },
    response: { status: answer.status, headers: answer.headers, body: answer.page === undefined ? answer.body : '' },
    ...(answer.page === undefined ? {} : { page: answer.page }),
    transitions: outcome.transitions,
  });

  // The page's policy lets its frame show this origin only, and the browser would stop there without a word.
  const away = request.destination === 'iframe' ? leadsAway(answer.headers) : undefined;
  if (away !== undefined) return demoPage(drawAway(away, place));
  return new Response(answer.body === '' ? null : answer.body, {
    status: answer.status,
    headers: answer.headers.filter(([name]) => name.toLowerCase() !== 'set-cookie').map(([name, value]): [string, string] => [name, value]),
  });
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
    return demoPage(drawHeld(request.url, place));
  }
  const body = await request.clone().text();
  // A static host serves files to whoever asks by GET; what is posted to one is for its app alone.
  const response = await file(request.method === 'GET' ? request : new Request(request.url));
  record({
    at: Date.now() + (await clockOffset()),
    kind: 'navigation',
    request: { method: request.method, url: request.url, headers: body === '' ? [] : [['content-type', 'application/x-www-form-urlencoded']], body },
    response: { status: response.status, headers: [['content-type', 'text/html']], body: '' },
    page: 'app',
  });
  return response;
};

const state = async (): Promise<Response> => {
  // The person will sign in next: generating a key takes a moment.
  void awake().catch(() => undefined);
  const said: State = { issuer, offset: await clockOffset(), hold: await isHolding(), messages };
  return Response.json(said, { headers: { 'cache-control': 'no-store', 'x-demo': 'service-worker' } });
};

const failed = (error: unknown): Response =>
  Response.json(
    { error: 'server_error', error_description: `The demo's server did not start: ${error instanceof Error ? error.message : String(error)}` },
    { status: 500 },
  );

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) return;
  const path = url.pathname.slice(base.pathname.length);
  if (path === STATE) {
    event.respondWith(state());
    event.waitUntil(keep(base).catch(() => undefined));
  }
  else if (path === 'developer' || OURS.some((ours) => path.startsWith(ours))) event.respondWith(serve(event.request).catch(failed));
  else if (event.request.mode === 'navigate') {
    const isAnswer = ['app/', OTHER_PAGE].includes(path) && (url.searchParams.has('code') || url.searchParams.has('error'));
    event.respondWith(isAnswer ? callback(event.request) : file(event.request));
  } else if (isFile(path)) event.respondWith(file(event.request));
});

const obey = async (order: Order): Promise<void> => {
  switch (order.is) {
    case 'claim':
      await worker.clients.claim();
      return;
    case 'clear':
      messages = [];
      announce({ is: 'cleared' });
      return;
    case 'forget':
      messages = [];
      // Requests that come in the meantime wait for the new start.
      memory = clear().then(remember);
      await memory.catch(() => {
        memory = undefined;
      });
      announce({ is: 'cleared' });
      announce({ is: 'clock', offset: 0 });
      announce({ is: 'hold', on: false });
      return;
    case 'clock':
      if (memory) (await memory).offset = order.offset;
      await write({ offset: order.offset });
      announce({ is: 'clock', offset: order.offset });
      return;
    case 'hold':
      await write({ hold: order.on });
      announce({ is: 'hold', on: order.on });
      return;
    case 'host':
      lapse = { host: order.host, until: Date.now() + LAPSE };
      announce({ is: 'host', host: order.host });
  }
};

worker.addEventListener('message', (event) => event.waitUntil(obey(event.data)));
