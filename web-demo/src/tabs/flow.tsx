/** Taskmaster in the demo browser, every message beside it, and what the one that is looked at says. */

import type { VNode } from 'preact';

import { Again } from '../again.tsx';
import { Lives } from '../chips.tsx';
import { asCurl, asPlaywright, asRust, NATIVE } from '../copies.ts';
import { Diagram, Taken } from '../diagram.tsx';
import { check } from '../icons.tsx';
import { load, type Machine } from '../machines.ts';
import { Detail } from '../message.tsx';
import { LANES, row } from '../rows.ts';
import { progress, STAGES, tell } from '../story.ts';
import type { Message } from '../trace.ts';
import { Wire } from '../wire.tsx';
import { Hosts } from './hosts.tsx';
import type { Context, Tab } from './tab.ts';

interface State {
  /** The message that is looked at; the newest one unless somebody chose. */
  readonly chosen: number | undefined;
  readonly machines: readonly Machine[] | 'wanted' | 'missing' | undefined;
  readonly machine: string;
  readonly isShown: boolean | undefined;
  /** What was last copied. */
  readonly copied: string;
}

type Set = (some: Partial<State>) => void;

const STAGE_NAMES: Record<(typeof STAGES)[number], string> = { ask: 'Ask', 'sign in': 'Sign in', consent: 'Consent', code: 'Code', token: 'Token', tasks: 'Tasks' };

const Stages = ({ messages, base }: { messages: readonly Message[]; base: string }): VNode => {
  const done = progress(messages, base);
  return (
    <ol class="stages" role="list" aria-label="Steps of the flow">
      {STAGES.map((stage) => (
        <li key={stage} data-done={done.has(stage)}>
          <span>{STAGE_NAMES[stage]}</span>
          {done.has(stage) && check()}
          {done.has(stage) && <span class="seen-only-by-readers">, done</span>}
        </li>
      ))}
    </ol>
  );
};

const Copies = ({ message, base, copied, set }: { message: Message; base: string; copied: string; set: Set }): VNode => {
  const copy = (name: string, text: string) => (): void => {
    navigator.clipboard.writeText(text).then(() => set({ copied: `Copied as ${name}.` }), () => set({ copied: 'The browser did not let us copy.' }));
  };
  return (
    <div class="copies" role="group" aria-label="Copy this message">
      <span class="hint">Copy as</span>
      <button type="button" class="button small" id="copy-curl" onClick={copy('curl', asCurl(message, base))}>curl</button>
      <button type="button" class="button small" id="copy-rust" onClick={copy('a Rust test', asRust(message, base, tell(message, base).title))}>Rust test</button>
      <button type="button" class="button small" id="copy-playwright" onClick={copy('a Playwright step', asPlaywright(message, base))}>Playwright step</button>
      <p class="hint" role="status">{copied !== '' && `${copied} It is for the native server at ${NATIVE}: no command reaches a service worker.`}</p>
    </div>
  );
};

const Inside = ({ message, machines, set, copied, context: { messages, base } }: { message: Message | undefined; machines: readonly Machine[]; set: Set; copied: string; context: Context }): VNode => {
  return (
    <section class="inside" aria-labelledby="inside">
      <h2 id="inside" tabIndex={-1}>{message ? tell(message, base.href).title : 'What a message says'}</h2>
      {message
        ? <>
            <Copies message={message} base={base.href} copied={copied} set={set} />
            <Taken message={message} machines={machines} />
            <Detail message={message} messages={messages} />
          </>
        : <p class="hint">Every parameter with its meaning, and the section that demands it, stands here once there is a message.</p>}
      <p class="hint foot">Real requests, answered by the server core in a service worker of this page. The secrets are toys, so nothing is hidden; nothing leaves your browser. App and server share one origin here, which isolates nothing: <a href="#world">World</a> gives each its own. The server’s pages may stand in this frame because this is a demo; the native server forbids all framing.</p>
    </section>
  );
};

const want = async (base: URL, set: Set): Promise<void> => {
  set({ machines: 'wanted' });
  set({ machines: await load(base).catch(() => 'missing' as const) });
};

/** Whether what a message says stands below the list. */
const isSmall = (): boolean => matchMedia('(width < 60rem)').matches;

export const tab: Tab<State> = {
  initial: { chosen: undefined, machines: undefined, machine: '', isShown: undefined, copied: '' },
  view: ({ chosen, machines: loaded, machine, isShown, copied }, set, context) => {
    if (loaded === undefined) queueMicrotask(() => void want(context.base, set));
    const machines = typeof loaded === 'object' ? loaded : [];
    const { messages, base, clock, hold, order, forget } = context;
    const found = messages.findIndex(({ id }) => id === chosen);
    const cursor = found < 0 ? messages.length - 1 : found;
    const choose = (to: number): void => {
      // Whoever looks at the newest one goes on looking at the newest one.
      set({ chosen: to === messages.length - 1 ? undefined : messages[to]?.id, copied: '' });
    };
    const open = (to: number): void => {
      choose(to);
      if (isSmall()) document.querySelector('#inside')?.scrollIntoView();
    };
    return (
      <>
        <div class="above">
          <Hosts here="flow" />
          <Stages messages={messages} base={base.href} />
          <div class="lives" role="group" aria-label="What is out">
            <Lives messages={messages} server={base.href} now={clock.now} wait={(more) => clock.turn(clock.offset + more)} />
            <button type="button" class="button small push" id="hold" aria-pressed={hold} onClick={() => order({ is: 'hold', on: !hold })}>Hold the code</button>
          </div>
        </div>
        <Wire lanes={LANES} rows={messages.map((message) => row(message, base.href))} cursor={cursor} choose={choose} open={open} tools={
          <>
            <button type="button" class="button small push" onClick={() => order({ is: 'clear' })} disabled={messages.length === 0}>Clear</button>
            <button type="button" class="button small" id="start-over" onClick={forget}>Start over</button>
          </>
        } />
        <div class="side">
          {loaded === 'missing' && <Again id="fetch-states" what="The diagrams did not load" press="Try once more" act={() => void want(base, set)} />}
          <Diagram machines={machines} chosen={machine} messages={messages.slice(0, cursor + 1)} isShown={isShown} choose={(name) => set({ machine: name })} show={(shown) => set({ isShown: shown })} />
          <Inside message={messages[cursor]} machines={machines} set={set} copied={copied} context={context} />
        </div>
      </>
    );
  },
};
