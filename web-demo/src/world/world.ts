/** World for the shell: questions to the worker, answers as promises. */

import { trusted } from '../trusted.ts';
import type { Answer, Question } from './host.ts';
import type { Fault, World } from './types.ts';

/** What World does not do, as an error. */
export class WorldFault extends Error {
  readonly code: string;

  constructor({ code, message }: Fault) {
    super(message);
    this.code = code;
  }
}

/** Whether the worker is gone, or never was there: another one can be started. */
export const isOver = (error: unknown): boolean => error instanceof WorldFault && ['crashed', 'not_loaded'].includes(error.code);

/** World in a worker. */
export interface Running extends World {
  /** Ends the worker; whoever still waits is told so. */
  stop(): void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: WorldFault) => void;
}

const METHODS = ['create', 'apply', 'messages', 'view', 'peek', 'rewind', 'mark', 'trace', 'replay', 'attacks', 'attack', 'redacted'] as const satisfies readonly (keyof World)[];

/** Starts the worker whose script is below `base`. It loads while nobody waits; the first answer waits for it. */
export const startWorld = (base: URL): Running => {
  const worker = new Worker(trusted('world.js', base), { name: 'world' });
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let over: WorldFault | undefined;
  const fail = (fault: WorldFault): void => {
    over = fault;
    for (const { reject } of waiting.values()) reject(fault);
    waiting.clear();
  };
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    const one = waiting.get(data.id);
    waiting.delete(data.id);
    if (!('fault' in data)) {
      one?.resolve(data.ok);
      return;
    }
    const fault = new WorldFault(data.fault);
    one?.reject(fault);
    // What it says after that is not to be trusted.
    if (!isOver(fault)) return;
    worker.terminate();
    fail(fault);
  });
  worker.addEventListener('error', (event) => {
    fail(new WorldFault({ code: 'not_loaded', message: event.message || 'The worker did not start.' }));
  });
  const ask = (method: keyof World) => (...args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      // Nobody is there to answer any more.
      if (over) {
        reject(over);
        return;
      }
      const question: Question = { id: ++last, ask: method, args };
      waiting.set(last, { resolve, reject });
      worker.postMessage(question);
    });
  const stop = (): void => {
    worker.terminate();
    fail(new WorldFault({ code: 'stopped', message: 'World was stopped.' }));
  };
  const world = Object.fromEntries(METHODS.map((method) => [method, ask(method)])) as unknown as World;
  return { ...world, stop };
};
