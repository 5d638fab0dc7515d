// The story of tests/properties/determinism.rs, told as wasm: the same inputs give the same bytes.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { flow } from './package.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = resolve(process.env.GRANTFLOW_WASM ?? resolve(root, 'target/wasm'), 'provider')
const golden = readFileSync(new URL('../properties/golden.txt', import.meta.url), 'utf8').trimEnd().split('\n')

const ISSUER = 'https://as.test'
const CALLBACK = 'https://app.test/cb'
const SECRET = 's3cret of the client'
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const NOW = 1_700_000_000
/** The key of RFC 8037 appendix A.1. */
const KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  alg: 'EdDSA',
  kid: 'ed25519',
}

/** The entropy of the request of that number: its number. */
let calls = 0
crypto.getRandomValues = (bytes) => {
  assert.equal(bytes.length, 32, 'entropy is asked for once a request')
  bytes.fill(0)
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, BigInt(++calls))
  return bytes
}

const bytes = (text) => new TextEncoder().encode(text)
const field = (answer, name) => answer.headers.find(([other]) => other === name)?.[1]
const form = (fields) => new URLSearchParams(fields).toString()
const FORM = ['content-type', 'application/x-www-form-urlencoded']

const get = (path) => ({ method: 'GET', url: ISSUER + path, headers: [], body: bytes('') })
const post = (path, fields, ...headers) => ({
  method: 'POST', url: ISSUER + path, headers: [FORM, ...headers], body: bytes(form(fields)),
})
const ownForm = (path, fields) => post(path, fields, ['origin', ISSUER])
const bearer = (path, token) => ({ ...get(path), headers: [['authorization', `Bearer ${token}`]] })

