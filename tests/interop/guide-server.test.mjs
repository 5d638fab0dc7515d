// The shell blocks of the guide for operators, as printed, in a folder with the configuration that it shows.
//
// Changed are the port, so that it is a free one, and nothing else.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, Shell, binary, startProcess } from './support.mjs';

const ADDRESS = '127.0.0.1:8080';

const guide = await readFile(join(ROOT, 'docs/guide-server.md'), 'utf8');
const blocks = (language) => [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text);
const [SERVE, ASK, ROTATE, RETIRE, ...more] = blocks('bash');
const [CONFIGURATION] = blocks('toml');

/** Most time until a running server has noticed that its keys are others, in milliseconds. */
const PATIENCE = 20_000;

let folder;
let server;
let shell;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grantflow-guide-'));
  await writeFile(join(folder, 'grantflow.toml'), CONFIGURATION.replace(ADDRESS, '127.0.0.1:0'));
  await writeFile(join(folder, '.curlrc'), 'noproxy = "*"\nmax-time = 20\n');
  const there = `cd '${folder}' && PATH='${dirname(binary())}':$PATH`;
  server = await startProcess('bash', ['-c', `${there}\nexec ${SERVE}`], /^grantflow listens on (\S+)/);
  shell = new Shell({ CURL_HOME: folder });
  await shell.run(there);
});

after(async () => {
  await shell?.end();
  await server?.stop();
  await rm(folder, { recursive: true });
});

const published = async () => {
  const { keys } = await (await fetch(`${server.said}/oauth2/jwks`)).json();
  return keys.map(({ kid }) => kid);
};

/** The lines of `grantflow keys`: name, algorithm, what it is for. */
const listed = (text) => text.trim().split('\n').map((line) => line.split(/ {2,}/));

test('these are all the shell blocks there are, and each language has a test', () => {
  assert.deepEqual(more, []);
  const languages = [...guide.matchAll(/^```(\w*)\n.*?^```$/gms)].map(([, language]) => language);
  assert.deepEqual([...new Set(languages)].sort(), ['bash', 'toml']);
});

test('the server that the guide starts answers as it says', async () => {
  assert.ok(ASK.includes(ADDRESS));
  const said = await shell.run(ASK.replaceAll(ADDRESS, server.said.replace('http://', '')));
  const [, health, metadata] = /^(ok)\n(\{.*)$/s.exec(said);
  assert.equal(health, 'ok');
  assert.equal(JSON.parse(metadata).issuer, 'https://login.example');
  assert.equal((await stat(join(folder, 'keys.json'))).mode & 0o777, 0o600);
});

test('keys are rotated under the running server, and a leaked one is retired', async () => {
  const before = await published();
  const lines = listed(await shell.run(ROTATE));
  assert.equal(lines.length, 3 + 4 + 4, 'three keys, then four');
  assert.deepEqual(lines.slice(0, 3).map(([, alg, state]) => `${alg} ${state}`), ['RS256 signs', 'ES256 signs', 'EdDSA signs']);
  assert.match(lines[7][2], /^signs for \d+ s more$/);
  assert.deepEqual(lines[10].slice(1), ['RS256', 'signs next']);

  const [[leaked]] = lines;
  assert.ok(before.includes(leaked));
  await shell.run(`KID=${leaked}`);
  const states = new Map(listed(await shell.run(RETIRE)).map(([kid, , state]) => [kid, state]));
  assert.equal(states.get(leaked), 'ended');
  for (const start = Date.now(); (await published()).includes(leaked); ) {
    assert.ok(Date.now() - start < PATIENCE, 'the server does not notice');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
});
