// `createAuth` in a tab that is made of objects.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantflow } from './package.mjs'
import { ISSUER, NOW, Provider, Tab, until } from './stub.mjs'

const { AuthError, createAuth } = grantflow

function auth(tab, provider, more = {}) {
  return createAuth({ issuer: ISSUER, clientId: 'app', fetch: provider.fetch, effects: tab.effects, ...more })
}

// The user leaves, says yes, and the page is loaded anew.
async function back(tab, provider, { change = {}, asked = {}, options = {} } = {}) {
  const leaving = auth(tab, provider, options)
  const before = tab.left.length
  leaving.login(asked).catch(() => undefined)
  await until(() => tab.left.length > before)
  assert.equal(leaving.snapshot.status, 'leaving')
  leaving[Symbol.dispose]()
  tab.href = `https://app.test/cb${provider.authorize(tab.left.at(-1), change)}`
  return tab.href
}

async function signedIn(options = {}, asked = {}) {
  const [tab, provider] = [new Tab(), new Provider()]
  const callback = await back(tab, provider, { options, asked })
  const session = auth(tab, provider, options)
  const snapshot = await session.ready()
  assert.equal(snapshot.status, 'signed-in', snapshot.error)
  return { tab, provider, session, callback }
}

async function refusal({ change, break: broken = {}, wait = 0 }) {
  const [tab, provider] = [new Tab(), new Provider()]
  await back(tab, provider, { change })
  Object.assign(provider, broken)
  tab.now += wait
  const snapshot = await auth(tab, provider).ready()
  assert.equal(snapshot.status, 'signed-out')
  assert.ok(snapshot.error instanceof AuthError)
  assert.equal(tab.href, 'https://app.test/cb', 'the URL is cleaned')
  return { code: snapshot.error.code, why: snapshot.why, redeemed: provider.count('/token'), tab, provider }
}

test('nothing happens before anybody asks', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  const session = auth(tab, provider)
  assert.deepEqual(session.snapshot, { status: 'restoring' })
  assert.deepEqual(await session.ready(), { status: 'signed-out', why: 'never' })
  assert.equal(session.user, null)
  assert.deepEqual(provider.sent, [])
})

test('A-17 a user signs in, and the URL is clean at once', async () => {
  const { tab, provider, session } = await signedIn({}, { returnTo: '/tasks?open=1' })
  assert.equal(tab.href, 'https://app.test/tasks?open=1')
  assert.equal(session.user.claims.name, 'Ada')
  assert.equal(session.snapshot.expiresAt, NOW + 3600)
  assert.equal(await session.token(), 'at')
  assert.equal(provider.count('/token'), 1)
  assert.ok(!tab.names.some((name) => name.includes('login')), 'no login waits')
})

test('ready twice at once sends the code once', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  await back(tab, provider)
  const session = auth(tab, provider)
  const [one, two] = await Promise.all([session.ready(), session.ready()])
  assert.equal(one, two)
  assert.equal(one.status, 'signed-in')
  assert.equal(provider.count('/token'), 1)
})

test('two sessions on one callback send the code once', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  const callback = await back(tab, provider)
  const one = auth(tab, provider).ready()
  tab.href = callback
  const two = auth(tab, provider).ready()
  const ends = await Promise.all([one, two])
  assert.deepEqual(ends.map(({ error }) => error), [undefined, undefined])
  assert.equal(provider.count('/token'), 1)
})

test('A-62 a callback that is opened again is already done', async () => {
  const { tab, provider, session, callback } = await signedIn({}, { returnTo: '/tasks' })
  session[Symbol.dispose]()
  tab.href = callback
  const again = await auth(tab, provider).ready()
  assert.deepEqual(again, { status: 'signed-out', why: 'never' })
  assert.equal(tab.href, 'https://app.test/tasks')
  assert.equal(provider.count('/token'), 1)

  tab.href = callback
  tab.now += 600
  const late = await auth(tab, provider).ready()
  assert.equal(late.error.code, 'state_unknown')
})

test('A-72 with the session store a reload keeps the user, until the token is dead', async () => {
  const { tab, provider, callback } = await signedIn({ store: 'session' })
  for (const href of ['https://app.test/other', callback]) {
    tab.href = href
    const session = auth(tab, provider, { store: 'session' })
    assert.equal((await session.ready()).status, 'signed-in')
    assert.equal(await session.token(), 'at')
  }
  tab.now += 3600
  const late = auth(tab, provider, { store: 'session' })
  assert.deepEqual(await late.ready(), { status: 'signed-out', why: 'expired' })
  assert.ok(!tab.names.some((name) => name.includes('session')))
})

