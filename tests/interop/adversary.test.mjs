// Our client, as npm has it, against a provider that does one thing wrong: it says what, and signs nobody in.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { NOW, Tab } from '../npm/stub.mjs';
import { CLIENT, METADATA, Provider } from './adversary.mjs';
import { REFUSED, TAKEN } from './flaws.mjs';
import { ALGORITHMS } from './keys.mjs';
import { ROOT } from './support.mjs';

const PACKAGE = process.env.GRANTFLOW_NPM ?? join(ROOT, 'target/npm');
const { AuthError, createAuth } = await import(pathToFileURL(join(PACKAGE, 'index.js')).href);

const APP = 'https://app.test';
const REDIRECT = `${APP}/callback`;
const PATHS = [METADATA, '/authorize', '/token', '/jwks', '/userinfo'];

/** The page that a tab shows, and where it leaves for. */
function open(tab, { issuer }) {
  let auth;
  const left = new Promise((leave) => {
    const effects = { ...tab.effects, leave };
    auth = createAuth({ issuer, clientId: CLIENT, redirectUri: REDIRECT, store: 'session', effects });
  });
  return { auth, left };
}

/** One login, from the app's page to the app's page, and why it failed. */
async function login(provider, asked) {
  const tab = new Tab(`${APP}/start`);
  const { auth, left } = open(tab, provider);
  const end = await Promise.race([left, auth.login(asked).catch((error) => error)]);
  if (typeof end !== 'string') return { tab, auth, error: end };
  const page = await fetch(end, { redirect: 'manual' });
  return arrive(tab, provider, page.headers.get('location'));
}

async function arrive(tab, provider, callback) {
  tab.href = callback;
  const { auth } = open(tab, provider);
  const { error } = await auth.ready();
  return { tab, auth, error };
}

async function assertSignedIn({ auth, error }, { issuer }) {
  assert.equal(error, undefined);
  const { status, user, expiresAt } = auth.snapshot;
  assert.deepEqual([status, user.iss, user.sub, user.claims.name], ['signed-in', issuer, 'ada', 'Ada']);
  assert.equal(expiresAt, NOW + 3600);
  const info = await auth.fetch(`${issuer}/userinfo`);
  assert.deepEqual([info.status, (await info.json()).sub], [200, 'ada']);
}

async function assertSignedOut({ tab, auth }, provider) {
  assert.equal(auth.snapshot.status, 'signed-out');
  assert.equal(auth.user, null);
  await assert.rejects(auth.fetch(`${provider.issuer}/userinfo`), { code: 'session_gone' });
  tab.href = `${APP}/start`;
  const reloaded = open(tab, provider).auth;
  assert.deepEqual(await reloaded.ready(), { status: 'signed-out', why: 'never' });
  await assert.rejects(reloaded.token(), { code: 'session_gone' });
  assert.deepEqual(provider.asked.filter(({ authorization }) => authorization), [], 'the token was used');
}

/** What is asked of the provider, in this order, until a leg fails. */
const REACHED = { discover: 1, callback: 2, redeem: 3, identity: 4 };

/** Asserts that nothing was asked after the leg that failed, nor of the attacker; keys may be asked for twice. */
function assertStopped({ stage }, provider) {
  const asked = [...new Set(provider.asked.map(({ path }) => path))];
  const reached = PATHS.slice(0, REACHED[stage]);
  assert.deepEqual(asked, stage === 'identity' ? reached.slice(0, asked.length) : reached);
  assert.ok(provider.count('/token') <= 1, 'the code was sent twice');
}

async function start(t, { flaw, alg } = {}) {
  const provider = await Provider.start(flaw, alg);
  t.after(() => provider.stop());
  return provider;
}

const named = (verb, { row, name }) => [row, verb, name].filter(Boolean).join(' ');

for (const alg of ALGORITHMS) {
  test(`signs a user in with ${alg}`, async (t) => {
    const provider = await start(t, { alg });
    await assertSignedIn(await login(provider, { maxAge: 60 }), provider);
    assert.deepEqual(provider.asked.map(({ path }) => path), PATHS);
  });
}

test('the provider is honest unless told otherwise', async (t) => {
  const { issuer } = await start(t);
  const verifier = 'v'.repeat(43);
  const asked = {
    client_id: CLIENT,
    redirect_uri: REDIRECT,
    scope: 'openid offline_access',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  const authorize = async () => {
    const page = await fetch(`${issuer}/authorize?${new URLSearchParams(asked)}`, { redirect: 'manual' });
    return new URL(page.headers.get('location')).searchParams.get('code');
  };
  const token = async (members) => {
    const { client_id, redirect_uri } = asked;
    const body = new URLSearchParams({ client_id, redirect_uri, ...members });
    return (await fetch(`${issuer}/token`, { method: 'POST', body })).json();
  };
  const redeem = (code, code_verifier) => token({ grant_type: 'authorization_code', code, code_verifier });
  const refresh = (refresh_token) => token({ grant_type: 'refresh_token', refresh_token });
  const refused = { error: 'invalid_grant' };

  assert.deepEqual(await redeem(await authorize(), 'w'.repeat(43)), refused);
  const code = await authorize();
  const first = await redeem(code, verifier);
  assert.deepEqual(await redeem(code, verifier), refused);
  const second = await refresh(first.refresh_token);
  assert.deepEqual(await refresh(first.refresh_token), refused);
  for (const { access_token: accessToken } of [first, second]) {
    const headers = { authorization: `Bearer ${accessToken}` };
    assert.equal((await fetch(`${issuer}/userinfo`, { headers })).status, 200);
  }
  assert.equal((await fetch(`${issuer}/userinfo`)).status, 401);
});

test('A-63 refuses a mix-up, in which the attacker sends the browser on to an honest server', async (t) => {
  const honest = await start(t);
  const metadata = (said) => ({
    ...said,
    authorization_endpoint: `${honest.issuer}/authorize`,
    authorization_response_iss_parameter_supported: false,
  });
  const attacker = await start(t, { flaw: { metadata } });
  const end = await login(attacker);
  assert.equal(end.error?.code, 'response_iss_mismatch');
  assert.deepEqual([attacker.count('/token'), honest.count('/token')], [0, 0]);
  await assertSignedOut(end, attacker);
});

for (const [leg, trials] of Object.entries(REFUSED)) {
  describe(leg, () => {
    for (const trial of trials) {
      test(named('refuses', trial), async (t) => {
        const provider = await start(t, trial);
        const end = await login(provider, trial.asked);
        assert.ok(end.error instanceof AuthError, `signed in: ${end.error}`);
        assert.equal(end.error.code, trial.code, end.error.message);
        assert.deepEqual(provider.unsaid, trial.unsaid ?? []);
        assertStopped(end.error, provider);
        if (trial.looks !== undefined) assert.equal(provider.count('/jwks'), trial.looks);
        await assertSignedOut(end, provider);
        if (trial.resumes) await assertSignedIn(await arrive(end.tab, provider, provider.honest), provider);
      });
    }
  });
}

describe('what is allowed', () => {
  for (const trial of TAKEN) {
    test(named('takes', trial), async (t) => {
      const provider = await start(t, trial);
      await assertSignedIn(await login(provider, trial.asked), provider);
      assert.deepEqual(provider.unsaid, []);
      if (trial.looks !== undefined) assert.equal(provider.count('/jwks'), trial.looks);
      assert.ok(provider.asked.every(({ path }) => PATHS.includes(path)));
    });
  }
});
