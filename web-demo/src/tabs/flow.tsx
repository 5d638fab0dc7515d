/** Taskmaster in the demo browser, every message beside it, and what the one that is looked at says. */

import type { VNode } from 'preact';

import { Again } from '../again.tsx';
import { Branches, forkOf } from '../branch.tsx';
import { Lives } from '../chips.tsx';
import { asCurl, asPlaywright, asRust, NATIVE } from '../copies.ts';
import { Diagram, Taken } from '../diagram.tsx';
import { download } from '../download.ts';
import { type Change, Edit } from '../edit.tsx';
import { check } from '../icons.tsx';
import { lookedAt } from '../list.tsx';
import { load, type Machine } from '../machines.ts';
import { Detail } from '../message.tsx';
import { Press } from '../press.tsx';
import { resend } from '../resend.ts';
import { LANES, row } from '../rows.ts';
import { progress, STAGES, tell } from '../story.ts';
import type { Message } from '../trace.ts';
import { Wire } from '../wire.tsx';
import { Impossible } from '../world/must.ts';
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
  readonly isEditing: boolean;
  /** Why a message was not sent again. */
  readonly fault: string;
  /** Whether a file gets the secrets, too. */
  readonly secrets: boolean;
  /** What came of saving. */
  readonly saved: string;
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

const Inside = ({ message, machines, set, state: { copied, isEditing, fault }, context, sendAgain }: { message: Message | undefined; machines: readonly Machine[]; set: Set; state: State; context: Context; sendAgain: (change?: Change) => void }): VNode => {
  const { messages, base } = context;
  return (
    <section class="inside" aria-labelledby="inside">
      <h2 id="inside" tabIndex={-1}>{message ? tell(message, base.href).title : 'What a message says'}</h2>
      {message
        ? <>
            {isEditing && <Edit key={message.id} request={message.request} press="Change it and send it" problem={fault} go={sendAgain} stop={() => {
              set({ isEditing: false, fault: '' });
              focus('#edit');
            }} />}
            <Copies message={message} base={base.href} copied={copied} set={set} />
            <Taken message={message} machines={machines} />
            <Detail message={message} messages={messages} />
          </>
        : <p class="hint">Every parameter with its meaning, and the section that demands it, stands here once there is a message.</p>}
      <p class="hint foot">Real requests, answered by the server core in a service worker of this page. The secrets are toys, so nothing is hidden; nothing leaves your browser. App and server share one origin here, which isolates nothing: <a href="#world">World</a> gives each its own, and there messages can be lost on their way, or come twice in the past. The server’s pages may stand in this frame because this is a demo; the native server forbids all framing.</p>
    </section>
  );
};

const want = async (base: URL, set: Set): Promise<void> => {
  set({ machines: 'wanted' });
  set({ machines: await load(base).catch(() => 'missing' as const) });
};

/** Writes the messages to a file; what knows how, and what is secret, comes only now. */
const save = async ({ messages, base }: Context, secrets: boolean): Promise<string> => {
  const { har, redacted } = await import('../har.ts');
  const all = secrets ? messages : await redacted(messages, base);
  download('grantflow.har', har(all, secrets));
  if (secrets) return 'Saved, with what is secret: keep it to yourself.';
  const left = messages.length - all.length;
  return `Saved, without what is secret.${left > 0 ? ` ${left} of the messages could not be judged, and are not in it.` : ''}`;
};

/** Whether what a message says stands below the list. */
const isSmall = (): boolean => matchMedia('(width < 60rem)').matches;

/** Moves the focus, as what had it goes or something comes. */
const focus = (selector: string): void => document.querySelector<HTMLElement>(selector)?.focus();

const PAST = 'This is past. Go back to here, and whatever you do then begins a branch; what was stays in the list of branches.';

