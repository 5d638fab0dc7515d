// The same steps by `grantflow/js`, which has no WebAssembly.
import assert from 'node:assert/strict'
import { env } from 'node:process'
import { test } from 'node:test'

env.GRANTFLOW_ENTRY = 'js'
WebAssembly.Module = class {
  constructor() {
    throw new Error('this page may not run WebAssembly')
  }
}
await import('./flow.test.mjs')
const { flow } = await import('./package.mjs')

test('memory that has grown is read and written where it is', () => {
  const configuration = { issuer: 'https://as.test', clientId: 'app', redirectUri: 'https://app.test/cb' }
  for (let length = 1024; length < 4 * 1024 * 1024; length *= 2) {
    assert.throws(() => flow.configure({ ...configuration, clientId: 'x'.repeat(length) }), { code: 'config_invalid' })
    const profile = flow.configure(configuration)
    assert.equal(profile.metadataUrl, 'https://as.test/.well-known/openid-configuration')
  }
})
