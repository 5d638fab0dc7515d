/** The core from a file of its own, which the app gives before the first call. */
import { load } from '#glue'
import { blocked } from './blocked.js'
import { own } from './error.js'
import type { WasmFile, WasmModule } from './public/slim.js'

let loaded: ReturnType<typeof load> | undefined

export function core(): ReturnType<typeof load> {
  if (loaded) return loaded
  throw own('config_invalid', 'useWasm')
}

export async function useWasm(source: WasmFile | WasmModule | Promise<WasmFile | WasmModule>): Promise<void> {
  const given = await source
  const module = isFile(given) ? await compiled(given) : given
  loaded ??= load(module)
}

function isFile(source: WasmFile | WasmModule): source is WasmFile {
  return 'arrayBuffer' in source || 'byteLength' in source
}

async function compiled(file: WasmFile): Promise<WebAssembly.Module> {
  const bytes = 'arrayBuffer' in file ? await file.arrayBuffer() : file
  const [first] = ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset) : new Uint8Array(bytes)
  // A page that says "not found", for one.
  if (first !== 0) throw own('config_invalid', 'useWasm')
  try {
    // Not `compileStreaming`, which refuses a server that does not know the type of the file.
    return await WebAssembly.compile(bytes)
  } catch (cause) {
    throw blocked(cause)
  }
}
