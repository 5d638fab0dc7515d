/** The tabs, in their order: a file each, and loaded when somebody goes there. */

import type { Tab } from './tab.ts';

interface Entry {
  /** What the address says after `#`. */
  readonly id: string;
  readonly name: string;
  /** The tab it is a part of, and not in the row itself. */
  readonly within?: string;
  /** Loads it. What it keeps as state only it knows. */
  load(): Promise<{ readonly tab: unknown }>;
}

export const TABS: readonly Entry[] = [
  { id: 'learn', name: 'Learn', load: () => import('./learn.tsx') },
  { id: 'flow', name: 'Flow', load: () => import('./flow.tsx') },
  { id: 'world', name: 'World', within: 'flow', load: () => import('./world.tsx') },
  { id: 'lab', name: 'Attack lab', load: () => import('./lab.tsx') },
  { id: 'request', name: 'Request', load: () => import('./request.tsx') },
  { id: 'pkce', name: 'PKCE', load: () => import('./pkce.tsx') },
  { id: 'tokens', name: 'Tokens', load: () => import('./tokens.tsx') },
  { id: 'errors', name: 'Errors', load: () => import('./errors.tsx') },
  { id: 'checklist', name: 'Checklist', load: () => import('./checklist.tsx') },
  { id: 'byo', name: 'Your client', load: () => import('./byo.tsx') },
];

/** Loads a tab. Its state goes in and comes out unread, so the shell need not know its type. */
export const load = async ({ load: from }: Entry): Promise<Tab<unknown>> => (await from()).tab as Tab<unknown>;
