/** A token opened: whether it is to be believed, what it says, and what the client says when somebody has spoilt it. */

import type { VNode } from 'preact';

import type { Verdict as Word } from '../bench/exchange.ts';
import { type Check, checks, signature, span, TAMPERINGS, type Tampering } from '../bench/jwt.ts';
import { Lab } from '../bench/lab.ts';
import { Act, Bench, Copy, type Grade, mark, run as work, Verdict, type Work } from '../bench/parts.tsx';
import { lastRun, type Run } from '../bench/run.ts';
import { oidc } from '../bench/spec.ts';
import { type Json, json, type Jwt, jwt } from '../decode.ts';
import { CLAIMS, type Meaning } from '../describe.ts';
import { Text } from '../text.tsx';
import type { Context, Tab } from './tab.ts';

interface State {
  readonly token: string;
  readonly signature: Work<Check>;
  /** What the client was given, and what it made of it. */
  readonly tried: string;
  readonly word: Work<Word>;
  readonly copied: string;
}

type Set = (some: Partial<State>) => void;

const standard = (means: string): Meaning => ({ means, spec: oidc('5.1', 'StandardClaims') });
const MORE: Readonly<Record<string, Meaning>> = {
  acr: { means: 'How the person signed in', spec: oidc('2', 'IDToken') },
  azp: { means: 'Which app asked for it', spec: oidc('2', 'IDToken') },
  name: standard('The whole name, as people see it'), given_name: standard('What friends say'), family_name: standard('The name of the family'),
  preferred_username: standard('A short name, which may change: use sub to know somebody again'),
  email: standard('Where mail goes; no name to know somebody by'), email_verified: standard('Whether the server saw to it that mail arrives'),
};

const meaningOf = (name: string): Meaning | undefined => [CLAIMS, MORE].find((table) => Object.hasOwn(table, name))?.[name];

/** What was shown last: a signature takes a while. */
let latest = '';

/** Shows a token, and asks for the keys to judge its signature. */
const show = (token: string, set: Set, base: URL): void => {
  latest = token;
  set({ token, signature: { is: 'idle' } });
  if (jwt(token) === undefined) return;
  const judge = async (): Promise<Check> => signature(token, json(await (await fetch(new URL('oauth2/jwks', base))).text()));
  void work(judge, (state) => {
    if (latest === token) set({ signature: state });
  });
};

/** Lets the shipping client sign in with a token that was changed on its way. */
const attempt = async (base: URL, now: number, change: (token: string) => string): Promise<Word> => {
  const { exchange } = await import('../bench/exchange.ts');
  const begun = Date.now();
  return exchange(new Lab(base), change, () => Math.floor((now + Date.now() - begun) / 1000));
};

const Chooser = ({ state, set, context: { base, clock }, last }: { state: State; set: Set; context: Context; last: Run | undefined }): VNode => {
  const own = async (): Promise<void> => {
    await work(() => attempt(base, clock.now, (token) => token), (word) => {
      set({ tried: 'own', word });
      if (word.is === 'done') show(word.value.token, set, base);
    });
  };
  const { tokens } = last ?? {};
  return (
    <section class="card stack" aria-labelledby="token-title">
      <h3 id="token-title">Which token?</h3>
      <div class="row">
        <button type="button" class="button small" id="take-id" disabled={tokens?.id === undefined} onClick={() => tokens?.id !== undefined && show(tokens.id, set, base)}>The last ID token</button>
        <button type="button" class="button small" id="take-access" disabled={tokens === undefined} onClick={() => tokens && show(tokens.access, set, base)}>The last access token</button>
        <Act id="own" look="small" isBusy={state.word.is === 'busy'} act={() => void own()}>Let Ada get one</Act>
      </div>
      {tokens === undefined && <p class="hint">Nobody has signed in yet. <a href="#flow">Sign in to Taskmaster</a>, or let Ada get one: she signs in by herself.</p>}
      {state.tried === 'own' && state.word.is !== 'done' && <Said word={state.word} isGenuine />}
      <div class="field">
        <label for="token">Or paste one; it stays in this page</label>
        <textarea id="token" rows={4} spellcheck={false} autocomplete="off" value={state.token} onInput={(event) => show(event.currentTarget.value.trim(), set, base)}></textarea>
      </div>
      {state.token !== '' && jwt(state.token) === undefined && state.token !== tokens?.access && <Verdict grade="bad" id="token-verdict">No JSON Web Token: three parts in base64url with dots between, the first two JSON objects</Verdict>}
    </section>
  );
};

