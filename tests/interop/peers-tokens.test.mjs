// What other people's clients, unmodified, do with tokens, until Ada signs out.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ARCHIVE, ARCHIVIST, GOODBYE, KINDS, NONE, POST, REPORTS, World, named, refusedWith } from './world.mjs';

const OFFLINE = 'openid profile email offline_access';

let world;

before(async () => {
  world = await World.start();
});

after(() => world?.stop());

const configure = (peer, kind, more) => world.configure(peer, world.app(kind, more));

const isHourAhead = (time) => Math.abs(time - Date.now() / 1000 - 3600) < 10;

for (const [peer, kinds] of Object.entries(KINDS)) {
  const confidential = kinds.filter(({ auth }) => auth !== 'none');

  describe(peer, () => {
    for (const kind of kinds) {
      test(`refreshes as a client with ${named(kind)}, and the new token opens the tasks`, async () => {
        const client = await configure(peer, kind, { scope: OFFLINE });
        const loggedIn = await client.login();
        const { tokens, claims } = await client.refresh(loggedIn);
        assert.notEqual(tokens.access_token, loggedIn.tokens.access_token);
        assert.notEqual(tokens.refresh_token, loggedIn.tokens.refresh_token);
        assert.equal(tokens.scope, OFFLINE);
        assert.equal(claims.sub, 'ada-1815');
        assert.equal(claims.auth_time, loggedIn.claims.auth_time);
        assert.equal(await world.statusOf(tokens), 200);
      });

      // Whatever it is told, it sends the secret in the body there.
      if (peer === 'oidc-client-ts' && kind.auth === 'basic') continue;

      test(`gives a token back as a client with ${named(kind)}, and both are dead`, async () => {
        const client = await configure(peer, kind, { scope: OFFLINE });
        for (const given of ['access_token', 'refresh_token']) {
          const loggedIn = await client.login();
          await client.revoke(loggedIn.tokens[given]);
          assert.equal(await world.statusOf(loggedIn.tokens), 401);
          await assert.rejects(client.refresh(loggedIn), refusedWith(/invalid_grant/));
          await client.revoke(loggedIn.tokens[given]);
        }
      });
    }

    test('refreshes to what the user agreed to', async () => {
      const authorize = (url) => world.authorize(url, { unticked: ['email'] });
      const client = await configure(peer, kinds[0], { scope: OFFLINE, authorize });
      const loggedIn = await client.login();
      assert.equal(loggedIn.tokens.scope, 'openid profile offline_access');
      assert.equal((await client.userinfo(loggedIn)).email, undefined);
      assert.equal((await client.refresh(loggedIn)).tokens.scope, loggedIn.tokens.scope);
    });

    test("ends no other client's tokens", async () => {
      const { tokens } = await (await configure(peer, POST)).login();
      const other = await configure(peer, NONE);
      await other.revoke(tokens.access_token);
      assert.equal(await world.statusOf(tokens), 200);
    });

    test('gets a token for an API, which opens nothing else', async () => {
      for (const kind of kinds) {
        const scope = 'openid offline_access reports';
        const client = await configure(peer, kind, { scope, resource: REPORTS });
        const first = await client.login();
        for (const { tokens } of [first, await client.refresh(first)]) {
          await assertIsForReports(tokens.access_token, { sub: 'ada-1815', client_id: kind.clientId, scope: 'reports' });
          assert.equal(tokens.scope, scope);
          assert.equal(await world.statusOf(tokens), 401);
        }
      }
    });

    // oauth4webapi has no word for it.
    if (peer !== 'oauth4webapi') {
      test('signs the user out', async () => {
        const client = await configure(peer, kinds[0]);
        const { origin, pathname } = await client.signOut(await client.login(), GOODBYE);
        assert.equal(origin + pathname, GOODBYE);
        const silent = await configure(peer, kinds[0], { ask: { prompt: 'none' } });
        await assert.rejects(silent.login(), refusedWith(/login_required/));
      });
    }

    // oidc-client-ts has none of what follows.
    if (peer === 'oidc-client-ts') return;

    for (const kind of confidential) {
      test(`asks what its tokens are good for as a client with ${named(kind)}`, async () => {
        const client = await configure(peer, kind, { scope: OFFLINE });
        const { tokens } = await client.login();
        const { exp, iat, ...said } = await client.introspect(tokens.access_token);
        assert.ok(isHourAhead(exp), `${exp}`);
        assert.equal(exp - iat, 3600);
        assert.deepEqual(said, {
          active: true,
          client_id: kind.clientId,
          iss: world.issuer,
          scope: OFFLINE,
          sub: 'ada-1815',
          token_type: 'Bearer',
        });
        assert.equal((await client.introspect(tokens.refresh_token)).active, true);
        await client.revoke(tokens.access_token);
        for (const token of [tokens.access_token, tokens.refresh_token, 'none']) {
          assert.deepEqual(await client.introspect(token), { active: false });
        }
      });

      test(`gets a token of its own as a client with ${named(kind)}`, async () => {
        const own = { scope: 'reports', resource: REPORTS };
        const { access_token: token, ...rest } = await (await configure(peer, kind, own)).credentials();
        const { clientId } = kind;
        await assertIsForReports(token, { sub: `client:${clientId}`, client_id: clientId, scope: 'reports' });
        assert.equal(rest.refresh_token, undefined);
        assert.equal(rest.id_token, undefined);
      });
    }

    test('learns nothing about its tokens as a public client', async () => {
      const client = await configure(peer, NONE);
      const { tokens } = await client.login();
      await assert.rejects(client.introspect(tokens.access_token), refusedWith(/OAUTH_WWW_AUTH|^401/));
    });

    test("learns about another client's tokens as the API that they are for", async () => {
      const scope = 'openid reports';
      const archivist = await configure(peer, ARCHIVIST);
      const client = await configure(peer, POST, { scope, resource: ARCHIVE });
      const { tokens } = await client.login();
      const { active, aud, client_id: clientId, sub } = await archivist.introspect(tokens.access_token);
      assert.deepEqual([active, [aud].flat(), clientId, sub], [true, [ARCHIVE], POST.clientId, 'ada-1815']);
      const elsewhere = await (await configure(peer, POST, { scope, resource: REPORTS })).login();
      assert.deepEqual(await archivist.introspect(elsewhere.tokens.access_token), { active: false });
    });
  });
}

/** The token says all this to the API, whichever library that reads its tokens with (RFC 9068 §4). */
async function assertIsForReports(token, expected) {
  for (const peer of ['oauth4webapi', 'Authlib']) {
    const { scope } = expected;
    const reports = await configure(peer, NONE, { scope, resource: REPORTS });
    const { exp, ...said } = await reports.read(token);
    for (const [name, value] of Object.entries({ iss: world.issuer, aud: REPORTS, ...expected })) {
      assert.equal(said[name], value, name);
    }
    assert.ok(isHourAhead(exp), `${exp}`);
    const spoiled = token.slice(0, -8) + (token.endsWith('AAAAAAAA') ? 'B' : 'A').repeat(8);
    await assert.rejects(reports.read(spoiled), refusedWith(/signature verification failed|invalid_token/));
    const archive = await configure(peer, NONE, { scope, resource: ARCHIVE });
    await assert.rejects(archive.read(token), refusedWith(/"aud"|invalid_token/));
  }
}
