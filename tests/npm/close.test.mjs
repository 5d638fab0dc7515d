// What becomes of whatever is under way when a set-up is thrown away.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantflow } from './package.mjs'
import { Browser, ISSUER, Provider, Tab, until } from './stub.mjs'

const { createAuth } = grantflow

function auth(tab, provider, more = {}) {
  return createAuth({ issuer: ISSUER, clientId: 'app', redirectUri: 'https://app.test/cb', relayUri: 'https://app.test/relay', fetch: provider.fetch, effects: tab.effects, ...more })
}

async function signIn(tab, provider, options = {}) {
  const leaving = auth(tab, provider, options)
  leaving.login({ returnTo: '/' }).catch(() => undefined)
  await until(() => tab.left.length > 0)
  leaving[Symbol.dispose]()
  tab.href = `https://app.test/cb${provider.authorize(tab.left[0])}`
  const session = auth(tab, provider, options)
  assert.equal((await session.ready()).status, 'signed-in')
  return session
}

const server = () => Object.assign(new Provider(), { token: { access_token: 'at0', refresh_token: 'rt0' } })

// Channels as browsers have them: to post to one that is closed throws.
function strict(tab) {
  const channel = (name, hear) => {
    const { post, close } = tab.effects.channel(name, hear)
    let isClosed = false
    const say = (word) => {
      if (isClosed) throw new Error('InvalidStateError')
      post(word)
    }
    return { post: say, close: () => close((isClosed = true)) }
  }
  return { ...tab.effects, channel }
}

for (const store of ['memory', 'local']) {
  test(`a refresh that is under way is kept and told, and the lock is free: ${store}`, async () => {
    const [browser, provider] = [new Browser(), server()]
    const tabs = [new Tab(undefined, browser), new Tab(undefined, browser)]
    const first = await signIn(tabs[0], provider, { store, effects: strict(tabs[0]) })
    const second = auth(tabs[1], provider, { store })
    await second.ready()
    for (const tab of tabs) tab.now += 4000
    let go
    provider.pause = new Promise((resolve) => (go = resolve))
    const token = first.token()
    await until(() => provider.count('/token') === 2)
    first[Symbol.dispose]()
    go()
    assert.equal(await token, 'at1')
    assert.equal(await second.token(), 'at1')
    for (const tab of tabs) tab.now += 4000
    assert.equal(await second.token(), 'at2')
    assert.equal(provider.robbed, false)
    assert.equal([...browser.channels].filter(([name]) => name !== 'grantflow.relay')[0][1].size, 1, 'the channel is closed in the end')
  })
}

test('a channel that is broken keeps nobody from a token', async () => {
  const [tab, provider] = [new Tab(), server()]
  const channel = () => ({ post: () => { throw new Error('InvalidStateError') }, close: () => undefined })
  const session = await signIn(tab, provider, { effects: { ...tab.effects, channel } })
  for (const expected of ['at1', 'at2']) {
    tab.now += 4000
    assert.equal(await session.token(), expected)
  }
})

test('who waits for a window or a frame is told, and they are closed', async () => {
  for (const [kind, opened] of [['popup', (tab) => tab.opened?.urls.length > 0 && !tab.opened.closed], ['silent', (tab) => tab.frames.length > 0]]) {
    const [tab, provider] = [new Tab(), server()]
    const session = auth(tab, provider)
    await session.ready()
    const end = session[kind]()
    end.catch(() => undefined)
    await until(() => opened(tab))
    session[Symbol.dispose]()
    await assert.rejects(end, { code: 'aborted', remedy: 'retry' })
    assert.ok(!opened(tab))
  }
})

test('who waits for a server that is slow is told', async () => {
  const [tab, provider] = [new Tab(), server()]
  const effects = { ...tab.effects, send: () => new Promise(() => undefined) }
  const session = auth(tab, provider, { effects })
  await session.ready()
  const end = session.login()
  await new Promise((resolve) => setTimeout(resolve, 5))
  session[Symbol.dispose]()
  await assert.rejects(end, { code: 'aborted' })
})

test('a listener that throws holds up nobody, and is reported', async (t) => {
  const reported = []
  globalThis.reportError = ({ message }) => void reported.push(message)
  t.after(() => delete globalThis.reportError)
  const [tab, provider] = [new Tab(), server()]
  const session = await signIn(tab, provider, { store: 'local' })
  session.subscribe(() => { throw new Error('subscribe') })
  session.on('step-up', () => { throw new Error('step-up') })
  const heard = []
  session.subscribe(({ expiresAt }) => heard.push(expiresAt))
  session.on('step-up', ({ scope }) => heard.push(scope))
  for (const expected of ['at1', 'at2']) {
    tab.now += 4000
    assert.equal(await session.token(), expected)
  }
  assert.ok(heard.length >= 3, heard)
  provider.wants = 'tasks:write'
  assert.equal((await session.fetch('/api/tasks')).status, 403)
  assert.equal(heard.at(-1), 'openid profile tasks:write')
  assert.deepEqual([reported.at(0), reported.at(-1)], ['subscribe', 'step-up'])
})

