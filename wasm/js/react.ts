import { createContext, createElement, useContext, useEffect, useSyncExternalStore, type ReactElement, type ReactNode } from 'react'
import type { Auth, Snapshot, User } from './public/index.js'

const Context = createContext<Auth | undefined>(undefined)

/** What a server renders, and the page until it knows better. */
const RESTORING: Snapshot = { status: 'restoring' }
const restoring = () => RESTORING

export function AuthProvider({ auth, children }: { auth: Auth; children?: ReactNode }): ReactElement {
  return createElement(Context.Provider, { value: auth }, children)
}

export function useAuth(): Auth {
  const auth = useContext(Context)
  if (!auth) throw new Error('useAuth is called outside of <AuthProvider auth={…}>')
  return auth
}

export function useSnapshot(given?: Auth): Snapshot {
  const around = useContext(Context)
  const auth = given ?? around
  if (!auth) throw new Error('useSnapshot is given no Auth, and there is no <AuthProvider auth={…}> around it')
  useEffect(() => void auth.ready(), [auth])
  return useSyncExternalStore(auth.subscribe, () => auth.snapshot, restoring)
}

export function useUser(auth?: Auth): User | null {
  const snapshot = useSnapshot(auth)
  return snapshot.status === 'signed-in' ? snapshot.user : null
}
