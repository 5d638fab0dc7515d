/** The service worker's messages as rows of a sequence. */

import { field, isObject, json, location } from './decode.ts';
import { type Exchange, type Lane, short } from './sequence.tsx';
import { tell } from './story.ts';
import type { Message } from './trace.ts';

export const LANES: readonly Lane[] = [{ voice: 'you', name: 'You' }, { voice: 'app', name: 'App' }, { voice: 'server', name: 'Server' }, { voice: 'api', name: 'API' }];

const lane = (voice: string): number => LANES.findIndex((one) => one.voice === voice);

/** The word for what came back instead of what was wanted. */
const errorOf = (message: Message): string | undefined => {
  const body = json(message.response.body);
  const said = location(message)?.searchParams.get('error') ?? (isObject(body) ? body['error'] : undefined);
  return typeof said === 'string' ? said : undefined;
};

/** What came back, in a few letters. */
const outcome = (message: Message, base: string): string => {
  const { response: { status }, page } = message;
  const to = location(message);
  const there = to && (to.href.startsWith(base) ? to.pathname.slice(new URL(base).pathname.length - 1) : to.host);
  const said = errorOf(message) ?? (there === undefined ? (page === 'app' ? undefined : page?.replaceAll('_', ' ')) : `to ${there}`);
  return said === undefined ? String(status) : `${status} ${said}`;
};

const isBad = ({ response }: Message): boolean => response.status >= 400 || (field(response.headers, 'location') ?? '').includes('error=');

/** A message of the service worker as a row. */
export const row = (message: Message, base: string): Exchange => {
  const { title, from, to } = tell(message, base);
  return {
    id: String(message.id), title, from: lane(from), to: lane(to), isBad: isBad(message),
    ask: `${message.request.method} ${short(new URL(message.request.url).pathname.slice(new URL(base).pathname.length - 1))}`,
    answer: outcome(message, base),
    at: new Date(message.at).toLocaleTimeString([], { hour12: false }),
  };
};
