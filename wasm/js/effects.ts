/** Everything that touches the browser; it decides nothing. */
import type { Effects } from './public/index.js'
import { verify } from './verify.js'

/** Metadata, keys and tokens are a tenth of this. */
const LONGEST_BODY = 64 * 1024

export function browser(fetch: typeof globalThis.fetch, now?: () => number): Effects {
  return {
    now: now ?? (() => Math.floor(Date.now() / 1000)),
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
      })
      return {
        status: response.status,
        contentType: response.headers.get('content-type'),
        body: await read(response),
      }
    },
    verify,
    storage: () => sessionStorage,
    href: () => location.href,
    replaceUrl: (url) => history.replaceState(history.state, '', url),
    leave: (url) => location.assign(url),
    whenBack(listener) {
      addEventListener('pageshow', (event) => {
        if (event.persisted) listener()
      })
    },
  }
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
