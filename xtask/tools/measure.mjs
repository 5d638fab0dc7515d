// Measures what ships against sizes.json: node measure.mjs check|accept [WHY]
//
// A package counts as what it adds to a user's page: bundled by esbuild, minified, brotli 11.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { withSizes } from './size-table.mjs'

// Paths and hashes inside a module move a few bytes from machine to machine.
const SLACK = 1.005

const ENTRIES = ['js', 'flow', 'react', 'vue', 'svelte', 'testing']

const root = fileURLToPath(new URL('../..', import.meta.url))
const budgetFile = `${root}sizes.json`
const page = `${root}wasm/README.md`
const [mode, why] = process.argv.slice(2)

const ours = {
  'core wasm': file('wasm/session/grantflow_client.wasm'),
  'login with session': await bundle({ grantflow: ['createAuth'] }),
  'grantflow/flow': await bundle({ 'grantflow/flow': ['configure', 'keyOf', 'verify'] }),
  'grantflow/js': await bundle({ 'grantflow/js': ['createAuth'] }),
  'grantflow/react': await bundle({ 'grantflow/react': ['AuthProvider', 'useAuth', 'useSnapshot', 'useUser'] }),
  'grantflow/vue': await bundle({ 'grantflow/vue': ['authPlugin', 'useAuth', 'useSnapshot'] }),
  'grantflow/svelte': await bundle({ 'grantflow/svelte': ['session', 'setAuth', 'useAuth'] }),
  'grantflow/testing': await bundle({ 'grantflow/testing': ['createTestServer'] }),
  'provider wasm': file('wasm/provider/grantflow_provider.wasm'),
}
for (const name of ['app.js', 'sw.js', 'shell.css', 'style.css']) ours[`demo ${name}`] = file(`demo/${name}`)
// What the browser loads, script by script, for who goes to a tab first.
for (const tab of ['learn', 'flow', 'lab']) ours[`demo #${tab}`] = together(closure(['shell.js', tabFile(tab)]))
// World begins at once, and its worker with it.
ours['demo #world'] = together([...closure(['shell.js', tabFile('world')]), 'world.js'])
ours['demo world.wasm'] = file('demo/world.wasm')

// What the same login takes elsewhere, with refresh; who checks no signature gets jose for it.
const peers = {
  'oauth4webapi, no session': await bundle({
    oauth4webapi: [
      'discoveryRequest', 'processDiscoveryResponse', 'generateRandomCodeVerifier', 'calculatePKCECodeChallenge',
      'generateRandomState', 'generateRandomNonce', 'validateAuthResponse', 'None', 'authorizationCodeGrantRequest',
      'processAuthorizationCodeResponse', 'getValidatedIdTokenClaims', 'validateApplicationLevelSignature',
      'refreshTokenGrantRequest', 'processRefreshTokenResponse',
    ],
  }),
  'openid-client, no session': await bundle({
    'openid-client': [
      'discovery', 'None', 'randomPKCECodeVerifier', 'calculatePKCECodeChallenge', 'randomState', 'randomNonce',
      'buildAuthorizationUrl', 'authorizationCodeGrant', 'refreshTokenGrant', 'enableNonRepudiationChecks',
    ],
  }),
  'oidc-client-ts + jose': await bundle({
    'oidc-client-ts': ['UserManager', 'WebStorageStateStore'],
    jose: ['createRemoteJWKSet', 'jwtVerify'],
  }),
  'auth0-spa-js': await bundle({ '@auth0/auth0-spa-js': ['createAuth0Client'] }),
}

const budget = JSON.parse(readFileSync(budgetFile, 'utf8'))
const complaints = []
const accepted = {}

print('bytes', 'raw', 'gzip', 'brotli', 'budget', 'goal')
for (const [name, size] of Object.entries(ours)) {
  const { brotli: allowed, goal, why: reason } = budget[name] ?? {}
  print(name, size.raw, size.gzip, size.brotli, allowed ?? '–', goal ?? '')
  const hasGrown = allowed === undefined || size.brotli > allowed * SLACK
  if (hasGrown) complaints.push(`${name}: ${size.brotli} bytes, the budget is ${allowed ?? 'not set'}`)
  // Within the slack a budget only sinks, or it would creep up without a reason.
  const brotli = hasGrown ? size.brotli : Math.min(size.brotli, allowed)
  accepted[name] = { brotli, ...(goal && { goal }), why: hasGrown ? why : reason }
}
for (const [name, size] of Object.entries(peers)) print(name, size.raw, size.gzip, size.brotli, '', '')
for (const name of Object.keys(budget)) {
  if (!(name in ours)) complaints.push(`${name} has a budget and was not built`)
}

if (mode === 'accept' && (why || complaints.length === 0)) {
  writeFileSync(budgetFile, `${JSON.stringify(accepted, null, 2)}\n`)
  writeFileSync(page, withSizes(readFileSync(page, 'utf8'), accepted))
} else if (complaints.length > 0) {
  console.error(complaints.join('\n'))
  console.error('Make it smaller, or write the new budget with `cargo xtask sizes --accept "WHY"`.')
  process.exit(1)
}

function print(name, ...columns) {
  console.log(`${name.padEnd(28)}${columns.map((column) => String(column).padStart(9)).join('')}`)
}

function file(path) {
  return measure(readFileSync(`${root}target/${path}`))
}

/** The chunk of a tab, whose name has a hash. */
function tabFile(name) {
  const chunk = readdirSync(`${root}target/demo/tabs`).find((file) => file.startsWith(`${name}-`))
  if (chunk === undefined) throw new Error(`there is no tab ${name}`)
  return `tabs/${chunk}`
}

/** Scripts of the demo, with all that they import at once. */
function closure(files, seen = new Set()) {
  for (const name of files) {
    if (seen.has(name)) continue
    seen.add(name)
    const text = readFileSync(`${root}target/demo/${name}`, 'utf8')
    const imports = [...text.matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)]
    closure(imports.map(([, path]) => posix.join(posix.dirname(name), path)), seen)
  }
  return [...seen]
}

/** Files that travel each for itself. */
function together(files) {
  const sizes = files.map((name) => file(`demo/${name}`))
  const sum = (key) => sizes.reduce((all, size) => all + size[key], 0)
  return { raw: sum('raw'), gzip: sum('gzip'), brotli: sum('brotli') }
}

/** A page that uses these exports of these packages, and nothing else of them. */
async function bundle(imports) {
  const lines = Object.entries(imports).map(([from, names], at) => {
    const renamed = names.map((name) => `${name} as ${name}${at}`)
    return `import { ${renamed.join(', ')} } from '${from}'; console.log(${names.map((name) => name + at).join(', ')})`
  })
  const { outputFiles } = await build({
    stdin: { contents: lines.join('\n'), resolveDir: root },
    alias: {
      ...Object.fromEntries(ENTRIES.map((name) => [`grantflow/${name}`, `${root}target/npm/${name}.js`])),
      grantflow: `${root}target/npm/index.js`,
    },
    // A page that uses these has their framework already.
    external: ['react', 'vue', 'svelte', 'svelte/*'],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    write: false,
  })
  return measure(outputFiles[0].contents)
}

function measure(bytes) {
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_QUALITY]: 11 }
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params }).length,
  }
}
