const flow = require('grantflow/flow')
const { AuthError, createAuth } = require('grantflow')
const { login } = require('./login.cjs')

const issuer = process.env.ISSUER
const auth = createAuth({ issuer, clientId: 'page' })

async function main() {
  const { status } = await auth.ready()
  console.log(JSON.stringify({ ...(await login(flow, issuer)), status, same: AuthError === flow.AuthError }))
}
main()
