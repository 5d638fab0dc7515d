/** What World does not do, in words; and what can be seen of messages before something is done to them. */

import type { Applied, Message } from './types.ts';

/** Why something could not be done: a word for programs, and a sentence. */
export class Impossible extends Error {
  readonly code: string;

  constructor(message: string, code = 'impossible') {
    super(message);
    this.code = code;
  }
}

/** Does one thing, or says why not. */
export const must = async (applied: Promise<Applied>): Promise<Applied & { ok: true }> => {
  const done = await applied;
  if (!done.ok) throw new Impossible(done.fault.message, done.fault.code);
  return done;
};

/** Why a browser could not go to what somebody wrote; World has the last word, but nothing need be wound back to hear it. */
export const noAddress = (text: string): Impossible | undefined => {
  const isOne = URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
  return isOne ? undefined : new Impossible('That is no address: one begins with https:// and a host.', 'not_an_address');
};

/** What is seldom wanted, and fetched when it is. */
export const later = <T>(part: Promise<T>): Promise<T> => part.catch(() => {
  throw new Impossible('A part of the demo did not load: there is no network, or the demo has changed since you opened it.', 'not_loaded');
});

/** Whether the network has it in its hands. */
export const isInFlight = ({ stage }: Message): boolean => stage === 'request' || stage === 'response';
