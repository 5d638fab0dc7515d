/** The runs of World's tab: the one that is there, the branches beside it, and how one takes the place of another. */

import { freshName } from '../fresh.ts';
import { Impossible, later, must } from './must.ts';
import type { Input, Message, Trace, World, WorldView } from './types.ts';

/** A run that is not the one that is there. */
export interface Branch {
  readonly name: string;
  /** The branch that it left; a run that came from elsewhere left none. */
  readonly from: string | undefined;
  readonly trace: Trace;
  readonly messages: readonly Message[];
}

/** The run that is there, and the others. */
export interface Run {
  readonly name: string;
  readonly from: string | undefined;
  readonly view: WorldView | undefined;
  readonly messages: readonly Message[];
  /** All of it that worked, to play it again. */
  readonly trace: Trace | undefined;
  /** What the run that was opened says of its steps. */
  readonly marks: Trace['marks'];
  /** What was before somebody went back and did something else, or opened another run. */
  readonly branches: readonly Branch[];
}

const CONFIG = { seed: 'grantflow', app: 'public' } as const;
const HOME: Input = { do: 'open', who: 'alice', url: 'https://app.example/' };

/** How things are now. */
export const looked = async (world: World): Promise<Pick<Run, 'view' | 'messages' | 'trace'>> => ({ view: await world.view(), messages: await world.messages(), trace: await world.trace(true) });

/** A new world, and nobody has done anything but open the app. */
export const afresh = async (world: World): Promise<Pick<Run, 'name' | 'from' | 'marks' | 'branches'>> => {
  await world.create(CONFIG);
  await must(world.apply(HOME));
  return { name: 'main', from: undefined, marks: [], branches: [] };
};

const MODEL = 'model/';

/** A run that an address names did not come: it may the next time. */
export class Missing extends Impossible {}

/** The run that an address holds, or names: one that the attacker model found. */
export const runOf = async (base: URL, place: string): Promise<string> => {
  if (!place.startsWith(MODEL)) {
    const { unpack } = await later(import('./share.ts'));
    return unpack(place).catch(() => { throw new Impossible('The address holds no run that can be played here.'); });
  }
  const response = await fetch(new URL('traces.json', base)).catch(() => undefined);
  if (!response?.ok) throw new Missing('The runs of the model did not load.');
  const all = await response.json() as Readonly<Record<string, Trace>>;
  const name = place.slice(MODEL.length);
  if (!Object.hasOwn(all, name)) throw new Impossible('The address holds no run that can be played here: the model found none of that name.');
  return JSON.stringify(all[name]);
};

/** What is to be said of the run of an address. */
export const noteOf = (place: string): string => (place.startsWith(MODEL) ? 'This is how the attacker model brought it down, step by step.' : 'This is the run that was shared with you.');

/** Plays a run from its beginning, and goes on from its end. */
export const played = async (world: World, text: string): Promise<Pick<Run, 'marks'>> => {
  await must(world.replay(text));
  const { marks } = JSON.parse(text) as Trace;
  return { marks };
};

/** What is there, kept as a branch beside the others, and a name for what comes. `leaves` says whether that leaves what is there. */
export const kept = async (world: World, { branches, name, from, messages }: Run, leaves: boolean): Promise<Pick<Run, 'name' | 'from' | 'marks' | 'branches'>> => ({
  branches: [...branches, { name, from, trace: await world.trace(true), messages }],
  name: freshName({ name, branches }),
  from: leaves ? name : undefined,
  marks: [],
});

/** Plays a run; the one that was there becomes a branch. */
export const play = async (world: World, text: string, run: Run): Promise<Pick<Run, 'name' | 'from' | 'marks' | 'branches'>> => {
  const some = await kept(world, run, false);
  return { ...some, ...(await played(world, text)) };
};

/** Goes over to another branch. */
export const swapped = async (world: World, to: Branch, { branches, name, from, messages }: Run): Promise<Pick<Run, 'name' | 'from' | 'marks' | 'branches'>> => {
  const left = { name, from, trace: await world.trace(true), messages };
  return { ...(await played(world, JSON.stringify(to.trace))), name: to.name, from: to.from, branches: [...branches.filter((one) => one !== to), left] };
};
