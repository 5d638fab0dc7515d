/** The page around the tabs: `render(view(state))`, and nothing else. */

import { render, type VNode } from 'preact';

import { Browser, look, open, PLACES } from './browser.tsx';
import { Clock } from './clock.tsx';
import { mark } from './icons.tsx';
import { goLive, order } from './live.ts';
import { withClient } from './outside.ts';
import { format, parse, type Route, step } from './route.ts';
import { sentence } from './sentence.ts';
import { load, TABS } from './tabs/index.ts';
import type { Context, Life, Tab } from './tabs/tab.ts';
import { channelOf, type Message, MOST_MESSAGES, type News } from './trace.ts';
import { type Past, PRESENT, Travel } from './travel.ts';

const base = new URL('.', document.baseURI);
const APP = 'app/';
const TAB_IDS = TABS.map(({ id }) => id);
const SHOWN = TABS.filter(({ within }) => within === undefined);
/** Which of the tabs in the row is on. */
const inRow = ({ tab }: Route): string => TABS.find(({ id }) => id === tab)?.within ?? tab;
const here = (): Route => parse(window.location.hash, window.location.search, TAB_IDS);

interface State {
  readonly live: Life;
  readonly messages: readonly Message[];
  readonly past: Past;
  readonly offset: number;
  readonly hold: boolean;
  readonly now: number;
  readonly address: string;
  /** Where the demo browser starts: it is there from when it is first wanted. */
  readonly first: string | undefined;
  readonly route: Route;
  /** The tabs that are loaded, and what each keeps. */
  readonly tabs: Readonly<Record<string, { readonly tab: Tab<unknown>; readonly state: unknown }>>;
  /** Those that did not load: there is no network, or another version of the demo by now. */
  readonly missing: readonly string[];
}

let state: State = {
  live: { is: 'starting' }, messages: [], past: PRESENT, offset: 0, hold: false, now: Date.now(), address: new URL(APP, base).href, first: undefined, route: here(), tabs: {}, missing: [],
};

/** The focus goes where the new content starts, once it is there. */
let wantsFocus = false;
const panel = (): HTMLElement | null => document.querySelector('#panel');
const focusPanel = (): void => {
  const heading = panel()?.querySelector<HTMLElement>('h2');
  if (!heading) return;
  wantsFocus = false;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  // On a small screen the demo browser stands above the first heading.
  window.scrollTo(0, 0);
};

const go = (tab: string, place = ''): void => {
  wantsFocus = true;
  const hash = format({ tab, place });
  if (window.location.hash === hash) focusPanel();
  else window.location.hash = hash;
};

/** Opens an address in the demo browser, now or as soon as there is one. */
const show = (address: URL): void => {
  if (!open(address)) set({ first: address.href });
};

const visit = (path: string): void => {
  show(new URL(path, base));
  if (state.route.tab !== 'flow') go('flow');
};

/** Shows what the address says, and loads it before if need be. */
const arrive = async (): Promise<void> => {
  const route = here();
  const wanted = PLACES.find(([path]) => path === route.place)?.[0];
  if (route.tab === 'flow' && (state.first === undefined || wanted !== undefined)) show(new URL(wanted ?? `${APP}${window.location.search}`, base));
  const followed = document.activeElement;
  set({ route });
  // The link that led here may be gone, and the focus with it.
  if (followed?.isConnected === false) {
    wantsFocus = true;
    if (state.tabs[route.tab]) focusPanel();
  }
  document.querySelector(`#tab-${inRow(route)}`)?.scrollIntoView({ block: 'nearest', inline: 'center' });
  const entry = TABS.find(({ id }) => id === route.tab);
  document.title = `${entry?.name ?? ''} · grantflow`;
  if (!entry || state.tabs[route.tab]) return;
  try {
    const tab = await load(entry);
    set({ tabs: { ...state.tabs, [route.tab]: { tab, state: tab.initial } } });
  } catch {
    set({ missing: [...state.missing, route.tab] });
  }
};

const change = (id: string) => (some: object): void => {
  const old = state.tabs[id];
  if (old) set({ tabs: { ...state.tabs, [id]: { tab: old.tab, state: { ...(old.state as object), ...some } } } });
};

const travel = new Travel(new URL(APP, base), () => state, (some) => set({ past: { ...state.past, ...some } }));

