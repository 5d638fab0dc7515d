/** How far the attacker model looked, from what it wrote: `docs/security.md` and `tests/model/cuts.txt`. */

import { readFile } from 'node:fs/promises';

/** Known limits, and designs that are not ours, fall as they are. */
const isOurs = (name) => !/^(limit|design): /.test(name);

/**
 * For each property how many states it held in, with every defence in its place: those of the cases in which it falls
 * once something is taken away, so that it can be seen to have been looked for there.
 */
export const looked = async (page, cuts) => {
  const table = (await readFile(page, 'utf8')).split('\n## What was looked at\n')[1]?.split('\n## ')[0] ?? '';
  const states = Object.fromEntries([...table.matchAll(/^\| ([^|]+) \| [^|]+ \| (\d+) \| \d+ \|$/gm)].map(([, name, count]) => [name, Number(count)]));
  const found = {};
  for (const line of (await readFile(cuts, 'utf8')).split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
    const [name, property] = line.split(' | ');
    if (isOurs(name)) (found[property] ??= new Set()).add(name);
  }
  return Object.fromEntries(Object.entries(found).map(([property, cases]) => {
    const missing = [...cases].filter((name) => states[name] === undefined);
    if (missing.length > 0) throw new Error(`${page} says nothing of ${missing.join('; ')}`);
    return [property, { cases: cases.size, states: [...cases].reduce((sum, name) => sum + states[name], 0) }];
  }));
};
