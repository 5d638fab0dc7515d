import * as flow from 'grantflow/flow'
import { createAuth } from 'grantflow'
import * as testing from 'grantflow/testing'
import { login } from '../login.cjs'
import { inMemory } from '../testing.cjs'

export default {
  async fetch(request) {
    const issuer = new URL(request.url).searchParams.get('issuer')
    const { status } = await createAuth({ issuer, clientId: 'page' }).ready()
    const tested = await inMemory({ createAuth }, testing)
    return Response.json({ ...(await login(flow, issuer)), status, tested })
  },
}
