import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import * as slim from 'grantflow/slim'
import { login } from './login.cjs'

let early
try {
  slim.configure({ issuer: 'https://as.test', clientId: 'page', redirectUri: 'https://app.test/cb' })
} catch (error) {
  early = `${error.code} ${error.subject}`
}
await slim.useWasm(readFile(fileURLToPath(import.meta.resolve('grantflow/grantflow.wasm'))))
console.log(JSON.stringify({ ...(await login(slim, process.env.ISSUER)), early }))
