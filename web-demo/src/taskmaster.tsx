import type { ComponentChildren, VNode } from 'preact';

import { taskmark } from './icons.tsx';

/** Taskmaster's page, around what it shows: on the npm package, on other libraries, and in World. */
export const Taskmaster = ({ children }: { children: ComponentChildren }): VNode => <div class="app"><header>{taskmark()}<span>Taskmaster</span></header>{children}</div>;
