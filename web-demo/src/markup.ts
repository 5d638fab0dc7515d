/**
 * JSX as text. The build of the service worker has this in place of `preact/jsx-runtime`: it draws each page once, as a
 * document, and needs no tree of it. The page draws the same components with Preact.
 *
 * Only what the pages use is here: elements, components that are functions, fragments. There is no way in for markup
 * from a string.
 */

import type { VNode } from 'preact';

type Props = Readonly<Record<string, unknown>>;

/** Text that is markup; any other is escaped. */
class Markup {
  constructor(readonly text: string) {}
}

/** Good between tags and within quotes. */
const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

const inside = (children: unknown): string => {
  if (children instanceof Markup) return children.text;
  if (Array.isArray(children)) return children.map(inside).join('');
  return children === undefined || children === null || typeof children === 'boolean' ? '' : escaped(String(children));
};

/** Elements that have no inside, and no end. */
const EMPTY = /^(?:br|hr|img|input|link|meta|wbr)$/;
/** Attributes that say `true` and `false` in words. */
const IN_WORDS = /^(?:aria-|data-|spellcheck$|draggable$)/;

const attribute = ([name, value]: readonly [string, unknown]): string => {
  if (value === undefined || value === null || typeof value === 'function') return '';
  if (typeof value !== 'boolean' || IN_WORDS.test(name)) return ` ${name}="${escaped(String(value))}"`;
  return value ? ` ${name}` : '';
};

const element = (name: string, { children, ...attributes }: Props): string => {
  let within = children;
  const shown = Object.entries(attributes).filter(([key, value]) => {
    // What a text area says stands inside it.
    const isWithin = name === 'textarea' && key === 'value';
    if (isWithin) within = value;
    return !isWithin;
  });
  const start = `<${name}${shown.map(attribute).join('')}>`;
  return EMPTY.test(name) ? start : `${start}${inside(within)}</${name}>`;
};

/** What a JSX expression becomes. */
export const jsx = (type: string | ((props: Props) => unknown), props: Props): Markup =>
  new Markup(typeof type === 'string' ? element(type, props) : inside(type(props)));

export { jsx as jsxs };

export const Fragment = ({ children }: Props): unknown => children;

/** The text of a document or of a part of one. */
export const textOf = (node: VNode): string => inside(node);
