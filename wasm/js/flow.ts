/** The core's steps, pure and synchronous. */
import { asking } from './error.js'
import { core } from './load.js'
import type { Client, Configuration, Profile, Tokens, Turn } from './public/flow.js'
import type { IdClaims, OutgoingRequest } from './public/index.js'

export { AuthError } from './error.js'
export { verify } from './verify.js'

type Glue = ReturnType<typeof core>
type RawProfile = InstanceType<Glue['Profile']>
type RawClient = ReturnType<RawProfile['discover']>
type RawTurn = ReturnType<RawProfile['accept']>

export function configure({ issuer, clientId, redirectUri }: Configuration): Profile {
  const raw = asking(() => new (core().Profile)(issuer, clientId, redirectUri))
  return {
    metadataUrl: raw.metadataUrl(),
    discover: (status, body) => client(asking(() => raw.discover(status, body))),
    accept: (record, query, now) => turn(asking(() => raw.accept(record, query, now))),
  }
}

export function keyOf(query: string): string | undefined {
  return asking(() => core().keyOf(query))
}

function client(raw: RawClient): Client {
  return {
    endSession: raw.endSession() ?? null,
    begin({ seed, now, scope, returnTo, prompt, maxAge, loginHint }) {
      const redirect = asking(() => raw.login(seed, scope, returnTo ?? '/', prompt, maxAge, loginHint, now))
      const all = { url: redirect.url(), key: redirect.key(), record: redirect.record() }
      redirect.free()
      return all
    },
  }
}

function turn(raw: RawTurn): Turn {
  switch (raw.kind()) {
    case 1:
      return {
        kind: 'send',
        request: request(raw),
        answer: ({ status, contentType, body }, now) =>
          turn(asking(() => raw.answer(status, contentType ?? '', body, now))),
      }
    case 2:
      return {
        kind: 'verify',
        alg: raw.alg() ?? '',
        jwk: raw.jwk() ?? '',
        input: raw.input() ?? '',
        signature: new Uint8Array(raw.signature() ?? []),
        answer: (good) => turn(asking(() => raw.judge(good))),
      }
    default: {
      const done = tokens(raw)
      raw.free()
      return { kind: 'done', tokens: done }
    }
  }
}

function request(raw: RawTurn): OutgoingRequest {
  const body = new Uint8Array(raw.body() ?? [])
  const accept = ['accept', 'application/json'] as const
  const get = { url: raw.url() ?? '', method: 'GET' as const, headers: [accept], fresh: raw.fresh() }
  if (!body.length) return get
  return { ...get, method: 'POST', headers: [accept, ['content-type', 'application/x-www-form-urlencoded']], body }
}

function tokens(raw: RawTurn): Tokens {
  const claims = raw.claims()
  return {
    accessToken: raw.accessToken() ?? '',
    expiresAt: raw.expiresAt() ?? null,
    scopes: (raw.scope() ?? '').split(' '),
    refreshToken: raw.refreshToken() ?? null,
    idToken: raw.idToken() ?? null,
    user: claims === undefined ? null : { iss: raw.iss() ?? '', sub: raw.sub() ?? '', claims: JSON.parse(claims) as IdClaims },
    returnTo: raw.returnTo() ?? '/',
  }
}
