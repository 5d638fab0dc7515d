// Other people's clients, unmodified, introduce themselves to the server (RFC 7591), and look after what it
// knows of them (RFC 7592). Only two have a word for the first, and none for the second but a bearer token's.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import * as oauth4webapi from './oauth4webapi.mjs';
import * as openidClient from './openid-client.mjs';
import { CALLBACK, KEYS, World, refusedWith } from './world.mjs';

const TOKEN = 'whoever-has-this-may-register';

const REGISTER = { oauth4webapi: oauth4webapi.register, 'openid-client': openidClient.register };

const METADATA = { redirect_uris: [CALLBACK], client_name: 'App' };

const appOf = ({ client_id: clientId, client_secret: clientSecret }) => ({ auth: 'basic', clientId, clientSecret });

for (const [rule, policy, token] of [
  ['anybody', { registration: 'open' }, undefined],
  ['whoever has a token', { registration: 'token', initial_access_tokens: [TOKEN] }, TOKEN],
]) {
  describe(`at a server for ${rule}`, () => {
    let world;

    before(async () => {
      world = await World.start(policy);
    });

    after(() => world?.stop());

    for (const [peer, register] of Object.entries(REGISTER)) {
      const registered = (metadata) => register(world.app({}), { ...METADATA, ...metadata }, token);
      const configure = (app) => world.configure(peer, world.app(app));

      test(`${peer} registers an app with a secret, which signs a user in`, async () => {
        const known = await registered();
        // Whoever has a token is known for ever, and anybody else for a month.
        assert.equal(known.client_secret_expires_at, token ? 0 : known.client_id_issued_at + 30 * 24 * 3600);
        assert.deepEqual(known.redirect_uris, METADATA.redirect_uris);
        assert.equal((await (await configure(appOf(known))).login()).claims.aud, known.client_id);
      });

      test(`${peer} registers a page, which has no secret`, async () => {
        const known = await registered({ token_endpoint_auth_method: 'none' });
        assert.equal(known.client_secret, undefined);
        const app = { auth: 'none', clientId: known.client_id };
        assert.equal((await (await configure(app)).login()).claims.aud, known.client_id);
      });

      for (const { key } of KEYS) {
        test(`${peer} registers an app with an ${key.alg} key, which signs a user in`, async () => {
          const { client_id: clientId } = await registered({
            token_endpoint_auth_method: 'private_key_jwt',
            token_endpoint_auth_signing_alg: key.alg,
            id_token_signed_response_alg: key.alg,
            jwks: { keys: [key.publicJwk] },
          });
          assert.equal((await (await configure({ auth: 'key', clientId, key })).login()).claims.aud, clientId);
        });
      }

      test(`${peer} reads, changes and ends its registration`, async () => {
        const { client_secret: secret, ...known } = await registered();
        const { registration_access_token: own, registration_client_uri: place, client_id: id } = known;
        const client = await configure(appOf({ ...known, client_secret: secret }));
        const seen = await (await client.open(own, place)).json();
        assert.deepEqual([seen.client_id, seen.client_name], [id, 'App']);

        const said = { ...METADATA, client_id: id, client_name: 'Renamed' };
        const changed = await client.open(own, place, { method: 'PUT', body: JSON.stringify(said) });
        assert.deepEqual([changed.status, (await changed.json()).client_name], [200, 'Renamed']);
        const { tokens } = await client.login();

        assert.equal((await client.open(own, place, { method: 'DELETE' })).status, 204);
        await assert.rejects(client.open(own, place), refusedWith(/^OAUTH_WWW_AUTHENTICATE_CHALLENGE/));
        assert.equal(await world.statusOf(tokens), 401);
      });

      test(`${peer} hears what is wrong with an app`, async () => {
        const wrong = [
          [{ redirect_uris: ['http://yourapp.com/plain'] }, 'invalid_redirect_uri'],
          [{ token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
        ];
        for (const [metadata, error] of wrong) {
          await assert.rejects(registered(metadata), refusedWith(new RegExp(`^OAUTH_RESPONSE_BODY_ERROR.* ${error} `)));
        }
      });

      if (token) {
        test(`${peer} is refused without the token, or with another`, async () => {
          for (const wrong of [undefined, 'another-token-that-nobody-gave-out']) {
            const refused = register(world.app({}), METADATA, wrong);
            await assert.rejects(refused, refusedWith(/^OAUTH_WWW_AUTHENTICATE_CHALLENGE/));
          }
        });
      }
    }
  });
}
