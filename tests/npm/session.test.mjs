// The life of an app: refreshing, tabs, windows, signing out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantflow } from './package.mjs'
import { Browser, ISSUER, Provider, Tab, until } from './stub.mjs'

const { createAuth } = grantflow
const STORES = ['memory', 'session', 'local']
const ENDPOINTS = { revocation_endpoint: `${ISSUER}/revoke`, end_session_endpoint: `${ISSUER}/logout` }

function provider() {
  return Object.assign(new Provider(), { token: { access_token: 'at0', refresh_token: 'rt0' }, metadata: ENDPOINTS })
}

function auth(tab, provider, more = {}) {
  return createAuth({ issuer: ISSUER, clientId: 'app', redirectUri: 'https://app.test/cb', relayUri: 'https://app.test/relay', fetch: provider.fetch, effects: tab.effects, ...more })
}

async function leave(tab, provider, options = {}) {
  const session = auth(tab, provider, options)
  const before = tab.left.length
  session.login({ returnTo: '/tasks' }).catch(() => undefined)
  await until(() => tab.left.length > before)
  session[Symbol.dispose]()
  return `https://app.test/cb${provider.authorize(tab.left.at(-1))}`
}

async function signIn(tab, provider, options = {}) {
  tab.href = await leave(tab, provider, options)
  const session = auth(tab, provider, options)
  const { status, error } = await session.ready()
  assert.equal(status, 'signed-in', error)
  return session
}

async function two(store) {
  const [browser, server] = [new Browser(), provider()]
  const tabs = [new Tab('https://app.test/cb', browser), new Tab('https://app.test/cb', browser)]
  const first = await signIn(tabs[0], server, { store })
  const second = auth(tabs[1], server, { store })
  await second.ready()
  const pass = (seconds) => tabs.forEach((tab) => (tab.now += seconds))
  return { tabs, server, sessions: [first, second], pass }
}

const status = ({ snapshot }) => snapshot.why ?? snapshot.status

for (const store of STORES) {
  test(`tabs share who is signed in, one refresh, and the sign-out: ${store}`, async () => {
    const { server, sessions, pass } = await two(store)
    assert.deepEqual(sessions.map(status), ['signed-in', 'signed-in'])
    pass(4000)
    server.now += 4000
    const asked = [...sessions, ...sessions].map((session) => session.token())
    assert.deepEqual(await Promise.all(asked), ['at1', 'at1', 'at1', 'at1'])
    assert.deepEqual([server.turn, server.robbed], [1, false])

    await sessions[0].logout()
    assert.deepEqual(sessions.map(status), ['user', 'other-tab'])
    assert.equal(server.count('/revoke'), 1)
    await assert.rejects(sessions[1].token(), { code: 'session_gone' })
  })
}

test('with the local store a new tab and a reload find the user', async () => {
  const [browser, server] = [new Browser(), provider()]
  const session = await signIn(new Tab('https://app.test/cb', browser), server, { store: 'local' })
  session[Symbol.dispose]()
  const later = auth(new Tab('https://app.test/other', browser), server, { store: 'local' })
  assert.equal((await later.ready()).user.sub, 'ada')
  assert.equal(await later.token(), 'at0')
})

test('with a store of the app, which may take its time, tokens are there', async () => {
  const items = new Map()
  const store = {
    getItem: async (name) => items.get(name) ?? null,
    setItem: async (name, value) => void items.set(name, value),
    removeItem: async (name) => void items.delete(name),
  }
  const [tab, server] = [new Tab(), provider()]
  const session = await signIn(tab, server, { store })
  tab.now += 4000
  assert.equal(await session.token(), 'at1')
  session[Symbol.dispose]()
  const again = auth(tab, server, { store })
  await again.ready()
  assert.equal(await again.token(), 'at1')
  await again.logout()
  assert.equal(items.size, 0)
})

test('a lost answer leaves the user signed in, and says so', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = await signIn(tab, server)
  tab.now += 4000
  server.lost = true
  await assert.rejects(session.token(), { code: 'refresh_in_doubt', remedy: 'retry' })
  const { status, stale, inDoubt } = session.snapshot
  assert.deepEqual([status, stale, inDoubt], ['signed-in', true, true])
  server.lost = false
  tab.now += 10
  tab.happens('online')
  await until(() => !session.snapshot.stale)
  assert.equal(await session.token(), 'at1')
})

test('a server that takes the refresh token no longer ends the session', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = await signIn(tab, server)
  server.refuses = true
  tab.now += 4000
  await assert.rejects(session.token(), { code: 'session_revoked', remedy: 'login-again' })
  assert.deepEqual([status(session), session.snapshot.error.code], ['revoked', 'session_revoked'])
})

test('a token that an API refuses is replaced, once for all, and only what is safe is sent again', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = await signIn(tab, server)
  server.dead = 'at0'
  const answers = await Promise.all([1, 2, 3].map(() => session.fetch('/api/tasks')))
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200])
  assert.equal(server.turn, 1)
  server.dead = 'at1'
  assert.equal((await session.fetch('/api/tasks', { method: 'POST' })).status, 401)
  assert.equal((await session.fetch('/api/tasks', { method: 'POST' })).status, 200)
})

