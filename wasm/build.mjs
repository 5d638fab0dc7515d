// Builds the npm package: node wasm/build.mjs OUTDIR, once `cargo xtask build` has made the module.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const made = join(here, '../target/wasm/client')
const output = process.argv[2]
if (!output) throw new Error('usage: node wasm/build.mjs OUTDIR')

const common = {
  entryPoints: [join(here, 'js/index.ts'), join(here, 'js/flow.ts')],
  bundle: true,
  minify: true,
  target: 'es2022',
  outdir: output,
  plugins: [{ name: 'wasm', setup }],
  logLevel: 'warning',
}
mkdirSync(output, { recursive: true })
// Chunks have a hash for a name, so an older one would stay.
for (const name of readdirSync(output)) if (/^core-\w+\.js$/.test(name)) rmSync(join(output, name))
await build({ ...common, format: 'esm', splitting: true, chunkNames: 'core-[hash]' })
await build({ ...common, format: 'cjs', outExtension: { '.js': '.cjs' } })
for (const name of ['index', 'flow']) copyFileSync(join(here, `js/public/${name}.d.ts`), join(output, `${name}.d.ts`))
for (const name of ['package.json', 'README.md']) copyFileSync(join(here, name), join(output, name))

function setup(plugin) {
  plugin.onResolve({ filter: /^#(glue|wasm)$/ }, ({ path }) => ({ path, namespace: 'made' }))
  plugin.onLoad({ filter: /^#glue$/, namespace: 'made' }, () => ({ contents: lazily(glue()) }))
  plugin.onLoad({ filter: /^#wasm$/, namespace: 'made' }, () => ({ contents: wasm() }))
}

function glue() {
  return readFileSync(join(made, 'grantflow_client.js'), 'utf8')
}

// The glue touches globals as it is imported; inside a function it does so at the first use.
function lazily(text) {
  const cut = (from, to) => {
    const [start, end] = [text.indexOf(from), to === undefined ? text.length : text.indexOf(to)]
    if (start < 0 || end < start) throw new Error(`the glue has no ${from}: has wasm-bindgen changed?`)
    text = text.slice(0, start) + text.slice(end)
  }
  cut('async function __wbg_load', 'function initSync')
  cut('let __wbg_init_promise')
  const body = text.replaceAll(/^export (class|function) /gm, '$1 ')
  if (/^(export|import) /m.test(body)) throw new Error('the glue exports something new')
  return `export function load(bytes) {\n${body}\ninitSync({ module: bytes });\nreturn { Login } }`
}

// See `unpack` in js/load.ts.
function wasm() {
  const bytes = readFileSync(join(made, 'grantflow_client.wasm'))
  const count = new Array(256).fill(0)
  for (const byte of bytes) count[byte]++
  const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))
  const alphabet = printable.filter((character) => !`"'\`\\`.includes(character)).join('')
  // Two characters of the alphabet start a pair.
  const frequent = [...count.keys()].sort((a, b) => count[b] - count[a] || a - b).slice(0, alphabet.length - 2)
  const isOften = (byte) => frequent.includes(byte)
  const one = [...count.keys()].filter(isOften)
  const two = [...count.keys()].filter((byte) => !isOften(byte))
  const code = [...count.keys()].map((byte) => {
    if (isOften(byte)) return alphabet[one.indexOf(byte)]
    const place = two.indexOf(byte)
    return alphabet[one.length + Math.floor(place / alphabet.length)] + alphabet[place % alphabet.length]
  })
  const text = Array.from(bytes, (byte) => code[byte]).join('')
  let often = ''
  for (let byte = 0; byte < 256; byte += 4) {
    often += [0, 1, 2, 3].reduce((digit, bit) => digit | (isOften(byte + bit) << bit), 0).toString(16)
  }
  return `export const pack = ${JSON.stringify([alphabet, often, bytes.length, text])}`
}
