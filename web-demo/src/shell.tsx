/** The page around the demo browser: `render(view(state))`, and nothing else. */

import { render, type VNode } from 'preact';

import { back, check, lock, mark, reload } from './icons.tsx';
import { goLive, order } from './live.ts';
import { progress, STAGES } from './story.ts';
import { channelOf, type Message, type News } from './trace.ts';
import { Wire } from './wire.tsx';

const base = new URL('.', document.baseURI);

interface State {
  readonly life: { readonly is: 'starting' } | { readonly is: 'live' } | { readonly is: 'dead'; readonly why: string };
  readonly messages: readonly Message[];
  readonly open: ReadonlySet<number>;
  readonly newest: number | undefined;
  readonly offset: number;
  readonly hold: boolean;
  readonly now: number;
  readonly address: string;
}

let state: State = { life: { is: 'starting' }, messages: [], open: new Set(), newest: undefined, offset: 0, hold: false, now: Date.now(), address: new URL('app/', base).href };

const frame = (): HTMLIFrameElement | null => document.querySelector('iframe');
const visit = (path: string): void => frame()?.contentWindow?.location.assign(new URL(path, base));

/** Scrolls the list, and only the list, so that a message just opened can be read. */
const reveal = (id: number): void => {
  const [list, row] = [document.querySelector('#messages'), document.querySelector(`#message-${id}`)?.closest('li')];
  if (!list || !row) return;
  const [outer, inner] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
  if (inner.bottom > outer.bottom) list.scrollTop += inner.top - outer.top - 8;
};

const toggle = (id: number): void => {
  const open = new Set(state.open);
  if (!open.delete(id)) open.add(id);
  set({ open, newest: undefined });
  if (open.has(id)) reveal(id);
};

/** Everything as on the first day. */
const forget = (): void => {
  order({ is: 'forget' });
  frame()?.contentWindow?.sessionStorage.clear();
  visit('app/');
};

const MINUTE = 60_000;
const PLACES = [['app/', 'Taskmaster'], ['developer', 'Developer'], ['oauth2/logout', 'Sign out']] as const;

/** How far ahead the clock is, in words. */
const ahead = (offset: number): string => {
  const minutes = Math.round(offset / MINUTE);
  const hours = Math.floor(minutes / 60);
  return [hours > 0 && `${hours} h`, minutes % 60 > 0 && `${minutes % 60} min`].filter(Boolean).join(' ');
};

const Clock = ({ now, offset, hold }: State): VNode => {
  const turn = (minutes: number): void => order({ is: 'clock', offset: state.offset + minutes * MINUTE });
  return (
    <div class="clock" role="group" aria-label="Time and tampering">
      <time dateTime={new Date(now + offset).toISOString()}>{new Date(now + offset).toLocaleTimeString([], { hour12: false })}</time>
      {offset > 0 && <button type="button" class="chip of-app" id="clock-reset" onClick={() => order({ is: 'clock', offset: 0 })}>{ahead(offset)} ahead, reset</button>}
      <button type="button" class="button small" id="clock-1" onClick={() => turn(1)}>+1 min</button>
      <button type="button" class="button small" id="clock-10" onClick={() => turn(10)}>+10 min</button>
      <button type="button" class="button small" id="clock-60" onClick={() => turn(60)}>+1 h</button>
      <button type="button" class="button small" id="hold" aria-pressed={hold} onClick={() => order({ is: 'hold', on: !hold })}>Hold the code</button>
    </div>
  );
};

const STAGE_NAMES: Record<(typeof STAGES)[number], string> = { ask: 'Ask', 'sign in': 'Sign in', consent: 'Consent', code: 'Code', token: 'Token', tasks: 'Tasks' };

const Stages = ({ messages }: State): VNode => {
  const done = progress(messages, base.href);
  return (
    <ol class="stages" role="list" aria-label="Steps of the flow">
      {STAGES.map((stage) => (
        <li key={stage} data-done={done.has(stage)}>
          <span>{STAGE_NAMES[stage]}</span>
          {done.has(stage) && check()}
          {done.has(stage) && <span class="seen-only-by-readers">, done</span>}
        </li>
      ))}
    </ol>
  );
};

