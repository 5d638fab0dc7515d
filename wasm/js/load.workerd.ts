/** The core for workerd, which compiles no bytes at run time: the bundler hands it a module. */
import { load } from '#glue'
import wasm from '../grantflow.wasm'

let loaded: ReturnType<typeof load> | undefined

export function core(): ReturnType<typeof load> {
  return (loaded ??= load(wasm))
}
