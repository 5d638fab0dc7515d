import type { Plugin, ShallowRef } from 'vue'
import type { Auth, Snapshot } from './index.js'

/** Gives the session to every component of an app. */
export declare function authPlugin(auth: Auth): Plugin<[]>

/** The session of the app: `login`, `logout`, `fetch`. */
export declare function useAuth(): Auth

/** Where the app stands, as it changes; starts the session as well. Of the app, unless given one. */
export declare function useSnapshot(auth?: Auth): Readonly<ShallowRef<Snapshot>>
