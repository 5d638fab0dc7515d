// The types of the package, as a strict project sees them.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packageFolder } from './package.mjs'

const tsc = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url))

const FRAMEWORKS = ['react', '@types/react', 'vue', 'svelte']

const APP = `
import { createAuth, AuthError, type ErrorCode, type ErrorCodes, type Snapshot } from 'grantflow'
import { explain, explanations } from 'grantflow/explain'
import { configure, keyOf, verify, type Turn } from 'grantflow/flow'
import { AuthProvider, useAuth, useSnapshot, useUser } from 'grantflow/react'
import { session, type Session } from 'grantflow/svelte'
import { authPlugin, useSnapshot as useRef } from 'grantflow/vue'
import { createTestServer } from 'grantflow/testing'

const auth = createAuth({ issuer: 'https://as.example', clientId: 'app' })
export function name(snapshot: Snapshot): string {
  switch (snapshot.status) {
    case 'restoring':
    case 'leaving':
      return ''
    case 'signed-out':
      return snapshot.error?.code ?? snapshot.why
    case 'signed-in':
      return snapshot.error?.code ?? snapshot.user?.claims.name ?? 'somebody'
  }
}
export async function start(): Promise<Response> {
  await auth.ready()
  if (!auth.user) await auth.login({ returnTo: '/tasks' })
  return auth.fetch('/api/tasks')
}
export const isOurs = (thrown: unknown): boolean => thrown instanceof AuthError && thrown.remedy === 'retry'
export async function step(turn: Turn): Promise<Turn> {
  if (turn.kind === 'verify') return turn.answer(await verify(turn))
  // @ts-expect-error a request is not answered with a verdict
  if (turn.kind === 'send') return turn.answer(true)
  // @ts-expect-error the end has no answer
  return turn.answer
}
export const told = (thrown: unknown): string =>
  thrown instanceof AuthError ? explanations[thrown.code].fix + thrown.docs : explain(thrown)
export const isOver = (error: AuthError): boolean => error.code === 'session_gone' || error.code === 'session_revoked'
// @ts-expect-error there is no such code
export const isMisspelt = (error: AuthError): boolean => error.code === 'session_over'
export const stage: ErrorCodes['state_unknown']['stage'] = 'callback'
export const words: Partial<Record<ErrorCode, string>> = { popup_blocked: 'Please allow the window.' }
export const key: string | undefined = keyOf('state=s')
export const element = AuthProvider({ auth, children: useUser()?.sub ?? useSnapshot(useAuth()).status })
export const store: Session = session(auth)
export const stale = (snapshot = useRef(auth).value): boolean => snapshot.status === 'signed-in' && snapshot.stale
export const plugin = authPlugin(auth)
export const tested = createTestServer().signedIn(createAuth)
// @ts-expect-error a provider has a session
AuthProvider({})
// @ts-expect-error there is no redirect without a redirect URI
configure({ issuer: 'https://as.example', clientId: 'app' })
`

test('a strict project compiles against the package, by either way to resolve it', () => {
  for (const resolution of ['nodenext', 'bundler']) compile({ 'app.ts': APP }, resolution)
})

test('the examples of the front page and of the page of errors compile', () => {
  const blocks = ['README.md', 'docs/errors.md'].flatMap((page) => {
    const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8')
    return [...text.matchAll(/```(?:js|ts)\n([^]*?)```/g)].map(([, block]) => block)
  })
  assert.equal(blocks.length, 2)
  compile(Object.fromEntries(blocks.map((block, at) => [`example${at}.ts`, block])), 'bundler')
})

function compile(files, resolution) {
  const folder = mkdtempSync(join(packageFolder, 'app-'))
  mkdirSync(join(folder, 'node_modules'))
  for (const [name, from] of [['grantflow', packageFolder], ...FRAMEWORKS.map((name) => [name, join(packageFolder, 'node_modules', name)])]) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
    symlinkSync(from, join(folder, 'node_modules', name))
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023,dom', '--types', '']
  const modules = ['--module', resolution === 'nodenext' ? 'nodenext' : 'esnext', '--moduleResolution', resolution]
  try {
    execFileSync(tsc, [...options, ...modules, ...Object.keys(files)], { cwd: folder, encoding: 'utf8' })
  } catch (error) {
    assert.fail(`${resolution}: ${error.stdout}`)
  }
}

test('the types have no any', () => {
  const names = readdirSync(packageFolder).filter((name) => name.endsWith('.d.ts'))
  assert.equal(names.length, 11)
  for (const name of names) assert.doesNotMatch(readFileSync(join(packageFolder, name), 'utf8'), /\bany\b/, name)
})

test('both module systems load, and nothing happens as they do', () => {
  const script = `
    for (const name of ['window', 'document', 'location', 'crypto', 'TextDecoder', 'TextEncoder', 'WebAssembly', 'fetch']) {
      Object.defineProperty(globalThis, name, { get() { throw new Error(name + ' is touched at import') } })
    }
    const { createAuth, AuthError } = LOAD('./index')
    const { configure } = LOAD('./flow')
    const { useWasm } = LOAD('./slim')
    const { keyOf } = LOAD('./js')
    const { explain } = LOAD('./explain')
    if (!explain || !createAuth || !AuthError || !configure || !useWasm || !keyOf) throw new Error('something is missing')
  `
  const run = (file, text) => {
    writeFileSync(join(packageFolder, file), text)
    execFileSync(process.execPath, [file], { cwd: packageFolder })
  }
  run('load.cjs', script.replaceAll(/LOAD\('(.*?)'\)/g, "require('$1.cjs')"))
  run('load.mjs', script.replaceAll(/LOAD\('(.*?)'\)/g, "await import('$1.js')"))
})
