/** What outlives the page, in the tab's own storage. */
import { AuthError } from './error.js'
import type { Effects } from './public/index.js'

const LOGIN = 'grantflow.login.'
const DONE = 'grantflow.done.'
const METADATA = 'grantflow.metadata.'

/** Seconds after which a record is of no use to anyone. */
const LOGIN_LIFE = 15 * 60
const DONE_LIFE = 10 * 60

/** Whoever can make a page begin logins must not fill the tab's storage; the oldest makes room. */
const MOST_LOGINS = 20

export class Shelf {
  readonly #effects: Effects
  readonly #login: string
  readonly #done: string
  readonly #metadata: string

  /** Apps and servers that share a page do not take each other's logins. */
  constructor(effects: Effects, owner: string) {
    this.#effects = effects
    this.#login = LOGIN + owner
    this.#done = DONE + owner
    this.#metadata = METADATA + owner
  }

  putLogin(key: string, record: string): void {
    this.#sweep()
    const waiting = this.#names().filter((name) => name.startsWith(LOGIN)).sort((one, other) => this.#get(one)[0] - this.#get(other)[0])
    for (const name of waiting.slice(0, 1 - MOST_LOGINS)) this.remove(name)
    this.#put(this.#login + key, record)
  }

  /** Reads and removes in one turn of the event loop, so that nobody takes it twice. */
  takeLogin(key: string): string | undefined {
    const [, record] = this.#get(this.#login + key)
    this.remove(this.#login + key)
    return record
  }

  /** Whether a login of this name waits for its answer. */
  waits(key: string): boolean {
    return this.get(this.#login + key) !== null
  }

  /** What the server said of itself, for the page that its answer comes to. */
  putMetadata(text: string): void {
    this.#put(this.#metadata, text)
  }

  metadata(): string | undefined {
    const [born, text] = this.#get(this.#metadata)
    return this.#effects.now() - born < LOGIN_LIFE ? text : undefined
  }

  hasLogin(): boolean {
    return this.#names().some((name) => name.startsWith(this.#login))
  }

  /** Whether a login of this name waits or is over. */
  knows(key: string): boolean {
    return this.waits(key) || this.receipt(key) !== undefined
  }

  /** Whether it is the login of another app or server on this page. */
  isForeign(key: string): boolean {
    const ours = [this.#login + key, this.#done + key]
    return this.#names().some((name) => name.startsWith('grantflow.') && name.endsWith(`]${key}`) && !ours.includes(name))
  }

  /** Remembers that a login is over, for whoever opens its callback again. */
  putReceipt(key: string, returnTo: string): void {
    this.#put(this.#done + key, returnTo)
  }

  receipt(key: string): string | undefined {
    const [born, returnTo] = this.#get(this.#done + key)
    return this.#effects.now() - born < DONE_LIFE ? returnTo : undefined
  }

  put(name: string, value: string): void {
    this.#guard(() => this.#effects.storage().setItem(name, value))
  }

  get(name: string): string | null {
    return this.#guard(() => this.#effects.storage().getItem(name))
  }

  remove(name: string): void {
    this.#guard(() => this.#effects.storage().removeItem(name))
  }

  #put(name: string, value: string): void {
    this.put(name, `${this.#effects.now()} ${value}`)
  }

  #get(name: string): [born: number, value: string | undefined] {
    const text = this.get(name) ?? ''
    const at = text.indexOf(' ')
    return [Number(text.slice(0, Math.max(at, 0))), at < 0 ? undefined : text.slice(at + 1)]
  }

  #names(): string[] {
    return this.#guard(() => {
      const storage = this.#effects.storage()
      return Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? '')
    })
  }

  #sweep(): void {
    for (const name of this.#names()) {
      if (![LOGIN, DONE, METADATA].some((prefix) => name.startsWith(prefix))) continue
      if (this.#effects.now() - this.#get(name)[0] >= LOGIN_LIFE) this.remove(name)
    }
  }

  #guard<T>(use: () => T): T {
    try {
      return use()
    } catch (cause) {
      throw new AuthError({ code: 'storage_denied', stage: 'authorize', remedy: 'ask-user' }, cause)
    }
  }
}
