// The npm page tells the sizes that the package is held to.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import { withSizes } from '../../xtask/tools/size-table.mjs'
import { packageFolder } from './package.mjs'

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('the sizes on the page are those of the budget', () => {
  const page = read('wasm/README.md')
  assert.equal(page, withSizes(page, JSON.parse(read('sizes.json'))), '`cargo xtask sizes --accept` writes them')
})

test('each framework takes less than a kilobyte', () => {
  for (const name of ['react', 'vue', 'svelte']) {
    const { length } = brotliCompressSync(readFileSync(join(packageFolder, `${name}.js`)))
    assert.ok(length < 1000, `${name}: ${length} bytes`)
  }
})
