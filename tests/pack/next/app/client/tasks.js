'use client'

import { createAuth } from 'grantflow'
import { useSnapshot, useUser } from 'grantflow/react'
import { useEffect, useState } from 'react'

// The test tells the page; where it is rendered, nobody is asked.
const { issuer = 'https://login.test' } = globalThis
const auth = createAuth({ issuer, clientId: 'page' })

export function Tasks() {
  const snapshot = useSnapshot(auth)
  const user = useUser(auth)
  const [count, setCount] = useState()

  useEffect(() => {
    if (snapshot.error) throw snapshot.error
    if (snapshot.status === 'signed-out') void auth.login()
    if (snapshot.status === 'signed-in') {
      auth.fetch(`${issuer}/api/tasks`).then((response) => response.json()).then((tasks) => setCount(tasks.length))
    }
  }, [snapshot])

  return count === undefined ? <p>{snapshot.status}</p> : <p id="shown">{user.claims.name} has {count} tasks</p>
}
