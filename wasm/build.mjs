// Builds the npm package: node wasm/build.mjs OUTDIR, once `cargo xtask build` has made the module.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { build } from 'esbuild'
import { pack, reader } from './pack/pack.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const made = join(here, '../target/wasm/client')
const server = join(here, '../target/wasm/provider')
const output = process.argv[2]
if (!output) throw new Error('usage: node wasm/build.mjs OUTDIR')

const common = { bundle: true, minify: true, target: 'es2022', logLevel: 'warning', external: ['*.wasm', 'react', 'vue', 'svelte', 'svelte/*'] }
const entries = (names) => names.map((name) => join(here, `js/${name}.ts`))
const required = { format: 'cjs', outExtension: { '.js': '.cjs' }, inject: [join(here, 'js/text.ts')] }
const chunked = { format: 'esm', splitting: true, chunkNames: 'core-[hash]' }
// CommonJS has no chunks: without this, each entry would have an `AuthError` of its own.
const SHARED = /^\.\/error\.js$/
/** The core's halves, and what each exports. */
const HALVES = { flow: 'Login', session: 'Session' }
/** How the glue comes by the core, from its bytes or a module. */
const INSTANCE = 'new WebAssembly.Instance(bytes instanceof WebAssembly.Module ? bytes : new WebAssembly.Module(bytes), __wbg_get_imports())'
/** The text of each module, by path: most are in two bundles. */
const packed = new Map()
const PUBLIC = ['index', 'errors', 'flow', 'slim', 'js', 'relay', 'explain', 'testing', 'react', 'vue', 'svelte']

