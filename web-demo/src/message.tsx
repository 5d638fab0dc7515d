/** What a message says: every part, what it means, and where that is written. */

import type { ComponentChildren, VNode } from 'preact';

import { type Json, type Said, credentials, form, isObject, json, jwt, location, query } from './decode.ts';
import { CLAIMS, HEADERS, type Meaning, PARAMETERS, PLAIN_HEADERS } from './describe.ts';
import { check, cross } from './icons.tsx';
import type { Fields, Message } from './trace.ts';

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
      <h4>{title}</h4>
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
        : <><h4>Body{value === undefined ? '' : ', JSON'}</h4><pre class="json">{value === undefined ? text : JSON.stringify(value, null, 2)}</pre></>}
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

/** The parameters that have a colour of their own in an address. */
const TINTS: ReadonlySet<string> = new Set(['code', 'state', 'iss', 'error', 'code_challenge', 'client_id', 'redirect_uri', 'scope']);

/** An address with its parameters told apart: each on a line, for WebKitGTK 2.50 sometimes dies while it breaks all of them as one paragraph. */
const Address = ({ url, method }: { url: URL; method?: string }): VNode => (
  <p class="url">
    {method !== undefined && <><b>{method}</b> </>}
    {url.protocol}{url.host !== '' && `//${url.host}`}<b>{url.pathname}</b>
    {[...url.searchParams].map(([name, value], index) => (
      <span class="part" key={index}>{index === 0 ? '?' : '&'}<span class="bit" data-name={TINTS.has(name) ? name : undefined}><b>{name}</b>={value}</span></span>
    ))}
  </p>
);

/** Whether something fits, in words and with a mark. */
const Verdict = ({ isGood, children }: { isGood: boolean; children: ComponentChildren }): VNode => (
  <p class="verdict" data-good={isGood}>{isGood ? check(16) : cross(16)}<span>{children}</span></p>
);

/** The request that the browser took to the server before this answer came back. */
const asked = (messages: readonly Message[], callback: Message): URLSearchParams | undefined => {
  const before = messages.filter(({ id, request }) => id < callback.id && new URL(request.url).pathname.endsWith('/oauth2/authorize'));
  const last = before.at(-1);
  return last && new URL(last.request.url).searchParams;
};

/** What the app checks first of an answer that comes back to it. */
const Callback = ({ message, messages }: { message: Message; messages: readonly Message[] }): VNode => {
  const url = new URL(message.request.url);
  const [sent, back] = [asked(messages, message)?.get('state') ?? undefined, url.searchParams.get('state') ?? undefined];
  return (
    <section class="callback" aria-label="The address bar">
      <h3>The address bar</h3>
      <Address url={url} />
      {back !== undefined && sent === back && <Verdict isGood><strong>state matches</strong>: it is the value that this browser took to the server, so nobody slipped in an answer to another request.</Verdict>}
      {back !== undefined && sent !== back && <Verdict isGood={false}><strong>state does not match</strong> the last request in this list: the app has to find a request of this browser that it belongs to, or refuse.</Verdict>}
      {back === undefined && <Verdict isGood={false}><strong>no state</strong>: nothing ties this answer to this browser.</Verdict>}
    </section>
  );
};

export const isCallback = (message: Message): boolean => {
  const { searchParams } = new URL(message.request.url);
  return message.page === 'app' && (searchParams.has('code') || searchParams.has('error'));
};

export const Detail = ({ message, messages }: { message: Message; messages: readonly Message[] }): VNode => {
  const { request, response } = message;
  const next = location(message);
  return (
    <div class="detail">
      {isCallback(message) && <Callback message={message} messages={messages} />}
      <section>
        <h3>Request · {new Date(message.at).toLocaleTimeString([], { hour12: false })}</h3>
        <Address url={new URL(request.url)} method={request.method} />
        <Lines title="In the address" said={query(request.url)} table={PARAMETERS} />
        <Lines title="Body, form" said={form(message)} table={PARAMETERS} />
        <Lines title="Headers" said={headers(request.headers)} table={HEADERS} />
      </section>
      <section>
        <h3>Answer · {response.status}</h3>
        {message.page !== undefined && <p class="hint">{PAGES[message.page]}</p>}
        {next && <Address url={next} />}
        {next && <Lines title={`On to ${next.pathname}, with`} said={query(next.href)} table={PARAMETERS} />}
        <Body text={response.body} />
        <Lines title="Headers" said={headers(response.headers)} table={HEADERS} />
      </section>
    </div>
  );
};
