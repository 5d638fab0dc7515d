// World as WebAssembly: the same runs as in Rust, to the byte, and what a page may load.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)
const glue = new URL('target/wasm/world/grantflow_world.js', root)
const { attack, attacks, initSync, World } = await import(glue.href)
initSync({ module: readFileSync(new URL('target/wasm/world/grantflow_world.wasm', root)) })

// The second are what the attacker model found.
const folders = ['tests/traces/', 'web-demo/world/traces/'].map((folder) => new URL(folder, root))
const traces = folders.flatMap((folder) => readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]))
const list = JSON.parse(attacks())
const fault = (run) => {
  try {
    run()
  } catch (thrown) {
    return JSON.parse(thrown).code
  }
  assert.fail('nothing was thrown')
}

test('every committed trace has the digest that it has in Rust', () => {
  assert.ok(traces.length >= 20)
  for (const [name, text] of traces) {
    const trace = JSON.parse(text)
    assert.match(trace.expect.digest, /^[0-9a-f]{64}$/, name)
    const world = World.replay(text)
    assert.equal(JSON.parse(world.view()).digest, trace.expect.digest, name)
    assert.equal(JSON.parse(world.trace(false)).expect.digest, trace.expect.digest, name)
    world.free()
  }
})

test('a trace whose digest is another is said to have drifted', () => {
  const [, text] = traces.find(([name]) => name === 'sign-in.json')
  const drifted = text.replace(/"digest": "[0-9a-f]/, (start) => `${start.slice(0, -1)}${start.endsWith('0') ? '1' : '0'}`)
  assert.equal(fault(() => World.replay(drifted)), 'drift')
  assert.equal(fault(() => World.replay('{"v":2}')), 'unknown_version')
  assert.equal(fault(() => World.replay('no')), 'malformed')
})

test('inputs come in, messages come out, and a step back is a step back', () => {
  const world = new World(JSON.stringify({ seed: 'page', app: 'public' }))
  const apply = (input) => JSON.parse(world.apply(JSON.stringify(input)))
  const opened = apply({ do: 'open', who: 'alice', url: 'https://app.example/' })
  assert.deepEqual(opened.messages.map(({ id, stage, page }) => [id, stage, page]), [[1, 'done', 'app']])
  const before = JSON.parse(world.view())
  const pressed = apply({ do: 'press', who: 'alice', button: 'sign_in' })
  assert.deepEqual(pressed.messages.map(({ page }) => page), [undefined, 'login'])
  assert.equal(apply({ do: 'deny', who: 'alice' }).fault.code, 'no_such_page')
  assert.equal(apply({ do: 'fly' }).fault.code, 'malformed')
  const back = world.rewound(1)
  assert.deepEqual(JSON.parse(back.view()), before)
  assert.equal(JSON.parse(world.messages()).length, 3)
  assert.equal(fault(() => new World('{"seed":"x","app":"desktop"}')), 'malformed')
})

for (const { id, host, defences, falls_without: falls, stopped_by: lines } of list) {
  if (host === 'live') continue
  test(`attack ${id}: stopped with all in place, and done without each set that it falls without`, () => {
    const { verdict, trace } = JSON.parse(attack(id, '[]'))
    assert.equal(verdict.is, 'stopped')
    assert.ok(lines.some(({ code }) => code === verdict.code), verdict.code)
    World.replay(JSON.stringify(trace)).free()
    for (const without of falls) {
      const report = JSON.parse(attack(id, JSON.stringify(without)))
      assert.equal(report.verdict.is, 'succeeded', without.join())
      World.replay(JSON.stringify(report.trace)).free()
    }
    assert.equal(fault(() => attack(id, '["gravity"]')), 'malformed')
    assert.ok(defences.every(({ name, how }) => name && how))
  })
}

test('the list of attacks is the table', () => {
  assert.deepEqual([...new Set(list.map(({ number }) => number))], Array.from({ length: 13 }, (_, at) => at + 1))
  for (const { id, stopped_by: lines, sections } of list) {
    for (const { file, marker } of lines) {
      const text = readFileSync(fileURLToPath(new URL(file, root)), 'utf8')
      assert.equal(text.split(marker).length, 2, `${id}: ${marker}`)
    }
    for (const { url } of sections) assert.match(url, /^https:\/\//, id)
  }
})
