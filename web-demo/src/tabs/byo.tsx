/** Bring your own client: libraries of others sign in at the same server. */

import type { VNode } from 'preact';

import { Bench, Copy } from '../bench/parts.tsx';
import { type Choice, CHOICES, choiceOf, sourceOf, versionOf } from '../byo/libraries.ts';
import { OTHER_CLIENT, OTHER_PAGE } from '../clients.ts';
import type { Context, Tab } from './tab.ts';

interface State {
  readonly choice: Choice;
  readonly source: string;
  readonly copied: string;
}

type Set = (some: Partial<State>) => void;

const base = new URL('.', document.baseURI);

const choose = async (choice: Choice, set: Set): Promise<void> => {
  set({ choice, source: '' });
  set({ source: await sourceOf(choice, base) });
};

const Choices = ({ state: { choice }, set, context: { visit, base: at } }: { state: State; set: Set; context: Context }): VNode => (
  <div class="column">
    <fieldset class="card stack">
      <legend class="seen-only-by-readers">The library</legend>
      {CHOICES.map((one) => (
        <label class="choice" key={one.id} for={`library-${one.id}`}>
          <input type="radio" name="library" id={`library-${one.id}`} checked={one === choice} onChange={() => void choose(one, set)} />
          <strong>{one.id} <span class="hint mono">{versionOf(one)}</span></strong>
          <small>{one.says}</small>
        </label>
      ))}
      <div><button type="button" class="button strong" id="try" onClick={() => visit(`${OTHER_PAGE}?with=${choice.id}`)}>Sign in with {choice.id}</button></div>
    </fieldset>
    <section class="card stack" aria-labelledby="own">
      <h3 id="own">Or one of your own</h3>
      <p class="hint">A service worker answers pages of its own origin only, so a client from elsewhere talks to the native server: the same core, over a socket. Whatever runs here needs this:</p>
      <dl class="facts">
        <dt>issuer</dt><dd class="mono">{at.href.slice(0, -1)}</dd>
        <dt>client_id</dt><dd class="mono">{OTHER_CLIENT}</dd>
        <dt>redirect_uri</dt><dd class="mono">{new URL(OTHER_PAGE, at).href}</dd>
        <dt>secret</dt><dd>none; PKCE with S256</dd>
      </dl>
    </section>
  </div>
);

const Source = ({ state: { choice, source, copied }, set }: { state: State; set: Set }): VNode => (
  <section class="card stack" aria-labelledby="source-title">
    <div class="row"><h3 id="source-title">All of the sign-in with {choice.id}</h3><span class="push"></span><Copy what="the source" text={source} copied={copied} set={set} /></div>
    {source === '' ? <p class="hint" role="status">The source is not here yet.</p> : <pre class="json source" id="source" tabIndex={0} role="region" aria-label="Source code">{source}</pre>}
  </section>
);

export const tab: Tab<State> = {
  initial: { choice: CHOICES[0], source: await sourceOf(choiceOf(null), base), copied: '' },
  view: (state, set, context) => (
    <Bench title="Bring your own client" look="narrow-first" live={context.live} lead="This server speaks the protocol and nothing else. Three libraries of others sign in at it, as npm installs them, and their messages are in the list like any.">
      <Choices state={state} set={set} context={context} />
      <Source state={state} set={set} />
    </Bench>
  ),
};
