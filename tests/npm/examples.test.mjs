// Every exported name has an example, and every example compiles and runs; so do those of the pages for apps.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { blocks, documented, entries, prepare, run } from './examples.mjs'

const names = entries.flatMap((entry) => documented(entry).map((found) => ({ entry, ...found })))
const pages = { README: 'wasm/README.md', 'guide-spa': 'docs/guide-spa.md', faq: 'docs/faq.md' }
const shown = Object.entries(pages).flatMap(([name, page]) => blocks(readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8'), name))
const examples = [...names.flatMap((found) => found.examples), ...shown]

await prepare(examples)

test('every exported name has a doc comment with an example', () => {
  const without = names.filter((found) => found.examples.length === 0).map(({ entry, exported }) => `${entry}: ${exported}`)
  assert.deepEqual(without, [])
  assert.ok(names.length > 50, 'the names are found')
})

for (const example of examples) test(example.name, () => run(example))
