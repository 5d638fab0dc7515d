/** The flow between machines of their own, in a world that can be wound back, changed and shared. */

import type { VNode } from 'preact';

import { Lives } from '../chips.tsx';
import { Diagram, Taken } from '../diagram.tsx';
import { load as loadMachines, type Machine } from '../machines.ts';
import { Detail } from '../message.tsx';
import { wear } from '../wear.ts';
import { Wire } from '../wire.tsx';
import { differs, drop, duplicate, edit, Impossible, isInFlight, must } from '../world/acts.ts';
import { draw } from '../world/frame.tsx';
import { ACTORS, actors, row, title, withPage } from '../world/rows.ts';
import { asReplay, LONGEST, MOST, pack, unpack } from '../world/share.ts';
import type { Input, Message, Person, Trace, View, World, WorldView } from '../world/types.ts';
import { startWorld } from '../world/world.ts';
import { Hosts } from './hosts.tsx';
import type { Context, Tab } from './tab.ts';

await wear('lab.css');

interface Branch { readonly name: string; readonly trace: Trace; readonly messages: readonly Message[] }

interface State {
  readonly world: World | undefined;
  /** The run in the address that was last followed. */
  readonly place: string | undefined;
  readonly view: WorldView | undefined;
  readonly messages: readonly Message[];
  readonly machines: readonly Machine[];
  /** The message that is looked at; the newest one unless somebody chose. */
  readonly chosen: number | undefined;
  readonly who: Person;
  /** What was before somebody went back and did something else. */
  readonly branches: readonly Branch[];
  readonly name: string;
  /** What the run that was opened says of its steps. */
  readonly marks: Trace['marks'];
  readonly machine: string;
  readonly isShown: boolean | undefined;
  readonly isBusy: boolean;
  readonly isEditing: boolean;
  /** What was done, or why it was not. */
  readonly note: string;
  readonly fault: string;
}

type Set = (some: Partial<State>) => void;

const CONFIG = { seed: 'grantflow', app: 'public' } as const;
const HOME: Input = { do: 'open', who: 'alice', url: 'https://app.example/' };

const sentence = (error: unknown): string => (error instanceof Impossible || error instanceof Error ? error.message : String(error));

/** How things are now. */
const looked = async (world: World): Promise<Partial<State>> => ({ view: await world.view(), messages: await world.messages() });

const SHARED = 'This is the run that was shared with you.';

let queue: Promise<void> = Promise.resolve();

/** Does something to the world, and shows what came of it. */
const work = async (world: World, set: Set, what: () => Promise<Partial<State> | undefined>): Promise<void> => {
  set({ isBusy: true, fault: '', note: '' });
  let some: Partial<State> = {};
  try {
    some = (await what()) ?? {};
  } catch (error) {
    some = { fault: sentence(error) };
  }
  // A worker that did not start cannot be looked at either.
  set({ ...(await looked(world).catch(() => ({}))), isBusy: false, ...some });
};

const afresh = async (world: World): Promise<Partial<State>> => {
  await world.create(CONFIG);
  await must(world.apply(HOME));
  return { branches: [], name: 'main', chosen: undefined, who: 'alice', marks: [] };
};

const MODEL = 'model/';

/** The run that an address holds, or names: one that the attacker model found. */
const runOf = async (base: URL, place: string): Promise<string> => {
  if (!place.startsWith(MODEL)) return unpack(place);
  const all = await (await fetch(new URL('traces.json', base))).json() as Readonly<Record<string, Trace>>;
  const name = place.slice(MODEL.length);
  if (!Object.hasOwn(all, name)) throw new Impossible('The model found no such run.');
  return JSON.stringify(all[name]);
};

const noteOf = (place: string): string => (place.startsWith(MODEL) ? 'This is how the attacker model brought it down, step by step.' : SHARED);

/** Plays a run from its beginning, and goes on from its end. */
const played = async (world: World, text: string): Promise<Pick<State, 'marks'>> => {
  await must(world.replay(text));
  const { marks } = JSON.parse(text) as Trace;
  return { marks };
};

/** What is there, kept as a branch beside the others, and a name for what comes. */
const kept = async (world: World, { branches, name, messages }: State): Promise<Pick<State, 'branches' | 'name' | 'chosen' | 'isEditing' | 'marks'>> => ({
  branches: [...branches.filter((one) => one.name !== name), { name, trace: await world.trace(true), messages }],
  name: `branch ${branches.length + 1}`,
  chosen: undefined,
  isEditing: false,
  marks: [],
});

/** Plays a run; the one that was there becomes a branch. */
const play = async (world: World, text: string, state: State): Promise<Partial<State>> => {
  const some = await kept(world, state);
  return { ...some, ...(await played(world, text)), who: 'alice' };
};

