/** The core's steps, pure and synchronous. */
import { base64url, bytes, request } from './convert.js'
import { AuthError, own } from './error.js'
import { core } from './load.js'
import type { Client, Configuration, Profile, Redirect, SignatureQuestion, Tokens, Turn, User } from './public/flow.js'
import type { Fault } from './public/index.js'

export { AuthError } from './error.js'
export { verify } from './verify.js'

type Login = InstanceType<ReturnType<typeof core>['Login']>

/** What the core answers. */
type Answer =
  | (Fault & { kind: 'fault' })
  | { kind: 'key'; key?: string }
  | { kind: 'profile'; metadataUrl: string }
  | { kind: 'client'; endSession?: string }
  | (Redirect & { kind: 'redirect' })
  | SendFacts
  | (Omit<SignatureQuestion, 'signature'> & { kind: 'verify'; signature: string; turn: number })
  | DoneFacts
interface SendFacts { kind: 'send'; url: string; body: string; fresh: boolean; turn: number }
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
type Kind = Exclude<Answer['kind'], 'fault'>
type Of<K extends Kind> = Extract<Answer, { kind: K }>

/** Asks the core; its errors become ours. */
function ask<K extends Kind>(question: { ask: string; [argument: string]: unknown }, body: Uint8Array = new Uint8Array(), login?: Login): Of<K> {
  const { Login } = core()
  let answer: Answer
  try {
    const text = (login ?? new Login()).ask(new TextEncoder().encode(JSON.stringify(question)), body)
    answer = JSON.parse(new TextDecoder().decode(text)) as Answer
  } catch (thrown) {
    throw own('internal', undefined, thrown)
  }
  if (answer.kind === 'fault') throw new AuthError(answer)
  return answer as Of<K>
}

export function configure({ issuer, clientId, redirectUri }: Configuration): Profile {
  const profile = { issuer, clientId, redirectUri }
  const { metadataUrl } = ask<'profile'>({ ...profile, ask: 'profile' })
  return { metadataUrl, discover: (status, body) => client({ ...profile, status }, body.slice()) }
}

export function keyOf(query: string): string | undefined {
  return ask<'key'>({ ask: 'key', query }).key
}

function client(known: Configuration & { status: number }, metadata: Uint8Array): Client {
  return {
    endSession: ask<'client'>({ ...known, ask: 'client' }, metadata).endSession ?? null,
    accept(record, query, now) {
      const login = new (core().Login)()
      return turn(login, ask({ ...known, ask: 'accept', record, query, now }, metadata, login))
    },
    begin({ seed, returnTo = '/', ...asked }) {
      const { url, key, record } = ask<'redirect'>({ ...known, ...asked, ask: 'login', seed: base64url(seed), returnTo }, metadata)
      return { url, key, record }
    },
  }
}

function turn(login: Login, facts: Of<'send' | 'verify' | 'done'>): Turn {
  switch (facts.kind) {
    case 'send':
      return {
        kind: 'send',
        request: request(facts),
        answer: ({ status, contentType, body }, now) =>
          turn(login, ask({ ask: 'answer', turn: facts.turn, status, contentType, now }, body, login)),
      }
    case 'verify': {
      const { kind, alg, jwk, input, signature } = facts
      const answer = (good: boolean) => turn(login, ask({ ask: 'answer', turn: facts.turn, good }, undefined, login))
      return { kind, alg, jwk, input, signature: bytes(signature), answer }
    }
    case 'done':
      return { kind: 'done', tokens: tokens(facts) }
  }
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
