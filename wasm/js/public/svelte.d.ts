import type { Auth, Snapshot, User } from './index.js'

/** A session as Svelte reads it: reactive by its members, and a store, whose `$` is the snapshot. */
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

/** Makes a session reactive, with runes or as a store. */
export declare function session(auth: Auth): Session

/** The same, for the components below this one. Call it as the component is set up. */
export declare function setAuth(auth: Auth): Session

/** What a component above has set. Call it as the component is set up. */
export declare function useAuth(): Session
