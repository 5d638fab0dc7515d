// Measures files against sizes.json: node measure.mjs check|accept FILE...
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

// Paths and hashes inside a module move a few bytes from machine to machine.
const SLACK = 1.01

const budgetFile = new URL('../../sizes.json', import.meta.url)
const [mode, ...files] = process.argv.slice(2)

const sizes = Object.fromEntries(files.map((file) => [`${basename(dirname(file))}/${basename(file)}`, measure(file)]))
const budget = mode === 'accept' ? sizes : JSON.parse(readFileSync(budgetFile, 'utf8'))
const complaints = []

console.log(`${'bytes'.padEnd(28)}${['raw', 'gzip', 'brotli'].map((name) => name.padStart(10)).join('')}`)
for (const [name, size] of Object.entries(sizes)) {
  console.log(`${name.padEnd(28)}${Object.values(size).map((bytes) => String(bytes).padStart(10)).join('')}`)
  for (const [kind, bytes] of Object.entries(size)) {
    const allowed = budget[name]?.[kind]
    if (allowed === undefined) complaints.push(`${name} has no budget`)
    else if (bytes > allowed * SLACK) complaints.push(`${name}: ${bytes} bytes ${kind}, the budget is ${allowed}`)
  }
}
for (const name of Object.keys(budget)) {
  if (!(name in sizes)) complaints.push(`${name} has a budget and was not built`)
}

if (mode === 'accept') {
  writeFileSync(budgetFile, `${JSON.stringify(sizes, null, 2)}\n`)
} else if (complaints.length > 0) {
  console.error([...new Set(complaints)].join('\n'))
  console.error('Make it smaller, or write the new budget with `cargo xtask sizes --accept` and say why in the commit.')
  process.exit(1)
}

function measure(file) {
  let bytes = readFileSync(file)
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_QUALITY]: 11 }
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params }).length,
  }
}
