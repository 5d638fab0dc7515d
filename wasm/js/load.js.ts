/** The core as JavaScript, for pages whose policy forbids WebAssembly. */
import { load } from '#translated'

let loaded: ReturnType<typeof load> | undefined

export function core(): ReturnType<typeof load> {
  return (loaded ??= load())
}
