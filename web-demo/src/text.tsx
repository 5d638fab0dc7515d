import type { VNode } from 'preact';

/** Text of the core in which names of the protocol stand between backticks; in the rest an apostrophe is one, as everywhere on the page. */
export const Text = ({ children }: { children: string }): VNode => (
  <>{children.split('`').map((piece, index) => (index % 2 === 1 ? <code key={index}>{piece}</code> : piece.replaceAll("'", '’')))}</>
);
