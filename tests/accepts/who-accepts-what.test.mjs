// Who lets a user in on what a provider says falsely: ours nowhere, and of the others it is written down.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { after, before, test } from 'node:test';

import { REFUSED } from '../interop/flaws.mjs';
import { ALGORITHMS } from '../interop/keys.mjs';
import { start } from './run.mjs';
import { COLUMNS, PAGE, WRITE, page } from './table.mjs';

/** The same once more in another spelling; our own tests have them all. What TLS would bar is not for a loopback address. */
const AGAIN = /http:\/\/as\.test|alg N|alg n[^o]|RSA key as (PEM (without|of)|DER|JWK|the modulus)|key as (jku|x5u|x5c)\b/;

const USERINFO = [
  {
    name: 'userinfo of somebody else',
    flaw: { '/userinfo': (said) => ({ ...said, body: JSON.stringify({ ...JSON.parse(said.body), sub: 'eve' }) }) },
    // The package takes what it says of the user from the ID token alone.
    code: undefined,
  },
];

const LEGS = Object.entries({ ...REFUSED, userinfo: USERINFO }).map(([leg, trials]) => [leg, trials.filter(({ name }) => !AGAIN.test(name))]);

let clients;
const seen = Object.fromEntries(LEGS.map(([leg]) => [leg, []]));
/** Who takes an algorithm when all is honest. */
const takes = Object.fromEntries(ALGORITHMS.map((alg) => [alg, []]));

before(async () => {
  clients = await start(COLUMNS.map(({ peer }) => peer));
});
after(() => clients?.stop());

const attempt = (trial) => Promise.all(COLUMNS.map(({ peer }) => clients.attempt(peer, trial)));

for (const alg of ALGORITHMS) {
  test(`ours signs in with ${alg}, as do others that know it`, async () => {
    const ends = await attempt({ alg });
    takes[alg] = ends.map(({ user }) => user === 'ada');
    assert.ok(takes[alg][0], ends[0].message);
    if (alg === 'RS256') assert.ok(takes[alg].every(Boolean), JSON.stringify(ends));
  });
}

/** Whether an error was believed that came with another state or from another issuer. */
const believes = ({ name }, { error }) => name.startsWith('an error ') && error === 'access_denied';

const judge = (trial, end, at) => {
  if (end.unsaid || !takes[trial.alg ?? 'RS256'][at]) return { verdict: 'unasked' };
  if (end.user || end.ran || believes(trial, end)) return { verdict: 'accepts' };
  return { verdict: 'refuses', code: at === 0 ? end.code : undefined };
};

for (const [leg, trials] of LEGS) {
  for (const trial of trials) {
    test(`ours ${trial.code ? 'refuses' : 'never asks for'} ${trial.name}`, async () => {
      const ends = await attempt(trial);
      seen[leg].push({ name: trial.name, ends: ends.map((end, at) => judge(trial, end, at)) });
      if (trial.code) assert.deepEqual([ends[0].user, ends[0].code], [undefined, trial.code], ends[0].message);
      else assert.ok(ends[0].unsaid);
    });
  }
}

test('the page says what was seen', async () => {
  const now = await page(seen);
  if (argv.includes('--write')) await writeFile(PAGE, now);
  const said = await readFile(PAGE, 'utf8').catch(() => '');
  assert.equal(said, now, `docs/who-accepts-what.md is not what was seen: ${WRITE}`);
});
