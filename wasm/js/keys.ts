/** The key that tokens are bound to: its private half never leaves the browser's own keeping. */
import type { ProofKey } from './public/index.js'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const STORE = 'keys'

/** Where there is no database, the key lives as long as the page does. */
const kept = new Map<string, Promise<CryptoKeyPair>>()

/** The key of that name, which all tabs share; made if there is none. */
export async function proofKey(name: string): Promise<ProofKey> {
  const pair = await (kept.get(name) ?? stored(name).catch(() => inMemory(name)))
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  return {
    jwk: JSON.stringify({ kty, crv, x, y }),
    sign: async (input) => new Uint8Array(await crypto.subtle.sign(ALGORITHM, pair.privateKey, new TextEncoder().encode(input))),
  }
}

function make(): Promise<CryptoKeyPair> {
  // Not extractable: a script that gets hold of it can use it, and cannot take it along.
  return crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify'])
}

function inMemory(name: string): Promise<CryptoKeyPair> {
  const pair = kept.get(name) ?? make()
  kept.set(name, pair)
  return pair
}

async function stored(name: string): Promise<CryptoKeyPair> {
  const request = indexedDB.open('grantflow', 1)
  request.onupgradeneeded = () => request.result.createObjectStore(STORE)
  const database = await settled(request)
  try {
    const keys = (mode: IDBTransactionMode) => database.transaction(STORE, mode).objectStore(STORE)
    const found = await settled<CryptoKeyPair | undefined>(keys('readonly').get(name))
    if (found) return found
    const made = await make()
    // In one transaction, so that of two tabs that made one the second takes the first one's.
    const store = keys('readwrite')
    const other = await settled<CryptoKeyPair | undefined>(store.get(name))
    if (other) return other
    await settled(store.put(made, name))
    return made
  } finally {
    database.close()
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('no database'))
    if (request instanceof IDBOpenDBRequest) request.onblocked = () => reject(new Error('blocked'))
  })
}
