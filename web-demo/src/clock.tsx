/** The clock that app and server share, and the buttons that turn it. */

import type { VNode } from 'preact';

import type { Clock as Now } from './tabs/tab.ts';

const MINUTE = 60_000;

/** How far off the clock is, in words; it is behind after somebody went back. */
const off = (offset: number): string => {
  const minutes = Math.round(Math.abs(offset) / MINUTE);
  const hours = Math.floor(minutes / 60);
  const words = [hours > 0 && `${hours} h`, minutes % 60 > 0 && `${minutes % 60} min`].filter(Boolean).join(' ');
  return `${words} ${offset > 0 ? 'ahead' : 'behind'}`;
};

export const Clock = ({ clock }: { clock: Now }): VNode => {
  const { now, offset } = clock;
  const turn = (minutes: number): void => clock.turn(offset + minutes * MINUTE);
  return (
    <div class="clock" role="group" aria-label="Time">
      <time dateTime={new Date(now).toISOString()}>{new Date(now).toLocaleTimeString([], { hour12: false })}</time>
      {Math.abs(offset) >= MINUTE / 2 && <button type="button" class="chip of-app" id="clock-reset" onClick={() => clock.turn(0)}>{off(offset)}, reset</button>}
      <button type="button" class="button small" id="clock-1" onClick={() => turn(1)}>+1 min</button>
      <button type="button" class="button small" id="clock-10" onClick={() => turn(10)}>+10 min</button>
      <button type="button" class="button small" id="clock-60" onClick={() => turn(60)}>+1 h</button>
    </div>
  );
};
