// Every code that an app can meet, met: in a tab that is made of objects, at a server that breaks what it is told to.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { explain, explanations, flow, grantflow } from './package.mjs'
import { ISSUER, NOW, Provider, Tab, until } from './stub.mjs'

const { AuthError, createAuth } = grantflow
const PAGE = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const ENDPOINTS = { revocation_endpoint: `${ISSUER}/revoke`, end_session_endpoint: `${ISSUER}/logout` }

// A server that remembers what nobody else should be told.
class Server extends Provider {
  metadata = ENDPOINTS
  token = { access_token: 'the-access-token', refresh_token: 'rt0' }
  answers = {}
  secrets = new Set(['the-access-token', 'the-code', 'rt0', 'rt1'])

  serve = async (url, init) => {
    for (const name of ['code_verifier', 'refresh_token']) {
      const secret = new URLSearchParams(init.body ? Buffer.from(init.body).toString() : '').get(name)
      if (secret) this.secrets.add(secret)
    }
    return this.answers[new URL(url).pathname]?.() ?? this.fetch(url, init)
  }

  authorize(url, change) {
    for (const name of ['state', 'nonce']) this.secrets.add(new URL(url).searchParams.get(name))
    return super.authorize(url, change)
  }

  idToken() {
    const token = super.idToken()
    this.secrets.add(token)
    return token
  }
}

const met = new Map()

// Meets the code, and sees that the error says what the page says, and nothing that is nobody's business.
function meet(code, what, act) {
  test(`${code}: ${what}`, async () => {
    const world = { tab: new Tab(), server: new Server() }
    const error = await act(world)
    assert.ok(error instanceof AuthError, `${error}`)
    assert.equal(error.code, code)
    met.set(code, error)

    const { happened, fix } = explanations[code]
    assert.ok(error.message.startsWith(code) && error.message.includes(error.docs))
    assert.equal(error.docs, `grantflow/errors.md#${code}`)
    const row = PAGE.split('\n').find((line) => line.startsWith(`| [\`${code}\`](#${code}) |`))
    const cases = row?.split(' | ')[1]?.split('; ') ?? []
    const isSaid = ([stages, remedy]) => stages.includes(`\`${error.stage}\``) && remedy === `\`${error.remedy}\``
    assert.ok(cases.map((it) => it.split(': ')).some(isSaid), `${error.stage}, ${error.remedy}: ${row}`)
    assert.ok(PAGE.includes(`\n### ${code}\n\n${happened}`) && PAGE.includes(`\nDo this: ${fix}\n`))
    const words = explain(error)
    for (const word of [code, happened, fix, error.subject ?? '']) assert.ok(words.includes(word), word)

    const told = `${error.stack} ${JSON.stringify(error)} ${words}`
    const records = world.tab.names.filter((name) => name.includes('.login.')).map((name) => world.tab.storage.getItem(name))
    for (const secret of [...world.server.secrets, ...records]) assert.ok(!told.includes(secret), secret)
  })
}

function auth({ tab, server }, more = {}) {
  const relayUri = 'https://app.test/relay'
  return createAuth({ issuer: ISSUER, clientId: 'app', redirectUri: 'https://app.test/cb', relayUri, fetch: server.serve, effects: tab.effects, ...more })
}

const thrown = (promise) => promise.then(() => assert.fail('nothing was thrown'), (error) => error)

// The user leaves for the server and is back with its answer, which the page has not looked at.
async function back(world, change, asked, options) {
  const { tab, server } = world
  const before = tab.left.length
  const session = auth(world, options)
  session.login({ returnTo: '/', ...asked }).catch(() => undefined)
  await until(() => tab.left.length > before)
  session[Symbol.dispose]()
  tab.href = `https://app.test/cb${server.authorize(tab.left.at(-1), change)}`
}

// What comes of a callback: of the answer as it is changed, at a server as it is broken.
const answered = ({ change, asked, broken, answers, wait = 0 }) => async (world) => {
  await back(world, change, asked)
  Object.assign(world.server, broken)
  Object.assign(world.server.answers, answers)
  world.tab.now += wait
  return (await auth(world).ready()).error
}

