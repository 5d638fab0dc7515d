/** Does what the core says, and tells it what came of that. */
import { bytes, request } from './convert.js'
import { AuthError, guarded, own } from './error.js'
import { core } from './load.js'
import type { Effects, Fault, Popup, ProofKeys, Snapshot, Storage, Store, User } from './public/index.js'
import { type Channel, RELAY } from './tabs.js'

/** As long as something with a key may take, in milliseconds: databases of browsers have been known never to answer. */
const KEY_TIMEOUT = 5000

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
  | { do: 'make'; id: number }
  | { do: 'sign'; id: number; jwk: string; input: string }
  | { do: 'drop'; jwk: string }
  | { do: 'sweep'; age: number; jwk?: string }
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
  /** Randomness for proofs if tokens shall be bound to keys, and whether no others will do. */
  readonly seed?: string | undefined
  readonly bound?: boolean | undefined
}

/** What somebody who waited is given. */
export interface Given {
  /** Empty for whoever wants none. */
  readonly token: string
  /** Whether it is good with its key only. */
  readonly bound: boolean
}

interface Waiting {
  resolve(given: Given): void
  reject(error: AuthError): void
  /** Closes what was opened for it. */
  close?: (() => void) | undefined
}

export class Runner {
  readonly #effects: Effects
  readonly #own: Store | undefined
  readonly #keys: ProofKeys | undefined
  readonly #session = new (core().Session)()
  readonly #show: (snapshot: Snapshot) => void
  readonly #step: (scope: string) => void
  readonly #waiting = new Map<number, Waiting>()
  readonly #popups = new Map<number, Popup>()
  readonly #stops: (() => void)[] = []
  #tickets = 0
  #name = ''
  #channel: Channel | undefined
  #release: (() => void) | undefined
  /** The last of what the app's own store is still to do, in order. */
  #errands: Promise<unknown> | undefined
  /** Whether the lock is held, or waited for. */
  #isLocking = false
  #isClosed = false
  #timer: (() => void) | undefined
  #queue: Effect[] = []
  #busy = false

