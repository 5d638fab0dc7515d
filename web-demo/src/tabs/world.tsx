/** The flow between machines of their own, in a world that can be wound back, changed and shared. */

import type { VNode } from 'preact';

import { Again } from '../again.tsx';
import { Branches, forkOf } from '../branch.tsx';
import { Lives } from '../chips.tsx';
import { download } from '../download.ts';
import { type Change, Edit } from '../edit.tsx';
import { lookedAt } from '../list.tsx';
import { load as loadMachines, type Machine } from '../machines.ts';
import { Detail } from '../message.tsx';
import { Press } from '../press.tsx';
import { sentence } from '../sentence.ts';
import { Text } from '../text.tsx';
import { wear } from '../wear.ts';
import { Wire } from '../wire.tsx';
import { draw } from '../world/frame.tsx';
import { Impossible, isInFlight, later, must, noAddress } from '../world/must.ts';
import { Refusal } from '../world/refusal.tsx';
import { ACTORS, actors, row, title, withPage } from '../world/rows.ts';
import { afresh, kept, looked, Missing, noteOf, play, played, type Run, runOf, swapped } from '../world/runs.ts';
import type { Input, Message, Person, View, World } from '../world/types.ts';
import { isOver, type Running, startWorld } from '../world/world.ts';
import { Hosts } from './hosts.tsx';
import type { Context, Tab } from './tab.ts';

await wear('lab.css');

/** What few visitors need. */
const acting = (): Promise<typeof import('../world/acts.ts')> => import('../world/acts.ts');
const sharing = (): Promise<typeof import('../world/share.ts')> => import('../world/share.ts');

/** What draws the machines, which comes with them. */
type Drawing = typeof import('../diagram.tsx') & { readonly machines: readonly Machine[] };

interface State extends Run {
  readonly world: Running | undefined;
  /** The worker is gone, and the run is kept. */
  readonly isGone: boolean;
  /** The run in the address that was last followed, and whether it did not come. */
  readonly place: string | undefined;
  readonly isMissing: boolean;
  readonly drawing: Drawing | 'missing' | undefined;
  /** The message that is looked at; the newest one unless somebody chose. */
  readonly chosen: number | undefined;
  readonly who: Person;
  readonly machine: string;
  readonly isShown: boolean | undefined;
  readonly isBusy: boolean;
  readonly isEditing: boolean;
  /** Why what was written into a message is not taken. */
  readonly problem: string;
  /** Whether what is saved has its secrets in it. */
  readonly withSecrets: boolean;
  /** What was done, or why it was not. */
  readonly note: string;
  readonly fault: string;
}

type Set = (some: Partial<State>) => void;
type Work = () => Promise<Partial<State> | undefined>;

/** What is looked at once the run is another. */
const FIRST = { chosen: undefined, isEditing: false, who: 'alice' } as const;

let queue: Promise<void> = Promise.resolve();

/** Does something to the world, and shows what came of it. */
const work = async (world: World, set: Set, what: Work): Promise<void> => {
  set({ isBusy: true, fault: '', note: '', problem: '', isMissing: false });
  let some: Partial<State> = {};
  try {
    some = (await what()) ?? {};
  } catch (error) {
    some = { fault: sentence(error), isMissing: error instanceof Missing };
  }
  try {
    some = { ...(await looked(world)), ...some };
  } catch (error) {
    // What was seen last stays, to be played again.
    some = { fault: sentence(error), isGone: isOver(error), ...some };
  }
  set({ ...some, isBusy: false });
};

/** What is asked for while something is done waits for its turn. */
const enqueue = (world: World, set: Set, what: Work): void => {
  queue = queue.then(() => work(world, set, what));
};

const startOver = async (world: World): Promise<Partial<State>> => ({ ...FIRST, ...(await afresh(world)) });

/** Shows the run of the address, or a new one. */
const open = (world: World, { base, place }: Pick<Context, 'base' | 'place'>, set: Set): void => enqueue(world, set, async () => {
  if (place === '') return startOver(world);
  try {
    const some = await played(world, await runOf(base, place));
    return { ...FIRST, ...some, note: noteOf(place) };
  } catch (error) {
    if (isOver(error)) throw error;
    const isMissing = error instanceof Missing;
    return { ...(await startOver(world)), isMissing, fault: isMissing ? error.message : 'The address holds no run that can be played here, so this is a new one.' };
  }
});