test('A-72 with the memory store no token is stored', async () => {
  const { tab } = await signedIn()
  for (const name of tab.names) assert.ok(!/"at"|accessToken/.test(tab.storage.getItem(name)))
})

test('A-60 a forged state is refused, changes nothing, and the login goes on', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  const good = await back(tab, provider)
  tab.href = `https://app.test/cb?code=theirs&state=guessed&iss=${encodeURIComponent(ISSUER)}`
  const forged = await auth(tab, provider).ready()
  assert.deepEqual([forged.status, forged.error.code], ['signed-out', 'state_unknown'])
  assert.equal(provider.count('/token'), 0)
  tab.href = good
  assert.equal((await auth(tab, provider).ready()).status, 'signed-in')
})

const refusals = {
  'no state': [{ change: { state: undefined } }, 'state_unknown', 0],
  'iss of another server': [{ change: { iss: 'https://evil.test' } }, 'response_iss_mismatch', 0],
  'iss left out': [{ change: { iss: undefined } }, 'response_iss_missing', 0],
  'too late': [{ wait: 900 }, 'state_expired', 0],
  'a bad signature': [{ break: { signer: 'evil' } }, 'id_token_signature', 1],
  'another nonce': [{ break: { nonce: 'other' } }, 'id_token_nonce', 1],
}
for (const [what, [broken, code, redeemed]] of Object.entries(refusals)) {
  test(`a login fails: ${what}`, async () => {
    const end = await refusal(broken)
    assert.deepEqual([end.code, end.why, end.redeemed], [code, 'failed', redeemed])
  })
}

test('the user said no', async () => {
  const end = await refusal({ change: { code: undefined, error: 'access_denied' } })
  assert.deepEqual([end.code, end.why], ['access_denied', 'refused'])
})

test('a forged callback signs nobody out, and is reported beside who is signed in', async () => {
  const { tab, provider } = await signedIn({ store: 'session' })
  const forged = { 'error=x&state=forged': 'state_unknown', 'code=x&state=a&state=b': 'param_repeated', 'code=%zz&state=a': 'response_malformed' }
  for (const [query, code] of Object.entries(forged)) {
    tab.href = `https://app.test/cb?${query}`
    const session = auth(tab, provider, { store: 'session' })
    const { status, user, error } = await session.ready()
    assert.deepEqual([status, user.sub, error.code], ['signed-in', 'ada', code])
    assert.equal(await session.token(), 'at')
  }
  assert.equal(provider.count('/token'), 1)
})

test('a broken answer to a login that waits leaves a user signed in, and the login goes on', async () => {
  const { tab, provider } = await signedIn({ store: 'session' })
  const good = await back(tab, provider, { options: { store: 'session' } })
  tab.href = `${good}&code=theirs`
  const { status, error } = await auth(tab, provider, { store: 'session' }).ready()
  assert.deepEqual([status, error.code], ['signed-in', 'param_repeated'])
  tab.href = good
  assert.deepEqual(Object.keys(await auth(tab, provider, { store: 'session' }).ready()), ['status', 'user', 'scopes', 'expiresAt', 'stale', 'inDoubt'])
})

test('a forged callback does not bring a dead session back', async () => {
  const { tab, provider } = await signedIn({ store: 'session' })
  tab.now += 3600
  tab.href = 'https://app.test/cb?error=x&state=forged'
  const { status, error } = await auth(tab, provider, { store: 'session' }).ready()
  assert.deepEqual([status, error.code], ['signed-out', 'state_unknown'])
})

test('A-65 apps and servers that share a page leave each other their callbacks', async () => {
  const others = [{ clientId: 'other' }, { issuer: 'https://other.test' }, { clientId: 'other', issuer: 'https://other.test' }]
  for (const options of others) {
    const [tab, provider] = [new Tab(), new Provider()]
    const callback = await back(tab, provider)
    assert.deepEqual(await auth(tab, provider, options).ready(), { status: 'signed-out', why: 'never' })
    assert.equal(tab.href, callback)
    assert.equal((await auth(tab, provider).ready()).status, 'signed-in')

    tab.href = callback
    assert.deepEqual(await auth(tab, provider, options).ready(), { status: 'signed-out', why: 'never' })
    assert.equal(tab.href, callback, 'nor when it is over')
  }
})

