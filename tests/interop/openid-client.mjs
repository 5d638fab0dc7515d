// npm's openid-client as a client.

import * as openid from 'openid-client';

/**
 * @typedef {import('./peers.mjs').App} App
 * @typedef {import('./peers.mjs').Client} Client
 */

const network = ({ discovery, fetch }) => ({
  algorithm: discovery === 'oauth-authorization-server' ? 'oauth2' : 'oidc',
  execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
  [openid.customFetch]: fetch,
});

/** @param {App} app @returns {Promise<Client>} */
export async function configure(app) {
  const { issuer, clientId, clientSecret, key, redirectUri, scope, resource } = app;
  const target = resource ? { resource } : {};
  const auth = {
    basic: () => openid.ClientSecretBasic(clientSecret),
    post: () => openid.ClientSecretPost(clientSecret),
    none: () => openid.None(),
    key: () => openid.PrivateKeyJwt(key),
  }[app.auth]();
  const metadata = { id_token_signed_response_alg: key?.alg };
  const config = await openid.discovery(new URL(issuer), clientId, metadata, auth, network(app));

  return {
    async login() {
      const verifier = openid.randomPKCECodeVerifier();
      const state = openid.randomState();
      const nonce = openid.randomNonce();
      const ask = openid.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...target,
        ...app.ask,
      });

      const callback = await app.authorize(ask);
      const checks = {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      };
      const redeem = async () => {
        // What was posted can be read once.
        const said = callback instanceof URL ? callback : callback.clone();
        const tokens = await openid.authorizationCodeGrant(config, said, checks, target);
        return { tokens, claims: tokens.claims() };
      };
      return { ...(await redeem()), again: redeem };
    },

    userinfo: ({ tokens, claims }) => openid.fetchUserInfo(config, tokens.access_token, claims.sub),

    open(token, url, { method = 'GET', body } = {}) {
      const headers = body && new Headers({ 'content-type': 'application/json' });
      return openid.fetchProtectedResource(config, token, new URL(url), method, body, headers);
    },

    async refresh({ tokens }) {
      const next = await openid.refreshTokenGrant(config, tokens.refresh_token, target);
      return { tokens: next, claims: next.claims() };
    },

    revoke: (token) => openid.tokenRevocation(config, token),

    introspect: (token) => openid.tokenIntrospection(config, token),

    credentials: () => openid.clientCredentialsGrant(config, { scope, ...target }),

    async signOut({ tokens }, to) {
      const asked = { id_token_hint: tokens.id_token, post_logout_redirect_uri: to };
      return app.authorize(openid.buildEndSessionUrl(config, asked));
    },
  };
}

/** @param {Pick<App, 'issuer' | 'fetch'>} app */
export async function register(app, metadata, initialAccessToken) {
  const http = { ...network(app), initialAccessToken };
  const config = await openid.dynamicClientRegistration(new URL(app.issuer), metadata, undefined, http);
  return config.clientMetadata();
}
