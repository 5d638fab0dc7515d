/** Puts the service worker in charge, or says in words why that failed. */

import { within } from './patience.ts';
import { sentence } from './sentence.ts';
import { type Order, STATE, type State } from './trace.ts';
import { trusted } from './trusted.ts';

/** Why the demo cannot run here. */
export class NotLive extends Error {}

const ping = async (base: URL): Promise<State | undefined> => {
  try {
    const response = await fetch(new URL(STATE, base), { cache: 'no-store' });
    const isOurs = response.ok && response.headers.get('x-demo') === 'service-worker';
    return isOurs ? ((await response.json()) as State) : undefined;
  } catch {
    return undefined;
  }
};

/** Registers the service worker below `base` and waits until it answers this page. */
export const goLive = async (base: URL): Promise<State> => {
  // `lib.dom` says it is always there; on plain http it is not.
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!container) {
    throw new NotLive('This page has no service workers. Open it over https, or on localhost, and not in a private window that blocks them.');
  }
  let registration: ServiceWorkerRegistration;
  try {
    registration = await container.register(trusted('sw.js', base), { scope: base.pathname });
  } catch (error) {
    throw new NotLive(`The browser refused the service worker: ${sentence(error)}`);
  }
  const ready = await within(container.ready, () => undefined);
  if (!ready) throw new NotLive('The service worker did not start. Reload the page; if that does not help, allow service workers for this site.');
  if (!container.controller) {
    const controlled = new Promise<void>((resolve) => {
      container.addEventListener('controllerchange', () => resolve(), { once: true });
    });
    tell(registration.active ?? ready.active, { is: 'claim' });
    await within(controlled, () => undefined);
  }
  // A controller may be set and requests still go to the network, so only an answer counts.
  const state = await ping(base);
  if (!state) throw new NotLive('The service worker is there, but requests pass it by. Switch off “Bypass for network” in the developer tools and reload the page normally.');
  return state;
};

const tell = (worker: ServiceWorker | null, order: Order): void => worker?.postMessage(order);

/** Sends an order to the service worker in charge. */
export const order = (what: Order): void => tell(navigator.serviceWorker.controller, what);

/** The same, and resolves when it is done; with why not, if it could not be. */
export const ask = async (what: Order): Promise<string | undefined> => {
  const worker = navigator.serviceWorker.controller;
  if (!worker) return 'The service worker is not in charge of this page. Reload it.';
  const { port1, port2 } = new MessageChannel();
  const said = new Promise<string | undefined>((resolve) => {
    port1.addEventListener('message', ({ data }: MessageEvent<string | undefined>) => resolve(data));
  });
  port1.start();
  worker.postMessage(what, [port2]);
  // The browser may have stopped it amid that, or it is of another build that does not know the question.
  const why = await within(said, () => 'The service worker does not answer. Reload the page.');
  port1.close();
  return why;
};