// What comes of wanting a token once the first is dead.
const refreshed = (broken, effects) => async (world) => {
  await back(world)
  const session = auth(world, { effects: { ...world.tab.effects, ...effects } })
  assert.equal((await session.ready()).status, 'signed-in')
  broken(world)
  world.tab.now += 4000
  world.server.now += 4000
  return thrown(session.token())
}

const json = (value, status = 200) => () => new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } })
const failing = (options, asked) => (world) => thrown(auth(world, options).login(asked))
const described = (metadata) => (world) => {
  Object.assign(world.server, { metadata })
  return thrown(auth(world).login())
}
const discovered = (answer) => (world) => {
  world.server.answers['/.well-known/openid-configuration'] = answer
  return thrown(auth(world).login())
}

async function without(name, value, act) {
  const there = Object.getOwnPropertyDescriptor(globalThis, name)
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  try {
    return await act()
  } finally {
    Object.defineProperty(globalThis, name, there)
  }
}

// First, for what is compiled once stays.
meet('wasm_blocked', 'the policy of the page forbids it', (world) => {
  class Module { constructor() { throw new Error('refused by the policy') } }
  return without('WebAssembly', { ...WebAssembly, Module }, () => thrown(auth(world).login()))
})

meet('config_invalid', 'an issuer without https', failing({ issuer: 'http://as.test' }))
meet('config_invalid', 'a window with no page to come back to', (world) => thrown(auth(world, { relayUri: undefined }).popup()))
meet('config_invalid', 'a scope that is none', failing({}, { scope: '"' }))
meet('insecure_context', 'no WebCrypto', (world) => without('crypto', { getRandomValues: (bytes) => bytes }, () => thrown(auth(world).login())))
for (const [what, random] of Object.entries({
  'the source of it throws': () => { throw new Error('no entropy') },
  'a byte too few': () => new Uint8Array(31).fill(7),
  'never filled': (bytes) => new Uint8Array(bytes),
})) {
  for (const way of ['login', 'popup', 'silent']) {
    meet('no_randomness', `${what}, ${way}`, (world) => thrown(auth(world, { effects: { ...world.tab.effects, random } })[way]()))
  }
}
meet('no_randomness', 'a platform without any', (world) => {
  const { random, ...effects } = world.tab.effects
  return without('crypto', undefined, () => thrown(auth(world, { effects: { ...effects, verify: async () => true } }).login()))
})
meet('internal', 'an effect of the app throws', (world) => {
  const mono = () => { throw new Error('out of order') }
  return thrown(auth(world, { effects: { ...world.tab.effects, mono } }).login())
})
meet('already_used', 'a step of a login', async ({ server }) => {
  const profile = flow.configure({ issuer: ISSUER, clientId: 'app', redirectUri: 'https://app.test/cb' })
  const client = profile.discover(200, new TextEncoder().encode(JSON.stringify(server.describe())))
  const { url, record } = client.begin({ seed: new Uint8Array(32).fill(7), now: NOW, scope: 'profile' })
  const ask = client.accept(record, server.authorize(url), NOW)
  const body = new TextEncoder().encode('{"access_token":"the-access-token","token_type":"Bearer"}')
  const response = { status: 200, contentType: 'application/json', body }
  ask.answer(response, NOW)
  return thrown((async () => ask.answer(response, NOW))())
})

meet('discovery_unreachable', 'no answer', discovered(() => { throw new TypeError('fetch failed') }))
meet('discovery_unreachable', 'not found', discovered(json({}, 404)))
meet('discovery_not_json', 'a page', discovered(() => new Response('<html>')))
meet('metadata_missing', 'no token endpoint', described({ token_endpoint: undefined }))
meet('metadata_missing', 'no keys', (world) => {
  world.server.metadata = { jwks_uri: undefined }
  return answered({})(world)
})
meet('metadata_invalid', 'an endpoint without https', described({ token_endpoint: 'http://as.test/token' }))
meet('issuer_mismatch', 'a slash at the end', described({ issuer: `${ISSUER}/` }))
meet('unsupported', 'no S256', described({ code_challenge_methods_supported: ['plain'] }))

