/** A sequence to choose from: a list of rows, of which one is looked at, and a slider over them. */

import type { VNode } from 'preact';

import { first, last, next, previous } from './icons.tsx';
import { type Exchange, type Lane, Row } from './sequence.tsx';

export interface ListProps {
  readonly lanes: readonly Lane[];
  readonly rows: readonly Exchange[];
  /** The place of the row that is looked at. */
  readonly cursor: number;
  /** The row from which on this run differs from another, and which that is. */
  readonly fork?: { readonly at: number; readonly from: string } | undefined;
  choose(cursor: number): void;
  /** Shows what it says, wherever that stands. */
  open(cursor: number): void;
}

/** Which message is looked at: the one with this id, else the newest; and all up to it. */
export const lookedAt = <M extends { readonly id: number }>(messages: readonly M[], chosen: number | undefined): { readonly cursor: number; readonly message: M | undefined; readonly until: readonly M[]; readonly isPast: boolean } => {
  const found = messages.findIndex(({ id }) => id === chosen);
  const cursor = found < 0 ? messages.length - 1 : found;
  return { cursor, message: messages[cursor], until: messages.slice(0, cursor + 1), isPast: cursor < messages.length - 1 };
};

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

/** Keeps the row that is looked at in the list's window, and scrolls nothing else. */
const keepInSight = (list: HTMLElement): void => {
  const row = list.querySelector('[aria-current]');
  if (!row) return;
  const [outer, inner] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
  if (inner.top < outer.top) list.scrollTop += inner.top - outer.top - 8;
  if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom + 8;
};

let shown: string | undefined;
/** Called with each drawing; scrolls only if there is another row to be looked at. */
const settle = (list: HTMLElement | null): void => {
  if (!list || list.dataset['cursor'] === shown) return;
  shown = list.dataset['cursor'];
  keepInSight(list);
};

export const List = ({ lanes, rows, cursor, fork, choose, open }: ListProps): VNode => {
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = move(event.key, cursor, rows.length);
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
    document.querySelectorAll<HTMLElement>('#messages .message > button')[to]?.focus({ preventScroll: true });
  };
  return (
    <div class="messages" id="messages" data-cursor={rows[cursor]?.id} ref={(list) => settle(list)}>
      <ol role="list" aria-label="Messages">
        {rows.map((row, index) => (
          <li class="message" key={row.id} data-from={lanes[row.from]?.voice}>
            {fork?.at === index && <p class="fork">From here on it differs from {fork.from}</p>}
            <button type="button" tabIndex={index === cursor ? 0 : -1} aria-current={index === cursor ? 'step' : undefined} onClick={() => open(index)} onKeyDown={onKeyDown}><Row exchange={row} lanes={lanes} /></button>
          </li>
        ))}
      </ol>
    </div>
  );
};

/** First, back, a slider, on, newest. */
export const Scrubber = ({ rows, cursor, choose }: ListProps): VNode => {
  const end = rows.length - 1;
  const here = rows[cursor];
  const button = (name: string, icon: () => VNode, to: number): VNode => (
    <button type="button" aria-label={name} disabled={to === cursor || to < 0 || to > end} onClick={() => choose(to)}>{icon()}</button>
  );
  return (
    <div class="scrubber" role="group" aria-label="Move through the messages">
      {button('First message', first, 0)}
      {button('Message before', previous, cursor - 1)}
      <input type="range" id="scrubber" aria-label="Message" min={1} max={Math.max(1, rows.length)} value={cursor + 1} disabled={rows.length < 2}
        aria-valuetext={here && `${cursor + 1} of ${rows.length}: ${here.title}`} onInput={(event) => choose(Number(event.currentTarget.value) - 1)} />
      {button('Next message', next, cursor + 1)}
      {button('Newest message', last, end)}
    </div>
  );
};
