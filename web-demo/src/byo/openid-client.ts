import * as openid from 'openid-client';

import type { App, SignedIn } from './app.ts';

const KEY = 'openid-client';

const configure = (app: App): Promise<openid.Configuration> => {
  const execute = [openid.enableNonRepudiationChecks];
  // Plain http is for servers on this machine.
  if (location.protocol === 'http:') execute.push(openid.allowInsecureRequests);
  const issuer = new URL(app.issuer);
  return openid.discovery(issuer, app.clientId, {}, openid.None(), { execute });
};

export const begin = async (app: App): Promise<URL> => {
  const verifier = openid.randomPKCECodeVerifier();
  const state = openid.randomState();
  const nonce = openid.randomNonce();
  sessionStorage.setItem(KEY, JSON.stringify({ verifier, state, nonce }));
  return openid.buildAuthorizationUrl(await configure(app), {
    redirect_uri: app.redirectUri,
    scope: app.scope,
    state,
    nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
};

export const finish = async (app: App, back: URL): Promise<SignedIn> => {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
  sessionStorage.removeItem(KEY);
  const config = await configure(app);
  const tokens = await openid.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: kept.verifier,
    expectedState: kept.state,
    expectedNonce: kept.nonce,
    idTokenExpected: true,
  });
  return { accessToken: tokens.access_token, claims: { ...tokens.claims() } };
};
