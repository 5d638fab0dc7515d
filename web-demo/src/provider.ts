/** The server core as the demo sees it: everything that knows the provider's wasm is in this file. */

import init, { Provider as Wasm } from '#provider';

import type { Fields } from './trace.ts';

export type Claims = Readonly<Record<string, string | number | boolean>>;

export interface User {
  readonly subject: string;
  readonly username: string;
  readonly password: string;
  readonly claims: Claims;
}

/** A client that is there from the start, in the names of RFC 7591. */
export interface Client {
  readonly client_id: string;
  readonly client_name: string;
  readonly redirect_uris: readonly string[];
  readonly token_endpoint_auth_method: 'none' | 'client_secret_basic' | 'client_secret_post';
}

export interface Config {
  readonly issuer: string;
  /** 32 bytes from which every code, token and form seal is made. */
  readonly sealingKey: Uint8Array;
  /** A private RSA key, which signs ID tokens. */
  readonly signingKey: JsonWebKey;
  readonly snapshot?: Uint8Array;
  readonly users: readonly User[];
  readonly clients: readonly Client[];
}

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Fields;
  readonly body: Uint8Array;
}

export interface Response {
  readonly status: number;
  readonly headers: Fields;
  readonly body: Uint8Array;
}

export interface App {
  readonly client_id: string;
  readonly name: string;
  readonly redirect_uris: readonly string[];
  readonly confidential: boolean;
}

// An absent `Option` may come as null or as undefined.
type Maybe<T> = T | null | undefined;

export interface LoginPage { readonly interaction: string; readonly client_name?: Maybe<string>; readonly username: string; readonly problem?: Maybe<'wrong_password' | 'expired'> }
export interface ConsentPage {
  readonly interaction: string;
  readonly client_name: string;
  readonly client_id: string;
  readonly redirect_uri: string;
  readonly username: string;
  readonly scopes: readonly { readonly scope: string; readonly meaning: string }[];
}
export interface DeveloperPage {
  readonly interaction: string;
  readonly username: string;
  readonly apps: readonly App[];
  readonly problem?: Maybe<{ readonly field: string; readonly message: string }>;
  readonly typed: { readonly name: string; readonly redirect_uris: string; readonly public: boolean };
}
export interface RegisteredPage { readonly app: App; readonly client_secret?: Maybe<string> }
export interface SignOutPage { readonly interaction: string; readonly username: string }
export interface ErrorPage { readonly error: string; readonly error_description: string }

/** What a person is to see: `Page` of `core/src/server/page.rs`. */
export type Page =
  | ({ readonly page: 'login' } & LoginPage)
  | ({ readonly page: 'consent' } & ConsentPage)
  | ({ readonly page: 'developer' } & DeveloperPage)
  | ({ readonly page: 'registered' } & RegisteredPage)
  | ({ readonly page: 'sign_out' } & SignOutPage)
  | { readonly page: 'signed_out' }
  | ({ readonly page: 'error' } & ErrorPage);

/** How a request ends. */
export type Outcome =
  | ({ readonly kind: 'response' } & Response)
  | { readonly kind: 'page'; readonly page: Page; readonly status: number; readonly headers: Fields }
  | { readonly kind: 'admit'; readonly subject: string; readonly client_id: string; readonly scope: readonly string[]; readonly headers: Fields };

export interface Provider {
  handle(request: Request, now: number): Promise<Outcome>;
  snapshot(): Uint8Array;
}

let loaded: Promise<object> | undefined;

/** Compiles the server core; once is enough. */
export const load = async (wasm: () => Promise<globalThis.Response>): Promise<void> => {
  loaded ??= init({ module_or_path: wasm() }).catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  await loaded;
};

/** A new key for `signingKey`. */
export const generateKey = (): Promise<JsonWebKey> => Wasm.generateKey();

/** The server as configured, with what it remembered. */
export const start = (config: Config): Provider => new Wasm(config);
