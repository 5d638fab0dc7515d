// The npm package as it ships, built for the test that asks.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { fileURLToPath, pathToFileURL } from 'node:url'

const folder = mkdtempSync(join(tmpdir(), 'grantflow-npm-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
execFileSync(process.execPath, [fileURLToPath(new URL('../../wasm/build.mjs', import.meta.url)), folder])
// The frameworks that some entries are for.
symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'))

export const packageFolder = folder
/** One entry of the package, as an ES module. */
export const entry = (name) => import(pathToFileURL(join(folder, `${name}.js`)).href)
export const flow = await entry(process.env.GRANTFLOW_ENTRY ?? 'flow')
export const grantflow = await entry('index')
export const { explain, explanations } = await entry('explain')
