/**
 * A cookie jar for one origin. Browsers drop `Set-Cookie` from what a service worker answers and never
 * show it `Cookie`, so the demo plays this part of the browser; the wire list says so.
 */

import type { Fields } from './trace.ts';

export interface Cookie {
  readonly value: string;
  readonly path: string;
  /** Milliseconds, by the demo's clock. */
  readonly dies?: number;
}

export type Jar = Readonly<Record<string, Cookie>>;

/** The jar after a response ([RFC 6265 §5.3]). */
export const receive = (jar: Jar, headers: Fields, now: number): Jar => {
  const next = new Map(Object.entries(jar));
  for (const [field, text] of headers) {
    if (field.toLowerCase() !== 'set-cookie') continue;
    const [pair = '', ...attributes] = text.split(';').map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf('='));
    const value = pair.slice(pair.indexOf('=') + 1);
    const said = new Map(attributes.map((attribute) => {
      const [key = '', worth = ''] = attribute.split('=');
      return [key.toLowerCase(), worth] as const;
    }));
    const age = said.get('max-age');
    if (age !== undefined && Number(age) <= 0) next.delete(name);
    else next.set(name, { value, path: said.get('path') || '/', ...(age === undefined ? {} : { dies: now + Number(age) * 1000 }) });
  }
  return Object.fromEntries(next);
};

/** The `Cookie` header for a path ([RFC 6265 §5.4]). */
export const send = (jar: Jar, path: string, now: number): string | undefined => {
  const matches = ([, cookie]: readonly [string, Cookie]): boolean =>
    (cookie.dies === undefined || now < cookie.dies) &&
    (path === cookie.path || path.startsWith(cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`));
  const pairs = Object.entries(jar).filter(matches).map(([name, { value }]) => `${name}=${value}`);
  return pairs.length > 0 ? pairs.join('; ') : undefined;
};
