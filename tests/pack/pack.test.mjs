// The package as npm installs it, in everything that people install it into: no configuration, a whole login.

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { startBrowser } from '../browser/support.mjs'
import { startServer } from '../interop/support.mjs'
import { ROOT, app, ensureTools, files, filesBelow, freePorts, run, serve, tarball, tool, toolFile, visit } from './support.mjs'

const PAGES = ['esbuild', 'esbuild-js', 'rollup', 'webpack', 'vite', 'vite-dev', 'vite-slim', 'parcel', 'next']
/** What a careful server sends with a page, and one that is more careful still. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; img-src data:; connect-src 'self'"
const NO_WASM = POLICY.replace(" 'wasm-unsafe-eval'", '')

const ports = {}
let server
let chromium

before(async () => {
  ensureTools()
  const found = await freePorts(PAGES.length + 1)
  for (const [at, name] of [...PAGES, 'workerd'].entries()) ports[name] = found[at]
  const page = [...PAGES.map((name) => `http://127.0.0.1:${ports[name]}/`), `http://127.0.0.1:${ports.next}/client`]
  const clients = [
    { client_id: 'steps', client_name: 'Steps', redirect_uris: ['https://app.test/cb'] },
    { client_id: 'page', client_name: 'Page', redirect_uris: page },
  ]
  server = await startServer({ clients, devLogin: 'ada' })
  chromium = await startBrowser()
}, { timeout: 600_000 })

after(async () => {
  await chromium?.stop()
  await server?.stop()
})

const ADA = { sub: 'ada-1815', name: 'Ada Lovelace', scopes: ['openid', 'profile'], returnTo: '/tasks', refused: 'id_token_signature' }

/** What a login in memory finds. */
const TESTED = { sub: 'ada', name: 'Ada', then: 'expired' }

/** What a program printed, which is what it found. */
const said = ({ stdout }) => JSON.parse(stdout.trim().split('\n').at(-1))

const issuer = () => ({ ISSUER: server.issuer })

test('the tarball has what the package is made of, and nothing else', async () => {
  const cwd = await app('node')
  const folder = join(cwd, 'node_modules/grantflow')
  const names = filesBelow(folder).map((path) => relative(folder, path).replaceAll('\\', '/'))
  const known = names.map((name) => name.replace(/core-\w{8}/, 'core-HASH')).sort()
  const entries = ['explain', 'flow', 'index', 'js', 'react', 'relay', 'slim', 'svelte', 'testing', 'vue'].flatMap((name) => ['cjs', 'd.cts', 'd.ts', 'js'].map((end) => `${name}.${end}`))
  const others = ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'core-HASH.js', 'error.cjs', 'errors.d.cts', 'errors.d.ts', 'errors.md', 'grantflow.wasm', 'package.json', 'testing.wasm']
  const workerd = ['workerd/core-HASH.js', 'workerd/flow.js', 'workerd/index.js', 'workerd/testing.js']
  assert.deepEqual(known, [...entries, ...others, ...workerd].sort())
  for (const name of names.filter((name) => /\.d\.c?ts$/.test(name))) {
    assert.doesNotMatch(readFileSync(join(folder, name), 'utf8'), /\bany\b/, name)
  }
})

test('packed again, the tarball has the same bytes', async () => {
  const there = mkdtempSync(join(tmpdir(), 'grantflow-pack-'))
  try {
    const { stdout } = await run('npm', ['pack', join(dirname(tarball()), 'npm'), '--silent', '--pack-destination', there], {})
    assert.deepEqual(readFileSync(join(there, stdout.trim())), readFileSync(tarball()))
  } finally {
    rmSync(there, { recursive: true })
  }
})

test('publint has nothing to say', async () => {
  const { stdout } = await run(tool('publint'), ['run', '--strict', tarball()])
  assert.match(stdout, /All good!/)
})

test('attw finds the types of every entry, by every way to resolve it', async () => {
  // The wasm is a file to serve, not a module.
  const { stdout } = await run(tool('attw'), [tarball(), '--format', 'json', '--exclude-entrypoints', 'grantflow.wasm'])
  const { analysis } = JSON.parse(stdout)
  assert.deepEqual(analysis.problems, [])
  assert.deepEqual(Object.keys(analysis.entrypoints), ['.', './flow', './slim', './js', './relay', './react', './vue', './svelte', './testing', './explain', './package.json'])
})

test('tsc --strict, from both module systems', async () => {
  const cwd = await app('types')
  cpSync(join(cwd, 'app.ts'), join(cwd, 'app.cts'))
  const flags = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023,dom', '--types', '', '--module', 'nodenext']
  await run(join(ROOT, 'node_modules/.bin/tsc'), [...flags, 'app.ts', 'app.cts'], { cwd })
})

test('Node, as an ES module', async () => {
  const cwd = await app('node')
  const found = said(await run(process.execPath, ['main.js'], { cwd, env: issuer() }))
  assert.deepEqual(found, { ...ADA, status: 'restoring', same: true, tested: TESTED })
})

test('Node, by require', async () => {
  const cwd = await app('require')
  const found = said(await run(process.execPath, ['main.js'], { cwd, env: issuer() }))
  assert.deepEqual(found, { ...ADA, status: 'restoring', same: true, tested: TESTED })
})

test('Node, with the wasm as a file', async () => {
  const cwd = await app('slim')
  const found = said(await run(process.execPath, ['main.js'], { cwd, env: issuer() }))
  assert.deepEqual(found, { ...ADA, early: 'config_invalid useWasm' })
})

