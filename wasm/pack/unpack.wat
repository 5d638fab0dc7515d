;; Reads the text that pack.mjs made of a module, and writes the module. It runs once: JavaScript would be
;; interpreted, and take five times as long.
;;
;; Text that came to harm traps: it leads out of memory, or the sum of the module is another.
(module
  ;; Where things are, after the text. If a module needs more room, it does not come back, and pack.mjs says so.
  ;; By kind of opcode: the opcode, and what it takes, a column in each four bits.
  (global $OPCODES i32 (i32.const 0x100000))
  (global $COLUMNS i32 (i32.const 0x108000))
  ;; By symbol: where its run of kinds starts among the runs; the next one's start is its end.
  (global $STARTS i32 (i32.const 0x110000))
  (global $RUNS i32 (i32.const 0x120000))
  (global $CONSTANTS i32 (i32.const 0x140000))
  (global $COUNTS i32 (i32.const 0x1f0000))
  ;; The kinds of all opcodes.
  (global $OPS i32 (i32.const 0x200000))
  ;; What is sorted: a key, and where its value goes.
  (global $SLOTS i32 (i32.const 0x300000))
  (global $SORTED i32 (i32.const 0x500000))
  (global $VALUES i32 (i32.const 0x700000))
  (global $MODULE i32 (i32.const 0x800000))
  (global $NUMBERS i32 (i32.const 0x900000))
  (memory (export "memory") 192)

  ;; Where it reads numbers, where letters, and where it writes.
  (global $number (mut i32) (i32.const 0x900000))
  (global $letter (mut i32) (i32.const 0))
  (global $to (mut i32) (i32.const 0x800000))

  ;; Letters from the space on, without the three that a string may have to escape.
  (func $digit (result i32)
    (local $letter i32)
    (local.set $letter (i32.load8_u (global.get $letter)))
    (global.set $letter (i32.add (global.get $letter) (i32.const 1)))
    (i32.sub
      (i32.sub (local.get $letter) (i32.const 32))
      (i32.add
        (i32.gt_u (local.get $letter) (i32.const 34))
        (i32.add
          (i32.gt_u (local.get $letter) (i32.const 92))
          (i32.gt_u (local.get $letter) (i32.const 96))))))

  ;; Reads all numbers; the first is how many more there are. A digit below 64 ends a number; those before are of
  ;; base 28, from 1 on.
  (func $numbers
    (local $left i32) (local $to i32) (local $high i32) (local $digit i32)
    (local.set $left (i32.const 1))
    (local.set $to (global.get $NUMBERS))
    (loop $more
      (if (i32.gt_u (local.tee $digit (call $digit)) (i32.const 63))
        (then
          (local.set $high
            (i32.add
              (i32.mul (local.get $high) (i32.const 28))
              (i32.sub (local.get $digit) (i32.const 63))))
          (br $more)))
      (i32.store
        (local.get $to)
        (local.tee $digit (i32.add (i32.shl (local.get $high) (i32.const 6)) (local.get $digit))))
      (local.set $high (i32.const 0))
      (if (i32.eq (local.get $to) (global.get $NUMBERS))
        (then (local.set $left (i32.add (local.get $digit) (i32.const 1)))))
      (local.set $to (i32.add (local.get $to) (i32.const 4)))
      (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))

  (func $next (result i32)
    (global.set $number (i32.add (global.get $number) (i32.const 4)))
    (i32.load (global.get $number)))

  ;; A byte.
  (func $write (param $byte i32)
    (i32.store8 (global.get $to) (local.get $byte))
    (global.set $to (i32.add (global.get $to) (i32.const 1))))

  ;; A number as LEB128, whose last byte has seven bits of it, or six and the sign.
  (func $leb (param $value i32) (param $bits i32)
    (loop $more
      (if (i32.ne
            (i32.shr_s (local.get $value) (local.get $bits))
            (i32.shr_s (local.get $value) (i32.const 31)))
        (then
          (call $write (i32.or (local.get $value) (i32.const 128)))
          (local.set $value (i32.shr_s (local.get $value) (i32.const 7)))
          (br $more))))
    (call $write (i32.and (local.get $value) (i32.const 127))))

  ;; The next number, as it is.
  (func $copy (result i32)
    (local $value i32)
    (call $leb (local.tee $value (call $next)) (i32.const 7))
    (local.get $value))

  ;; Bytes of which most are letters; each of the last four letters stands for a byte with the digit after it.
  (func $plain
    (local $left i32) (local $letter i32)
    (local.set $left (call $next))
    (loop $more
      (if (local.get $left)
        (then
          (local.set $letter (i32.load8_u (global.get $letter)))
          (global.set $letter (i32.add (global.get $letter) (i32.const 1)))
          (if (i32.gt_u (local.get $letter) (i32.const 122))
            (then
              (local.set $letter
                (i32.add
                  (i32.mul (i32.sub (local.get $letter) (i32.const 123)) (i32.const 92))
                  (call $digit)))))
          (call $write (local.get $letter))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $more)))))

  ;; One of the numbers in a list.
  (func $at (param $list i32) (param $place i32) (result i32)
    (i32.load (i32.add (local.get $list) (i32.shl (local.get $place) (i32.const 2)))))

  ;; Numbers, how many comes first; gives the end of the list.
  (func $list (param $to i32) (result i32)
    (local $left i32)
    (local.set $left (call $next))
    (loop $more
      (if (local.get $left)
        (then
          (i32.store (local.get $to) (call $next))
          (local.set $to (i32.add (local.get $to) (i32.const 4)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $more))))
    (local.get $to))

  ;; A list of which the text has the differences.
  (func $sums (param $to i32)
    (local $end i32) (local $sum i32)
    (local.set $end (call $list (local.get $to)))
    (loop $more
      (i32.store (local.get $to) (local.tee $sum (i32.add (local.get $sum) (i32.load (local.get $to)))))
      (br_if $more
        (i32.lt_u (local.tee $to (i32.add (local.get $to) (i32.const 4))) (local.get $end)))))

  ;; The kinds of all opcodes, from symbols; gives their end.
  (func $ops (result i32)
    (local $left i32) (local $to i32) (local $symbol i32) (local $from i32)
    (local.set $left (call $next))
    (local.set $to (global.get $OPS))
    (loop $more
      (local.set $from (call $at (global.get $STARTS) (local.tee $symbol (call $next))))
      (loop $run
        (i32.store8 (local.get $to) (call $at (global.get $RUNS) (local.get $from)))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (br_if $run
          (i32.lt_u
            (local.tee $from (i32.add (local.get $from) (i32.const 1)))
            (i32.load offset=4
              (i32.add (global.get $STARTS) (i32.shl (local.get $symbol) (i32.const 2)))))))
      (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (local.get $to))

  ;; A key for each value that stands with others; gives where the slots end.
  (func $keys (param $end i32) (result i32)
    (local $op i32) (local $kind i32) (local $columns i32) (local $column i32) (local $key i32)
    (local $to i32)
    (local.set $op (global.get $OPS))
    (local.set $to (global.get $SLOTS))
    (loop $more
      (local.set $columns
        (call $at (global.get $COLUMNS) (local.tee $kind (i32.load8_u (local.get $op)))))
      (loop $column
        (if (local.get $columns)
          (then
            (local.set $column (i32.and (local.get $columns) (i32.const 15)))
            (if (i32.lt_u (local.get $column) (i32.const 6))
              (then
                (local.set $key (i32.shl (local.get $column) (i32.const 24)))
                ;; Indexes by their own opcode,
                (if (i32.lt_u (local.get $column) (i32.const 4))
                  (then
                    (local.set $key
                      (i32.or (local.get $key) (i32.shl (local.get $kind) (i32.const 16))))))
                ;; locals and constants by the next two as well.
                (if (i32.lt_u (local.get $column) (i32.const 3))
                  (then
                    (local.set $key
                      (i32.or
                        (local.get $key)
                        (i32.or
                          (i32.shl (i32.load8_u offset=1 (local.get $op)) (i32.const 8))
                          (i32.load8_u offset=2 (local.get $op)))))))
                (i32.store (local.get $to) (local.get $key))
                (i32.store offset=4
                  (local.get $to)
                  (i32.add
                    (global.get $VALUES)
                    (i32.shr_u (i32.sub (local.get $to) (global.get $SLOTS)) (i32.const 1))))
                (local.set $to (i32.add (local.get $to) (i32.const 8)))))
            (local.set $columns (i32.shr_u (local.get $columns) (i32.const 4)))
            (br $column))))
      (br_if $more
        (i32.lt_u (local.tee $op (i32.add (local.get $op) (i32.const 1))) (local.get $end))))
    (local.get $to))

  ;; Sorts slots by eight bits of the key, and keeps the order of those that are alike.
  (func $sort (param $from i32) (param $size i32) (param $into i32) (param $shift i32)
    (local $end i32) (local $slot i32) (local $count i32) (local $place i32) (local $sum i32)
    (local.set $end (i32.add (local.get $from) (local.get $size)))
    (memory.fill (global.get $COUNTS) (i32.const 0) (i32.const 1024))
    (local.set $slot (local.get $from))
    (loop $more
      (local.set $count (call $count (local.get $slot) (local.get $shift)))
      (i32.store (local.get $count) (i32.add (i32.load (local.get $count)) (i32.const 8)))
      (br_if $more
        (i32.lt_u (local.tee $slot (i32.add (local.get $slot) (i32.const 8))) (local.get $end))))
    ;; From how many there are to where the first goes.
    (local.set $sum (local.get $into))
    (local.set $count (global.get $COUNTS))
    (loop $more
      (local.set $place (local.get $sum))
      (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $count))))
      (i32.store (local.get $count) (local.get $place))
      (br_if $more
        (i32.lt_u
          (local.tee $count (i32.add (local.get $count) (i32.const 4)))
          (i32.add (global.get $COUNTS) (i32.const 1024)))))
    (local.set $slot (local.get $from))
    (loop $more
      (local.set $count (call $count (local.get $slot) (local.get $shift)))
      (local.set $place (i32.load (local.get $count)))
      (i64.store (local.get $place) (i64.load (local.get $slot)))
      (i32.store (local.get $count) (i32.add (local.get $place) (i32.const 8)))
      (br_if $more
        (i32.lt_u (local.tee $slot (i32.add (local.get $slot) (i32.const 8))) (local.get $end)))))

  ;; Where it counts those with these bits.
  (func $count (param $slot i32) (param $shift i32) (result i32)
    (i32.add
      (global.get $COUNTS)
      (i32.shl
        (i32.and (i32.shr_u (i32.load (local.get $slot)) (local.get $shift)) (i32.const 255))
        (i32.const 2))))

  ;; Reads the values, to where the sorted slots say; a constant is a place among all constants.
  (func $values (param $end i32)
    (local $slot i32) (local $value i32)
    (local.set $slot (global.get $SLOTS))
    (loop $more
      (local.set $value (call $next))
      (if (i32.eq (i32.load8_u offset=3 (local.get $slot)) (i32.const 2))
        (then
          (local.set $value (call $at (global.get $CONSTANTS) (local.get $value)))))
      (i32.store (i32.load offset=4 (local.get $slot)) (local.get $value))
      (br_if $more
        (i32.lt_u (local.tee $slot (i32.add (local.get $slot) (i32.const 8))) (local.get $end)))))

  ;; Writes all functions.
  (func $functions (param $end i32)
    (local $op i32) (local $opcode i32) (local $columns i32) (local $column i32) (local $value i32)
    (local $depth i32) (local $start i32) (local $size i32) (local $until i32)
    (local.set $op (global.get $OPS))
    (local.set $value (global.get $VALUES))
    (loop $function
      (local.set $start (global.get $to))
      (call $locals)
      (local.set $depth (i32.const 1))
      (loop $more
        (local.set $opcode (call $at (global.get $OPCODES) (i32.load8_u (local.get $op))))
        (local.set $columns (call $at (global.get $COLUMNS) (i32.load8_u (local.get $op))))
        (if (i32.gt_u (local.get $opcode) (i32.const 255)) (then (call $write (i32.const 0xfc))))
        (call $write (local.get $opcode))
        (loop $column
          (if (local.tee $column (i32.and (local.get $columns) (i32.const 15)))
            (then
              (if (i32.lt_u (local.get $column) (i32.const 6))
                (then
                  (call $leb
                    (i32.load (local.get $value))
                    (i32.sub (i32.const 7) (i32.eq (local.get $column) (i32.const 2))))
                  (local.set $value (i32.add (local.get $value) (i32.const 4))))
                (else (call $rare (local.get $column))))
              (local.set $columns (i32.shr_u (local.get $columns) (i32.const 4)))
              (br $column))))
        ;; Blocks open with the opcodes from 2 to 4, and close with 11, as the function does.
        (local.set $depth
          (i32.sub
            (i32.add
              (local.get $depth)
              (i32.lt_u (i32.sub (local.get $opcode) (i32.const 2)) (i32.const 3)))
            (i32.eq (local.get $opcode) (i32.const 11))))
        (local.set $op (i32.add (local.get $op) (i32.const 1)))
        (br_if $more (local.get $depth)))
      ;; Its size goes before it; it is written behind it first, to see how long it is.
      (local.set $size (i32.sub (global.get $to) (local.get $start)))
      (call $leb (local.get $size) (i32.const 7))
      (local.set $until (global.get $to))
      (memory.copy
        (i32.sub (local.get $until) (local.get $size))
        (local.get $start)
        (local.get $size))
      (global.set $to (local.get $start))
      (call $leb (local.get $size) (i32.const 7))
      (global.set $to (local.get $until))
      (br_if $function (i32.lt_u (local.get $op) (local.get $end)))))

  ;; Writes how many locals there are of which type.
  (func $locals
    (local $left i32)
    (local.set $left (call $copy))
    (loop $more
      (if (local.get $left)
        (then
          (drop (call $copy))
          (call $write (i32.sub (i32.const 127) (call $next)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $more)))))

  ;; Writes what an opcode takes that is read with its function.
  (func $rare (param $column i32)
    (local $left i32) (local $byte i32)
    (if (i32.eq (local.get $column) (i32.const 7))
      (then
        ;; Labels, and one for all else.
        (local.set $left (i32.add (call $copy) (i32.const 1)))
        (loop $more
          (drop (call $copy))
          (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (return)))
    ;; A float has eight bytes, and the last of an integer is below 128.
    (local.set $left (i32.and (local.get $column) (i32.const 8)))
    (loop $more
      (call $write (local.tee $byte (call $next)))
      (br_if $more
        (select
          (local.tee $left (i32.sub (local.get $left) (i32.const 1)))
          (i32.gt_u (local.get $byte) (i32.const 127))
          (i32.and (local.get $column) (i32.const 8))))))

  ;; Writes the module, and gives its end.
  (func (export "unpack") (result i32)
    (local $sum i32) (local $ops i32) (local $slots i32) (local $byte i32) (local $found i32)
    (call $numbers)
    (local.set $sum (call $next))
    (call $sums (global.get $OPCODES))
    (drop (call $list (global.get $COLUMNS)))
    (call $sums (global.get $STARTS))
    (drop (call $list (global.get $RUNS)))
    (local.set $ops (call $ops))
    (call $sums (global.get $CONSTANTS))
    (local.set $slots (i32.sub (call $keys (local.get $ops)) (global.get $SLOTS)))
    (call $sort (global.get $SLOTS) (local.get $slots) (global.get $SORTED) (i32.const 0))
    (call $sort (global.get $SORTED) (local.get $slots) (global.get $SLOTS) (i32.const 8))
    (call $sort (global.get $SLOTS) (local.get $slots) (global.get $SORTED) (i32.const 16))
    (call $sort (global.get $SORTED) (local.get $slots) (global.get $SLOTS) (i32.const 24))
    (call $values (i32.add (global.get $SLOTS) (local.get $slots)))
    (call $plain)
    (call $functions (local.get $ops))
    (call $plain)
    (local.set $byte (global.get $MODULE))
    (loop $more
      (local.set $found
        (i32.add (i32.mul (local.get $found) (i32.const 31)) (i32.load8_u (local.get $byte))))
      (br_if $more
        (i32.lt_u (local.tee $byte (i32.add (local.get $byte) (i32.const 1))) (global.get $to))))
    (if (i32.ne (local.get $found) (local.get $sum)) (then unreachable))
    (global.get $to)))
