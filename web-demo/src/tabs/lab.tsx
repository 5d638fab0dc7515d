/** The attack lab: each attack as a story that runs, with what stands in its way and without. */

import type { VNode } from 'preact';

import { Again } from '../again.tsx';
import { arrows, back, check, cross } from '../icons.tsx';
import { defences, isLive, play } from '../lab/live.ts';
import { List, lookedAt, Scrubber } from '../list.tsx';
import { Detail } from '../message.tsx';
import { Press } from '../press.tsx';
import { LANES, row as liveRow } from '../rows.ts';
import { sentence } from '../sentence.ts';
import { type Exchange, type Lane, Lanes } from '../sequence.tsx';
import { Text } from '../text.tsx';
import type { Message as Live } from '../trace.ts';
import { wear } from '../wear.ts';
import { later, must } from '../world/must.ts';
import { Refusal } from '../world/refusal.tsx';
import { ACTORS, actors, row, withPage } from '../world/rows.ts';
import type { Attack, Message, Refused, Report, World } from '../world/types.ts';
import { isOver, type Running, startWorld } from '../world/world.ts';
import type { Context, Tab } from './tab.ts';

await wear('lab.css');

/** What became of one attack. */
interface Run {
  readonly said: Pick<Report, 'steps' | 'verdict'> & Partial<Pick<Report, 'trace'>>;
  /** World's messages; those of Live are the service worker's, from this instant on. */
  readonly messages: readonly Message[] | { readonly since: number };
  /** How many of its steps are told so far. */
  readonly told: number;
  /** The message that is looked at, by its id. */
  readonly chosen: number | undefined;
}

interface State {
  /** World, from the first run on. */
  readonly world: Running | undefined;
  readonly isLoading: boolean;
  readonly attacks: readonly Attack[];
  /** Why there is no lab, or why attacks did not run, and those. */
  readonly fault: { readonly why: string; readonly attacks: readonly Attack[]; readonly steps: number } | undefined;
  /** Which defences are taken away, by attack. */
  readonly without: Readonly<Record<string, readonly string[]>>;
  readonly runs: Readonly<Record<string, Run>>;
  readonly isBusy: boolean;
}

type Set = (some: Partial<State>) => void;

const start = async (base: URL, set: Set): Promise<void> => {
  set({ isLoading: true, fault: undefined });
  try {
    // What is known of them before they run needs no worker.
    const response = await fetch(new URL('attacks.json', base));
    if (!response.ok) throw new Error(`attacks.json: ${response.status}`);
    const attacks = (await response.json()) as readonly Attack[];
    set({ attacks: attacks.map((attack) => ({ ...attack, defences: [...attack.defences, ...defences(attack.id)] })) });
  } catch (error) {
    set({ fault: { why: sentence(error), attacks: [], steps: 0 } });
  }
};

/** The run as far as that many steps, looking at what the last of them is about. */
const at = (run: Run, told: number): Run => {
  const { steps, verdict } = run.said;
  const last = told >= steps.length && verdict.is === 'stopped' ? verdict.message : steps[told - 1]?.message;
  return { ...run, told, chosen: last ?? run.chosen };
};

/** Runs an attack where it can be run; one of World's is played once more, so that every message can be looked at. */
const perform = async ({ id }: Attack, without: State['without'], base: URL, world: World): Promise<Run> => {
  const gone = without[id] ?? [];
  const frame = document.querySelector<HTMLIFrameElement>('#scene');
  if (isLive(id) && frame) {
    const since = Date.now();
    return { said: await play(id, { base, frame }, gone.length > 0), messages: { since }, told: 0, chosen: undefined };
  }
  const said = await world.attack(id, gone);
  await must(world.replay(JSON.stringify(said.trace)));
  return { said, messages: await world.messages(), told: 0, chosen: undefined };
};

