// The flow as other people's clients do it. Runs in Node and, bundled, in a page.

import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';

/**
 * @typedef {object} App
 * @property {string} issuer
 * @property {string} clientId
 * @property {string} [clientSecret]
 * @property {'basic' | 'post' | 'none'} auth  how the client authenticates
 * @property {string} redirectUri
 * @property {string} [scope]
 * @property {'oidc' | 'oauth2'} [discovery]  which of the two documents to read
 * @property {typeof fetch} fetch
 * @property {(url: URL) => Promise<URL>} authorize  the browser's part: the server's page in, the callback out
 *
 * @typedef {object} LoggedIn
 * @property {{access_token: string, token_type: string, expires_in?: number, scope?: string, id_token?: string}} tokens
 * @property {Record<string, unknown>} claims  of the ID token, whose signature was checked
 * @property {Record<string, unknown>} userinfo
 * @property {unknown} tasks  what the guide's resource answers
 * @property {() => Promise<unknown>} again  redeems the same code once more
 */

/** @type {Record<string, (app: App) => Promise<LoggedIn>>} */
export const PEERS = { oauth4webapi: withOauth4webapi, 'openid-client': withOpenidClient };

const tasksOf = (issuer) => new URL(`${issuer.replace(/\/$/, '')}/api/tasks`);

/** @type {(app: App) => Promise<LoggedIn>} */
async function withOauth4webapi(app) {
  const { issuer, clientId, clientSecret = '', redirectUri, scope = 'openid profile email' } = app;
  const http = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: app.fetch };
  const url = new URL(issuer);
  const found = await oauth.discoveryRequest(url, { ...http, algorithm: app.discovery ?? 'oidc' });
  const as = await oauth.processDiscoveryResponse(url, found);

  const client = { client_id: clientId };
  const auth = {
    basic: () => oauth.ClientSecretBasic(clientSecret),
    post: () => oauth.ClientSecretPost(clientSecret),
    none: () => oauth.None(),
  }[app.auth]();
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
  }).toString();

  const callback = oauth.validateAuthResponse(as, client, await app.authorize(ask), state);
  const redeem = async () => {
    const answer = await oauth.authorizationCodeGrantRequest(as, client, auth, callback, redirectUri, verifier, http);
    const checks = { expectedNonce: nonce, requireIdToken: true };
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, checks);
    // Looks the token up by the response it was taken from.
    await oauth.validateApplicationLevelSignature(as, answer, http);
    return tokens;
  };
  const tokens = await redeem();
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  const info = await oauth.userInfoRequest(as, client, tokens.access_token, http);
  const userinfo = await oauth.processUserInfoResponse(as, client, claims.sub, info);
  const tasks = await oauth.protectedResourceRequest(
    tokens.access_token, 'GET', tasksOf(issuer), undefined, undefined, http,
  );
  return { tokens, claims, userinfo, tasks: await tasks.json(), again: redeem };
}

/** @type {(app: App) => Promise<LoggedIn>} */
async function withOpenidClient(app) {
  const { issuer, clientId, clientSecret, redirectUri, scope = 'openid profile email' } = app;
  const auth = {
    basic: () => openid.ClientSecretBasic(clientSecret),
    post: () => openid.ClientSecretPost(clientSecret),
    none: () => openid.None(),
  }[app.auth]();
  const config = await openid.discovery(new URL(issuer), clientId, undefined, auth, {
    algorithm: app.discovery ?? 'oidc',
    execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
    [openid.customFetch]: app.fetch,
  });

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
  });

  const callback = await app.authorize(ask);
  const redeem = () =>
    openid.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
  const tokens = await redeem();
  const claims = tokens.claims();
  const userinfo = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
  const tasks = await openid.fetchProtectedResource(config, tokens.access_token, tasksOf(issuer), 'GET');
  return { tokens, claims, userinfo, tasks: await tasks.json(), again: redeem };
}
