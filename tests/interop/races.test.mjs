// Eight who hold the same code, each with a request that lacks its last byte: then all bytes go
// out at once, so that nobody is ahead by the time it takes to connect.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';

import { startServer } from './support.mjs';

const RACERS = 8;
const ROUNDS = 100;

const CALLBACK = 'https://yourapp.com/auth/callback';
const SECRET = 'a-secret-that-nobody-guesses-today';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

const CLIENTS = {
  confidential: { client_id: 'app', client_secret: SECRET, redirect_uris: [CALLBACK] },
  public: { client_id: 'page', redirect_uris: [CALLBACK] },
};

let server;
let racers;

before(async () => {
  server = await startServer({ clients: Object.values(CLIENTS), devLogin: 'ada' });
  racers = await Promise.all(Array.from({ length: RACERS }, () => Racer.connect(new URL(server.issuer))));
});

after(async () => {
  for (const racer of racers ?? []) racer.end();
  await server?.stop();
});

/** One connection, kept alive over all rounds. */
class Racer {
  #socket;
  #host;
  #received = '';
  #answered = () => {};

  static connect({ hostname, port, host }) {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      socket.once('connect', () => resolve(new Racer(socket, host)));
      socket.once('error', reject);
    });
  }

  constructor(socket, host) {
    this.#socket = socket;
    this.#host = host;
    socket.setEncoding('latin1').on('data', (chunk) => {
      this.#received += chunk;
      this.#answered();
    });
  }

  /** Sends all but the last byte. */
  prepare(form, headers) {
    const head = ['POST /oauth2/token HTTP/1.1', `host: ${this.#host}`, ...headers];
    head.push('content-type: application/x-www-form-urlencoded', `content-length: ${form.length}`);
    const text = `${head.join('\r\n')}\r\n\r\n${form}`;
    this.#received = '';
    return new Promise((resolve) => this.#socket.write(text.slice(0, -1), resolve)).then(() => () => {
      this.#socket.write(text.at(-1));
    });
  }

  /** Waits for the whole answer. */
  async answer() {
    for (;;) {
      const [head, body] = this.#received.split('\r\n\r\n');
      const length = /^content-length: (\d+)\r?$/im.exec(head)?.[1];
      if (length !== undefined && body?.length >= Number(length)) {
        return { status: Number(head.split(' ')[1]), body: JSON.parse(body) };
      }
      await new Promise((resolve) => {
        this.#answered = resolve;
      });
    }
  }

  end() {
    this.#socket.destroy();
  }
}

async function codeFor(client_id) {
  const query = new URLSearchParams({
    response_type: 'code', client_id, redirect_uri: CALLBACK, scope: 'openid profile email',
    code_challenge: CHALLENGE, code_challenge_method: 'S256',
  });
  const response = await fetch(`${server.issuer}/oauth2/authorize?${query}`, { redirect: 'manual' });
  return new URL(response.headers.get('location')).searchParams.get('code');
}

for (const [kind, { client_id, client_secret }] of Object.entries(CLIENTS)) {
  test(`eight identical redemptions of a ${kind} client, started together, buy once`, async () => {
    const basic = `authorization: Basic ${btoa(`${client_id}:${client_secret}`)}`;
    const [headers, named] = client_secret ? [[basic], {}] : [[], { client_id }];
    for (let round = 0; round < ROUNDS; round += 1) {
      const form = new URLSearchParams({
        grant_type: 'authorization_code', code: await codeFor(client_id), redirect_uri: CALLBACK,
        code_verifier: VERIFIER, ...named,
      }).toString();
      const go = await Promise.all(racers.map((racer) => racer.prepare(form, headers)));
      for (const send of go) send();
      const answers = await Promise.all(racers.map((racer) => racer.answer()));

      const bought = answers.filter(({ status }) => status === 200);
      assert.equal(bought.length, 1, `round ${round}: ${JSON.stringify(answers)}`);
      for (const { status, body } of answers.filter((answer) => answer !== bought[0])) {
        assert.equal(status, 400, `round ${round}`);
        assert.deepEqual(body, { error: 'invalid_grant', error_description: 'Invalid authorization code' });
      }
      // Whoever can prove itself and comes twice shows that the code leaked.
      const authorization = `Bearer ${bought[0].body.access_token}`;
      const tasks = await fetch(`${server.issuer}/api/tasks`, { headers: { authorization } });
      assert.equal(tasks.status, 401, `round ${round}`);
    }
  });
}
