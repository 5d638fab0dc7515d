// Other people's clients, unmodified, sign in at the server over HTTP.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { makeKey } from './keys.mjs';
import { Browser, register } from './support.mjs';
import { TRIALS } from './trials.mjs';
import { CALLBACK, KINDS, NONE, POST, World, named, refusedWith } from './world.mjs';

let world;

before(async () => {
  world = await World.start();
});

after(() => world?.stop());

/** How each peer says that the server does not know it. */
const UNKNOWN = {
  oauth4webapi: /^OAUTH_WWW_AUTHENTICATE_CHALLENGE/,
  'openid-client': /^OAUTH_WWW_AUTHENTICATE_CHALLENGE/,
  'oidc-client-ts': /^invalid_client/,
  Authlib: /^invalid_client/,
};

for (const [peer, kinds] of Object.entries(KINDS)) {
  const login = async (app) => (await world.configure(peer, app)).login();
  const [confidential] = kinds;

  async function assertLogsIn(app) {
    const client = await world.configure(peer, app);
    const loggedIn = await client.login();
    const { tokens, claims } = loggedIn;
    assert.equal(tokens.token_type.toLowerCase(), 'bearer');
    assert.equal(tokens.expires_in, 3600);
    assert.equal(tokens.scope, app.scope);
    assert.equal(claims.iss, world.issuer);
    assert.deepEqual([claims.aud].flat(), [app.clientId]);
    assert.equal(claims.sub, 'ada-1815');
    const header = JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url'));
    assert.equal(header.alg, app.key?.alg ?? 'RS256');
    const { sub, name, email, email_verified: verified } = await client.userinfo(loggedIn);
    assert.deepEqual([sub, name, email, verified], ['ada-1815', 'Ada Lovelace', 'ada@example.com', true]);
    const tasks = await client.open(tokens.access_token, `${world.issuer}/api/tasks`);
    assert.equal((await tasks.json())[0].id, 'task-123');
  }

  describe(peer, () => {
    for (const kind of kinds) {
      test(`completes the flow as a client with ${named(kind)}`, () => assertLogsIn(world.app(kind)));
    }

    for (const [kind, auth] of [['confidential', confidential.auth], ['public', 'none']]) {
      test(`completes the flow as a ${kind} app of the developer page`, async () => {
        const known = await register(world.ada, world.issuer, { name: 'App', redirectUris: [CALLBACK], kind });
        await assertLogsIn(world.app({ auth, ...known }));
      });
    }

    test('finds the server by RFC 8414, too', () =>
      assertLogsIn(world.app(confidential, { discovery: 'oauth-authorization-server' })));

    // A page cannot read what is posted to it.
    if (peer !== 'oidc-client-ts') {
      test('takes a callback that is posted', async () => {
        for (const kind of kinds) await assertLogsIn(world.app(kind, { ask: { response_mode: 'form_post' } }));
      });
    }

    test('signs in without a page where Ada agreed before, and hears where she did not', async () => {
      const silent = (more) => login(world.app(NONE, { ask: { prompt: 'none' }, ...more }));
      await login(world.app(NONE));
      assert.equal((await silent()).claims.sub, 'ada-1815');
      await assert.rejects(silent({ scope: 'openid reports' }), refusedWith(/consent_required/));
      const { ada } = world;
      world.ada = new Browser();
      await assert.rejects(silent(), refusedWith(/login_required/));
      world.ada = ada;
    });

    for (const trial of TRIALS.filter((trial) => trial.told[peer])) {
      test(trial.name, async () => {
        for (const kind of kinds) {
          await assert.rejects(login(trial.spoil(world.app(kind))), refusedWith(trial.told[peer]), named(kind));
        }
      });
    }

    for (const trial of TRIALS.filter((trial) => !trial.told[peer])) {
      test(`goes on where another ${trial.name}`, () => login(trial.spoil(world.app(confidential))));
    }

    test('is refused for a wrong secret, or the right one by the wrong method', async () => {
      for (const wrong of [
        { ...confidential, clientSecret: 'wrong' },
        { ...POST, clientSecret: 'wrong' },
        { ...confidential, auth: 'post' },
        { ...confidential, auth: 'none', clientSecret: undefined },
      ]) {
        await assert.rejects(login(world.app(wrong)), refusedWith(UNKNOWN[peer]), JSON.stringify(wrong));
      }
    });

    for (const kind of kinds.filter(({ key }) => key)) {
      test(`is refused for a signature of another ${named(kind)} key, or one that was used`, async () => {
        const key = await makeKey(kind.key.alg);
        await assert.rejects(login(world.app(kind, { key })), refusedWith(UNKNOWN[peer]));
        await assert.rejects(login(overtaken(world.app(kind))), refusedWith(UNKNOWN[peer]));
      });
    }

    test('is refused for a code that was redeemed, and loses its token', async () => {
      for (const kind of kinds) {
        const { again, tokens } = await login(world.app(kind));
        // This one does not even ask.
        const refusal = peer === 'oidc-client-ts' ? /^No matching state found/ : /invalid_grant/;
        await assert.rejects(again(), refusedWith(refusal));
        assert.equal(await world.statusOf(tokens), peer === 'oidc-client-ts' ? 200 : 401, named(kind));
      }
    });

    test('hears that the user said no', async () => {
      const authorize = (url) => world.authorize(url, { decision: 'deny' });
      await assert.rejects(login(world.app(confidential, { authorize })), refusedWith(/access_denied/));
    });
  });
}

/** A network on which somebody else comes first with what proves the client. */
function overtaken(app) {
  return {
    ...app,
    async fetch(url, init) {
      const body = new URLSearchParams(init?.body);
      if (body.has('client_assertion')) {
        body.set('code', 'another');
        await app.fetch(url, { ...init, body });
      }
      return app.fetch(url, init);
    },
  };
}
