// The whole login, of the package and the native server: discovery, code, tokens, keys, tasks.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../interop/support.mjs'
import { flow, grantflow } from './package.mjs'
import { Tab } from './stub.mjs'

const redirectUri = 'https://app.test/cb'
let server

before(async () => {
  const clients = [{ client_id: 'app', client_name: 'App', redirect_uris: [redirectUri] }]
  server = await startServer({ clients, devLogin: 'ada' })
})
after(() => server.stop())

const now = () => Math.floor(Date.now() / 1000)

// Where the server sends a user whom it signs in without a page.
async function authorized(url) {
  const response = await fetch(url, { redirect: 'manual' })
  const location = response.headers.get('location') ?? ''
  assert.ok(location.startsWith(redirectUri), `${response.status} ${location}`)
  return new URL(location).search
}

async function send({ url, method, headers, body }) {
  const response = await fetch(url, { method, headers, body })
  const bytes = new Uint8Array(await response.arrayBuffer())
  return { status: response.status, contentType: response.headers.get('content-type'), body: bytes }
}

test('the steps sign Ada in', async () => {
  const profile = flow.configure({ issuer: server.issuer, clientId: 'app', redirectUri })
  const metadata = await send({ url: profile.metadataUrl })
  const client = profile.discover(metadata.status, metadata.body)
  const seed = crypto.getRandomValues(new Uint8Array(32))
  const { url, record } = client.begin({ seed, now: now(), scope: 'openid profile' })
  let turn = client.accept(record, await authorized(url), now())
  const seen = []
  while (turn.kind !== 'done') {
    seen.push(turn.kind)
    turn = turn.kind === 'verify' ? turn.answer(await flow.verify(turn)) : turn.answer(await send(turn.request), now())
  }
  assert.deepEqual(seen, ['send', 'send', 'verify'])
  assert.equal(turn.tokens.user.sub, 'ada-1815')
  assert.equal(turn.tokens.user.claims.name, 'Ada Lovelace')
  assert.deepEqual(turn.tokens.scopes, ['openid', 'profile'])
})

test('a signature that was not good ends the login', async () => {
  const profile = flow.configure({ issuer: server.issuer, clientId: 'app', redirectUri })
  const metadata = await send({ url: profile.metadataUrl })
  const client = profile.discover(metadata.status, metadata.body)
  const seed = crypto.getRandomValues(new Uint8Array(32))
  const { url, record } = client.begin({ seed, now: now(), scope: 'openid' })
  let turn = client.accept(record, await authorized(url), now())
  while (turn.kind === 'send') turn = turn.answer(await send(turn.request), now())
  const { signature } = turn
  signature[0] ^= 1
  assert.equal(await flow.verify(turn), false)
  assert.throws(() => turn.answer(false), { code: 'id_token_signature' })
})

test('createAuth signs Ada in and opens her tasks', async () => {
  const tab = new Tab()
  const effects = { ...tab.effects, now, random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)) }
  const create = () => grantflow.createAuth({ issuer: server.issuer, clientId: 'app', effects })
  const leaving = create()
  void leaving.login({ returnTo: '/tasks' })
  while (tab.left.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  tab.href = redirectUri + (await authorized(tab.left[0]))

  const auth = create()
  const snapshot = await auth.ready()
  assert.equal(snapshot.status, 'signed-in', snapshot.error)
  assert.equal(auth.user.sub, 'ada-1815')
  assert.equal(tab.href, 'https://app.test/tasks')
  const response = await auth.fetch(`${server.issuer}/api/tasks`)
  assert.equal(response.status, 200)
})
