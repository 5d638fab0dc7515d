/** Does what the core says, and tells it what came of that. */
import { bytes, request } from './convert.js'
import { AuthError } from './error.js'
import { core } from './load.js'
import type { Effects, Fault, Popup, ProofKey, Snapshot, Storage, Store, User } from './public/index.js'
import { type Channel, RELAY } from './tabs.js'

/** As long as the core lets the lock take, in milliseconds. */
const LOCK_TIMEOUT = 20_000

const AREAS = { s: 'session', l: 'local', c: 'cookie' } as const

interface Record { id: number; area: 's' | 'l' | 'c' | 'a'; name: string }

type Shown =
  | { status: 'restoring' | 'leaving' }
  | { status: 'signed-out'; why: never; error?: Fault }
  | { status: 'signed-in'; user: User | null; scopes: string[]; expiresAt: number | null; stale: boolean; inDoubt: boolean; error?: Fault }

/** What the core wants done. */
type Effect =
  | { do: 'open'; name: string }
  | { do: 'http'; id: number; url: string; body: string; fresh: boolean; proof?: string }
  | ({ do: 'read' | 'take' | 'forget' } & Record)
  | ({ do: 'put'; value: string } & Record)
  | { do: 'lock'; id: number }
  | { do: 'unlock' }
  | { do: 'verify'; id: number; alg: string; jwk: string; input: string; signature: string }
  | { do: 'sign'; id: number; input: string }
  | { do: 'navigate'; how: 'page' | 'popup' | 'frame'; ticket: number; url: string }
  | { do: 'replace'; url: string }
  | { do: 'tell'; word: string }
  | { do: 'wake'; at: number }
  | { do: 'emit'; snapshot: Shown }
  | { do: 'more'; scope: string }
  | { do: 'settle'; ticket: number; token?: string; bound?: boolean; fault?: Fault }

/** What happened, by the core's names. */
type Word = { kind: string; [argument: string]: unknown }

export interface Setup {
  readonly issuer: string
  readonly clientId: string
  readonly redirectUri: string
  readonly relayUri?: string | undefined
  readonly store: 's' | 'l' | 'a' | ''
  /** The public half of the key that tokens are bound to, and whether no others will do. */
  readonly jwk?: string | undefined
  readonly bound?: boolean | undefined
  readonly seed?: string | undefined
}

interface Waiting {
  resolve(token: string): void
  reject(error: AuthError): void
  /** Closes what was opened for it. */
  close?: (() => void) | undefined
}

export class Runner {
  readonly #effects: Effects
  readonly #own: Store | undefined
  readonly #key: ProofKey | undefined
  readonly #session = new (core().Session)()
  readonly #show: (snapshot: Snapshot) => void
  readonly #step: (scope: string) => void
  readonly #waiting = new Map<number, Waiting>()
  readonly #popups = new Map<number, Popup>()
  readonly #stops: (() => void)[] = []
  /** Whether the token that was handed out last is good with its key only. */
  bound = false
  #tickets = 0
  #name = ''
  #channel: Channel | undefined
  #release: (() => void) | undefined
  #timer: (() => void) | undefined
  #queue: Effect[] = []
  #busy = false

