/** A tab of a browser, in memory: what `createAuth` touches of one. */
import { memoryKeys } from '../keys.js'
import type { Effects, ProofKeys, Storage } from '../public/index.js'
import { queue, RELAY } from '../tabs.js'
import { verify } from '../verify.js'

/** Longer timers keep no test alive, in milliseconds. */
const SHORT = 1000

/** Beyond that, timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/** The page, or a window that it opened, goes to the server. */
export interface Departure {
  readonly url: string
  readonly how: 'page' | 'popup'
}

type Hear = (word: string) => void

/** What ends with a page. */
class Page {
  readonly alarms = new Set<{ due: number; ring(): void; cancel(): void }>()
  readonly ears = new Map<string, Set<Hear>>()
  readonly locks = new Map<string, Promise<void>>()
  readonly listeners = new Set<(kind: 'online' | 'visible' | 'back') => void>()
}

export class Tab {
  href: string
  readonly departures: Departure[] = []
  /** Called when somebody leaves. */
  left: (() => void) | undefined
  /** Plays what happens in a frame, where nobody can type; gives where it ends. */
  unseen: (url: string) => Promise<string> = (url) => Promise.resolve(url)
  readonly #storages = { session: storage(), local: storage(), cookie: storage() }
  #page = new Page()
  #online = true
  #ahead = 0
  #busy = 0

  constructor(href: string) {
    this.href = href
  }

  /** Milliseconds since 1970, for all who are in the test. */
  wall(): number {
    return Date.now() + this.#ahead
  }

  get online(): boolean {
    return this.#online
  }

  set online(online: boolean) {
    const isBack = online && !this.#online
    this.#online = online
    if (isBack) for (const listener of this.#page.listeners) listener('online')
  }

  /** Counts as something that is waited for. */
  async busy<T>(work: () => Promise<T>): Promise<T> {
    this.#busy++
    try {
      return await work()
    } finally {
      this.#busy--
    }
  }

  async advance(seconds: number): Promise<void> {
    this.#ahead += seconds * 1000
    const due = [...this.#page.alarms].filter((alarm) => alarm.due <= this.#mono())
    for (const alarm of due.sort((a, b) => a.due - b.due)) alarm.ring()
    // What one thing starts, the next turn of the event loop sees.
    for (let quiet = 0; quiet < 3; quiet = this.#busy ? 0 : quiet + 1) await pause(0)
  }

  /** The page is loaded anew, or the window says what it came back with. */
  arrive(departure: Departure | undefined, url: string): void {
    if (departure?.how === 'popup') return this.#hear(RELAY, url)
    for (const alarm of this.#page.alarms) alarm.cancel()
    this.#page = new Page()
    this.href = url
  }

  readonly effects: Partial<Effects> = {
    now: () => Math.floor(this.wall() / 1000),
    mono: () => this.#mono(),
    verify: (question) => this.busy(() => verify(question)),
    keys: (owner) => this.#keys(owner),
    isOnline: () => this.#online,
    storage: (area) => this.#storages[area],
    lock: (name) => queue(this.#page.locks, name),
    channel: (name, hear) => this.#channel(name, hear),
    wake: (milliseconds, listener) => this.#wake(milliseconds, listener),
    href: () => this.href,
    replaceUrl: (url) => void (this.href = new URL(url, this.href).href),
    leave: (url) => this.#depart({ url, how: 'page' }),
    popup: () => ({ go: (url) => this.#depart({ url, how: 'popup' }), close: () => undefined }),
    frame: (url) => {
      let isThere = true
      const arrive = (end: string) => {
        if (isThere) this.#hear(RELAY, end)
      }
      // A page in a frame that goes nowhere says nothing.
      this.busy(() => this.unseen(url).then(arrive, () => undefined))
      return () => void (isThere = false)
    },
    when: (listener) => {
      const { listeners } = this.#page
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }

  #keys(owner: string): ProofKeys {
    const keys = memoryKeys(owner)
    return {
      make: () => this.busy(() => keys.make()),
      sign: (jwk, input) => this.busy(() => keys.sign(jwk, input)),
      drop: (jwk) => this.busy(() => keys.drop(jwk)),
      sweep: (age, but) => this.busy(() => keys.sweep(age, but)),
    }
  }

  #mono(): number {
    return performance.now() + this.#ahead
  }

  #depart(departure: Departure): void {
    this.departures.push(departure)
    this.left?.()
  }

  #hear(name: string, word: string, but?: Hear): void {
    for (const hear of this.#page.ears.get(name) ?? []) if (hear !== but) hear(word)
  }

  #channel(name: string, hear: Hear): { post(word: string): void; close(): void } {
    const ears = this.#page.ears.get(name) ?? new Set()
    this.#page.ears.set(name, ears.add(hear))
    const post = (word: string) => queueMicrotask(() => this.#hear(name, word, hear))
    return { post, close: () => void ears.delete(hear) }
  }

  #wake(milliseconds: number, listener: () => void): () => void {
    const { alarms } = this.#page
    const cancel = () => {
      clearTimeout(timer)
      alarms.delete(alarm)
    }
    const ring = () => {
      cancel()
      listener()
    }
    const alarm = { due: this.#mono() + milliseconds, ring, cancel }
    const timer = setTimeout(ring, Math.min(milliseconds, LONGEST_TIMER))
    if (typeof timer === 'object' && milliseconds > SHORT) (timer as { unref(): void }).unref()
    alarms.add(alarm)
    return cancel
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

function storage(): Storage {
  const items = new Map<string, string>()
  return {
    get length() {
      return items.size
    },
    key: (at) => [...items.keys()][at] ?? null,
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
  }
}
