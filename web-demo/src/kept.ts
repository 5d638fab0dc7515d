/**
 * Tells the page around an app what the app keeps, so that it can be put back. Where there is no page around it, nobody
 * is told. It has to run before the app does.
 *
 * What the worker tells of a message and what the app makes of the answer come in no order. So it is the app's page that
 * says it, in its own order and before it can do anything else: which message an answer was, then what is kept when the
 * next request leaves; and what is kept when the page comes and when it goes.
 */

import { MESSAGE_FIELD } from './trace.ts';

export interface Kept {
  readonly href: string;
  readonly storage: Readonly<Record<string, string>>;
  /** Whether the page comes or goes. */
  readonly isEdge: boolean;
}

/** The events at the frame; their `detail` is text, which outlives the page that wrote it. */
export const KEPT = 'demo-kept';
export const ANSWERED = 'demo-answered';

export const tellFrame = (): void => {
  const frame = window.frameElement;
  if (!frame) return;
  const say = (isEdge: boolean): void => {
    const kept: Kept = { href: location.href, storage: { ...sessionStorage }, isEdge };
    frame.dispatchEvent(new CustomEvent(KEPT, { detail: JSON.stringify(kept) }));
  };
  const send = window.fetch.bind(window);
  window.fetch = async (...asked) => {
    say(false);
    const response = await send(...asked);
    const id = response.headers.get(MESSAGE_FIELD);
    if (id !== null) frame.dispatchEvent(new CustomEvent(ANSWERED, { detail: id }));
    return response;
  };
  window.addEventListener('pagehide', () => say(true));
  say(true);
};
