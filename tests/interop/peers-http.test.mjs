// Other people's clients, unmodified, against the server over HTTP.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { PEERS } from './peers.mjs';
import { Browser, approve, register, startServer } from './support.mjs';
import { TRIALS, told } from './trials.mjs';

const CALLBACK = 'https://yourapp.com/auth/callback';
const SECRET = 'a secret/with+characters:that=have%to be coded';

const CLIENTS = [
  { client_id: 'basic-app', client_secret: SECRET },
  { client_id: 'post-app', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post' },
  { client_id: 'public-app' },
];

const KINDS = [
  { auth: 'basic', clientId: 'basic-app', clientSecret: SECRET },
  { auth: 'post', clientId: 'post-app', clientSecret: SECRET },
  { auth: 'none', clientId: 'public-app' },
];

let server;
let ada;

before(async () => {
  server = await startServer({ clients: CLIENTS.map((client) => ({ ...client, redirect_uris: [CALLBACK] })) });
  ada = new Browser();
});

after(() => server?.stop());

async function authorize(url, answer) {
  const page = await approve(ada, url.href, answer);
  assert.ok(page.left, `${page.status}\n${page.html}`);
  return new URL(page.url);
}

const app = (kind) => ({ issuer: server.issuer, redirectUri: CALLBACK, fetch, authorize, ...kind });

const refusedWith = (pattern) => (error) => {
  assert.match(told(error), pattern);
  return true;
};

function assertLoggedIn({ tokens, claims, userinfo, tasks }, clientId) {
  assert.equal(tokens.token_type.toLowerCase(), 'bearer');
  assert.equal(tokens.expires_in, 3600);
  assert.equal(tokens.scope, 'openid profile email');
  assert.equal(claims.iss, server.issuer);
  assert.deepEqual([claims.aud].flat(), [clientId]);
  assert.equal(claims.sub, 'ada-1815');
  assert.equal(JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url')).alg, 'RS256');
  const { sub, name, email, email_verified: verified } = userinfo;
  assert.deepEqual([sub, name, email, verified], ['ada-1815', 'Ada Lovelace', 'ada@example.com', true]);
  assert.equal(tasks[0].id, 'task-123');
}

for (const [name, login] of Object.entries(PEERS)) {
  describe(name, () => {
    for (const kind of KINDS) {
      test(`completes the flow as a client with ${kind.auth}`, async () => {
        assertLoggedIn(await login(app(kind)), kind.clientId);
      });
    }

    for (const [kind, auth] of [['confidential', 'basic'], ['public', 'none']]) {
      test(`completes the flow as a ${kind} app of the developer page`, async () => {
        const known = await register(ada, server.issuer, { name: 'App', redirectUris: [CALLBACK], kind });
        assertLoggedIn(await login(app({ auth, ...known })), known.clientId);
      });
    }

    test('finds the server by RFC 8414, too', async () => {
      assertLoggedIn(await login(app({ ...KINDS[0], discovery: 'oauth2' })), 'basic-app');
    });

    for (const trial of TRIALS) {
      test(trial.name, async () => {
        for (const kind of KINDS) {
          await assert.rejects(login(trial.spoil(app(kind))), refusedWith(trial.told), kind.auth);
        }
      });
    }

    test('is refused for a wrong secret, or the right one by the wrong method', async () => {
      const [basic, post] = KINDS;
      const byHeader = /^OAUTH_WWW_AUTHENTICATE_CHALLENGE/;
      for (const wrong of [
        { ...basic, clientSecret: 'wrong' },
        { ...post, clientSecret: 'wrong' },
        { ...basic, auth: 'post' },
        { ...post, auth: 'basic' },
        { ...basic, auth: 'none' },
      ]) {
        await assert.rejects(login(app(wrong)), refusedWith(byHeader), JSON.stringify(wrong));
      }
    });

    test('is refused for a code that was redeemed, and loses its token', async () => {
      for (const kind of KINDS) {
        const { again, tokens } = await login(app(kind));
        const refusal = /^OAUTH_RESPONSE_BODY_ERROR \| invalid_grant \| Invalid authorization code/;
        await assert.rejects(again(), refusedWith(refusal));
        const headers = { authorization: `Bearer ${tokens.access_token}` };
        const dead = await fetch(`${server.issuer}/api/tasks`, { headers });
        assert.equal(dead.status, 401, kind.auth);
      }
    });

    test('hears that the user said no', async () => {
      const deny = (url) => authorize(url, { decision: 'deny' });
      const denied = /^OAUTH_AUTHORIZATION_RESPONSE_ERROR \| access_denied/;
      await assert.rejects(login(app({ ...KINDS[0], authorize: deny })), refusedWith(denied));
    });
  });
}
