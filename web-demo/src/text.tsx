import type { VNode } from 'preact';

/** Text in which names of the protocol stand between backticks. */
export const Text = ({ children }: { children: string }): VNode => (
  <>{children.split('`').map((piece, index) => (index % 2 === 1 ? <code key={index}>{piece}</code> : piece))}</>
);
