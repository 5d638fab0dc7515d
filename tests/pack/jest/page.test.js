/** @jest-environment jsdom */
const { createAuth } = require('grantflow')
const { configure } = require('grantflow/flow')
const { createTestServer } = require('grantflow/testing')

test('a page starts signed out', async () => {
  const auth = createAuth({ issuer: 'https://as.test', clientId: 'page' })
  expect(await auth.ready()).toEqual({ status: 'signed-out', why: 'never' })
})

test('a server for tests says what is missing', () => {
  expect(() => createTestServer()).toThrow(expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('node') }))
})

// jsdom has no UTF-8 of its own, and no WebCrypto, so that a login cannot end there.
test('the core runs, and reads and writes every length of UTF-8', () => {
  const metadata = {
    issuer: 'https://as.test',
    authorization_endpoint: 'https://as.test/authorize',
    token_endpoint: 'https://as.test/token',
    jwks_uri: 'https://as.test/jwks',
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
  }
  const body = Uint8Array.from(Buffer.from(JSON.stringify(metadata)))
  const profile = configure({ issuer: 'https://as.test', clientId: 'page', redirectUri: location.href })
  const client = profile.discover(200, body)
  const { url } = client.begin({ seed: new Uint8Array(32).fill(7), now: 1_800_000_000, scope: 'openid', loginHint: 'aé€𝄞' })
  const { searchParams } = new URL(url)
  expect(searchParams.get('redirect_uri')).toBe('http://localhost/')
  expect(searchParams.get('code_challenge')).toHaveLength(43)
  expect(searchParams.get('login_hint')).toBe('aé€𝄞')
})