/** Runs attacks one after the other, and tells as many steps of each. */
const run = async (attacks: readonly Attack[], state: State, set: Set, base: URL, steps = Number.MAX_SAFE_INTEGER): Promise<void> => {
  set({ isBusy: true, fault: undefined });
  const { without } = state;
  let { runs, world } = state;
  const left = [...attacks];
  try {
    world ??= startWorld(base);
    set({ world });
    for (const attack of attacks) {
      const ran = await perform(attack, without, base, world);
      runs = { ...runs, [attack.id]: at(ran, Math.min(steps, ran.said.steps.length)) };
      set({ runs });
      left.shift();
    }
  } catch (error) {
    // What ran is kept; the next run starts another worker.
    if (isOver(error)) {
      world?.stop();
      set({ world: undefined });
    }
    set({ fault: { why: sentence(error), attacks: left, steps } });
  }
  set({ isBusy: false });
};

/** The messages of a run, and how they are drawn. */
interface Told { readonly lanes: readonly Lane[]; readonly rows: readonly Exchange[]; readonly messages: readonly (Live & { readonly refused?: Refused })[] }

const told = ({ messages }: Run, context: Context): Told => {
  if ('since' in messages) {
    const { since } = messages;
    const seen = context.messages.filter(({ id }) => id >= since);
    return { lanes: LANES, rows: seen.map((one) => liveRow(one, context.base.href)), messages: seen };
  }
  const cast = actors(messages);
  return { lanes: cast.map((actor) => ACTORS[actor]), rows: messages.map((one) => row(one, cast)), messages: messages.map(withPage) };
};

const Chips = ({ attack }: { attack: Attack }): VNode => (
  <ul class="row" role="list" aria-label="Who takes part">
    {attack.actors.map((actor) => <li key={actor} class={`chip of-${ACTORS[actor].voice}`}>{ACTORS[actor].name}</li>)}
  </ul>
);

const Verdict = ({ said }: { said: Run['said'] }): VNode => {
  const { verdict } = said;
  const isStopped = verdict.is === 'stopped';
  return (
    <div class="verdict" data-good={isStopped} role="status" id="verdict">
      {isStopped ? check(18) : cross(18)}
      <div>
        <strong>{isStopped ? 'Stopped' : 'It succeeds'}</strong>{' '}
        {isStopped ? <>by the {verdict.by}: <code>{verdict.code}</code></> : verdict.got}
      </div>
    </div>
  );
};

const Card = ({ attack, run: ran }: { attack: Attack; run: Run | undefined }): VNode => (
  <li class="card attack" data-verdict={ran?.said.verdict.is}>
    <p class="hint">{attack.number} · hurts {attack.hurts}</p>
    <h3><a href={`#lab/${attack.id}`}>{attack.title}</a></h3>
    <p><Text>{attack.story[0]}</Text></p>
    <p class="row">
      {ran && <span class={ran.said.verdict.is === 'stopped' ? 'chip of-server' : 'chip bad'}>{ran.said.verdict.is}</span>}
      <span class="hint">{attack.sections[0]?.name}</span>
    </p>
  </li>
);

const Defences = ({ attack, without, set, state }: { attack: Attack; without: readonly string[]; set: Set; state: State }): VNode => {
  const turn = (id: string, isOn: boolean): void => {
    const { [attack.id]: _, ...runs } = state.runs;
    set({ without: { ...state.without, [attack.id]: isOn ? without.filter((one) => one !== id) : [...without, id] }, runs });
  };
  return (
    <fieldset class="stack">
      <legend class="legend">What stands in its way</legend>
      {attack.given.length > 0 && <p class="hint">Gone from the start, for the story: {attack.given.map((id) => attack.defences.find((one) => one.id === id)?.name ?? id.replaceAll('_', ' ')).join(', ')}.</p>}
      {attack.defences.map(({ id, name, how }) => (
        <label class="choice" key={id} for={`defence-${id}`}>
          <input type="checkbox" role="switch" id={`defence-${id}`} checked={!without.includes(id)} disabled={state.isBusy} onChange={(event) => turn(id, event.currentTarget.checked)} />
          <strong><Text>{name}</Text></strong>
          <small>Taken away: <Text>{how}</Text></small>
        </label>
      ))}
    </fieldset>
  );
};

