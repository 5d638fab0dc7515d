// `grantflow/svelte` in Svelte's components, as a bundler makes them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { compile } from 'svelte/compiler'
import { openDocument, says } from './dom.mjs'
import { entry, grantflow, packageFolder } from './package.mjs'

const main = openDocument()
const { createTestServer } = await entry('testing')
const { createAuth } = grantflow
const { App, Lost, flushSync, mount, unmount } = await bundled('client', "export { flushSync, mount, unmount } from 'svelte'")
const { App: Rendered, render } = await bundled('server', "export { render } from 'svelte/server'")

async function bundled(generate, more) {
  const folder = fileURLToPath(new URL('svelte/', import.meta.url))
  const outfile = join(packageFolder, `${generate}.mjs`)
  const setup = (plugin) =>
    plugin.onLoad({ filter: /\.svelte$/ }, ({ path }) => {
      const { js, warnings } = compile(readFileSync(path, 'utf8'), { generate, filename: path })
      assert.deepEqual(warnings, [])
      return { contents: js.code, resolveDir: folder }
    })
  await build({
    stdin: { contents: `export { default as App } from './App.svelte'; export { default as Lost } from './Lost.svelte'; ${more}`, resolveDir: folder },
    bundle: true,
    format: 'esm',
    platform: generate === 'client' ? 'browser' : 'node',
    conditions: ['production', ...(generate === 'client' ? ['browser'] : [])],
    alias: { 'grantflow/svelte': join(packageFolder, 'svelte.js') },
    plugins: [{ name: 'svelte', setup }],
    outfile,
  })
  return import(pathToFileURL(outfile).href)
}

test('a user signs in by a click, and out by another', async () => {
  const server = createTestServer()
  const before = createAuth(server.page)
  const element = main()
  const app = mount(App, { target: element, props: { auth: before } })
  await says(element, 'signed-out')
  element.querySelector('button').click()
  await server.signIn(before)
  await unmount(app)

  const page = main()
  mount(App, { target: page, props: { auth: createAuth(server.page) } })
  await says(page, 'Ada Lovelace is signed-in')
  assert.equal(server.href, 'https://app.test/tasks')
  page.querySelector('button').click()
  await says(page, 'signed-out')
})

test('whoever is signed in is there at once', async () => {
  const server = createTestServer()
  const page = main()
  mount(App, { target: page, props: { auth: await server.signedIn(createAuth) } })
  flushSync()
  assert.equal(page.textContent, 'Ada Lovelace is signed-in')
})

test('a server renders that it does not know', () => {
  const auth = createAuth({ issuer: 'https://login.test', clientId: 'app' })
  const { body } = render(Rendered, { props: { auth } })
  assert.match(body, /<button>restoring<\/button>/)
})

test('a component that nobody has given a session is told so', () => {
  assert.throws(() => mount(Lost, { target: main() }), /setAuth/)
})

test('its store is a store', async () => {
  const { session } = await entry('svelte')
  const server = createTestServer()
  const seen = []
  const auth = await server.signedIn(createAuth)
  const stop = session(auth).subscribe(({ status }) => seen.push(status))
  await auth.logout()
  stop()
  assert.deepEqual([seen.at(0), seen.at(-1)], ['signed-in', 'signed-out'])
})
