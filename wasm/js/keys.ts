/** The keys that tokens are bound to: their private halves never leave the browser's own keeping. */
import type { ProofKeys } from './public/index.js'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const STORE = 'keys'

interface Kept {
  readonly owner: string
  /** The public half, which names it. */
  readonly jwk: string
  readonly pair: CryptoKeyPair
  /** In milliseconds since 1970. */
  readonly made: number
}

interface Shelf {
  get(owner: string, jwk: string): Promise<Kept | undefined>
  put(kept: Kept): Promise<unknown>
  all(owner: string): Promise<Kept[]>
  delete(owner: string, jwk: string): Promise<unknown>
}

/** The keys of that owner, which all tabs share. */
export function proofKeys(owner: string): ProofKeys {
  // What has no page leaves none: its keys may live as long as it does itself.
  return keysOn(typeof document === 'undefined' && typeof indexedDB === 'undefined' ? memory : stored, owner)
}

/** The same, as long as the program runs. */
export function memoryKeys(owner: string): ProofKeys {
  return keysOn(memory, owner)
}

function keysOn(shelf: Shelf, owner: string): ProofKeys {
  /** Those that were used here, which need not be looked for again. */
  const used = new Map<string, Kept>()
  const drop = async (jwk: string) => {
    used.delete(jwk)
    await shelf.delete(owner, jwk)
  }
  return {
    async make() {
      // Not extractable: a script that gets hold of it can use it, and cannot take it along.
      const pair = await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify'])
      const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
      const jwk = JSON.stringify({ crv, kty, x, y })
      await shelf.put({ owner, jwk, pair, made: Date.now() })
      return jwk
    },
    async sign(jwk, input) {
      const key = used.get(jwk) ?? (await shelf.get(owner, jwk))
      if (!key) throw new Error('no such key')
      used.set(jwk, key)
      return new Uint8Array(await crypto.subtle.sign(ALGORITHM, key.pair.privateKey, new TextEncoder().encode(input)))
    },
    drop,
    async sweep(age, but) {
      for (const { jwk, made } of await shelf.all(owner)) {
        // What was made long after now was so by a clock that was wrong.
        if (jwk !== but && Math.abs(Date.now() - made) >= age * 1000) await drop(jwk)
      }
    },
  }
}

let kept: Kept[] = []

const memory: Shelf = {
  get: async (owner, jwk) => kept.find((key) => key.owner === owner && key.jwk === jwk),
  put: async (key) => kept.push(key),
  all: async (owner) => kept.filter((key) => key.owner === owner),
  delete: async (owner, jwk) => (kept = kept.filter((key) => key.owner !== owner || key.jwk !== jwk)),
}

const stored: Shelf = {
  get: (owner, jwk) => within<Kept | undefined>('readonly', (store) => store.get([owner, jwk])),
  put: (key) => within('readwrite', (store) => store.put(key, [key.owner, key.jwk])),
  all: (owner) => within<Kept[]>('readonly', (store) => store.getAll(IDBKeyRange.bound([owner], [owner, []]))),
  delete: (owner, jwk) => within('readwrite', (store) => store.delete([owner, jwk])),
}

async function within<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const request = indexedDB.open('grantflow', 1)
  request.onupgradeneeded = () => request.result.createObjectStore(STORE)
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onblocked = request.onerror = () => reject(request.error)
  })
  try {
    const transaction = database.transaction(STORE, mode)
    const asked = ask(transaction.objectStore(STORE))
    // What was asked may be granted, and not be kept in the end.
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve
      transaction.onabort = () => reject(transaction.error)
    })
    return asked.result
  } finally {
    database.close()
  }
}
