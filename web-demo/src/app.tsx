/** Taskmaster: a small tasks app that signs people in with the npm package. It knows nothing of the demo but its clock, and that the page around it may go back. */

import './telling.ts';

import { render, type VNode } from 'preact';

import { type Auth, type Failure, failure, prepare, type Snapshot, trouble } from './client.ts';
import { goLive } from './live.ts';
import { TaskList } from './tasklist.tsx';
import { Taskmaster } from './taskmaster.tsx';
import type { Task } from './tasks.ts';
import { channelOf, DEFAULT_CLIENT, type News } from './trace.ts';

const base = new URL('../', document.baseURI);
const home = new URL('app/', base);

type Tasks = { readonly is: 'loading' } | { readonly is: 'here'; readonly tasks: readonly Task[] } | { readonly is: 'failed'; readonly failure: Failure };

interface State {
  /** Undefined until the server is there. */
  readonly snapshot: Snapshot | undefined;
  readonly dead: string | undefined;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly tasks: Tasks;
  /** A failure of something the person did here, as opposed to one of the sign-in. */
  readonly failure: Failure | undefined;
}

const SCOPES = [
  ['openid', 'Who you are', 'a name that never changes'],
  ['profile', 'Your name', 'and the rest of the profile'],
  ['email', 'Your email', 'and whether it is verified'],
] as const;

const remember = (key: string, value: string): void => sessionStorage.setItem(`taskmaster.${key}`, value);
const recall = (key: string): string | null => sessionStorage.getItem(`taskmaster.${key}`);

/** Which client to be: what the address says, else what was chosen in this tab. */
const chosenClient = (): string => {
  const here = new URL(location.href);
  const said = here.searchParams.get('client_id');
  if (said === null) return recall('client') ?? DEFAULT_CLIENT;
  here.searchParams.delete('client_id');
  history.replaceState(null, '', here);
  remember('client', said);
  return said;
};

let offset = 0;
let issuer = '';
let auth: Auth | undefined;

let state: State = {
  snapshot: undefined,
  dead: undefined,
  clientId: chosenClient(),
  scopes: (recall('scopes') ?? 'openid profile email').split(' ').filter(Boolean),
  tasks: { is: 'loading' },
  failure: undefined,
};

const create = (): Auth => {
  const made = prepare({ issuer, clientId: state.clientId, redirectUri: home.href, now: () => Math.floor((Date.now() + offset) / 1000) });
  made.subscribe((snapshot) => {
    if (made === auth) set({ snapshot });
  });
  return made;
};

/** Does what a person asked for, and shows what went wrong with it. */
const attempt = (what: () => Promise<void>): void => {
  set({ failure: undefined });
  what().catch((error: unknown) => set({ failure: failure(error) }));
};

const login = (event: Event): void => {
  event.preventDefault();
  attempt(async () => auth?.login({ scope: state.scopes.join(' ') }));
};

const logout = (): void => attempt(async () => {
  await auth?.logout();
  set({ tasks: { is: 'loading' } });
});

const load = async (): Promise<void> => {
  set({ tasks: { is: 'loading' } });
  try {
    const response = await auth?.fetch(new URL('api/tasks', base));
    if (!response?.ok) throw { code: String(response?.status), message: 'The API did not accept the token. It is good for an hour; sign in again.', remedy: 'login-again' } satisfies Failure;
    set({ tasks: { is: 'here', tasks: (await response.json()) as Task[] } });
  } catch (error) {
    set({ tasks: { is: 'failed', failure: failure(error) } });
  }
};

const choose = (scope: string, isChosen: boolean): void => {
  const scopes = SCOPES.map(([word]) => word).filter((word) => (word === scope ? isChosen : state.scopes.includes(word)));
  remember('scopes', scopes.join(' '));
  set({ scopes });
};

