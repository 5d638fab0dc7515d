import * as oauth from 'oauth4webapi';

import type { App, SignedIn } from './app.ts';

// Plain http is for servers on this machine.
const http = { [oauth.allowInsecureRequests]: location.protocol === 'http:' };
const KEY = 'oauth4webapi';

const discover = async (app: App): Promise<oauth.AuthorizationServer> => {
  const issuer = new URL(app.issuer);
  const response = await oauth.discoveryRequest(issuer, http);
  return oauth.processDiscoveryResponse(issuer, response);
};

export const begin = async (app: App): Promise<URL> => {
  const server = await discover(app);
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  sessionStorage.setItem(KEY, JSON.stringify({ verifier, state, nonce }));
  const url = new URL(server.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: app.redirectUri,
    scope: app.scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString();
  return url;
};

export const finish = async (app: App, back: URL): Promise<SignedIn> => {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
  sessionStorage.removeItem(KEY);
  const server = await discover(app);
  const client = { client_id: app.clientId };
  const answer = oauth.validateAuthResponse(server, client, back, kept.state);
  const response = await oauth.authorizationCodeGrantRequest(
    server, client, oauth.None(), answer, app.redirectUri, kept.verifier, http,
  );
  const checks = { expectedNonce: kept.nonce, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(
    server, client, response, checks,
  );
  await oauth.validateApplicationLevelSignature(server, response, http);
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  return { accessToken: tokens.access_token, claims: { ...claims } };
};
