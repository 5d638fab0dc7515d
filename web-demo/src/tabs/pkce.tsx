/** PKCE by hand: what the verifier is, what the challenge is, and what the server makes of them. */

import type { VNode } from 'preact';

import { Lab } from '../bench/lab.ts';
import { Act, Bench, Copy, run, Section, Verdict, type Work } from '../bench/parts.tsx';
import { APPENDIX_B, asTheGuide, commands, derive, type Derived, faults, GUIDE, hex, LONGEST, makeVerifier, SHORTEST } from '../bench/pkce.ts';
import { rfc } from '../bench/spec.ts';
import { isObject, json } from '../decode.ts';
import type { Tab } from './tab.ts';

interface Asked { readonly status: number; readonly says: string }

interface State {
  readonly verifier: string;
  readonly length: number;
  readonly derived: Derived;
  readonly asked: Work<Asked>;
  readonly copied: string;
}

type Set = (some: Partial<State>) => void;

const first = makeVerifier(64);

/** What was typed last: an older hash may be the slower one. */
let typed = first;

const type = async (verifier: string, set: Set): Promise<void> => {
  typed = verifier;
  set({ verifier, asked: { is: 'idle' } });
  const derived = await derive(verifier);
  if (typed === verifier) set({ derived });
};

/** Asks for a code with this challenge, and redeems it with this verifier. */
const prove = async (base: URL, verifier: string): Promise<Asked> => {
  const lab = new Lab(base);
  const { code } = await lab.code({}, verifier);
  const { status, body } = await lab.token(lab.redemption(code, verifier));
  const said = json(body);
  return { status, says: isObject(said) ? String(said['error_description'] ?? `an access token for ${String(said['scope'])}`) : '' };
};

const Judged = ({ verifier }: { verifier: string }): VNode => {
  const wrong = faults(verifier);
  return wrong.length === 0
    ? <Verdict grade="good" id="pkce-verdict">A good code_verifier: {[...verifier].length} characters, all of them allowed</Verdict>
    : <Verdict grade="bad" id="pkce-verdict">No code_verifier by the RFC: {wrong.join('; ')}</Verdict>;
};

const Proof = ({ asked }: { asked: Work<Asked> }): VNode | null => {
  switch (asked.is) {
    case 'idle': return null;
    case 'busy': return <p class="hint" role="status">Ada signs in and redeems a code</p>;
    case 'failed': return <Verdict grade="bad" id="pkce-proof">{asked.why}</Verdict>;
    case 'done': return <Verdict grade={asked.value.status === 200 ? 'good' : 'bad'} id="pkce-proof">{asked.value.status === 200 ? `The server takes it: ${asked.value.says}` : `The server refuses it: ${asked.value.says}`}</Verdict>;
  }
};

const Verifier = ({ state: { verifier, length }, set }: { state: State; set: Set }): VNode => {
  const slide = (to: number): void => {
    set({ length: to });
    void type(makeVerifier(to), set);
  };
  return (
    <section class="card stack" aria-labelledby="verifier-title">
      <h3 id="verifier-title"><span class="step">1</span> The verifier, a secret of the app</h3>
      <div class="field">
        <label for="verifier">code_verifier</label>
        <textarea id="verifier" rows={4} spellcheck={false} autocomplete="off" value={verifier} aria-describedby="pkce-verdict" onInput={(event) => void type(event.currentTarget.value, set)}></textarea>
      </div>
      <Judged verifier={verifier} />
      <div class="field">
        <label for="length">Length of a new one: {length}</label>
        <input id="length" type="range" min={SHORTEST} max={LONGEST} value={length} onInput={(event) => slide(event.currentTarget.valueAsNumber)} />
      </div>
      <div class="row">
        <button type="button" class="button small" id="new-verifier" onClick={() => slide(length)}>Make a new one</button>
        <button type="button" class="button small" id="appendix-b" onClick={() => void type(APPENDIX_B.verifier, set)}>RFC 7636, Appendix B</button>
        <button type="button" class="button small" id="as-the-guide" onClick={() => void type(asTheGuide(), set)}>As the guide’s command</button>
      </div>
      <p class="hint">Made by <code>crypto.getRandomValues</code>, written in base64url. It never leaves the app before the code is redeemed. <Section spec={rfc(7636, '4.1')} /></p>
    </section>
  );
};

