// The npm package as it ships, built for the test that asks.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { fileURLToPath, pathToFileURL } from 'node:url'

const folder = mkdtempSync(join(tmpdir(), 'grantflow-npm-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
execFileSync(process.execPath, [fileURLToPath(new URL('../../wasm/build.mjs', import.meta.url)), folder])

export const packageFolder = folder
export const flow = await import(pathToFileURL(join(folder, `${process.env.GRANTFLOW_ENTRY ?? 'flow'}.js`)).href)
export const grantflow = await import(pathToFileURL(join(folder, 'index.js')).href)
