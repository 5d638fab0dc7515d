/** A message sent again by hand, as it was or changed. */

import type { Travel } from './travel.ts';
import type { Change } from './edit.tsx';
import { isServers, type Message } from './trace.ts';
import { Impossible, noAddress } from './world/must.ts';

/** An address that the demo's server may be asked, or why it is none. */
const parse = (text: string, base: URL): URL => {
  const problem = noAddress(text.trim());
  if (problem) throw problem;
  const url = new URL(text.trim());
  if (url.origin !== base.origin) throw new Impossible(`Live has one origin, ${base.origin}. Other ones are in World.`);
  if (!url.pathname.startsWith(base.pathname)) throw new Impossible(`The demo is below ${base.href}, and so is its server.`);
  return url;
};

/**
 * Sends it to the server. What a browser asks for by GET opens in the demo browser, if it was changed or is the app's.
 *
 * Throws `Impossible`, with a sentence.
 */
export const resend = (message: Message, change: Change | undefined, base: URL, travel: Pick<Travel, 'send'>, show: (url: URL) => void): void => {
  const { kind, request } = message;
  const url = parse(change?.url ?? request.url, base);
  const isOurs = isServers(url.pathname.slice(base.pathname.length));
  const isPage = kind === 'navigation' && request.method === 'GET';
  if (isPage && (change || !isOurs)) {
    show(url);
    return;
  }
  if (!isOurs) throw new Impossible('The app answers this one, in a page of its own, and only what a browser asks for by GET can be opened there.');
  const body = change?.body ?? request.body;
  // What stands there is then not what was sent.
  if (body.includes('\uFFFD')) throw new Impossible('The body was no text, so it cannot be sent again as it was.');
  travel.send({ ...request, url: url.href, body }, kind, change ? 'changed' : 'same');
};
