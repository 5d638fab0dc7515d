// A token for each API (RFC 8707).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantflow } from './package.mjs'
import { ISSUER, Provider, Tab } from './stub.mjs'

const { createAuth } = grantflow
const TASKS = 'https://api.test/tasks'
const MAIL = 'https://api.test/mail'
const INBOX = 'https://api.test/mail/inbox/'

// A server that says what a token is for, and APIs that take only their own.
class Server extends Provider {
  token = { access_token: `at0 ${TASKS}`, refresh_token: 'rt0' }
  asked = []
  refused = []

  constructor() {
    super()
    const plain = this.fetch
    this.fetch = async (url, init) => {
      if (!String(url).startsWith('https://api.test/')) return plain(url, init)
      const token = new Headers(init.headers).get('authorization').slice('Bearer '.length)
      return this.refused.includes(token) ? new Response('', { status: 401 }) : new Response(token)
    }
  }

  refresh(form, answer) {
    const aim = form.get('resource')
    this.asked.push([aim, form.get('scope')])
    if (aim === this.forbids) return new Response('{"error":"invalid_target"}', { status: 400, headers: { 'content-type': 'application/json' } })
    return super.refresh(form, (tokens) => answer({ ...tokens, access_token: `${tokens.access_token} ${aim}`, scope: form.get('scope') ?? undefined }))
  }
}

async function signIn(more = {}, named = [TASKS, MAIL, INBOX]) {
  const [tab, server] = [new Tab(), new Server()]
  const options = { issuer: ISSUER, clientId: 'app', redirectUri: 'https://app.test/cb', resources: [TASKS, MAIL, INBOX], fetch: server.fetch, effects: tab.effects, ...more }
  const leaving = createAuth(options)
  leaving.login({ returnTo: '/' }).catch(() => undefined)
  while (tab.left.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  leaving[Symbol.dispose]()
  assert.deepEqual(new URL(tab.left[0]).searchParams.getAll('resource'), named)
  tab.href = `https://app.test/cb${server.authorize(tab.left[0])}`
  const auth = createAuth(options)
  const { status, error } = await auth.ready()
  assert.equal(status, 'signed-in', error)
  return { auth, server, tab }
}

const got = async (auth, url) => (await auth.fetch(url)).text()

test('each API gets a token of its own, asked for once', async () => {
  const { auth, server } = await signIn()
  assert.equal(await got(auth, `${TASKS}/1?open`), `at0 ${TASKS}`)
  assert.deepEqual(server.asked, [])
  const urls = [MAIL, `${MAIL}/1`, INBOX, `${INBOX}1`, TASKS]
  const all = await Promise.all(urls.map((url) => got(auth, url)))
  assert.deepEqual(all, [`at1 ${MAIL}`, `at1 ${MAIL}`, `at2 ${INBOX}`, `at2 ${INBOX}`, `at0 ${TASKS}`])
  assert.deepEqual(server.asked, [[MAIL, null], [INBOX, null]])
  assert.equal(await auth.token({ resource: MAIL }), `at1 ${MAIL}`)
  assert.equal(server.robbed, false)
})

test('a name that only begins alike is not above a URL', async () => {
  const { auth } = await signIn()
  for (const path of ['mailbox', '', 'mail/../other', 'tasks%2f..']) {
    await assert.rejects(auth.fetch(`https://api.test/${path}`), { code: 'token_to_foreign_origin' }, path)
  }
  assert.equal(await got(auth, 'https://api.test/mail/inbox'), `at1 ${INBOX}`)
})

test('an origin that is allowed as a whole takes the token of the first API', async () => {
  const { auth } = await signIn({ allowedOrigins: ['https://api.test'] })
  assert.equal(await got(auth, 'https://api.test/mailbox'), `at0 ${TASKS}`)
  assert.equal(await got(auth, MAIL), `at1 ${MAIL}`)
})

test('of two APIs above a URL, the nearer is taken, whatever else its name says', async () => {
  const [long, near] = ['HTTPS://API.TEST:0443/tasks', 'https://api.test/tasks/one']
  const { auth, server } = await signIn({ resources: [long, near] }, [long, near])
  assert.equal(long.length > near.length, true)
  await got(auth, `${near}/1`)
  assert.deepEqual(server.asked, [[near, null]])
})

test('a token for less is another one, and the own one stays', async () => {
  const { auth, server } = await signIn()
  const less = await auth.token({ scope: 'openid' })
  assert.equal(less, `at1 ${TASKS}`)
  assert.deepEqual(server.asked, [[TASKS, 'openid']])
  assert.equal(await auth.token(), `at0 ${TASKS}`)
  assert.equal(await auth.token({ scope: 'openid' }), less)
  assert.deepEqual(auth.snapshot.scopes, ['openid', 'profile'])
})

test('an API that refuses its token gets another, and only it', async () => {
  const { auth, server } = await signIn()
  const first = await got(auth, MAIL)
  server.refused.push(first)
  assert.equal(await got(auth, MAIL), `at2 ${MAIL}`)
  assert.equal(await got(auth, TASKS), `at0 ${TASKS}`)
})

test('an API that the user did not agree to signs nobody out', async () => {
  const { auth, server } = await signIn()
  server.forbids = MAIL
  await assert.rejects(auth.token({ resource: MAIL }), { code: 'invalid_target', remedy: 'fix-config' })
  assert.equal(auth.snapshot.status, 'signed-in')
  assert.equal(auth.snapshot.stale, false)
  assert.equal(await got(auth, INBOX), `at1 ${INBOX}`)
})

test('without a refresh token there is the first token only, and nobody is signed out', async () => {
  const [tab, server] = [new Tab(), new Server()]
  server.token = { access_token: 'at0' }
  const options = { issuer: ISSUER, clientId: 'app', redirectUri: 'https://app.test/cb', resources: [TASKS, MAIL], fetch: server.fetch, effects: tab.effects }
  const leaving = createAuth(options)
  leaving.login({ returnTo: '/' }).catch(() => undefined)
  while (tab.left.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  leaving[Symbol.dispose]()
  tab.href = `https://app.test/cb${server.authorize(tab.left[0])}`
  const auth = createAuth(options)
  await auth.ready()
  assert.equal(await got(auth, TASKS), 'at0')
  await assert.rejects(auth.fetch(MAIL), { code: 'session_gone' })
  assert.equal(auth.snapshot.status, 'signed-in')
})
