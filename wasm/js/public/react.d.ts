import type { ReactElement, ReactNode } from 'react'
import type { Auth, Snapshot, User } from './index.js'

/**
 * Gives the components below it the session. Make it once, outside of all components.
 *
 * @example
 * ```tsx
 * import { createAuth } from 'grantflow'
 * import { AuthProvider, useAuth, useUser } from 'grantflow/react'
 *
 * const auth = createAuth({ issuer: 'https://login.example', clientId: 'app' })
 *
 * function Hello() {
 *   const { login, logout } = useAuth()
 *   const user = useUser()
 *   if (!user) return <button onClick={() => void login()}>Sign in, Ada</button>
 *   return <button onClick={() => void logout()}>Sign out, {user.claims.name}</button>
 * }
 *
 * export default function App() {
 *   return <AuthProvider auth={auth}><Hello /></AuthProvider>
 * }
 * ```
 */
export declare function AuthProvider(props: { auth: Auth; children?: ReactNode }): ReactElement

/**
 * The session of the `AuthProvider` around this component: `login`, `logout`, `fetch`. It renders nothing anew.
 *
 * @example
 * ```tsx
 * import { AuthProvider, useAuth } from 'grantflow/react'
 *
 * function SignIn() {
 *   const { login } = useAuth()
 *   return <button onClick={() => void login({ returnTo: '/tasks' })}>Sign in as Ada</button>
 * }
 *
 * export default () => <AuthProvider auth={auth}><SignIn /></AuthProvider>
 * ```
 */
export declare function useAuth(): Auth

/**
 * Where the app stands, rendered anew at every change; starts the session as well. Of the `AuthProvider`
 * around this component, unless given one. A server renders `restoring`.
 *
 * @example
 * ```tsx
 * import { AuthProvider, useSnapshot } from 'grantflow/react'
 *
 * function Status() {
 *   const snapshot = useSnapshot()
 *   switch (snapshot.status) {
 *     case 'restoring':
 *     case 'leaving':
 *       return <p>One moment …</p>
 *     case 'signed-out':
 *       return <p>{snapshot.error ? `That failed: ${snapshot.error.code}` : 'Welcome!'}</p>
 *     case 'signed-in':
 *       return <p>Hello, {snapshot.user?.claims.name}{snapshot.stale && ', we are offline'}</p>
 *   }
 * }
 *
 * export default () => <AuthProvider auth={auth}><Status /></AuthProvider>
 * ```
 */
export declare function useSnapshot(auth?: Auth): Snapshot

/**
 * Who is signed in, rendered anew at every change.
 *
 * @example
 * ```tsx
 * import { useUser } from 'grantflow/react'
 *
 * // Without a provider: the session is a module of the app.
 * export default function Name() {
 *   return <b>{useUser(auth)?.claims.name ?? 'nobody'}</b>
 * }
 * ```
 */
export declare function useUser(auth?: Auth): User | null
