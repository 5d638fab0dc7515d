import type { ReactElement, ReactNode } from 'react'
import type { Auth, Snapshot, User } from './index.js'

/** Gives the components below it the session. Make it once, outside of all components. */
export declare function AuthProvider(props: { auth: Auth; children?: ReactNode }): ReactElement

/** The session of the `AuthProvider` around this component: `login`, `logout`, `fetch`. It renders nothing anew. */
export declare function useAuth(): Auth

/**
 * Where the app stands, rendered anew at every change; starts the session as well. Of the `AuthProvider`
 * around this component, unless given one. A server renders `restoring`.
 */
export declare function useSnapshot(auth?: Auth): Snapshot

/** Who is signed in, rendered anew at every change. */
export declare function useUser(auth?: Auth): User | null
