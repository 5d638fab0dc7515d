// Tokens that are bound to a key (RFC 9449).
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { EmbeddedJWK, calculateJwkThumbprint, jwtVerify } from 'jose'
import { grantflow } from './package.mjs'
import { Browser, ISSUER, Provider, Tab, until } from './stub.mjs'

const { createAuth } = grantflow
const API = 'https://app.test/api/tasks'

// A server and an API that look at every proof.
class Bound extends Provider {
  metadata = { dpop_signing_alg_values_supported: ['ES256'] }
  token = { access_token: 'at0', refresh_token: 'rt0', token_type: 'DPoP' }
  seen = new Set()
  proofs = []

  constructor() {
    super()
    const plain = this.fetch
    this.fetch = async (input, init = {}) => {
      const url = input instanceof Request ? input.url : String(input)
      const headers = new Headers(init.headers)
      const isApi = url.startsWith('https://app.test/api')
      if (!isApi && url !== `${ISSUER}/token`) return plain(url, init)
      const method = init.method ?? (input instanceof Request ? input.method : 'GET')
      const [scheme, token] = headers.get('authorization')?.split(' ') ?? []
      if (isApi && init.body) this.bodies = [...(this.bodies ?? []), String(init.body)]
      const refusal = await this.judge(headers.get('dpop'), { method, url, token, wants: isApi ? this.apiWants : this.tokenWants })
      if (refusal && isApi) return new Response('', { status: 401, headers: { 'www-authenticate': `DPoP error="${refusal}", algs="ES256"`, 'dpop-nonce': this.apiWants ?? '' } })
      if (refusal) return new Response(JSON.stringify({ error: refusal }), { status: 400, headers: { 'content-type': 'application/json', 'dpop-nonce': this.tokenWants ?? '' } })
      if (!isApi) return plain(url, init)
      assert.equal(scheme, 'DPoP')
      headers.set('authorization', `Bearer ${token}`)
      return plain(url, { ...init, headers })
    }
  }

  async judge(text, { method, url, token, wants }) {
    assert.ok(text, `no proof for ${url}`)
    const { payload, protectedHeader } = await jwtVerify(text, EmbeddedJWK, { typ: 'dpop+jwt', currentDate: new Date(this.now * 1000) })
    assert.deepEqual(Object.keys(protectedHeader.jwk).sort(), ['crv', 'kty', 'x', 'y'])
    const [htu] = url.split('?')
    const ath = token && createHash('sha256').update(token).digest('base64url')
    assert.deepEqual([payload.htm, payload.htu, payload.ath], [method, htu, ath])
    assert.ok(!this.seen.has(payload.jti), 'a proof came twice')
    this.seen.add(payload.jti)
    this.proofs.push(payload)
    this.jkt = await calculateJwkThumbprint(protectedHeader.jwk)
    return wants !== undefined && payload.nonce !== wants ? 'use_dpop_nonce' : undefined
  }

  refresh(form, answer) {
    return super.refresh(form, (tokens) => answer({ ...tokens, token_type: this.token.token_type ?? 'Bearer' }))
  }
}

function auth(tab, provider, more = {}) {
  return createAuth({ issuer: ISSUER, clientId: 'app', redirectUri: 'https://app.test/cb', dpop: 'auto', fetch: provider.fetch, effects: tab.effects, ...more })
}

async function signIn(tab, provider, options = {}) {
  const before = tab.left.length
  const leaving = auth(tab, provider, options)
  leaving.login({ returnTo: '/tasks' }).catch(() => undefined)
  await until(() => tab.left.length > before)
  leaving[Symbol.dispose]()
  tab.href = `https://app.test/cb${provider.authorize(tab.left.at(-1))}`
  const session = auth(tab, provider, options)
  const { status, error } = await session.ready()
  assert.equal(status, 'signed-in', error)
  return session
}

function pass(tab, provider, seconds) {
  tab.now += seconds
  provider.now += seconds
}

