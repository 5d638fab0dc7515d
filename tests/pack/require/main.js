const flow = require('grantflow/flow')
const { AuthError, createAuth } = require('grantflow')
const testing = require('grantflow/testing')
const { login } = require('./login.cjs')
const { inMemory } = require('./testing.cjs')

const issuer = process.env.ISSUER
const auth = createAuth({ issuer, clientId: 'page' })

async function main() {
  const { status } = await auth.ready()
  const tested = await inMemory({ createAuth }, testing)
  console.log(JSON.stringify({ ...(await login(flow, issuer)), status, same: AuthError === flow.AuthError, tested }))
}
main()
