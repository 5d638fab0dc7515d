/**
 * The app's login machine, told from outside: the app is a page with the npm package in it, and what it sends, and when,
 * says where it is. The server's machines tell of themselves.
 */

import { field, form, location } from './decode.ts';
import type { Message } from './trace.ts';

const pathOf = (message: Message, base: string): string => {
  const { href } = new URL(message.request.url);
  return href.startsWith(base) ? href.slice(base.length).replace(/[?#].*/, '') : '';
};

const isRedemption = (message: Message, base: string): boolean =>
  pathOf(message, base) === 'oauth2/token' && form(message).some(({ name, value }) => name === 'grant_type' && value === 'authorization_code');

/** What came after a message, up to the next login. */
const later = (messages: readonly Message[], at: number, base: string): readonly Message[] => {
  const rest = messages.slice(at + 1);
  const next = rest.findIndex((message) => pathOf(message, base) === 'oauth2/authorize');
  return next < 0 ? rest : rest.slice(0, next);
};

const usesToken = ({ request }: Message): boolean => field(request.headers, 'authorization')?.startsWith('Bearer ') ?? false;

const steps = (messages: readonly Message[], at: number, base: string): readonly string[] => {
  const message = messages[at];
  // What is sent by hand is none of the app's.
  if (!message || message.again !== undefined) return [];
  const after = later(messages, at, base);
  const good = after.some(usesToken) ? ['login.awaiting_verdict.good.done.tokens'] : [];
  switch (pathOf(message, base)) {
    case 'oauth2/authorize': return message.kind === 'navigation' ? ['login.absent.begin.awaiting_callback.leave'] : [];
    case 'app/':
    case 'app/byo/': {
      const said = new URL(message.request.url).searchParams;
      if (said.has('error')) return ['login.awaiting_callback.bad_callback.failed.error'];
      return said.has('code') && after.some((one) => isRedemption(one, base)) ? ['login.awaiting_callback.callback.accepted.nothing'] : [];
    }
    case 'oauth2/token': {
      if (!isRedemption(message, base) || location(message)) return [];
      const sent = 'login.accepted.exchange.awaiting_tokens.send';
      if (message.response.status !== 200) return [sent, 'login.awaiting_tokens.bad_answer.failed.error'];
      if (!message.response.body.includes('"id_token"')) return [sent, 'login.awaiting_tokens.answer.done.tokens'];
      if (after.some((one) => pathOf(one, base) === 'oauth2/jwks')) return [sent, 'login.awaiting_tokens.answer.awaiting_keys.send'];
      return [sent, 'login.awaiting_tokens.answer.awaiting_verdict.verify', ...good];
    }
    case 'oauth2/jwks': {
      const isAsked = messages.slice(0, at).findLast((one) => isRedemption(one, base) || pathOf(one, base) === 'oauth2/authorize');
      return isAsked && isRedemption(isAsked, base) ? ['login.awaiting_keys.answer.awaiting_verdict.verify', ...good] : [];
    }
    default: return [];
  }
};

const told = (messages: readonly Message[], base: string): readonly Message[] =>
  messages.map((message, at) => {
    const more = steps(messages, at, base);
    return more.length === 0 ? message : { ...message, transitions: [...(message.transitions ?? []), ...more] };
  });

/** What was told last: the page is drawn anew every second, and seldom are there other messages. */
let last: { readonly messages: readonly Message[]; readonly base: string; readonly told: readonly Message[] } | undefined;

/** The same messages, with the ways that the app's login took. */
export const withClient = (messages: readonly Message[], base: string): readonly Message[] => {
  if (last?.messages !== messages || last.base !== base) last = { messages, base, told: told(messages, base) };
  return last.told;
};
