/** The server core as the demo sees it: everything that knows the provider's wasm is in this file. */

import init, { Provider } from '#provider';
import type { Config, SigningKey } from '#provider';

export type {
  App, Config, ConsentPage, DeveloperPage, ErrorPage, LeavePage, LoginPage, Outcome, Page, Provider, RegisteredPage, SigningKey, SignOutPage, UriWarning, User,
} from '#provider';

let loaded: Promise<object> | undefined;

/** Compiles the server core; once is enough. */
export const load = async (wasm: () => Promise<Response>): Promise<void> => {
  loaded ??= init({ module_or_path: wasm() }).catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  await loaded;
};

/** A new key for `signingKeys`. */
export const generateKey = (): Promise<SigningKey> => Provider.generateKey();

/** The server as configured, with what it remembered. */
export const start = (config: Config): Provider => new Provider(config);