mkdirSync(join(output, 'workerd'), { recursive: true })
// Chunks have a hash for a name, so an older one would stay.
for (const folder of [output, join(output, 'workerd')]) {
  for (const name of readdirSync(folder)) if (/^core-\w+\.js$/.test(name)) rmSync(join(folder, name))
}
await write('load', ['index', 'flow'], chunked)
await write('load', ['error'], required)
await write('load', ['index', 'flow'], { ...required, shared: './error.cjs' })
await write('load.slim', ['slim'], { format: 'esm' })
await write('load.slim', ['slim'], required)
await write('load.js', ['js'], { format: 'esm' })
await write('load.js', ['js'], required)
await write('load', ['relay', 'explain'], { format: 'esm' })
await write('load', ['relay', 'explain'], required)
await write('load.workerd', ['index', 'flow'], { ...chunked, outdir: join(output, 'workerd') })
await write('testing/load', ['testing'], { format: 'esm' })
await write('testing/load', ['testing'], required)
for (const name of ['react', 'vue', 'svelte']) {
  // Where pages are rendered by a server, hooks are for the browser's half.
  const banner = name === 'react' ? { banner: { js: '"use client";' } } : {}
  await write('load', [name], { format: 'esm', ...banner })
  await write('load', [name], { ...required, ...banner })
}
await write('testing/load.workerd', ['testing'], { format: 'esm', outdir: join(output, 'workerd') })
for (const name of PUBLIC) {
  const types = readFileSync(join(here, `js/public/${name}.d.ts`), 'utf8')
  writeFileSync(join(output, `${name}.d.ts`), types)
  // The same for who requires it: a file of types belongs to one module system.
  writeFileSync(join(output, `${name}.d.cts`), types.replaceAll(/(from '\.\/\w+)\.js'/g, "$1.cjs'"))
}
for (const name of ['package.json', 'README.md']) copyFileSync(join(here, name), join(output, name))
copyFileSync(join(here, '../docs/errors.md'), join(output, 'errors.md'))
for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(join(here, '..', name), join(output, name))
copyFileSync(join(made, 'grantflow_client.wasm'), join(output, 'grantflow.wasm'))
copyFileSync(join(server, 'grantflow_provider.wasm'), join(output, 'testing.wasm'))

/** Bundles entries, each with this way to come by the core. */
async function write(loader, names, { shared, ...options }) {
  const path = join(here, `js/${loader}.ts`)
  // Who loads no file has the half of the core that is needed.
  const half = ({ importer }) => (loader !== 'load' ? undefined : importer.endsWith('flow.ts') ? 'flow' : 'session')
  const choose = {
    name: 'loader',
    setup(plugin) {
      if (shared) plugin.onResolve({ filter: SHARED }, () => ({ path: shared, external: true }))
      plugin.onResolve({ filter: /^\.\/(testing\/)?load\.js$/ }, (asked) => ({ path, namespace: half(asked) }))
      const contents = () => ({ contents: readFileSync(path, 'utf8'), loader: 'ts', resolveDir: join(here, 'js') })
      plugin.onLoad({ filter: /load\.ts$/, namespace: 'flow' }, contents)
      plugin.onLoad({ filter: /load\.ts$/, namespace: 'session' }, contents)
    },
  }
  const plugins = [{ name: 'wasm', setup }, choose]
  await build({ ...common, entryPoints: entries(names), outdir: output, plugins, ...options })
}

function setup(plugin) {
  plugin.onResolve({ filter: /^#(glue|wasm|reader|translated|provider|server)$/ }, ({ path, namespace }) => {
    const isHalf = namespace in HALVES && path !== '#reader'
    return { path: isHalf ? `${path}/${namespace}` : path, namespace: 'made' }
  })
  plugin.onLoad({ filter: /^#glue$/, namespace: 'made' }, () => ({ contents: lazily(glue(), Object.values(HALVES)) }))
  for (const [half, name] of Object.entries(HALVES)) {
    const folder = join(made, '..', half)
    plugin.onLoad({ filter: new RegExp(`^#glue/${half}$`), namespace: 'made' }, () => ({ contents: lazily(glue(folder), [name]) }))
    plugin.onLoad({ filter: new RegExp(`^#wasm/${half}$`), namespace: 'made' }, () => ({ contents: wasm(join(folder, 'grantflow_client.wasm')) }))
  }
  plugin.onLoad({ filter: /^#provider$/, namespace: 'made' }, () => ({ contents: lazily(glue(server, 'provider'), ['Provider']) }))
  plugin.onLoad({ filter: /^#server$/, namespace: 'made' }, () => ({ contents: wasm(join(server, 'grantflow_provider.wasm')) }))
  plugin.onLoad({ filter: /^#reader$/, namespace: 'made' }, () => ({ contents: `export const reader = ${JSON.stringify(reader)}` }))
  plugin.onLoad({ filter: /^#translated$/, namespace: 'made' }, () => ({ contents: translated() }))
}

function glue(folder = made, name = 'client') {
  return readFileSync(join(folder, `grantflow_${name}.js`), 'utf8')
}

// The core as `wasm2js` writes it: a function of the imports that gives the exports.
function translated() {
  const folder = join(made, '../client-js')
  const text = readFileSync(join(folder, 'grantflow_client.asm.js'), 'utf8')
  const core = text.slice(text.indexOf(';') + 1, text.indexOf('var retasmFunc'))
  const swap = (text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the glue has no ${from}: has wasm-bindgen changed?`)
    return text.replace(from, () => to)
  }
  // Memory that grows is another buffer, and the old one stays, which the glue takes for good.
  const fresh = (name, stale) => [`${name}.${stale}`, `${name}.buffer !== wasm.memory.buffer`]
  const swaps = [fresh('cachedUint8ArrayMemory0', 'byteLength === 0'), fresh('cachedDataViewMemory0', 'buffer.detached === true')]
  return swaps.reduce(swap, lazily(core + glue(folder), ['Login', 'Session'], '{ exports: asmFunc(__wbg_get_imports()) }'))
}

// The glue touches globals as it is imported; inside a function it does so at the first use.
function lazily(text, classes, instance = INSTANCE) {
  // From here on, the glue has its own ways to load a module.
  const [glue, loaders] = text.split('async function __wbg_load')
  if (!loaders || !glue.includes('function __wbg_finalize_init(instance')) throw new Error('the glue starts in another way: has wasm-bindgen changed?')
  const body = glue.replaceAll(/^export (class|function) /gm, '$1 ')
  if (/^(export|import) /m.test(body)) throw new Error('the glue exports something new')
  return `export function load(bytes) {\n${body}\n__wbg_finalize_init(${instance});\nreturn { ${classes} } }`
}

/** A module in the bundle, as text: see pack/pack.mjs. */
function wasm(path) {
  const text = packed.get(path) ?? pack(readFileSync(path))
  packed.set(path, text)
  return `export const text = ${JSON.stringify(text)}`
}
