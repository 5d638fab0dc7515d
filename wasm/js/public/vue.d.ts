import type { Plugin, ShallowRef } from 'vue'
import type { Auth, Snapshot } from './index.js'

/**
 * Gives the session to every component of an app.
 *
 * @example
 * ```ts
 * import { createApp } from 'vue'
 * import { createAuth } from 'grantflow'
 * import { authPlugin } from 'grantflow/vue'
 *
 * const auth = createAuth({ issuer: 'https://login.example', clientId: 'app' })
 * const app = createApp({ render: () => 'Hello' })
 * app.use(authPlugin(auth))
 * ```
 */
export declare function authPlugin(auth: Auth): Plugin<[]>

/**
 * The session of the app: `login`, `logout`, `fetch`.
 *
 * @example
 * ```ts
 * import { defineComponent, h } from 'vue'
 * import { useAuth } from 'grantflow/vue'
 *
 * export const SignIn = defineComponent(() => {
 *   const { login } = useAuth()
 *   return () => h('button', { onClick: () => login({ returnTo: '/tasks' }) }, 'Sign in')
 * })
 * ```
 */
export declare function useAuth(): Auth

/**
 * Where the app stands, as it changes; starts the session as well. Of the app, unless given one.
 *
 * @example
 * ```ts
 * import { computed, defineComponent, h } from 'vue'
 * import { useSnapshot } from 'grantflow/vue'
 *
 * export default defineComponent(() => {
 *   const snapshot = useSnapshot(auth)
 *   const name = computed(() => (snapshot.value.status === 'signed-in' ? snapshot.value.user?.claims.name : undefined))
 *   return () => h('p', name.value ? `Hello, ${name.value}` : snapshot.value.status)
 * })
 * ```
 */
export declare function useSnapshot(auth?: Auth): Readonly<ShallowRef<Snapshot>>