test('a login, a refresh and an API each get a proof of their own, of one key', async () => {
  const [tab, provider] = [new Tab(), new Bound()]
  const session = await signIn(tab, provider)
  const asked = new URL(tab.left.at(-1)).searchParams
  assert.equal(asked.get('dpop_jkt'), provider.jkt)
  assert.equal((await session.fetch(`${API}?open=1`)).status, 200)
  pass(tab, provider, 4000)
  assert.equal((await session.fetch(new Request(API))).status, 200)
  assert.equal(asked.get('dpop_jkt'), provider.jkt)
  assert.equal(provider.proofs.length, 4)
  assert.equal(provider.proofs.at(-1).ath, createHash('sha256').update('at1').digest('base64url'))
})

test('a nonce is put in as soon as it is wanted, once, and kept for each server', async () => {
  const [tab, provider] = [new Tab(), Object.assign(new Bound(), { tokenWants: 'n-1', apiWants: 'n-2' })]
  const session = await signIn(tab, provider)
  const post = () => session.fetch(API, { method: 'POST', body: 'x' })
  assert.equal((await post()).status, 200)
  assert.deepEqual(provider.bodies, ['x', 'x'])
  assert.equal((await post()).status, 200)
  assert.equal(provider.bodies.length, 3)
  assert.equal((await session.fetch(new Request(API, { method: 'PUT', body: 'y' }))).status, 200)
  assert.deepEqual(provider.proofs.map(({ nonce }) => nonce), [undefined, 'n-1', undefined, 'n-2', 'n-2', 'n-2'])
})

test('an API that always wants another nonce is asked twice', async () => {
  const [tab, provider] = [new Tab(), new Bound()]
  const session = await signIn(tab, provider)
  const before = provider.proofs.length
  Object.defineProperty(provider, 'apiWants', { get: () => String(Math.random()) })
  assert.equal((await session.fetch(API, { method: 'POST', body: 'x' })).status, 401)
  assert.equal(provider.proofs.length, before + 2)
})

test('an API that wants more scope is a step up for a bound token, too', async () => {
  const [tab, provider] = [new Tab(), new Bound()]
  const session = await signIn(tab, provider)
  const steps = []
  session.on('step-up', ({ scope }) => steps.push(scope))
  provider.api = () => new Response('', { status: 403, headers: { 'www-authenticate': 'DPoP error="insufficient_scope", scope="tasks:write", algs="ES256"' } })
  assert.equal((await session.fetch(API)).status, 403)
  assert.deepEqual(steps, ['openid profile tasks:write'])
})

test('where the server does not do it, auto goes without and require does not leave', async () => {
  const plain = () => Object.assign(new Provider(), { token: { access_token: 'at0', refresh_token: 'rt0' } })
  const [tab, provider] = [new Tab(), plain()]
  const session = await signIn(tab, provider)
  assert.equal((await session.fetch(API)).status, 200)
  assert.ok(!new URL(tab.left.at(-1)).searchParams.has('dpop_jkt'))
  for (const { headers } of provider.sent) assert.equal(new Headers(headers).get('dpop'), null)
  const other = new Tab()
  await assert.rejects(auth(other, plain(), { dpop: 'require' }).login(), { code: 'unsupported', subject: 'dpop_signing_alg_values_supported' })
  assert.deepEqual(other.left, [])
})

test('a server that says it does and gives a bearer token all the same is not believed where it is required', async () => {
  for (const [dpop, expected] of [['auto', undefined], ['require', 'token_type_unknown']]) {
    const [tab, provider] = [new Tab(), new Bound()]
    provider.token = { access_token: 'at0', refresh_token: 'rt0' }
    const failed = await signIn(tab, provider, { dpop }).then(() => undefined, (thrown) => thrown.message)
    if (expected) assert.match(failed, new RegExp(expected))
    else assert.equal(failed, undefined)
  }
})

