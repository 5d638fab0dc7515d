import { createAuth } from 'grantflow'
import { start } from './page.js'

await start(createAuth)
