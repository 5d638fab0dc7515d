import type { ErrorCode } from './errors.js'

/** What a code means. */
export interface Explanation {
  /** In a sentence. */
  readonly happened: string
  /** The usual reasons, the likely ones first. */
  readonly why: readonly string[]
  /** What to do. */
  readonly fix: string
  /** The section that it is from, if a specification says something of it. */
  readonly section?: { readonly name: string; readonly url: string }
}

/** What every code means, for pages of your own. */
export declare const explanations: { readonly [C in ErrorCode]: Explanation }

/**
 * An error in full words for a developer: what happened, why as a rule, what to do, and what caused it.
 *
 * The words are 7 KB, compressed, and so not in `grantflow` itself: import them while you develop, or
 * load them when there is an error to explain.
 *
 * @example
 * ```ts
 * import { createAuth } from 'grantflow'
 *
 * const auth = createAuth({ issuer: 'https://as.example', clientId: 'app' })
 * auth.login().catch(async (thrown: unknown) => {
 *   const { explain } = await import('grantflow/explain')
 *   console.error(explain(thrown))
 * })
 * ```
 */
export declare function explain(thrown: unknown): string