test('Deno', async () => {
  const cwd = await app('deno')
  const found = said(await run(tool('deno'), ['run', '--allow-net', '--allow-env', 'main.js'], { cwd, env: issuer() }))
  assert.deepEqual(found, { ...ADA, status: 'restoring', same: true, tested: TESTED })
})

test('Bun', async () => {
  const cwd = await app('bun')
  const bun = toolFile(`@oven/${readdirSync(toolFile('@oven'))[0]}/bin/bun`)
  const found = said(await run(bun, ['main.js'], { cwd, env: issuer() }))
  assert.deepEqual(found, { ...ADA, status: 'restoring', same: true, tested: TESTED })
})

test('workerd, bundled by wrangler', async () => {
  const cwd = await app('workerd')
  await run(tool('wrangler'), ['deploy', '--dry-run', '--outdir', 'dist'], { cwd, newer: true })
  const wasm = readdirSync(join(cwd, 'dist')).filter((name) => name.endsWith('.wasm'))
  assert.equal(wasm.length, 2, 'the modules are files of their own')
  writeFileSync(join(cwd, 'config.capnp'), workerdConfiguration(wasm))
  const url = `http://127.0.0.1:${ports.workerd}/?issuer=${encodeURIComponent(server.issuer)}`
  const flags = ['serve', 'config.capnp', `--socket-addr=http=127.0.0.1:${ports.workerd}`]
  const stop = await serve(tool('workerd'), flags, { cwd, url })
  try {
    const response = await fetch(url)
    assert.deepEqual(await response.json(), { ...ADA, status: 'restoring', tested: TESTED })
  } finally {
    await stop()
  }
})

const workerdConfiguration = (modules) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
        (name = "index.js", esModule = embed "dist/index.js"),
        ${modules.map((wasm) => `(name = "./${wasm}", wasm = embed "dist/${wasm}"),`).join('\n        ')}
      ],
      compatibilityDate = "2026-11-01",
    )),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", http = (), service = "main")],
);
`

test('Vitest', async () => {
  const cwd = await app('vitest')
  const { stdout } = await run(tool('vitest'), ['run'], { cwd, env: issuer(), newer: true })
  assert.match(stdout, /Tests +3 passed \(3\)/)
})

test('Jest, with its Node and with jsdom', async () => {
  const cwd = await app('jest')
  const { stderr } = await run(tool('jest'), [], { cwd, env: issuer() })
  assert.match(stderr, /Tests: +5 passed, 5 total/)
})

/** Builds a page, serves it under a policy, and signs in there. */
function bundles(name, program, flags, { folder = '.', newer = false, policy = POLICY } = {}) {
  test(`${name}, built`, async () => {
    const cwd = await app(name)
    await run(tool(program), flags, { cwd, newer })
    const stop = await files(join(cwd, folder), ports[name], `${policy} ${server.issuer}`)
    try {
      await visit(chromium, `http://127.0.0.1:${ports[name]}/`, server.issuer)
    } finally {
      stop()
    }
  })
}

bundles('esbuild', 'esbuild', ['main.js', '--bundle', '--minify', '--format=esm', '--outdir=dist'])
bundles('esbuild-js', 'esbuild', ['main.js', '--bundle', '--minify', '--format=esm', '--outdir=dist'], { policy: NO_WASM })
bundles('rollup', 'rollup', ['main.js', '--plugin', 'node-resolve', '--format', 'es', '--dir', 'dist'])
bundles('webpack', 'webpack', ['--mode', 'production'], { newer: true })
bundles('vite', 'vite', ['build'], { folder: 'dist' })
bundles('vite-slim', 'vite', ['build'], { folder: 'dist' })
bundles('parcel', 'parcel', ['build', 'index.html'], { folder: 'dist' })

test('a policy that forbids WebAssembly is named, and what to import instead', async () => {
  const cwd = await app('esbuild')
  await run(tool('esbuild'), ['main.js', '--bundle', '--format=esm', '--outdir=dist'], { cwd })
  const stop = await files(cwd, ports.esbuild, `${NO_WASM} ${server.issuer}`)
  const page = await chromium.browser.newPage()
  try {
    await page.addInitScript((said) => (globalThis.issuer = said), server.issuer)
    const thrown = page.waitForEvent('pageerror', { timeout: 30_000 })
    await page.goto(`http://127.0.0.1:${ports.esbuild}/`)
    assert.match((await thrown).message, /^wasm_blocked .*grantflow\/js/)
  } finally {
    await page.close()
    stop()
  }
})

test('vite, as it develops', async () => {
  const cwd = await app('vite')
  const url = `http://127.0.0.1:${ports['vite-dev']}/`
  const flags = ['--host', '127.0.0.1', '--port', `${ports['vite-dev']}`, '--strictPort']
  const stop = await serve(tool('vite'), flags, { cwd, url })
  try {
    await visit(chromium, url, server.issuer)
  } finally {
    await stop()
  }
})

test('Next, in a server component and in a client component', async () => {
  const cwd = await app('next')
  await run(tool('next'), ['build'], { cwd })
  const origin = `http://127.0.0.1:${ports.next}`
  const flags = ['start', '--hostname', '127.0.0.1', '--port', `${ports.next}`]
  const stop = await serve(tool('next'), flags, { cwd, url: `${origin}/client`, env: issuer() })
  try {
    const html = await (await fetch(`${origin}/`)).text()
    const shown = /<pre id="shown">(.*?)<\/pre>/.exec(html)?.[1] ?? html
    assert.deepEqual(JSON.parse(shown.replaceAll('&quot;', '"')), ADA)
    await visit(chromium, `${origin}/client`, server.issuer)
  } finally {
    await stop()
  }
})