const Steps = ({ ran, choose }: { ran: Run; choose: (told: number) => void }): VNode => (
  <ol class="steps-told" role="list" aria-label="What happens">
    {ran.said.steps.slice(0, ran.told).map(({ who, what, message }, index) => (
      <li key={index}>
        <span class={`chip of-${ACTORS[who].voice}`}>{ACTORS[who].name}</span>
        {message === undefined ? <span><Text>{what}</Text></span> : <button type="button" class="link" onClick={() => choose(index + 1)}><Text>{what}</Text></button>}
      </li>
    ))}
  </ol>
);

const Proof = ({ attack, ran }: { attack: Attack; ran: Run | undefined }): VNode => {
  const code = ran?.said.verdict.is === 'stopped' ? ran.said.verdict.code : undefined;
  const lines = attack.stopped_by.filter((one) => code === undefined || one.code === code);
  return (
    <dl class="facts proof">
      {lines.map(({ code: refusal, file, marker, line }) => [
        <dt key={`${refusal}-name`}>Stopped by</dt>,
        <dd key={refusal}><code>{file}{line !== undefined && `:${line}`}</code><pre class="json">{marker}</pre></dd>,
      ])}
      {attack.property !== undefined && <><dt>Checked by</dt><dd class="row"><span id="looked">model property <code>{attack.property}</code>{attack.looked && `: held in all ${attack.looked.states.toLocaleString('en')} states of ${attack.looked.cases} cases`}</span>{attack.counterexamples?.map(({ name, without }) => <a key={name} href={`#world/model/${name}`}>How it falls without {without.join(', ')}</a>)}</dd></>}
      <dt>Tested by</dt><dd><code>{attack.test.name}</code> in <code>{attack.test.file}</code></dd>
      <dt>Written in</dt><dd class="row">{attack.sections.map(({ name, url }) => <a key={name} href={url} target="_blank" rel="noreferrer">{name}</a>)}</dd>
    </dl>
  );
};

/** Opens the run in World. */
const walk = async ({ said: { trace } }: Run, set: Set, context: Context): Promise<void> => {
  try {
    const { pack } = await later(import('../world/share.ts'));
    context.go('world', await pack(JSON.stringify(trace)));
  } catch (error) {
    set({ fault: { why: sentence(error), attacks: [], steps: 0 } });
  }
};

const Wire = ({ attack, ran, state, set, context }: { attack: Attack; ran: Run; state: State; set: Set; context: Context }): VNode => {
  const { lanes, rows, messages } = told(ran, context);
  const { cursor, message } = lookedAt(messages, ran.chosen);
  const choose = (to: number): void => set({ runs: { ...state.runs, [attack.id]: { ...ran, chosen: messages[to]?.id } } });
  const list = { lanes, rows, cursor, choose, open: choose };
  return (
    <>
      <section class="wire" aria-labelledby="wire">
        <header>
          <h3 id="wire">On the wire</h3>
          {ran.said.trace && <button type="button" class="button small push" id="walk" onClick={() => void walk(ran, set, context)}>Walk through it in World</button>}
        </header>
        <Lanes lanes={lanes} timed />
        <List {...list} />
        <Scrubber {...list} />
      </section>
      {message && (
        <section class="inside" aria-labelledby="inside">
          <h3 id="inside" tabIndex={-1}>{rows[cursor]?.title}</h3>
          {message.refused && <Refusal refused={message.refused} />}
          <Detail message={message} messages={messages} />
        </section>
      )}
    </>
  );
};

