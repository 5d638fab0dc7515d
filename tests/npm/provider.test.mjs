// The guide, from the authorize link to the tasks, against the server in memory.
import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { before, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = resolve(process.env.GRANTFLOW_WASM ?? resolve(root, 'target/wasm'), 'provider')

const ISSUER = 'https://as.test'
const CALLBACK = 'https://yourapp.com/auth/callback'
const NOW = 1_700_000_000
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

let Provider, signingKey

before(async () => {
  const glue = await import(pathToFileURL(resolve(folder, 'grantflow_provider.js')))
  glue.initSync({ module: readFileSync(resolve(folder, 'grantflow_provider.wasm')) })
  Provider = glue.Provider
  signingKey = await Provider.generateKey()
})

test('the guide works from the link to the tasks', async () => {
  const { provider, browser } = start()
  const login = await browser.get(authorize())
  assert.equal(login.kind, 'page')
  assert.deepEqual(
    { ...login.page, interaction: typeof login.page.interaction },
    { page: 'login', interaction: 'string', client_name: 'My Task Management App', username: '', problem: null },
  )

  const wrong = await browser.post('/oauth2/login', signIn(login, 'looking glass'))
  assert.equal(wrong.page.problem, 'wrong_password')

  const signedIn = await browser.post('/oauth2/login', signIn(wrong, 'wonderland'))
  assert.equal(signedIn.status, 303)

  const consent = await browser.get(field(signedIn, 'location'))
  assert.equal(consent.page.page, 'consent')
  assert.deepEqual(consent.page.scopes.map(({ scope }) => scope), ['openid', 'profile'])

  const code = await approve(browser, consent)
  const answer = await redeem(provider, code)
  assert.equal(answer.status, 200)
  const tokens = json(answer)
  assert.equal(tokens.token_type, 'Bearer')

  const [header, claims] = await proved(provider, tokens.id_token)
  assert.equal(header.kid, signingKey.kid)
  assert.equal(claims.sub, 'user-alice')
  assert.equal(claims.aud, 'your_client_id')
  assert.equal(claims.nonce, 'n-1')
  assert.equal(claims.name, 'Alice Liddell')
  assert.equal(claims.email, undefined)

  const admitted = await tasks(provider, tokens.access_token)
  assert.equal(admitted.kind, 'admit')
  assert.equal(admitted.subject, 'user-alice')
  assert.equal(admitted.client_id, 'your_client_id')
  assert.deepEqual(admitted.scope, ['openid', 'profile'])
})

test('a snapshot keeps tokens alive and remembers which codes are spent', async () => {
  const { provider, browser } = start()
  const code = await approve(browser, await visit(browser))
  const { access_token } = json(await redeem(provider, code))

  const restored = new Provider(config({ snapshot: provider.snapshot() }))
  assert.equal((await tasks(restored, access_token)).kind, 'admit')
  assert.equal((await tasks(new Provider(config()), access_token)).status, 401)

  const replay = await redeem(restored, code)
  assert.equal(replay.status, 400)
  assert.equal(json(replay).error, 'invalid_grant')
  assert.equal((await tasks(restored, access_token)).status, 401)
  assert.equal((await tasks(provider, access_token)).kind, 'admit', 'two servers share nothing')
})

test('each answer says which transitions it took, of those in the table', async () => {
  const { machines } = JSON.parse(readFileSync(resolve(root, 'docs/states.json'), 'utf8'))
  const table = new Set(machines.flatMap(({ transitions }) => transitions.map(({ id }) => id)))
  const { provider, browser } = start()
  const took = ({ transitions }) => {
    for (const id of transitions) assert.ok(table.has(id), id)
    return transitions
  }
  const login = await browser.get(authorize())
  assert.deepEqual(took(login), ['interaction.absent.authorize.signing_in.login_page'])
  const wrong = await browser.post('/oauth2/login', signIn(login, 'looking glass'))
  assert.deepEqual(took(wrong), ['interaction.signing_in.sign_in.signing_in.login_page'])
  const signedIn = await browser.post('/oauth2/login', signIn(wrong, 'wonderland'))
  assert.deepEqual(took(signedIn), ['browser.signed_out.sign_in.signed_in.redirect', 'interaction.signing_in.sign_in.signing_in.redirect'])
  const consent = await browser.get(field(signedIn, 'location'))
  assert.deepEqual(took(consent), ['interaction.signing_in.return.consenting.consent_page'])
  const approved = await browser.post('/oauth2/consent', yes(consent))
  assert.deepEqual(took(approved), ['grant.absent.approve.coded.code', 'consent.absent.approve.remembered.code', 'interaction.consenting.approve.approved.code'])
  const code = new URL(field(approved, 'location')).searchParams.get('code')
  const answer = await redeem(provider, code)
  assert.deepEqual(took(answer), ['grant.coded.redeem.live.tokens'])
  assert.deepEqual(took(await tasks(provider, json(answer).access_token)), [])
  assert.deepEqual(took(await redeem(provider, code)), ['grant.live.redeem.replayed.refusal'])
})

test('A-33 of eight redemptions at once exactly one is answered with tokens', async () => {
  const { provider, browser } = start()
  const code = await approve(browser, await visit(browser))
  const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(provider, code)))
  const statuses = answers.map(({ status }) => status).sort()
  assert.deepEqual(statuses, [200, 400, 400, 400, 400, 400, 400, 400])
})

