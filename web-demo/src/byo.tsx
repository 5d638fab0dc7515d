/** Taskmaster on a library of somebody else: the same server, the same tasks. */

import './telling.ts';

import { render, type VNode } from 'preact';

import type { App, SignedIn } from './byo/app.ts';
import { type Choice, choiceOf, CHOICES, sourceOf, versionOf } from './byo/libraries.ts';
import { load } from './byo/load.ts';
import { OTHER_CLIENT, OTHER_PAGE } from './clients.ts';
import { goLive } from './live.ts';
import { sentence } from './sentence.ts';
import { TaskList } from './tasklist.tsx';
import { Taskmaster } from './taskmaster.tsx';
import type { Task } from './tasks.ts';

const base = new URL('../../', document.baseURI);
const home = new URL(OTHER_PAGE, base);
const CHOICE = 'byo.choice';

type Phase =
  | { readonly is: 'starting' }
  | { readonly is: 'out'; readonly why?: string }
  | { readonly is: 'in'; readonly who: SignedIn; readonly tasks: readonly Task[] };

interface State {
  readonly choice: Choice;
  readonly source: string;
  readonly phase: Phase;
}

const here = new URL(location.href);
let app: App = { issuer: '', clientId: OTHER_CLIENT, redirectUri: home.href, scope: 'openid profile email' };
let state: State = { choice: choiceOf(here.searchParams.get('with') ?? sessionStorage.getItem(CHOICE)), source: '', phase: { is: 'starting' } };

/** What a library threw, in its own words. */
const words = (error: unknown): string => {
  const said = (typeof error === 'object' && error !== null ? error : {}) as Readonly<Record<string, unknown>>;
  const code = [said['error'], said['code']].find((one) => typeof one === 'string');
  return [code, said['error_description'] ?? sentence(error)].filter(Boolean).join(': ');
};

const choose = async (choice: Choice): Promise<void> => {
  sessionStorage.setItem(CHOICE, choice.id);
  set({ choice });
  const source = await sourceOf(choice, base);
  if (state.choice === choice) set({ source });
};

const signIn = async (): Promise<void> => {
  const { choice } = state;
  set({ phase: { is: 'starting' } });
  try {
    const library = await load(choice);
    location.assign(await library.begin(app));
  } catch (error) {
    set({ phase: { is: 'out', why: words(error) } });
  }
};

const comeBack = async (): Promise<Phase> => {
  if (!here.searchParams.has('code') && !here.searchParams.has('error')) return { is: 'out' };
  history.replaceState(null, '', home);
  try {
    const library = await load(state.choice);
    const who = await library.finish(app, here);
    const response = await fetch(new URL('api/tasks', base), { headers: { authorization: `Bearer ${who.accessToken}` } });
    if (!response.ok) throw new Error(`The API answered ${response.status}`);
    return { is: 'in', who, tasks: (await response.json()) as Task[] };
  } catch (error) {
    return { is: 'out', why: words(error) };
  }
};

const Choices = ({ choice }: State): VNode => (
  <fieldset class="scopes">
    <legend class="legend">The library</legend>
    {CHOICES.map((one) => (
      <label class="choice" key={one.id} for={`with-${one.id}`}>
        <input type="radio" name="library" id={`with-${one.id}`} checked={one === choice} onChange={() => void choose(one)} />
        <strong>{one.id} <small class="mono">{versionOf(one)}</small></strong>
        <small>{one.says}</small>
      </label>
    ))}
  </fieldset>
);

const Out = ({ now, why }: { now: State; why: string | undefined }): VNode => (
  <>
    <div class="stack">
      <h1>Taskmaster, on a library of your choice</h1>
      <p class="lead">The same server and the same tasks. The package from npm is used as it is; nothing here knows that the server runs in your browser.</p>
    </div>
    {why !== undefined && <div class="note bad" role="alert" id="trouble"><strong>The sign-in did not work</strong><p>{why}</p></div>}
    <Choices {...now} />
    <div><button type="button" class="button strong" id="sign-in" onClick={() => void signIn()}>Sign in with {now.choice.id}</button></div>
  </>
);

const In = ({ who: { claims }, tasks, choice }: { who: SignedIn; tasks: readonly Task[]; choice: Choice }): VNode => (
  <>
    <div class="row">
      <h1 tabIndex={-1} id="hello">Hello, {String(claims['given_name'] ?? claims['sub'])}</h1>
      <button type="button" class="button small push" id="sign-out" onClick={() => set({ phase: { is: 'out' } })}>Sign out</button>
    </div>
    <p class="lead">Signed in with <strong id="signed-in-with">{choice.id}</strong>. The token is in memory only: a reload forgets it.</p>
    <section class="stack" aria-labelledby="your-tasks"><h2 id="your-tasks">Your tasks</h2><TaskList tasks={tasks} /></section>
    <section class="identity" aria-labelledby="who">
      <h2 id="who">Who am I?</h2>
      <dl class="facts" id="claims">{Object.entries(claims).map(([name, value]) => [<dt key={`${name}-name`}><code>{name}</code></dt>, <dd key={name}>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>])}</dl>
    </section>
  </>
);

const Main = (now: State): VNode => {
  const { phase, choice, source } = now;
  return (
    <main class="beside">
      <div class="stack">
        {phase.is === 'starting' && <div class="row" role="status"><span class="pulse" aria-hidden="true"></span><h1>One moment</h1></div>}
        {phase.is === 'out' && <Out now={now} why={phase.why} />}
        {phase.is === 'in' && <In who={phase.who} tasks={phase.tasks} choice={choice} />}
      </div>
      {source !== '' && (
        <section class="stack" aria-labelledby="source-title">
          <h2 id="source-title">All of the sign-in</h2>
          <pre class="code" id="source" tabIndex={0} role="region" aria-label="Source code">{source}</pre>
        </section>
      )}
    </main>
  );
};

const root = document.querySelector('#root');

const set = (some: Partial<State>): void => {
  state = { ...state, ...some };
  if (root) render(<Taskmaster><Main {...state} /></Taskmaster>, root);
};

const start = async (): Promise<void> => {
  set({});
  try {
    app = { ...app, issuer: (await goLive(base)).issuer };
    const phase = await comeBack();
    set({ phase });
    if (phase.is === 'in') document.querySelector<HTMLElement>('#hello')?.focus();
  } catch (error) {
    set({ phase: { is: 'out', why: words(error) } });
  }
  await choose(state.choice);
};

void start();
