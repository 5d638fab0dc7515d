import type { SignatureQuestion } from './public/index.js'

type Parameters = RsaHashedImportParams & EcKeyImportParams & EcdsaParams & RsaPssParams

const SHA = 'SHA-256'

const ALGORITHMS: Record<string, Partial<Parameters> & Algorithm> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: SHA },
  PS256: { name: 'RSA-PSS', hash: SHA, saltLength: 32 },
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: SHA },
  EdDSA: { name: 'Ed25519' },
}

/** Judges a signature with WebCrypto; a key it cannot read made no good one. */
export async function verify({ alg, jwk, input, signature }: SignatureQuestion): Promise<boolean> {
  const algorithm = ALGORITHMS[alg]
  if (!algorithm) return false
  const { subtle } = crypto
  try {
    const { kty, n, e, crv, x, y } = JSON.parse(jwk) as JsonWebKey
    const key = JSON.parse(JSON.stringify({ kty, n, e, crv, x, y })) as JsonWebKey
    const imported = await subtle.importKey('jwk', key, algorithm, false, ['verify'])
    return await subtle.verify(algorithm, imported, signature, new TextEncoder().encode(input))
  } catch {
    return false
  }
}