const One = ({ attack, state, set, context }: { attack: Attack; state: State; set: Set; context: Context }): VNode => {
  const { runs, isBusy } = state;
  const without = state.without[attack.id] ?? [];
  const ran = runs[attack.id];
  const needsLive = isLive(attack.id);
  const next = state.attacks[state.attacks.indexOf(attack) + 1];
  const cannot = needsLive && context.live.is !== 'live';
  const go = (steps?: number): void => void run([attack], state, set, context.base, steps);
  const tell = (steps: number): void => {
    if (ran) set({ runs: { ...runs, [attack.id]: at(ran, steps) } });
  };
  const isOver = ran !== undefined && ran.told >= ran.said.steps.length;
  return (
    <div class="one" data-ran={ran !== undefined}>
      <div class="stack">
        <nav class="row back" aria-label="Attacks"><a href="#lab">{back()} All attacks</a>{next && <a class="push" href={`#lab/${next.id}`}>Next: {next.title}</a>}</nav>
        <h2>{attack.title}</h2>
        <p class="lead"><Text>{attack.story.join(' ')}</Text></p>
        <Chips attack={attack} />
        <Defences attack={attack} without={without} set={set} state={state} />
        <div class="row">
          <Press id="run" look="strong" disabled={cannot} isIdle={!isBusy} act={() => go()}>Run</Press>
          <Press id="step" look="" disabled={cannot} isIdle={!isBusy && !isOver} act={() => (ran ? tell(ran.told + 1) : go(1))}>Step</Press>
          {needsLive && <span class="hint">{context.live.is === 'dead' ? `This one needs a real browser and a service worker. ${context.live.why}` : 'This one runs in Live: it needs a real browser.'}</span>}
        </div>
        {ran && <Steps ran={ran} choose={tell} />}
        {ran && isOver && <Verdict said={ran.said} />}
        {needsLive && <iframe class="scene" id="scene" title="Where it happens"></iframe>}
        <Proof attack={attack} ran={ran} />
      </div>
      {ran
        ? <Wire attack={attack} ran={ran} state={state} set={set} context={context} />
        : <div class="card empty">{arrows(30)}<strong>Nothing yet</strong><p>Run it, or go step by step: every message stands here, and what it says.</p></div>}
    </div>
  );
};

const All = ({ state, set, base }: { state: State; set: Set; base: URL }): VNode => {
  const { attacks, runs, isBusy } = state;
  const here = attacks.filter(({ id }) => !isLive(id));
  const verdicts = Object.values(runs).map(({ said }) => said.verdict.is);
  const count = (verdict: string): number => verdicts.filter((one) => one === verdict).length;
  return (
    <div class="lab">
      <h2>Attack lab</h2>
      <p class="lead">Ways to steal a sign-in. Run each against the real cores, in a world of its own with an attacker in it; then take away what stands in its way, and run it again.</p>
      <div class="row">
        <Press id="run-all" look="strong" isIdle={!isBusy} act={() => void run(here, { ...state, without: {} }, (some) => set({ without: {}, ...some }), base)}>Run them all</Press>
        <p class="hint" role="status" id="score">{verdicts.length > 0 && `${count('stopped')} stopped, ${count('succeeded')} succeeded, of ${attacks.length}`}</p>
      </div>
      <ul class="attacks" role="list">{attacks.map((attack) => <Card key={attack.id} attack={attack} run={runs[attack.id]} />)}</ul>
    </div>
  );
};

const view = (state: State, set: Set, context: Context): VNode => {
  const { base, place } = context;
  if (!state.isLoading) queueMicrotask(() => void start(base, set));
  const { attacks, fault } = state;
  const attack = attacks.find(({ id }) => id === place);
  return (
    <>
      {fault && !state.isBusy && <Again id="restart" what={fault.attacks.length === 0 ? 'The attacks did not load' : 'That did not work'} why={fault.why} act={() => void (fault.attacks.length === 0 ? start(base, set) : run(fault.attacks, state, set, base, fault.steps))} />}
      {attacks.length === 0 && fault === undefined && <div class="lab"><h2>Attack lab</h2><p class="hint" role="status">One moment</p></div>}
      {attack ? <One key={attack.id} attack={attack} state={state} set={set} context={context} /> : attacks.length > 0 && <All state={state} set={set} base={base} />}
    </>
  );
};

export const tab: Tab<State> = {
  initial: { world: undefined, isLoading: false, attacks: [], fault: undefined, without: {}, runs: {}, isBusy: false },
  view,
};
