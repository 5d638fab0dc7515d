/** Lays out the state diagrams of the demo, from the table that the core generates. */

import { readFile } from 'node:fs/promises';

import { Graph, layout } from '@dagrejs/dagre';

/** Sizes in the units of the drawing; a letter of a state's name and one of a message's are this wide. */
const LETTER = 7;
const SMALL_LETTER = 5.9;
const HEIGHT = 26;
const LABEL = 14;
const MARGIN = 8;

const round = ({ x, y }) => [Math.round(x), Math.round(y)];

/** The transitions between two states are one line, with a name for each message. */
const lines = (transitions) => {
  const found = new Map();
  for (const { id, from, to, on } of transitions) {
    const key = `${from} ${to}`;
    const line = found.get(key) ?? { from, to, on: [], ids: [] };
    if (!line.on.includes(on)) line.on.push(on);
    line.ids.push(id);
    found.set(key, line);
  }
  return [...found.values()];
};

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** The room that a line from a state to itself takes on each side, to be even. */
const loopOf = (on) => (on === undefined ? 0 : Math.max(...on.map(({ length }) => length)) * SMALL_LETTER + 22);

const drawn = (machine) => {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 16, ranksep: 18, edgesep: 10, marginx: MARGIN, marginy: MARGIN });
  const all = lines(machine.transitions);
  const wide = (name) => Math.round(name.length * LETTER + 24);
  for (const { name } of machine.states) {
    const loop = all.find(({ from, to }) => from === name && to === name);
    graph.setNode(name, { width: wide(name) + 2 * loopOf(loop?.on), height: HEIGHT });
  }
  for (const { from, to, on } of all) {
    if (from !== to) graph.setEdge(from, to, { width: Math.max(...on.map(({ length }) => length)) * SMALL_LETTER + 6, height: on.length * LABEL, labelpos: 'c' }, `${from} ${to}`);
  }
  layout(graph);
  const { width, height } = graph.graph();

  /** A line ends at the state itself, not in the room beside it. */
  const ending = ({ x, y }, name) => ({ x: clamp(x, graph.node(name).x - wide(name) / 2 + 6, graph.node(name).x + wide(name) / 2 - 6), y });
  const route = ({ from, to, on }) => {
    if (from === to) {
      const { x, y } = graph.node(from);
      const edge = x + wide(from) / 2;
      const points = [[edge, y - 6], [edge + 16, y - 12], [edge + 16, y + 12], [edge, y + 6]].map(([px, py]) => [Math.round(px), Math.round(py)]);
      return { points, label: [Math.round(edge + 16 + loopOf(on) / 2 - 9), Math.round(y)] };
    }
    const { points, x, y } = graph.edge(from, to, `${from} ${to}`);
    return { points: [ending(points[0], from), ...points.slice(1, -1), ending(points.at(-1), to)].map(round), label: round({ x, y }) };
  };
  return {
    name: machine.name,
    meaning: machine.meaning,
    side: machine.side,
    start: machine.start,
    size: [Math.ceil(width), Math.ceil(height)],
    states: machine.states.map(({ name, meaning, last }) => {
      return { name, meaning, last, at: round(graph.node(name)), wide: wide(name) };
    }),
    lines: all.map((line) => ({ ...line, ...route(line) })),
    transitions: machine.transitions.map(({ id, from, on, when, to, section, url }) => ({ id, from, on, when, to, section, url })),
  };
};

/** Every machine of the table at this place, drawn. */
export const diagrams = async (path) => JSON.parse(await readFile(path, 'utf8')).machines.map(drawn);
