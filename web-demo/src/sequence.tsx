/** Who says what to whom: a lane for each actor, a row for each message, an arrow there and one back. */

import type { ComponentChildren, VNode } from 'preact';

export interface Lane {
  /** One of the voices of the style sheet: `you`, `app`, `server`, `api`, `evil`. */
  readonly voice: string;
  readonly name: string;
}

export interface Exchange {
  readonly id: string;
  /** What it is about, in a sentence. */
  readonly title: string;
  /** The lanes it goes between, by their place. */
  readonly from: number;
  readonly to: number;
  /** What is sent, and what comes back. */
  readonly ask: string;
  readonly answer?: string;
  readonly isBad?: boolean;
  /** When, as it is shown. */
  readonly at?: string;
  /** What else is to be known of it, in a word or two. */
  readonly mark?: string | undefined;
  /** Why it is so, in a sentence, and where that is written. */
  readonly why?: { readonly text: string; readonly spec: string; readonly url: string };
}

/** A path that fits on an arrow between two neighbours. */
export const short = (path: string): string => path.replace('/.well-known/', '…/');

interface ArrowProps { readonly from: number; readonly to: number; readonly kind: 'ask' | 'answer'; readonly lanes: readonly Lane[]; readonly children: ComponentChildren }

const Arrow = ({ from, to, kind, lanes, children }: ArrowProps): VNode => (
  <span class="arrow" data-kind={kind} data-of={lanes[from]?.voice} data-left={Math.min(from, to)} data-right={Math.max(from, to)} data-to={from <= to ? 'right' : 'left'}><span>{children}</span></span>
);

/** The inside of a row, for a button or for a plain item. */
export const Row = ({ exchange: { title, from, to, ask, answer, isBad = false, at, mark, why }, lanes }: { exchange: Exchange; lanes: readonly Lane[] }): VNode => (
  <>
    {at !== undefined && <time>{at}</time>}
    <span class="lanes" data-lanes={lanes.length}>
      <span class="title">
        {title}
        <span class="seen-only-by-readers">, {lanes[from]?.name} to {lanes[to]?.name}</span>
        {mark !== undefined && <> <span class="chip of-evil">{mark}</span></>}
      </span>
      <Arrow from={from} to={to} kind="ask" lanes={lanes}>{ask}</Arrow>
      {answer !== undefined && <Arrow from={to} to={from} kind="answer" lanes={lanes}><span class={isBad ? 'chip bad status' : 'chip status'}>{answer}</span></Arrow>}
      {why && <span class="why">{why.text} <a href={why.url} target="_blank" rel="noreferrer">{why.spec}</a></span>}
    </span>
  </>
);

export const Lanes = ({ lanes, timed = false }: { lanes: readonly Lane[]; timed?: boolean }): VNode => (
  <div class="actors" data-timed={timed} aria-hidden="true">
    <ul class="lanes" data-lanes={lanes.length}>{lanes.map(({ voice, name }) => <li key={name} class={`chip of-${voice}`}>{name}</li>)}</ul>
  </div>
);

/** A sequence to be read, not chosen from. */
export const Story = ({ lanes, exchanges, label }: { lanes: readonly Lane[]; exchanges: readonly Exchange[]; label: string }): VNode => (
  <div class="sequence">
    <Lanes lanes={lanes} />
    <ol role="list" aria-label={label}>{exchanges.map((exchange) => <li key={exchange.id}><Row exchange={exchange} lanes={lanes} /></li>)}</ol>
  </div>
);
