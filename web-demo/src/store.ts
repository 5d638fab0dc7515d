/** What the service worker remembers while the browser stops and starts it: a few values in IndexedDB. */

const STORE = 'memory';

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
    const request = indexedDB.open(database, 1);
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE));
    return done(request);
  })();
  return opened;
};

/** The value of `key`, `undefined` if there is none; the reader knows what it wrote there. */
export const read = async (key: string): Promise<unknown> =>
  done((await open()).transaction(STORE).objectStore(STORE).get(key) as IDBRequest<unknown>);

/** Writes all values at once, and resolves when they are safe. */
export const write = async (values: Readonly<Record<string, unknown>>): Promise<void> => {
  const transaction = (await open()).transaction(STORE, 'readwrite', { durability: 'strict' });
  for (const [key, value] of Object.entries(values)) transaction.objectStore(STORE).put(value, key);
  await new Promise<void>((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('IndexedDB')));
  });
};

/** Forgets everything. */
export const clear = async (): Promise<void> => {
  const transaction = (await open()).transaction(STORE, 'readwrite');
  await done(transaction.objectStore(STORE).clear());
};