test('an API that wants more scope makes the app ask for it', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = await signIn(tab, server)
  const asked = []
  const stop = session.on('step-up', ({ scope }) => asked.push(scope))
  server.wants = 'tasks:write'
  assert.equal((await session.fetch('/api/tasks')).status, 403)
  stop()
  await session.fetch('/api/tasks')
  assert.deepEqual(asked, ['openid profile tasks:write'])
})

test('a token that nobody waits for any more is not handed out', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = await signIn(tab, server)
  tab.now += 4000
  server.pause = new Promise((resolve) => setTimeout(resolve, 20))
  const stop = new AbortController()
  const token = session.token({ signal: stop.signal })
  stop.abort()
  await assert.rejects(token, { code: 'aborted' })
  assert.equal(await session.token(), 'at1')
})

test('a window brings the user back by word, whatever else is said', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = auth(tab, server)
  await session.ready()
  const relay = new Tab('https://app.test/relay', tab.browser).effects.channel('grantflow.relay', () => undefined)
  const signedIn = session.popup()
  await until(() => tab.opened.urls.length > 0)
  assert.equal(new URL(tab.opened.urls[0]).searchParams.get('redirect_uri'), 'https://app.test/relay')
  const answer = server.authorize(tab.opened.urls[0])
  relay.post('https://app.test/relay?code=c&state=guessed')
  relay.post(`https://app.test/relay${answer}`)
  const snapshot = await signedIn
  assert.deepEqual([snapshot.status, tab.opened.closed, tab.left], ['signed-in', true, []])
})

test('a window that is blocked or given up is said', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = auth(tab, server)
  const stop = new AbortController()
  const given = session.popup({ signal: stop.signal })
  await until(() => tab.opened.urls.length > 0)
  stop.abort()
  await assert.rejects(given, { code: 'aborted' })
  assert.equal(tab.opened.closed, true)
  tab.blocks = true
  await assert.rejects(session.popup(), { code: 'popup_blocked', remedy: 'ask-user' })
  tab.blocks = false
  const homeless = auth(tab, server, { relayUri: undefined })
  await assert.rejects(homeless.popup(), { code: 'config_invalid', subject: 'relay_uri' })
})

test('a frame signs in unseen, or says no, or is tried once', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = auth(tab, server)
  const relay = new Tab('https://app.test/relay', tab.browser).effects.channel('grantflow.relay', () => undefined)
  const wake = tab.effects.wake
  for (const change of [{ code: undefined, error: 'login_required' }, {}]) {
    const end = session.silent()
    end.catch(() => undefined)
    await until(() => tab.frames.length > 0)
    assert.equal(new URL(tab.frames[0]).searchParams.get('prompt'), 'none')
    relay.post(`https://app.test/relay${server.authorize(tab.frames[0], change)}`)
    if (change.error) await assert.rejects(end, { code: 'login_required' })
    else assert.equal((await end).status, 'signed-in')
    assert.deepEqual(tab.frames, [])
  }
  await assert.rejects(session.silent(), { code: 'frame_refused' })
  await assert.rejects(session.silent(), { code: 'frame_refused' })
  assert.equal(session.snapshot.status, 'signed-in')
  assert.ok(wake)
})

test('the user who wants out everywhere leaves for the server', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = await signIn(tab, server)
  await session.logout({ everywhere: true, returnTo: '/bye' })
  const url = new URL(tab.left.at(-1))
  assert.equal(url.origin + url.pathname, `${ISSUER}/logout`)
  assert.equal(url.searchParams.get('post_logout_redirect_uri'), 'https://app.test/bye')
  assert.ok(url.searchParams.has('id_token_hint'))
})

test('a server that does not hear of the sign-out makes it incomplete', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = await signIn(tab, server)
  server.down = true
  await assert.rejects(session.logout(), { code: 'logout_incomplete', remedy: 'retry' })
  assert.equal(status(session), 'user')
})

test('a third login in a minute that comes to nothing is a loop', async () => {
  const [tab, server] = [new Tab(), provider()]
  for (let turn = 0; turn < 2; turn++) {
    const callback = await leave(tab, server)
    tab.href = callback.replace('code=the-code', 'error=server_error')
    const session = auth(tab, server)
    assert.equal((await session.ready()).error.code, 'server_error')
    session[Symbol.dispose]()
    tab.now += 5
  }
  const session = auth(tab, server)
  await assert.rejects(session.login(), { code: 'login_loop', subject: 'server_error' })
  assert.deepEqual([status(session), session.snapshot.error.code], ['login-loop', 'login_loop'])
  assert.match(session.explain(session.snapshot.error), /login_loop \(server_error\)/)
})

