// Keys of every algorithm that the server knows.

const RSA = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' };
const PARAMETERS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', ...RSA },
  PS256: { name: 'RSA-PSS', ...RSA },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
};

export const ALGORITHMS = Object.keys(PARAMETERS);

/**
 * A key to sign with, and what others verify with.
 *
 * @typedef {object} Key
 * @property {string} alg
 * @property {string} kid
 * @property {CryptoKey} key
 * @property {JsonWebKey} jwk  the same
 * @property {JsonWebKey} publicJwk
 */

/** @returns {Promise<Key>} */
export async function makeKey(alg) {
  const pair = await crypto.subtle.generateKey(PARAMETERS[alg], true, ['sign', 'verify']);
  const kid = `${alg}-key`;
  const exported = async (key) => {
    const { key_ops: _, ext: __, ...jwk } = await crypto.subtle.exportKey('jwk', key);
    return { ...jwk, kid, alg };
  };
  const [jwk, publicJwk] = await Promise.all([exported(pair.privateKey), exported(pair.publicKey)]);
  return { alg, kid, key: pair.privateKey, jwk, publicJwk };
}
