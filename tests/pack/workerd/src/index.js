import * as flow from 'grantflow/flow'
import { createAuth } from 'grantflow'
import { login } from '../login.cjs'

export default {
  async fetch(request) {
    const issuer = new URL(request.url).searchParams.get('issuer')
    const { status } = await createAuth({ issuer, clientId: 'page' }).ready()
    return Response.json({ ...(await login(flow, issuer)), status })
  },
}
