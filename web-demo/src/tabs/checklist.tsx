/** The guide’s best practices, and how the last run kept them. */

import type { VNode } from 'preact';

import { Lab } from '../bench/lab.ts';
import { Act, Bench, mark, run as work, Section, Verdict, type Work } from '../bench/parts.tsx';
import { type Practice, practices, type Stores } from '../bench/practices.ts';
import { lastRun } from '../bench/run.ts';
import { WEB_CLIENT } from '../clients.ts';
import type { Context, Tab } from './tab.ts';

interface State { readonly doing: Work<string> }

const WORDS: Readonly<Record<Practice['grade'], string>> = { good: 'kept', warn: 'look here', open: 'not seen yet' };
const CHIPS: Readonly<Record<Practice['grade'], string>> = { good: 'chip of-server', warn: 'chip warn', open: 'chip' };

/** What apps of this origin keep: the demo browser is a frame of this page and shares both. */
const stores = (): Stores => {
  const values = (read: () => Storage): readonly string[] => {
    try {
      return Object.values(read()) as readonly string[];
    } catch {
      // Where site data is blocked nothing is stored.
      return [];
    }
  };
  return { local: values(() => localStorage), session: values(() => sessionStorage) };
};

/** The client of the npm package, with everything it does by itself. */
const careful = async (base: URL, now: number): Promise<string> => {
  const { exchange } = await import('../bench/exchange.ts');
  const begun = Date.now();
  await exchange(new Lab(base), (token) => token, () => Math.floor((now + Date.now() - begun) / 1000));
  return 'Ada signed in with the client of the npm package.';
};

/** An app that sends no more than the guide requires, and keeps its secret where it must not. */
const careless = async (base: URL): Promise<string> => {
  const lab = new Lab(base);
  const { code } = await lab.code({ client_id: WEB_CLIENT.id, state: null, code_challenge: null, code_challenge_method: null });
  await lab.token({ grant_type: 'authorization_code', code, redirect_uri: lab.app }, lab.secret());
  return 'Ada signed in to an app that sends no state, no challenge and no nonce, and has its secret in the browser.';
};

const Item = ({ practice: { id, title, advice, grade, why, spec }, number }: { practice: Practice; number: number }): VNode => (
  <li class="card practice" id={`practice-${id}`} data-grade={grade}>
    {mark(grade)}
    <div class="stack tight">
      <div class="row"><h3>{number}. {title}</h3><span class={CHIPS[grade]}>{WORDS[grade]}</span></div>
      <p class="hint">{advice}. <Section spec={spec} /></p>
      {why.length > 0 && <ul class="dots">{why.map((reason) => <li key={reason}>{reason}</li>)}</ul>}
    </div>
  </li>
);

const Summary = ({ all, context: { messages, base } }: { all: readonly Practice[]; context: Context }): VNode => {
  const last = lastRun(messages, base.href);
  if (!last) return <Verdict grade="open" id="summary">Nothing has run yet</Verdict>;
  const count = (grade: Practice['grade']): number => all.filter((practice) => practice.grade === grade).length;
  const [warn, open] = [count('warn'), count('open')];
  const from = `${last.asked.get('client_id') ?? 'Nobody'}, ${new Date(last.ask.at).toLocaleTimeString([], { hour12: false })}`;
  return (
    <Verdict grade={warn > 0 ? 'warn' : open > 0 ? 'open' : 'good'} id="summary">
      {from}: {count('good')} of {all.length} kept{warn > 0 && `, ${warn} to look at`}{open > 0 && `, ${open} not seen yet`}
    </Verdict>
  );
};

export const tab: Tab<State> = {
  initial: { doing: { is: 'idle' } },
  view: ({ doing }, set, context) => {
    const { messages, base, clock } = context;
    const all = practices(messages, base, stores());
    const start = (what: () => Promise<string>): void => void work(what, (next) => set({ doing: next }));
    return (
      <Bench title="Seven good habits" live={context.live} lead="The guide ends with seven best practices. This is how the last run kept them, as far as its messages tell.">
        <Summary all={all} context={context} />
        <div class="row">
          <Act id="careful" look="" isBusy={doing.is === 'busy'} act={() => start(() => careful(base, clock.now))}>A careful run</Act>
          <Act id="careless" look="" isBusy={doing.is === 'busy'} act={() => start(() => careless(base))}>A careless run</Act>
          <p class="hint" role="status">{doing.is === 'done' ? doing.value : doing.is === 'failed' ? doing.why : doing.is === 'busy' ? 'Ada signs in' : 'Or sign in to Taskmaster yourself, or build a request by hand.'}</p>
        </div>
        <ol role="list" class="practices">{all.map((practice, index) => <Item key={practice.id} practice={practice} number={index + 1} />)}</ol>
      </Bench>
    );
  },
};
