import type { VNode } from 'preact';

import { Text } from '../text.tsx';
import type { Refused } from './types.ts';

/** Who refused a message, and why. */
export const Refusal = ({ refused: { by, code, message } }: { refused: Refused }): VNode => (
  <div class="note bad"><strong>Refused by the {by}: <code>{code}</code></strong><Text>{message}</Text></div>
);
