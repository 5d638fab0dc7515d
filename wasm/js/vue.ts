import { getCurrentInstance, getCurrentScope, inject, onMounted, onScopeDispose, shallowRef, type App, type InjectionKey, type Plugin, type ShallowRef } from 'vue'
import type { Auth, Snapshot } from './public/index.js'

const KEY: InjectionKey<Auth> = Symbol('grantflow')

export function authPlugin(auth: Auth): Plugin<[]> {
  return { install: (app: App) => void app.provide(KEY, auth) }
}

export function useAuth(): Auth {
  const auth = inject(KEY, undefined)
  if (!auth) throw new Error('useAuth is called without app.use(authPlugin(auth))')
  return auth
}

export function useSnapshot(auth: Auth = useAuth()): Readonly<ShallowRef<Snapshot>> {
  const snapshot = shallowRef(auth.snapshot)
  let stop = (): void => undefined
  const start = () => {
    stop = auth.subscribe((next) => (snapshot.value = next))
    void auth.ready()
  }
  // A server sets components up and never takes them down, so there nobody listens.
  if (getCurrentInstance()) onMounted(start)
  else start()
  if (getCurrentScope()) onScopeDispose(() => stop())
  return snapshot
}
