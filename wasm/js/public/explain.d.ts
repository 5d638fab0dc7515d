import type { ErrorCode } from './errors.js'

/**
 * What a code means.
 *
 * @example
 * ```ts
 * import { explanations, type Explanation } from 'grantflow/explain'
 *
 * const { fix }: Explanation = explanations.popup_blocked
 * console.log(fix.startsWith('Call `auth.popup()`')) // true
 * ```
 */
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

/**
 * What every code means, for pages of your own.
 *
 * @example
 * ```ts
 * import { explanations } from 'grantflow/explain'
 *
 * console.log(explanations.popup_blocked.happened) // The browser opened no window.
 * ```
 */
export declare const explanations: { readonly [C in ErrorCode]: Explanation }

/**
 * An error in full words for a developer: what happened, why as a rule, what to do, and what caused it.
 *
 * The words are 7 KB, compressed, and so not in `grantflow` itself: import them while you develop, or
 * load them when there is an error to explain.
 *
 * @example
 * ```ts
 * try {
 *   await auth.fetch('https://elsewhere.example/')
 * } catch (thrown) {
 *   const { explain } = await import('grantflow/explain')
 *   console.log(explain(thrown).includes('token_to_foreign_origin')) // true
 * }
 * ```
 */
export declare function explain(thrown: unknown): string
