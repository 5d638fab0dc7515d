// Every shell block of the guide, as printed, run by bash with the programs it names.
//
// Nothing is changed but what the guide marks as the reader's: placeholders, and the host.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Browser, ROOT, Shell, approve, register, startServer } from './support.mjs';

const HOST = 'https://taskmaster-speakeasyapi.vercel.app';
const CALLBACK = 'https://yourapp.com/auth/callback';

const guide = await readFile(join(ROOT, 'docs/guide.md'), 'utf8');
const blocks = [...guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({ language, text }));
const [AUTHORIZE, REDIRECT, TOKEN, TASKS, VERIFIER, CHALLENGE] = blocks
  .filter(({ language }) => language !== 'json')
  .map(({ text }) => text);
const [TOKENS_SHOWN, TASKS_SHOWN, ...ERRORS] = blocks
  .filter(({ language }) => language === 'json')
  .map(({ text }) => text);
const [MISSING_CLIENT_ID, INVALID_CLIENT, EXPIRED, INVALID_REDIRECT_URI, INVALID_VERIFIER] = ERRORS;

/** Puts the reader's own in the place of the guide's, and refuses to miss one. */
function filled(block, replacements) {
  let text = block;
  for (const [placeholder, value] of Object.entries(replacements)) {
    assert.ok(text.includes(placeholder), `${placeholder} is not in:\n${block}`);
    text = text.replaceAll(placeholder, () => value);
  }
  return text;
}

/** The guide's authorization request, on one line and without its remarks. */
function authorizationUrl({ server, app, challenge, state, without = [] }) {
  const text = filled(AUTHORIZE, {
    [HOST]: server.issuer,
    '<YOUR_CLIENT_ID>': app.clientId,
    '<YOUR_APP_REDIRECT_URI>': encodeURIComponent(app.callback ?? CALLBACK),
    '<OPTIONAL_RANDOM_STATE_VALUE>': state,
    '<OPTIONAL_CODE_CHALLENGE>': challenge,
  });
  const line = text.replace(/^GET /, '').replaceAll(/# Optional/g, '').replaceAll(/\s/g, '');
  const [endpoint, query] = line.split('?');
  const pairs = query.split('&').filter((pair) => !without.includes(pair.split('=')[0]));
  return `${endpoint}?${pairs.join('&')}`;
}

const tokenCommand = ({ server, app, code, verifier = '$code_verifier' }) =>
  filled(TOKEN, {
    [HOST]: server.issuer,
    'your_client_id:your_client_secret': `${app.clientId}:${app.clientSecret}`,
    '<AUTHORIZATION_CODE>': code,
    '<OPTIONAL_CODE_VERIFIER>': verifier,
  });

const tasksCommand = (server, token) => filled(TASKS, { [HOST]: server.issuer, your_access_token: token });

/** Runs a curl of the guide; its status comes by curl's own configuration, not by another command. */
async function curl(shell, command) {
  const printed = await shell.run(command);
  const [, body, status, type] = /^(.*)\n(\d{3}) (.*)$/s.exec(printed);
  return { status: Number(status), type, body };
}

/** The same members with the same values in the same order. */
function assertSame(body, shown) {
  assert.equal(JSON.stringify(JSON.parse(body)), JSON.stringify(JSON.parse(shown)));
}

let folder;
let server;
let ada;
let app;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grantflow-curl-'));
  const said = ['silent', 'show-error', 'noproxy = "*"', 'max-time = 20'];
  await writeFile(join(folder, '.curlrc'), [...said, 'write-out = "\\n%{http_code} %{content_type}"', ''].join('\n'));
  server = await startServer();
  ada = new Browser();
  app = await register(ada, server.issuer, { name: 'My Task Management App', redirectUris: [CALLBACK] });
});

after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true });
});

/** Runs `story` in a shell of its own. */
async function inShell(story) {
  const shell = new Shell({ CURL_HOME: folder });
  try {
    return await story(shell);
  } finally {
    await shell.end();
  }
}