for (const rung of ['local', 'cookie']) {
  test(`where the tab's storage takes nothing, the login is kept elsewhere: ${rung}`, async () => {
    const [tab, server] = [new Tab(), provider()]
    const full = { ...tab.storage, setItem: () => { throw new Error('QuotaExceededError') } }
    const denied = rung === 'local' ? ['session'] : ['session', 'local']
    const effects = { ...tab.effects, storage: (area) => (denied.includes(area) ? full : tab.effects.storage(area)) }
    assert.equal((await signIn(tab, server, { effects })).user.sub, 'ada')
  })
}

test('who comes back by the Back button may leave again', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = auth(tab, server)
  session.login()
  await until(() => tab.left.length === 1)
  assert.equal(status(session), 'leaving')
  tab.happens('back')
  assert.equal(status(session), 'refused')
  session.login()
  await until(() => tab.left.length === 2)
})

test('a page that does not leave after all says so, and the user may leave again', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = auth(tab, server)
  for (let times = 1; times < 5; times++) {
    const login = session.login()
    await until(() => tab.left.length === times)
    assert.equal(session.login(), login, 'it is on the way')
    tab.now += 15
    tab.happens('online')
    assert.equal(status(session), 'refused')
    await assert.rejects(login, { code: 'aborted' })
  }
  // Who waits for nothing is not told.
  void session.login()
  await until(() => tab.left.length === 5)
  tab.now += 15
  tab.happens('online')
  await until(() => status(session) === 'refused')
})

for (const dpop of ['off', 'auto']) {
  test(`a login that is asked for before it is known who is in is one, and may come to nothing: dpop ${dpop}`, async () => {
    const [tab, server] = [new Tab(), provider()]
    const session = auth(tab, server, { dpop })
    const login = session.login()
    await until(() => tab.left.length === 1)
    assert.equal(session.login(), login, 'it is on the way')
    tab.happens('back')
    // Who waits for nothing is not told: Node would end the test.
    await new Promise((resolve) => setTimeout(resolve, 10))
    await assert.rejects(login, { code: 'aborted' })
    session.login()
    await until(() => tab.left.length === 2)
  })
}

test('who asks to be signed in as soon as nobody is known to be in leaves once', async () => {
  const [tab, server] = [new Tab(), provider()]
  const session = auth(tab, server)
  let times = 0
  session.subscribe(({ status }) => {
    if (status !== 'signed-out') return
    times++
    session.login().catch(() => undefined)
  })
  assert.equal(await session.ready(), session.snapshot)
  await until(() => tab.left.length > 0)
  assert.deepEqual([times, tab.left.length, status(session)], [1, 1, 'leaving'])
})

for (const [what, happens] of [['comes back', 'back'], ['stays', 'online']]) {
  test(`an app that signs in by itself leaves once, and not again when the user ${what}`, async () => {
    const [tab, server] = [new Tab(), provider()]
    const session = auth(tab, server)
    session.subscribe(({ status, why }) => {
      if (status === 'signed-out' && why === 'never') session.login().catch(() => undefined)
    })
    void session.ready()
    await until(() => tab.left.length === 1)
    for (let times = 0; times < 3; times++) {
      tab.now += 15
      tab.happens(happens)
      await new Promise((resolve) => setTimeout(resolve, 10))
      assert.deepEqual([status(session), tab.left.length], ['refused', 1])
    }
  })
}

for (const store of STORES) {
  test(`who signs out before the page is ready is out, and so are the other tabs: ${store}`, async () => {
    const { tabs, server, sessions, pass } = await two(store)
    pass(1)
    const third = auth(new Tab('https://app.test/cb', tabs[0].browser), server, { store })
    const ready = third.ready()
    const out = third.logout()
    const seen = []
    third.subscribe(({ status }) => seen.push(status))
    await out
    assert.equal((await ready).status, 'signed-out')
    await until(() => sessions.every(({ snapshot }) => snapshot.status === 'signed-out'))
    assert.deepEqual([status(third), ...sessions.map(status)], ['user', 'other-tab', 'other-tab'])
    assert.ok(!seen.includes('signed-in'))
    assert.ok(server.count('/revoke') > 0)
  })

  test(`who signs out while the login comes back is not signed in by it: ${store}`, async () => {
    const [tab, server] = [new Tab(), provider()]
    tab.href = await leave(tab, server, { store })
    let answer
    server.pause = new Promise((resolve) => (answer = resolve))
    const session = auth(tab, server, { store })
    const seen = []
    session.subscribe(({ status }) => seen.push(status))
    void session.ready()
    await until(() => server.count('/token') === 1)
    await session.logout()
    assert.equal(status(session), 'user')
    answer()
    await until(() => server.count('/revoke') === 1)
    assert.ok(!seen.includes('signed-in'))
    assert.equal((await auth(tab, server, { store }).ready()).status, 'signed-out')
  })
}

test('a set-up that is thrown away hears nothing more', async () => {
  const { sessions } = await two('memory')
  sessions[1][Symbol.dispose]()
  await sessions[0].logout()
  assert.deepEqual(sessions.map(status), ['user', 'signed-in'])
})