/** Shows the run of the address, or a new one. */
const open = (world: World, { base, place }: Pick<Context, 'base' | 'place'>, set: Set): void => {
  queue = queue.then(() => work(world, set, async () => {
    if (place === '') return afresh(world);
    try {
      const some = await played(world, await runOf(base, place));
      return { ...some, branches: [], name: 'main', chosen: undefined, who: 'alice', note: noteOf(place) };
    } catch {
      return { ...(await afresh(world)), fault: 'The address holds no run that can be played here, so this is a new one.' };
    }
  }));
};

/** Goes on to the run that another address holds. */
const follow = (world: World, { base, place }: Pick<Context, 'base' | 'place'>, state: State, set: Set): void => {
  queue = queue.then(() => work(world, set, async () => {
    const text = await runOf(base, place).catch(() => { throw new Impossible('The address holds no run that can be played here.'); });
    return { ...(await play(world, text, state)), note: noteOf(place) };
  }));
};

/** Starts World at the first visit; afterwards an address that holds another run is followed. */
const visit = (context: Context, state: State, set: Set): void => {
  const { base, place } = context;
  const { world } = state;
  set({ place });
  if (world) {
    if (place !== '') follow(world, context, state, set);
    return;
  }
  void loadMachines(base).then((machines) => set({ machines }));
  try {
    const started = startWorld(base);
    set({ world: started });
    open(started, context, set);
  } catch (error) {
    set({ fault: sentence(error) });
  }
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

const Edit = ({ message, go, stop }: { message: Message; go: (url: string, body: string) => void; stop: () => void }): VNode => {
  const change = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    go(String(data.get('url')), String(data.get('body') ?? ''));
  };
  return (
    <form class="stack" id="edit-message" onSubmit={change}>
      <div class="field"><label for="edit-url">Address</label><textarea id="edit-url" name="url" class="mono" rows={3} spellcheck={false} autofocus defaultValue={message.request.url}></textarea></div>
      {message.request.method !== 'GET' && <div class="field"><label for="edit-body">Body</label><textarea id="edit-body" name="body" class="mono" rows={3} spellcheck={false} defaultValue={message.request.body}></textarea></div>}
      <div class="row"><button type="submit" class="button small strong">Change it and go on</button><button type="button" class="button small" onClick={stop}>Leave it</button></div>
    </form>
  );
};