test('an effect that throws holds up no other, and who asked hears of it', async () => {
  const [tab, provider] = [new Tab(), server()]
  const leaving = auth(tab, provider)
  leaving.login({ returnTo: '/' }).catch(() => undefined)
  await until(() => tab.left.length > 0)
  leaving[Symbol.dispose]()
  tab.href = `https://app.test/cb${provider.authorize(tab.left[0])}`
  let calls = 0
  const replaceUrl = () => {
    if (calls++ === 0) throw new Error('too often')
  }
  const { error } = await auth(tab, provider, { effects: { ...tab.effects, replaceUrl } }).ready()
  assert.deepEqual([error.code, error.cause?.message], ['internal', 'too often'])
  await until(() => provider.count('/token') === 1)
})

test('a request that is given up waits for no token, and its signal is let go', async () => {
  const [tab, provider] = [new Tab(), server()]
  const session = await signIn(tab, provider)
  const count = (signal) => {
    const own = { heard: 0 }
    for (const [name, step] of [['addEventListener', 1], ['removeEventListener', -1]]) {
      const plain = signal[name].bind(signal)
      signal[name] = (...all) => {
        own.heard += step
        plain(...all)
      }
    }
    return own
  }
  const url = 'https://app.test/api/tasks'
  const ways = [(signal) => session.fetch(url, { signal }), (signal) => session.fetch(new Request(url, { signal }))]
  for (const way of ways) {
    let go
    tab.now += 4000
    provider.pause = new Promise((resolve) => (go = resolve))
    const stop = new AbortController()
    const [before, asked] = [provider.sent.length, way(stop.signal)]
    asked.catch(() => undefined)
    await until(() => provider.sent.length > before)
    stop.abort()
    await assert.rejects(asked, { code: 'aborted' })
    go()
    await session.token()
  }
  const { signal } = new AbortController()
  const own = count(signal)
  tab.now += 4000
  assert.match(await session.token({ signal }), /^at/)
  assert.equal(own.heard, 0)
  const given = new AbortController()
  given.abort()
  assert.ok(await session.fetch(new Request(url, { signal: given.signal }), { signal: null }))
})

test('a store of the app is told one thing after the other, and the lock waits for it', async () => {
  const [browser, provider] = [new Browser(), server()]
  const items = new Map()
  const said = []
  // The later, the faster.
  let pause = 24
  const after = async (name, work) => {
    said.push(`${name}`)
    await new Promise((resolve) => setTimeout(resolve, (pause = Math.max(0, pause - 4))))
    said.push(`${name}.`)
    return work()
  }
  const store = {
    getItem: (name) => after('get', () => items.get(name) ?? null),
    setItem: (name, value) => after('set', () => void items.set(name, value)),
    removeItem: (name) => after('remove', () => void items.delete(name)),
  }
  const tab = new Tab(undefined, browser)
  const lock = async (name) => {
    const release = await tab.effects.lock(name)
    return () => release(said.push('free'))
  }
  const session = await signIn(tab, provider, { store, effects: { ...tab.effects, lock } })
  tab.now += 4000
  assert.equal(await session.token(), 'at1')
  pause = 24
  await session.logout()
  await until(() => said.at(-1) === 'free' && items.size === 0)
  const all = said.filter((word) => word !== 'free')
  for (let at = 0; at < all.length; at += 2) assert.equal(all[at + 1], `${all[at]}.`, said.join(' '))
  for (const [at, word] of said.entries()) if (word === 'free') assert.match(said[at - 1], /\.$/, said.join(' '))
})

test('a set-up that a listener throws away still lets go of the lock', async () => {
  const [browser, provider] = [new Browser(), server()]
  const tabs = [new Tab(undefined, browser), new Tab(undefined, browser)]
  const first = await signIn(tabs[0], provider, { effects: strict(tabs[0]) })
  const second = auth(tabs[1], provider)
  await second.ready()
  for (const tab of tabs) tab.now += 4000
  let calls = 0
  first.subscribe(() => calls++ > 0 && first[Symbol.dispose]())
  assert.equal(await first.token().catch(({ code }) => code), 'at1')
  await until(() => calls > 1)
  for (const tab of tabs) tab.now += 4000
  assert.equal(await second.token(), 'at2')
  assert.equal(provider.robbed, false)
})