test('A-61 an answer to nobody stays where it is', async () => {
  const callback = 'https://app.test/cb?code=c&state=theirs'
  const [tab, provider] = [new Tab(callback), new Provider()]
  assert.equal((await auth(tab, provider).ready()).error.code, 'state_unknown')
  assert.equal(tab.href, callback)
})

test('A-68 a token in the fragment is refused, the URL is cleaned and the login goes on', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  const good = await back(tab, provider)
  const state = new URL(good).searchParams.get('state')
  for (const bad of [`${good}#access_token=theirs`, `https://app.test/cb#access_token=theirs&state=${state}`]) {
    tab.href = bad
    const { error } = await auth(tab, provider).ready()
    assert.equal(error.code, 'response_malformed')
    assert.equal(tab.href, 'https://app.test/cb')
  }
  assert.equal(provider.count('/token'), 0)
  tab.href = good
  assert.equal((await auth(tab, provider).ready()).status, 'signed-in')
})

test('A-68 a fragment of the app itself is left alone', async () => {
  for (const href of ['https://app.test/cb#state=open&x=1', 'https://app.test/cb#/route?x=1']) {
    const [tab, provider] = [new Tab(), new Provider()]
    await back(tab, provider)
    tab.href = href
    assert.deepEqual(await auth(tab, provider).ready(), { status: 'signed-out', why: 'never' })
    assert.equal(tab.href, href)
  }
})

test('a page that no login can carry is come back to as near as can be', async () => {
  const ways = {
    [`https://app.test/cb?q=${'x'.repeat(1100)}`]: '/cb',
    'https://app.test/cb?a=\\x': '/cb',
    'https://app.test//cb': '/',
    'https://app.test/cb?code=c&state=forged': '/cb',
    'https://app.test/cb?page=2#here': '/cb?page=2#here',
  }
  for (const [href, end] of Object.entries(ways)) {
    const [tab, provider] = [new Tab(href), new Provider()]
    const options = { redirectUri: 'https://app.test/cb' }
    await back(tab, provider, { options })
    assert.equal((await auth(tab, provider, options).ready()).status, 'signed-in')
    assert.equal(tab.href, `https://app.test${end}`)
  }
})

test('no request follows a redirect, and no body is read beyond 64 KiB', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  const redirects = []
  const fetch = (url, init) => {
    redirects.push(init.redirect)
    return provider.fetch(url, init)
  }
  await back(tab, provider, { options: { fetch } })
  assert.equal((await auth(tab, provider, { fetch }).ready()).status, 'signed-in')
  assert.deepEqual(redirects, ['manual', 'manual', 'manual'])

  let [read, cancelled] = [0, false]
  const endless = async () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          read += 1024
          controller.enqueue(new Uint8Array(1024).fill(32))
        },
        cancel: () => void (cancelled = true),
      }),
    )
  await assert.rejects(auth(new Tab(), provider, { fetch: endless }).login(), { stage: 'discover', code: 'discovery_not_json' })
  assert.ok(cancelled && read < 80 * 1024, `${read}`)
})

test('a parameter given twice is refused and the login goes on', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  const good = await back(tab, provider)
  tab.href = `${good}&code=theirs`
  assert.equal((await auth(tab, provider).ready()).error.code, 'param_repeated')
  tab.href = good
  assert.equal((await auth(tab, provider).ready()).status, 'signed-in')
})

test('a code whose answer is lost is not sent again', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  await back(tab, provider)
  let tries = 0
  const fetch = async () => {
    tries++
    throw new TypeError('fetch failed')
  }
  const { error } = await auth(tab, provider, { fetch }).ready()
  assert.deepEqual([error.code, error.stage, error.remedy], ['offline', 'redeem', 'retry'])
  assert.equal(tries, 1)
})

test('a server that cannot be found fails the login and not the page', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  const session = auth(tab, provider, { fetch: () => Promise.reject(new TypeError('no')) })
  await assert.rejects(session.login(), { code: 'discovery_unreachable', remedy: 'retry' })
  assert.deepEqual([session.snapshot.status, session.snapshot.why], ['signed-out', 'failed'])
  assert.deepEqual(tab.left, [])
})

