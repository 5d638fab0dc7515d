/** A state machine, drawn; lit where the run has been. */

import type { VNode } from 'preact';

import { follow, type Machine, path, type Trail } from './machines.ts';
import { Text } from './text.tsx';
import type { Message } from './trace.ts';

const HEIGHT = 26;
const words = (name: string): string => name.replaceAll('_', ' ');

const Drawing = ({ machine, trail }: { machine: Machine; trail: Trail }): VNode => {
  const [width, height] = machine.size;
  const last = trail.taken.at(-1);
  const been = new Set([machine.start, ...machine.transitions.filter(({ id }) => trail.taken.includes(id)).map(({ to }) => to)]);
  return (
    <svg class="drawing" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true" focusable="false">
      <defs>
        <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="context-stroke" /></marker>
      </defs>
      {machine.lines.map(({ from, to, ids, points }) => (
        <path key={`${from} ${to}`} class="way" d={path(points)} marker-end="url(#head)" data-taken={ids.some((id) => trail.taken.includes(id))} data-last={last !== undefined && ids.includes(last)} />
      ))}
      {machine.lines.map(({ from, to, on, ids, label: [x, y] }) => (
        <text key={`${from} ${to}`} class="on" x={x} y={y} text-anchor="middle" data-last={last !== undefined && ids.includes(last)}>
          {on.map((word, index) => <tspan key={word} x={x} y={y + (index - (on.length - 1) / 2) * 13 + 3.5}>{words(word)}</tspan>)}
        </text>
      ))}
      {machine.states.map(({ name, at: [x, y], wide, last: isLast }) => (
        <g key={name} class="state" data-been={been.has(name)} data-here={name === trail.state}>
          {isLast && <rect x={x - wide / 2 - 3} y={y - HEIGHT / 2 - 3} width={wide + 6} height={HEIGHT + 6} rx="11" />}
          <rect x={x - wide / 2} y={y - HEIGHT / 2} width={wide} height={HEIGHT} rx="8" />
          <text x={x} y={y + 4} text-anchor="middle">{name === trail.state ? `● ${words(name)}` : words(name)}</text>
        </g>
      ))}
    </svg>
  );
};

/** The way so far in words, and every transition: for those who do not see the drawing, and for those who want to know. */
const Ways = ({ machine, trail }: { machine: Machine; trail: Trail }): VNode => (
  <details class="ways">
    <summary>All {machine.transitions.length} transitions as a list</summary>
    <p class="hint">{machine.meaning}</p>
    <ul role="list">
      {machine.transitions.map(({ id, from, on, to, when, section, url }) => (
        <li key={id} data-taken={trail.taken.includes(id)}>
          <p><b>{words(from)}</b> on <code>{words(on)}</code> to <b>{words(to)}</b>{trail.taken.includes(id) && <span class="chip of-server">{id === trail.taken.at(-1) ? 'last taken' : 'taken'}</span>}</p>
          <p class="hint"><Text>{when}</Text> <a href={url} target="_blank" rel="noreferrer">{section}</a></p>
        </li>
      ))}
    </ul>
  </details>
);

/** The transitions that a message caused, each with the section that demands it. */
export const Taken = ({ message, machines }: { message: Message; machines: readonly Machine[] }): VNode | null => {
  const taken = machines.flatMap(({ name, transitions }) => transitions.filter(({ id }) => message.transitions?.includes(id)).map((way) => ({ name, ...way })));
  if (taken.length === 0) return null;
  return (
    <ul class="taken" role="list" aria-label="Transitions it caused">
      {taken.map(({ id, name, from, to, when, section, url }) => (
        <li key={id}>
          <p><b>{name}</b>: {words(from)} → {words(to)}</p>
          <p class="hint"><Text>{when}</Text> <a href={url} target="_blank" rel="noreferrer">{section}</a></p>
        </li>
      ))}
    </ul>
  );
};

export interface DiagramProps {
  readonly machines: readonly Machine[];
  /** The empty string: whichever moved last. */
  readonly chosen: string;
  /** The messages up to the one that is looked at. */
  readonly messages: readonly Message[];
  /** Undefined until somebody chose: then it depends on how much room there is. */
  readonly isShown: boolean | undefined;
  choose(name: string): void;
  show(isShown: boolean): void;
}

/** The machines of the flow, in the order people meet them; the others come behind. */
const FIRST = ['login', 'interaction', 'grant'];
const NAMES: Readonly<Record<string, string>> = { login: 'Client: login', interaction: 'Server: interaction', grant: 'Server: grant' };

/** Which of the first machines moved last; that of a person's answer while nothing did. */
const moved = (messages: readonly Message[]): string =>
  messages.flatMap(({ transitions = [] }) => transitions).map((id) => id.split('.')[0] ?? '').findLast((name) => FIRST.includes(name)) ?? 'interaction';

export const Diagram = ({ machines, chosen, messages, isShown: wanted, choose, show }: DiagramProps): VNode | null => {
  const isShown = wanted ?? matchMedia('(width >= 76rem)').matches;
  const machine = machines.find(({ name }) => name === (chosen || moved(messages)));
  if (!machine) return null;
  const trail = follow(machine, messages);
  const place = ({ name }: Machine): number => (FIRST.indexOf(name) + 1 || FIRST.length + 1);
  const steps = [machine.start, ...trail.taken.flatMap((id) => machine.transitions.find((one) => one.id === id)?.to ?? [])];
  return (
    <section class="diagram" aria-labelledby="diagram" data-side={machine.side} data-shown={isShown}>
      <header>
        <h2 id="diagram">States</h2>
        <label class="seen-only-by-readers" for="machine">Machine</label>
        <select id="machine" value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">{`Follow: ${machine.name}`}</option>
          {[...machines].sort((a, b) => place(a) - place(b)).map(({ name, side }) => <option key={name} value={name}>{NAMES[name] ?? `${side === 'client' ? 'Client' : 'Server'}: ${name}`}</option>)}
        </select>
        <button type="button" class="button small push" id="show-diagram" aria-expanded={isShown} aria-controls="drawing" onClick={() => show(!isShown)}>{isShown ? 'Hide diagram' : 'Show diagram'}</button>
      </header>
      <ol class="steps" role="list" aria-label="The way so far">
        {steps.map((name, index) => <li key={index} aria-current={index === steps.length - 1 ? 'step' : undefined}>{words(name)}</li>)}
      </ol>
      <div id="drawing" class="paper"><Drawing machine={machine} trail={trail} /></div>
      <Ways machine={machine} trail={trail} />
    </section>
  );
};
