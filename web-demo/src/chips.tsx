/** What is out and for how long, and the buttons that turn the clock there. */

import type { VNode } from 'preact';

import { left, lives } from './lives.ts';
import type { Message } from './trace.ts';

const NAMES = { code: 'Code', token: 'Token' } as const;

export interface LivesProps {
  readonly messages: readonly Message[];
  /** Where the server is. */
  readonly server: string;
  /** Milliseconds, by its clock. */
  readonly now: number;
  /** Turns the clock that many milliseconds on, where it can be turned. */
  readonly wait?: ((milliseconds: number) => void) | undefined;
}

export const Lives = ({ messages, server, now, wait }: LivesProps): VNode => (
  <>
    {lives(messages, server).map(({ of, dies, isSpent }) => {
      const rest = dies - now;
      const isDead = rest <= 0;
      return (
        <div key={of} class={`life chip ${isSpent || isDead ? '' : 'of-server'}`} id={`life-${of}`}>
          <span>{NAMES[of]}</span>
          <b>{isSpent ? 'spent' : isDead ? 'expired' : left(rest)}</b>
          {wait && !isSpent && !isDead && <button type="button" class="button small" id={`to-${of}-expiry`} onClick={() => wait(Math.ceil(rest / 1000) * 1000)}>to its expiry</button>}
        </div>
      );
    })}
  </>
);
