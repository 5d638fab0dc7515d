// npm's oidc-client-ts as a client: what pages use.

import { OidcClient } from 'oidc-client-ts';

/**
 * @typedef {import('./peers.mjs').App} App
 * @typedef {import('./peers.mjs').Client} Client
 */

/** @param {App} app @returns {Promise<Client>} */
export async function configure(app) {
  const { issuer, clientId, clientSecret, redirectUri, scope, resource, ask, discovery } = app;
  const client = new OidcClient({
    authority: issuer,
    metadataUrl: discovery && `${issuer}/.well-known/${discovery}`,
    client_id: clientId,
    client_secret: clientSecret,
    client_authentication: app.auth === 'basic' ? 'client_secret_basic' : 'client_secret_post',
    redirect_uri: redirectUri,
    scope,
    resource,
    // A token for another API does not open it.
    loadUserInfo: !resource,
    filterProtocolClaims: false,
  });
  const signedIn = (tokens) => ({ tokens, claims: tokens.profile });

  return {
    async login() {
      const asked = { nonce: crypto.randomUUID(), extraQueryParams: ask };
      const { url } = await through(app, () => client.createSigninRequest(asked));
      const callback = await app.authorize(new URL(url));
      const redeem = () => through(app, () => client.processSigninResponse(callback.href));
      return { ...signedIn(await redeem()), again: redeem };
    },

    // It has asked for it already.
    userinfo: async ({ claims }) => claims,

    // Each app uses the token as it likes.
    open: (token, url) => app.fetch(url, { headers: { authorization: `Bearer ${token}` } }),

    refresh: async ({ tokens }) => signedIn(await client.useRefreshToken({ state: tokens, resource })),

    revoke: (token) => client.revokeToken(token),

    async signOut({ tokens }, to) {
      const asked = { id_token_hint: tokens.id_token, post_logout_redirect_uri: to, state: 'any' };
      const { url } = await client.createSignoutRequest(asked);
      const page = await app.authorize(new URL(url));
      await client.processSignoutResponse(page.href);
      return page;
    },
  };
}

/** The library takes no `fetch` and uses everybody's, so for a while everybody's is the app's. */
async function through(app, work) {
  const { fetch } = globalThis;
  globalThis.fetch = app.fetch;
  try {
    return await work();
  } finally {
    globalThis.fetch = fetch;
  }
}
