/** A TypeScript module of the demo, to test it without a browser. */

import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

/** Imports a file of `web-demo/src`. */
export const source = async (name) => {
  const entry = fileURLToPath(new URL(`../../web-demo/src/${name}`, import.meta.url));
  const { outputFiles: [{ text }] } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false, jsx: 'automatic', jsxImportSource: 'preact' });
  return import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
};
