// A provider that is a function, and breaks whatever a test tells it to break.
import assert from 'node:assert/strict'
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

// Waits for what other turns of the event loop bring about.
export async function until(condition) {
  for (let turn = 0; !condition(); turn++) {
    assert.ok(turn < 1000, 'it never happens')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

export class Provider {
  sent = []
  metadata = {}
  claims = {}
  header = {}
  token = {}
  signer = 'good'
  status = 200
  turn = 0
  robbed = false
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
    if (url === `${ISSUER}/token`) {
      await this.pause
      if (this.lost) throw new TypeError('fetch failed')
      const form = new URLSearchParams(body)
      if (form.get('grant_type') === 'refresh_token') return this.refresh(form, answer)
      return answer(this.redeem(form))
    }
    if (url === `${ISSUER}/revoke`) return this.down ? Promise.reject(new TypeError('fetch failed')) : new Response('')
    if (String(url).startsWith('https://app.test/api')) return this.api(new Headers(init.headers), init.method)
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

  // Each refresh token once; another is a thief's.
  refresh(form, answer) {
    const spent = form.get('refresh_token')
    this.robbed ||= spent !== `rt${this.turn}`
    if (this.robbed || this.refuses) return new Response('{"error":"invalid_grant"}', { status: 400, headers: { 'content-type': this.contentType } })
    this.turn++
    return answer({ access_token: `at${this.turn}`, token_type: 'Bearer', expires_in: 3600, refresh_token: `rt${this.turn}` })
  }

  api(headers) {
    const token = headers.get('authorization')?.slice('Bearer '.length)
    if (this.wants) return new Response('', { status: 403, headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${this.wants}"` } })
    if (token === this.dead) return new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
    return new Response('[]')
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

// What all tabs of a browser share.
export class Browser {
  local = storage(new Map())
  cookies = storage(new Map())
  channels = new Map()
  locks = new Map()
}

function storage(items) {
  return {
    get length() { return items.size },
    key: (at) => [...items.keys()][at] ?? null,
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, String(value)),
    removeItem: (name) => void items.delete(name),
  }
}

const namesOf = (storage) => Array.from({ length: storage.length }, (_, at) => storage.key(at))

// What a tab of a browser has, as far as `createAuth` asks for it.
export class Tab {
  storage = storage(new Map())
  left = []
  listeners = []
  frames = []
  now = NOW
  late = 0

  constructor(href = 'https://app.test/cb', browser = new Browser()) {
    this.href = href
    this.browser = browser
  }

  // What the tab keeps for itself.
  get names() {
    return namesOf(this.storage)
  }

  happens(kind) {
    for (const listener of this.listeners) listener(kind)
  }

  get effects() {
    const { browser } = this
    return {
      now: () => this.now,
      mono: () => (this.now - NOW) * 1000 + this.late,
      random: (bytes) => new Uint8Array(bytes).map((_, at) => at + this.left.length),
      storage: (area) => (area === 'session' ? this.storage : area === 'local' ? browser.local : browser.cookies),
      href: () => this.href,
      replaceUrl: (url) => void (this.href = new URL(url, this.href).href),
      leave: (url) => void this.left.push(url),
      // A page that is gone hears nothing more.
      when: (listener) => void this.listeners.push(listener) ?? (() => undefined),
      channel: (name, hear) => {
        const heard = browser.channels.get(name) ?? new Set()
        browser.channels.set(name, heard.add(hear))
        const post = (word) => {
          for (const other of heard) if (other !== hear) queueMicrotask(() => heard.has(other) && other(word))
        }
        return { post, close: () => heard.delete(hear) }
      },
      lock: async (name) => {
        const before = browser.locks.get(name)
        let release
        browser.locks.set(name, new Promise((resolve) => (release = resolve)))
        await before
        return release
      },
      // Limits are reached at once, if they are near; the clock of a test is turned by hand.
      wake: (milliseconds, listener) => {
        if (milliseconds > 10_000) return () => undefined
        const timer = setTimeout(() => {
          this.late += milliseconds
          listener()
        }, 20)
        return () => clearTimeout(timer)
      },
      popup: () => {
        const popup = { urls: [], go: (url) => void popup.urls.push(url), close: () => void (popup.closed = true) }
        this.opened = popup
        return this.blocks ? undefined : popup
      },
      frame: (url) => {
        this.frames.push(url)
        return () => void (this.frames = this.frames.filter((there) => there !== url))
      },
    }
  }
}
