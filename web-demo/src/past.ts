/** What the app kept after each message, and where the demo browser was. */

import { location } from './decode.ts';
import { ANSWERED, KEPT, type Kept } from './kept.ts';
import { type Message, MOST_MESSAGES, type Shows } from './trace.ts';

/** An app as it can be put back: what it kept, and where it was. */
export type App = Pick<Kept, 'href' | 'storage'>;

interface Edge extends App { readonly at: number }

/** By message: what was kept once the app had dealt with the answer. */
const settled = new Map<number, App>();
/** Fetches that were answered; what the app makes of them it says next time. */
let open: number[] = [];
/**
 * What was kept when a page of the app came or went. The server's pages have no script: while they are shown nothing
 * changes, so what was kept after a navigation is what is said at the first edge after it. Between the two lies at
 * least the loading of a page; the clocks of page and worker are one.
 */
let edges: Edge[] = [];
/** Before this nobody listened. */
let since = Date.now();
/** Where the demo browser has been. */
const trail = new Set<string>();

const add = <K, V>(map: Map<K, V>, key: K, value: V): void => {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MOST_MESSAGES && oldest !== undefined) map.delete(oldest);
};

/** Takes down what the app keeps. */
export const note = ({ href, storage, isEdge }: Kept): void => {
  for (const id of open) add(settled, id, { href, storage });
  open = [];
  if (!isEdge) return;
  trail.add(href);
  edges = [...edges, { at: Date.now(), href, storage }];
  if (edges.length <= MOST_MESSAGES) return;
  since = edges[0]?.at ?? since;
  edges = edges.slice(1);
};

/** Listens to the app in a frame. */
export const listen = (frame: HTMLIFrameElement): void => {
  const on = (name: string, hear: (detail: string) => void): void => frame.addEventListener(name, (event) => hear((event as CustomEvent<string>).detail));
  on(KEPT, (detail) => note(JSON.parse(detail) as Kept));
  on(ANSWERED, (detail) => open.push(Number(detail)));
};

/** The demo browser shows a page there. */
export const passed = (href: string): void => {
  trail.add(href);
};

/** Whether a navigation was one of this demo browser, as far as where it led can tell. */
const isMine = (message: Message, messages: readonly Message[]): boolean => {
  if (message.again !== undefined) return false;
  if (trail.has(message.request.url)) return true;
  const to = location(message)?.href;
  if (to === undefined) {
    // Whoever is quick leaves a page before it has loaded; its form tells of it.
    const form = messages.find(({ id, kind, again }) => id > message.id && kind === 'navigation' && again === undefined);
    return form?.request.method === 'POST' && isMine(form, messages);
  }
  const next = messages.find(({ id, request }) => id > message.id && request.url === to);
  return trail.has(to) || (next !== undefined && isMine(next, messages));
};

/** What the app kept after a message, if that is known here; `all` are the messages, those that came later, too. */
export const appAt = (message: Message, all: readonly Message[]): App | undefined => {
  if (message.kind === 'fetch') return settled.get(message.id);
  if (message.id < since || !isMine(message, all)) return undefined;
  return edges.find(({ at }) => at >= message.id);
};

/** Where the demo browser goes; where a page was shown there that is no new message, the message that led to it. */
export interface Place { readonly href: string; readonly shows?: Shows }

const pageOf = (message: Message, messages: readonly Message[]): Place => {
  const { id, request: { method, url } } = message;
  // A page that came by a form is put where the form was: reloaded there, it is asked for by GET.
  const form = messages.findLast((one) => one.id < id && one.page !== undefined && one.request.method === 'GET');
  const href = method === 'GET' ? url : (form?.request.url ?? url);
  return { href, shows: { url: href, page: id } };
};

/** Where the demo browser was after a message; `app` is what the app kept then, if that is known. */
export const placeAt = (message: Message, all: readonly Message[], app: App | undefined, home: URL): Place => {
  const { id, kind, page } = message;
  const isElsewhere = id >= since && !isMine(message, all);
  if (kind === 'fetch' || isElsewhere) return { href: app?.href ?? home.href };
  // The app alone knows what to do with an answer, and only if it still knows the question.
  if (page === 'app' && !app) return { href: home.href };
  if (page !== undefined) return pageOf(message, all);
  const to = location(message);
  if (to?.origin !== home.origin) return pageOf(message, all);
  return { href: to.href.startsWith(home.href) && !app ? home.href : to.href };
};

/** Where it is now, if this is its address. */
export const placeNow = (href: string, messages: readonly Message[]): Place => {
  const message = messages.findLast(({ request, page, again }) => request.url === href && page !== undefined && page !== 'app' && again === undefined);
  return message ? pageOf(message, messages) : { href };
};
