// `grantflow/vue` in Vue, from the rendering on a server to the sign-out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDocument, says } from './dom.mjs'
import { entry, grantflow } from './package.mjs'

const main = openDocument()
const { computed, createApp, createSSRApp, effectScope, h } = await import('vue')
const { renderToString } = await import('vue/server-renderer')
const { authPlugin, useAuth, useSnapshot } = await entry('vue')
const { createTestServer } = await entry('testing')
const { createAuth } = grantflow

const App = {
  setup() {
    const auth = useAuth()
    const snapshot = useSnapshot()
    const name = computed(() => (snapshot.value.status === 'signed-in' ? snapshot.value.user?.claims.name : undefined))
    const click = () => void (name.value ? auth.logout() : auth.login({ returnTo: '/tasks' }))
    return () => h('button', { onClick: click }, name.value ? `${name.value} is ${snapshot.value.status}` : snapshot.value.status)
  },
}

function mounted(auth) {
  const element = main()
  const app = createApp(App).use(authPlugin(auth))
  app.mount(element)
  return { element, app }
}

test('a user signs in by a click, and out by another', async () => {
  const server = createTestServer()
  const before = createAuth(server.page)
  const { element, app } = mounted(before)
  await says(element, 'signed-out')
  element.firstChild.click()
  await server.signIn(before)
  app.unmount()

  const { element: page } = mounted(createAuth(server.page))
  await says(page, 'Ada Lovelace is signed-in')
  assert.equal(server.href, 'https://app.test/tasks')
  page.firstChild.click()
  await says(page, 'signed-out')
})

test('a server renders without a request, and nobody listens there', async () => {
  const server = createTestServer()
  const auth = createAuth(server.page)
  let listeners = 0
  const watched = { ...auth, snapshot: auth.snapshot, subscribe: () => void listeners++ }
  assert.equal(await renderToString(createSSRApp(App).use(authPlugin(watched))), '<button>restoring</button>')
  assert.deepEqual([listeners, server.requests.length], [0, 0])
})

test('outside of components a scope ends what it began', async () => {
  const server = createTestServer()
  const auth = await server.signedIn(createAuth)
  const scope = effectScope()
  const snapshot = scope.run(() => useSnapshot(auth))
  assert.equal(snapshot.value.status, 'signed-in')
  scope.stop()
  await auth.logout()
  assert.equal(snapshot.value.status, 'signed-in')
})

test('without the plugin the mistake is named', () => {
  assert.throws(() => createApp({}).runWithContext(() => useAuth()), /app\.use\(authPlugin\(auth\)\)/)
})