/** Goes on to the run that another address holds. */
const follow = (world: World, { base, place }: Pick<Context, 'base' | 'place'>, state: State, set: Set): void => enqueue(world, set, async () => {
  const text = await runOf(base, place);
  return { ...FIRST, ...(await play(world, text, state)), note: noteOf(place) };
});

/** Starts a worker, and does something with it first. */
const start = (base: URL, set: Set, first: (world: Running) => void): void => {
  try {
    const world = startWorld(base);
    set({ world, isGone: false });
    first(world);
  } catch (error) {
    set({ isGone: true, fault: sentence(error) });
  }
};

/** Starts another worker in place of one that is gone, and plays what was there. */
const again = ({ world: gone, trace }: State, context: Context, set: Set): void => {
  gone?.stop();
  start(context.base, set, (world) => {
    if (trace === undefined) open(world, context, set);
    else enqueue(world, set, async () => {
      await must(world.replay(JSON.stringify(trace)));
      return { note: 'World was started again, and everything is as it was.' };
    });
  });
};

/** The machines, and what draws them: who opens World sees messages first. */
const fetchDrawing = async (base: URL, set: Set): Promise<void> => {
  set({ drawing: undefined });
  try {
    const [parts, machines] = await Promise.all([import('../diagram.tsx'), loadMachines(base)]);
    set({ drawing: { ...parts, machines } });
  } catch {
    set({ drawing: 'missing' });
  }
};

/** Starts World at the first visit; afterwards an address that holds another run is followed. */
const visit = (context: Context, state: State, set: Set): void => {
  const { base, place } = context;
  const { world } = state;
  const isFirst = state.place === undefined;
  set({ place });
  if (isFirst) {
    void fetchDrawing(base, set);
    start(base, set, (started) => open(started, context, set));
  } else if (world && place !== '') follow(world, context, state, set);
};

const MINUTE = 60;

/** What a browser showed after the messages that are looked at, and where it was. */
const shown = (state: State, until: readonly Message[], isPast: boolean): { readonly view: View | null; readonly url: string } => {
  const mine = state.view?.browsers.find(({ who }) => who === state.who);
  const mineThen = until.filter(({ from }) => from === state.who);
  const page = mineThen.findLast(({ view }) => view !== undefined)?.view ?? null;
  return isPast ? { view: page, url: mineThen.findLast(({ kind }) => kind === 'navigation')?.request.url ?? '' } : { view: mine?.view ?? null, url: mine?.url ?? '' };
};

const Browser = ({ state, view, url, context, act }: { state: State; view: View | null; url: string; context: Context; act: (input: Input) => void }): VNode => {
  const props = { base: context.base, who: state.who, view, act };
  return (
    <section class="window" aria-label="Browser">
      <div class="chrome">
        <div class="address" id="world-address" title={url}><span>{url === '' ? 'no page yet' : url}</span></div>
      </div>
      <iframe title={`${ACTORS[state.who].name}’s browser`} id="world-browser" onLoad={(event) => draw(event.currentTarget, props)} ref={(frame) => draw(frame, props)}></iframe>
    </section>
  );
};

