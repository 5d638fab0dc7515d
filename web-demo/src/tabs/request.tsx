/** An authorization request by hand: every parameter can be changed and left out, and the real server answers. */

import type { VNode } from 'preact';

import { Exchanged, inShort, printed } from '../bench/answer.tsx';
import { type Answer, Lab } from '../bench/lab.ts';
import { Act, Bench, Copy, run, Verdict, type Work } from '../bench/parts.tsx';
import { derive, makeVerifier } from '../bench/pkce.ts';
import { APPS, type Draft, good, type Name, NAMES, pairs, query, REQUIRED, sending, sendsAll, SEPARATORS, type Separator, SWITCHES, withScope, withValue } from '../bench/request.ts';
import { WEB_CLIENT } from '../clients.ts';
import { PARAMETERS } from '../describe.ts';
import type { Context, Tab } from './tab.ts';

/** What came of a request when Ada went through with it. */
interface Through { readonly back: URL; readonly tokens: Answer | undefined }

type Outcome = { readonly is: 'answer'; readonly answer: Answer } | { readonly is: 'through'; readonly through: Through };

interface State {
  readonly draft: Draft;
  readonly verifier: string;
  readonly outcome: Work<Outcome>;
  readonly copied: string;
}

type Set = (some: Partial<State>) => void;

const SCOPES = ['openid', 'profile', 'email'];
const APP = new URL('app/', document.baseURI).href;

const verifier = makeVerifier(64);
const random = (): string => makeVerifier(43).slice(0, 22);
const { challenge } = await derive(verifier);

const ask = async (lab: Lab, draft: Draft): Promise<Outcome> => ({ is: 'answer', answer: await lab.send('GET', `${lab.at('oauth2/authorize')}?${query(draft)}`) });

/** Lets Ada sign in and agree, and redeems the code if one comes back. */
const goThrough = async (lab: Lab, draft: Draft, secret: string): Promise<Outcome> => {
  const url = `${lab.at('oauth2/authorize')}?${query(draft)}`;
  const { url: back } = await lab.walk(url);
  const code = back.searchParams.get('code');
  // Where it ends at the server there is an error, and its JSON says more than its page.
  if (code === null && back.href.startsWith(lab.at('oauth2/'))) return ask(lab, draft);
  if (code === null) return { is: 'through', through: { back, tokens: undefined } };
  const { client_id: clientId, redirect_uri: redirectUri } = draft.values;
  const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...(draft.sent.code_challenge && { code_verifier: secret }) };
  const tokens = clientId === WEB_CLIENT.id ? await lab.token(fields, lab.secret()) : await lab.token({ ...fields, client_id: clientId });
  return { is: 'through', through: { back, tokens } };
};

const Parameter = ({ name, draft, set }: { name: Name; draft: Draft; set: Set }): VNode => {
  const meaning = PARAMETERS[name];
  const isSent = draft.sent[name];
  const change = (next: Draft): void => set({ draft: next });
  return (
    <li class="knob" data-sent={isSent}>
      <label class="switch" for={`send-${name}`}>
        <input type="checkbox" id={`send-${name}`} checked={isSent} onChange={(event) => change(sending(draft, [name], event.currentTarget.checked))} />
        <code>{name}</code>
      </label>
      <span class={REQUIRED.has(name) ? 'chip of-server' : 'chip'}>{REQUIRED.has(name) ? 'required' : 'optional'}</span>
      <input class="mono" id={`value-${name}`} aria-label={`Value of ${name}`} value={draft.values[name]} disabled={!isSent} spellcheck={false} autocomplete="off" onInput={(event) => change(withValue(draft, name, event.currentTarget.value))} />
      {meaning && <p class="hint">{meaning.means}. <a href={meaning.spec[1]} target="_blank" rel="noreferrer">{meaning.spec[0]}</a></p>}
    </li>
  );
};

const Scopes = ({ draft, set }: { draft: Draft; set: Set }): VNode => {
  const words = draft.values.scope.split(' ');
  return (
    <div class="row">
      <fieldset class="row">
        <legend class="seen-only-by-readers">Scopes</legend>
        {SCOPES.map((scope) => (
          <label class="switch" key={scope} for={`scope-${scope}`}>
            <input type="checkbox" id={`scope-${scope}`} checked={words.includes(scope)} onChange={(event) => set({ draft: withScope(draft, scope, event.currentTarget.checked) })} />
            <code>{scope}</code>
          </label>
        ))}
      </fieldset>
      <label class="switch" for="separator">
        apart by
        <select id="separator" value={draft.separator} onChange={(event) => set({ draft: { ...draft, separator: event.currentTarget.value as Separator } })}>
          {Object.entries(SEPARATORS).map(([separator, what]) => <option key={separator} value={separator}>{what}</option>)}
        </select>
      </label>
    </div>
  );
};

