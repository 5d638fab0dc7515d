/** Every message in its order, as an arrow between who says it and who hears it; one of them is looked at. */

import type { ComponentChildren, VNode } from 'preact';

import { arrows } from './icons.tsx';
import { List, type ListProps, Scrubber } from './list.tsx';
import { Lanes } from './sequence.tsx';

export interface WireProps extends ListProps {
  /** What stands beside the heading, and below the slider. */
  readonly tools: ComponentChildren;
  readonly foot?: ComponentChildren;
}

export const Wire = (props: WireProps): VNode => {
  const { rows, lanes, tools, foot } = props;
  return (
    <section class="wire" aria-labelledby="wire">
      <header>
        <h2 id="wire" tabIndex={-1}>On the wire</h2>
        <span class="chip" role="status">{rows.length}<span class="seen-only-by-readers">{rows.length === 1 ? ' message' : ' messages'}</span></span>
        {tools}
      </header>
      <Lanes lanes={lanes} timed />
      {rows.length === 0
        ? <div class="messages"><div class="empty">{arrows(30)}<strong>Nothing yet</strong><p>Sign in to Taskmaster. Every message between you, the app and the server appears here; open one to see what it says.</p></div></div>
        : <List {...props} />}
      <Scrubber {...props} />
      {foot}
    </section>
  );
};
