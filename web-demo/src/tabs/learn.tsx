/** The first tab: what this is, and three ways on. */

import type { VNode } from 'preact';

import snippets from '#readme';

import { type Exchange, type Lane, Story } from '../sequence.tsx';
import { step } from '../route.ts';
import type { Tab } from './tab.ts';

type Use = 'npm' | 'cargo' | 'server';

interface State { readonly use: Use }

const LANES: readonly Lane[] = [{ voice: 'you', name: 'You' }, { voice: 'app', name: 'App' }, { voice: 'server', name: 'Server' }, { voice: 'api', name: 'API' }];

const rfc = (number: number, section: string): { readonly spec: string; readonly url: string } =>
  ({ spec: `RFC ${number} §${section}`, url: `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}` });

const FLOW: readonly Exchange[] = [
  { id: '1', title: 'The app sends you to the server', from: 1, to: 2, ask: 'GET /oauth2/authorize', why: { text: 'With a challenge and a state: later only this app, in this browser, can use the answer.', ...rfc(7636, '4.3') } },
  { id: '2', title: 'You sign in and agree', from: 0, to: 2, ask: 'name, password, consent', why: { text: 'The app never sees your password, and you may give it less than it asks for.', ...rfc(6749, '3.3') } },
  { id: '3', title: 'Your browser brings a code back', from: 2, to: 1, ask: 'code, state', why: { text: 'Good once and for ten minutes. Whoever steals it lacks the secret behind the challenge.', ...rfc(6749, '4.1.2') } },
  { id: '4', title: 'The app trades the code for tokens', from: 1, to: 2, ask: 'POST /oauth2/token', answer: 'tokens', why: { text: 'It shows that secret, the verifier, and learns from the ID token who you are.', ...rfc(7636, '4.5') } },
  { id: '5', title: 'The app reads your tasks', from: 1, to: 3, ask: 'GET /api/tasks', answer: 'tasks', why: { text: 'The token is a key: whoever has it may go in, for an hour.', ...rfc(6750, '2.1') } },
];

const USES: readonly (readonly [id: Use, name: string, text: string])[] = [
  ['npm', 'npm', 'A sign-in for your web app. PKCE, state, nonce and every check of the ID token are not options: they are done.'],
  ['cargo', 'cargo', 'The server core in your own program: it asks its host one question at a time, and does no I/O itself.'],
  ['server', 'server', 'The same core behind a real socket, for curl and for your own app.'],
];

const choose = (event: KeyboardEvent, index: number, set: (some: Partial<State>) => void): void => {
  const [to] = USES[step(event.key, index, USES.length) ?? -1] ?? [];
  if (to === undefined) return;
  event.preventDefault();
  set({ use: to });
  document.querySelector<HTMLElement>(`#use-${to}`)?.focus();
};

const UseIt = ({ use, set }: { use: Use; set: (some: Partial<State>) => void }): VNode => {
  const text = USES.find(([id]) => id === use)?.[2];
  return (
    <section class="card stack" aria-labelledby="use-it">
      <h3 id="use-it">Use it in your app</h3>
      <div class="tabs" role="tablist" aria-labelledby="use-it">
        {USES.map(([id, name], index) => (
          <button key={id} type="button" role="tab" id={`use-${id}`} aria-selected={id === use} aria-controls="use-panel" tabIndex={id === use ? 0 : -1} onClick={() => set({ use: id })} onKeyDown={(event) => choose(event, index, set)}>{name}</button>
        ))}
      </div>
      <div role="tabpanel" id="use-panel" aria-labelledby={`use-${use}`} class="stack">
        <pre class="json" tabIndex={0} aria-label="Code">{snippets[use]}</pre>
        <p class="hint">{text} <a href="#flow/developer">Register an app of your own</a></p>
      </div>
    </section>
  );
};

export const tab: Tab<State> = {
  initial: { use: 'npm' },
  view: ({ use }, set) => (
    <div class="learn">
      <section class="hero">
        <h2>See how signing in works, message by message</h2>
        <p class="lead">The OAuth 2.0 authorization code flow with OpenID Connect, both sides of it, runs in this tab: sign in to a small app and read everything that is said.</p>
        <div class="row">
          <a class="button strong" id="watch" href="#flow">Sign in and watch</a>
          <a class="button" id="attack" href="#lab">Attack it</a>
          <a class="button" href="#use-it" onClick={(event) => { event.preventDefault(); document.querySelector('#use-it')?.scrollIntoView(); document.querySelector<HTMLElement>(`#use-${use}`)?.focus(); }}>Use it in your app</a>
        </div>
      </section>
      <section class="card" aria-labelledby="the-flow"><h3 id="the-flow" class="seen-only-by-readers">The flow</h3><Story lanes={LANES} exchanges={FLOW} label="The authorization code flow" /></section>
      <UseIt use={use} set={set} />
    </div>
  ),
};