test('a developer registers an app and sees its secret once', async () => {
  const { provider, browser } = start()
  await visit(browser)
  const page = await browser.get(`${ISSUER}/developer`)
  assert.equal(page.page.page, 'developer')
  const form = { interaction: page.page.interaction, action: 'create', kind: 'confidential' }
  const empty = await browser.post('/developer', { ...form, name: '', redirect_uris: CALLBACK })
  assert.equal(empty.page.problem.field, 'name')
  const made = await browser.post('/developer', { ...form, name: 'Mine', redirect_uris: CALLBACK })
  assert.equal(made.page.page, 'registered')
  assert.equal(typeof made.page.client_secret, 'string')

  const restored = new Provider(config({ snapshot: provider.snapshot() }))
  const listed = await new Browser(restored, browser.cookie).get(`${ISSUER}/developer`)
  assert.deepEqual(listed.page.apps, [made.page.app])
})

test('a developer has a secret made anew, and is told what is unwise', async () => {
  const { browser } = start()
  await visit(browser)
  const { page } = await browser.get(`${ISSUER}/developer`)
  assert.equal(page.registration_endpoint, null)
  const form = { interaction: page.interaction, action: 'create', kind: 'confidential', name: 'Mine' }
  const wrong = await browser.post('/developer', { ...form, redirect_uris: 'http://yourapp.com/cb' })
  assert.deepEqual([wrong.page.problem.warning, wrong.page.problem.uri], ['http', 'http://yourapp.com/cb'])
  const made = await browser.post('/developer', { ...form, redirect_uris: `${CALLBACK} ${CALLBACK}/` })
  assert.deepEqual([made.page.is_new, made.page.app.warnings[0].kind], [true, 'twin'])
  const again = await browser.post('/developer', { interaction: page.interaction, action: 'rotate', client_id: made.page.app.client_id })
  assert.deepEqual([again.page.page, again.page.is_new, again.page.app], ['registered', false, made.page.app])
  assert.notEqual(again.page.client_secret, made.page.client_secret)
})

test('apps register by themselves where the configuration says so', async () => {
  const metadata = new TextEncoder().encode(JSON.stringify({ redirect_uris: [CALLBACK] }))
  const ask = { method: 'POST', url: `${ISSUER}/oauth2/register`, headers: [['content-type', 'application/json']], body: metadata }
  const statuses = [undefined, 'off', 'open'].map(async (registration) => (await new Provider(config({ registration })).handle(ask, NOW)).status)
  assert.deepEqual(await Promise.all(statuses), [404, 404, 201])
  assert.throws(() => new Provider(config({ registration: 'maybe' })), { code: 'bad_config' })
})

test('a server without a signing key serves what needs none', async () => {
  const provider = new Provider(config({ signingKeys: undefined }))
  const browser = new Browser(provider)
  const code = await approve(browser, await visit(browser, 'profile'))
  assert.equal((await redeem(provider, code)).status, 200)
})

test('a key that cannot be imported costs an answer and not the code', async () => {
  const broken = new Provider(config({ signingKeys: [{ ...signingKey, dq: undefined }] }))
  const browser = new Browser(broken)
  const code = await approve(browser, await visit(browser))
  assert.equal((await redeem(broken, code)).status, 503)
  const repaired = new Provider(config({ snapshot: broken.snapshot() }))
  assert.equal((await redeem(repaired, code)).status, 200)
})

test('what is not a configuration is refused with a code', () => {
  const client = config().clients[0]
  for (const wrong of [
    { issuer: 'http://as.test' },
    { issuer: undefined },
    { sealingKey: new Uint8Array(31) },
    { sealingKey: 'x'.repeat(32) },
    { users: undefined },
    { users: [{ subject: 'a', username: 'a', password: 'a', claims: '{}' }] },
    { clients: [{ ...client, redirect_uris: ['javascript:alert(1)'] }] },
    { clients: [{ ...client, redirect_uris: [7] }] },
    { clients: [{ ...client, token_endpoint_auth_method: 'none' }] },
    { clients: [{ ...client, application_type: 'desktop' }] },
    { signingKeys: [{ ...signingKey, kty: 'EC' }] },
    { signingKeys: [{ ...signingKey, n: 'AQAB' }] },
    { signingKeys: [{ ...signingKey, kid: undefined }] },
    { signingKeys: [{ ...signingKey, d: undefined }] },
    { scopes: [{ scope: 'tasks:read tasks:write', meaning: 'Your tasks' }] },
    { scopes: [{ scope: 'tasks:read' }] },
    { resources: [{ path: '/api/notes' }] },
    { resources: [{ resource: 'https://api.test', scope: 'no"scope' }] },
  ]) {
    assert.throws(() => new Provider(config(wrong)), { name: 'Error', code: 'bad_config' }, JSON.stringify(wrong))
  }
  assert.throws(() => new Provider(undefined), { code: 'bad_config' })
})

