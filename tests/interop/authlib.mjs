// PyPI's Authlib as a client: a process that does the app's part, while Node plays the browser.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

import { PYTHON, ROOT } from './support.mjs';

/**
 * @typedef {import('./peers.mjs').App} App
 * @typedef {import('./peers.mjs').Client} Client
 */

/** One process for any number of clients, which take turns. */
export class Authlib {
  #python;
  #lines;
  /** Whose turn it is has this network. */
  #fetch;
  #proxy = createServer((request, response) => {
    this.#forward(request, response).catch((error) => response.writeHead(502).end(error.message));
  });

  static async start() {
    const authlib = new Authlib();
    const proxy = authlib.#proxy.listen(0, '127.0.0.1').unref();
    await once(proxy, 'listening');
    // Otherwise no app could put its own network under it.
    const http_proxy = `http://127.0.0.1:${proxy.address().port}`;
    const env = { ...process.env, http_proxy, no_proxy: '', NO_PROXY: '' };
    const program = ['-W', 'ignore', join(ROOT, 'tests/interop/authlib_client.py')];
    authlib.#python = spawn(PYTHON, program, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    await once(authlib.#python, 'spawn');
    authlib.#lines = createInterface({ input: authlib.#python.stdout })[Symbol.asyncIterator]();
    return authlib;
  }

  async end() {
    this.#python.stdin.end();
    if (this.#python.exitCode === null) await once(this.#python, 'exit');
    this.#proxy.close();
  }

  async #forward(request, response) {
    const { method, url, headers } = request;
    const passed = ['accept', 'authorization', 'content-type'].filter((name) => name in headers);
    const answer = await this.#fetch(url, {
      method,
      headers: Object.fromEntries(passed.map((name) => [name, headers[name]])),
      body: method === 'POST' ? await text(request) : undefined,
      redirect: 'manual',
    });
    const type = answer.headers.get('content-type') ?? 'text/plain';
    const body = await answer.text();
    response.writeHead(answer.status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
  }

  /** Has Python call a method of a client; throws what Authlib throws. */
  async #call(fetch, ...asked) {
    this.#fetch = fetch;
    this.#python.stdin.write(`${JSON.stringify(asked)}\n`);
    const { value: line, done } = await this.#lines.next();
    if (done) throw new Error(`Authlib ended at ${asked[1]}`);
    const { answer, refused } = JSON.parse(line);
    if (refused) throw Object.assign(new Error(refused.message), { error: refused.error });
    return answer;
  }

  /** @param {App} app @returns {Promise<Client>} */
  async configure({ fetch, authorize, ...app }) {
    const number = await this.#call(fetch, 0, 'configure', app);
    const call = (command, asked = {}) => this.#call(fetch, number, command, asked);
    return {
      async login() {
        const arrived = await authorize(new URL(await call('begin')));
        const callback = arrived instanceof URL
          ? { url: arrived.href }
          : { url: arrived.url, body: await arrived.text() };
        const redeem = () => call('receive', callback);
        return { ...(await redeem()), again: redeem };
      },
      userinfo: ({ tokens }) => call('userinfo', { tokens }),
      async open(token, url) {
        const { status, text } = await call('open', { token, url });
        return new Response(text, { status });
      },
      refresh: ({ tokens }) => call('refresh', { tokens }),
      revoke: (token) => call('revoke', { token }),
      introspect: (token) => call('introspect', { token }),
      credentials: () => call('credentials'),
      read: (token) => call('read', { token }),
      async signOut({ tokens }, to) {
        const page = await authorize(new URL(await call('sign_out', { tokens, to })));
        await call('signed_out', { url: page.href });
        return page;
      },
    };
  }
}
