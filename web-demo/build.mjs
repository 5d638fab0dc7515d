/**
 * Builds the demo as static files: `node web-demo/build.mjs OUTDIR`.
 *
 * The wasm files are taken from `target/wasm` and the npm package from `target/npm`, or from where GRANTFLOW_WASM
 * and GRANTFLOW_NPM say.
 */

import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { env, exit, argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { build } from 'esbuild';

import { diagrams } from './diagrams.mjs';
import { groups } from './errors.mjs';
import { looked } from './model.mjs';
import { snippets } from './readme.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [out] = argv.slice(2);
if (out === undefined) {
  console.error('usage: node web-demo/build.mjs OUTDIR');
  exit(2);
}
const to = resolve(out);
const wasm = resolve(env.GRANTFLOW_WASM ?? join(here, '../target/wasm'));
const npm = resolve(env.GRANTFLOW_NPM ?? join(here, '../target/npm'));
const provider = join(wasm, 'provider/grantflow_provider');
const world = join(wasm, 'world/grantflow_world');

/** Modules that are made here, from files of the project. */
const made = {
  name: 'made',
  setup: ({ onResolve, onLoad }) => {
    const sources = { '#readme': () => snippets(join(here, '../README.md')), '#errors': () => groups(join(here, '../docs/errors.md')) };
    onResolve({ filter: /^#(readme|errors)$/ }, ({ path }) => ({ path, namespace: 'made' }));
    onLoad({ filter: /./, namespace: 'made' }, async ({ path }) => ({ contents: JSON.stringify(await sources[path]()), loader: 'json' }));
  },
};

const shared = {
  bundle: true,
  plugins: [made],
  minify: true,
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  alias: { '#provider': `${provider}.js`, '#world': `${world}.js`, grantflow: join(npm, 'index.js'), 'grantflow/flow': join(npm, 'flow.js'), 'grantflow/explain': join(npm, 'explain.js') },
  // The glue can find its wasm by itself from `import.meta.url`, which a classic script has not; we hand it over.
  logOverride: { 'empty-import-meta': 'silent' },
};

// The libraries of others that can sign in here, as they are installed.
const OTHERS = ['oauth4webapi', 'oidc-client-ts', 'openid-client'];
const { devDependencies } = JSON.parse(await readFile(join(here, '../package.json'), 'utf8'));
const installed = { VERSIONS: JSON.stringify(Object.fromEntries(OTHERS.map((name) => [name, devDependencies[name]]))) };

/** What the attacker model found, as runs of World by their names. */
const runs = join(here, 'world/traces');
const found = await Promise.all((await readdir(runs)).sort().map(async (file) => [file.replace('.json', ''), JSON.parse(await readFile(join(runs, file), 'utf8'))]));

/** The attacks, each line that stops one with its number, and the model's runs of the same: the page has not the sources. */
const attacks = async () => {
  const glue = await import(pathToFileURL(`${world}.js`).href);
  glue.initSync({ module: await readFile(`${world}.wasm`) });
  const list = JSON.parse(glue.attacks());
  for (const stop of list.flatMap(({ stopped_by: stops }) => stops)) {
    const before = (await readFile(join(here, '..', stop.file), 'utf8')).split(stop.marker)[0];
    stop.line = before.split('\n').length;
  }
  const model = await looked(join(here, '../docs/security.md'), join(here, '../tests/model/cuts.txt'));
  const sorted = (set) => set.toSorted().join();
  for (const attack of list.filter(({ property }) => property !== undefined)) {
    const cuts = attack.falls_without.map((set) => sorted([...set, ...attack.given]));
    const same = found.filter(([name, { config }]) => name.startsWith(`${attack.property.replaceAll(' ', '-')}-without-`) && cuts.includes(sorted(config.without)));
    if (model[attack.property] === undefined) throw new Error(`the model did not look for “${attack.property}”`);
    attack.looked = model[attack.property];
    attack.counterexamples = same.map(([name, { config }]) => ({ name, without: config.without }));
  }
  return JSON.stringify(list);
};

await mkdir(join(to, 'app/byo/source'), { recursive: true });
await Promise.all([
  build({ ...shared, define: installed, format: 'esm', splitting: true, chunkNames: 'tabs/[name]-[hash]', entryPoints: { shell: join(here, 'src/shell.tsx') }, outdir: to }),
  build({ ...shared, define: installed, format: 'esm', splitting: true, chunkNames: 'app/byo/[name]-[hash]', entryPoints: { byo: join(here, 'src/byo.tsx') }, outdir: to }),
  ...OTHERS.map((name) => copyFile(join(here, `src/byo/${name}.ts`), join(to, `app/byo/source/${name}.txt`))),
  build({ ...shared, format: 'esm', entryPoints: { app: join(here, 'src/app.tsx') }, outdir: to }),
  build({ bundle: true, minify: true, entryPoints: ['style', 'shell'].map((name) => join(here, `styles/${name}.css`)), outdir: to }),
  writeFile(join(to, 'states.json'), JSON.stringify(await diagrams(join(here, '../docs/states.json')))),
  // What only some tabs wear, in a layer after those of the page.
  ...['bench', 'lab'].map((name) => build({ bundle: true, minify: true, stdin: { contents: `@import "./${name}.css" layer(${name});`, loader: 'css', resolveDir: join(here, 'styles') }, outfile: join(to, `${name}.css`) })),
  // A classic script in one file, as the service worker below.
  build({ ...shared, format: 'iife', entryPoints: { world: join(here, 'src/world/worker.ts') }, outdir: to }),
  copyFile(`${provider}.wasm`, join(to, 'provider.wasm')),
  copyFile(`${world}.wasm`, join(to, 'world.wasm')),
  writeFile(join(to, 'traces.json'), JSON.stringify(Object.fromEntries(found))),
  attacks().then((list) => writeFile(join(to, 'attacks.json'), list)),
  copyFile(join(here, 'index.html'), join(to, 'index.html')),
  copyFile(join(here, 'app.html'), join(to, 'app/index.html')),
  copyFile(join(here, 'byo.html'), join(to, 'app/byo/index.html')),
  copyFile(join(here, 'icon.svg'), join(to, 'icon.svg')),
]);

const digest = (text) => createHash('sha256').update(text);

/** All that was written, with what it is, in order. */
const written = async () => {
  const entries = await readdir(to, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => join(entry.parentPath, entry.name)).sort();
  return Promise.all(files.map(async (file) => [relative(to, file).split(sep).join('/'), await readFile(file)]));
};

// The service worker knows the other files, to keep them for when there is no network. A classic script in one file:
// every browser takes that as a service worker.
const files = (await written()).filter(([path]) => path !== 'sw.js' && path !== '404.html');
const version = createHash('sha256');
for (const [, bytes] of files) version.update(digest(bytes).digest());
const define = {
  FILES: JSON.stringify(files.map(([path]) => path.replace(/(^|\/)index\.html$/, '$1'))),
  BUILD: JSON.stringify(version.digest('base64').slice(0, 12)),
};
// It draws pages as text, so JSX is text there.
const alias = { ...shared.alias, 'preact/jsx-runtime': join(here, 'src/markup.ts') };
await build({ ...shared, alias, define, format: 'iife', entryPoints: { sw: join(here, 'src/sw.ts') }, outdir: to });

// A static host shows this page, at any depth, where it has no file: so all of it is inside, and allowed by its hash.
const boot = await build({ ...shared, format: 'iife', entryPoints: [join(here, 'src/boot.ts')], write: false });
const script = boot.outputFiles[0].text.trim();
const page = await readFile(join(here, '404.html'), 'utf8');
const style = /<style>(.*)<\/style>/.exec(page)[1];
const hash = (text) => `sha256-${digest(text).digest('base64')}`;
await writeFile(join(to, '404.html'), page.replace('STYLE-HASH', hash(style)).replace('SCRIPT-HASH', hash(script)).replace('<script>SCRIPT</script>', () => `<script>${script}</script>`));
