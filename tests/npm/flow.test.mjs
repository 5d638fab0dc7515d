// The steps of `grantflow/flow`, against a provider that breaks one thing a time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flow } from './package.mjs'
import { ISSUER, NOW, Provider } from './stub.mjs'

const { AuthError, configure, keyOf, verify } = flow
const CONFIGURATION = { issuer: ISSUER, clientId: 'app', redirectUri: 'https://app.test/cb' }
const SEED = new Uint8Array(32).fill(7)

async function begun(provider, asked = {}) {
  const profile = configure(CONFIGURATION)
  const response = await provider.fetch(profile.metadataUrl)
  const client = profile.discover(response.status, new Uint8Array(await response.arrayBuffer()))
  return { client, ...client.begin({ seed: SEED, now: NOW, scope: 'openid profile', ...asked }) }
}

async function send(provider, { url, method, headers, body }) {
  const response = await provider.fetch(url, { method, headers, body })
  const bytes = new Uint8Array(await response.arrayBuffer())
  return { status: response.status, contentType: response.headers.get('content-type'), body: bytes }
}

async function finished(provider, first, now = NOW) {
  let turn = first
  while (turn.kind !== 'done') {
    turn = turn.kind === 'verify' ? turn.answer(await verify(turn)) : turn.answer(await send(provider, turn.request), now)
  }
  return turn.tokens
}

async function login(change, callback = {}, asked = {}) {
  const provider = new Provider()
  Object.assign(provider, change)
  const { client, url, record } = await begun(provider, asked)
  return finished(provider, client.accept(record, provider.authorize(url, callback), NOW))
}

const code = (expected) => (error) => error instanceof AuthError && assert.equal(error.code, expected) === undefined

test('a login ends in tokens and a proved user', async () => {
  const tokens = await login({}, {}, { returnTo: '/tasks?open=1' })
  assert.equal(tokens.accessToken, 'at')
  assert.equal(tokens.expiresAt, NOW + 3600)
  assert.deepEqual(tokens.scopes, ['openid', 'profile'])
  assert.deepEqual([tokens.user.iss, tokens.user.sub, tokens.user.claims.name], [ISSUER, 'ada', 'Ada'])
  assert.equal(tokens.returnTo, '/tasks?open=1')
})

test('the same seed and clock give the same bytes, another seed others', async () => {
  const one = await begun(new Provider())
  const two = await begun(new Provider())
  assert.deepEqual([one.url, one.key, one.record], [two.url, two.key, two.record])
  const other = await begun(new Provider(), { seed: new Uint8Array(32).fill(8) })
  assert.notEqual(one.url, other.url)
  assert.notEqual(one.key, other.key)
})

test('A-61 a callback finds its record by the hash of its state', async () => {
  const provider = new Provider()
  const { url, key, record } = await begun(provider)
  assert.equal(keyOf(provider.authorize(url)), key)
  assert.equal(keyOf('code=c'), undefined)
  assert.ok(!record.includes(new URL(url).searchParams.get('state')))
})

const refusedCallbacks = {
  'state of another login': [{ state: 'A'.repeat(43) }, 'state_unknown'],
  'no state': [{ state: undefined }, 'state_unknown'],
  'iss of another server': [{ iss: 'https://evil.test' }, 'response_iss_mismatch'],
  'no iss though promised': [{ iss: undefined }, 'response_iss_missing'],
  'code and error': [{ error: 'access_denied' }, 'response_malformed'],
  'the user said no': [{ code: undefined, error: 'access_denied' }, 'access_denied'],
  'neither code nor error': [{ code: undefined }, 'response_malformed'],
}
for (const [what, [change, expected]] of Object.entries(refusedCallbacks)) {
  test(`a callback is refused: ${what}`, async () => {
    await assert.rejects(login({}, change), code(expected))
  })
}

test('a callback with a parameter twice is refused and leaves the login waiting', async () => {
  const provider = new Provider()
  const { client, url, record } = await begun(provider)
  const query = provider.authorize(url)
  assert.throws(() => client.accept(record, `${query}&code=other`, NOW), (error) => code('param_repeated')(error) && error.kept)
  assert.throws(() => keyOf(`${query}&state=other`), code('param_repeated'))
  assert.equal((await finished(provider, client.accept(record, query, NOW))).accessToken, 'at')
})

test('a forged refusal is not believed and leaves the login waiting', async () => {
  const provider = new Provider()
  const { client, record } = await begun(provider)
  const forged = '?error=access_denied&state=guessed'
  assert.throws(() => client.accept(record, forged, NOW), (error) => code('state_unknown')(error) && error.kept && !error.oauth)
})

test('A-74 a login waits fifteen minutes', async () => {
  const provider = new Provider()
  const { client, url, record } = await begun(provider)
  const query = provider.authorize(url)
  assert.equal(client.accept(record, query, NOW + 899).kind, 'send')
  assert.throws(() => client.accept(record, query, NOW + 900), code('state_expired'))
})

test('a record that is not ours is refused', async () => {
  const { client } = await begun(new Provider())
  assert.throws(() => client.accept('AAAA', '?code=c&state=s', NOW), code('state_unknown'))
})

