/** Talks to the live server as an app and a person would, without either: requests, answers, clicks. */

import { location } from '../decode.ts';
import { order } from '../live.ts';
import { WEB_CLIENT } from '../clients.ts';
import { USERS } from '../people.ts';
import { DEFAULT_CLIENT, type Fields, type Message, STATE, type State } from '../trace.ts';
import { derive, makeVerifier } from './pkce.ts';

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Fields;
  readonly body: string;
}

export interface Answer {
  readonly sent: Sent;
  readonly status: number;
  /** Those of the answer's header fields that say something here. */
  readonly headers: Fields;
  readonly body: string;
  /** Where the browser was sent instead. */
  readonly to: URL | undefined;
}

/** Where a walk through the server's pages ended. */
interface Arrival {
  readonly url: URL;
  readonly page: Document | null;
}

export interface Walk {
  readonly decision?: 'approve' | 'deny';
  /** Whether to stop before the consent page is answered. */
  readonly onlySignIn?: boolean;
}

/** What an app sends by itself; the rest is the browser's. */
const OWN: readonly string[] = ['authorization', 'content-type'];
const TOLD: readonly string[] = ['allow', 'www-authenticate', 'retry-after'];
const only = (names: readonly string[], headers: Fields): Fields => headers.filter(([name]) => names.includes(name.toLowerCase()));
/** How often the clock is looked at until it has turned: some ten seconds. */
const MOST_LOOKS = 500;
const FORM = 'application/x-www-form-urlencoded';

export const basic = (id: string, secret: string): readonly [string, string] => ['authorization', `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`];

/** Loads a page with its cookies. This way of asking reads HTML without running it; `DOMParser` would want a Trusted Type. */
const load = (url: string, body?: URLSearchParams): Promise<Arrival> => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest();
  request.open(body ? 'POST' : 'GET', url);
  request.responseType = 'document';
  request.withCredentials = true;
  request.setRequestHeader('accept', 'text/html');
  if (body) request.setRequestHeader('content-type', FORM);
  request.addEventListener('load', () => resolve({ url: new URL(request.responseURL), page: request.responseXML }));
  request.addEventListener('error', () => reject(new Error('No answer. If it leads to another site, this page may not follow')));
  request.send(body?.toString() ?? null);
});

export class Lab {
  constructor(readonly base: URL) {}

  get app(): string {
    return new URL('app/', this.base).href;
  }

  at(path: string): string {
    return new URL(path, this.base).href;
  }

  /** Resolves when the service worker answers this page; before that requests would go past it. */
  async ready(): Promise<void> {
    const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
    if (!container) throw new Error('The server cannot run here');
    if (!container.controller) await new Promise((resolve) => { container.addEventListener('controllerchange', resolve, { once: true }); });
  }

  /** Sends a request as an app does. What comes of it is read where it left: a browser shows no page where a redirect leads, and hides some headers. */
  async send(method: string, url: string, headers: Fields = [], body = ''): Promise<Answer> {
    const { href } = new URL(url);
    await this.ready();
    await fetch(href, { method, headers: headers.map(([name, value]): [string, string] => [name, value]), ...(body === '' ? {} : { body }), cache: 'no-store', redirect: 'manual' });
    return this.#recorded(({ request }) => request.url === href && request.method === method);
  }

  /** Goes through the server's pages; what is given is the answer that led back to the app. */
  async ends(url: string, how: Walk = {}): Promise<Answer> {
    const { href } = (await this.walk(url, how)).url;
    return this.#recorded((message) => location(message)?.href === href);
  }

