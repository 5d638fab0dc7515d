/** What tabs of one origin share: a channel and a lock. */

/** Where windows and frames say what they came back with. */
export const RELAY = 'grantflow.relay'

/** How long storage may take to show in one tab what another has written, in milliseconds. */
const SETTLING = 50

/** How long a tab that is gone may seem to hold the lock, in milliseconds. */
const LEASE = 40_000

export interface Channel {
  post(word: string): void
  close(): void
}

/** Hears what other tabs post, and posts to them; without a page there are no other tabs. */
export function channel(name: string, hear: (word: string) => void): Channel {
  if (typeof document === 'undefined') return { post: () => undefined, close: () => undefined }
  try {
    const broadcast = new BroadcastChannel(name)
    broadcast.onmessage = ({ data }) => hear(String(data))
    return { post: (word) => broadcast.postMessage(word), close: () => broadcast.close() }
  } catch {
    // There is none, or the user denies this page whatever could tell who it is.
  }
  const listen = ({ key, newValue }: StorageEvent) => {
    if (key === name && newValue) hear(newValue.slice(newValue.indexOf(' ') + 1))
  }
  addEventListener('storage', listen)
  const post = (word: string) => {
    try {
      // The same word again is no change, so each has a number of its own; none stays.
      localStorage.setItem(name, `${Math.random()} ${word}`)
      localStorage.removeItem(name)
    } catch {
      // A tab without storage says nothing to the others.
    }
  }
  return { post, close: () => removeEventListener('storage', listen) }
}

/** Gives what lets go of the lock, or nothing if it is not to be had in time. */
export function lock(name: string, timeout: number): Promise<(() => void) | undefined> {
  if (typeof document === 'undefined') return queue(queues, name)
  if (navigator.locks) {
    return new Promise((resolve) => {
      // What the last holder stored takes a moment to be seen in other tabs.
      const held = () => new Promise<void>((release) => setTimeout(() => resolve(release), SETTLING))
      navigator.locks.request(name, { signal: AbortSignal.timeout(timeout) }, held).catch(() => resolve(undefined))
    })
  }
  return lease(`${name}.lock`, Date.now() + timeout)
}

const queues = new Map<string, Promise<void>>()

/** One after the other, where all are in one process. */
export async function queue(queues: Map<string, Promise<void>>, name: string): Promise<() => void> {
  const before = queues.get(name)
  let release: () => void = () => undefined
  queues.set(name, new Promise((resolve) => (release = resolve)))
  await before
  return release
}

/** Where there are no locks, an entry that says who holds it and until when. */
async function lease(name: string, until: number): Promise<(() => void) | undefined> {
  const mine = String(Math.random())
  const holder = () => (localStorage.getItem(name) ?? ' 0').split(' ')
  while (Date.now() < until) {
    if (Number(holder()[1]) < Date.now()) {
      localStorage.setItem(name, `${mine} ${Date.now() + LEASE}`)
      // Whoever wrote last has it, once all who saw it free have written.
      await pause(60)
      if (holder()[0] === mine) return () => localStorage.removeItem(name)
    }
    await pause(40 + 60 * Math.random())
  }
  return undefined
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
