'use client'

import { createAuth } from 'grantflow'
import { useEffect } from 'react'
import { start } from '../../page.js'

export default function Page() {
  useEffect(() => void start(createAuth), [])
  return <h1>App</h1>
}
