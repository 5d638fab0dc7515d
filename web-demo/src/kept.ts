/**
 * Tells the page around an app what the app keeps, so that it can be put back. Where there is no page around it, nobody
 * is told. It has to run before the app does.
 *
 * What the worker tells of a message and what the app makes of the answer come in no order. So it is the app's page that
 * says it, in its own order and before it can do anything else: which message an answer was, then what is kept once that
 * is dealt with; and what is kept when the page comes and when it goes. An answer is dealt with when the next request
 * leaves, when a person does the next thing, or after a while.
 */

import { MESSAGE_FIELD } from './trace.ts';

export interface Kept {
  readonly href: string;
  readonly storage: Readonly<Record<string, string>>;
  /** Whether the page comes or goes. */
  readonly isEdge: boolean;
}

/** Most time that an app takes over an answer, in milliseconds. */
const A_WHILE = 1000;

/** The events at the frame; their `detail` is text, which outlives the page that wrote it. */
export const KEPT = 'demo-kept';
export const ANSWERED = 'demo-answered';

export const tellFrame = (): void => {
  const frame = window.frameElement;
  if (!frame) return;
  let isOpen = false;
  const say = (isEdge: boolean): void => {
    isOpen = false;
    const kept: Kept = { href: location.href, storage: { ...sessionStorage }, isEdge };
    frame.dispatchEvent(new CustomEvent(KEPT, { detail: JSON.stringify(kept) }));
  };
  const settle = (): void => {
    if (isOpen) say(false);
  };
  const send = window.fetch.bind(window);
  window.fetch = async (...asked) => {
    say(false);
    const response = await send(...asked);
    const id = response.headers.get(MESSAGE_FIELD);
    if (id !== null) {
      frame.dispatchEvent(new CustomEvent(ANSWERED, { detail: id }));
      isOpen = true;
      setTimeout(settle, A_WHILE);
    }
    return response;
  };
  // Before the app hears of it.
  for (const name of ['pointerdown', 'keydown', 'click']) window.addEventListener(name, settle, { capture: true });
  window.addEventListener('pagehide', () => say(true));
  say(true);
};
