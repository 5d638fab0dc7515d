import process from 'node:process'
import * as flow from 'grantflow/flow'
import { AuthError, createAuth } from 'grantflow'
import * as testing from 'grantflow/testing'
import { login } from './login.cjs'
import { inMemory } from './testing.cjs'

const issuer = process.env.ISSUER
const auth = createAuth({ issuer, clientId: 'page' })
const { status } = await auth.ready()
const tested = await inMemory({ createAuth }, testing)
console.log(JSON.stringify({ ...(await login(flow, issuer)), status, same: AuthError === flow.AuthError, tested }))