const graded = (isGood: boolean | undefined): Grade => (isGood === undefined ? 'open' : isGood ? 'good' : 'bad');
const WORDS: Readonly<Record<Grade, string>> = { good: 'good', bad: 'wrong', open: 'not known', warn: 'doubtful' };

const Judged = ({ all }: { all: readonly Check[] }): VNode => {
  const [wrong, open] = [false, undefined].map((what) => all.filter(({ isGood }) => isGood === what).map(({ name }) => name));
  const grade = wrong && wrong.length > 0 ? 'bad' : open && open.length > 0 ? 'open' : 'good';
  return (
    <section class="card stack" aria-labelledby="judged">
      <h3 id="judged">Is it to be believed?</h3>
      <Verdict grade={grade} id="token-verdict">{grade === 'good' ? 'Yes: everything about it is right' : grade === 'bad' ? `No: ${wrong?.join(', ')}` : `Nothing is wrong with it; not known: ${open?.join(', ')}`}</Verdict>
      <ul role="list" class="checks">
        {all.map(({ name, isGood, says }) => (
          <li key={name} data-check={name} data-grade={graded(isGood)}>
            {mark(graded(isGood))}<code>{name}</code><span>{says}</span><span class="seen-only-by-readers">, {WORDS[graded(isGood)]}</span>
          </li>
        ))}
      </ul>
    </section>
  );
};

/** An instant, and how far it is from now. */
const instant = (name: string, value: Json, now: number): string | undefined => {
  if (!['exp', 'iat', 'nbf', 'auth_time'].includes(name) || typeof value !== 'number') return undefined;
  return `${new Date(value * 1000).toLocaleString([], { hour12: false })}, ${value > now ? `in ${span(value - now)}` : `${span(now - value)} ago`}`;
};

const Claims = ({ title, id, claims, now }: { title: string; id: string; claims: Jwt['claims']; now: number }): VNode => (
  <section class="card stack" aria-labelledby={`${id}-title`}>
    <h3 id={`${id}-title`}>{title}</h3>
    <ul class="said" role="list" id={id}>
      {Object.entries(claims).map(([name, value]) => {
        const meaning = meaningOf(name);
        const when = instant(name, value, now);
        return (
          <li key={name}>
            <span class="name">{name}</span>
            <span class="value">{typeof value === 'string' ? value : JSON.stringify(value)}</span>
            {when !== undefined && <span class="means when">{when}</span>}
            {meaning && <span class="means">{meaning.means}. <a href={meaning.spec[1]} target="_blank" rel="noreferrer">{meaning.spec[0]}</a></span>}
          </li>
        );
      })}
    </ul>
  </section>
);

const Raw = ({ token, copied, set }: { token: string; copied: string; set: Set }): VNode => {
  const [header, claims, signed] = token.split('.');
  return (
    <section class="card stack" aria-labelledby="raw">
      <div class="row"><h3 id="raw">As it travels</h3><span class="push"></span><Copy what="the token" text={token} copied={copied} set={set} /></div>
      <p class="url raw"><span class="of-header">{header}</span>.<span class="of-claims">{claims}</span>.<span class="of-signature">{signed}</span></p>
    </section>
  );
};

const Opaque = ({ run: { tokens, asked }, now }: { run: Run; now: number }): VNode => {
  const ends = tokens?.lifetime === undefined ? undefined : tokens.at / 1000 + tokens.lifetime;
  return (
    <section class="card stack" aria-labelledby="opaque">
      <h3 id="opaque">An access token is for the API</h3>
      <Verdict grade="open" id="token-verdict">Nothing in it can be read: only the server knows what it stands for</Verdict>
      <dl class="facts">
        <dt>For</dt><dd><code>{asked.get('client_id')}</code></dd>
        <dt>Good for</dt><dd>{tokens?.scope}</dd>
        {ends !== undefined && <><dt>Good until</dt><dd class="when">{new Date(ends * 1000).toLocaleString([], { hour12: false })}, {ends > now ? `in ${span(ends - now)}` : `${span(now - ends)} ago`}</dd></>}
      </dl>
    </section>
  );
};

