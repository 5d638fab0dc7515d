/** Every message, as a list; each opens into what it says. */

import type { VNode } from 'preact';

import { type Json, type Said, credentials, field, form, isObject, json, jwt, location, query } from './decode.ts';
import { CLAIMS, HEADERS, type Meaning, PARAMETERS, PLAIN_HEADERS } from './describe.ts';
import { arrows } from './icons.tsx';
import { type Actor, tell } from './story.ts';
import type { Fields, Message } from './trace.ts';

export interface WireProps {
  readonly messages: readonly Message[];
  readonly base: string;
  readonly open: ReadonlySet<number>;
  readonly newest: number | undefined;
  readonly toggle: (id: number) => void;
  readonly clear: () => void;
  readonly forget: () => void;
}

const ACTORS: Record<Actor | 'api', string> = { you: 'You', app: 'App', server: 'Server', api: 'API' };

const Line = ({ said, table }: { said: Said; table: Readonly<Record<string, Meaning>> }): VNode => {
  const meaning = Object.hasOwn(table, said.name.toLowerCase()) ? table[said.name.toLowerCase()] : undefined;
  return (
    <li>
      <span class="name">{said.name}</span>
      <span class="value">{said.value === '' ? <i>empty</i> : said.value}</span>
      {said.inside !== undefined && <span class="means">{said.inside}</span>}
      {meaning && <span class="means">{meaning.means}. <a href={meaning.spec[1]} target="_blank" rel="noreferrer">{meaning.spec[0]}</a></span>}
    </li>
  );
};

const Lines = ({ title, said, table }: { title: string; said: readonly Said[]; table: Readonly<Record<string, Meaning>> }): VNode | null =>
  said.length === 0 ? null : (
    <>
      <h5>{title}</h5>
      <ul class="said" role="list">{said.map((one, index) => <Line key={index} said={one} table={table} />)}</ul>
    </>
  );

const headers = (all: Fields): Said[] =>
  all.filter(([name]) => !PLAIN_HEADERS.has(name.toLowerCase())).map(([name, value]) => {
    const inside = name.toLowerCase() === 'authorization' ? credentials(value) : undefined;
    return { name: name.toLowerCase(), value, ...(inside === undefined ? {} : { inside }) };
  });

const INSTANTS: ReadonlySet<string> = new Set(['exp', 'iat', 'auth_time', 'nbf']);

const claims = (object: { readonly [key: string]: Json }): Said[] =>
  Object.entries(object).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
    ...(INSTANTS.has(name) && typeof value === 'number' ? { inside: `That is ${new Date(value * 1000).toLocaleString()}` } : {}),
  }));

const Body = ({ text }: { text: string }): VNode | null => {
  if (text === '') return null;
  const value = json(text);
  const token = isObject(value) && typeof value['id_token'] === 'string' ? jwt(value['id_token']) : undefined;
  const isAnswer = isObject(value) && ('access_token' in value || 'error' in value);
  return (
    <>
      {isAnswer
        ? <Lines title="Body, JSON" said={claims(value)} table={PARAMETERS} />
        : <><h5>Body{value === undefined ? '' : ', JSON'}</h5><pre class="json">{value === undefined ? text : JSON.stringify(value, null, 2)}</pre></>}
      {token && <Lines title="ID token: header" said={claims(token.header)} table={CLAIMS} />}
      {token && <Lines title="ID token: claims" said={claims(token.claims)} table={CLAIMS} />}
    </>
  );
};

const PAGES: Readonly<Record<string, string>> = {
  app: 'The app starts and finds the answer in its address.', login: 'A page that asks for username and password.', consent: 'A page with a box for each scope.',
  developer: 'The page with your apps.', registered: 'A page with the new app’s credentials.', sign_out: 'A page that asks whether to sign out.',
  signed_out: 'A page that says you are signed out.', error: 'A page that says what is wrong. No redirect: there is no safe place to go.',
};

const Detail = ({ message }: { message: Message }): VNode => {
  const { request, response } = message;
  const url = new URL(request.url);
  const next = location(message);
  return (
    <div class="detail" id={`message-${message.id}`}>
      <section>
        <h4>Request · {new Date(message.at).toLocaleTimeString([], { hour12: false })}</h4>
        <p class="url"><b>{request.method}</b> {url.origin}<b>{url.pathname}</b>{url.search}</p>
        <Lines title="In the address" said={query(request.url)} table={PARAMETERS} />
        <Lines title="Body, form" said={form(message)} table={PARAMETERS} />
        <Lines title="Headers" said={headers(request.headers)} table={HEADERS} />
      </section>
      <section>
        <h4>Answer · {response.status}</h4>
        {message.page !== undefined && <p class="hint">{PAGES[message.page]}</p>}
        {next && <Lines title={`On to ${next.pathname}, with`} said={query(next.href)} table={PARAMETERS} />}
        <Body text={response.body} />
        <Lines title="Headers" said={headers(response.headers)} table={HEADERS} />
      </section>
    </div>
  );
};

const Row = ({ message, props }: { message: Message; props: WireProps }): VNode => {
  const { title, from, to } = tell(message, props.base);
  const isOpen = props.open.has(message.id);
  const url = new URL(message.request.url);
  const path = url.pathname.slice(new URL(props.base).pathname.length - 1);
  const isBad = message.response.status >= 400 || (field(message.response.headers, 'location') ?? '').includes('error=');
  return (
    <li class="message" data-from={from} data-open={isOpen} data-new={message.id === props.newest}>
      <h3>
        <button type="button" aria-expanded={isOpen} aria-controls={isOpen ? `message-${message.id}` : undefined} onClick={() => props.toggle(message.id)}>
          <span class="dot" aria-hidden="true"></span>
          <span class="title">{title}</span>
          <span class={isBad ? 'chip bad status' : 'chip status'}>{message.response.status}</span>
          <span class="line"><b>{message.request.method}</b> {path}{url.search}</span>
          <span class="who">{ACTORS[from]} <span aria-hidden="true">→</span><span class="seen-only-by-readers"> to </span> {ACTORS[to]}</span>
        </button>
      </h3>
      {isOpen && <Detail message={message} />}
    </li>
  );
};

export const Wire = (props: WireProps): VNode => (
  <section class="wire" aria-labelledby="wire">
    <header>
      <h2 id="wire" tabIndex={-1}>On the wire</h2>
      <span class="chip" role="status">{props.messages.length === 1 ? '1 message' : `${props.messages.length} messages`}</span>
      <button type="button" class="button small push" onClick={props.clear} disabled={props.messages.length === 0}>Clear</button>
    </header>
    <div class="messages" id="messages">
      {props.messages.length === 0
        ? <div class="empty">{arrows(30)}<strong>Nothing yet</strong><p>Sign in to Taskmaster. Every message between you, the app and the server appears here; open one to see what it says.</p></div>
        : <ol role="list">{props.messages.map((message) => <Row key={message.id} message={message} props={props} />)}</ol>}
    </div>
    <footer>
      <p>Real requests, answered by the server core in a service worker of this page. The secrets are toys, so nothing is hidden; nothing leaves your browser.</p>
      <button type="button" class="button small push" id="start-over" onClick={props.forget}>Start over</button>
    </footer>
  </section>
);
