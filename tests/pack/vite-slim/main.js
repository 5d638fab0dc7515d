import wasm from 'grantflow/grantflow.wasm?url'
import { createAuth, useWasm } from 'grantflow/slim'
import { start } from './page.js'

await useWasm(fetch(wasm))
await start(createAuth)
