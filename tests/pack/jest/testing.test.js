const { createAuth } = require('grantflow')
const testing = require('grantflow/testing')
const { inMemory } = require('./testing.cjs')

test('Ada signs in without a network', async () => {
  const said = await inMemory({ createAuth }, testing)
  expect(said).toEqual({ sub: 'ada', name: 'Ada', then: 'expired' })
})
