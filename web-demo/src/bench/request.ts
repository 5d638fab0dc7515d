/** An authorization request that is put together by hand (RFC 6749 §4.1.1). */

import { WEB_CLIENT } from '../clients.ts';
import { DEFAULT_CLIENT } from '../trace.ts';

/** What the guide says of each parameter; the nonce is OpenID Connect’s. */
export const NAMES = ['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'code_challenge', 'code_challenge_method', 'nonce'] as const;
export type Name = (typeof NAMES)[number];
export const REQUIRED: ReadonlySet<string> = new Set(['response_type', 'client_id', 'redirect_uri', 'scope']);

/** What a switch leaves out together. */
export const SWITCHES: Readonly<Record<string, readonly Name[]>> = { state: ['state'], PKCE: ['code_challenge', 'code_challenge_method'], nonce: ['nonce'] };

/** How scopes can be kept apart: a space as URLs have it, a space as forms have it, and a plus sign that is meant. */
export const SEPARATORS = { '%20': 'a space, %20', '+': 'a space, +', '%2B': 'a plus sign, %2B' } as const;
export type Separator = keyof typeof SEPARATORS;

export interface Draft {
  readonly values: Readonly<Record<Name, string>>;
  readonly sent: Readonly<Record<Name, boolean>>;
  readonly separator: Separator;
}

/** The parameters that are sent, encoded. */
export const pairs = ({ values, sent, separator }: Draft): readonly (readonly [Name, string])[] =>
  NAMES.filter((name) => sent[name]).map((name) => {
    const value = name === 'scope'
      ? values.scope.split(' ').filter(Boolean).map(encodeURIComponent).join(separator)
      : encodeURIComponent(values[name]);
    return [name, value];
  });

export const query = (draft: Draft): string => pairs(draft).map(([name, value]) => `${name}=${value}`).join('&');

const all = <T>(value: (name: Name) => T): Record<Name, T> => Object.fromEntries(NAMES.map((name) => [name, value(name)])) as Record<Name, T>;

/** A request that is good. */
export const good = (app: string, random: () => string, challenge: string): Draft => ({
  values: {
    response_type: 'code', client_id: DEFAULT_CLIENT, redirect_uri: app, scope: 'openid profile email',
    state: random(), code_challenge: challenge, code_challenge_method: 'S256', nonce: random(),
  },
  sent: all(() => true),
  separator: '+',
});

export const withValue = (draft: Draft, name: Name, value: string): Draft => ({ ...draft, values: { ...draft.values, [name]: value } });

/** Sends these, or leaves them out. */
export const sending = (draft: Draft, names: readonly Name[], isSent: boolean): Draft =>
  ({ ...draft, sent: { ...draft.sent, ...Object.fromEntries(names.map((name) => [name, isSent])) } });

export const sendsAll = ({ sent }: Draft, names: readonly Name[]): boolean => names.every((name) => sent[name]);

/** Adds a scope or takes it away. */
export const withScope = (draft: Draft, scope: string, isAsked: boolean): Draft => {
  const others = draft.values.scope.split(' ').filter((word) => word !== '' && word !== scope);
  return withValue(draft, 'scope', [...others, ...(isAsked ? [scope] : [])].join(' '));
};

/** The apps that the request can be from. */
export const APPS: readonly (readonly [id: string, what: string])[] = [
  [DEFAULT_CLIENT, 'in the browser, no secret'],
  [WEB_CLIENT.id, 'with a server and a secret: PKCE is optional'],
];
