/** The state machines as `build.mjs` lays them out from the core's table, and which of their ways a run took. */

export interface Transition { readonly id: string; readonly from: string; readonly on: string; readonly when: string; readonly to: string; readonly section: string; readonly url: string }

type Point = readonly [x: number, y: number];

export interface Machine {
  readonly name: string;
  readonly meaning: string;
  readonly side: 'client' | 'server';
  readonly start: string;
  readonly size: readonly [width: number, height: number];
  /** `at` is its middle. */
  readonly states: readonly { readonly name: string; readonly meaning: string; readonly last: boolean; readonly at: Point; readonly wide: number }[];
  /** All transitions between two states are one line. */
  readonly lines: readonly { readonly from: string; readonly to: string; readonly on: readonly string[]; readonly ids: readonly string[]; readonly points: readonly Point[]; readonly label: Point }[];
  readonly transitions: readonly Transition[];
}

/** All of them, from where the demo is; rejected if they cannot be had. */
export const load = async (base: URL): Promise<readonly Machine[]> => {
  const response = await fetch(new URL('states.json', base));
  if (!response.ok) throw new Error(`states.json: ${response.status}`);
  return (await response.json()) as readonly Machine[];
};

/** Where a machine is, and how it came there. */
export interface Trail {
  readonly state: string;
  /** The transitions taken since it last started, in their order. */
  readonly taken: readonly string[];
  /** Whether the last of them came with the newest message. */
  readonly isNew: boolean;
}

/** Anything that says which ways it took; ids as in `docs/states.json`. */
interface Traced { readonly transitions?: readonly string[] }

/** Follows a machine through messages: one that starts again is another one, and its way begins anew. */
export const follow = (machine: Pick<Machine, 'start' | 'transitions'>, messages: readonly Traced[]): Trail => {
  let trail: Trail = { state: machine.start, taken: [], isNew: false };
  for (const { transitions } of messages) {
    trail = { ...trail, isNew: false };
    for (const id of transitions ?? []) {
      const way = machine.transitions.find((one) => one.id === id);
      if (!way) continue;
      const before = way.from === machine.start ? [] : trail.taken;
      trail = { state: way.to, taken: [...before, id], isNew: true };
    }
  }
  return trail;
};

/** A smooth line through points: the middle of each leg is where one bend ends and the next begins. */
export const path = (points: readonly Point[]): string => {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (!first || !last) return '';
  const bends = rest.slice(0, -1).map(([x, y], index) => {
    const [nextX, nextY] = rest[index + 1] ?? last;
    const isLast = index === rest.length - 2;
    return `Q${x} ${y} ${isLast ? nextX : (x + nextX) / 2} ${isLast ? nextY : (y + nextY) / 2}`;
  });
  return `M${first[0]} ${first[1]}${bends.join('')}${rest.length === 1 ? `L${last[0]} ${last[1]}` : ''}`;
};