  /** An authorization request by the demo's app that is good, but for what is said here; `null` leaves one out. */
  async asks(change: Readonly<Record<string, string | null>> = {}, more = ''): Promise<string> {
    const { challenge } = await derive(makeVerifier(64));
    const all: Record<string, string | null> = {
      response_type: 'code', client_id: DEFAULT_CLIENT, redirect_uri: this.app, scope: 'openid profile email',
      state: makeVerifier(43).slice(0, 22), code_challenge: challenge, code_challenge_method: 'S256', ...change,
    };
    const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== null);
    return `${this.at('oauth2/authorize')}?${new URLSearchParams(given).toString()}${more}`;
  }

  /** Sends a form to the token endpoint. */
  token(fields: Readonly<Record<string, string>> | string, ...headers: (readonly [string, string])[]): Promise<Answer> {
    const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();
    return this.send('POST', this.at('oauth2/token'), [['content-type', FORM], ...headers], body);
  }

  /** Goes from an authorization request through the server's pages, as Ada would who says yes. */
  async walk(url: string, { decision = 'approve', onlySignIn = false }: Walk = {}): Promise<Arrival> {
    await this.ready();
    let here = await load(url);
    for (let pages = 0; pages < 4; pages += 1) {
      const form = here.page?.querySelector<HTMLFormElement>('form');
      const isServer = here.url.href.startsWith(this.at('oauth2/'));
      const ada = USERS[0];
      if (!form || !isServer || !ada) return here;
      const isLogin = form.querySelector('[name=username]') !== null;
      if (!isLogin && onlySignIn) return here;
      const filled = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === 'string') filled.append(name, value);
      if (isLogin) {
        filled.set('username', ada.username);
        filled.set('password', ada.password);
      } else filled.set('decision', decision);
      here = await load(new URL(form.getAttribute('action') ?? '', this.base).href, filled);
    }
    return here;
  }

  /** A code, and what redeems it. */
  async code(change: Readonly<Record<string, string | null>> = {}, verifier = makeVerifier(64)): Promise<{ readonly code: string; readonly verifier: string; readonly url: string }> {
    const url = await this.asks({ code_challenge: (await derive(verifier)).challenge, ...change });
    const { url: back } = await this.walk(url);
    const code = back.searchParams.get('code');
    if (code === null) throw new Error(back.searchParams.get('error_description') ?? `The server gave no code; it stopped at ${back.pathname}`);
    return { code, verifier, url };
  }

  /** What redeems a code of the demo's app, but for what is said here. */
  redemption(code: string, verifier: string): Record<string, string> {
    return { grant_type: 'authorization_code', code, redirect_uri: this.app, client_id: DEFAULT_CLIENT, code_verifier: verifier };
  }

  /** The same for the app with a secret, which shows it. */
  secret(): readonly [string, string] {
    return basic(WEB_CLIENT.id, WEB_CLIENT.secret);
  }

  async accessToken(change: Readonly<Record<string, string | null>> = {}): Promise<string> {
    const { code, verifier } = await this.code(change);
    const answer = await this.token(this.redemption(code, verifier));
    const { access_token: token } = JSON.parse(answer.body) as { readonly access_token?: string };
    if (token === undefined) throw new Error(answer.body);
    return token;
  }

  async refreshToken(): Promise<string> {
    const { code, verifier } = await this.code({ scope: 'openid offline_access', prompt: 'consent' });
    const answer = await this.token(this.redemption(code, verifier));
    const { refresh_token: token } = JSON.parse(answer.body) as { readonly refresh_token?: string };
    if (token === undefined) throw new Error(answer.body);
    return token;
  }

  /** Does something so many minutes later, and turns the clock back. */
  async later<T>(minutes: number, work: () => Promise<T>): Promise<T> {
    const before = await this.#offset();
    await this.#turn(before + minutes * 60_000);
    try {
      return await work();
    } finally {
      await this.#turn(before);
    }
  }

  async #state(): Promise<State> {
    return (await (await fetch(this.at(STATE), { cache: 'no-store' })).json()) as State;
  }

  async #offset(): Promise<number> {
    return (await this.#state()).offset;
  }

  /** The last answer of the server that is this one. */
  async #recorded(is: (message: Message) => boolean): Promise<Answer> {
    const message = (await this.#state()).messages.findLast(is);
    if (!message) throw new Error('The server has not seen this request');
    const { request, response } = message;
    return {
      sent: { ...request, headers: only(OWN, request.headers) },
      status: response.status,
      headers: only(TOLD, response.headers),
      body: response.body,
      to: location(message),
    };
  }

  async #turn(offset: number): Promise<void> {
    order({ is: 'clock', offset });
    // An order is a message, and no answer says that it was read.
    for (let tries = 0; (await this.#offset()) !== offset; tries += 1) {
      if (tries === MOST_LOOKS) throw new Error('The clock does not turn');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