test('nothing is bound unless it is asked for', async () => {
  const [tab, provider] = [new Tab(), Object.assign(new Provider(), { metadata: { dpop_signing_alg_values_supported: ['ES256'] } })]
  await signIn(tab, provider, { dpop: undefined })
  for (const { headers } of provider.sent) assert.equal(new Headers(headers).get('dpop'), null)
})

test('tokens whose key is gone are not taken up again', async () => {
  const [tab, provider] = [new Tab(), new Bound()]
  const session = await signIn(tab, provider, { store: 'local' })
  session[Symbol.dispose]()
  const gone = { make: async () => assert.fail(), sign: () => Promise.reject(new Error('gone')) }
  const effects = { ...tab.effects, keys: () => gone }
  const reloaded = auth(tab, provider, { store: 'local', effects })
  const { status, why, error } = await reloaded.ready()
  assert.deepEqual([status, why, error.code, error.remedy], ['signed-out', 'storage-lost', 'dpop_key_lost', 'login-again'])
  const again = auth(tab, provider, { store: 'local' })
  assert.equal((await again.ready()).status, 'signed-in', 'the key is there again')
})

test('tabs share tokens and the key', async () => {
  const [browser, provider] = [new Browser(), new Bound()]
  const tabs = [new Tab(undefined, browser), new Tab(undefined, browser)]
  await signIn(tabs[0], provider, { store: 'local' })
  const second = auth(tabs[1], provider, { store: 'local' })
  assert.equal((await second.ready()).status, 'signed-in')
  const { jkt } = provider
  assert.equal((await second.fetch(API)).status, 200)
  assert.equal(provider.jkt, jkt)
})

test('whether a token is bound is known of each token, whatever else is asked meanwhile', async () => {
  const [tab, provider] = [new Tab(), new Bound()]
  const session = await signIn(tab, provider)
  const [response, other] = await Promise.allSettled([session.fetch(API), session.token({ scope: '"' })])
  assert.equal(response.value?.status, 200, response.reason)
  assert.equal(other.reason.code, 'config_invalid')
})

test('what is no nonce, or what somebody else gave after a redirect, is not taken', async () => {
  for (const [wants, redirected] of [['n'.repeat(256), false], ['n n', false], ['n"', false], ['n\\', false], ['n-1', true]]) {
    const [tab, provider] = [new Tab(), new Bound()]
    const send = async (input, init) => {
      const response = await provider.fetch(input, init)
      if (redirected) Object.defineProperty(response, 'redirected', { value: true })
      return response
    }
    const session = await signIn(tab, provider, { fetch: send })
    const before = provider.proofs.length
    provider.apiWants = wants
    for (let turn = 0; turn < 2; turn++) assert.equal((await session.fetch(API, { method: 'POST', body: 'x' })).status, 401)
    assert.deepEqual(provider.proofs.slice(before).map(({ nonce }) => nonce), [undefined, undefined])
    assert.equal(provider.turn, 0)
  }
})

// Keys as a host keeps them, and what it is told to do with them.
class Keys {
  pairs = new Map()
  dropped = []

  async make() {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
    const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
    const jwk = JSON.stringify({ crv, kty, x, y })
    this.pairs.set(jwk, pair)
    return jwk
  }

  async sign(jwk, input) {
    const { privateKey } = this.pairs.get(jwk)
    return new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, new TextEncoder().encode(input)))
  }

  async drop(jwk) {
    this.dropped.push(['drop', [...this.pairs.keys()].indexOf(jwk)])
  }

  async sweep(age, but) {
    this.dropped.push(['sweep', age, [...this.pairs.keys()].indexOf(but)])
  }
}

