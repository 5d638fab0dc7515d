// Other people's clients, unmodified, bind their tokens to a key (RFC 9449), over HTTP.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';

import { BASIC, CALLBACK, NONE, REPORTS, World, refusedWith } from './world.mjs';

const SCOPE = 'openid profile email offline_access';

/** Each peer's way through a login, a refresh and a look at what a token opens. */
const PEERS = {
  async oauth4webapi(app, algorithm) {
    const http = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: app.fetch };
    const url = new URL(app.issuer);
    const as = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, http));
    const client = { client_id: app.clientId };
    const auth = app.clientSecret ? oauth.ClientSecretBasic(app.clientSecret) : oauth.None();
    const key = await oauth.generateKeyPair(algorithm);
    const jkt = await oauth.calculateJwkThumbprint?.(key.publicKey);
    const DPoP = oauth.DPoP(client, key);
    /** A server that wants a nonce says so once; what it said is kept in the handle. */
    const again = async (ask, read) => {
      try {
        return await read(await ask());
      } catch (thrown) {
        if (!oauth.isDPoPNonceError(thrown)) throw thrown;
        return read(await ask());
      }
    };
    const verifier = oauth.generateRandomCodeVerifier();
    const ask = new URL(as.authorization_endpoint);
    ask.search = new URLSearchParams({
      response_type: 'code',
      client_id: app.clientId,
      redirect_uri: CALLBACK,
      scope: SCOPE,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(jkt && { dpop_jkt: jkt }),
      ...app.ask,
    }).toString();
    const said = oauth.validateAuthResponse(as, client, await app.authorize(ask), oauth.expectNoState);
    const more = { ...http, DPoP, additionalParameters: app.aim ?? {} };
    const tokens = await again(
      () => oauth.authorizationCodeGrantRequest(as, client, auth, said, CALLBACK, verifier, more),
      (answer) => oauth.processAuthorizationCodeResponse(as, client, answer, { requireIdToken: true }),
    );
    return {
      tokens,
      refresh: ({ refresh_token: token }, { bare = false } = {}) =>
        again(
          () => oauth.refreshTokenGrantRequest(as, client, auth, token, bare ? http : more),
          (answer) => oauth.processRefreshTokenResponse(as, client, answer),
        ),
      userinfo: ({ access_token: token }) =>
        again(
          () => oauth.userInfoRequest(as, client, token, { ...http, DPoP }),
          (answer) => oauth.processUserInfoResponse(as, client, oauth.skipSubjectCheck, answer),
        ),
      open: ({ access_token: token }, target) =>
        again(
          () => oauth.protectedResourceRequest(token, 'GET', new URL(target), undefined, null, { ...http, DPoP }),
          (answer) => answer,
        ),
    };
  },

  async 'openid-client'(app, algorithm) {
    const auth = app.clientSecret ? openid.ClientSecretBasic(app.clientSecret) : openid.None();
    const config = await openid.discovery(new URL(app.issuer), app.clientId, {}, auth, {
      execute: [openid.allowInsecureRequests],
      [openid.customFetch]: app.fetch,
    });
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair(algorithm));
    const verifier = openid.randomPKCECodeVerifier();
    const ask = openid.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: SCOPE,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      dpop_jkt: await DPoP.calculateThumbprint(),
      ...app.ask,
    });
    const checks = { pkceCodeVerifier: verifier, idTokenExpected: true };
    const tokens = await openid.authorizationCodeGrant(config, await app.authorize(ask), checks, app.aim, { DPoP });
    return {
      tokens,
      refresh: ({ refresh_token: token }, { bare = false } = {}) =>
        openid.refreshTokenGrant(config, token, app.aim, bare ? undefined : { DPoP }),
      userinfo: ({ access_token: token }) => openid.fetchUserInfo(config, token, openid.skipSubjectCheck, { DPoP }),
      open: ({ access_token: token }, target) =>
        openid.fetchProtectedResource(config, token, new URL(target), 'GET', null, undefined, { DPoP }),
    };
  },
};

for (const nonce of ['when_in_doubt', 'always']) {
  describe(`where a nonce is wanted ${nonce.replaceAll('_', ' ')}`, () => {
    let world;

    before(async () => {
      world = await World.start({ dpop_nonce: nonce });
    });

    after(() => world?.stop());

    for (const [peer, login] of Object.entries(PEERS)) {
      for (const algorithm of ['ES256', 'PS256', 'Ed25519']) {
        test(`${peer} binds its tokens to a key for ${algorithm}`, async () => {
          for (const kind of [NONE, BASIC]) {
            const { tokens, refresh, userinfo, open } = await login(world.app(kind), algorithm);
            assert.equal(tokens.token_type, 'dpop');
            assert.equal((await userinfo(tokens)).sub, 'ada-1815');
            const next = await refresh(tokens);
            assert.equal(next.token_type, 'dpop');
            const tasks = await open(next, `${world.issuer}/api/tasks`);
            assert.equal((await tasks.json())[0].id, 'task-123');
            assert.equal(await world.statusOf(next), 401, 'a bound token as a bearer token');
          }
        });
      }

      test(`${peer} refreshes as a public client with its key only`, async () => {
        const { tokens, refresh } = await login(world.app(NONE), 'ES256');
        await assert.rejects(refresh(tokens, { bare: true }), refusedWith(/invalid_dpop_proof/));
        assert.equal((await refresh(tokens)).token_type, 'dpop');
      });

      test(`${peer} gets a signed token that names its key`, async () => {
        const aim = { resource: REPORTS };
        const app = world.app(NONE, { ask: { resource: REPORTS, scope: 'openid reports' }, aim });
        const { tokens } = await login(app, 'ES256');
        const said = JSON.parse(Buffer.from(tokens.access_token.split('.')[1], 'base64url'));
        assert.match(said.cnf.jkt, /^[\w-]{43}$/);
      });
    }
  });
}