test('what is not a snapshot is refused with a code', () => {
  const good = start().provider.snapshot()
  for (const snapshot of [new Uint8Array(0), good.slice(0, -1), good.slice(1), new TextEncoder().encode('{}')]) {
    assert.throws(() => new Provider(config({ snapshot })), { code: 'bad_snapshot' })
  }
})

test('what is not a request is refused with a code', async () => {
  const { provider } = start()
  const good = { method: 'GET', url: ISSUER, headers: [], body: new Uint8Array() }
  for (const wrong of [{ url: 7 }, { headers: {} }, { headers: ['accept'] }, { body: 'text' }, { method: null }]) {
    await assert.rejects(provider.handle({ ...good, ...wrong }, NOW), { code: 'bad_request' }, JSON.stringify(wrong))
  }
  for (const now of [Date.now(), -1, NaN, undefined]) {
    await assert.rejects(provider.handle(good, now), { code: 'bad_request' }, String(now))
  }
  assert.equal((await provider.handle(good, NOW)).status, 404)
})

function config(more = {}) {
  return {
    issuer: ISSUER,
    sealingKey: new Uint8Array(32).fill(7),
    signingKeys: [signingKey],
    users: [
      {
        subject: 'user-alice',
        username: 'alice',
        password: 'wonderland',
        claims: { name: 'Alice Liddell', email: 'alice@wonder.test', email_verified: true },
      },
    ],
    clients: [
      {
        client_id: 'your_client_id',
        client_secret: 'your_client_secret',
        client_name: 'My Task Management App',
        redirect_uris: [CALLBACK],
        token_endpoint_auth_method: 'client_secret_basic',
        application_type: 'web',
      },
    ],
    ...more,
  }
}

function start() {
  const provider = new Provider(config())
  return { provider, browser: new Browser(provider) }
}

class Browser {
  constructor(provider, cookie) {
    this.provider = provider
    this.cookie = cookie
  }

  get(url) {
    return this.send('GET', url, [], '')
  }

  post(path, fields) {
    const headers = [['content-type', 'application/x-www-form-urlencoded'], ['origin', ISSUER]]
    return this.send('POST', ISSUER + path, headers, new URLSearchParams(fields).toString())
  }

  async send(method, url, headers, text) {
    const sent = [...headers, ['accept', 'text/html'], ...(this.cookie ? [['cookie', this.cookie]] : [])]
    const answer = await this.provider.handle({ method, url, headers: sent, body: bytes(text) }, NOW)
    this.cookie = field(answer, 'set-cookie')?.split(';')[0] ?? this.cookie
    return answer
  }
}

function authorize(scope = 'openid profile') {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'your_client_id',
    redirect_uri: CALLBACK,
    scope,
    state: 's-1',
    nonce: 'n-1',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  })
  return `${ISSUER}/oauth2/authorize?${query}`
}

function signIn({ page }, password) {
  return { interaction: page.interaction, username: 'alice', password }
}

async function visit(browser, scope) {
  const login = await browser.get(authorize(scope))
  const signedIn = await browser.post('/oauth2/login', signIn(login, 'wonderland'))
  return browser.get(field(signedIn, 'location'))
}

function yes({ page }) {
  return [['interaction', page.interaction], ['decision', 'approve'], ...page.scopes.map(({ scope }) => ['scope', scope])]
}

async function approve(browser, consent) {
  const answer = await browser.post('/oauth2/consent', yes(consent))
  assert.equal(answer.status, 303)
  const back = new URL(field(answer, 'location'))
  assert.equal(back.origin + back.pathname, CALLBACK)
  assert.equal(back.searchParams.get('state'), 's-1')
  return back.searchParams.get('code')
}

function redeem(provider, code) {
  const form = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER })
  const headers = [
    ['content-type', 'application/x-www-form-urlencoded'],
    ['authorization', `Basic ${btoa('your_client_id:your_client_secret')}`],
  ]
  return provider.handle({ method: 'POST', url: `${ISSUER}/oauth2/token`, headers, body: bytes(form.toString()) }, NOW)
}

function tasks(provider, token) {
  const headers = [['authorization', `Bearer ${token}`]]
  return provider.handle({ method: 'GET', url: `${ISSUER}/api/tasks`, headers, body: bytes('') }, NOW)
}

/** Header and claims of an ID token that the key at the server's JWKS endpoint signed. */
async function proved(provider, token) {
  const answer = await provider.handle({ method: 'GET', url: `${ISSUER}/oauth2/jwks`, headers: [], body: bytes('') }, NOW)
  const [key] = json(answer).keys
  assert.equal(key.d, undefined)
  const [header, claims, signature] = token.split('.')
  const publicKey = createPublicKey({ key, format: 'jwk' })
  assert.ok(verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url')))
  return [header, claims].map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
}

function field({ headers }, name) {
  return headers.find(([header]) => header.toLowerCase() === name)?.[1]
}

function json({ body }) {
  return JSON.parse(Buffer.from(body).toString())
}

function bytes(text) {
  return new TextEncoder().encode(text)
}
