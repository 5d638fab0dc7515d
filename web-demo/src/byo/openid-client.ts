import * as openid from 'openid-client';

import type { App, SignedIn } from './app.ts';

const KEY = 'openid-client';

const configure = ({ issuer, clientId }: App): Promise<openid.Configuration> => {
  // Plain http is for servers on this machine.
  const http = location.protocol === 'http:' ? [openid.allowInsecureRequests] : [];
  return openid.discovery(new URL(issuer), clientId, {}, openid.None(), { execute: [openid.enableNonRepudiationChecks, ...http] });
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

export const finish = async (app: App, callback: URL): Promise<SignedIn> => {
  const { verifier, state, nonce } = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
  sessionStorage.removeItem(KEY);
  const tokens = await openid.authorizationCodeGrant(await configure(app), callback, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  return { accessToken: tokens.access_token, claims: { ...tokens.claims() } };
};