const refusedIdentities = {
  'signed with another key': [{ signer: 'evil' }, 'id_token_signature'],
  'alg none': [{ header: { alg: 'none' } }, 'id_token_alg'],
  'alg HS256': [{ header: { alg: 'HS256' } }, 'id_token_alg'],
  'a key nobody publishes': [{ header: { kid: 'k2' } }, 'key_not_found'],
  'iss of another server': [{ claims: { iss: 'https://evil.test' } }, 'id_token_iss'],
  'aud of another client': [{ claims: { aud: 'other' } }, 'id_token_aud'],
  'two audiences, no azp': [{ claims: { aud: ['app', 'other'] } }, 'id_token_aud'],
  'azp of another client': [{ claims: { azp: 'other' } }, 'id_token_azp'],
  'expired': [{ claims: { exp: NOW - 86_400 } }, 'id_token_expired'],
  'issued tomorrow': [{ claims: { iat: NOW + 86_400 } }, 'id_token_iat'],
  'no nonce': [{ claims: { nonce: undefined } }, 'id_token_nonce'],
  'another nonce': [{ claims: { nonce: 'other' } }, 'id_token_nonce'],
  'no sub': [{ claims: { sub: undefined } }, 'id_token_sub'],
  'at_hash of another token': [{ claims: { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' } }, 'id_token_at_hash'],
  'no ID token': [{ token: { id_token: undefined } }, 'id_token_missing'],
  'not three parts': [{ token: { id_token: 'a.b' } }, 'id_token_malformed'],
  'token_type mac': [{ token: { token_type: 'mac' } }, 'token_type_unknown'],
  'no access token': [{ token: { access_token: undefined } }, 'token_response_malformed'],
}
for (const [what, [change, expected]] of Object.entries(refusedIdentities)) {
  test(`tokens are refused: ${what}`, async () => {
    await assert.rejects(login(change), code(expected))
  })
}

test('a login asked to be fresh must say when it was', async () => {
  await assert.rejects(login({}, {}, { maxAge: 60 }), code('id_token_auth_time'))
  assert.ok(await login({ claims: { auth_time: NOW } }, {}, { maxAge: 60 }))
})

test('what the server says when it refuses the code is told', async () => {
  const provider = new Provider()
  const { client, url, record } = await begun(provider)
  const turn = client.accept(record, provider.authorize(url), NOW)
  const body = new TextEncoder().encode('{"error":"invalid_grant","error_description":"Authorization code expired"}')
  assert.throws(() => turn.answer({ status: 400, contentType: 'application/json', body }, NOW), (error) => {
    assert.deepEqual([error.code, error.stage, error.remedy], ['grant_invalid', 'redeem', 'login-again'])
    assert.deepEqual(error.oauth, { error: 'invalid_grant', description: 'Authorization code expired' })
    return error instanceof AuthError
  })
})

test('A-62 a step is taken once', async () => {
  const provider = new Provider()
  const { client, url, record } = await begun(provider)
  const ask = client.accept(record, provider.authorize(url), NOW)
  const response = await send(provider, ask.request)
  let next = ask.answer(response, NOW)
  assert.throws(() => ask.answer(response, NOW), code('already_used'))
  while (next.kind === 'send') next = next.answer(await send(provider, next.request), NOW)
  assert.equal(next.kind, 'verify')
  assert.equal(next.answer(await verify(next)).kind, 'done')
  assert.throws(() => next.answer(true), code('already_used'))
})

const refusedMetadata = {
  'another issuer': [{ issuer: `${ISSUER}/` }, 'issuer_mismatch'],
  'no token endpoint': [{ token_endpoint: undefined }, 'metadata_missing'],
  'an endpoint without https': [{ token_endpoint: 'http://as.test/token' }, 'metadata_invalid'],
  'no S256': [{ code_challenge_methods_supported: ['plain'] }, 'unsupported'],
  'no algorithm we take': [{ id_token_signing_alg_values_supported: ['HS256'] }, 'unsupported'],
}
for (const [what, [metadata, expected]] of Object.entries(refusedMetadata)) {
  test(`a server is refused: ${what}`, async () => {
    await assert.rejects(begun(Object.assign(new Provider(), { metadata })), code(expected))
  })
}

test('a server that is not there, or is a page, is refused', () => {
  const profile = configure(CONFIGURATION)
  assert.equal(profile.metadataUrl, `${ISSUER}/.well-known/openid-configuration`)
  assert.throws(() => profile.discover(404, new Uint8Array()), code('discovery_unreachable'))
  assert.throws(() => profile.discover(200, new TextEncoder().encode('<html>')), code('discovery_not_json'))
})

test('a configuration that cannot work names its member', async () => {
  const bad = (change) => () => configure({ ...CONFIGURATION, ...change })
  for (const [change, subject] of [
    [{ issuer: 'http://as.test' }, 'issuer'],
    [{ clientId: '' }, 'client_id'],
    [{ redirectUri: '/cb' }, 'redirect_uri'],
  ]) {
    assert.throws(bad(change), (error) => code('config_invalid')(error) && assert.equal(error.subject, subject) === undefined)
  }
  await assert.rejects(begun(new Provider(), { seed: new Uint8Array(31) }), code('config_invalid'))
  await assert.rejects(begun(new Provider(), { scope: '"' }), code('config_invalid'))
  await assert.rejects(begun(new Provider(), { prompt: 'maybe' }), code('config_invalid'))
  await assert.rejects(begun(new Provider(), { returnTo: '//evil.test' }), code('return_to_invalid'))
})

test('A-127 no error tells a secret', async () => {
  const provider = new Provider()
  const { client, url, record } = await begun(provider)
  const state = new URL(url).searchParams.get('state')
  try {
    client.accept(record, provider.authorize(url, { iss: 'https://evil.test' }), NOW)
    assert.fail('accepted')
  } catch (error) {
    const told = `${error.stack} ${JSON.stringify(error)}`
    for (const secret of [state, 'the-code', record]) assert.ok(!told.includes(secret))
  }
})
