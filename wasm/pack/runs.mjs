// Opcodes that often follow each other, as one symbol, and a letter for each symbol.

/** With more of them the text compresses no better. */
const PAIRS = 32

/**
 * Letters of one kind, to Brotli: what a letter is likely to be, it judges by the kind of the letter before
 * (https://www.rfc-editor.org/rfc/rfc7932#section-7.1, UTF8).
 */
const KINDS = [/ /, /[!#$&*+\-/?@^_|~]/, /'/, /%/, /[([{<]/, /[)\]}>]/, /[,:;]/, /\./, /=/, /\d/, /[AEIOU]/, /[A-Z]/, /[aeiou]/, /[a-z]/]

/** Symbols below `count`, with runs of them as one: each symbol's run, and the text in their places in that. */
export function shorten(symbols, count, letters) {
  let text = Uint16Array.from(symbols)
  const runs = Array.from({ length: count }, (_, symbol) => [symbol])
  const limit = count + PAIRS
  while (runs.length < limit) {
    const [first, second] = mostFrequentPair(text, limit)
    let to = 0
    for (let at = 0; at < text.length; at++) {
      const isPair = text[at] === first && text[at + 1] === second
      text[to++] = isPair ? runs.length : text[at]
      if (isPair) at++
    }
    text = text.subarray(0, to)
    runs.push([...runs[first], ...runs[second]])
  }
  const uses = new Array(limit).fill(0)
  for (const symbol of text) uses[symbol]++
  const frequent = [...uses.keys()].filter((symbol) => uses[symbol] > 0).sort((a, b) => uses[b] - uses[a] || a - b)
  const order = arrange(text, limit, frequent, letters)
  const placeOf = new Map(order.map((symbol, place) => [symbol, place]))
  return { runs: order.map((symbol) => runs[symbol]), text: Array.from(text, (symbol) => placeOf.get(symbol)) }
}

function mostFrequentPair(text, limit) {
  const counts = new Uint32Array(limit * limit)
  for (let at = 1; at < text.length; at++) counts[text[at - 1] * limit + text[at]]++
  let best = 0
  for (let pair = 1; pair < counts.length; pair++) if (counts[pair] > counts[best]) best = pair
  return [Math.floor(best / limit), best % limit]
}

/** The frequent symbols in the order of their letters: letters of one kind for those that are followed alike. */
function arrange(text, limit, frequent, letters) {
  const kinds = letters.map((letter) => KINDS.findIndex((kind) => kind.test(letter)))
  const order = frequent.slice(0, letters.length)
  const follows = new Float64Array(limit * limit)
  for (let at = 1; at < text.length; at++) follows[text[at - 1] * limit + text[at]]++
  const after = KINDS.map(() => new Float64Array(limit))
  const move = (symbol, kind, sign) => {
    for (let next = 0; next < limit; next++) after[kind][next] += sign * follows[symbol * limit + next]
  }
  order.forEach((symbol, place) => move(symbol, kinds[place], 1))
  const swap = (one, other) => {
    for (const [place, from, to] of [[one, kinds[one], kinds[other]], [other, kinds[other], kinds[one]]]) {
      move(order[place], from, -1)
      move(order[place], to, 1)
    }
    ;[order[one], order[other]] = [order[other], order[one]]
  }
  for (let isBetter = true; isBetter; ) {
    isBetter = false
    for (let one = 1; one < order.length; one++) {
      for (let other = 0; other < one; other++) {
        if (kinds[one] === kinds[other]) continue
        const bits = () => entropy(after[kinds[one]]) + entropy(after[kinds[other]])
        const asIs = bits()
        swap(one, other)
        // Less by so little is no end of it.
        if (bits() < asIs - 1e-3) isBetter = true
        else swap(one, other)
      }
    }
  }
  return [...order, ...frequent.slice(letters.length)]
}

/** How many bits the symbols take that are counted here. */
function entropy(counts) {
  let [total, bits] = [0, 0]
  for (const count of counts) {
    if (count === 0) continue
    total += count
    bits -= count * Math.log2(count)
  }
  return total === 0 ? 0 : bits + total * Math.log2(total)
}
