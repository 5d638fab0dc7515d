/** A browser of World: its page is drawn into a frame, by the components that the service worker draws with, too. */

import { render, type VNode } from 'preact';

import { mark } from '../icons.tsx';
import type { Place } from '../pages.tsx';
import type { Page as ServerPage } from '../provider.ts';
import { Taskmaster } from '../taskmaster.tsx';
import { Text } from '../text.tsx';
import type { AppView, Button, Input, Person, View } from './types.ts';

/** The server's pages: whoever opens World sees the app first, so they come after it. */
let pages: typeof import('../pages.tsx') | 'missing' | undefined;

/** What a person does in a page, as the engine takes it. */
type Do = (input: Input) => void;

export interface PageProps {
  readonly base: URL;
  readonly who: Person;
  readonly view: View | null;
  act: Do;
}

const PEOPLE = [{ username: 'alice', password: 'wonderland' }, { username: 'eve', password: 'nightshade' }] as const;
/** Links and forms of the pages go nowhere by themselves. */
const PLACE: Place = { base: 'https://as.example/', app: 'https://app.example/', people: PEOPLE };

const App = ({ app, who, act }: { app: AppView; who: Person; act: Do }): VNode => {
  const press = (button: Button, issuer?: string) => (): void => act({ do: 'press', who, button, ...(issuer !== undefined && { issuer }) });
  const { user, tasks, problem, issuers } = app;
  return (
    <Taskmaster>
      <main>
        {problem && (
          <div class="note bad" role="alert" id="trouble" data-code={problem.code}><strong>The sign-in did not work</strong><p><Text>{problem.message}</Text></p><p class="hint">For developers: <code>{problem.code}</code></p></div>
        )}
        {user
          ? <>
              <div class="row"><h1 tabIndex={-1} autofocus>Hello, {user.name}</h1><button type="button" class="button small push" id="sign-out" onClick={press('sign_out')}>Sign out</button></div>
              <p class="lead">Signed in by <code>{new URL(user.issuer).host}</code></p>
              <div class="row"><button type="button" class="button" id="load" onClick={press('load_tasks')}>Load the tasks</button></div>
              {tasks && <ul class="tasks" role="list" id="tasks">{tasks.map((task) => <li class="task" key={task}><h2>{task}</h2></li>)}</ul>}
            </>
          : <>
              <h1 tabIndex={-1} autofocus>Your tasks, behind a real sign-in</h1>
              <p class="lead">This Taskmaster runs on a machine of its own, at <code>app.example</code>. Its server is another one.</p>
              <div class="row">{issuers.map((issuer) => <button key={issuer} type="button" class="button strong" data-issuer={issuer} onClick={press('sign_in', issuer)}>Sign in with {new URL(issuer).host}</button>)}</div>
            </>}
      </main>
    </Taskmaster>
  );
};

const Server = ({ page }: { page: ServerPage }): VNode => {
  if (pages === undefined) return <main><p class="hint" role="status">One moment</p></main>;
  if (pages !== 'missing') return <pages.Body page={page} place={PLACE} />;
  return <main><div class="note bad" role="alert"><strong>This page did not load</strong><p>There is no network, or the demo has changed since you opened it: then save the run and reload the demo.</p></div><button type="button" class="button" id="load-pages" autofocus onClick={() => void fetchPages()}>Try again</button></main>;
};

const Page = ({ view, who, act }: PageProps): VNode => {
  switch (view?.is) {
    case 'app': return <App app={view.app} who={who} act={act} />;
    case 'server': return (
      <div class="page">
        <header>{mark(28)}<span>as.example</span><small>the authorization server</small></header>
        <Server page={view.page} />
        <footer>The same page as in Live, drawn from the same answer of the same core.</footer>
      </div>
    );
    case 'text': return <main><h1 class="seen-only-by-readers">A plain answer</h1><pre class="json">{view.text}</pre></main>;
    case undefined: return <main class="empty"><h1>Nothing here yet</h1><button type="button" class="button" id="open-app" onClick={() => act({ do: 'open', who, url: 'https://app.example/' })}>Open the app</button></main>;
  }
};

/** What the form of a page says, as the engine takes it. */
const said = (form: HTMLFormElement, submitter: HTMLElement | null, who: Person): Input | undefined => {
  const data = new FormData(form, submitter);
  const text = (name: string): string => String(data.get(name) ?? '');
  switch (new URL(form.action).pathname) {
    case '/oauth2/login': return { do: 'log_in', who, username: text('username'), password: text('password') };
    case '/oauth2/consent': return text('decision') === 'approve' ? { do: 'approve', who, scopes: data.getAll('scope').map(String) } : { do: 'deny', who };
    default: return undefined;
  }
};

const title = (view: View | null): string => (view?.is === 'server' ? pages === undefined || pages === 'missing' ? 'as.example' : pages.TITLES[view.page.page] : view?.is === 'app' ? 'Taskmaster' : 'World');

/** What is drawn, and where: the page is drawn anew every second, and what a person types there must stay. */
let drawn: { readonly page: Document; readonly what: string } | undefined;
let last: { readonly frame: HTMLIFrameElement; readonly props: PageProps } | undefined;
const act: Do = (input) => last?.props.act(input);

const fetchPages = async (): Promise<void> => {
  pages = await import('../pages.tsx').catch(() => 'missing' as const);
  if (last) draw(last.frame, last.props);
};

/** Draws the page into the frame; what a person does there goes to the engine. */
export const draw = (frame: HTMLIFrameElement | null, now: PageProps): void => {
  const page = frame?.contentDocument;
  if (!page) return;
  const isFirst = last === undefined;
  last = { frame, props: now };
  const { base, view, who } = now;
  const what = JSON.stringify([who, view, view?.is === 'server' && (pages === 'missing' || pages === undefined) && String(pages)]);
  if (drawn?.page === page && drawn.what === what) return;
  drawn = { page, what };
  if (!page.querySelector('link')) {
    const style = page.createElement('link');
    style.rel = 'stylesheet';
    style.href = new URL('style.css', base).href;
    page.head.append(style);
  }
  page.title = title(view);
  page.documentElement.lang = 'en';
  if (view?.is === 'app') page.documentElement.dataset['voice'] = 'app';
  else delete page.documentElement.dataset['voice'];
  page.onsubmit = (event) => {
    event.preventDefault();
    const input = said(event.target as HTMLFormElement, event.submitter, who);
    if (input) act(input);
  };
  page.onclick = (event) => {
    const link = (event.target as Element).closest('a');
    if (!link) return;
    event.preventDefault();
    act(link.id === 'leave' ? { do: 'press', who, button: 'go_on' } : { do: 'open', who, url: link.href });
  };
  // A page of its own each time, as in a browser: no field keeps what was typed into another.
  const wasInside = document.activeElement === frame;
  render(<Page key={what} base={base} who={who} view={view} act={act} />, page.body);
  // Whoever pressed a button here goes on from the new page's heading or first field.
  if (wasInside) page.querySelector<HTMLElement>('[autofocus]')?.focus();
  if (isFirst) void fetchPages();
};
