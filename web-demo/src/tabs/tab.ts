/** What a tab of the demo is, and what it may know and do. */

import type { VNode } from 'preact';

import type { Past, Travel } from '../travel.ts';
import type { Message, Order } from '../trace.ts';

/** How the service worker fares. */
export type Life = { readonly is: 'starting' } | { readonly is: 'live' } | { readonly is: 'dead'; readonly why: string };

/** The clock that app and server share. */
export interface Clock {
  /** Milliseconds, by the demo's clock; a tab is drawn anew each second. */
  readonly now: number;
  /** Milliseconds that it is ahead. */
  readonly offset: number;
  /** Sets how far it is ahead. */
  turn(offset: number): void;
}

/** What every tab is drawn from. */
export interface Context {
  /** Where the demo is; ends with a slash. */
  readonly base: URL;
  readonly live: Life;
  /** Every message so far, the oldest first. */
  readonly messages: readonly Message[];
  readonly clock: Clock;
  /** Whether codes wait on their way to the app. */
  readonly hold: boolean;
  /** What the address says after the tab's name: `csrf` in `#lab/csrf`, else the empty string. A plain link is the way to change it. */
  readonly place: string;
  /** Opens a path below `base` in the demo browser, and shows the tab it is on. */
  visit(path: string): void;
  /** Tells the service worker to do something. */
  order(what: Order): void;
  /** The branches of what was done in Live. */
  readonly past: Past;
  readonly travel: Travel;
  /** Goes to a tab, as the link `#tab/place` does, and moves the focus to its heading. */
  go(tab: string, place?: string): void;
}

/**
 * One tab, a file of this folder with `export const tab: Tab<S>`.
 *
 * Its name stands in `index.ts`. It draws what is inside the panel and starts with an `<h2>`: the page has the one `<h1>`.
 */
export interface Tab<S> {
  readonly initial: S;
  /** Draws the tab. `set` replaces the named parts of the state, and the tab is drawn anew. */
  view(state: S, set: (some: Partial<S>) => void, context: Context): VNode;
}