test('A-62 login twice leaves once; logins of two tabs do not disturb each other', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  const session = auth(tab, provider)
  assert.equal(session.login(), session.login())
  await until(() => tab.left.length > 0)
  const first = `https://app.test/cb${provider.authorize(tab.left[0])}`
  await back(tab, provider)
  assert.equal(tab.names.filter((name) => name.includes('login')).length, 2)
  provider.authorize(tab.left[0])
  tab.href = first
  assert.equal((await auth(tab, provider).ready()).status, 'signed-in')
})

test('A-69 a way back to another site is refused before the page leaves', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  await assert.rejects(auth(tab, provider).login({ returnTo: '//evil.test' }), { code: 'return_to_invalid' })
  assert.deepEqual(tab.left, [])
})

test('A-71 nothing is posted to other windows, and what they post is not listened to', async () => {
  const heard = []
  const posted = []
  const fakes = {
    addEventListener: (type) => void heard.push(type),
    postMessage: (...message) => void posted.push(message),
    BroadcastChannel: class { constructor(name) { posted.push(name) } },
    opener: { postMessage: (...message) => void posted.push(message) },
    document: { addEventListener: (type) => void heard.push(type) },
  }
  const before = Object.fromEntries(Object.keys(fakes).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]))
  for (const [name, value] of Object.entries(fakes)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  try {
    const [tab, provider] = [new Tab(), new Provider()]
    // What the package itself does when a page leaves, and not what a test does for it.
    const { when, ...effects } = tab.effects
    auth(tab, provider, { effects }).login().catch(() => undefined)
    await until(() => tab.left.length > 0)
    tab.href = `https://app.test/cb${provider.authorize(tab.left[0])}`
    const session = auth(tab, provider, { effects })
    assert.equal((await session.ready()).status, 'signed-in')
    await session.logout()
  } finally {
    for (const [name, descriptor] of Object.entries(before)) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor)
      else delete globalThis[name]
    }
  }
  assert.deepEqual([new Set(heard), posted], [new Set(['pageshow', 'online', 'visibilitychange']), []])
})

test('A-72 what outlives the tab is told a hash, and no token', async () => {
  const touched = []
  const trap = (name) => Object.defineProperty(globalThis, name, { get: () => void touched.push(name), configurable: true })
  const names = ['localStorage', 'indexedDB', 'caches', 'cookieStore']
  const before = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)])
  names.forEach(trap)
  try {
    for (const store of ['memory', 'session']) {
      const { local, cookies } = (await signedIn({ store })).tab.browser
      assert.deepEqual([local.length, cookies.length], [1, 0])
      // By it, other tabs know that their tokens are old.
      assert.match(local.getItem(local.key(0)), /^\d+ \d+ [\w-]{22}$/)
    }
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor)
      else delete globalThis[name]
    }
  }
  assert.deepEqual(touched, [])
})

test('A-73 without randomness or cryptography nobody leaves for the server', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  for (const random of [() => { throw new Error('no entropy') }, () => new Uint8Array(31).fill(7), () => new Uint8Array(0), () => new Uint8Array(32)]) {
    const session = auth(tab, provider, { effects: { ...tab.effects, random } })
    await assert.rejects(session.login(), { code: 'no_randomness', remedy: 'fix-config' })
    assert.equal(session.snapshot.status, 'signed-out')
  }
  const there = Object.getOwnPropertyDescriptor(globalThis, 'crypto')
  const before = provider.sent.length
  for (const value of [undefined, {}, { getRandomValues: (bytes) => bytes }]) {
    Object.defineProperty(globalThis, 'crypto', { value, configurable: true })
    try {
      await assert.rejects(auth(tab, provider).login(), { code: 'insecure_context', remedy: 'fix-config' })
    } finally {
      Object.defineProperty(globalThis, 'crypto', there)
    }
  }
  assert.equal(provider.sent.length, before)
  assert.deepEqual(tab.left, [])
  assert.ok(!tab.names.some((name) => name.includes('login')), 'no login waits')
})

test('A-73 what is random is asked of the platform, 32 bytes for each login', async (t) => {
  const [tab, provider] = [new Tab(), new Provider()]
  t.mock.method(Math, 'random', () => assert.fail('Math.random'))
  const asked = t.mock.method(crypto, 'getRandomValues')
  const { random, ...effects } = tab.effects
  for (let logins = 1; logins <= 2; logins++) {
    auth(tab, provider, { effects }).login().catch(() => undefined)
    await until(() => tab.left.length === logins)
  }
  assert.deepEqual(asked.mock.calls.map(({ result }) => result.length), [32, 32])
  const states = tab.left.map((url) => new URL(url).searchParams.get('state'))
  assert.notEqual(states[0], states[1])
})