meet('return_to_invalid', 'another site', failing({}, { returnTo: '//evil.test' }))
meet('storage_denied', 'no storage at all', (world) => {
  const storage = () => { throw new Error('SecurityError') }
  return thrown(auth(world, { effects: { ...world.tab.effects, storage } }).login())
})
meet('login_loop', 'a third login that comes to nothing', async (world) => {
  for (let turn = 0; turn < 2; turn++) {
    const error = await answered({ change: { code: undefined, error: 'server_error' } })(world)
    assert.equal(error.code, 'server_error')
    world.tab.now += 5
  }
  return thrown(auth(world).login())
})
meet('popup_blocked', 'no window', (world) => {
  world.tab.blocks = true
  return thrown(auth(world).popup())
})
meet('frame_refused', 'no word from the frame', (world) => thrown(auth(world).silent()))

meet('state_unknown', 'nobody waits', answered({ change: { state: 'guessed' } }))
meet('state_expired', 'too late', answered({ wait: 900 }))
meet('param_repeated', 'a code twice', async (world) => {
  await back(world)
  world.tab.href += '&code=theirs'
  return (await auth(world).ready()).error
})
meet('response_malformed', 'a code and an error', answered({ change: { error: 'access_denied' } }))
meet('response_iss_missing', 'no iss though promised', answered({ change: { iss: undefined } }))
meet('response_iss_mismatch', 'another server', answered({ change: { iss: 'https://evil.test' } }))

const REFUSALS = [
  'access_denied', 'login_required', 'consent_required', 'interaction_required', 'account_selection_required',
  'server_error', 'temporarily_unavailable', 'invalid_request', 'invalid_scope', 'unauthorized_client',
  'unsupported_response_type', 'unsupported_grant_type', 'invalid_target', 'request_not_supported',
  'request_uri_not_supported', 'registration_not_supported',
]
for (const error of REFUSALS) meet(error, 'says the server', answered({ change: { code: undefined, error } }))
meet('server_refused', 'with a word of its own', async (world) => {
  const error = await answered({ change: { code: undefined, error: 'brewing_tea', error_description: 'Not now' } })(world)
  assert.deepEqual(error.oauth, { error: 'brewing_tea', description: 'Not now' })
  assert.match(explain(error), /The server says: brewing_tea \(Not now\)/)
  return error
})