const view = (state: State, set: Set, context: Context): VNode => {
  const { base, live } = context;
  const { world, messages, machines, chosen, isBusy, branches, note, fault } = state;
  if (state.place !== context.place) queueMicrotask(() => visit(context, state, set));
  const found = messages.findIndex(({ id }) => id === chosen);
  const cursor = found < 0 ? messages.length - 1 : found;
  const message = messages[cursor];
  const until = messages.slice(0, cursor + 1);
  const isPast = found >= 0 && cursor < messages.length - 1;
  const cast = actors(messages);
  const lanes = cast.map((actor) => ACTORS[actor]);
  // The clock, too, is as it was.
  const now = (isPast ? message?.at : state.view?.now) ?? 0;
  const other = branches.at(-1);
  const told = message && state.marks.find(({ at }) => at >= message.step);
  const isByHand = state.view?.automatic === false;

  const choose = (to: number): void => set({ chosen: to === messages.length - 1 ? undefined : messages[to]?.id, isEditing: false });
  const withWorld = (what: (world: World) => Promise<Partial<State> | undefined>): void => {
    if (!world) return;
    // What is asked for while something is done waits for its turn.
    queue = queue.then(() => work(world, set, () => what(world)));
  };
  /** Begins a branch with something that goes back first; if it cannot be done, nothing is. */
  const branch = async (there: World, how: () => Promise<number | undefined>): Promise<Partial<State>> => {
    const some = await kept(there, state);
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
  const swap = (to: string): void => withWorld(async (there) => {
    const other = branches.find((one) => one.name === to);
    if (!other) return undefined;
    const trace = await there.trace(true);
    return { ...(await played(there, JSON.stringify(other.trace))), name: to, chosen: undefined, branches: [...branches.filter((one) => one !== other), { name: state.name, trace, messages }] };
  });
  const share = (): void => withWorld(async (there) => {
    const packed = await pack(JSON.stringify(await there.trace(false)));
    if (packed.length > MOST) return { note: 'This run is too long for an address. Save it as a file instead.' };
    const url = new URL(`#world/${packed}`, base);
    history.replaceState(null, '', url);
    return navigator.clipboard.writeText(url.href).then(() => ({ note: 'Its address is copied: whoever opens it sees this run.' }), () => ({ note: 'Its address is in the address bar: whoever opens it sees this run.' }));
  });
  const test = (): void => withWorld(async (there) => {
    await navigator.clipboard.writeText(asReplay(JSON.stringify(await there.trace(false))));
    return { note: 'Copied: a Rust test that plays this run and fails if it ends otherwise.' };
  });
  const save = (): void => withWorld(async (there) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([JSON.stringify(await there.trace(false))], { type: 'application/json' }));
    link.download = 'grantflow-trace.json';
    link.click();
    URL.revokeObjectURL(link.href);
    return { note: 'Saved, without what is secret.' };
  });
  const openFile = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const [file] = input.files ?? [];
    input.value = '';
    if (file) withWorld(async (there) => {
      if (file.size > LONGEST) throw new Impossible('This file is too long for a trace.');
      return { ...(await play(there, await file.text(), state)), note: 'This is the run of the file.' };
    });
  };
  const wait = (minutes: number): void => act({ do: 'wait', seconds: minutes * MINUTE });
  // While something goes on a button does nothing; it keeps the focus.
  const button = (id: string, text: string, onClick: () => void, disabled = !message): VNode => <button type="button" class="button small" id={id} disabled={disabled} aria-disabled={isBusy} onClick={() => { if (!isBusy) onClick(); }}>{text}</button>;

  const tools = (
    <>
      <label class="seen-only-by-readers" for="branch">Branch</label>
      <select id="branch" class="push" value={state.name} onChange={(event) => swap(event.currentTarget.value)}>
        {[state.name, ...branches.map((one) => one.name)].sort().map((one) => <option key={one}>{one}</option>)}
      </select>
      {button('world-again', 'Start over', () => withWorld(afresh), false)}
    </>
  );
  const foot = (
    <div class="acts" role="group" aria-label="Do something to this message">
      {message && isInFlight(message) && button('deliver', 'Deliver', () => change((there, one) => must(there.apply({ do: 'deliver', message: one.id })).then(() => one.id)))}
      {button('replay', 'Replay now', () => withWorld(async (there) => { if (message) await must(there.apply({ do: 'duplicate', message: message.id })); return { chosen: undefined }; }))}
      {button('duplicate', 'Duplicate', () => change(duplicate))}
      {button('drop', 'Drop', () => change(drop))}
      {button('edit', 'Edit', () => set({ isEditing: true }))}
      <button type="button" class="button small push" id="by-hand" aria-pressed={isByHand} onClick={() => act({ do: 'network', automatic: isByHand })}>Hold each message</button>
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
          {button('save', 'Save', save)}
          <label class="button small file">Open<input type="file" id="open-trace" class="seen-only-by-readers" accept="application/json" onChange={openFile} /></label>
        </div>
        {live.is === 'dead' && <div class="note" role="alert"><p><strong>Live cannot run here, so this is World.</strong> {live.why}</p></div>}
        {fault !== '' && <div class="note bad" role="alert"><p>{fault}</p></div>}
        <p class="hint" role="status">{note || (isPast ? 'This is past. Whatever you do here begins a branch; what was stays in the list of branches.' : '')}</p>
      </div>
      <div class="browsers">
        <div class="tabs" role="group" aria-label="Whose browser">
          {(['alice', 'eve'] as const).map((who) => <button key={who} type="button" id={`as-${who}`} aria-pressed={who === state.who} onClick={() => set({ who })}>{ACTORS[who].name}</button>)}
        </div>
        <Browser key={state.who} state={state} {...shown(state, until, isPast)} context={context} act={act} />
      </div>
      <Wire lanes={lanes} fork={other && { at: differs(messages, other.messages), from: other.name }} rows={messages.map((one) => row(one, cast))} cursor={cursor} choose={choose} open={choose} tools={tools} foot={foot} />
      <div class="side">
        <Diagram machines={machines} chosen={state.machine} messages={until} isShown={state.isShown} choose={(machine) => set({ machine })} show={(isShown) => set({ isShown })} />
        <section class="inside" aria-labelledby="inside">
          <h2 id="inside" tabIndex={-1}>{message ? title(message) : 'What a message says'}</h2>
          {told && <p class="hint" id="told">{told.name}</p>}
          {message && state.isEditing && <Edit message={message} stop={() => set({ isEditing: false })} go={(url, body) => change((there, one) => edit(there, one, { url, ...(body === '' ? {} : { body }) }))} />}
          {message?.refused && <div class="note bad"><strong>Refused by the {message.refused.by}: <code>{message.refused.code}</code></strong>{message.refused.message}</div>}
          {message && <div class="copies">{button('as-test', 'Copy this run as a Rust test', test)}</div>}
          {message && <Taken message={message} machines={machines} />}
          {message && <Detail message={withPage(message)} messages={messages} />}
          <p class="hint foot">The same cores as in Live, in a worker: every machine has an origin of its own, all that is random comes from a seed, and time stands still until it is turned.</p>
        </section>
      </div>
    </>
  );
};

export const tab: Tab<State> = {
  initial: { world: undefined, place: undefined, view: undefined, messages: [], machines: [], chosen: undefined, who: 'alice', branches: [], name: 'main', marks: [], machine: '', isShown: undefined, isBusy: false, isEditing: false, note: '', fault: '' },
  view,
};