test('A-74 twenty logins wait in a tab, and the oldest makes room', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  const [callbacks, options] = [[], { redirectUri: 'https://app.test/cb' }]
  for (let logins = 0; logins < 21; logins++) {
    tab.href = 'https://app.test/start'
    // More often, and it would be a loop.
    tab.now += 31
    callbacks.push(await back(tab, provider, { options }))
  }
  assert.equal(tab.names.filter((name) => name.includes('login')).length, 20)
  const arrive = (callback) => {
    tab.href = callback
    return auth(tab, provider, options).ready()
  }
  assert.equal((await arrive(callbacks[0])).error.code, 'state_unknown')
  assert.equal(provider.count('/token'), 0)
  assert.equal((await arrive(callbacks[20])).status, 'signed-in')
})

test('storage that is denied is said', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  const effects = { ...tab.effects, storage: () => { throw new Error('SecurityError') } }
  await assert.rejects(auth(tab, provider, { effects }).login(), { code: 'storage_denied', remedy: 'ask-user' })
})

test('A-17 a code of the app itself is left alone', async () => {
  const [tab, provider] = [new Tab('https://app.test/cb?code=SUMMER'), new Provider()]
  assert.deepEqual(await auth(tab, provider).ready(), { status: 'signed-out', why: 'never' })
  assert.equal(tab.href, 'https://app.test/cb?code=SUMMER')
})

test('the token goes to allowed origins only', async () => {
  const { provider, session } = await signedIn({ allowedOrigins: ['https://api.test'] })
  for (const url of ['/tasks', 'https://app.test/tasks', `${ISSUER}/userinfo`, 'https://api.test/x']) {
    await session.fetch(url)
    const { headers } = provider.sent.at(-1)
    assert.equal(headers.get('authorization'), 'Bearer at')
  }
  const before = provider.sent.length
  for (const url of ['https://evil.test/', 'https://api.test.evil.test/', 'http://app.test/', '//evil.test/x']) {
    await assert.rejects(session.fetch(url), { code: 'token_to_foreign_origin', remedy: 'fix-config' })
  }
  assert.equal(provider.sent.length, before)
})

test('a dead token is not handed out, and signing out forgets it', async () => {
  const { tab, session } = await signedIn()
  tab.now += 3600
  await assert.rejects(session.token(), { code: 'session_gone', remedy: 'login-again' })
  assert.deepEqual(session.snapshot, { status: 'signed-out', why: 'expired' })

  const other = await signedIn({ store: 'session' })
  await other.session.logout()
  assert.deepEqual(other.session.snapshot, { status: 'signed-out', why: 'user' })
  await assert.rejects(other.session.token(), { code: 'session_gone' })
  assert.ok(!other.tab.names.some((name) => name.includes('session')))
})

test('a listener hears every change until it stops listening', async () => {
  const [tab, provider] = [new Tab(), new Provider()]
  await back(tab, provider)
  const session = auth(tab, provider)
  const heard = []
  const stop = session.subscribe((snapshot) => heard.push(snapshot.status))
  await session.ready()
  await session.logout()
  stop()
  assert.deepEqual(heard, ['restoring', 'signed-in', 'signed-out'])
})

test('a login that cannot begin leaves a user signed in', async () => {
  const { tab, session } = await signedIn()
  const before = tab.left.length
  await assert.rejects(session.login({ returnTo: 'https://evil.test/' }), { code: 'return_to_invalid' })
  assert.equal(session.snapshot.status, 'signed-in')
  assert.equal(await session.token(), 'at')
  assert.equal(tab.left.length, before)
})

test('in a page the same set-up twice is one session, on a server it is not', () => {
  const create = (clientId) => createAuth({ issuer: ISSUER, clientId })
  assert.notEqual(create('app'), create('app'))
  globalThis.document = {}
  try {
    assert.equal(create('app'), create('app'))
    assert.notEqual(create('app'), create('other'))
  } finally {
    delete globalThis.document
  }
})

test('on a server that renders the page it stays open who is signed in', async () => {
  const session = createAuth({ issuer: ISSUER, clientId: 'app' })
  assert.deepEqual(await session.ready(), { status: 'restoring' })
})
