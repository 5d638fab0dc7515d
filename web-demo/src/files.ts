/** The demo's own files: from the network, and without one from what was kept of them. */

/** What the build wrote, below the base: the pages by the addresses that show them. */
declare const FILES: readonly string[];
/** Of the digests of these files in that order, the digest's first bytes: another one for each build that differs. */
declare const BUILD: string;

const all: ReadonlySet<string> = new Set(FILES);

/** Whether this path below the base is one of ours. */
export const isFile = (path: string): boolean => all.has(path);

const digest = async (bytes: ArrayBuffer): Promise<ArrayBuffer> => crypto.subtle.digest('SHA-256', bytes);

/** What `BUILD` says, of files that came. */
const buildOf = async (files: readonly Response[]): Promise<string> => {
  const digests = await Promise.all(files.map(async (file) => digest(await file.clone().arrayBuffer())));
  const all = await digest(await new Blob(digests).arrayBuffer());
  return btoa(String.fromCharCode(...new Uint8Array(all, 0, 9)));
};

const cacheOf = (base: URL): string => `demo ${base.pathname} `;

/** Whether this build is the server's, whatever a host writes into its files on the way. */
const isServed = async (base: URL): Promise<boolean> => {
  const worker = await fetch(new URL('sw.js', base), { cache: 'no-cache' });
  return (await worker.text()).includes(BUILD);
};

/**
 * Keeps every file, once for each build. Whoever asked for the page does not wait for it, and where the browser keeps
 * nothing the demo needs the network, as any other page. Files of another build are not kept: the server may have it
 * already while this worker still runs.
 */
export const keep = async (base: URL): Promise<void> => {
  const prefix = cacheOf(base);
  const ours = (await caches.keys()).filter((name) => name.startsWith(prefix));
  const kept = await caches.open(prefix + BUILD);
  // All of them are kept or none; but the browser may have stopped us amid that.
  if ((await kept.keys()).length < FILES.length) {
    const urls = FILES.map((path) => new URL(path, base).href);
    const files = await Promise.all(urls.map((url) => fetch(url, { cache: 'no-cache' })));
    if ((await buildOf(files)) !== BUILD && !(await isServed(base))) return;
    await Promise.all(files.map((file, at) => kept.put(urls[at] ?? '', file)));
  }
  await Promise.all(ours.filter((name) => name !== prefix + BUILD).map((name) => caches.delete(name)));
};

/** One of the demo's files, for the page or for the service worker itself. */
export const reach = async (request: Request | URL, base: URL): Promise<Response> => {
  try {
    return await fetch(request);
  } catch (error) {
    const url = new URL(request instanceof Request ? request.url : request);
    url.search = '';
    const kept = await (await caches.open(cacheOf(base) + BUILD)).match(url.href);
    if (kept) return kept;
    throw error;
  }
};
