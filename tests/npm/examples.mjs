// The examples of the types and of the npm page: found, compiled as a strict project would, and run.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { compileScript, parse } from 'vue/compiler-sfc'
import { compile } from 'svelte/compiler'
import { openDocument } from './dom.mjs'
import { entry, grantflow, packageFolder } from './package.mjs'

const main = openDocument()
globalThis.IS_REACT_ACT_ENVIRONMENT = true
const { createTestServer } = await entry('testing')
const folder = join(packageFolder, 'examples')
mkdirSync(folder)

/** How long an example may take, in milliseconds. */
const PATIENCE = 10_000

/** The exported names of an entry, each with its examples. */
export function documented(name) {
  const text = readFileSync(join(packageFolder, `${name}.d.ts`), 'utf8')
  const all = text.matchAll(/(\/\*\*(?:(?!\*\/)[^])*\*\/\n)?export (?:declare )?(?:function|class|const|interface|type) (\w+)/g)
  return [...all].map(([, comment = '', exported]) => {
    const lines = comment.replaceAll(/^ ?\/?\*+\/? ?/gm, '')
    const examples = lines.split('@example').slice(1).flatMap((part, at) => blocks(part, `${name}-${exported}${at > 0 ? `-${at}` : ''}`))
    return { exported, comment, examples }
  })
}

/** The names of all entries that have types of their own. */
export const entries = readdirSync(packageFolder).filter((name) => name.endsWith('.d.ts')).map((name) => name.slice(0, -5))

/** The blocks of code in a page. */
export function blocks(text, name) {
  const all = [...text.matchAll(/```(ts|tsx|js|svelte|vue)\n([^]*?)```/g)]
  return all.map(([, language, code], at) => ({ name: `${name}${all.length > 1 ? `-${at}` : ''}`, language, code }))
}

/** What examples take for granted: a session, and the server of tests. */
const GLOBALS = `
declare const auth: import('grantflow').Auth
declare const server: import('grantflow/testing').TestServer
`

/** As much of a test runner as the page shows. */
const VITEST = `
export declare function test(name: string, run: () => Promise<void>): void
export declare function expect(value: unknown): { toBe(wanted: unknown): void; toEqual(wanted: unknown): void }
`
const RUNNER = `
import assert from 'node:assert/strict'
export const test = (name, run) => globalThis.tests.push(run)
export const expect = (value) => ({ toBe: (wanted) => assert.equal(value, wanted), toEqual: (wanted) => assert.deepEqual(value, wanted) })
`

const isComponent = ({ language }) => ['svelte', 'vue'].includes(language)
const fileOf = ({ name, language }) => `${name}.${language === 'js' ? 'ts' : language}`

/** Compiles examples by `tsc --strict`, and makes them into what Node runs. */
export async function prepare(examples) {
  writeFileSync(join(folder, 'globals.d.ts'), GLOBALS)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'vitest.d.ts'), VITEST)
  writeFileSync(join(folder, 'vitest.mjs'), RUNNER)
  for (const example of examples) {
    writeFileSync(join(folder, fileOf(example)), isComponent(example) ? example.code : `${example.code}\nexport {}\n`)
  }
  const typed = examples.filter((example) => !isComponent(example)).map(fileOf)
  typecheck(['globals.d.ts', ...typed])
  for (const name of ['index', 'slim', 'js']) writeFileSync(join(folder, `page-${name}.mjs`), page(name))
  await bundle(typed, { outdir: folder, outExtension: { '.js': '.mjs' }, plugins: [{ name: 'grantflow', setup: ours }] })
  for (const example of examples.filter(isComponent)) await component(example)
}

function typecheck(files) {
  const paths = ['react', 'vue', 'svelte', 'testing', 'flow', 'js', 'slim', 'explain'].map((name) => [`grantflow/${name}`, [`../${name}.d.ts`]])
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable', 'esnext.disposable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
    types: [],
    paths: Object.fromEntries([['grantflow', ['../index.d.ts']], ['vitest', ['./vitest.d.ts']], ...paths]),
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  const tsc = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url))
  try {
    execFileSync(tsc, ['-p', folder], { cwd: folder, encoding: 'utf8' })
  } catch (error) {
    assert.fail(error.stdout)
  }
}

/** The entry as a page sees it: `createAuth` finds a browser, and a server at the other end. */
const page = (name) => `
import { createAuth as create } from '../${name}.js'
export * from '../${name}.js'
export const createAuth = (options) => create({ ...globalThis.browser, ...options, effects: { ...globalThis.browser.effects, ...options.effects } })
`

const urlOf = (path) => pathToFileURL(join(packageFolder, path)).href

/** Lets examples import the package that was built. */
function ours(plugin) {
  plugin.onResolve({ filter: /^vitest$/ }, () => ({ path: urlOf('examples/vitest.mjs'), external: true }))
  plugin.onResolve({ filter: /^grantflow($|\/)/ }, ({ path }) => {
    const name = path.slice('grantflow/'.length) || 'index'
    const isPage = ['index', 'slim', 'js'].includes(name)
    return { path: urlOf(isPage ? `examples/page-${name}.mjs` : `${name}.js`), external: true }
  })
}

