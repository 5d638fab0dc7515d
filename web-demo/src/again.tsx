import type { VNode } from 'preact';

/** What has stopped or did not come, in a sentence; why, if that is known; and a button that has another try. */
export const Again = ({ id, what, why = '', press = 'Start it again', act }: { id: string; what: string; why?: string; press?: string; act: () => void }): VNode => (
  <div class="note bad" role="alert">
    <strong>{what}</strong>
    {why !== '' && <p>{why}</p>}
    <div><button type="button" class="button small" id={id} onClick={act}>{press}</button></div>
  </div>
);
