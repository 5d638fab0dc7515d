// Other people's clients, unmodified, against the server over HTTP.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { PEERS, answerWith, callbackWith, forged, requestWith } from './peers.mjs';
import { Browser, approve, startServer } from './support.mjs';

const CALLBACK = 'https://yourapp.com/auth/callback';
const SECRET = 'a secret/with+characters:that=have%to be coded';

const common = { redirect_uris: [CALLBACK] };
const CLIENTS = [
  { client_id: 'basic-app', client_secret: SECRET, ...common },
  { client_id: 'post-app', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post', ...common },
  { client_id: 'public-app', ...common },
];

const KINDS = [
  { auth: 'basic', clientId: 'basic-app', clientSecret: SECRET },
  { auth: 'post', clientId: 'post-app', clientSecret: SECRET },
  { auth: 'none', clientId: 'public-app' },
];

let server;
let ada;

before(async () => {
  server = await startServer({ clients: CLIENTS });
  ada = new Browser();
});

after(() => server?.stop());

async function authorize(url) {
  const page = await approve(ada, url.href);
  assert.ok(page.left, `${page.status}\n${page.html}`);
  return new URL(page.url);
}

const app = (changed = {}) => ({ issuer: server.issuer, redirectUri: CALLBACK, fetch, authorize, ...KINDS[0], ...changed });

/** The codes and names of an error and of what caused it, to match against. */
function told(error) {
  const words = [];
  for (let at = error; at; at = at.cause instanceof Error ? at.cause : undefined) {
    words.push(at.code, at.error, at.error_description, at.message);
  }
  return words.filter(Boolean).join(' | ');
}

const refusedWith = (pattern) => (error) => {
  assert.match(told(error), pattern);
  return true;
};

for (const [name, login] of Object.entries(PEERS)) {
  describe(name, () => {
    for (const kind of KINDS) {
      test(`completes the flow as a client with ${kind.auth}`, async () => {
        const { tokens, claims, userinfo, tasks } = await login(app(kind));
        assert.equal(tokens.token_type.toLowerCase(), 'bearer');
        assert.equal(tokens.expires_in, 3600);
        assert.equal(tokens.scope, 'openid profile email');
        assert.equal(claims.iss, server.issuer);
        assert.deepEqual([claims.aud].flat(), [kind.clientId]);
        assert.equal(claims.sub, 'ada-1815');
        const header = JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url'));
        assert.equal(header.alg, 'RS256');
        assert.deepEqual(
          [userinfo.sub, userinfo.name, userinfo.email, userinfo.email_verified],
          ['ada-1815', 'Ada Lovelace', 'ada@example.com', true],
        );
        assert.equal(tasks[0].id, 'task-123');
      });
    }

    test('finds the server by RFC 8414, too', async () => {
      const { claims } = await login(app({ discovery: 'oauth2' }));
      assert.equal(claims.sub, 'ada-1815');
    });

    test('refuses metadata of another issuer', async () => {
      const lie = answerWith('/.well-known/openid-configuration', (said) => ({ ...said, issuer: 'https://evil.test' }));
      await assert.rejects(login(app({ fetch: lie(fetch) })), refusedWith(/^OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED .*issuer/));
    });

    test('refuses a wrong state', async () => {
      const wrong = app({ authorize: callbackWith('state', 'of-somebody-else')(authorize) });
      await assert.rejects(login(wrong), refusedWith(/unexpected "state" response parameter value/));
    });

    test('refuses a callback without state', async () => {
      const wrong = app({ authorize: callbackWith('state')(authorize) });
      await assert.rejects(login(wrong), refusedWith(/"state" missing/));
    });

    test('refuses a wrong iss', async () => {
      const wrong = app({ authorize: callbackWith('iss', 'https://evil.test')(authorize) });
      await assert.rejects(login(wrong), refusedWith(/unexpected "iss" \(issuer\) response parameter value/));
    });

    test('misses iss, for the server says that it sends one', async () => {
      const wrong = app({ authorize: callbackWith('iss')(authorize) });
      await assert.rejects(login(wrong), refusedWith(/"iss" \(issuer\) missing/));
    });

    test('refuses an ID token with another nonce', async () => {
      const wrong = app({ authorize: requestWith('nonce', 'of-another-login')(authorize) });
      await assert.rejects(login(wrong), refusedWith(/"nonce" claim/));
    });

    test('refuses an ID token with a bad signature', async () => {
      const lie = answerWith('/oauth2/token', (tokens) => forged(tokens));
      await assert.rejects(login(app({ fetch: lie(fetch) })), refusedWith(/JWT signature verification failed/));
    });

    test('refuses an ID token whose claims were changed', async () => {
      const lie = answerWith('/oauth2/token', (tokens) => forged(tokens, { sub: 'eve' }));
      await assert.rejects(login(app({ fetch: lie(fetch) })), refusedWith(/JWT signature verification failed/));
    });

    test('is refused for a verifier that does not fit', async () => {
      const other = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
      const wrong = app({ authorize: requestWith('code_challenge', other)(authorize) });
      await assert.rejects(login(wrong), refusedWith(/invalid_grant.*Invalid code verifier/));
    });

    test('is refused for a wrong secret', async () => {
      await assert.rejects(login(app({ clientSecret: 'wrong' })), refusedWith(/^OAUTH_WWW_AUTHENTICATE_CHALLENGE/));
    });

    test('is refused for a code that was redeemed, and loses its token', async () => {
      const { again, tokens } = await login(app());
      await assert.rejects(again(), refusedWith(/invalid_grant.*Invalid authorization code/));
      const dead = await fetch(`${server.issuer}/api/tasks`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
      assert.equal(dead.status, 401);
    });

    test('hears that the user said no', async () => {
      const deny = async (url) => new URL((await approve(ada, url.href, { decision: 'deny' })).url);
      await assert.rejects(login(app({ authorize: deny })), refusedWith(/access_denied/));
    });
  });
}
