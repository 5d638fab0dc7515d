import { createAuth } from 'grantflow/js'
import { start } from './page.js'

await start(createAuth)