const Builder = ({ draft, set }: { draft: Draft; set: Set }): VNode => (
  <section class="card stack" aria-labelledby="parameters">
    <h3 id="parameters">Parameters</h3>
    <div class="row" role="group" aria-label="Leave out or send">
      {Object.entries(SWITCHES).map(([name, names]) => {
        const isSent = sendsAll(draft, names);
        return <button key={name} type="button" class="button small" id={`switch-${name}`} aria-pressed={isSent} onClick={() => set({ draft: sending(draft, names, !isSent) })}>{name}</button>;
      })}
      <button type="button" class="button small push" id="reset" onClick={() => set({ draft: good(APP, random, challenge), outcome: { is: 'idle' } })}>A good one again</button>
    </div>
    <label class="field" for="app">
      <span class="legend">Which app asks</span>
      <select id="app" value={draft.values.client_id} onChange={(event) => set({ draft: withValue(draft, 'client_id', event.currentTarget.value) })}>
        {APPS.map(([id, what]) => <option key={id} value={id}>{id}, {what}</option>)}
        {!APPS.some(([id]) => id === draft.values.client_id) && <option value={draft.values.client_id}>{draft.values.client_id || 'nobody'}</option>}
      </select>
    </label>
    <ul role="list" class="knobs">
      {NAMES.map((name) => [<Parameter key={name} name={name} draft={draft} set={set} />, name === 'scope' && draft.sent.scope && <li key="scopes" class="knob"><Scopes draft={draft} set={set} /></li>])}
    </ul>
  </section>
);

const Through = ({ through: { back, tokens }, draft }: { through: Through; draft: Draft }): VNode => {
  const [sent, came] = [draft.sent.state ? draft.values.state : null, back.searchParams.get('state')];
  const error = back.searchParams.get('error');
  return (
    <>
      {error !== null
        ? <Verdict grade="bad" id="request-outcome">303 {error}: {back.searchParams.get('error_description')}</Verdict>
        : <Verdict grade={tokens?.status === 200 ? 'good' : 'bad'} id="request-outcome">{tokens?.status === 200 ? 'A code came back, and the server gave tokens for it' : `A code came back; the token endpoint says ${tokens === undefined ? 'nothing' : inShort(tokens)}`}</Verdict>}
      <Verdict grade={sent === null ? 'warn' : sent === came ? 'good' : 'bad'} id="state-verdict">{sent === null ? 'No state was sent, so none came back: the app cannot tell whose answer this is' : sent === came ? 'The state that came back is the one that was sent' : 'Another state came back'}</Verdict>
      <h4>Back to the app with</h4>
      <ul class="said" role="list">{[...back.searchParams].map(([name, value]) => <li key={name}><span class="name">{name}</span><span class="value">{value}</span></li>)}</ul>
      {tokens && <><h4>The token endpoint, {tokens.status}</h4><pre class="json" id="tokens-json" tabIndex={0} role="region" aria-label="Answer of the token endpoint">{printed(tokens.body)}</pre></>}
    </>
  );
};

const Shown = ({ outcome, draft }: { outcome: Work<Outcome>; draft: Draft }): VNode | null => {
  switch (outcome.is) {
    case 'idle': return null;
    case 'busy': return <p class="outcome" role="status">Asking the server</p>;
    case 'failed': return <Verdict grade="bad">{outcome.why}</Verdict>;
    case 'done': {
      if (outcome.value.is === 'through') return <Through through={outcome.value.through} draft={draft} />;
      const { answer } = outcome.value;
      return answer.status === 200
        ? <Verdict grade="good" id="request-outcome">The request is good: the server shows its page and asks who you are</Verdict>
        : <><Verdict grade="bad" id="request-outcome">{inShort(answer)}</Verdict><Exchanged answer={answer} /></>;
    }
  }
};

const Sender = ({ state: { draft, verifier: secret, outcome, copied }, set, context: { base, visit } }: { state: State; set: Set; context: Context }): VNode => {
  const lab = new Lab(base);
  const path = `oauth2/authorize?${query(draft)}`;
  const send = (work: () => Promise<Outcome>): void => void run(work, (next) => set({ outcome: next }));
  return (
    <section class="card stack shown" aria-labelledby="url-title" tabIndex={0}>
      <div class="row"><h3 id="url-title">The URL</h3><span class="push"></span><Copy what="the URL" text={lab.at(path)} copied={copied} set={set} /></div>
      <p class="url lines" id="url"><b>GET</b> {lab.at('oauth2/authorize')}?{pairs(draft).map(([name, value], index, every) => <span key={name}><b>{name}</b>={value}{index < every.length - 1 && '&'}</span>)}</p>
      <div class="row">
        <Act id="send" look="strong" isBusy={outcome.is === 'busy'} act={() => send(() => ask(lab, draft))}>Ask the server</Act>
        <Act id="through" look="" isBusy={outcome.is === 'busy'} act={() => send(() => goThrough(lab, draft, secret))}>Let Ada sign in</Act>
        <button type="button" class="button" id="visit" onClick={() => visit(path)}>Open in the demo browser</button>
      </div>
      <p class="hint">“Ask” sends just this request. “Let Ada sign in” goes on: she signs in and approves, and the code is redeemed. In the demo browser you are the person; Taskmaster will not know the answer, for it did not ask.</p>
      <div class="stack" aria-live="polite"><Shown outcome={outcome} draft={draft} /></div>
    </section>
  );
};

export const tab: Tab<State> = {
  initial: { draft: good(APP, random, challenge), verifier, outcome: { is: 'idle' }, copied: '' },
  view: (state, set, context) => (
    <Bench title="An authorization request, by hand" look="two" live={context.live} lead="This is how an app sends a person to the server. Change a parameter, leave one out, and see what the server says.">
      <Builder draft={state.draft} set={set} />
      <Sender state={state} set={set} context={context} />
    </Bench>
  ),
};
