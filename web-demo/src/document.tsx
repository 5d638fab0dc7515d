/** The server's pages as whole documents, as the service worker answers with them; JSX is text here (`markup.ts`). */

import type { ComponentChildren, VNode } from 'preact';

import { mark } from './icons.tsx';
import { textOf } from './markup.ts';
import { Body, type Place, TITLES } from './pages.tsx';
import type { Page } from './provider.ts';

const Document = ({ title, who, how, place, children }: { title: string; who: string; how: string; place: Place; children: ComponentChildren }): VNode => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{`${title} · grantflow`}</title>
      <link rel="icon" href={`${place.base}icon.svg`} />
      <link rel="stylesheet" href={`${place.base}style.css`} />
    </head>
    <body>
      <div class="page">
        <header>{mark(28)}<span>grantflow</span><small>{who}</small></header>
        {children}
        <footer>{how}</footer>
      </div>
    </body>
  </html>
);

/** The whole document for a page. */
export const draw = (page: Page, place: Place): string =>
  `<!doctype html>${textOf(<Document title={TITLES[page.page]} who="the authorization server" how="This page has no script. It was drawn by a service worker from the answer of the server core." place={place}><Body page={page} place={place} /></Document>)}`;

const Held = ({ url }: { url: string }): VNode => (
  <main>
    <h1 tabIndex={-1} autofocus>The code is on its way</h1>
    <div class="sheet">
      <p>You asked to hold it. It is good for ten minutes and for one use: turn the clock before you let it through, and see what the server says.</p>
      <p class="secret">{new URL(url).searchParams.get('code')}</p>
      <a class="button strong wide" id="let-through" href={url}>Let it through</a>
    </div>
  </main>
);

const Away = ({ url, place }: { url: string; place: Place }): VNode => (
  <main>
    <h1 tabIndex={-1} autofocus>The answer goes to another site</h1>
    <div class="sheet">
      <p>The browser of this demo shows the demo’s own pages only. An app there would find this in its address:</p>
      <p class="secret" id="away">{url}</p>
      <a class="button wide" href={place.app}>Back to Taskmaster</a>
    </div>
  </main>
);

/** The document in place of a page of another site, which may not be shown in the frame. */
export const drawAway = (url: string, place: Place): string =>
  `<!doctype html>${textOf(<Document title="Another site" who="the demo, in between" how="On the web nobody stands here: the browser goes on to the app at once." place={place}><Away url={url} place={place} /></Document>)}`;

/** The document that stands between server and app while a code is held. */
export const drawHeld = (url: string, place: Place): string =>
  `<!doctype html>${textOf(<Document title="On its way" who="the demo, in between" how="On the web nobody stands here: the browser goes on to the app at once." place={place}><Held url={url} /></Document>)}`;
