// `grantflow/react` in React, from the first rendering on a server to the sign-out.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { openDocument, says } from './dom.mjs'
import { entry, grantflow } from './package.mjs'

const main = openDocument()
globalThis.IS_REACT_ACT_ENVIRONMENT = true
const { StrictMode, act, createElement: h, useEffect } = await import('react')
const { createRoot, hydrateRoot } = await import('react-dom/client')
const { renderToString } = await import('react-dom/server')
const { AuthProvider, useAuth, useSnapshot, useUser } = await entry('react')
const { createTestServer } = await entry('testing')
const { createAuth } = grantflow

const complaints = []
const original = console.error
beforeEach(() => void (console.error = (...words) => void complaints.push(words.join(' '))))
afterEach(() => {
  console.error = original
  assert.deepEqual(complaints.splice(0), [], 'React has nothing to complain about')
})

function App() {
  const auth = useAuth()
  const { status } = useSnapshot()
  const user = useUser()
  const click = () => void auth.login({ returnTo: '/tasks' })
  return h('button', { onClick: user ? () => void auth.logout() : click }, user ? `${user.claims.name} is ${status}` : status)
}

const app = (auth) => h(StrictMode, null, h(AuthProvider, { auth }, h(App)))

async function rendered(auth) {
  const element = main()
  const root = createRoot(element)
  await act(() => root.render(app(auth)))
  return { element, root }
}

test('a user signs in by a click, and out by another', async () => {
  const server = createTestServer()
  const before = createAuth(server.page)
  const { element, root } = await rendered(before)
  await says(element, 'signed-out', act)
  await act(() => element.firstChild.click())
  await act(() => server.signIn(before))
  await act(() => root.unmount())

  const { element: page } = await rendered(createAuth(server.page))
  await says(page, 'Ada Lovelace is signed-in', act)
  assert.equal(server.href, 'https://app.test/tasks')
  assert.equal(server.requests.filter(({ endpoint }) => endpoint === 'token').length, 1, 'StrictMode sends the code once')
  await act(() => page.firstChild.click())
  await says(page, 'signed-out', act)
})

test('a server renders that it does not know, and the page takes over from there', async () => {
  const server = createTestServer()
  const auth = await server.signedIn(createAuth)
  const asked = server.requests.length
  const html = renderToString(app(auth))
  assert.equal(html, '<button>restoring</button>')
  assert.equal(server.requests.length, asked)

  const element = main()
  element.innerHTML = html
  await act(() => hydrateRoot(element, app(auth)))
  await says(element, 'Ada Lovelace is signed-in', act)
})

test('a component without a provider is given its session', async () => {
  const server = createTestServer()
  const auth = await server.signedIn(createAuth)
  const Name = () => {
    const { status } = useSnapshot(auth)
    return `${useUser(auth)?.claims.name} ${status}`
  }
  const element = main()
  const root = createRoot(element)
  await act(() => root.render(h(StrictMode, null, h(Name))))
  await says(element, 'Ada Lovelace signed-in', act)
  await act(() => root.unmount())
  assert.throws(() => renderToString(h(() => useSnapshot().status)), /AuthProvider/)
  assert.throws(() => renderToString(h(() => String(useAuth()))), /AuthProvider/)
})

test('whoever only acts is not rendered anew', async () => {
  const server = createTestServer()
  const auth = await server.signedIn(createAuth)
  let renders = 0
  const Acts = () => {
    useAuth()
    useEffect(() => void renders++)
    return null
  }
  const root = createRoot(main())
  await act(() => root.render(h(AuthProvider, { auth }, h(Acts))))
  await act(() => auth.logout())
  assert.equal(renders, 1)
})
