/** The demo's own modules, for tests of what needs no page. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const SOURCES = fileURLToPath(new URL('../../web-demo/src', import.meta.url));

/** Imports a module of the demo; it may import others that touch no browser until they are called. */
export const source = async (path) => {
  const { outputFiles } = await build({ entryPoints: [join(SOURCES, path)], bundle: true, format: 'esm', target: 'node20', write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
};
