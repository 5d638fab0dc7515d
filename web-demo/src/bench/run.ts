/** The last run of the flow, put together from the messages. */

import { form, isObject, json, location } from '../decode.ts';
import type { Message } from '../trace.ts';

export interface Run {
  /** The authorization request, and what it asked for. */
  readonly ask: Message;
  readonly asked: URLSearchParams;
  /** What the server sent back by way of the browser: a code or an error. */
  readonly back: URLSearchParams | undefined;
  /** Each time this code was brought to the token endpoint. */
  readonly redemptions: readonly Message[];
  /** What the first good one gave. */
  readonly tokens: Tokens | undefined;
  /** Everything after the authorization request. */
  readonly later: readonly Message[];
}

export interface Tokens {
  /** Milliseconds, by the demo's clock. */
  readonly at: number;
  readonly access: string;
  readonly id: string | undefined;
  /** Seconds. */
  readonly lifetime: number | undefined;
  readonly scope: string | undefined;
}

/** A path below the base, without a slash before it. */
export const pathOf = (message: Message, base: string): string =>
  new URL(message.request.url).pathname.slice(new URL(base).pathname.length);

/** The parameters of a request, wherever they are. */
export const parameters = (message: Message): URLSearchParams => {
  const all = new URL(message.request.url).searchParams;
  for (const { name, value } of form(message)) all.append(name, value);
  return all;
};

const answered = (message: Message): Tokens | undefined => {
  const said = json(message.response.body);
  if (!isObject(said) || typeof said['access_token'] !== 'string') return undefined;
  const { id_token: id, expires_in: lifetime, scope } = said;
  return {
    at: message.at,
    access: said['access_token'],
    id: typeof id === 'string' ? id : undefined,
    lifetime: typeof lifetime === 'number' ? lifetime : undefined,
    scope: typeof scope === 'string' ? scope : undefined,
  };
};

const first = <T, U>(all: readonly T[], find: (one: T) => U | undefined): U | undefined => {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Where this run was sent back to: by a redirect that has an answer to what it asked for. */
const wentBack = (message: Message, asked: URLSearchParams): URLSearchParams | undefined => {
  const to = location(message);
  const asks = asked.get('redirect_uri') ?? '';
  if (!to || !URL.canParse(asks)) return undefined;
  const { origin, pathname } = new URL(asks);
  const said = to.searchParams;
  return to.origin === origin && to.pathname === pathname && (said.has('code') || said.has('error')) ? said : undefined;
};

/** The last run that `fits`; any if that is not said. */
export const lastRun = (messages: readonly Message[], base: string, fits: (run: Run) => boolean = () => true): Run | undefined => {
  const asks = messages.flatMap((message, index) => (pathOf(message, base) === 'oauth2/authorize' ? [index] : []));
  for (const [turn, from] of [...asks.entries()].reverse()) {
    const until = asks[turn + 1] ?? messages.length;
    const ask = messages[from];
    if (ask === undefined) continue;
    const asked = parameters(ask);
    const back = first(messages.slice(from, until), (message) => wentBack(message, asked));
    const later = messages.slice(from + 1);
    const code = back?.get('code');
    const redemptions = later.filter((message) => pathOf(message, base) === 'oauth2/token' && code != null && parameters(message).get('code') === code);
    const run = { ask, asked, back, redemptions, tokens: first(redemptions, answered), later };
    if (fits(run)) return run;
  }
  return undefined;
};