const Said = ({ word, isGenuine }: { word: Work<Word>; isGenuine: boolean }): VNode | null => {
  switch (word.is) {
    case 'idle': return null;
    case 'busy': return <p class="outcome" role="status">Ada signs in</p>;
    case 'failed': return <Verdict grade="bad">{word.why}</Verdict>;
    case 'done': {
      const said = word.value;
      if (said.is === 'taken') return <Verdict grade={isGenuine ? 'good' : 'bad'} id="client-verdict">The client takes it, and {said.name} is signed in</Verdict>;
      return (
        <>
          <Verdict grade="good" id="client-verdict">The client refuses it: {said.code}</Verdict>
          <p><Text>{said.happened}</Text></p>
          <dl class="facts" id="client-error">
            <dt>code</dt><dd><a href={`#errors/${said.code}`}><code>{said.code}</code></a></dd>
            <dt>stage</dt><dd><code>{said.stage}</code></dd>
            <dt>remedy</dt><dd><code>{said.remedy}</code></dd>
          </dl>
        </>
      );
    }
  }
};

const Tamper = ({ state: { word, tried, token }, set, context: { base, clock } }: { state: State; set: Set; context: Context }): VNode => {
  const isBusy = word.is === 'busy';
  const spoil = (id: string, change: (genuine: string) => string): void => void work(() => attempt(base, clock.now, change), (next) => set({ tried: id, word: next }));
  const ways: readonly Tampering[] = [
    ...TAMPERINGS,
    ...(jwt(token) === undefined ? [] : [{ id: 'this', name: 'Slip in the token here', plays: 'It is genuine, perhaps; it is not the answer to this login', spoil: () => token }]),
    { id: 'nothing', name: 'Change nothing', plays: 'To see that the client is not just against everything', spoil: (genuine) => genuine },
  ];
  return (
    <section class="card stack shown" aria-labelledby="tamper" tabIndex={0}>
      <h3 id="tamper">Tamper with one</h3>
      <p class="hint">Each of these signs Ada in for real, with the client of the npm package, and changes the ID token between server and client. What is said of it is the client’s own error.</p>
      <ul role="list" class="spoils">
        {ways.map(({ id, name, plays, spoil: change }) => (
          <li key={id} data-tried={id === tried && word.is !== 'idle'}>
            <Act id={`tamper-${id}`} look="small" isBusy={isBusy} isPressed={id === tried && word.is !== 'idle'} act={() => spoil(id, change)}>{name}</Act>
            <span class="hint">{plays}</span>
            {id === tried && <div class="said-by"><Said word={word} isGenuine={id === 'nothing'} /></div>}
          </li>
        ))}
      </ul>
    </section>
  );
};

const Opened = ({ state, set, context: { messages, base, clock } }: { state: State; set: Set; context: Context }): VNode | null => {
  const { token, copied } = state;
  const now = clock.now / 1000;
  const read = jwt(token);
  const from = lastRun(messages, base.href, ({ tokens }) => tokens !== undefined && (tokens.id === token || tokens.access === token));
  if (read === undefined) return from ? <Opaque run={from} now={now} /> : null;
  const pending: Check = { name: 'signature', isGood: undefined, says: state.signature.is === 'failed' ? 'The server’s keys could not be had' : 'Asking for the server’s keys' };
  const expected = { issuer: base.href.slice(0, -1), audience: from?.asked.get('client_id') ?? undefined, nonce: from?.asked.get('nonce') ?? undefined, now };
  return (
    <>
      <Judged all={[state.signature.is === 'done' ? state.signature.value : pending, ...checks(read, expected)]} />
      <Claims title="What it says" id="claims" claims={read.claims} now={now} />
      <Claims title="Its header" id="header" claims={read.header} now={now} />
      <Raw token={token} copied={copied} set={set} />
    </>
  );
};

export const tab: Tab<State> = {
  initial: { token: '', signature: { is: 'idle' }, tried: '', word: { is: 'idle' }, copied: '' },
  view: (state, set, context) => {
    const last = lastRun(context.messages, context.base.href, ({ tokens }) => tokens !== undefined);
    return (
      <Bench title="Tokens, opened" look="two" live={context.live} lead="An ID token says who signed in. An app may believe it when all of this is right, and not before.">
        <div class="column">
          <Chooser state={state} set={set} context={context} last={last} />
          <Opened state={state} set={set} context={context} />
        </div>
        <div class="column">
          <Tamper state={state} set={set} context={context} />
        </div>
      </Bench>
    );
  },
};
