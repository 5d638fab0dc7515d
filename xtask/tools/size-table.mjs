// The sizes that the npm page tells, from the budget that what ships is held to.

/** What the page calls the entries of sizes.json. */
const NAMES = {
  'login with session': '`grantflow`: `createAuth` and all that belongs to it',
  'grantflow/flow': '`grantflow/flow`: the steps',
  'grantflow/js': '`grantflow/js`: without WebAssembly',
  'grantflow/react': '`grantflow/react`, beside React',
  'grantflow/vue': '`grantflow/vue`, beside Vue',
  'grantflow/svelte': '`grantflow/svelte`, beside Svelte',
  'grantflow/testing': '`grantflow/testing`, for tests only',
}

const MARKS = /(?<=<!-- sizes -->\n)[^]*?(?=<!-- \/sizes -->)/

/** The page, with the table that belongs in it. */
export function withSizes(page, budget) {
  const known = Object.entries(NAMES).filter(([name]) => budget[name])
  const rows = known.map(([name, words]) => `| ${words} | ${(budget[name].brotli / 1000).toFixed(1)} kB |\n`)
  if (!MARKS.test(page)) throw new Error('the page has no place for its sizes')
  return page.replace(MARKS, `| What | Size |\n|---|---|\n${rows.join('')}`)
}
