// A provider that is a function, and breaks whatever a test tells it to break.
import { createHash, generateKeyPairSync, sign } from 'node:crypto'

export const ISSUER = 'https://as.test'
export const NOW = 1_790_000_000

const keys = new Map()

// Making a key costs a second; the tests share one of a kind.
function pair(name) {
  if (!keys.has(name)) keys.set(name, generateKeyPairSync('rsa', { modulusLength: 2048 }))
  return keys.get(name)
}

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

export class Provider {
  sent = []
  metadata = {}
  claims = {}
  header = {}
  token = {}
  signer = 'good'
  status = 200
  contentType = 'application/json'
  now = NOW
  // Filled by `authorize`.
  nonce = undefined

  fetch = async (url, init = {}) => {
    const body = init.body ? Buffer.from(init.body).toString() : ''
    this.sent.push({ url: String(url), method: init.method ?? 'GET', body, headers: init.headers })
    const answer = (value) =>
      new Response(JSON.stringify(value), { status: this.status, headers: { 'content-type': this.contentType } })
    if (url === `${ISSUER}/.well-known/openid-configuration`) return answer(this.describe())
    if (url === `${ISSUER}/jwks`) return answer({ keys: [this.jwk()] })
    if (url === `${ISSUER}/token`) return answer(this.redeem(new URLSearchParams(body)))
    return new Response('', { status: 404 })
  }

  describe() {
    return {
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/authorize`,
      token_endpoint: `${ISSUER}/token`,
      jwks_uri: `${ISSUER}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      ...this.metadata,
    }
  }

  // The user says yes; gives the query of the redirect back.
  authorize(url, change = {}) {
    const asked = new URL(url).searchParams
    this.nonce = asked.get('nonce')
    this.challenge = asked.get('code_challenge')
    const answer = { code: 'the-code', state: asked.get('state'), iss: ISSUER, ...change }
    return `?${new URLSearchParams(Object.entries(answer).filter(([, value]) => value !== undefined))}`
  }

  redeem(form) {
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url')
    if (this.challenge !== challenge || form.get('code') !== 'the-code') return { error: 'invalid_grant' }
    const all = {
      access_token: 'at',
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'openid profile',
      id_token: this.idToken(),
      ...this.token,
    }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  }

  idToken() {
    const header = encode({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...this.header })
    const claims = { iss: ISSUER, sub: 'ada', aud: 'app', iat: this.now, exp: this.now + 3600, nonce: this.nonce, name: 'Ada', ...this.claims }
    const input = `${header}.${encode(claims)}`
    return `${input}.${sign('sha256', Buffer.from(input), pair(this.signer).privateKey).toString('base64url')}`
  }

  jwk() {
    return { ...pair('good').publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }
  }

  count(path) {
    return this.sent.filter(({ url }) => url === ISSUER + path).length
  }
}

// What a tab of a browser has, as far as `createAuth` asks for it.
export class Tab {
  #items = new Map()
  left = []
  now = NOW

  constructor(href = 'https://app.test/cb') {
    this.href = href
  }

  get storage() {
    const items = this.#items
    return {
      get length() { return items.size },
      key: (at) => [...items.keys()][at] ?? null,
      getItem: (name) => items.get(name) ?? null,
      setItem: (name, value) => void items.set(name, String(value)),
      removeItem: (name) => void items.delete(name),
    }
  }

  get names() {
    return [...this.#items.keys()]
  }

  get effects() {
    return {
      now: () => this.now,
      random: (bytes) => new Uint8Array(bytes).map((_, at) => at + this.left.length),
      storage: () => this.storage,
      href: () => this.href,
      replaceUrl: (url) => void (this.href = new URL(url, this.href).href),
      leave: (url) => void this.left.push(url),
      whenBack: () => undefined,
    }
  }
}