const become = (event: SubmitEvent): void => {
  event.preventDefault();
  const field = event.currentTarget instanceof HTMLFormElement ? event.currentTarget.elements.namedItem('app-client-id') : null;
  const clientId = (field instanceof HTMLInputElement && field.value.trim()) || DEFAULT_CLIENT;
  remember('client', clientId);
  set({ clientId });
  attempt(async () => {
    auth = create();
    await auth.ready();
  });
};

const KINDLY: Readonly<Record<string, readonly [title: string, text: string]>> = {
  access_denied: ['You said no', 'That is fine: Taskmaster got nothing. Sign in whenever you like.'],
  state_unknown: ['This sign-in is not known here', 'It began in another browser, or long ago. Begin it once more.'],
  state_expired: ['That took a while', 'A sign-in has to be finished within a quarter of an hour. Begin it once more.'],
  session_gone: ['The token is no longer good', 'It was good for an hour, or the server was started over. If you are still signed in there, a new one is quick.'],
  grant_invalid: ['The code was no longer good', 'A code is good once and for ten minutes. Begin the sign-in once more.'],
};

const Trouble = ({ what }: { what: Failure }): VNode => {
  const [title, text] = (Object.hasOwn(KINDLY, what.code) ? KINDLY[what.code] : undefined) ?? ['The sign-in did not work', what.message];
  return (
    <div class={what.code === 'access_denied' ? 'note' : 'note bad'} role="alert" id="trouble" data-code={what.code}>
      <strong>{title}</strong>
      <p>{text}</p>
      <p class="hint">For developers: <code>{what.code}</code>{what.remedy && <>, remedy <code>{what.remedy}</code></>}</p>
    </div>
  );
};

const Waiting = ({ text }: { text: string }): VNode => (
  <main><div class="row" role="status"><span class="pulse" aria-hidden="true"></span><h1>{text}</h1></div></main>
);

