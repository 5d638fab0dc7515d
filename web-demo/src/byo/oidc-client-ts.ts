import { OidcClient, WebStorageStateStore } from 'oidc-client-ts';

import type { App, SignedIn } from './app.ts';

const configure = (app: App): OidcClient => new OidcClient({
  authority: app.issuer,
  client_id: app.clientId,
  redirect_uri: app.redirectUri,
  scope: app.scope,
  stateStore: new WebStorageStateStore({ store: sessionStorage }),
});

export const begin = async (app: App): Promise<URL> => {
  // State and PKCE come by themselves.
  const nonce = crypto.randomUUID();
  const { url } = await configure(app).createSigninRequest({ nonce });
  return new URL(url);
};

export const finish = async (app: App, back: URL): Promise<SignedIn> => {
  const tokens = await configure(app).processSigninResponse(back.href);
  return { accessToken: tokens.access_token, claims: tokens.profile };
};
