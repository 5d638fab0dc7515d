/** Where the flow runs: in the service worker, or in a world of its own. */

import type { VNode } from 'preact';

export const Hosts = ({ here }: { here: 'flow' | 'world' }): VNode => (
  <nav class="tabs hosts" aria-label="Where it runs">
    <a href="#flow" aria-current={here === 'flow' ? 'page' : undefined} title="Real requests, answered by a service worker">Live</a>
    <a href="#world" aria-current={here === 'world' ? 'page' : undefined} title="Many machines and an attacker, in a worker: lose, double and share messages, too">World</a>
  </nav>
);