  constructor(setup: Setup, effects: Effects, own: Store | undefined, show: (snapshot: Snapshot) => void, step: (scope: string) => void, key?: ProofKey) {
    this.#effects = effects
    this.#key = key
    this.#own = own
    this.#show = show
    this.#step = step
    this.tell({ kind: 'open', ticket: this.#ticket({ resolve: () => undefined, reject: (error) => { throw error } }), ...setup })
    this.#channel = effects.channel(this.#name, (word) => this.tell({ kind: 'heard' }, word))
    const relay = setup.relayUri === undefined ? undefined : effects.channel(RELAY, (url) => this.tell({ kind: 'relayed' }, url))
    this.#stops.push(() => this.#channel?.close(), () => relay?.close())
    this.#stops.push(effects.when((kind) => this.tell({ kind })))
  }

  close(): void {
    for (const stop of this.#stops) stop()
    // What is under way with the lock comes to its end, for the other tabs.
    if (!this.#release) this.#timer?.()
  }

  /** Says what happened, and does what comes of it, in order. */
  tell(word: Word, body: string | Uint8Array = ''): void {
    const said = { ...word, wall: Math.max(0, Math.floor(this.#effects.now() * 1000)), mono: Math.floor(this.#effects.mono()) }
    const encoder = new TextEncoder()
    const more = typeof body === 'string' ? encoder.encode(body) : body
    const answer = this.#session.tell(encoder.encode(JSON.stringify(said)), more)
    this.#queue.push(...(JSON.parse(new TextDecoder().decode(answer)) as Effect[]))
    if (this.#busy) return
    this.#busy = true
    try {
      for (let effect = this.#queue.shift(); effect; effect = this.#queue.shift()) this.#perform(effect)
    } finally {
      this.#busy = false
    }
  }

  /** Says it and waits for what comes of it: a token, or nothing. */
  ask(word: Word, body?: string, { signal, popup }: { signal?: AbortSignal | undefined; popup?: Popup } = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const ticket = this.#ticket({ resolve, reject, close: popup && (() => popup.close()) })
      if (popup) this.#popups.set(ticket, popup)
      this.tell({ ...word, ticket }, body)
      const cancel = () => this.tell({ kind: 'cancel', ticket })
      if (signal?.aborted) cancel()
      signal?.addEventListener('abort', cancel, { once: true })
    })
  }

  /** The names of all records, each after the letter of its area. */
  names(): string[] {
    const all: string[] = []
    for (const [letter, area] of Object.entries(AREAS)) {
      try {
        const storage = this.#effects.storage(area)
        for (let at = 0; at < storage.length; at++) {
          const name = storage.key(at)
          if (name?.startsWith('grantflow.')) all.push(letter + name)
        }
      } catch {
        // What cannot be read holds nothing of ours.
      }
    }
    return all
  }

  #ticket(waiting: Waiting): number {
    this.#waiting.set(++this.#tickets, waiting)
    return this.#tickets
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case 'open':
        this.#name = effect.name
        return
      case 'http':
        return void this.#send(effect)
      case 'read':
      case 'take':
      case 'put':
      case 'forget':
        return this.#keep(effect)
      case 'lock':
        return void this.#lock(effect.id)
      case 'unlock':
        this.#release?.()
        this.#release = undefined
        return
      case 'verify': {
        const { id, signature, ...question } = effect
        const judge = (ok: boolean) => this.tell({ kind: 'verified', id, ok })
        return void this.#effects.verify({ ...question, signature: bytes(signature) }).then(judge, () => judge(false))
      }
      case 'sign':
        return void this.#sign(effect)
      case 'navigate':
        return this.#navigate(effect)
      case 'replace':
        return this.#effects.replaceUrl(effect.url)
      case 'tell':
        return this.#channel?.post(effect.word)
      case 'wake':
        this.#timer?.()
        this.#timer = this.#effects.wake(Math.max(0, Math.ceil(effect.at - this.#effects.mono())), () => this.tell({ kind: 'tick' }))
        return
      case 'emit':
        return this.#show(shown(effect.snapshot))
      case 'more':
        return this.#step(effect.scope)
      case 'settle':
        return this.#settle(effect)
    }
  }

  #settle({ ticket, token = '', bound = false, fault }: Extract<Effect, { do: 'settle' }>): void {
    const waiting = this.#waiting.get(ticket)
    this.#waiting.delete(ticket)
    this.#popups.delete(ticket)
    waiting?.close?.()
    this.bound = bound
    if (fault) waiting?.reject(new AuthError(fault))
    else waiting?.resolve(token)
  }

  async #send({ id, ...facts }: Extract<Effect, { do: 'http' }>): Promise<void> {
    let answer
    try {
      answer = await this.#effects.send(request(facts))
    } catch {
      return this.tell({ kind: this.#effects.isOnline() ? 'lost' : 'unsent', id })
    }
    const { status, contentType, retryAfter, dpopNonce, body } = answer
    const more = { retryAfter: retryAfter ?? undefined, dpopNonce: dpopNonce ?? undefined }
    this.tell({ kind: 'http', id, status, contentType: contentType ?? '', ...more }, body)
  }

  async #sign({ id, input }: Extract<Effect, { do: 'sign' }>): Promise<void> {
    const signature = await this.#key?.sign(input).catch(() => undefined)
    this.tell({ kind: 'signed', id, ok: signature !== undefined }, signature)
  }

  async #lock(id: number): Promise<void> {
    const release = await this.#effects.lock(this.#name, LOCK_TIMEOUT).catch(() => undefined)
    if (release) this.#release = release
    this.tell({ kind: 'locked', id, ok: release !== undefined })
  }

  #navigate({ how, ticket, url }: Extract<Effect, { do: 'navigate' }>): void {
    if (how === 'page') return this.#effects.leave(url)
    if (how === 'popup') return this.#popups.get(ticket)?.go(url)
    const waiting = this.#waiting.get(ticket)
    const remove = this.#effects.frame(url)
    if (waiting) waiting.close = remove
    else remove()
  }

  #keep(effect: Extract<Effect, Record>): void {
    const { id, name, area } = effect
    const took = (value: string | null) => this.tell({ kind: 'took', id, ok: value !== null }, value ?? '')
    const stored = (ok: boolean) => this.tell({ kind: 'stored', id, ok })
    if (area === 'a') return void this.#keepOwn(effect, took, stored)
    try {
      const storage: Storage = this.#effects.storage(AREAS[area])
      if (effect.do === 'put') {
        storage.setItem(name, effect.value)
        return stored(storage.getItem(name) === effect.value)
      }
      const value = effect.do === 'forget' ? null : storage.getItem(name)
      // In one turn of the event loop, so that nobody takes it twice.
      if (effect.do !== 'read') storage.removeItem(name)
      if (effect.do !== 'forget') took(value)
    } catch {
      if (effect.do === 'put') stored(false)
      else if (effect.do !== 'forget') took(null)
    }
  }

  async #keepOwn(effect: Extract<Effect, Record>, took: (value: string | null) => void, stored: (ok: boolean) => void): Promise<void> {
    const own = this.#own
    const { name } = effect
    try {
      if (effect.do === 'put') {
        await own?.setItem(name, effect.value)
        return stored(true)
      }
      const value = effect.do === 'forget' ? null : ((await own?.getItem(name)) ?? null)
      if (effect.do !== 'read') await own?.removeItem(name)
      if (effect.do !== 'forget') took(value)
    } catch {
      if (effect.do === 'put') stored(false)
      else if (effect.do !== 'forget') took(null)
    }
  }
}

function shown(snapshot: Shown): Snapshot {
  if (!('error' in snapshot) || !snapshot.error) return snapshot as Snapshot
  return { ...snapshot, error: new AuthError(snapshot.error) }
}
