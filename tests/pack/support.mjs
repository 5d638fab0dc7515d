// What the tests of this folder share: the tools, an app with the package installed, a person with a browser.

import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createSocket } from 'node:net'
import { delimiter, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { watch } from '../browser/support.mjs'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const HERE = join(ROOT, 'tests/pack')

/** Outside of the sources, for the tools write beside what they read. */
const THERE = join(ROOT, 'target/pack')

/** Most time for a tool to build, and for a server or a page to be there, in milliseconds. */
const PATIENCE = { build: 180_000, start: 60_000, page: 30_000 }

/** Nobody is told that we ran a tool, and no tool looks for a newer one. */
const ENVIRONMENT = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NODE_|npm_|GRANTFLOW_)/.test(name))),
  CI: '1',
  NO_COLOR: '1',
  DO_NOT_TRACK: '1',
  NEXT_TELEMETRY_DISABLED: '1',
  WRANGLER_SEND_METRICS: 'false',
  DENO_NO_UPDATE_CHECK: '1',
  DENO_DIR: join(THERE, '.deno'),
  XDG_CONFIG_HOME: join(THERE, '.config'),
}

/** Where the root's `node_modules` keep a newer Node, for the tools that want one. */
const NEWER = { PATH: [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter) }

/** The file that `cargo xtask pack` made last. */
export function tarball() {
  const said = process.env.GRANTFLOW_TARBALL
  if (said) return said
  const { version } = JSON.parse(readFileSync(join(ROOT, 'wasm/package.json'), 'utf8'))
  const made = join(ROOT, `target/grantflow-${version}.tgz`)
  assert.ok(existsSync(made), `no ${made}: run \`cargo xtask pack\``)
  return made
}

/** Installs the tools that `package-lock.json` says, unless they are. */
export function ensureTools() {
  const lock = readFileSync(join(HERE, 'package-lock.json'), 'utf8')
  const stamp = join(THERE, '.grantflow-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  mkdirSync(THERE, { recursive: true })
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(HERE, name), join(THERE, name))
  execFileSync('npm', ['ci', '--loglevel=error'], { cwd: THERE, stdio: ['ignore', 'ignore', 'inherit'] })
  writeFileSync(stamp, lock)
}

/** A fresh copy of a folder here, and what all have in common, with the tarball installed by npm. */
export async function app(name) {
  const folder = join(THERE, 'apps', name)
  rmSync(folder, { recursive: true, force: true })
  for (const from of ['shared', name]) cpSync(join(HERE, from), folder, { recursive: true })
  await run('npm', ['install', '--offline', '--loglevel=error', tarball()], { cwd: folder })
  return folder
}

/** A program of an installed tool. */
export const tool = (name) => join(THERE, 'node_modules/.bin', name)

/** A file of an installed tool. */
export const toolFile = (path) => join(THERE, 'node_modules', path)

/** Runs a program to its end; gives what it printed, and what it warned about. */
export function run(program, flags, { cwd, env = {}, newer = false } = {}) {
  const options = { cwd, env: { ...ENVIRONMENT, ...(newer && NEWER), ...env }, timeout: PATIENCE.build, maxBuffer: 1e8 }
  return new Promise((resolve, reject) => {
    execFile(program, flags, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${flags.join(' ')}: ${error.code ?? error.signal}\n${stdout}\n${stderr}`))
      else resolve({ stdout, stderr })
    })
  })
}

/** Starts a server, and waits until it answers; gives what ends it. */
export async function serve(program, flags, { cwd, url, env = {}, newer = false }) {
  // In a group of its own, which ends together.
  const child = spawn(program, flags, { cwd, env: { ...ENVIRONMENT, ...(newer && NEWER), ...env }, detached: true })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log = (log + chunk).slice(-10_000)))
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve))
  const kill = () => {
    if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGKILL')
  }
  process.once('exit', kill)
  const stop = async () => {
    process.off('exit', kill)
    kill()
    await ended
  }
  for (let end = Date.now() + PATIENCE.start; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (await fetch(url).then((response) => response.body?.cancel() ?? true, () => false) !== false) return stop
    if (child.exitCode !== null || Date.now() > end) {
      await stop()
      throw new Error(`${program} ${flags.join(' ')} does not start\n${log}`)
    }
  }
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css' }

/** What any web server does with a folder, under a policy that lets the page run what comes from here. */
export async function files(folder, port, policy) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://app')
    const path = join(folder, pathname === '/' ? 'index.html' : pathname)
    const type = TYPES[extname(path)] ?? 'application/octet-stream'
    try {
      const body = await readFile(path)
      response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return () => {
    server.closeAllConnections()
    server.close()
  }
}

/** Ports that nobody listens on. */
export async function freePorts(count) {
  const sockets = Array.from({ length: count }, () => createSocket())
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.listen(0, '127.0.0.1', resolve))))
  const ports = sockets.map((socket) => socket.address().port)
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.close(resolve))))
  return ports
}

/** Opens a page that signs in, and sees that it does, without a word in the console. */
export async function visit({ browser, strays }, url, issuer) {
  const context = await browser.newContext()
  context.setDefaultTimeout(PATIENCE.page)
  const before = strays.length
  const verdict = watch(context, [new URL(url).origin, issuer], [])
  try {
    await context.addInitScript((said) => (globalThis.issuer = said), issuer)
    const page = await context.newPage()
    await page.goto(url)
    const shown = await page.locator('#shown').innerText().catch((error) => error.message)
    assert.deepEqual([...verdict(), ...strays.slice(before)], [])
    assert.match(shown, /^Ada Lovelace has [1-9]\d* tasks$/)
    assert.equal(page.url(), url, 'the callback is gone from the URL')
  } finally {
    await context.close()
  }
}

/** Every file below a folder. */
export function filesBelow(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
