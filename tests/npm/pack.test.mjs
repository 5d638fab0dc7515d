// Modules are in the bundles as text: it has to give them back, and nothing else.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pack, reader, unpack } from '../../wasm/pack/pack.mjs'

const MODULES = ['client/grantflow_client', 'flow/grantflow_client', 'session/grantflow_client', 'provider/grantflow_provider', 'world/grantflow_world']
const read = (name) => readFileSync(new URL(`../../target/wasm/${name}.wasm`, import.meta.url))
const text = pack(read('flow/grantflow_client'))

for (const name of MODULES) {
  test(`${name} comes back from its text, which needs no escapes`, () => {
    const module = read(name)
    const text = pack(module)
    assert.equal(text, pack(module))
    assert.match(text, /^[ !#-[\]-_a-~]+$/)
    assert.deepEqual(Buffer.from(unpack(reader, text)), module)
  })
}

test('text that came to harm is an error', () => {
  const harmed = [text.slice(0, -1), text.slice(1), text.slice(0, text.length / 2), '', text.replaceAll('A', 'B')]
  for (let at = 0; at < text.length; at += 499) {
    harmed.push(`${text.slice(0, at)}${text[at] === '*' ? '~' : '*'}${text.slice(at + 1)}`)
  }
  for (const text of harmed) assert.throws(() => unpack(reader, text), WebAssembly.RuntimeError)
})

test('text that goes on after the module changes nothing', () => {
  assert.deepEqual(unpack(reader, `${text} `), unpack(reader, text))
})

test('an opcode that the text cannot say is an error of the build', () => {
  // One function of no type, with a vector in it.
  const module = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 10, 7, 1, 5, 0, 0xfd, 12, 26, 11]
  assert.throws(() => pack(Uint8Array.from(module)), /opcode 0xfd is new/)
})
