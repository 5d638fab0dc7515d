import type { VNode } from 'preact';

/** A button that does nothing while something else goes on, and keeps the focus. */
export const Press = ({ id, look = 'small', disabled = false, isIdle, act, children }: { id: string; look?: string; disabled?: boolean; isIdle: boolean; act: () => void; children: string }): VNode => (
  <button type="button" class={`button ${look}`} id={id} disabled={disabled} aria-disabled={!isIdle} onClick={() => { if (isIdle) act(); }}>{children}</button>
);
