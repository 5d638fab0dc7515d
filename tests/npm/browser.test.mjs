// What the package does with a browser itself: here made of globals.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantflow } from './package.mjs'
import { ISSUER, Provider, Tab, until } from './stub.mjs'

const { createAuth } = grantflow

// Cookies as a browser keeps them: a name with the prefix is taken for this host alone.
class Jar {
  items = new Map()

  get cookie() {
    return [...this.items].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  set cookie(text) {
    const [pair, ...attributes] = text.split('; ')
    const [name, value] = pair.split('=')
    const isHost = ['secure', 'path=/'].every((wanted) => attributes.includes(wanted)) && !/domain/i.test(text)
    assert.ok(isHost || !name.startsWith('__Host-'))
    if (attributes.includes('max-age=0')) this.items.delete(name)
    else this.items.set(name, value)
  }
}

function page(globals) {
  const names = Object.keys(globals)
  for (const name of names) Object.defineProperty(globalThis, name, { value: globals[name], configurable: true, writable: true })
  return () => names.forEach((name) => delete globalThis[name])
}

// Nothing but cookies takes a record.
function auth(tab, provider, more = {}) {
  const { storage, ...effects } = tab.effects
  return createAuth({ issuer: ISSUER, clientId: 'app', redirectUri: 'https://app.test/cb', fetch: provider.fetch, effects, ...more })
}

async function leave(tab, provider) {
  const leaving = auth(tab, provider)
  const before = tab.left.length
  leaving.login({ returnTo: '/' }).catch(() => undefined)
  await until(() => tab.left.length > before)
  leaving[Symbol.dispose]()
  tab.href = `https://app.test/cb${provider.authorize(tab.left.at(-1))}`
}

for (const [protocol, prefix] of [['https:', '__Host-'], ['http:', '']]) {
  test(`a login that waits in a cookie has the name that is safest: ${protocol}`, async (t) => {
    const jar = new Jar()
    t.after(page({ document: jar, location: { protocol } }))
    const [tab, provider] = [new Tab(), new Provider()]
    await leave(tab, provider)
    const names = [...jar.items.keys()]
    assert.ok(names.length > 0 && names.every((name) => name.startsWith(`${prefix}grantflow.`)), names)
    jar.items.set(`${prefix}grantflow.broken`, '%zz')
    assert.equal((await auth(tab, provider).ready()).status, 'signed-in')
    assert.ok(![...jar.items.keys()].some((name) => name.includes('.login.')), 'no login waits')
  })
}

test('a cookie that another host may have set is no record', async (t) => {
  const jar = new Jar()
  t.after(page({ document: jar, location: { protocol: 'https:' } }))
  const [tab, provider] = [new Tab(), new Provider()]
  await leave(tab, provider)
  for (const [name, value] of [...jar.items]) {
    jar.items.delete(name)
    jar.items.set(name.slice('__Host-'.length), value)
  }
  const { status, error } = await auth(tab, provider).ready()
  assert.deepEqual([status, error.code], ['signed-out', 'state_unknown'])
  assert.equal(provider.count('/token'), 0)
})

test('a window that goes to the server has no way back to the page', async (t) => {
  const said = []
  const opened = {
    set opener(value) { said.push(['opener', value]) },
    location: { set href(url) { said.push(['go', new URL(url).origin]) } },
    close: () => said.push(['close']),
  }
  t.after(page({ open: () => opened }))
  const [tab, provider] = [new Tab(), new Provider()]
  const { popup, storage, ...effects } = tab.effects
  const session = auth(tab, provider, { relayUri: 'https://app.test/relay', effects: { ...effects, storage } })
  session.popup().catch(() => undefined)
  await until(() => said.length > 1)
  assert.deepEqual(said, [['opener', null], ['go', ISSUER]])
  session[Symbol.dispose]()
})
