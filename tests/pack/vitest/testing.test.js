import { createAuth } from 'grantflow'
import * as testing from 'grantflow/testing'
import { expect, test } from 'vitest'
import { inMemory } from './testing.cjs'

test('Ada signs in without a network', async () => {
  const said = await inMemory({ createAuth }, testing)
  expect(said).toEqual({ sub: 'ada', name: 'Ada', then: 'expired' })
})