const Address = ({ address }: { address: string }): VNode => {
  const url = new URL(address);
  return (
    <div class="address" id="address" title={address}>
      {lock()}
      <span><i>{url.host}</i><b>{url.pathname}</b><i>{url.search}</i></span>
    </div>
  );
};

const Browser = ({ life, address }: State): VNode => (
  <section class="window" aria-label="Demo browser">
    <div class="chrome" role="group" aria-label="Demo browser controls">
      <button type="button" aria-label="Back" onClick={() => frame()?.contentWindow?.history.back()}>{back()}</button>
      <button type="button" aria-label="Reload" onClick={() => frame()?.contentWindow?.location.reload()}>{reload()}</button>
      <Address address={address} />
    </div>
    <div class="bookmarks" role="group" aria-label="Places">
      {PLACES.map(([path, name]) => <button key={path} type="button" onClick={() => visit(path)}>{name}</button>)}
    </div>
    {life.is === 'live' && <iframe title="Demo browser" id="browser" src={new URL(`app/${window.location.search}`, base).href} onLoad={arrive}></iframe>}
    {life.is === 'starting' && <div class="waiting" role="status"><h2>Starting the server</h2><p>It runs in a service worker of this page: no account, no network.</p></div>}
    {life.is === 'dead' && <div class="waiting" role="alert"><h2>The demo cannot run here</h2><p>{life.why}</p></div>}
  </section>
);

const View = (now: State): VNode => (
  <div class="shell">
    <a class="skip button strong" href="#wire">Skip to the messages</a>
    <header class="masthead">
      <div class="brand">
        {mark()}
        <div><h1>grantflow</h1><p>Sign in with OAuth 2.0 and OpenID Connect, and read every message</p></div>
      </div>
      <Clock {...now} />
    </header>
    <main>
      <Stages {...now} />
      <div class="stage">
        <Browser {...now} />
        <Wire messages={now.messages} base={base.href} open={now.open} newest={now.newest} toggle={toggle} clear={() => order({ is: 'clear' })} forget={forget} />
      </div>
    </main>
  </div>
);

const root = document.querySelector('#root');

const set = (some: Partial<State>): void => {
  const list = document.querySelector('#messages');
  const wasAtEnd = list !== null && list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  state = { ...state, ...some };
  if (root) render(<View {...state} />, root);
  if (wasAtEnd && some.messages) list.scrollTop = list.scrollHeight;
};

/** Reads where the demo browser is; same origin, so we may. */
const look = (): void => {
  const address = frame()?.contentWindow?.location.href;
  if (address !== undefined && address !== state.address && address.startsWith('http')) set({ address });
};

/**
 * Moves the focus into a page that has just come, if the person was in the frame: browsers heed
 * `autofocus` once for all frames of a page, and then never again.
 */
const arrive = (): void => {
  look();
  const inside = frame()?.contentDocument;
  if (document.activeElement === frame() && inside?.activeElement === inside?.body) inside?.querySelector<HTMLElement>('[autofocus]')?.focus();
};

const hear = (news: News): void => {
  switch (news.is) {
    case 'message':
      if (state.messages.some(({ id }) => id === news.message.id)) return;
      set({ messages: [...state.messages, news.message], newest: news.message.id });
      return;
    case 'clock':
      set({ offset: news.offset });
      return;
    case 'hold':
      set({ hold: news.on });
      return;
    case 'cleared':
      set({ messages: [], open: new Set(), newest: undefined });
  }
};

const start = async (): Promise<void> => {
  new BroadcastChannel(channelOf(base)).addEventListener('message', (event: MessageEvent<News>) => hear(event.data));
  set({});
  try {
    const { messages, offset, hold } = await goLive(base);
    set({ life: { is: 'live' }, messages, offset, hold });
  } catch (error) {
    set({ life: { is: 'dead', why: error instanceof Error ? error.message : String(error) } });
  }
  setInterval(() => {
    set({ now: Date.now() });
    look();
  }, 1000);
};

void start();
