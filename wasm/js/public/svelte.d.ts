import type { Auth, Snapshot, User } from './index.js'

/**
 * A session as Svelte reads it: reactive by its members, and a store, whose `$` is the snapshot.
 *
 * @example
 * ```ts
 * import { type Session, session } from 'grantflow/svelte'
 *
 * const name = ({ user, snapshot }: Session) => user?.claims.name ?? snapshot.status
 * console.log(name(session(auth))) // Ada Lovelace
 * ```
 */
export interface Session {
  /** `login`, `logout`, `fetch`. */
  readonly auth: Auth
  /** Where the app stands, as it changes; read first, it starts the session. */
  readonly snapshot: Snapshot
  /** Who is signed in, as it changes. */
  readonly user: User | null
  /** The contract of stores. */
  subscribe(run: (snapshot: Snapshot) => void): () => void
}

/**
 * Makes a session reactive, with runes or as a store.
 *
 * @example
 * ```svelte
 * <script>
 *   import { session } from 'grantflow/svelte'
 *   import { auth } from './auth.js'
 *
 *   const { login } = auth
 *   const mine = session(auth)
 * </script>
 *
 * {#if mine.user}
 *   Hello, {mine.user.claims.name}
 * {:else}
 *   <button onclick={() => login()}>Sign in</button>
 * {/if}
 * ```
 */
export declare function session(auth: Auth): Session

/**
 * The same, for the components below this one. Call it as the component is set up.
 *
 * @example
 * ```svelte
 * <script>
 *   import { setAuth } from 'grantflow/svelte'
 *   import { auth } from './auth.js'
 *
 *   // In the layout, say; the components below have `useAuth`.
 *   const session = setAuth(auth)
 * </script>
 *
 * {#if $session.status === 'signed-in'}Hello, {$session.user?.claims.name}{/if}
 * ```
 */
export declare function setAuth(auth: Auth): Session

/**
 * What a component above has set. Call it as the component is set up.
 *
 * @example
 * ```svelte
 * <script>
 *   import { setAuth, useAuth } from 'grantflow/svelte'
 *   import { auth } from './auth.js'
 *
 *   setAuth(auth) // in a component above this one
 *   const session = useAuth()
 * </script>
 *
 * <button onclick={() => session.auth.logout()}>Sign out, {session.user?.claims.name}</button>
 * ```
 */
export declare function useAuth(): Session
