import type { VNode } from 'preact';

const icon = (paths: string[], size = 20): VNode => (
  <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
    {paths.map((d) => <path key={d} d={d} />)}
  </svg>
);

/** The project's mark: a line that is let through a gate. */
export const mark = (size = 34): VNode => (
  <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true" focusable="false">
    <rect x="1.5" y="1.5" width="29" height="29" rx="9" fill="currentColor" fill-opacity=".14" stroke="currentColor" stroke-width="1.5" />
    <path d="M6 16h8M18 16h8m-3.2-3.2L26 16l-3.2 3.2M16 7v4m0 10v4" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round" />
    <circle cx="16" cy="16" r="2" fill="currentColor" />
  </svg>
);

/** Taskmaster's mark. */
export const taskmark = (size = 30): VNode => (
  <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true" focusable="false">
    <rect x="2" y="2" width="28" height="28" rx="9" fill="currentColor" />
    <path d="m9.5 16.5 4.3 4.3 8.7-9.6" stroke="var(--on-strong)" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" />
  </svg>
);

export const check = (size = 15): VNode => icon(['m5 12.5 4.5 4.5L19 7.5'], size);
export const cross = (size = 15): VNode => icon(['M6 6l12 12', 'M18 6 6 18'], size);
export const first = (): VNode => icon(['M6 5v14', 'm18 6-8 6 8 6'], 16);
export const previous = (): VNode => icon(['m15 6-8 6 8 6'], 16);
export const next = (): VNode => icon(['m9 6 8 6-8 6'], 16);
export const last = (): VNode => icon(['M18 5v14', 'm6 6 8 6-8 6'], 16);
export const back = (): VNode => icon(['M19 12H5', 'm11 6-6 6 6 6'], 18);
export const reload = (): VNode => icon(['M20 11a8 8 0 1 0-.7 4.5', 'M20 4.5V11h-6.5'], 17);
export const lock = (): VNode => icon(['M7 11V8a5 5 0 0 1 10 0v3', 'M5.5 11h13v9.5h-13z'], 14);
export const arrows = (size = 20): VNode => icon(['M4 9h15', 'm15.500 5.500 3.500 3.500-3.500 3.500', 'M20 16H5', 'm8.500 12.500-3.500 3.500 3.500 3.500'], size);
export const todo = (): VNode => icon(['M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16'], 22);
export const doing = (): VNode => icon(['M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16', 'M12 8v4l2.500 2'], 22);
export const done = (): VNode => icon(['M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16', 'm8.500 12.200 2.500 2.500 4.500-5'], 22);
