// `grantflow/testing`: what a developer of an app writes, without a network, against the server itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { join } from 'node:path'
import { entry, grantflow, packageFolder } from './package.mjs'

const { createAuth } = grantflow
const { createTestServer, TestServerError } = await entry('testing')

const count = ({ requests }, endpoint) => requests.filter((request) => request.endpoint === endpoint).length
const offline = { scope: 'openid profile offline_access' }

test('a login, from the click to the API, step by step', async () => {
  const server = createTestServer()
  const leaving = createAuth(server.page)
  assert.deepEqual(await leaving.ready(), { status: 'signed-out', why: 'never' })
  void leaving.login({ returnTo: '/tasks' })
  const callback = await server.signIn(leaving)
  assert.match(callback, /^https:\/\/app\.test\/\?code=.*&iss=https%3A%2F%2Flogin\.test/)
  assert.equal(server.href, callback)

  const auth = createAuth(server.page)
  const snapshot = await auth.ready()
  assert.equal(snapshot.status, 'signed-in', snapshot.error)
  assert.equal(server.href, 'https://app.test/tasks')
  assert.equal(auth.user.iss, server.issuer)
  assert.equal(auth.user.claims.name, 'Ada Lovelace')
  const answer = await auth.fetch('/api/me')
  assert.deepEqual(await answer.json(), { sub: 'ada', client_id: 'app', scope: 'openid profile email' })
  assert.deepEqual(server.requests.map(({ endpoint, status }) => [endpoint, status]), [
    ['metadata', 200], ['token', 200], ['keys', 200], ['api', 200],
  ])
})

test('an answer to HEAD is the one to GET, without its body', async () => {
  const { fetch, issuer } = createTestServer()
  const url = `${issuer}/.well-known/openid-configuration`
  const [got, had] = [await fetch(url), await fetch(url, { method: 'HEAD' })]
  assert.deepEqual([...had.headers], [...got.headers])
  assert.equal(had.status, 200)
  assert.equal(await had.text(), '')
  assert.notEqual(await got.text(), '')
})

test('signed in by one call, as whoever it shall be', async () => {
  const users = [{ sub: 'ada', name: 'Ada' }, { sub: 'bob', name: 'Bob', email: 'bob@example.test' }]
  const server = createTestServer({ users })
  const auth = await server.signedIn(createAuth, { user: 'bob' })
  assert.equal(auth.user.sub, 'bob')
  assert.equal(auth.user.claims.email, 'bob@example.test')
  const other = await server.signedIn(createAuth, { user: 'ada' })
  assert.equal(other.user.claims.name, 'Ada')
  await assert.rejects(server.signedIn(createAuth, { user: 'eve' }), { name: 'TestServerError', code: 'unknown_user' })
})

test('a user says no, or yes to less', async () => {
  const server = createTestServer()
  await assert.rejects(server.signedIn(createAuth, { deny: true }), { name: 'AuthError', code: 'access_denied' })
  const auth = await server.signedIn(createAuth, { scopes: ['openid'] })
  assert.deepEqual(auth.snapshot.scopes, ['openid'])
  assert.equal(auth.user.claims.name, undefined)
})

test('a window, and a frame once the server knows the user', async () => {
  const server = createTestServer()
  const auth = createAuth(server.page)
  await assert.rejects(auth.silent(), { code: 'login_required' })
  const opened = auth.popup()
  await server.signIn(auth)
  assert.equal((await opened).status, 'signed-in')
  assert.equal(server.href, 'https://app.test/', 'the page stays')
  const again = createAuth({ ...server.page, clientId: 'app' })
  assert.equal((await again.silent()).status, 'signed-in')
})

test('a URL is as good as an app', async () => {
  const server = createTestServer({ redirectUris: ['https://shop.test/in'], clientId: 'shop', issuer: 'https://id.test/tenant' })
  const query = new URLSearchParams({
    response_type: 'code', client_id: 'shop', redirect_uri: 'https://shop.test/in', state: 's', scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
  })
  const callback = await server.signIn(`https://id.test/tenant/oauth2/authorize?${query}`)
  assert.equal(new URL(callback).searchParams.get('state'), 's')
  const auth = await server.signedIn(createAuth)
  assert.equal(auth.user.iss, 'https://id.test/tenant')
})

test('tokens grow old, and are refreshed when the clock is turned on', async () => {
  const server = createTestServer()
  const auth = await server.signedIn((page) => createAuth({ ...page, ...offline }))
  const first = await auth.token()
  await server.advance(3600)
  const second = await auth.token()
  assert.notEqual(first, second)
  assert.equal(count(server, 'token'), 2, 'the timer or the call, not both')
  assert.equal((await auth.fetch('/api')).status, 200)
})

test('without a refresh token the user is signed out in time', async () => {
  const server = createTestServer()
  const auth = await server.signedIn(createAuth)
  await server.advance(3601)
  assert.deepEqual(auth.snapshot, { status: 'signed-out', why: 'expired' })
})

test('a session that is revoked ends at the next request', async () => {
  const server = createTestServer()
  const auth = await server.signedIn((page) => createAuth({ ...page, ...offline }))
  await server.revoke()
  assert.equal((await auth.fetch('/api')).status, 401)
  await server.advance(0)
  assert.deepEqual([auth.snapshot.status, auth.snapshot.why], ['signed-out', 'revoked'])
  await assert.rejects(auth.silent(), { code: 'login_required' })
})

