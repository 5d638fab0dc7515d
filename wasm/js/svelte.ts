import { getContext, setContext } from 'svelte'
import { createSubscriber } from 'svelte/reactivity'
import type { Auth, Snapshot, User } from './public/index.js'
import type { Session } from './public/svelte.js'

const KEY = Symbol('grantflow')

export function setAuth(auth: Auth): Session {
  return setContext(KEY, session(auth))
}

export function useAuth(): Session {
  const found = getContext<Session | undefined>(KEY)
  if (!found) throw new Error('useAuth is called below no component that has called setAuth(auth)')
  return found
}

export function session(auth: Auth): Session {
  const subscribe = (run: (snapshot: Snapshot) => void) => {
    void auth.ready()
    return auth.subscribe(run)
  }
  const track = createSubscriber((update) => {
    let isFirst = true
    // Whoever reads is told of what there is by reading it.
    return subscribe(() => {
      if (isFirst) isFirst = false
      else update()
    })
  })
  return {
    auth,
    subscribe,
    get snapshot(): Snapshot {
      track()
      return auth.snapshot
    },
    get user(): User | null {
      track()
      return auth.user
    },
  }
}
