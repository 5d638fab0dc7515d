/** Every message in its order, as an arrow between who says it and who hears it; one of them is looked at. */

import type { ComponentChildren, VNode } from 'preact';

import { field, isObject, json, location } from './decode.ts';
import { arrows } from './icons.tsx';
import { List, type ListProps, Scrubber } from './list.tsx';
import { type Exchange, type Lane, Lanes, short } from './sequence.tsx';
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
export const outcome = (message: Message, base: string): string => {
  const { response: { status }, page } = message;
  const to = location(message);
  const there = to && (to.href.startsWith(base) ? to.pathname.slice(new URL(base).pathname.length - 1) : to.host);
  const said = errorOf(message) ?? (there === undefined ? (page === 'app' ? undefined : page?.replaceAll('_', ' ')) : `to ${there}`);
  return said === undefined ? String(status) : `${status} ${said}`;
};

export const isBad = ({ response }: Message): boolean => response.status >= 400 || (field(response.headers, 'location') ?? '').includes('error=');

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

export interface WireProps extends ListProps {
  /** What stands beside the heading, and below the slider. */
  readonly tools: ComponentChildren;
  readonly foot?: ComponentChildren;
}

export const Wire = (props: WireProps): VNode => {
  const { rows, lanes, tools, foot } = props;
  return (
    <section class="wire" aria-labelledby="wire">
      <header>
        <h2 id="wire" tabIndex={-1}>On the wire</h2>
        <span class="chip" role="status">{rows.length}<span class="seen-only-by-readers">{rows.length === 1 ? ' message' : ' messages'}</span></span>
        {tools}
      </header>
      <Lanes lanes={lanes} timed />
      {rows.length === 0
        ? <div class="messages"><div class="empty">{arrows(30)}<strong>Nothing yet</strong><p>Sign in to Taskmaster. Every message between you, the app and the server appears here; open one to see what it says.</p></div></div>
        : <List {...props} />}
      <Scrubber {...props} />
      {foot}
    </section>
  );
};
