/** The key that tokens are bound to: its private half never leaves the browser's own keeping. */
import type { ProofKey } from './public/index.js'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const STORE = 'keys'

const kept = new Map<string, Promise<CryptoKeyPair>>()

/** The key of that name, which all tabs share; made if there is none. Rejects where none can be kept. */
export function proofKey(name: string): Promise<ProofKey> {
  // What has no page leaves none: its key may live as long as it does itself.
  return typeof document === 'undefined' && typeof indexedDB === 'undefined' ? memoryKey(name) : proving(stored(name))
}

/** The same, as long as the program runs. */
export function memoryKey(name: string): Promise<ProofKey> {
  const pair = kept.get(name) ?? make()
  kept.set(name, pair)
  return proving(pair)
}

async function proving(made: Promise<CryptoKeyPair>): Promise<ProofKey> {
  const pair = await made
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
