/** The npm package as the demo sees it: everything that knows its interface is in this file. */

import { createAuth } from 'grantflow';

export type Claims = Readonly<Record<string, unknown>>;

/** What the package says about a failure. */
export interface Failure { readonly code: string; readonly message: string; readonly remedy: string }

export type Snapshot =
  | { readonly status: 'restoring' }
  | { readonly status: 'leaving' }
  | { readonly status: 'signed-out'; readonly failure?: Failure }
  | { readonly status: 'signed-in'; readonly claims: Claims; readonly scopes: readonly string[]; readonly expiresAt: number };

export interface Auth {
  ready(): Promise<Snapshot>;
  readonly snapshot: Snapshot;
  login(): Promise<never>;
  fetch(input: URL): Promise<Response>;
  logout(): Promise<void>;
  subscribe(listener: () => void): void;
}

export interface Options {
  readonly issuer: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
  /** The demo's clock, in milliseconds. */
  readonly now: () => number;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What a thrown value says; the package throws `AuthError`. */
export const failure = (error: unknown): Failure => {
  const said = (typeof error === 'object' && error !== null ? error : {}) as Readonly<Record<string, unknown>>;
  return { code: text(said['code']) || 'internal', message: text(said['message']) || String(error), remedy: text(said['remedy']) };
};

/** Prepares the sign-in of one app. */
export const signIn = (options: Options): Auth => {
  const auth = createAuth(options);
  const snapshot = (): Snapshot => {
    const said = auth.snapshot;
    switch (said.status) {
      case 'signed-in': return { status: said.status, claims: said.user?.claims ?? {}, scopes: said.scopes, expiresAt: said.expiresAt };
      case 'signed-out': return said.error === undefined ? { status: said.status } : { status: said.status, failure: failure(said.error) };
      case 'restoring':
      case 'leaving': return { status: said.status };
    }
  };
  return {
    get snapshot() { return snapshot(); },
    ready: async () => {
      await auth.ready();
      return snapshot();
    },
    login: () => auth.login(),
    fetch: (input) => auth.fetch(input),
    logout: () => auth.logout(),
    subscribe: (listener) => void auth.subscribe(listener),
  };
};