/** The guide's two PKCE commands, as printed. */
async function makePkce(shell) {
  await shell.run(VERIFIER);
  await shell.run(CHALLENGE);
  return {
    verifier: await shell.run('printf %s "$code_verifier"'),
    challenge: await shell.run('printf %s "$code_challenge"'),
  };
}

/** The browser's part: the code that arrives at the callback. */
async function codeFor(url, state) {
  const page = await approve(ada, url);
  const shown = filled(REDIRECT, { '<AUTHORIZATION_CODE>': '', '<OPTIONAL_STATE_VALUE>': state }).replaceAll(/\s/g, '');
  const [path, names] = shown.split('?');
  assert.ok(page.left && page.url.startsWith(`${path}?`), `${page.status} ${page.url}\n${page.html}`);
  const sent = new URL(page.url).searchParams;
  const expected = [...new URLSearchParams(names).keys()];
  assert.deepEqual([...sent.keys()].filter((name) => name !== 'iss'), expected);
  assert.equal(sent.get('state'), state);
  return sent.get('code');
}

test('the guide has the blocks that these tests run, and no others', () => {
  assert.deepEqual(
    blocks.map(({ language, text }) => `${language} ${text.trim().split(/[\s=]/)[0]}`),
    [
      'bash GET',
      'bash https://yourapp.com/auth/callback?',
      'bash curl',
      'json {',
      'bash curl',
      'json [',
      'bash code_verifier',
      'base code_challenge',
      ...Array(5).fill('json {'),
    ],
  );
});

test('the whole guide runs in one shell', () =>
  inShell(async (shell) => {
    const { challenge } = await makePkce(shell);
    const code = await codeFor(authorizationUrl({ server, app, challenge, state: 'st4te' }), 'st4te');

    const tokens = await curl(shell, tokenCommand({ server, app, code }));
    assert.equal(tokens.status, 200, tokens.body);
    assert.equal(tokens.type, 'application/json');
    const shown = JSON.parse(TOKENS_SHOWN);
    const said = JSON.parse(tokens.body);
    assert.deepEqual(Object.keys(said), Object.keys(shown));
    for (const member of ['token_type', 'expires_in', 'scope']) {
      assert.equal(JSON.stringify(said[member]), JSON.stringify(shown[member]), member);
    }
    assert.match(said.id_token, /^eyJhbGciOiJSUzI1NiIs[\w-]*\.[\w-]+\.[\w-]+$/, 'begins as the guide shows');

    const tasks = await curl(shell, tasksCommand(server, said.access_token));
    assert.equal(tasks.status, 200, tasks.body);
    assert.equal(tasks.type, 'application/json');
    assert.equal(tasks.body.trimEnd(), TASKS_SHOWN.trimEnd());
  }));

test('the PKCE commands make a good pair every time, a line break in the verifier and all', () =>
  inShell(async (shell) => {
    const lengths = new Set();
    for (let round = 0; round < 30; round += 1) {
      const { verifier, challenge } = await makePkce(shell);
      assert.match(challenge, /^[\w-]{43}$/);
      assert.ok(verifier.length >= 43 && verifier.length <= 128, `${verifier.length}`);
      assert.ok(verifier.includes('\n'), 'openssl breaks the line, and the guide deletes another character');
      lengths.add(verifier.length);
      const state = `round-${round}`;
      const code = await codeFor(authorizationUrl({ server, app, challenge, state }), state);
      const tokens = await curl(shell, tokenCommand({ server, app, code }));
      assert.equal(tokens.status, 200, `${JSON.stringify(verifier)}: ${tokens.body}`);
    }
    assert.ok(lengths.size > 1, 'verifiers of several lengths were tried');
  }));

