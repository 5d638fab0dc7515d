/** The demo browser: a frame of this origin, with an address bar and a few places to go. */

import type { VNode } from 'preact';

import { OTHER_PAGE } from './clients.ts';
import { back, lock, reload } from './icons.tsx';
import { listen, passed } from './past.ts';
import type { Life } from './tabs/tab.ts';

/** Where one can go, and what that is called. */
export const PLACES = [['app/', 'Taskmaster'], ['developer', 'Developer'], ['oauth2/logout', 'Sign out'], [OTHER_PAGE, 'Libraries']] as const;

const frame = (): HTMLIFrameElement | null => document.querySelector('#browser');

export interface BrowserProps {
  readonly base: URL;
  readonly live: Life;
  /** Where it is. */
  readonly address: string;
  /** Where it starts. */
  readonly first: string;
  /** It keeps its page while another tab is shown. */
  readonly hidden: boolean;
  /** Called when it may be somewhere else. */
  moved(address: string): void;
}

/** What is in it, unless it was sent to another origin: browsers show nothing of that here, and let nobody look. */
const inside = (): Window | undefined => {
  const there = frame();
  return there?.contentDocument ? (there.contentWindow ?? undefined) : undefined;
};

/** Opens an address; false if there is no frame yet. */
export const open = (address: URL): boolean => {
  const there = frame();
  const window = inside();
  if (window) window.location.assign(address);
  else if (there) there.src = address.href;
  return there !== null;
};

/** Where it is, if that can be seen. */
export const here = (): string | undefined => inside()?.location.href;

/** Opens an address in place of the page that is there. */
export const put = (href: string): void => {
  const there = frame();
  const window = inside();
  if (window) window.location.replace(href);
  else if (there) there.src = href;
};

/** Ends the page that is there, and resolves when there is none. */
export const blank = (): Promise<void> => new Promise((resolve) => {
  const there = frame();
  if (!there) return resolve();
  const came = (): void => {
    // A page that was still on its way may come first.
    if (here() !== 'about:blank') return;
    there.removeEventListener('load', came);
    resolve();
  };
  there.addEventListener('load', came);
  return put('about:blank');
});

/** Forgets what the app in it kept; the frame shares it with this page. */
export const forget = (): void => sessionStorage.clear();

/** Whose record a name is; the package begins all its names like this. */
const owner = (name: string): string | undefined => /^grantflow\.[^.]+\./.exec(name)?.[0];

/**
 * Has the app keep this and nothing else. That somebody signed out, it tells its other tabs in the browser's storage,
 * and would take that for the last word when it starts.
 */
export const keep = (storage: Readonly<Record<string, string>>): void => {
  const owners = new Set(Object.keys({ ...storage, ...sessionStorage }).map(owner));
  for (const name of Object.keys(localStorage)) if (owner(name) !== undefined && owners.has(owner(name))) localStorage.removeItem(name);
  forget();
  for (const [key, value] of Object.entries(storage)) sessionStorage.setItem(key, value);
};

/** Moves the focus into it. */
export const enter = (): void => frame()?.focus();

/** What stands for the address of a page that we may not look at. */
const ELSEWHERE = 'about:elsewhere';

/** Reads where it is. */
export const look = ({ address, moved }: Pick<BrowserProps, 'address' | 'moved'>): void => {
  if (!frame()) return;
  const now = inside()?.location.href ?? ELSEWHERE;
  if (now !== address && now !== 'about:blank') moved(now);
};

/**
 * Moves the focus into a page that has just come, if the person was in the frame: browsers heed
 * `autofocus` once for all frames of a page, and then never again.
 */
const arrive = (props: BrowserProps): void => {
  look(props);
  passed(here() ?? '');
  const page = frame()?.contentDocument;
  if (document.activeElement === frame() && page?.activeElement === page?.body) page?.querySelector<HTMLElement>('[autofocus]')?.focus();
};

const Address = ({ address }: { address: string }): VNode => {
  const url = new URL(address);
  if (address === ELSEWHERE) return <div class="address" id="address" role="status"><span>Another site, which is not shown here. The list has its address.</span></div>;
  return (
    <div class="address" id="address" title={address}>
      {lock()}
      <span><i>{url.host}</i><b>{url.pathname}</b><i>{url.search}</i></span>
    </div>
  );
};

/** Called once for a frame, for it stays the same function. */
const attach = (there: HTMLIFrameElement | null): void => {
  if (there) listen(there);
};

export const Browser = (props: BrowserProps): VNode => {
  const { base, live, address, first, hidden } = props;
  return (
    <section class="window" aria-label="Demo browser" hidden={hidden}>
      <div class="chrome" role="group" aria-label="Demo browser controls">
        <button type="button" aria-label="Back" onClick={() => (inside() ?? window).history.back()}>{back()}</button>
        <button type="button" aria-label="Reload" onClick={() => inside()?.location.reload()}>{reload()}</button>
        <Address address={address} />
      </div>
      <div class="bookmarks" role="group" aria-label="Places">
        {PLACES.map(([path, name]) => <button key={path} type="button" onClick={() => open(new URL(path, base))}>{name}</button>)}
      </div>
      {live.is === 'live' && <iframe title="Demo browser" id="browser" src={first} ref={attach} onLoad={() => arrive(props)}></iframe>}
      {live.is === 'starting' && <div class="waiting" role="status"><h2>Starting the server</h2><p>It runs in a service worker of this page: no account, no network.</p></div>}
      {live.is === 'dead' && <div class="waiting" role="alert"><h2>The demo cannot run here</h2><p>{live.why}</p></div>}
    </section>
  );
};
