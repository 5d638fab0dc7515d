/** Small things that the tabs of the bench share. */

import type { ComponentChildren, VNode } from 'preact';

import { sentence } from '../sentence.ts';
import type { Life } from '../tabs/tab.ts';
import { wear } from '../wear.ts';
import type { Spec } from './spec.ts';

await wear('bench.css');

/** How something is: never by colour alone, so each has a shape and a word. */
export type Grade = 'good' | 'warn' | 'bad' | 'open';

const SHAPES: Readonly<Record<Grade, VNode>> = {
  good: <><circle cx="12" cy="12" r="9.5" /><path d="m7.5 12.400 3 3 6-6.500" /></>,
  warn: <><path d="M12 3 22 20.500H2Z" /><path d="M12 9.500v5m0 2.700v.300" /></>,
  bad: <><path d="M8 2.500h8L21.500 8v8L16 21.500H8L2.500 16V8Z" /><path d="m8.700 8.700 6.600 6.600m0-6.600-6.600 6.600" /></>,
  open: <circle cx="12" cy="12" r="9.500" stroke-dasharray="3 4" />,
};

export const mark = (grade: Grade): VNode => (
  <svg class={`grade ${grade}`} width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{SHAPES[grade]}</svg>
);

/** The sentence that says how it came out, said aloud when it changes. */
export const Verdict = ({ grade, id, children }: { grade: Grade; id?: string; children: ComponentChildren }): VNode => (
  <p class={`outcome ${grade}`} role="status" id={id}>{mark(grade)}<span>{children}</span></p>
);

interface BenchProps {
  readonly title: string;
  readonly lead: string;
  readonly live: Life;
  /** How its parts lie: one below the other unless said. */
  readonly look?: 'two' | 'errors' | 'narrow-first';
  /** Whether one of many is shown, where only one is. */
  readonly chosen?: boolean;
  /** What stands below the title, besides. */
  readonly more?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A tab of the bench. */
export const Bench = ({ title, lead, live, look, chosen, more, children }: BenchProps): VNode => (
  <div class={`bench ${look ?? ''}`} data-chosen={chosen} aria-busy={live.is === 'starting'}>
    <header class="wide">
      <h2>{title}</h2>
      <p class="lead">{lead}</p>
      {live.is === 'dead' && <Verdict grade="bad">The server cannot run here, so nothing on this page can ask it. {live.why}</Verdict>}
      {more}
    </header>
    {children}
  </div>
);

export const Section = ({ spec: [name, url] }: { spec: Spec }): VNode => <a href={url} target="_blank" rel="noreferrer">{name}</a>;

interface CopyProps {
  readonly text: string;
  readonly what: string;
  /** What was copied last. */
  readonly copied: string;
  readonly set: (some: { copied: string }) => void;
}

/** Copies a text, and says so. */
export const Copy = ({ text, what, copied, set }: CopyProps): VNode => {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      set({ copied: text });
    } catch {
      // Where the browser does not let us, the text can be selected.
      set({ copied: '' });
    }
  };
  return <button type="button" class="button small" aria-label={`Copy ${what}`} onClick={() => void copy()}>{copied === text && text !== '' ? 'Copied' : 'Copy'}</button>;
};

interface ActProps {
  readonly id: string;
  /** How it looks, besides being a button. */
  readonly look: string;
  /** While something goes on it does nothing; it keeps the focus. */
  readonly isBusy: boolean;
  readonly isPressed?: boolean;
  readonly act: () => void;
  readonly children: ComponentChildren;
}

/** A button for what takes a while. */
export const Act = ({ id, look, isBusy, isPressed, act, children }: ActProps): VNode => (
  <button type="button" class={`button ${look}`} id={id} aria-disabled={isBusy} aria-pressed={isPressed} onClick={() => { if (!isBusy) act(); }}>{children}</button>
);

/** What the bench does that takes a while. */
export type Work<T> = { readonly is: 'idle' } | { readonly is: 'busy' } | { readonly is: 'done'; readonly value: T } | { readonly is: 'failed'; readonly why: string };

/** Does it, and says how far it is. */
export const run = async <T,>(work: () => Promise<T>, tell: (state: Work<T>) => void): Promise<void> => {
  tell({ is: 'busy' });
  try {
    tell({ is: 'done', value: await work() });
  } catch (error) {
    tell({ is: 'failed', why: sentence(error) });
  }
};