const context = (): Context => ({
  base,
  live: state.live,
  messages: withClient(state.messages, base.href),
  clock: { now: state.now + state.offset, offset: state.offset, turn: (offset) => order({ is: 'clock', offset }) },
  hold: state.hold,
  place: state.route.place,
  visit,
  order,
  past: state.past,
  travel,
  go,
});

const choose = (event: KeyboardEvent, index: number): void => {
  const to = SHOWN[step(event.key, index, SHOWN.length) ?? -1];
  if (!to) return;
  event.preventDefault();
  window.location.hash = format({ tab: to.id, place: '' });
  document.querySelector<HTMLElement>(`#tab-${to.id}`)?.focus();
};

const Tabs = ({ route }: State): VNode => (
  <div class="tabs" role="tablist" aria-label="Parts of the demo">
    {SHOWN.map(({ id, name }, index) => {
      const isHere = id === inRow(route);
      return (
        <a key={id} role="tab" id={`tab-${id}`} href={`#${id}`} aria-selected={isHere} aria-controls="panel" tabIndex={isHere ? 0 : -1} onKeyDown={(event) => choose(event, index)}>{name}</a>
      );
    })}
  </div>
);

const View = (now: State): VNode => {
  const { route, live, address, first } = now;
  const loaded = now.tabs[route.tab];
  return (
    <div class="shell" data-tab={route.tab}>
      <a class="skip button strong" href="#panel" onClick={(event) => { event.preventDefault(); focusPanel(); }}>Skip to the content</a>
      <header class="masthead">
        <a class="brand" href="#learn">
          {mark()}
          <h1>grantflow</h1>
        </a>
        <Tabs {...now} />
        <Clock clock={context().clock} />
      </header>
      <main>
        <div class="panel" id="panel" role="tabpanel" aria-labelledby={`tab-${inRow(route)}`}>
          {first !== undefined && <Browser key="browser" base={base} live={live} address={address} first={first} hidden={route.tab !== 'flow'} moved={(to) => set({ address: to })} />}
          {loaded
            ? <div class="tab" key={route.tab}>{loaded.tab.view(loaded.state, change(route.tab), context())}</div>
            : now.missing.includes(route.tab)
              ? <div class="note bad" role="alert"><h2>This part did not load</h2><p>There is no network, or the demo has changed since you opened it.</p><button type="button" class="button small" onClick={() => window.location.reload()}>Reload the page</button></div>
              : <p class="hint" role="status">One moment</p>}
        </div>
      </main>
    </div>
  );
};

const root = document.querySelector('#root');

const set = (some: Partial<State>): void => {
  state = { ...state, now: Date.now(), ...some };
  if (root) render(<View {...state} />, root);
  if (wantsFocus && state.tabs[state.route.tab]) focusPanel();
};

const hear = (news: News): void => {
  switch (news.is) {
    case 'message':
      if (!state.messages.some(({ id }) => id === news.message.id)) set({ messages: [...state.messages, news.message].slice(-MOST_MESSAGES), past: { ...state.past, end: news.message.id } });
      return;
    case 'back':
      set({ past: { ...state.past, ...travel.arrived(news) }, messages: news.messages });
      return;
    case 'clock':
      set({ offset: news.offset });
      return;
    case 'hold':
      set({ hold: news.on });
      return;
    case 'cleared':
      set({ messages: [], past: news.all ? { ...PRESENT, isBusy: state.past.isBusy } : state.past });
  }
};

const start = async (): Promise<void> => {
  new BroadcastChannel(channelOf(base)).addEventListener('message', (event: MessageEvent<News>) => hear(event.data));
  window.addEventListener('hashchange', () => void arrive());
  void arrive();
  try {
    const { messages, offset, hold } = await goLive(base);
    set({ live: { is: 'live' }, messages, offset, hold, past: { ...state.past, end: messages.at(-1)?.id } });
  } catch (error) {
    set({ live: { is: 'dead', why: sentence(error) } });
    // What Live shows, World shows, too, and without a service worker.
    if (state.route.tab === 'flow') window.location.replace('#world');
  }
  setInterval(() => {
    set({});
    look({ address: state.address, moved: (to) => set({ address: to }) });
  }, 1000);
};

void start();
