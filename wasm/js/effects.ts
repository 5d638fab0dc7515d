/** Everything that touches the browser; it decides nothing. */
import type { Effects, Storage } from './public/index.js'
import { proofKeys } from './keys.js'
import { channel, lock } from './tabs.js'
import { verify } from './verify.js'

/** Metadata, keys and tokens are a tenth of this. */
const LONGEST_BODY = 64 * 1024

/** As long as the core lets a request take, in milliseconds. */
const HTTP_TIMEOUT = 15_000

/** Beyond that, timers of browsers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

export function browser(fetch: typeof globalThis.fetch, now?: () => number): Effects {
  return {
    now: now ?? (() => Math.floor(Date.now() / 1000)),
    mono: () => performance.now(),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    async send({ url, method, headers, body, fresh }) {
      const response = await fetch(url, {
        method,
        headers: headers.map(([name, value]): [string, string] => [name, value]),
        body: body ?? null,
        cache: fresh ? 'no-store' : 'default',
        credentials: 'omit',
        // Followed, it could end anywhere; the core refuses the status.
        redirect: 'manual',
        referrerPolicy: 'no-referrer',
        signal: AbortSignal.timeout(HTTP_TIMEOUT),
      })
      return {
        status: response.status,
        contentType: response.headers.get('content-type'),
        retryAfter: response.headers.get('retry-after'),
        dpopNonce: response.headers.get('dpop-nonce'),
        body: await read(response),
      }
    },
    isOnline: () => globalThis.navigator?.onLine !== false,
    verify,
    keys: proofKeys,
    storage: (area) => (area === 'cookie' ? cookies : area === 'local' ? localStorage : sessionStorage),
    lock,
    channel,
    wake(milliseconds, listener) {
      const timer = setTimeout(listener, Math.min(milliseconds, LONGEST_TIMER))
      // A program without a page may end before a token does.
      if (typeof timer === 'object' && milliseconds > 10_000) (timer as { unref(): void }).unref()
      return () => clearTimeout(timer)
    },
    href: () => location.href,
    replaceUrl: (url) => history.replaceState(history.state, '', url),
    leave: (url) => location.assign(url),
    popup() {
      const opened = open('', '_blank', 'popup,width=480,height=720')
      if (!opened) return undefined
      // Nobody needs the way back: the answer comes by a channel.
      opened.opener = null
      return { go: (url) => void (opened.location.href = url), close: () => opened.close() }
    },
    frame(url) {
      const frame = document.createElement('iframe')
      frame.hidden = true
      frame.src = url
      document.body.append(frame)
      return () => frame.remove()
    },
    when(listener) {
      const stop = new AbortController()
      const on = (target: EventTarget, name: string, hear: (event: Event) => void) =>
        target.addEventListener(name, hear, { signal: stop.signal })
      if (typeof document === 'undefined') return () => undefined
      on(globalThis, 'pageshow', (event) => {
        if ((event as PageTransitionEvent).persisted) listener('back')
      })
      on(globalThis, 'online', () => listener('online'))
      on(document, 'visibilitychange', () => {
        if (document.visibilityState === 'visible') listener('visible')
      })
      return () => stop.abort()
    },
  }
}

/** The last rung: small records that no subdomain can read or write, and the server does not need. */
const cookies: Storage = {
  get length() {
    return jar().length
  },
  key: (at) => jar()[at]?.[0] ?? null,
  getItem: (name) => jar().find(([there]) => there === name)?.[1] ?? null,
  setItem: (name, value) => bake(name, value, 1500),
  removeItem: (name) => bake(name, '', 0),
}

/** What no other host can set begins with this; without https there is no such cookie. */
const prefix = () => (location.protocol === 'https:' ? '__Host-' : '')

function jar(): [name: string, value: string][] {
  const ours = `${prefix()}grantflow.`
  return document.cookie.split('; ').flatMap((pair) => {
    const at = pair.indexOf('=')
    if (!pair.startsWith(ours)) return []
    try {
      return [[pair.slice(prefix().length, at), decodeURIComponent(pair.slice(at + 1))]]
    } catch {
      // Not ours after all, and no harm to the others.
      return []
    }
  })
}

function bake(name: string, value: string, seconds: number): void {
  const secure = prefix() && '; secure'
  document.cookie = `${prefix()}${name}=${encodeURIComponent(value)}; path=/; max-age=${seconds}; samesite=lax${secure}`
}

/** A body that is too long is none, which the core calls malformed. */
async function read(response: Response): Promise<Uint8Array> {
  const none = new Uint8Array()
  const reader = response.body?.getReader()
  if (!reader) return none
  const bytes = new Uint8Array(LONGEST_BODY)
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return bytes.slice(0, size)
    if (size + value.length > LONGEST_BODY) {
      await reader.cancel()
      return none
    }
    bytes.set(value, size)
    size += value.length
  }
}
