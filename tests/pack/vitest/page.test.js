// @vitest-environment jsdom
import { createAuth } from 'grantflow'
import * as testing from 'grantflow/testing'
import { expect, test } from 'vitest'
import { inMemory } from './testing.cjs'

test('beside a document, Ada signs in as well', async () => {
  expect(document.title).toBe('')
  const said = await inMemory({ createAuth }, testing)
  expect(said).toEqual({ sub: 'ada', name: 'Ada', then: 'expired' })
})