function bundle(files, more) {
  const external = ['react', 'react/*', 'react-dom', 'react-dom/*', 'vue']
  const entryPoints = files.map((file) => join(folder, file))
  return build({ entryPoints, bundle: true, format: 'esm', target: 'es2022', jsx: 'automatic', logLevel: 'silent', external, ...more })
}

/** A component in a file of its own, with what mounts it. */
async function component(example) {
  const setup = (plugin) => {
    plugin.onResolve({ filter: /^grantflow\/svelte$/ }, () => ({ path: join(packageFolder, 'svelte.js') }))
    plugin.onResolve({ filter: /\/auth\.js$/ }, () => ({ path: 'auth', namespace: 'given' }))
    plugin.onLoad({ filter: /./, namespace: 'given' }, () => ({ contents: 'export const auth = globalThis.auth' }))
    plugin.onLoad({ filter: /\.svelte$/ }, ({ path }) => {
      const { js, warnings } = compile(readFileSync(path, 'utf8'), { generate: 'client', filename: path })
      assert.deepEqual(warnings, [])
      return { contents: js.code, resolveDir: folder }
    })
    plugin.onLoad({ filter: /\.vue$/ }, ({ path }) => {
      const { descriptor, errors } = parse(readFileSync(path, 'utf8'), { filename: path })
      assert.deepEqual(errors, [])
      return { contents: compileScript(descriptor, { id: example.name, inlineTemplate: true }).content, resolveDir: folder }
    })
    ours(plugin)
  }
  const contents = example.language === 'vue'
    ? `export { default } from './${fileOf(example)}'`
    : `import { mount } from 'svelte'; import Shown from './${fileOf(example)}'; export default (target) => mount(Shown, { target })`
  const outfile = join(folder, `${example.name}.mjs`)
  await bundle([], { stdin: { contents, resolveDir: folder }, entryPoints: undefined, outfile, conditions: ['browser', 'production'], plugins: [{ name: 'component', setup }] })
}

/** Runs an example, as often as its page is loaded, and compares what it prints with what it says it does. */
export async function run(example) {
  const server = createTestServer({
    issuer: 'https://login.example',
    redirectUris: ['https://app.example/'],
    scopes: ['tasks:read', 'tasks:write'],
    apis: [{ url: 'https://app.example/api', answer: () => Response.json([{ title: 'Write to Charles' }]) }],
  })
  const { browser, left } = browserOf(server)
  const create = (page) => grantflow.createAuth({ ...page, ...browser, scope: 'openid profile email offline_access' })
  // A session that an example has no use for would tell the new one who is signed in.
  const isGiven = /\bauth\b/.test(example.code) && !/\bconst auth\b/.test(example.code)
  const auth = isGiven ? await server.signedIn(create) : undefined
  const printed = []
  const kept = { fetch: globalThis.fetch, log: console.log }
  Object.assign(globalThis, { browser, server, auth, tests: [], fetch: served(server) })
  console.log = (...words) => printed.push(words.join(' '))
  try {
    for (let load = 0; ; load++) {
      assert.ok(load < 3, 'the page is loaded again and again')
      const over = import(`${urlOf(`examples/${example.name}.mjs`)}?${load}`).then(async ({ default: shown }) => {
        for (const test of globalThis.tests) await test()
        await show(example, shown)
      })
      const late = new Promise((_, reject) => setTimeout(() => reject(new Error('it never ends')), PATIENCE).unref())
      const url = await Promise.race([over, left(), late])
      if (url === undefined) break
      await server.signIn(url)
    }
  } finally {
    globalThis.fetch = kept.fetch
    console.log = kept.log
  }
  const promised = [...example.code.matchAll(/console\.log\(.*\) \/\/ (.*)/g)].map(([, text]) => text)
  if (promised.length > 0) assert.deepEqual(printed, promised)
}

/** The tab, in which somebody answers windows at once. */
function browserOf(server) {
  let tell = () => undefined
  const leave = (url) => {
    server.effects.leave(url)
    tell(url)
  }
  const popup = () => {
    const opened = server.effects.popup()
    const go = (url) => {
      opened.go(url)
      setTimeout(() => void server.signIn(url))
    }
    return opened && { ...opened, go }
  }
  const { fetch, relayUri, effects } = server.page
  return { browser: { fetch, relayUri, effects: { ...effects, leave, popup } }, left: () => new Promise((resolve) => (tell = resolve)) }
}

/** What is served beside the server: the wasm as a file. */
const served = (server) => async (input, init) => {
  if (input !== '/grantflow.wasm') return server.fetch(input, init)
  return new Response(readFileSync(join(packageFolder, 'grantflow.wasm')))
}

/** A component that an example exports is shown. */
async function show({ language }, shown) {
  if (shown === undefined) return
  const element = main()
  if (language === 'svelte') shown(element)
  else if (language === 'tsx') {
    const [{ act, createElement }, { createRoot }] = await Promise.all([import('react'), import('react-dom/client')])
    await act(() => createRoot(element).render(createElement(shown)))
  } else {
    const { createApp } = await import('vue')
    createApp(shown).mount(element)
  }
  for (let turns = 0; !element.textContent.includes('Ada'); turns++) {
    assert.ok(turns < 200, `it shows ${element.innerHTML}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