const view = (state: State, set: Set, context: Context): VNode => {
  const { chosen, machines: loaded, machine: shown, isShown, isEditing, saved, secrets } = state;
  if (loaded === undefined) queueMicrotask(() => void want(context.base, set));
  const machines = typeof loaded === 'object' ? loaded : [];
  const { messages, base, clock, hold, order, past, travel, visit } = context;
  const { name, branches, isBusy, note, fault } = past;
  const { cursor, message, until, isPast } = lookedAt(messages, chosen);
  // The clock, too, is as it was.
  const now = isPast && message ? message.at : clock.now;

  const choose = (to: number): void => {
    // Whoever looks at the newest one goes on looking at the newest one.
    set({ chosen: to === messages.length - 1 ? undefined : messages[to]?.id, copied: '', saved: '', isEditing: false, fault: '' });
  };
  const open = (to: number): void => {
    choose(to);
    if (isSmall()) document.querySelector('#inside')?.scrollIntoView();
  };
  const sendAgain = (change?: Change): void => {
    if (!message) return;
    try {
      resend(message, change, base, travel, (url) => visit(url.href));
      set({ chosen: undefined, isEditing: false, fault: '' });
      if (change) focus('#edit');
    } catch (error) {
      if (!(error instanceof Impossible)) throw error;
      set({ fault: error.message });
    }
  };
  const button = (id: string, text: string, act: () => void, look = 'small'): VNode => <Press id={id} look={look} disabled={!message} isIdle={!isBusy} act={act}>{text}</Press>;

  const tools = (
    <>
      {branches.length > 0 && <Branches name={name} branches={branches} swap={(to) => travel.swap(to)} />}
      <span class="row push">
        <button type="button" class="button small" onClick={() => order({ is: 'clear' })} disabled={messages.length === 0}>Clear</button>
        <button type="button" class="button small" id="start-over" onClick={() => travel.forget()}>Start over</button>
      </span>
    </>
  );
  const foot = (
    <div class="acts" role="group" aria-label="Do something to these messages">
      {isPast && message && button('back-to-here', 'Go back to here', () => {
        set({ chosen: undefined });
        travel.back(message.id);
      }, 'small strong')}
      {button('replay', 'Send again', () => sendAgain())}
      {button('edit', 'Edit', () => {
        set({ isEditing: true, fault: '' });
        focus('#edit-url');
      })}
      <span class="row push">
        {button('save-live', 'Save', () => void save(context, secrets).then((text) => set({ saved: text }), (error: unknown) => set({ saved: `It could not be saved: ${String(error)}` })))}
        <label class="option"><input type="checkbox" id="save-secrets" checked={secrets} onChange={(event) => set({ secrets: event.currentTarget.checked })} />include secrets</label>
      </span>
    </div>
  );

  return (
    <>
      <div class="above">
        <Hosts here="flow" />
        <Stages messages={until} base={base.href} />
        <div class="lives" role="group" aria-label="What is out">
          {isPast && <time dateTime={new Date(now).toISOString()}>{new Date(now).toLocaleTimeString([], { hour12: false })}</time>}
          <Lives messages={until} server={base.href} now={now} wait={isPast ? undefined : (more) => clock.turn(clock.offset + more)} />
          <button type="button" class="button small push" id="hold" aria-pressed={hold} onClick={() => order({ is: 'hold', on: !hold })}>Hold the code</button>
        </div>
        {[fault, isEditing ? '' : state.fault].filter(Boolean).map((text) => <div key={text} class="note bad" role="alert"><p>{text}</p></div>)}
        <p class="hint" role="status" id="note">{saved || (isPast ? PAST : note)}</p>
      </div>
      <Wire lanes={LANES} fork={forkOf(messages, branches.at(-1))} rows={messages.map((one) => row(one, base.href))} cursor={cursor} choose={choose} open={open} tools={tools} foot={foot} />
      <div class="side">
        {loaded === 'missing' && <Again id="fetch-states" what="The diagrams did not load" press="Try once more" act={() => void want(base, set)} />}
        <Diagram machines={machines} chosen={shown} messages={until} isShown={isShown} choose={(to) => set({ machine: to })} show={(to) => set({ isShown: to })} />
        <Inside message={message} machines={machines} set={set} state={state} context={context} sendAgain={sendAgain} />
      </div>
    </>
  );
};

export const tab: Tab<State> = {
  initial: { chosen: undefined, machines: undefined, machine: '', isShown: undefined, copied: '', isEditing: false, fault: '', secrets: false, saved: '' },
  view,
};
