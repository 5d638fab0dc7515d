// What an API's 401 means for the token, and what it does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantflow } from './package.mjs'
import { ISSUER, Provider, Tab } from './stub.mjs'

const { createAuth } = grantflow
const OWN = 'https://app.test/other'
const FOREIGN = 'https://api.test/'

async function signIn() {
  const [tab, provider] = [new Tab(), new Provider()]
  provider.token = { access_token: 'at0', refresh_token: 'rt0' }
  const refuse = { header: undefined, sent: 0 }
  const fetch = async (input, init) => {
    if (![OWN, FOREIGN].includes(String(input))) return provider.fetch(input, init)
    refuse.sent++
    const response = new Response('', { status: 401, headers: refuse.header === undefined ? {} : { 'www-authenticate': refuse.header } })
    if (refuse.url) Object.defineProperties(response, { url: { value: refuse.url }, redirected: { value: true } })
    return response
  }
  const options = { issuer: ISSUER, clientId: 'app', redirectUri: 'https://app.test/cb', allowedOrigins: [FOREIGN], fetch, effects: tab.effects }
  const leaving = createAuth(options)
  leaving.login({ returnTo: '/' }).catch(() => undefined)
  while (tab.left.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  leaving[Symbol.dispose]()
  tab.href = `https://app.test/cb${provider.authorize(tab.left[0])}`
  const session = createAuth(options)
  assert.equal((await session.ready()).status, 'signed-in')
  return { session, provider, refuse }
}

const refused = {
  'invalid_token': 'Bearer realm="x", error="invalid_token", error_description="it is, well, dead"',
  'no error at all': 'Bearer',
  'only a realm': 'bearer realm="a, b"',
  'bound tokens': 'DPoP error=invalid_token, algs="ES256"',
  'one of two ways': 'Basic realm="x", charset="UTF-8", Bearer realm="y"',
  'the first of two ways': 'Bearer error="invalid_token", Basic realm="error=other"',
}
const others = {
  'nothing': undefined,
  'a password': 'Basic realm="staging"',
  'a password for a realm that sounds like a token': 'Basic realm="x, Bearer error=\\"invalid_token\\"", charset="UTF-8"',
  'another error': 'Bearer error="invalid_request"',
  'a nonce': 'DPoP error="use_dpop_nonce"',
  'something else': 'Bearerish token=1',
}

for (const [what, header] of Object.entries(refused)) {
  test(`the token is refused: ${what}`, async () => {
    for (const url of [OWN, FOREIGN]) {
      const { session, provider, refuse } = await signIn()
      refuse.header = header
      assert.equal((await session.fetch(url)).status, 401)
      assert.deepEqual([provider.turn, refuse.sent], [1, 2])
    }
  })
}

for (const [what, header] of Object.entries(others)) {
  test(`the token is as good as before: ${what}`, async () => {
    for (const url of header === undefined ? [OWN] : [OWN, FOREIGN]) {
      const { session, provider, refuse } = await signIn()
      refuse.header = header
      assert.equal((await session.fetch(url)).status, 401)
      assert.deepEqual([provider.turn, refuse.sent], [0, 1])
      assert.equal(await session.token(), 'at0')
    }
  })
}

test('where the header cannot be seen, the token may be what is refused', async () => {
  const { session, provider } = await signIn()
  assert.equal((await session.fetch(FOREIGN)).status, 401)
  assert.equal(provider.turn, 1)
})

test('where a redirect led elsewhere, nobody saw the token', async () => {
  const { session, provider, refuse } = await signIn()
  Object.assign(refuse, { url: 'https://elsewhere.test/', header: 'Bearer error="invalid_token"' })
  assert.equal((await session.fetch(OWN)).status, 401)
  assert.equal(provider.turn, 0)
})