const view = (state: State, set: Set, context: Context): VNode => {
  const { base, live } = context;
  const { world, messages, drawing, chosen, isBusy, branches, note, fault } = state;
  if (state.place !== context.place) queueMicrotask(() => visit(context, state, set));
  const { cursor, message, until, isPast } = lookedAt(messages, chosen);
  const cast = actors(messages);
  const lanes = cast.map((actor) => ACTORS[actor]);
  // The clock, too, is as it was.
  const now = (isPast ? message?.at : state.view?.now) ?? 0;
  const other = branches.find(({ name }) => name === state.from);
  const told = message && state.marks.find(({ at }) => at >= message.step);
  const drawn = drawing === 'missing' ? undefined : drawing;
  const isByHand = state.view?.automatic === false;

  const choose = (to: number): void => set({ chosen: to === messages.length - 1 ? undefined : messages[to]?.id, isEditing: false, problem: '' });
  const withWorld = (what: (world: World) => Promise<Partial<State> | undefined>): void => {
    if (world) enqueue(world, set, () => what(world));
  };
  /** Begins a branch with something that goes back first; if it cannot be done, nothing is. */
  const branch = async (there: World, how: () => Promise<number | undefined>): Promise<Partial<State>> => {
    const some = { ...(await kept(there, state, true)), isEditing: false };
    const before = JSON.stringify(await there.trace(true));
    try {
      return { ...some, chosen: await how() };
    } catch (error) {
      await must(there.replay(before));
      throw error;
    }
  };
  const act = (input: Input): void => withWorld(async (there) => {
    if (!isPast || !message) {
      await must(there.apply(input));
      return { chosen: undefined };
    }
    return branch(there, async () => {
      await there.rewind(message.step);
      await must(there.apply(input));
      return undefined;
    });
  });
  const change = (how: (there: World, one: Message) => Promise<number | undefined>): void => withWorld(async (there) => {
    if (!message) return undefined;
    if (isInFlight(message)) return { isEditing: false, chosen: await how(there, message) };
    return branch(there, () => how(there, message));
  });
  const rewrite = ({ url, body }: Change): void => {
    const wrong = noAddress(url);
    if (wrong) set({ problem: wrong.message });
    else change(async (there, one) => (await later(acting())).edit(there, one, { url, ...(body === '' ? {} : { body }) }));
  };
  const swap = (to: string): void => withWorld(async (there) => {
    const branch = branches.find(({ name }) => name === to);
    return branch && { chosen: undefined, isEditing: false, ...(await swapped(there, branch, state)) };
  });
  const share = (): void => withWorld(async (there) => {
    const { MOST, pack } = await later(sharing());
    const packed = await pack(JSON.stringify(await there.trace(false)));
    if (packed.length > MOST) return { note: 'This run is too long for an address. Save it as a file instead.' };
    const url = new URL(`#world/${packed}`, base);
    history.replaceState(null, '', url);
    return navigator.clipboard.writeText(url.href).then(() => ({ note: 'Its address is copied: whoever opens it sees this run.' }), () => ({ note: 'Its address is in the address bar: whoever opens it sees this run.' }));
  });
  const test = (): void => withWorld(async (there) => {
    const { asReplay } = await later(sharing());
    await navigator.clipboard.writeText(asReplay(JSON.stringify(await there.trace(false))));
    return { note: 'Copied: a Rust test that plays this run and fails if it ends otherwise.' };
  });
  const save = (): void => withWorld(async (there) => {
    download('grantflow-trace.json', JSON.stringify(await there.trace(state.withSecrets)));
    return { note: state.withSecrets ? 'Saved with its secrets: passwords, codes and tokens that somebody wrote stand in the file as they were. Keep it to yourself.' : 'Saved, without what is secret.' };
  });
  const openFile = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const [file] = input.files ?? [];
    input.value = '';
    if (file) withWorld(async (there) => {
      const { LONGEST } = await later(sharing());
      if (file.size > LONGEST) throw new Impossible('This file is too long for a trace.');
      return { ...FIRST, ...(await play(there, await file.text(), state)), note: 'This is the run of the file.' };
    });
  };
  const wait = (minutes: number): void => act({ do: 'wait', seconds: minutes * MINUTE });
  const button = (id: string, text: string, act: () => void, disabled = !message): VNode => <Press id={id} disabled={disabled} isIdle={!isBusy} act={act}>{text}</Press>;

  const tools = (
    <>
      <Branches name={state.name} branches={branches} look="push" swap={swap} />
      {button('world-again', 'Start over', () => withWorld(startOver), false)}
    </>
  );
  const foot = (
    <div class="acts" role="group" aria-label="Do something to these messages">
      {message && isInFlight(message) && button('deliver', 'Deliver', () => change((there, one) => must(there.apply({ do: 'deliver', message: one.id })).then(() => one.id)))}
      {button('replay', 'Replay now', () => withWorld(async (there) => { if (message) await must(there.apply({ do: 'duplicate', message: message.id })); return { chosen: undefined }; }))}
      {button('duplicate', 'Duplicate', () => change(async (there, one) => (await later(acting())).duplicate(there, one)))}
      {button('drop', 'Drop', () => change(async (there, one) => (await later(acting())).drop(there, one)))}
      {button('edit', 'Edit', () => set({ isEditing: true }))}
      <button type="button" class="button small" id="by-hand" aria-pressed={isByHand} onClick={() => act({ do: 'network', automatic: isByHand })}>Hold each message</button>
      <span class="row push">
        {button('save', 'Save', save)}
        <label class="option"><input type="checkbox" id="with-secrets" checked={state.withSecrets} onChange={(event) => set({ withSecrets: event.currentTarget.checked })} />include secrets</label>
      </span>
    </div>
  );

  return (
    <>
      <div class="above">
        <Hosts here="world" />
        <div class="lives">
          <time dateTime={new Date(now).toISOString()}>{new Date(now).toLocaleTimeString([], { hour12: false, timeZone: 'UTC' })}</time>
          <Lives messages={until} server="https://as.example/" now={now} wait={(more) => act({ do: 'wait', seconds: more / 1000 })} />
          {button('wait-1', '+1 min', () => wait(1), false)}
          {button('wait-10', '+10 min', () => wait(10), false)}
          {button('wait-60', '+1 h', () => wait(60), false)}
          {button('share', 'Share', share)}
          <label class="button small file">Open<input type="file" id="open-trace" class="seen-only-by-readers" accept="application/json" onChange={openFile} /></label>
        </div>
        {live.is === 'dead' && <div class="note" role="alert"><p><strong>Live cannot run here, so this is World.</strong> {live.why}</p></div>}
        {state.isGone && <Again id="restart" what="World has stopped. What was done is kept, and is played again." why={fault} act={() => again(state, context, set)} />}
        {state.isMissing && world && <Again id="fetch-run" what="This run is not there" why={fault} press="Try once more" act={() => follow(world, context, state, set)} />}
        {fault !== '' && !state.isGone && !state.isMissing && <div class="note bad" role="alert"><p>{fault}</p></div>}
        <p class="hint" role="status">{note || (isPast ? 'This is past. Whatever you do here begins a branch; what was stays in the list of branches.' : '')}</p>
      </div>
      <div class="browsers">
        <div class="tabs" role="group" aria-label="Whose browser">
          {(['alice', 'eve'] as const).map((who) => <button key={who} type="button" id={`as-${who}`} aria-pressed={who === state.who} onClick={() => set({ who })}>{ACTORS[who].name}</button>)}
        </div>
        <Browser key={state.who} state={state} {...shown(state, until, isPast)} context={context} act={act} />
      </div>
      <Wire lanes={lanes} fork={forkOf(messages, other)} rows={messages.map((one) => row(one, cast))} cursor={cursor} choose={choose} open={choose} tools={tools} foot={foot} />
      <div class="side">
        {drawing === 'missing' && <Again id="fetch-states" what="The diagrams did not load" press="Try once more" act={() => void fetchDrawing(base, set)} />}
        {drawn && <drawn.Diagram machines={drawn.machines} chosen={state.machine} messages={until} isShown={state.isShown} choose={(machine) => set({ machine })} show={(isShown) => set({ isShown })} />}
        <section class="inside" aria-labelledby="inside">
          <h2 id="inside" tabIndex={-1}>{message ? title(message) : 'What a message says'}</h2>
          {told && <p class="hint" id="told"><Text>{told.name}</Text></p>}
          {message && state.isEditing && <Edit key={message.id} request={message.request} press="Change it and go on" problem={state.problem} stop={() => set({ isEditing: false, problem: '' })} go={rewrite} />}
          {message?.refused && <Refusal refused={message.refused} />}
          {message && <div class="copies">{button('as-test', 'Copy this run as a Rust test', test)}</div>}
          {message && drawn && <drawn.Taken message={message} machines={drawn.machines} />}
          {message && <Detail message={withPage(message)} messages={messages} />}
          <p class="hint foot">The same cores as in Live, in a worker: every machine has an origin of its own, all that is random comes from a seed, and time stands still until it is turned.</p>
        </section>
      </div>
    </>
  );
};

export const tab: Tab<State> = {
  initial: {
    name: 'main', from: undefined, view: undefined, messages: [], trace: undefined, marks: [], branches: [],
    world: undefined, isGone: false, place: undefined, isMissing: false, drawing: undefined,
    chosen: undefined, who: 'alice', machine: '', isShown: undefined, isBusy: false, isEditing: false, problem: '', withSecrets: false, note: '', fault: '',
  },
  view,
};
