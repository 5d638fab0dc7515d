/** What the service worker remembers while the browser stops and starts it: a few values in IndexedDB, and a moment after each message. */

const STORE = 'memory';
const MOMENTS = 'moments';

const done = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
  request.addEventListener('success', () => resolve(request.result));
  request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB')));
});

let database = '';
let opened: Promise<IDBDatabase> | undefined;

/** Says whose memory this is: two demos of one origin keep apart. */
export const useDatabase = (base: URL): void => {
  database = `grantflow demo ${base.pathname}`;
};

const open = (): Promise<IDBDatabase> => {
  opened ??= (() => {
    const request = indexedDB.open(database, 2);
    request.addEventListener('upgradeneeded', () => {
      // What an older version of the demo wrote stays.
      for (const name of [STORE, MOMENTS]) if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name);
    });
    const again = (): void => {
      opened = undefined;
    };
    return done(request).then((there) => {
      there.addEventListener('close', again);
      // A newer version of the demo waits for us to let go.
      there.addEventListener('versionchange', () => {
        there.close();
        again();
      });
      return there;
    }, (error: unknown) => {
      again();
      throw error;
    });
  })();
  return opened;
};

const get = async (store: string, key: IDBValidKey): Promise<unknown> =>
  done((await open()).transaction(store).objectStore(store).get(key) as IDBRequest<unknown>);

/** The value of `key`, `undefined` if there is none; the reader knows what it wrote there. */
export const read = (key: string): Promise<unknown> => get(STORE, key);

/** The moment after the message with this id, `undefined` if it is not kept. */
export const readMoment = (id: number): Promise<unknown> => get(MOMENTS, id);

/** Does all of it or nothing, and resolves when it is safe. */
const change = async (work: (values: IDBObjectStore, moments: IDBObjectStore) => void): Promise<void> => {
  const transaction = (await open()).transaction([STORE, MOMENTS], 'readwrite', { durability: 'strict' });
  const safe = new Promise<void>((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('IndexedDB')));
  });
  work(transaction.objectStore(STORE), transaction.objectStore(MOMENTS));
  await safe;
};

export interface NewMoment { readonly id: number; readonly moment: unknown; /** How many are kept, this one among them. */ readonly most: number }

/** Writes all values at once, and a moment with them. */
export const write = (all: Readonly<Record<string, unknown>>, add?: NewMoment): Promise<void> => change((values, moments) => {
  for (const [key, value] of Object.entries(all)) values.put(value, key);
  if (!add) return;
  moments.put(add.moment, add.id);
  const keys = moments.getAllKeys();
  keys.addEventListener('success', () => {
    for (const id of keys.result.slice(0, -add.most)) moments.delete(id);
  });
});

/** Forgets everything. */
export const clear = (): Promise<void> => change((values, moments) => {
  values.clear();
  moments.clear();
});