const SignedOut = ({ clientId, scopes, failure: own }: { clientId: string; scopes: readonly string[]; failure: Failure | undefined }): VNode => (
  <main>
    <div class="stack">
      <h1>Your tasks, behind a real sign-in</h1>
      <p class="lead">Taskmaster never sees your password. It sends you to the server, which asks you; then it gets just what you agreed to.</p>
    </div>
    {own && <Trouble what={own} />}
    <form class="stack" onSubmit={login}>
      <fieldset>
        <legend class="legend">Ask for</legend>
        <div class="scopes">
          {SCOPES.map(([word, title, text]) => (
            <label class="choice" key={word} for={`ask-${word}`}>
              <input type="checkbox" id={`ask-${word}`} checked={scopes.includes(word)} onChange={(event) => choose(word, event.currentTarget.checked)} />
              <strong>{title}</strong>
              <small>{text} · <code>{word}</code></small>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="row">
        <button class="button strong" id="sign-in" type="submit" disabled={scopes.length === 0}>{own ? 'Try again' : 'Sign in'}</button>
        {scopes.length === 0 && <span class="hint" role="status">Ask for one thing at least.</span>}
      </div>
    </form>
    <details open={clientId !== DEFAULT_CLIENT}>
      <summary>Settings of this app</summary>
      <form onSubmit={become}>
        <div class="field">
          <label for="app-client-id">client_id</label>
          <input id="app-client-id" name="app-client-id" class="mono" value={clientId} autocomplete="off" spellcheck={false} />
          <p class="hint">Register an app of your own on the <a href={new URL('developer', base).href}>developer page</a>, as a public client with the redirect URI <code id="redirect-uri">{home.href}</code></p>
        </div>
        <div class="row"><button class="button small" id="use-client" type="submit">Use it</button></div>
      </form>
    </details>
  </main>
);

const List = ({ tasks }: { tasks: Tasks }): VNode => {
  switch (tasks.is) {
    case 'loading': return <p class="row hint" role="status"><span class="pulse" aria-hidden="true"></span>Loading your tasks</p>;
    case 'failed': return <div class="stack"><Trouble what={tasks.failure} /><div><button type="button" class="button strong" id="sign-in" onClick={login}>Sign in again</button></div></div>;
    case 'here': return <TaskList tasks={tasks.tasks} />;
  }
};

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const SignedIn = ({ snapshot, tasks, failure: own }: { snapshot: Snapshot & { status: 'signed-in' }; tasks: Tasks; failure: Failure | undefined }): VNode => {
  const { scopes, expiresAt } = snapshot;
  const claims: Readonly<Record<string, unknown>> = snapshot.user?.claims ?? {};
  const name = show(claims['given_name'] ?? claims['name'] ?? claims['sub'] ?? '');
  return (
    <main>
      <div class="row">
        {name !== '' && <span class="avatar" aria-hidden="true">{name[0]?.toUpperCase()}</span>}
        <h1 tabIndex={-1} id="hello">{claims['name'] || claims['given_name'] ? `Hello, ${name}` : 'Hello'}</h1>
        <button type="button" class="button small push" id="sign-out" onClick={logout}>Sign out</button>
      </div>
      {own && <Trouble what={own} />}
      <section class="stack" aria-labelledby="your-tasks">
        <div class="row">
          <h2 id="your-tasks">Your tasks</h2>
          <button type="button" class="button small push" id="load" onClick={() => void load()}>Load again</button>
        </div>
        <List tasks={tasks} />
      </section>
      <section class="identity" aria-labelledby="who">
        <div class="row"><h2 id="who">Who am I?</h2>{claims['sub'] !== undefined && <span class="chip of-server">ID token checked</span>}</div>
        {claims['sub'] === undefined
          ? <p class="hint">Taskmaster does not know: it did not get <code>openid</code>, so there is no ID token.</p>
          : <dl class="facts" id="claims">{Object.entries(claims).map(([key, value]) => [<dt key={`${key}-name`}><code>{key}</code></dt>, <dd key={key}>{show(value)}</dd>])}</dl>}
        <dl class="facts">
          <dt>Granted</dt><dd class="row" id="granted">{scopes.map((scope) => <span class="chip of-app" key={scope}>{scope}</span>)}</dd>
          <dt>Good until</dt><dd>{expiresAt === null ? 'The server did not say' : new Date(expiresAt * 1000).toLocaleTimeString([], { hour12: false })}</dd>
        </dl>
      </section>
      <p class="hint">Signing out here forgets the tokens. You stay signed in at the server; <a href={new URL('oauth2/logout', base).href}>sign out there too</a>.</p>
    </main>
  );
};

const Main = ({ snapshot, dead, clientId, scopes, tasks, failure: own }: State): VNode => {
  if (dead !== undefined) return <main><div class="stack" role="alert"><h1>Taskmaster cannot start here</h1><p class="lead">{dead}</p></div></main>;
  if (snapshot === undefined) return <Waiting text="Starting" />;
  switch (snapshot.status) {
    case 'restoring': return <Waiting text="One moment" />;
    case 'leaving': return <Waiting text="Off to the server" />;
    case 'signed-out': return <SignedOut clientId={clientId} scopes={scopes} failure={own ?? trouble(snapshot)} />;
    case 'signed-in': return <SignedIn snapshot={snapshot} tasks={tasks} failure={own ?? trouble(snapshot)} />;
  }
};

const root = document.querySelector('#root');

const set = (some: Partial<State>): void => {
  state = { ...state, ...some };
  if (root) render(<Taskmaster><Main {...state} /></Taskmaster>, root);
};

const start = async (): Promise<void> => {
  set({});
  new BroadcastChannel(channelOf(base)).addEventListener('message', ({ data }: MessageEvent<News>) => {
    if (data.is === 'clock') offset = data.offset;
  });
  try {
    ({ issuer, offset } = await goLive(base));
    auth = create();
    const snapshot = await auth.ready();
    set({ snapshot });
    if (snapshot.status !== 'signed-in') return;
    document.querySelector<HTMLElement>('#hello')?.focus();
    await load();
  } catch (error) {
    set({ dead: failure(error).message });
  }
};

void start();
