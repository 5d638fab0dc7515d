// The functions of a module, opcode by opcode: https://webassembly.github.io/spec/core/binary/
//
// An opcode that is not here is an error of the build.

/** What an opcode takes, by number in the text. Each has a part of its own there; the last three go with the functions. */
export const COLUMN = { local: 1, constant: 2, index: 3, callee: 4, offset: 5, long: 6, labels: 7, double: 8 }

const SECTION = 10
/** Before a second byte that says which. */
const PREFIX = 0xfc

/** By opcode; those after the prefix count from 256 on. */
const COLUMNS = [
  [[0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b], []],
  [range(0x45, 0xc4), []],
  [range(0x100, 0x107), []],
  // Blocks have a type, branches a label.
  [[0x02, 0x03, 0x04, 0x0c, 0x0d], ['index']],
  [[0x0e], ['labels']],
  [[0x10], ['callee']],
  // A type and a table.
  [[0x11], ['index', 'index']],
  [range(0x20, 0x22), ['local']],
  [range(0x23, 0x26), ['index']],
  // An alignment and an offset.
  [range(0x28, 0x3e), ['index', 'offset']],
  [[0x3f, 0x40], ['index']],
  [[0x41], ['constant']],
  [[0x42], ['long']],
  [[0x44], ['double']],
  [[0xd0, 0xd2], ['index']],
  [[0xd1], []],
  // Memory and tables: copied, initialized, filled and grown.
  [[0x108, 0x10a, 0x10c, 0x10e], ['index', 'index']],
  [[0x109, 0x10b, 0x10d, 0x10f, 0x110, 0x111], ['index']],
]
const known = new Map(COLUMNS.flatMap(([opcodes, columns]) => opcodes.map((opcode) => [opcode, columns.map((name) => COLUMN[name])])))

export function columnsOf(opcode) {
  const columns = known.get(opcode)
  if (!columns) throw new Error(`opcode 0x${opcode.toString(16)} is new to wasm/pack/module.mjs`)
  return columns
}

/** By what the values of a column are sorted: its own opcode, and for two of them the next opcodes too. */
export function keyOf(column, kinds, at) {
  let key = column << 24
  if (column <= COLUMN.index) key |= kinds[at] << 16
  if (column <= COLUMN.constant) key |= ((kinds[at + 1] ?? 0) << 8) | (kinds[at + 2] ?? 0)
  return key
}

/** All opcodes with what they take, where each function starts, and the bytes around the functions. */
export function parse(module) {
  let at = 8
  const byte = () => module[at++]
  const unsigned = () => {
    let [value, unit, last] = [0, 1, 0]
    do {
      last = byte()
      value += (last & 127) * unit
      unit *= 128
    } while (last > 127)
    return value
  }
  const signed = () => {
    const start = at
    const value = unsigned()
    return module[at - 1] & 64 ? value - 128 ** (at - start) : value
  }
  const times = (count, read) => Array.from({ length: count }, read)
  const takes = (column) => {
    if (column === COLUMN.constant) return [signed()]
    if (column === COLUMN.labels) {
      const count = unsigned()
      return [count, ...times(count + 1, unsigned)]
    }
    if (column < COLUMN.long) return [unsigned()]
    // As their bytes: they may be more than a number holds.
    const start = at
    if (column === COLUMN.double) at += 8
    else while (byte() > 127);
    return [...module.subarray(start, at)]
  }

  while (byte() !== SECTION) {
    const size = unsigned()
    at += size
  }
  const end = unsigned() + at
  const ops = []
  const count = unsigned()
  const before = module.subarray(0, at)
  const bodies = times(count, () => {
    const size = unsigned()
    const bodyEnd = at + size
    const locals = times(unsigned(), () => [unsigned(), byte()])
    const start = ops.length
    while (at < bodyEnd) {
      const first = byte()
      const opcode = first === PREFIX ? 256 + unsigned() : first
      ops.push({ opcode, values: columnsOf(opcode).flatMap(takes) })
    }
    return { start, locals }
  })
  return { ops, bodies, before, after: module.subarray(end) }
}

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