test('PKCE and state are optional, as the guide says', () =>
  inShell(async (shell) => {
    const without = ['state', 'code_challenge', 'code_challenge_method'];
    const page = await approve(ada, authorizationUrl({ server, app, challenge: '', state: '', without }));
    const sent = new URL(page.url).searchParams;
    assert.equal(sent.has('state'), false);
    const command = tokenCommand({ server, app, code: sent.get('code') });
    const tokens = await curl(shell, filled(command, { ' \\\n  -d "code_verifier=$code_verifier"': '' }));
    assert.equal(tokens.status, 200, tokens.body);
  }));

test('fewer scopes may be granted than requested, and the id_token comes only with openid', () =>
  inShell(async (shell) => {
    const { challenge } = await makePkce(shell);
    const asked = authorizationUrl({ server, app, challenge, state: 's' });
    const fewer = await approve(ada, asked, { unticked: ['email'] });
    const code = new URL(fewer.url).searchParams.get('code');
    const tokens = JSON.parse((await curl(shell, tokenCommand({ server, app, code }))).body);
    assert.equal(tokens.scope, 'openid profile');

    const spaced = asked.replace('scope=openid+profile+email', 'scope=profile%20email');
    const again = await curl(shell, tokenCommand({ server, app, code: await codeFor(spaced, 's') }));
    const plain = JSON.parse(again.body);
    assert.equal(plain.scope, 'profile email');
    assert.equal('id_token' in plain, false);
  }));

test('a request without client_id is refused as shown', () =>
  inShell(async (shell) => {
    const url = authorizationUrl({ server, app, challenge: 'x', state: 's', without: ['client_id'] });
    const answer = await curl(shell, `curl -X GET '${url}'`);
    assert.equal(answer.status, 400);
    assert.equal(answer.type, 'application/json');
    assertSame(answer.body, MISSING_CLIENT_ID);
  }));

test('wrong client credentials are refused as shown', () =>
  inShell(async (shell) => {
    for (const wrong of [{ clientSecret: 'wrong' }, { clientId: 'nobody' }]) {
      const command = tokenCommand({ server, app: { ...app, ...wrong }, code: 'any', verifier: 'any' });
      const answer = await curl(shell, command);
      assert.equal(answer.status, 401);
      assertSame(answer.body, INVALID_CLIENT);
    }
  }));

test('a code that is too old is refused as shown', async () => {
  const short = await startServer({
    clients: [{ client_id: 'app', client_secret: 'a-secret-that-nobody-guesses-today', redirect_uris: [CALLBACK] }],
    policy: { code_lifetime: 1 },
    devLogin: 'ada',
  });
  try {
    await inShell(async (shell) => {
      const declared = { clientId: 'app', clientSecret: 'a-secret-that-nobody-guesses-today' };
      const { challenge } = await makePkce(shell);
      const url = authorizationUrl({ server: short, app: declared, challenge, state: 's' });
      const code = await codeFor(url, 's');
      await new Promise((resolve) => setTimeout(resolve, 1_050));
      const answer = await curl(shell, tokenCommand({ server: short, app: declared, code }));
      assert.equal(answer.status, 400);
      assertSame(answer.body, EXPIRED);
    });
  } finally {
    await short.stop();
  }
});

test('a redirect URI that is not registered is refused as shown', () =>
  inShell(async (shell) => {
    for (const callback of [`${CALLBACK}/`, 'https://yourapp.com.evil.example/auth/callback', `${CALLBACK}?a=b`]) {
      const url = authorizationUrl({ server, app: { ...app, callback }, challenge: 'x', state: 's' });
      const answer = await curl(shell, `curl -X GET '${url}'`);
      assert.equal(answer.status, 400);
      assertSame(answer.body, INVALID_REDIRECT_URI);
    }
  }));

test('a wrong verifier is refused as shown', () =>
  inShell(async (shell) => {
    const { challenge } = await makePkce(shell);
    const code = await codeFor(authorizationUrl({ server, app, challenge, state: 's' }), 's');
    await shell.run(VERIFIER);
    const answer = await curl(shell, tokenCommand({ server, app, code }));
    assert.equal(answer.status, 400);
    assertSame(answer.body, INVALID_VERIFIER);
  }));
