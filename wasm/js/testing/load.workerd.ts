/** The server for workerd, which compiles no bytes at run time: the bundler hands it a module. */
import { load } from '#provider'
import wasm from '../testing.wasm'

let loaded: ReturnType<typeof load> | undefined

export function server(): ReturnType<typeof load> {
  return (loaded ??= load(wasm))
}