test('a lost answer is a doubt, and the next try ends it', async () => {
  const server = createTestServer()
  const auth = await server.signedIn((page) => createAuth({ ...page, ...offline }))
  // The timer tries, and then the call does.
  for (let turn = 0; turn < 2; turn++) server.failNext('token', 'lost')
  await server.advance(3600)
  await assert.rejects(auth.token(), { code: 'refresh_in_doubt', remedy: 'retry' })
  assert.deepEqual([auth.snapshot.status, auth.snapshot.inDoubt], ['signed-in', true])
  await server.advance(5)
  await auth.token()
  assert.deepEqual([auth.snapshot.status, auth.snapshot.inDoubt], ['signed-in', false])
  assert.equal((await auth.fetch('/api')).status, 200)
})

test('failures come one by one, where they are told to', async () => {
  const server = createTestServer()
  server.failNext('metadata', 'unreachable')
  await assert.rejects(createAuth(server.page).login(), { code: 'discovery_unreachable' })
  const auth = await server.signedIn(createAuth)
  server.failNext('api', new Response('later', { status: 503 }))
  server.failNext('api', 'lost')
  assert.equal((await auth.fetch('/api')).status, 503)
  await assert.rejects(auth.fetch('/api'), TypeError)
  assert.equal((await auth.fetch('/api')).status, 200)
  server.online = false
  await assert.rejects(auth.fetch('/api'), TypeError)
  server.online = true
  assert.equal((await auth.fetch('/api')).status, 200)
})

test('APIs of the test’s own see whose token it is, and only good ones', async () => {
  const seen = []
  const answer = async (request, bearer) => {
    seen.push([request.method, await request.text(), bearer])
    return Response.json({ done: true }, { status: 201 })
  }
  const tasks = { url: 'https://api.test/tasks', scope: 'tasks:write', answer }
  const server = createTestServer({ scopes: ['tasks:write'], apis: [tasks] })
  const options = { scope: 'openid tasks:write', resources: ['https://api.test/tasks'] }
  const auth = await server.signedIn((page) => createAuth({ ...page, ...options }))
  const made = await auth.fetch('https://api.test/tasks/7', { method: 'POST', body: 'milk' })
  assert.equal(made.status, 201)
  assert.deepEqual(seen, [['POST', 'milk', { sub: 'ada', clientId: 'app', scopes: ['openid', 'tasks:write'] }]])

  assert.equal((await server.fetch('https://api.test/tasks')).status, 401)
  const poor = await server.signedIn((page) => createAuth({ ...page, ...options, scope: 'openid' }))
  const steps = []
  poor.on('step-up', ({ scope }) => steps.push(scope))
  assert.equal((await poor.fetch('https://api.test/tasks')).status, 403)
  assert.deepEqual(steps, ['openid tasks:write'])
  assert.equal(seen.length, 1)
})

test('sign-out gives the tokens back, and everywhere is everywhere', async () => {
  const server = createTestServer()
  const auth = await server.signedIn(createAuth)
  const token = await auth.token()
  await auth.logout()
  const headers = { authorization: `Bearer ${token}` }
  assert.equal((await server.fetch('https://app.test/api', { headers })).status, 401)

  const again = await server.signedIn(createAuth)
  await again.logout({ everywhere: true, returnTo: '/' })
  assert.equal(await server.signIn(again), 'https://app.test/')
  await assert.rejects(createAuth(server.page).silent(), { code: 'login_required' })
})

test('nobody else is asked', async () => {
  const server = createTestServer()
  await assert.rejects(server.fetch('https://elsewhere.test/x'), (error) => {
    assert.ok(error instanceof TestServerError)
    assert.equal(error.code, 'foreign_origin')
    assert.match(error.message, /elsewhere\.test\/x.*https:\/\/login\.test, https:\/\/app\.test\/api/)
    return true
  })
  assert.deepEqual(server.requests, [])
  const stranger = createAuth({ ...server.page, issuer: 'https://other.test' })
  await assert.rejects(stranger.login(), { code: 'discovery_unreachable' })
})

test('what cannot be is said at once', async () => {
  const wrong = [{ issuer: 'http://login.test' }, { redirectUris: ['here'] }, { redirectUris: [] }, { scopes: ['a b'] }]
  for (const options of wrong) {
    assert.throws(() => createTestServer(options), { name: 'TestServerError', code: 'bad_config' }, JSON.stringify(options))
  }
  const server = createTestServer()
  await assert.rejects(server.signIn('https://login.test/oauth2/authorize?client_id=nobody'), { code: 'refused' })
})

test('servers know nothing of each other', async () => {
  const [one, two] = [createTestServer(), createTestServer()]
  const auth = await one.signedIn(createAuth)
  const headers = { authorization: `Bearer ${await auth.token()}` }
  assert.equal((await one.fetch('https://app.test/api', { headers })).status, 200)
  assert.equal((await two.fetch('https://app.test/api', { headers })).status, 401)
})

test('nothing is touched as it is imported, and it is required as well', async () => {
  const { execFileSync } = await import('node:child_process')
  const { writeFileSync } = await import('node:fs')
  const script = `
    for (const name of ['window', 'document', 'location', 'crypto', 'TextDecoder', 'TextEncoder', 'WebAssembly', 'fetch']) {
      Object.defineProperty(globalThis, name, { get() { throw new Error(name + ' is touched at import') } })
    }
    if (!LOAD.createTestServer || !LOAD.TestServerError) throw new Error('something is missing')
  `
  for (const [file, load] of [['testing.load.cjs', "require('./testing.cjs')"], ['testing.load.mjs', "(await import('./testing.js'))"]]) {
    writeFileSync(join(packageFolder, file), script.replaceAll('LOAD', load))
    execFileSync(process.execPath, [file], { cwd: packageFolder })
  }
})
