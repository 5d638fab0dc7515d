/** Every message in its order, as an arrow between who says it and who hears it; one of them is looked at. */

import type { VNode } from 'preact';

import { field, isObject, json, location } from './decode.ts';
import { arrows, first, last, next, previous } from './icons.tsx';
import { type Exchange, type Lane, Lanes, Row } from './sequence.tsx';
import { tell } from './story.ts';
import type { Message } from './trace.ts';

const LANES: readonly Lane[] = [{ voice: 'you', name: 'You' }, { voice: 'app', name: 'App' }, { voice: 'server', name: 'Server' }, { voice: 'api', name: 'API' }];

const lane = (voice: string): number => LANES.findIndex((one) => one.voice === voice);

/** What came back, in a few letters. */
const outcome = ({ request, response, page }: Message, base: string): string => {
  const to = location({ request, response } as Message);
  const body = json(response.body);
  const error = to?.searchParams.get('error') ?? (isObject(body) && typeof body['error'] === 'string' ? body['error'] : undefined);
  const said = error ?? (to ? `to ${to.href.startsWith(base) ? to.pathname.slice(new URL(base).pathname.length - 1) : to.host}` : page === 'app' ? undefined : page?.replaceAll('_', ' '));
  return said === undefined ? String(response.status) : `${response.status} ${said}`;
};

const isBad = ({ response }: Message): boolean => response.status >= 400 || (field(response.headers, 'location') ?? '').includes('error=');

const exchange = (message: Message, base: string): Exchange => {
  const { title, from, to } = tell(message, base);
  return {
    id: String(message.id), title, from: lane(from), to: lane(to), isBad: isBad(message),
    ask: `${message.request.method} ${new URL(message.request.url).pathname.slice(new URL(base).pathname.length - 1)}`,
    answer: outcome(message, base),
    at: new Date(message.at).toLocaleTimeString([], { hour12: false }),
  };
};

export interface WireProps {
  readonly messages: readonly Message[];
  readonly base: string;
  /** The place of the message that is looked at. */
  readonly cursor: number;
  choose(cursor: number): void;
  /** Shows what it says, wherever that stands. */
  open(cursor: number): void;
  clear(): void;
  forget(): void;
}

/** Where a key leads in the list. */
const move = (key: string, at: number, count: number): number | undefined => {
  switch (key) {
    case 'ArrowDown': return Math.min(at + 1, count - 1);
    case 'ArrowUp': return Math.max(at - 1, 0);
    case 'Home': return 0;
    case 'End': return count - 1;
    default: return undefined;
  }
};

/** Keeps the message that is looked at in the list's window, and scrolls nothing else. */
const keepInSight = (list: HTMLElement | null): void => {
  const row = list?.querySelector('[aria-current]');
  if (!list || !row) return;
  const [outer, inner] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
  if (inner.top < outer.top) list.scrollTop += inner.top - outer.top - 8;
  if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom + 8;
};

let shown = '';
/** Called with each drawing; scrolls only if there is another message to be looked at. */
const settle = (list: HTMLElement | null): void => {
  const now = list?.dataset['cursor'] ?? '';
  if (now !== shown) keepInSight(list);
  shown = now;
};

const List = ({ messages, base, cursor, choose, open }: WireProps): VNode => {
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = move(event.key, cursor, messages.length);
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
    document.querySelectorAll<HTMLElement>('#messages .message > button')[to]?.focus({ preventScroll: true });
  };
  return (
    <ol role="list" aria-label="Messages">
      {messages.map((message, index) => {
        const row = exchange(message, base);
        const isHere = index === cursor;
        return (
          <li class="message" key={row.id} data-from={LANES[row.from]?.voice}>
            <button type="button" tabIndex={isHere ? 0 : -1} aria-current={isHere ? 'step' : undefined} onClick={() => open(index)} onKeyDown={onKeyDown}><Row exchange={row} lanes={LANES} /></button>
          </li>
        );
      })}
    </ol>
  );
};

/** First, back, a slider, on, newest. */
const Scrubber = ({ messages, base, cursor, choose }: WireProps): VNode => {
  const end = messages.length - 1;
  const here = messages[cursor];
  const button = (name: string, icon: () => VNode, to: number): VNode => (
    <button type="button" aria-label={name} disabled={to === cursor || to < 0 || to > end} onClick={() => choose(to)}>{icon()}</button>
  );
  return (
    <div class="scrubber" role="group" aria-label="Move through the messages">
      {button('First message', first, 0)}
      {button('Message before', previous, cursor - 1)}
      <input type="range" id="scrubber" aria-label="Message" min={1} max={Math.max(1, messages.length)} value={cursor + 1} disabled={messages.length < 2}
        aria-valuetext={here && `${cursor + 1} of ${messages.length}: ${tell(here, base).title}`} onInput={(event) => choose(Number(event.currentTarget.value) - 1)} />
      {button('Next message', next, cursor + 1)}
      {button('Newest message', last, end)}
    </div>
  );
};

export const Wire = (props: WireProps): VNode => {
  const { messages, clear, forget, cursor } = props;
  return (
    <section class="wire" aria-labelledby="wire">
      <header>
        <h2 id="wire" tabIndex={-1}>On the wire</h2>
        <span class="chip" role="status">{messages.length}<span class="seen-only-by-readers">{messages.length === 1 ? ' message' : ' messages'}</span></span>
        <button type="button" class="button small push" onClick={clear} disabled={messages.length === 0}>Clear</button>
        <button type="button" class="button small" id="start-over" onClick={forget}>Start over</button>
      </header>
      <Lanes lanes={LANES} timed />
      <div class="messages" id="messages" data-cursor={messages[cursor]?.id} ref={(list) => settle(list)}>
        {messages.length === 0
          ? <div class="empty">{arrows(30)}<strong>Nothing yet</strong><p>Sign in to Taskmaster. Every message between you, the app and the server appears here; open one to see what it says.</p></div>
          : <List {...props} />}
      </div>
      <Scrubber {...props} />
    </section>
  );
};
