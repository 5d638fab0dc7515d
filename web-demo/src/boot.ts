/**
 * Runs where a static host has no file: at an address that only the service worker answers, after a reload past it or in
 * a browser that has not been here. It puts the service worker in charge and asks once more.
 */

import { sentence } from './sentence.ts';
import { trusted } from './trusted.ts';

const OURS = /\/(?:oauth2|api|\.well-known|app)\/|\/developer$/;
const TRIES = 'demo.boot';
const MOST = 2;
/** A try that is older belongs to another visit, in milliseconds. */
const RECENT = 10_000;

const say = (text: string, home?: string): void => {
  const line = document.querySelector('p');
  if (line) line.textContent = text;
  if (home === undefined) return;
  const link = document.createElement('a');
  [link.href, link.textContent] = [home, 'To the demo'];
  line?.after(link);
};

const boot = async (): Promise<void> => {
  const at = OURS.exec(location.pathname);
  if (!at) return say('There is no such page.');
  const base = new URL(`${location.pathname.slice(0, at.index)}/`, location.href);
  const [before = 0, last = 0] = (sessionStorage.getItem(TRIES) ?? '').split(' ').map(Number);
  const tries = Date.now() - last < RECENT ? before : 0;
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (tries >= MOST || !container) {
    sessionStorage.removeItem(TRIES);
    return say('The demo’s server is a service worker, and this browser lets requests pass it by.', base.href);
  }
  await container.register(trusted('sw.js', base), { scope: base.pathname });
  await container.ready;
  sessionStorage.setItem(TRIES, `${tries + 1} ${Date.now()}`);
  location.reload();
};

boot().catch((error: unknown) => say(`The demo’s server did not start: ${sentence(error)}`));
