// Writes a module as text that compresses better than the module does; unpack.wat reads it.
//
// Brotli finds what is alike where it stands side by side. So all opcodes come first; then all locals, all
// constants and so on, each sorted by the opcodes around, which the reader knows by then; then what is rare,
// function by function. Sizes of functions are left out. A digit is one of the 92 letters that no string
// has to escape.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { COLUMN, columnsOf, keyOf, parse } from './module.mjs'
import { shorten } from './runs.mjs'

const path = (file) => fileURLToPath(new URL(file, import.meta.url))

/** What reads the text, as hexadecimal digits. */
export const reader = assembled(path('unpack.wat')).toString('hex')
// The one that ships.
const shipped = buildSync({ entryPoints: [path('../js/unpack.ts')], bundle: true, format: 'esm', write: false })
export const { unpack } = await import(`data:text/javascript,${encodeURIComponent(shipped.outputFiles[0].text)}`)

const LETTERS = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).filter((letter) => !'"\\`'.includes(letter))
/** So many digits end a number; the others come before them. */
const ENDS = 64
/** Of the letters from this on, each with a digit after it stands for a byte. */
const ESCAPE = 123

/** The text for a module; an error if that would not give the very bytes back. */
export function pack(module) {
  const { ops, bodies, before, after } = parse(module)
  const [numbers, words] = [[], []]
  const number = (value) => {
    let digits = LETTERS[value % ENDS]
    const base = LETTERS.length - ENDS
    // These digits count from 1, so that each number has one way to be written.
    for (let high = Math.floor(value / ENDS); high > 0; high = Math.floor((high - 1) / base)) {
      digits = LETTERS[ENDS + ((high - 1) % base)] + digits
    }
    numbers.push(digits)
  }
  const list = (items, write = number) => {
    number(items.length)
    items.forEach(write)
  }
  // A list as the differences.
  const sums = (items) => list(items, (item, at) => number((item - (items[at - 1] ?? 0)) >>> 0))
  // Bytes of which most are words.
  const plain = (bytes) => {
    number(bytes.length)
    for (const byte of bytes) {
      const letter = String.fromCharCode(byte)
      const isOwn = byte < ESCAPE && LETTERS.includes(letter)
      words.push(isOwn ? letter : String.fromCharCode(ESCAPE + Math.floor(byte / LETTERS.length)) + LETTERS[byte % LETTERS.length])
    }
  }

  number(module.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 0) >>> 0)
  const opcodes = inOrder([...new Set(ops.map(({ opcode }) => opcode))])
  sums(opcodes)
  list(opcodes, (opcode) => number(columnsOf(opcode).reduceRight((all, column) => all * 16 + column, 0)))
  const kindOf = new Map(opcodes.map((opcode, kind) => [opcode, kind]))
  const kinds = ops.map(({ opcode }) => kindOf.get(opcode))
  const { runs, text } = shorten(kinds, opcodes.length, LETTERS.slice(0, ENDS))
  // Where each starts, and where the last one ends.
  sums(runs.reduce((starts, run) => [...starts, starts.at(-1) + run.length], [0]))
  list(runs.flat())
  list(text)

  const slots = ops.flatMap(({ opcode, values }, at) => {
    return columnsOf(opcode).map((column, of) => ({ column, value: values[of], key: keyOf(column, kinds, at) }))
  })
  const table = constants(slots)
  sums(table)
  const placeOf = new Map(table.map((value, place) => [value, place]))
  for (const { column, value } of slots.filter(({ column }) => column < COLUMN.long).sort((a, b) => a.key - b.key)) {
    number(column === COLUMN.constant ? placeOf.get(value) : value)
  }

  plain(before)
  bodies.forEach(({ start, locals }, at) => {
    list(locals, ([count, type]) => {
      number(count)
      number(0x7f - type)
    })
    for (const { opcode, values } of ops.slice(start, bodies[at + 1]?.start)) {
      if (columnsOf(opcode).some((column) => column >= COLUMN.long)) values.forEach(number)
    }
  })
  plain(after)

  const count = numbers.length
  number(count)
  const packed = [numbers.pop(), ...numbers, ...words].join('')
  if (Buffer.compare(unpack(reader, packed), module) !== 0) throw new Error('the text of a module gives other bytes')
  return packed
}

/** Each constant once, those that one digit is enough for first. */
function constants(slots) {
  const count = new Map()
  for (const { column, value } of slots) {
    if (column === COLUMN.constant) count.set(value, (count.get(value) ?? 0) + 1)
  }
  const frequent = [...count.keys()].sort((a, b) => count.get(b) - count.get(a) || a - b)
  return [...inOrder(frequent.slice(0, ENDS)), ...inOrder(frequent.slice(ENDS))]
}

function inOrder(numbers) {
  return numbers.sort((a, b) => a - b)
}

/** Made again only when it would be another. */
function assembled(source) {
  // Inlined as much as is fast before an engine has optimized anything.
  const inlined = ['-O3', '--always-inline-max-function-size', '12', '--flexible-inline-max-function-size', '20']
  const flags = ['--enable-bulk-memory', '--enable-mutable-globals', ...inlined]
  const hash = createHash('sha256').update(`${readFileSync(source)}${flags}`).digest('hex').slice(0, 16)
  const made = path(`../../target/unpack/${hash}.wasm`)
  if (!existsSync(made)) {
    mkdirSync(path('../../target/unpack'), { recursive: true })
    const fresh = `${made}.${process.pid}`
    const program = path('../../node_modules/binaryen/bin/wasm-opt')
    execFileSync(process.execPath, [program, source, '-o', fresh, ...flags])
    renameSync(fresh, made)
  }
  return readFileSync(made)
}
