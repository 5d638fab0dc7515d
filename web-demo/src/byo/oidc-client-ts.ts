import { OidcClient, WebStorageStateStore } from 'oidc-client-ts';

import type { App, SignedIn } from './app.ts';

const configure = ({ issuer, clientId, redirectUri, scope }: App): OidcClient => new OidcClient({
  authority: issuer,
  client_id: clientId,
  redirect_uri: redirectUri,
  scope,
  stateStore: new WebStorageStateStore({ store: sessionStorage }),
});

export const begin = async (app: App): Promise<URL> => {
  // State and PKCE come by themselves.
  const { url } = await configure(app).createSigninRequest({ nonce: crypto.randomUUID() });
  return new URL(url);
};

export const finish = async (app: App, callback: URL): Promise<SignedIn> => {
  const tokens = await configure(app).processSigninResponse(callback.href);
  return { accessToken: tokens.access_token, claims: tokens.profile };
};
