/** The npm package as the demo uses it: everything that knows its interface is in this file. */

import { type Auth, createAuth, type Options } from 'grantflow';

export type { Auth, Snapshot } from 'grantflow';
import type { Snapshot } from 'grantflow';

/** What is shown of a failure. */
export interface Failure { readonly code: string; readonly message: string; readonly remedy: string }

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What a thrown value says; the package throws `AuthError`. */
export const failure = (error: unknown): Failure => {
  const said = (typeof error === 'object' && error !== null ? error : {}) as Readonly<Record<string, unknown>>;
  return { code: text(said['code']) || 'internal', message: text(said['message']) || String(error), remedy: text(said['remedy']) };
};

/** Why nobody is signed in, or what else went wrong, where that wants a word. */
export const trouble = (snapshot: Snapshot & { status: 'signed-out' | 'signed-in' }): Failure | undefined => {
  if (snapshot.error !== undefined) return failure(snapshot.error);
  return snapshot.status === 'signed-out' && snapshot.why === 'expired' ? { code: 'session_gone', message: 'The token has expired.', remedy: 'login-again' } : undefined;
};

/** Prepares the sign-in of one app; it stays signed in until the tab is closed. */
export const prepare = (options: Pick<Options, 'issuer' | 'clientId' | 'redirectUri' | 'now'>): Auth => createAuth({ ...options, store: 'session' });
