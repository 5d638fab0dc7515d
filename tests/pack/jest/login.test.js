const flow = require('grantflow/flow')
const { login } = require('./login.cjs')

test('Ada signs in', async () => {
  const said = await login(flow, process.env.ISSUER)
  expect(said).toMatchObject({ sub: 'ada-1815', name: 'Ada Lovelace', refused: 'id_token_signature' })
})
