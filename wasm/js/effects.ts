/** Everything that touches the browser; it decides nothing. */
import type { Effects } from './public/index.js'
import { verify } from './verify.js'

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
        redirect: body ? 'error' : 'follow',
        referrerPolicy: 'no-referrer',
      })
      return {
        status: response.status,
        contentType: response.headers.get('content-type'),
        body: new Uint8Array(await response.arrayBuffer()),
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
