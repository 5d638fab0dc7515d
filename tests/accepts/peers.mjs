// Clients as their documentation sets them up for a page, each with every check that it makes unless told otherwise.

import { Auth0Client } from '@auth0/auth0-spa-js';
import { createAuth } from 'grantflow';
import * as oauth from 'oauth4webapi';
import { UserManager } from 'oidc-client-ts';

/**
 * @typedef {object} App
 * @property {string} issuer
 * @property {string} clientId
 * @property {string} redirectUri
 * @property {number} [maxAge]  seconds since the user has signed in at most
 *
 * A client: `begin` leaves the page, `finish` is called on the page that the user comes back to and gives who it is.
 *
 * @typedef {{begin: (app: App) => Promise<unknown>, finish: (app: App) => Promise<string>}} Peer
 */

const SCOPE = 'openid profile';

/** @type {Peer} */
const grantflow = (() => {
  const set = ({ issuer, clientId, redirectUri }) => createAuth({ issuer, clientId, redirectUri, store: 'session' });
  return {
    begin: (app) => set(app).login({ maxAge: app.maxAge, returnTo: '/' }),
    async finish(app) {
      const { user, error, why } = await set(app).ready();
      if (!user) throw error ?? new Error(why);
      return user.sub;
    },
  };
})();

/** As in the example of OpenID Connect that comes with it, `nonce` and `state` both. */
const oauth4webapi = (checksSignature) => {
  // Only so that a server at a loopback address may be asked.
  const http = { [oauth.allowInsecureRequests]: true };
  const find = async ({ issuer }) => {
    const url = new URL(issuer);
    return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, http));
  };
  return {
    async begin(app) {
      const as = await find(app);
      const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
      sessionStorage.setItem('login', JSON.stringify({ verifier, state, nonce }));
      const ask = new URL(as.authorization_endpoint);
      const asked = {
        client_id: app.clientId,
        redirect_uri: app.redirectUri,
        response_type: 'code',
        scope: SCOPE,
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(app.maxAge && { max_age: app.maxAge }),
      };
      for (const [name, value] of Object.entries(asked)) ask.searchParams.set(name, value);
      location.assign(ask);
    },
    async finish(app) {
      const { verifier, state, nonce } = JSON.parse(sessionStorage.getItem('login'));
      const as = await find(app);
      const client = { client_id: app.clientId };
      const callback = oauth.validateAuthResponse(as, client, new URL(location.href), state);
      const answer = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), callback, app.redirectUri, verifier, http);
      const checks = { expectedNonce: nonce, requireIdToken: true, maxAge: app.maxAge };
      const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, checks);
      if (checksSignature) await oauth.validateApplicationLevelSignature(as, answer, http);
      const { sub } = oauth.getValidatedIdTokenClaims(tokens);
      const userinfo = await oauth.userInfoRequest(as, client, tokens.access_token, http);
      return (await oauth.processUserInfoResponse(as, client, sub, userinfo)).sub;
    },
  };
};

/** With PKCE and `state`, which it always has; `nonce` and the userinfo endpoint are for who asks for them. */
const oidcClientTs = (more) => {
  const manager = ({ issuer, clientId, redirectUri, maxAge }) =>
    new UserManager({
      authority: issuer,
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: SCOPE,
      max_age: maxAge,
      loadUserInfo: more,
    });
  return {
    begin: (app) => manager(app).signinRedirect(more ? { nonce: crypto.randomUUID() } : {}),
    finish: async (app) => (await manager(app).signinCallback()).profile.sub,
  };
};

/** @type {Peer} */
const auth0 = (() => {
  const client = ({ issuer, clientId, redirectUri, maxAge }) =>
    new Auth0Client({
      domain: issuer,
      clientId,
      authorizationParams: { redirect_uri: redirectUri, scope: SCOPE, ...(maxAge && { max_age: maxAge }) },
    });
  return {
    begin: (app) => client(app).loginWithRedirect(),
    async finish(app) {
      const here = client(app);
      await here.handleRedirectCallback();
      const user = await here.getUser();
      if (!user) throw new Error('nobody is signed in');
      return user.sub;
    },
  };
})();

/** @type {Record<string, Peer>} */
export const PEERS = {
  grantflow,
  oauth4webapi: oauth4webapi(false),
  'oauth4webapi-signature': oauth4webapi(true),
  'oidc-client-ts': oidcClientTs(false),
  'oidc-client-ts-more': oidcClientTs(true),
  'auth0-spa-js': auth0,
};