const redeemed = (answer) => answered({ answers: { '/token': answer } })
meet('grant_invalid', 'the server takes no such code', redeemed(json({ error: 'invalid_grant' }, 400)))
meet('client_rejected', 'the server wants a secret', redeemed(json({ error: 'invalid_client' }, 401)))
meet('dpop_rejected', 'the proof of a key is not good enough', redeemed(json({ error: 'invalid_dpop_proof' }, 400)))
meet('rate_limited', 'too many', redeemed(json({}, 429)))
meet('server_error', 'the token endpoint fell over', redeemed(() => new Response('<html>', { status: 502 })))
meet('token_response_malformed', 'a page', redeemed(() => new Response('<html>')))
meet('token_type_unknown', 'a mac', answered({ broken: { token: { token_type: 'mac' } } }))
meet('offline', 'no answer to the code', redeemed(() => { throw new TypeError('fetch failed') }))
meet('id_token_missing', 'openid was asked for', answered({ broken: { token: { id_token: undefined } } }))
meet('id_token_malformed', 'two parts', answered({ broken: { token: { id_token: 'a.b' } } }))
meet('id_token_alg', 'none', answered({ broken: { header: { alg: 'none' } } }))
meet('id_token_iss', 'another server', answered({ broken: { claims: { iss: 'https://evil.test' } } }))
meet('id_token_aud', 'another client', answered({ broken: { claims: { aud: 'other' } } }))
meet('id_token_azp', 'another client', answered({ broken: { claims: { azp: 'other' } } }))
meet('id_token_sub', 'nobody', answered({ broken: { claims: { sub: undefined } } }))
meet('id_token_expired', 'yesterday', answered({ broken: { claims: { exp: NOW - 86_400 } } }))
meet('id_token_expired', 'never', answered({ broken: { claims: { exp: undefined } } }))
meet('id_token_iat', 'tomorrow', answered({ broken: { claims: { iat: NOW + 86_400 } } }))
meet('id_token_nonce', 'another login', answered({ broken: { claims: { nonce: 'other' } } }))
meet('id_token_auth_time', 'nobody says when', answered({ asked: { maxAge: 60 } }))
meet('id_token_at_hash', 'another token', answered({ broken: { claims: { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' } } }))
meet('id_token_signature', 'another key', answered({ broken: { signer: 'evil' } }))
meet('key_not_found', 'a key that nobody publishes', answered({ broken: { header: { kid: 'k2' } } }))
meet('keys_unreachable', 'the keys are down', answered({ answers: { '/jwks': json({}, 500) } }))
meet('keys_malformed', 'no keys', answered({ answers: { '/jwks': json([]) } }))

meet('id_token_changed', 'after a refresh another login', refreshed(({ server }) => {
  const answer = () => json({ access_token: 'at1', token_type: 'Bearer', id_token: server.idToken() })()
  server.answers['/token'] = answer
  server.nonce = 'other'
}))
meet('id_token_sub', 'after a refresh another user', refreshed(({ server }) => {
  server.claims = { sub: 'mallory' }
  server.answers['/token'] = () => json({ access_token: 'at1', token_type: 'Bearer', id_token: server.idToken() })()
}))
meet('rate_limited', 'a refresh too many', refreshed(({ server }) => {
  server.answers['/token'] = () => new Response('', { status: 429, headers: { 'retry-after': '30' } })
}))
meet('refresh_in_doubt', 'the answer is lost', refreshed(({ server }) => (server.lost = true)))
meet('offline', 'no network for a refresh', (world) => refreshed(({ server }) => (server.lost = true), { isOnline: () => false })(world))
meet('session_revoked', 'the server takes the token no longer', refreshed(({ server }) => (server.refuses = true)))
meet('timeout', 'another tab keeps the lock', refreshed(() => undefined, { lock: async () => undefined }))
meet('session_gone', 'nobody is signed in', (world) => thrown(auth(world).token()))
meet('aborted', 'who asked wants it no longer', async (world) => {
  const stop = new AbortController()
  const waiting = thrown(auth(world).popup({ signal: stop.signal }))
  await until(() => world.tab.opened?.urls.length > 0)
  stop.abort()
  return waiting
})
meet('dpop_key_lost', 'the browser has forgotten the key', async (world) => {
  world.server.metadata = { ...ENDPOINTS, dpop_signing_alg_values_supported: ['ES256'] }
  const pair = crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  const make = async () => {
    const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', (await pair).publicKey)
    return JSON.stringify({ crv, kty, x, y })
  }
  const keys = () => ({ make, sign: () => Promise.reject(new Error('gone')) })
  const options = { dpop: 'auto', effects: { ...world.tab.effects, keys } }
  await back(world, undefined, undefined, options)
  return (await auth(world, options).ready()).error
})
meet('token_to_foreign_origin', 'another site', async (world) => {
  await back(world)
  const session = auth(world)
  await session.ready()
  return thrown(session.fetch('https://evil.test/api'))
})
meet('logout_incomplete', 'the server does not hear of it', async (world) => {
  await back(world)
  const session = auth(world)
  await session.ready()
  world.server.down = true
  return thrown(session.logout())
})

test('every code that there is was met', () => {
  assert.deepEqual([...met.keys()].sort(), Object.keys(explanations).sort())
})

test('with an own verifier, a page without WebCrypto may sign in', async () => {
  const world = { tab: new Tab(), server: new Server() }
  const asked = []
  const verify = async ({ alg }) => asked.push(alg) > 0
  const effects = { ...world.tab.effects, verify }
  await without('crypto', { getRandomValues: (bytes) => bytes }, async () => {
    auth(world, { effects }).login()
    await until(() => world.tab.left.length > 0)
  })
  world.tab.href = `https://app.test/cb${world.server.authorize(world.tab.left[0])}`
  assert.equal((await auth(world, { effects }).ready()).status, 'signed-in')
  assert.deepEqual(asked, ['RS256'])
})

test('what is no error of the package is explained as it is, with its cause', () => {
  assert.equal(explain('no'), 'no')
  assert.equal(explain(new Error('outer', { cause: new TypeError('inner') })), 'Error: outer\nCaused by: TypeError: inner')
  const ours = new AuthError({ code: 'internal', stage: 'configure', remedy: 'report' }, new TypeError('inner'))
  assert.match(explain(ours), /^internal: [^]*\nDo this: [^]*\nCaused by: TypeError: inner$/)
  assert.equal(explain(Object.assign(new Error('x'), { name: 'AuthError', code: 'toString' })), 'AuthError: x')
})