/** JSON with its members sorted by name, as the other side writes it. */
function sorted(value) {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${sorted(value[name])}`)
  return `{${members.join(',')}}`
}

/** An answer as text: status, header fields, and what it is. */
function canonical(answer) {
  const head = [`${answer.status ?? 200}`, ...answer.headers.map(([name, value]) => `${name}: ${value}`)]
  const what = {
    response: () => new TextDecoder().decode(answer.body),
    page: () => sorted(answer.page),
    admit: () => `${answer.subject} ${answer.client_id} ${answer.scope.join(' ')}`,
  }[answer.kind]
  return `${head.join('\n')}\n\n${what()}`
}

class Story {
  steps = []

  constructor(Provider) {
    const app = (client_id, more) => ({
      client_id, client_name: `The app ${client_id}`, redirect_uris: [CALLBACK], ...more,
    })
    const claims = { name: 'Alice Liddell', email: 'alice@wonder.test', email_verified: true }
    this.provider = new Provider({
      issuer: ISSUER,
      sealingKey: new Uint8Array(32).fill(7),
      signingKeys: [KEY],
      users: [{ subject: 'user-alice', username: 'alice', password: 'wonderland', claims }],
      clients: [
        app('app', { token_endpoint_auth_method: 'none' }),
        app('web', { token_endpoint_auth_method: 'client_secret_basic', client_secret: SECRET }),
      ],
    })
  }

  note(name, text) {
    this.steps.push([name, text])
  }

  async send(name, request) {
    const answer = await this.provider.handle(request, NOW)
    this.note(name, canonical(answer))
    return answer
  }

  async browse(name, request) {
    const headers = [...request.headers, ['accept', 'text/html']]
    if (this.cookie) headers.push(['cookie', this.cookie])
    const answer = await this.send(name, { ...request, headers })
    this.cookie = field(answer, 'set-cookie')?.split(';')[0] ?? this.cookie
    return answer
  }
}

async function tell() {
  const glue = await import(pathToFileURL(resolve(folder, 'grantflow_provider.js')))
  glue.initSync({ module: readFileSync(resolve(folder, 'grantflow_provider.wasm')) })
  const story = new Story(glue.Provider)
  const metadata = await story.send('metadata', get('/.well-known/openid-configuration'))
  await story.send('keys', get('/oauth2/jwks'))
  const profile = flow.configure({ issuer: ISSUER, clientId: 'app', redirectUri: CALLBACK })
  const client = profile.discover(metadata.status, metadata.body)

  // Alice signs in.
  const scope = 'openid profile email offline_access'
  const redirect = client.begin({ seed: new Uint8Array(32).fill(7), now: NOW, scope })
  story.note('redirect', [redirect.url, redirect.key, redirect.record].join('\n'))
  const at = (url) => get(url.slice(ISSUER.length))
  const login = await story.browse('login page', at(redirect.url))
  const signIn = ({ page }, password) =>
    ownForm('/oauth2/login', { interaction: page.interaction, username: 'alice', password })
  const wrong = await story.browse('wrong password', signIn(login, 'looking glass'))
  const signedIn = await story.browse('right password', signIn(wrong, 'wonderland'))
  const consent = await story.browse('consent page', at(field(signedIn, 'location')))
  const yes = [['interaction', consent.page.interaction], ['decision', 'approve']]
  for (const scope of ['openid', 'profile', 'offline_access']) yes.push(['scope', scope])
  const back = field(await story.browse('yes', ownForm('/oauth2/consent', yes)), 'location')

  // The app gets tokens, and believes them.
  let turn = client.accept(redirect.record, back, NOW)
  while (turn.kind !== 'done') {
    if (turn.kind === 'verify') {
      const signature = Buffer.from(turn.signature).toString('base64url')
      story.note('question', [turn.alg, turn.jwk, turn.input, signature].join('\n'))
      turn = turn.answer(await flow.verify(turn))
      continue
    }
    const { url, method, headers, body = bytes('') } = turn.request
    story.note('request', [url, new TextDecoder().decode(body)].join('\n'))
    const answer = await story.send('answer', { method, url, headers, body })
    const contentType = field(answer, 'content-type')
    turn = turn.answer({ status: answer.status, contentType, body: answer.body }, NOW)
  }
  const { accessToken, refreshToken, idToken, expiresAt, scopes, user } = turn.tokens
  story.note('tokens', [accessToken, refreshToken, idToken, expiresAt, scopes.join(' '), user.iss, user.sub].join('\n'))

  // They are used, renewed, asked about, given back.
  const basic = ['authorization', `Basic ${btoa(`web:${form({ s: SECRET }).slice(2)}`)}`]
  const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'app' }
  await story.send('userinfo', bearer('/oauth2/userinfo', accessToken))
  await story.send('tasks', bearer('/api/tasks', accessToken))
  await story.send('refresh', post('/oauth2/token', refresh))
  await story.send('the same again', post('/oauth2/token', refresh))
  await story.send('introspection', post('/oauth2/introspect', { token: accessToken }, basic))
  await story.send('revocation', post('/oauth2/revoke', { token: refreshToken, client_id: 'app' }))
  await story.send('tasks no more', bearer('/api/tasks', accessToken))
  await story.send("a stranger's try", post('/oauth2/token', {
    grant_type: 'authorization_code',
    code: new URL(back).searchParams.get('code'),
    redirect_uri: CALLBACK,
    client_id: 'app',
    code_verifier: VERIFIER,
  }))

  // What else there is.
  const web = (more) => {
    const fields = [['response_type', 'code'], ['client_id', 'web'], ['redirect_uri', CALLBACK], ['scope', 'openid']]
    return get(`/oauth2/authorize?${form([...fields, ...Object.entries(more)])}`)
  }
  await story.browse('nobody is asked', web({ prompt: 'none', state: 's 1' }))
  await story.browse('a scope that is none', web({ scope: 'admin' }))
  await story.browse('an answer by form', web({ response_mode: 'form_post', max_age: 'x' }))
  const { page } = await story.browse('developer page', get('/developer'))
  await story.browse('a new app', ownForm('/developer', {
    interaction: page.interaction,
    action: 'create',
    name: 'Mine',
    redirect_uris: 'https://mine.test/cb',
    kind: 'confidential',
  }))
  await story.send('preflight', { ...get('/oauth2/token'), method: 'OPTIONS', headers: [['origin', 'https://app.test']] })
  await story.browse('signed out', get(`/oauth2/logout?id_token_hint=${idToken}`))
  await story.send('nothing there', get('/nothing'))
  return story.steps
}

test('wasm tells the same story as the machine that wrote golden.txt, byte for byte', async () => {
  const steps = await tell()
  assert.equal(steps.length, golden.length)
  for (const [at, [name, text]] of steps.entries()) {
    const digest = createHash('sha256').update(text).digest('base64url')
    assert.equal(`${digest} ${name}`, golden[at], text)
  }
})
