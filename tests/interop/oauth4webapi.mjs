// npm's oauth4webapi as a client.

import * as oauth from 'oauth4webapi';

/**
 * @typedef {import('./peers.mjs').App} App
 * @typedef {import('./peers.mjs').Client} Client
 */

const network = ({ fetch }) => ({ [oauth.allowInsecureRequests]: true, [oauth.customFetch]: fetch });

async function find({ issuer, discovery, fetch }) {
  const url = new URL(issuer);
  const algorithm = discovery === 'oauth-authorization-server' ? 'oauth2' : 'oidc';
  const answer = await oauth.discoveryRequest(url, { ...network({ fetch }), algorithm });
  return oauth.processDiscoveryResponse(url, answer);
}

/** @param {App} app @returns {Promise<Client>} */
export async function configure(app) {
  const { clientId, clientSecret, key, redirectUri, scope, resource } = app;
  const http = network(app);
  const target = resource ? { resource } : {};
  const aimed = { ...http, additionalParameters: target };
  const as = await find(app);
  const client = { client_id: clientId, id_token_signed_response_alg: key?.alg };
  const auth = {
    basic: () => oauth.ClientSecretBasic(clientSecret),
    post: () => oauth.ClientSecretPost(clientSecret),
    none: () => oauth.None(),
    key: () => oauth.PrivateKeyJwt(key),
  }[app.auth]();

  async function signedIn(tokens, answer) {
    // Looks the token up by the response it was taken from.
    await oauth.validateApplicationLevelSignature(as, answer, http);
    return { tokens, claims: oauth.getValidatedIdTokenClaims(tokens) };
  }

  return {
    async login() {
      const verifier = oauth.generateRandomCodeVerifier();
      const state = oauth.generateRandomState();
      const nonce = oauth.generateRandomNonce();
      const ask = new URL(as.authorization_endpoint);
      ask.search = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...target,
        ...app.ask,
      }).toString();

      const arrived = await app.authorize(ask);
      const said = arrived instanceof URL ? arrived : new URLSearchParams(await arrived.text());
      const callback = oauth.validateAuthResponse(as, client, said, state);
      const redeem = async () => {
        const answer = await oauth.authorizationCodeGrantRequest(
          as, client, auth, callback, redirectUri, verifier, aimed,
        );
        const checks = { expectedNonce: nonce, requireIdToken: true };
        return signedIn(await oauth.processAuthorizationCodeResponse(as, client, answer, checks), answer);
      };
      return { ...(await redeem()), again: redeem };
    },

    async userinfo({ tokens, claims }) {
      const answer = await oauth.userInfoRequest(as, client, tokens.access_token, http);
      return oauth.processUserInfoResponse(as, client, claims.sub, answer);
    },

    open(token, url, { method = 'GET', body } = {}) {
      const headers = body && new Headers({ 'content-type': 'application/json' });
      return oauth.protectedResourceRequest(token, method, new URL(url), headers, body, http);
    },

    async refresh({ tokens }) {
      const answer = await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, aimed);
      return signedIn(await oauth.processRefreshTokenResponse(as, client, answer), answer);
    },

    async revoke(token) {
      await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token, http));
    },

    async introspect(token) {
      const answer = await oauth.introspectionRequest(as, client, auth, token, http);
      return oauth.processIntrospectionResponse(as, client, answer);
    },

    async credentials() {
      const answer = await oauth.clientCredentialsGrantRequest(as, client, auth, { scope, ...target }, http);
      return oauth.processClientCredentialsResponse(as, client, answer);
    },

    read(token) {
      const request = new Request(resource, { headers: { authorization: `Bearer ${token}` } });
      return oauth.validateJwtAccessToken(as, request, resource, http);
    },
  };
}

/** @param {Pick<App, 'issuer' | 'fetch'>} app */
export async function register(app, metadata, initialAccessToken) {
  const answer = await oauth.dynamicClientRegistrationRequest(await find(app), metadata, {
    ...network(app),
    initialAccessToken,
  });
  return oauth.processDynamicClientRegistrationResponse(answer);
}