test('each login has a key of its own; that of the session goes with it, and older ones before', async () => {
  const [tab, provider, keys] = [new Tab(), new Bound(), new Keys()]
  const options = { store: 'local', effects: { ...tab.effects, keys: () => keys } }
  const first = await signIn(tab, provider, options)
  const { jkt } = provider
  first[Symbol.dispose]()
  const session = await signIn(tab, provider, options)
  assert.notEqual(provider.jkt, jkt)
  assert.equal((await session.fetch(API)).status, 200)
  assert.deepEqual(keys.dropped, [['sweep', 900, 0], ['sweep', 900, 1]])
  await session.logout()
  assert.deepEqual(keys.dropped.slice(2), [['drop', 1], ['sweep', 900, -1]])
})

test('a server that takes no proofs costs no key', async () => {
  const [tab, keys] = [new Tab(), new Keys()]
  await signIn(tab, Object.assign(new Provider(), { token: { access_token: 'at0' } }), { effects: { ...tab.effects, keys: () => keys } })
  assert.equal(keys.pairs.size, 0)
})

test('a host whose keys have names that no other page would know them by is told so', async () => {
  for (const dpop of ['auto', 'require']) {
    const [tab, provider, keys] = [new Tab(), new Bound(), new Keys()]
    keys.make = async () => JSON.stringify({ kty: 'EC', ...JSON.parse(await Keys.prototype.make.call(keys)) })
    const effects = { ...tab.effects, keys: () => keys }
    await assert.rejects(auth(tab, provider, { dpop, effects }).login(), { code: 'config_invalid', subject: 'dpop' })
  }
})

test('keys that never answer, or throw, hold nothing up', async (t) => {
  const never = () => new Promise(() => undefined)
  const throws = () => { throw new Error('broken') }
  // Minutes later, what has come of it.
  const later = async (does) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const settled = Promise.race([does(), new Promise((resolve) => setTimeout(resolve, 60_000, 'waits'))])
    for (let turn = 0; turn < 100; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      t.mock.timers.tick(1000)
    }
    t.mock.timers.reset()
    return settled
  }
  for (const broken of [never, throws]) {
    const [tab, provider, keys] = [new Tab(), new Bound(), new Keys()]
    const options = { dpop: 'require', store: 'local', effects: { ...tab.effects, keys: () => keys } }
    keys.make = broken
    const failing = auth(tab, provider, options)
    assert.equal((await later(() => failing.login().catch((error) => error))).code, 'storage_denied')
    failing[Symbol.dispose]()
    delete keys.make
    const session = await signIn(tab, provider, options)
    session[Symbol.dispose]()
    keys.sign = broken
    const again = auth(tab, provider, options)
    assert.equal((await later(again.ready)).why, 'storage-lost')
    assert.equal(await later(again.logout), undefined)
  }
})

test('a set-up that is thrown away while its key is made does not leave', async () => {
  const [tab, provider, keys] = [new Tab(), new Bound(), new Keys()]
  let made
  keys.make = () => new Promise((resolve) => { made = resolve })
  const session = auth(tab, provider, { effects: { ...tab.effects, keys: () => keys } })
  const left = assert.rejects(session.login(), { code: 'aborted' })
  await until(() => made)
  session[Symbol.dispose]()
  await left
  made(await Keys.prototype.make.call(keys))
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(tab.left, [])
})

test('a page that can keep no key does without, or says so before anybody leaves', async (t) => {
  globalThis.document = {}
  t.after(() => delete globalThis.document)
  const [tab, provider] = [new Tab(), Object.assign(new Provider(), { token: { access_token: 'at0' }, metadata: { dpop_signing_alg_values_supported: ['ES256'] } })]
  const session = await signIn(tab, provider)
  assert.ok(!new URL(tab.left.at(-1)).searchParams.has('dpop_jkt'))
  assert.equal((await session.fetch(API)).status, 200)
  const other = new Tab()
  const strict = auth(other, provider, { dpop: 'require' })
  assert.equal((await strict.ready()).why, 'never')
  await assert.rejects(strict.login(), { code: 'storage_denied', subject: 'dpop', remedy: 'ask-user' })
  assert.equal(strict.snapshot.why, 'failed')
  assert.deepEqual(other.left, [])
})
