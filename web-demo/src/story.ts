/** What each message is about, in a sentence. */

import { OTHER_PAGE } from './clients.ts';
import { field, form, location } from './decode.ts';
import type { Again, Message } from './trace.ts';

export type Actor = 'you' | 'app' | 'server';

/** The steps of the flow, in their order. */
export const STAGES = ['ask', 'sign in', 'consent', 'code', 'token', 'tasks'] as const;
export type Stage = (typeof STAGES)[number];

export interface Story {
  readonly title: string;
  readonly from: Actor;
  readonly to: Actor | 'api';
  /** The step that this message completes. */
  readonly completes?: Stage;
}

const story = (title: string, from: Actor, to: Story['to'], completes?: Stage): Story => ({ title, from, to, ...(completes && { completes }) });

const refused = (message: Message): string | undefined => location(message)?.searchParams.get('error') ?? undefined;
const carriesCode = (message: Message): boolean => location(message)?.searchParams.has('code') ?? false;

const outcome = (message: Message): string => {
  const error = refused(message);
  if (message.page === 'login') return 'the server asks who you are';
  if (message.page === 'consent') return 'the server asks you';
  if (message.page === 'error') return 'the server refuses';
  if (error !== undefined) return `the server sends back ${error}`;
  return carriesCode(message) ? 'a code travels back' : 'the server answers';
};

const AGAIN: Readonly<Record<Again, string>> = { same: ', once more', changed: ', changed and sent by hand' };

/** What this message is about. */
export const tell = (message: Message, base: string): Story => {
  const told = first(message, base);
  if (message.again === undefined) return told;
  // It got nobody any further.
  const { completes: _, ...rest } = told;
  return { ...rest, title: told.title + AGAIN[message.again] };
};

const first = (message: Message, base: string): Story => {
  const path = new URL(message.request.url).pathname.slice(new URL(base).pathname.length);
  const { method } = message.request;
  const { status } = message.response;
  const isGood = status < 400;
  switch (path) {
    case OTHER_PAGE:
    case 'app/': {
      const isRefusal = new URL(message.request.url).searchParams.has('error');
      return isRefusal ? story('The browser brings the refusal to the app', 'server', 'app') : story('The browser brings the code to the app', 'server', 'app', 'code');
    }
    case 'oauth2/authorize': return story(`The app asks; ${outcome(message)}`, 'app', 'server', message.page === 'error' || refused(message) ? undefined : 'ask');
    case 'oauth2/login': {
      // The developer page asks for a sign-in, too; no app does.
      if (status === 303) return story('You sign in', 'you', 'server', location(message)?.pathname.endsWith('/developer') ? undefined : 'sign in');
      return story('The sign-in fails; the server asks again', 'you', 'server');
    }
    case 'oauth2/consent': {
      if (method === 'GET') return story(`Signed in; ${outcome(message)}`, 'you', 'server');
      if (carriesCode(message)) return story('You approve; a code travels back', 'you', 'server', 'consent');
      return refused(message) === 'access_denied' ? story('You deny; the server tells the app', 'you', 'server') : story(`You answer; ${outcome(message)}`, 'you', 'server');
    }
    case 'oauth2/token': return isGood ? story('The app trades the code for tokens', 'app', 'server', 'token') : story('The server refuses the code', 'app', 'server');
    case 'oauth2/jwks': return story('The app fetches the server’s public keys', 'app', 'server');
    case 'oauth2/userinfo': return story(isGood ? 'The app asks who you are' : 'The server refuses the token', 'app', 'server');
    case 'oauth2/logout': return method === 'POST' ? story('You sign out of the server', 'you', 'server') : story(message.page === 'signed_out' ? 'You are signed out of the server' : 'The server asks whether to sign out', 'you', 'server');
    case 'api/tasks': return isGood ? story('The app reads your tasks', 'app', 'api', 'tasks') : story('The API refuses the token', 'app', 'api');
    case 'developer': {
      if (method === 'GET') return story('You open the developer page', 'you', 'server');
      const action = form(message).find(({ name }) => name === 'action')?.value;
      if (message.page === 'registered') return story(action === 'rotate' ? 'You rotate the secret of an app' : 'You register an app', 'you', 'server');
      return story(action === 'remove' ? 'You remove an app' : 'The form needs another look', 'you', 'server');
    }
    case '.well-known/openid-configuration':
    case '.well-known/oauth-authorization-server': return story('The app learns where everything is', 'app', 'server');
    default: return story(field(message.response.headers, 'content-type')?.includes('json') ? 'A request' : 'A page', message.kind === 'fetch' ? 'app' : 'you', 'server');
  }
};

/** The steps done since the flow last began. */
export const progress = (messages: readonly Message[], base: string): ReadonlySet<Stage> => {
  let done = new Set<Stage>();
  for (const message of messages) {
    const { completes } = tell(message, base);
    if (completes === 'ask') done = new Set();
    if (completes === undefined) continue;
    // Whoever was signed in already, or is past a later step, has passed the ones before.
    for (const stage of STAGES.slice(0, STAGES.indexOf(completes) + 1)) done.add(stage);
    if (message.page === 'consent') done.add('sign in');
  }
  return done;
};
