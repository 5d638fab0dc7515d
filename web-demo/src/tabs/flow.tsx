/** Taskmaster in the demo browser, and every message beside it. */

import { STAGES, progress } from '../story.ts';
import { check } from '../icons.tsx';
import { Wire } from '../wire.tsx';
import type { Tab } from './tab.ts';
import type { VNode } from 'preact';
import type { Message } from '../trace.ts';

interface State { readonly open: ReadonlySet<number> }

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

/** Scrolls the list, and only the list, so that a message just opened can be read. */
const reveal = (id: number): void => {
  const [list, row] = [document.querySelector('#messages'), document.querySelector(`#message-${id}`)?.closest('li')];
  if (!list || !row) return;
  const [outer, inner] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
  if (inner.bottom > outer.bottom) list.scrollTop += inner.top - outer.top - 8;
};

export const tab: Tab<State> = {
  initial: { open: new Set() },
  view: ({ open }, set, { messages, base, order, forget, hold }) => {
    const toggle = (id: number): void => {
      const next = new Set(open);
      if (!next.delete(id)) next.add(id);
      set({ open: next });
      if (next.has(id)) reveal(id);
    };
    return (
      <>
        <Stages messages={messages} base={base.href} />
        <button type="button" class="button small" id="hold" aria-pressed={hold} onClick={() => order({ is: 'hold', on: !hold })}>Hold the code</button>
        <Wire messages={messages} base={base.href} open={open} newest={undefined} toggle={toggle} clear={() => order({ is: 'clear' })} forget={forget} />
      </>
    );
  },
};
