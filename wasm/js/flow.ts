/** The core's steps, pure and synchronous. */
import { asking } from './error.js'
import { core } from './load.js'
import type { Client, Configuration, Profile, Redirect, SignatureQuestion, Tokens, Turn, User } from './public/flow.js'
import type { OutgoingRequest } from './public/index.js'

export { AuthError } from './error.js'
export { verify } from './verify.js'

type Glue = ReturnType<typeof core>
type RawProfile = InstanceType<Glue['Profile']>
type RawClient = ReturnType<RawProfile['discover']>
type RawTurn = ReturnType<RawClient['accept']>

export function configure({ issuer, clientId, redirectUri }: Configuration): Profile {
  const raw = asking(() => new (core().Profile)(issuer, clientId, redirectUri))
  return {
    metadataUrl: raw.metadataUrl(),
    discover: (status, body) => client(asking(() => raw.discover(status, body))),
  }
}

export function keyOf(query: string): string | undefined {
  return asking(() => core().keyOf(query))
}

function client(raw: RawClient): Client {
  return {
    endSession: raw.endSession() ?? null,
    accept: (record, query, now) => turn(asking(() => raw.accept(record, query, now))),
    begin({ seed, now, scope, returnTo, prompt, maxAge, loginHint }) {
      return JSON.parse(asking(() => raw.login(seed, scope, returnTo ?? '/', prompt, maxAge, loginHint, now))) as Redirect
    },
  }
}

/** What the core says of a turn. */
type Facts = SendFacts | VerifyFacts | DoneFacts
interface SendFacts { kind: 'send'; url: string; body: string; fresh: boolean }
interface VerifyFacts { kind: 'verify'; alg: SignatureQuestion['alg']; jwk: string; input: string; signature: string }
interface DoneFacts {
  kind: 'done'
  accessToken: string
  scope: string
  returnTo: string
  refreshToken?: string
  idToken?: string
  expiresAt?: number
  user?: User
}

function turn(raw: RawTurn): Turn {
  const facts = JSON.parse(raw.facts()) as Facts
  switch (facts.kind) {
    case 'send':
      return {
        kind: 'send',
        request: request(facts),
        answer: ({ status, contentType, body }, now) =>
          turn(asking(() => raw.answer(status, contentType ?? '', body, now))),
      }
    case 'verify':
      return {
        ...facts,
        signature: bytes(facts.signature),
        answer: (good: boolean) => turn(asking(() => raw.judge(good))),
      }
    case 'done':
      raw.free()
      return { kind: 'done', tokens: tokens(facts) }
  }
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function request({ url, body, fresh }: SendFacts): OutgoingRequest {
  const accept = ['accept', 'application/json'] as const
  const get = { url, method: 'GET' as const, headers: [accept], fresh }
  if (!body) return get
  const form = ['content-type', 'application/x-www-form-urlencoded'] as const
  return { ...get, method: 'POST', headers: [accept, form], body: new TextEncoder().encode(body) }
}

function tokens({ accessToken, expiresAt, scope, refreshToken, idToken, user, returnTo }: DoneFacts): Tokens {
  return {
    accessToken,
    expiresAt: expiresAt ?? null,
    scopes: scope.split(' '),
    refreshToken: refreshToken ?? null,
    idToken: idToken ?? null,
    user: user ?? null,
    returnTo,
  }
}
