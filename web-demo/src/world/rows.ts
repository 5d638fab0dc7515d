/** World's messages as rows of a sequence: a lane for each who takes part. */

import { type Exchange, type Lane, short } from '../sequence.tsx';
import type { Actor, Message } from './types.ts';

export const ACTORS: Readonly<Record<Actor, Lane>> = {
  alice: { voice: 'you', name: 'Alice' },
  app: { voice: 'app', name: 'App' },
  as: { voice: 'server', name: 'Server' },
  evil: { voice: 'evil', name: 'Evil' },
  eve: { voice: 'evil', name: 'Eve' },
  attacker: { voice: 'evil', name: 'Attacker' },
  nobody: { voice: 'you', name: 'Nobody' },
};

const ORDER: readonly Actor[] = ['alice', 'app', 'as', 'evil', 'eve', 'attacker', 'nobody'];

/** Who takes part, in the order they stand. */
export const actors = (messages: readonly Message[]): readonly Actor[] =>
  ORDER.filter((actor) => ['alice', 'app', 'as'].includes(actor) || messages.some(({ from, to }) => from === actor || to === actor));

const isPerson = (actor: Actor): boolean => actor === 'alice' || actor === 'eve';

const SUBJECTS: Readonly<Record<Actor, string>> = { alice: 'Alice', app: 'The app', as: 'The server', evil: 'The evil site', eve: 'Eve', attacker: 'The attacker', nobody: 'Nobody' };

/** What is asked for, by the last part of the path. */
const ASKS: Readonly<Record<string, string>> = {
  sign_in: 'begins to sign in',
  sign_out: 'signs out',
  authorize: 'asks for a code',
  login: 'signs in',
  token: 'trades a code for tokens',
  jwks: 'fetches the public keys',
  userinfo: 'asks who signed in',
  tasks: 'reads the tasks',
  'openid-configuration': 'learns where everything is',
  'oauth-authorization-server': 'learns where everything is',
};

const what = ({ request: { method, url, body }, to }: Message): string => {
  const { pathname, searchParams } = new URL(url);
  const path = pathname.split('/').at(-1) ?? '';
  if (searchParams.has('code')) return to === 'app' ? 'brings a code to the app' : 'brings a code';
  if (searchParams.has('error')) return 'brings a refusal';
  if (path === 'consent') return method === 'GET' ? 'is asked to agree' : body.includes('deny') ? 'says no' : 'agrees';
  return (Object.hasOwn(ASKS, path) ? ASKS[path] : undefined) ?? (to === 'app' ? 'opens the app' : 'opens a page');
};

const STAGES: Readonly<Record<Message['stage'], string>> = { request: 'on its way', working: 'at work', response: 'answer on its way', done: '', lost: 'lost' };

export const isRefused = ({ response: { status, headers }, refused }: Message): boolean =>
  refused !== undefined || status >= 400 || headers.some(([name, value]) => name.toLowerCase() === 'location' && value.includes('error='));

/** What came back, in a few letters. */
const outcome = (message: Message): string => {
  const { response: { status, headers }, stage, view, refused } = message;
  if (stage !== 'done') return STAGES[stage];
  const location = headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
  const said = refused?.code ?? (location !== undefined && URL.canParse(location) ? `to ${new URL(location).host}` : view?.is === 'server' ? view.page.page.replaceAll('_', ' ') : undefined);
  return said === undefined ? String(status) : `${status} ${said}`;
};

/** What a message is about, in a sentence. */
export const title = (message: Message): string => {
  const { from, kind, copy_of: copy, edited } = message;
  // A public app runs in the browser, and what it fetches comes from there.
  const subject = kind === 'fetch' && isPerson(from) ? `${SUBJECTS[from]}’s app` : SUBJECTS[from];
  return `${subject} ${what(message)}${copy === undefined ? '' : ', once more'}${edited === undefined ? '' : ', changed on its way'}`;
};

export const row = (message: Message, lanes: readonly Actor[]): Exchange => ({
  id: String(message.id),
  title: title(message),
  from: lanes.indexOf(message.from),
  to: lanes.indexOf(message.to),
  isBad: isRefused(message),
  // What an attacker sends or gets himself is no news.
  mark: message.seen && ![message.from, message.to].some((one) => ACTORS[one].voice === 'evil') ? 'read by the attacker' : undefined,
  ask: `${message.request.method} ${short(new URL(message.request.url).pathname)}`,
  answer: outcome(message),
  at: new Date(message.at).toLocaleTimeString([], { hour12: false, timeZone: 'UTC' }),
});

const pageOf = ({ to, view, request: { url } }: Message): string | undefined => {
  const isAnswer = /[?&](code|error)=/.test(url);
  return view?.is === 'server' ? view.page.page : to === 'app' && isAnswer ? 'app' : undefined;
};

/** A message of World with the page that it led to, as the detail of one draws it. */
export const withPage = (message: Message): Message => {
  const { page: _, ...rest } = message;
  const page = pageOf(message);
  return page === undefined ? rest : { ...rest, page };
};
