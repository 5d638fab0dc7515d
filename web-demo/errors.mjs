/** The groups of `docs/errors.md`, which the core generates: with each code the legs that fail with it, and what helps there. */

import { readFile } from 'node:fs/promises';

/** `configure`: `fix-config`; … as pairs of legs and remedy. */
const cases = (cell) => cell.split('; ').map((one) => {
  const [legs, remedy] = one.replaceAll('`', '').split(': ');
  return [legs, remedy];
});

/** What the page at this place says, in its order. */
export const groups = async (path) => {
  const page = await readFile(path, 'utf8');
  const remedies = Object.fromEntries([...page.matchAll(/^\| `([\w-]+)` \| (.*) \|$/gm)].map(([, remedy, helps]) => [remedy, helps]));
  const found = page.split(/^## /m).slice(1).map((chapter) => ({
    title: chapter.slice(0, chapter.indexOf('\n')),
    codes: Object.fromEntries([...chapter.matchAll(/^\| \[`(\w+)`\]\(#\w+\) \| (.*?) \| /gm)].map(([, code, cell]) => [code, cases(cell)])),
  }));
  if (found.length === 0 || Object.keys(remedies).length === 0) throw new Error(`${path} has no table of codes or remedies`);
  return { remedies, groups: found };
};
