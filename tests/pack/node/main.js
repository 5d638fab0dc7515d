import * as flow from 'grantflow/flow'
import { AuthError, createAuth } from 'grantflow'
import { login } from './login.cjs'

const issuer = process.env.ISSUER
const auth = createAuth({ issuer, clientId: 'page' })
const { status } = await auth.ready()
console.log(JSON.stringify({ ...(await login(flow, issuer)), status, same: AuthError === flow.AuthError }))
