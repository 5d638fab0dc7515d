/** Answers what is asked of World: all that the worker does, without the worker. */

import { attack, attacks, redacted, World as Handle } from '#world';

import { sentence } from '../sentence.ts';
import type { Applied, Attack, Both, Config, Fault, Input, Message, Moment, Report, Trace, World, WorldView } from './types.ts';

/** A question, by the name of the method, and its answer. */
export interface Question {
  readonly id: number;
  readonly ask: keyof World;
  readonly args: readonly unknown[];
}
export type Answer =
  | { readonly id: number; readonly ok: unknown }
  | { readonly id: number; readonly fault: Fault };

const read = <T>(text: string): T => JSON.parse(text) as T;

/** Messages, whose addresses can be read: in a stranger's trace one may be any text. */
const legible = (text: string): readonly Message[] => read<readonly Message[]>(text).map((message) => {
  const { request } = message;
  return URL.canParse(request.url) ? message : { ...message, request: { ...request, url: `about:invalid#${encodeURIComponent(request.url)}` } };
});

/** What was thrown as a fault: our own come as JSON, and after any other the module can be trusted no more. */
export const faultOf = (thrown: unknown): Fault => {
  if (typeof thrown === 'string') return read<Fault>(thrown);
  return { code: 'crashed', message: sentence(thrown) };
};

/** A world for one page; every method answers at once, or throws. */
export class Host {
  #world: Handle | undefined;

  #it(): Handle {
    if (!this.#world) throw JSON.stringify({ code: 'no_world', message: 'There is no world yet.' });
    return this.#world;
  }

  #put(world: Handle): void {
    this.#world?.free();
    this.#world = world;
  }

  create(config: Config): WorldView {
    this.#put(new Handle(JSON.stringify(config)));
    return this.view();
  }

  apply(input: Input): Applied {
    const applied = read<Applied>(this.#it().apply(JSON.stringify(input)));
    return applied.ok ? { ...applied, view: this.view() } : applied;
  }

  messages(): readonly Message[] {
    return legible(this.#it().messages());
  }

  view(): WorldView {
    return read(this.#it().view());
  }

  peek(step: number): Moment {
    const then = this.#it().rewound(step);
    const moment: Moment = { messages: legible(then.messages()), view: read(then.view()) };
    then.free();
    return moment;
  }

  rewind(step: number): WorldView {
    this.#put(this.#it().rewound(step));
    return this.view();
  }

  mark(name: string): void {
    this.#it().mark(name);
  }

  trace(secrets: boolean): Trace {
    return read(this.#it().trace(secrets));
  }

  replay(trace: string): Applied {
    try {
      this.#put(Handle.replay(trace));
    } catch (thrown) {
      const fault = faultOf(thrown);
      if (fault.code === 'crashed') throw thrown;
      return { ok: false, fault };
    }
    return { ok: true, messages: this.messages(), view: this.view() };
  }

  attacks(): readonly Attack[] {
    return read(attacks());
  }

  attack(id: string, without: readonly string[]): Report {
    return read(attack(id, JSON.stringify(without)));
  }

  redacted(exchange: Both): Both {
    return read(redacted(JSON.stringify(exchange)));
  }

  /** Answers a question from elsewhere. */
  answer({ id, ask, args }: Question): Answer {
    try {
      const method = this[ask] as (...args: readonly unknown[]) => unknown;
      return { id, ok: method.apply(this, args as unknown[]) };
    } catch (thrown) {
      return { id, fault: faultOf(thrown) };
    }
  }
}
