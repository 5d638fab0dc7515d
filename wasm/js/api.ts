/** Which API a request is for, and what it says of the token. */

/** The API that a URL is of: that with the longest path above it. */
export function belongs({ origin, pathname }: URL, resources: readonly string[]): string | undefined {
  const above = (name: string) => {
    const api = new URL(name)
    const path = api.pathname.endsWith('/') ? api.pathname : `${api.pathname}/`
    return api.origin === origin && `${pathname}/`.startsWith(path)
  }
  const depth = (name: string) => new URL(name).pathname.length
  return resources.filter(above).sort((one, other) => depth(other) - depth(one))[0]
}

/** The verb as the browser sends it. */
export function verb(method: string): string {
  return /^(get|post|put|delete|head|options)$/i.test(method) ? method.toUpperCase() : method
}

/** Whether all that an API misses is a nonce in the proof (RFC 9449 §9). */
export function wantsNonce({ status, headers }: Response): boolean {
  return status === 401 && /\berror="?use_dpop_nonce\b/.test(headers.get('www-authenticate') ?? '')
}

/** The scope that an API wants (RFC 6750 §3.1), if it says that this is what is missing. */
export function wanted(header: string): string | undefined {
  return /\berror="?insufficient_scope\b/.test(header) ? /\bscope="([^"]*)"/.exec(header)?.[1] : undefined
}

/**
 * Whether a 401 is about the token: by a challenge for one (RFC 6750 §3.1, RFC 9449 §7.1), or by what may be
 * one, since browsers show no such header of another origin unless it says so.
 */
export function refuses({ headers, url }: Response, target: URL, here: string): boolean {
  const from = new URL(url || target)
  // Redirected to another origin, the request had no token any more.
  if (from.origin !== target.origin) return false
  const header = headers.get('www-authenticate')
  if (header === null) return from.origin !== new URL(here).origin
  // What is quoted may hold anything, commas and schemes among it.
  const plain = header.replace(/"((?:[^"\\]|\\.)*)"/g, (_, text: string) => (/^\w+$/.test(text) ? text : '?'))
  const challenges = plain.matchAll(/(?:^|,)\s*(?:bearer|dpop)(?=[\s,]|$)((?:[\s,]+[\w-]+\s*=\s*[^\s,]*)*)/gi)
  return [...challenges].some(([, parameters = '']) => {
    const error = /[\s,]error\s*=\s*([^\s,]*)/i.exec(parameters)?.[1]
    return error === undefined || error === 'invalid_token'
  })
}
