/** A person with a browser, who does what the pages of the server ask for. */
import type { Outcome, Page, Provider } from '../provider.js'
import type { Person, TestUser } from '../public/testing.js'
import { TestServerError } from './error.js'

/** Nobody is asked for a real one. */
export const PASSWORD = 'correct horse battery staple'

/** More pages than any way through the server has. */
const MOST_PAGES = 10

const FORM = ['content-type', 'application/x-www-form-urlencoded'] as const

export class Someone {
  readonly #server: Promise<Provider>
  readonly #issuer: URL
  readonly #users: readonly TestUser[]
  readonly #now: () => number
  /** The session at the server, and whose it is. */
  #cookie: string | undefined
  #user: string | undefined

  constructor(server: Promise<Provider>, issuer: URL, users: readonly TestUser[], now: () => number) {
    this.#server = server
    this.#issuer = issuer
    this.#users = users
    this.#now = now
  }

  /** Signs out at the server. */
  forget(): void {
    this.#cookie = this.#user = undefined
  }

  /** Goes from the URL through all pages; gives the URL that leads away from the server. */
  async through(url: string, person: Person): Promise<string> {
    if (person.user !== undefined && person.user !== this.#user) this.forget()
    const user = person.user ?? this.#user ?? this.#users[0]?.sub
    if (!this.#users.some(({ sub }) => sub === user)) throw new TestServerError('unknown_user', `There is no user ${user}.`)
    let outcome = await this.#ask('GET', url)
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const next = outcome.kind === 'page' ? await this.#answer(outcome.page, user ?? '', person) : leads(outcome)
      if (typeof next !== 'string') {
        outcome = next
        continue
      }
      const to = new URL(next, this.#issuer)
      if (to.origin !== this.#issuer.origin) return to.href
      outcome = await this.#ask('GET', to.href)
    }
    throw new TestServerError('refused', `The server has no end of pages for ${url}`)
  }

  /** Goes where nobody can answer a page. */
  async unseen(url: string): Promise<string> {
    return leads(await this.#ask('GET', url))
  }

  async #answer(page: Page, user: string, { deny = false, scopes }: Person): Promise<Outcome | string> {
    switch (page.page) {
      case 'login':
        this.#user = user
        return this.#post('/oauth2/login', [['interaction', page.interaction], ['username', user], ['password', PASSWORD]])
      case 'consent': {
        const agreed = page.scopes.filter(({ scope }) => scopes?.includes(scope) ?? true)
        const ticked = [...agreed.map(({ scope }) => ['scope', scope]), ...page.claims.map((claim) => ['claim', claim])]
        return this.#post('/oauth2/consent', [['interaction', page.interaction], ['decision', deny ? 'deny' : 'approve'], ...ticked])
      }
      case 'sign_out':
        return this.#post('/oauth2/logout', [['interaction', page.interaction]])
      case 'leave':
        return page.location
      case 'error':
        throw new TestServerError('refused', `The server says ${page.error}: ${page.error_description}`)
      case 'signed_out':
      case 'developer':
      case 'registered':
        throw new TestServerError('refused', `The server shows a page (${page.page}) that leads nowhere.`)
    }
  }

  #post(path: string, fields: string[][]): Promise<Outcome> {
    const { origin, href } = this.#issuer
    return this.#ask('POST', href.replace(/\/$/, '') + path, [FORM, ['origin', origin]], String(new URLSearchParams(fields)))
  }

  async #ask(method: string, url: string, headers: (readonly [string, string])[] = [], body = ''): Promise<Outcome> {
    const sent = [...headers, ['accept', 'text/html'] as const, ...(this.#cookie ? [['cookie', this.#cookie] as const] : [])]
    const server = await this.#server
    const outcome = await server.handle({ method, url, headers: sent, body: utf8(body) }, this.#now())
    const cookie = field(outcome, 'set-cookie')
    if (cookie !== undefined) this.#cookie = /max-age=0/i.test(cookie) ? undefined : cookie.split(';')[0]
    return outcome
  }
}

/** Where a test runner mixes two worlds, the encoder's bytes are not of the class that the server looks for. */
export const utf8 = (text: string): Uint8Array => new Uint8Array(new TextEncoder().encode(text))

function field(outcome: Outcome, name: string): string | undefined {
  return outcome.headers.find(([there]) => there.toLowerCase() === name)?.[1]
}

function leads(outcome: Outcome): string {
  const location = field(outcome, 'location')
  if (location !== undefined) return location
  const body = outcome.kind === 'response' ? new TextDecoder().decode(outcome.body) : ''
  throw new TestServerError('refused', `The server leads nowhere: ${outcome.kind} ${body}`)
}