const Challenge = ({ state: { derived, verifier, copied }, set }: { state: State; set: Set }): VNode => (
  <section class="card stack" aria-labelledby="challenge-title">
    <h3 id="challenge-title"><span class="step">2</span> The challenge, which everybody may see</h3>
    <ol class="pipe" role="list">
      <li>
        <h4>SHA-256 of the verifier, 32 bytes</h4>
        <p class="bytes mono" id="hash">{hex(derived.hash)}</p>
      </li>
      <li>
        <h4>The same in base64url, without padding: the code_challenge</h4>
        <p class="row"><output class="made" id="challenge">{derived.challenge}</output> <Copy what="the challenge" text={derived.challenge} copied={copied} set={set} /></p>
        {verifier === APPENDIX_B.verifier && <Verdict grade={derived.challenge === APPENDIX_B.challenge ? 'good' : 'bad'}>{derived.challenge === APPENDIX_B.challenge ? 'As printed in RFC 7636, Appendix B' : 'Not what RFC 7636, Appendix B has'}</Verdict>}
      </li>
    </ol>
    <p class="hint">The app sends it with <code>code_challenge_method=S256</code> when it asks. Whoever steals the code has no way back from the hash to the verifier. <Section spec={rfc(7636, '4.2')} /></p>
  </section>
);

const Server = ({ state: { verifier, asked }, set, base }: { state: State; set: Set; base: URL }): VNode => (
  <section class="card stack" aria-labelledby="server-title">
    <h3 id="server-title"><span class="step">3</span> The server compares</h3>
    <p class="hint">This signs Ada in, gets a code for this challenge, and redeems it with this verifier. The server hashes what it is shown and lets nobody else in. <Section spec={rfc(7636, '4.6')} /></p>
    <div><Act id="prove" look="strong" isBusy={asked.is === 'busy'} act={() => void run(() => prove(base, verifier), (work) => set({ asked: work }))}>Try it at the server</Act></div>
    <Proof asked={asked} />
  </section>
);

const Command = ({ id, title, text, copied, set }: { id: string; title: string; text: string; copied: string; set: Set }): VNode => (
  <div class="command">
    <div class="row"><h4 id={id}>{title}</h4><span class="push"></span><Copy what={title} text={text} copied={copied} set={set} /></div>
    <pre class="json" tabIndex={0} role="region" aria-labelledby={id}>{text}</pre>
  </div>
);

const Shell = ({ state: { verifier, copied }, set }: { state: State; set: Set }): VNode => {
  const { make, derive: from } = commands(verifier);
  return (
    <section class="card stack wide" aria-labelledby="shell-title">
      <h3 id="shell-title"><span class="step">4</span> The same in a shell</h3>
      <div class="pair">
        <Command id="c-make" title="A strict verifier" text={make} copied={copied} set={set} />
        <Command id="c-derive" title="The challenge of the verifier above" text={from} copied={copied} set={set} />
        <Command id="c-guide-verifier" title="The guide’s command for a verifier" text={GUIDE.verifier} copied={copied} set={set} />
        <Command id="c-guide-challenge" title="The guide’s command for a challenge" text={GUIDE.challenge} copied={copied} set={set} />
      </div>
      <div class="note" id="footnote">
        <strong>A footnote to the guide’s first command</strong>
        <p>
          In <code>{"tr -d '\\\\n'"}</code> there are two backslashes: it deletes backslashes and the letter <code>n</code>, and keeps the line break.
          So that verifier is some 123 characters on two lines, and a line break is none of the characters of <Section spec={rfc(7636, '4.1')} />.
          The server judges length and hash only, as <Section spec={rfc(7636, '4.6')} /> has it: the guide’s command works as printed. The client of this project always makes a strict verifier.
        </p>
      </div>
    </section>
  );
};

export const tab: Tab<State> = {
  initial: { verifier: first, length: 64, derived: await derive(first), asked: { is: 'idle' }, copied: '' },
  view: (state, set, { base, live }) => (
    <Bench title="PKCE, by hand" look="two" live={live} lead="The app makes a secret, shows the server its hash when it asks for a code, and the secret itself when it redeems the code. A thief of the code has only the hash.">
      <Verifier state={state} set={set} />
      <div class="column">
        <Challenge state={state} set={set} />
        <Server state={state} set={set} base={base} />
      </div>
      <Shell state={state} set={set} />
    </Bench>
  ),
};