  constructor(setup: Setup, effects: Effects, own: Store | undefined, show: (snapshot: Snapshot) => void, step: (scope: string) => void) {
    this.#effects = effects
    // Whoever binds nothing to keys touches no database.
    this.#keys = setup.seed === undefined ? undefined : effects.keys(`${setup.issuer} ${setup.clientId}`)
    this.#own = own
    this.#show = show
    this.#step = step
    const opening = this.#ticket({ resolve: () => undefined, reject: (error) => { throw error } })
    this.tell({ kind: 'open', ticket: opening, ...setup })
    this.#waiting.delete(opening)
    this.#channel = effects.channel(this.#name, (word) => {
      // Who has the lock may have asked the other tabs for what is newer.
      if (!this.#isClosed || this.#isLocking) this.tell({ kind: 'heard' }, word)
    })
    const relay = setup.relayUri === undefined ? undefined : effects.channel(RELAY, (url) => this.tell({ kind: 'relayed' }, url))
    this.#stops.push(() => relay?.close(), effects.when((kind) => this.tell({ kind })))
  }

  /** Hears nothing more; what is under way with the lock comes to its end, for the other tabs. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const stop of this.#stops) stop()
    // What was opened for somebody has nobody left to answer.
    for (const [ticket, { close }] of this.#waiting) if (close) this.#fail(ticket, own('aborted'))
    this.#end()
  }

  /** Lets go of the rest, once nothing is under way any more. */
  #end(): void {
    if (!this.#isClosed || this.#isLocking || this.#busy) return
    this.#timer?.()
    this.#timer = undefined
    this.#channel?.close()
    this.#channel = undefined
    for (const ticket of this.#waiting.keys()) this.#fail(ticket, own('aborted'))
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
    const thrown: unknown[] = []
    for (let effect = this.#queue.shift(); effect; effect = this.#queue.shift()) {
      try {
        this.#perform(effect)
      } catch (error) {
        // The others are done all the same: one of them may be the end of the lock.
        thrown.push(error)
      }
    }
    this.#busy = false
    this.#end()
    if (thrown.length > 0) throw thrown[0]
  }

  /** Says it and waits for what comes of it: a token, or nothing. */
  async ask(word: Word, body?: string, { signal, popup }: { signal?: AbortSignal | null | undefined; popup?: Popup } = {}): Promise<Given> {
    let ticket = 0
    const settled = new Promise<Given>((resolve, reject) => {
      ticket = this.#ticket({ resolve, reject, close: popup && (() => popup.close()) })
    })
    // Where telling throws, that is what the caller hears, whatever becomes of the ticket.
    settled.catch(() => undefined)
    if (popup) this.#popups.set(ticket, popup)
    const cancel = () => this.tell({ kind: 'cancel', ticket })
    try {
      this.tell({ ...word, ticket }, body)
      if (signal?.aborted) cancel()
      else signal?.addEventListener('abort', cancel)
      return await settled
    } finally {
      signal?.removeEventListener('abort', cancel)
      this.#leave(ticket)
    }
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
        this.#isLocking = true
        return void this.#lock(effect.id)
      case 'unlock':
        return this.#unlock()
      case 'verify': {
        const { id, signature, ...question } = effect
        const judge = (ok: boolean) => this.tell({ kind: 'verified', id, ok })
        return void this.#effects.verify({ ...question, signature: bytes(signature) }).then(judge, () => judge(false))
      }
      case 'make':
        return void this.#hold('made', effect.id, (keys) => keys.make())
      case 'sign':
        return void this.#hold('signed', effect.id, (keys) => keys.sign(effect.jwk, effect.input))
      case 'drop':
        return void this.#hold('', 0, (keys) => keys.drop(effect.jwk))
      case 'sweep':
        return void this.#hold('', 0, (keys) => keys.sweep(effect.age, effect.jwk))
      case 'navigate':
        return this.#navigate(effect)
      case 'replace':
        return this.#effects.replaceUrl(effect.url)
      case 'tell':
        return this.#post(effect.word)
      case 'wake':
        this.#timer?.()
        if (this.#isClosed && !this.#isLocking) return
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
    if (fault) return this.#fail(ticket, new AuthError(fault))
    this.#leave(ticket)?.resolve({ token, bound })
  }

  #fail(ticket: number, error: AuthError): void {
    this.#leave(ticket)?.reject(error)
  }

  /** Forgets who waits, and closes what was opened for it. */
  #leave(ticket: number): Waiting | undefined {
    const waiting = this.#waiting.get(ticket)
    this.#waiting.delete(ticket)
    this.#popups.delete(ticket)
    if (waiting?.close) guarded(waiting.close)
    return waiting
  }

  #post(word: string): void {
    try {
      this.#channel?.post(word)
    } catch {
      // The other tabs find it where it is stored.
    }
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

  /** Does something with keys, and says what came of it. */
  async #hold(kind: string, id: number, work: (keys: ProofKeys) => Promise<string | Uint8Array | void>): Promise<void> {
    let late: ReturnType<typeof setTimeout> | undefined
    const limit = new Promise<void>((resolve) => (late = setTimeout(resolve, KEY_TIMEOUT)))
    const done = async () => this.#keys && work(this.#keys)
    const more = (await Promise.race([done(), limit]).catch(() => undefined)) ?? undefined
    clearTimeout(late)
    // One that could not be dropped is of no use to anyone.
    if (kind) this.tell({ kind, id, ok: more !== undefined }, more)
  }

  async #lock(id: number): Promise<void> {
    const release = await this.#effects.lock(this.#name, LOCK_TIMEOUT).catch(() => undefined)
    if (release) this.#release = release
    else this.#isLocking = false
    this.tell({ kind: 'locked', id, ok: release !== undefined })
  }

  #unlock(): void {
    const release = this.#release
    this.#release = undefined
    this.#isLocking = false
    // Who has the lock next is to find what was stored with it.
    if (this.#errands) void this.#errands.then(() => release?.())
    else release?.()
  }

  #navigate({ how, ticket, url }: Extract<Effect, { do: 'navigate' }>): void {
    // Whoever asked has been told that nothing comes of it.
    if (how === 'page') return this.#isClosed ? undefined : this.#effects.leave(url)
    if (how === 'popup') return this.#popups.get(ticket)?.go(url)
    const waiting = this.#waiting.get(ticket)
    const remove = this.#effects.frame(url)
    if (waiting) waiting.close = remove
    else remove()
  }

  #keep(effect: Extract<Effect, Record>): void {
    const { id } = effect
    const tell = (value: string | null | undefined) => {
      if (effect.do === 'put') this.tell({ kind: 'stored', id, ok: value !== undefined })
      else if (effect.do !== 'forget') this.tell({ kind: 'took', id, ok: typeof value === 'string' }, value ?? '')
    }
    if (effect.area !== 'a') return tell(this.#keepHere(effect, AREAS[effect.area]))
    const errand = (this.#errands ?? Promise.resolve(null)).then(() => this.#keepOwn(effect))
    this.#errands = errand
    void errand.then((value) => {
      if (this.#errands === errand) this.#errands = undefined
      tell(value)
    })
  }

  /** Gives what it was asked for, or nothing if that cannot be had. */
  #keepHere(effect: Extract<Effect, Record>, area: (typeof AREAS)[keyof typeof AREAS]): string | null | undefined {
    const { name } = effect
    try {
      const storage: Storage = this.#effects.storage(area)
      if (effect.do === 'put') {
        storage.setItem(name, effect.value)
        return storage.getItem(name) === effect.value ? effect.value : undefined
      }
      const value = effect.do === 'forget' ? null : storage.getItem(name)
      // In one turn of the event loop, so that nobody takes it twice.
      if (effect.do !== 'read') storage.removeItem(name)
      return value
    } catch {
      return undefined
    }
  }

  /** The same, of the app's own store. */
  async #keepOwn(effect: Extract<Effect, Record>): Promise<string | null | undefined> {
    const own = this.#own
    const { name } = effect
    try {
      if (effect.do === 'put') {
        await own?.setItem(name, effect.value)
        return effect.value
      }
      const value = effect.do === 'forget' ? null : await own?.getItem(name)
      if (effect.do !== 'read') await own?.removeItem(name)
      return value
    } catch {
      return undefined
    }
  }
}

function shown(snapshot: Shown): Snapshot {
  if (!('error' in snapshot) || !snapshot.error) return snapshot as Snapshot
  return { ...snapshot, error: new AuthError(snapshot.error) }
}
