/** An app, the native server, and between the browser and the server a gateway that sees every request and can fail. */

import { readFile } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
import { env } from 'node:process';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { startServer } from '../browser/support.mjs';
import { Provider } from '../interop/adversary.mjs';
import { ALGORITHMS } from '../interop/keys.mjs';
import { NOW } from '../npm/stub.mjs';

const PACKAGE = env.GRANTFLOW_NPM ?? fileURLToPath(new URL('../../target/npm', import.meta.url));

export const PASSWORD = 'correct horse battery staple';

/** Seconds that an access token lives; one with less than half of that left is refreshed for who asks. */
export const LIFETIME = 3;

const policy = (issuer, ...more) => [
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; report-uri /report; img-src data:",
  `connect-src 'self' ${issuer}; frame-src 'self' ${issuer}`,
  ...more,
].join('; ');

/** The policy that the guide for apps shows, and what these pages need beside it. */
const GUIDE = await readFile(new URL('../../docs/guide-spa.md', import.meta.url), 'utf8');
const [, SHOWN] = /^Content-Security-Policy: (.*)$/m.exec(GUIDE);
const shown = (issuer) => `${SHOWN.replaceAll('https://login.example', issuer)}; img-src data:; report-uri /report`;

const TRUSTED = (issuer) => policy(issuer, "script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types 'none'");

/** The pages of the app, by the first part of their path: an entry of the package, where it keeps tokens, and a policy. */
const SETTINGS = {
  plain: { store: 'memory' },
  shared: { store: 'local' },
  bound: { store: 'local', dpop: 'require' },
  old: { store: 'local', lacks: 'locks and channels' },
  // Its windows have no opener once they have been at the server.
  severed: { store: 'memory', headers: { 'cross-origin-opener-policy': 'same-origin' } },
  strict: { store: 'session', policy: shown },
  blocked: { store: 'session', policy: (issuer) => policy(issuer, "script-src 'self'") },
  translated: { store: 'session', entry: 'js.js', policy: (issuer) => policy(issuer, "script-src 'self'") },
  trusted: { store: 'session', policy: TRUSTED },
  // Servers that ask nothing, so that a frame is enough; there it is always the same second.
  ...Object.fromEntries(ALGORITHMS.map((alg) => [alg, { store: 'memory', agrees: alg, time: NOW, policy: TRUSTED }])),
  cookies: { store: 'memory', lacks: 'storage' },
  denied: { store: 'local', lacks: 'everything' },
  // An origin of its own, to which browsers give neither storage nor cookies.
  sandboxed: { store: 'local', policy: () => 'sandbox allow-scripts' },
};

const page = (issuer, { entry = 'index.js', store, dpop = 'off', lacks = '', time = '' }) => `<!doctype html>
<html lang="en" data-issuer="${issuer}" data-entry="${entry}" data-store="${store}" data-dpop="${dpop}" data-lacks="${lacks}" data-time="${time}">
<meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<button id="popup">Sign in</button><script type="module" src="/page.js"></script></html>`;

const RELAY = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Relay</title><link rel="icon" href="data:,">
<script type="module" src="/npm/relay.js"></script></html>`;

const listening = async (http) => {
  await new Promise((resolve) => { http.listen(0, '127.0.0.1', resolve); });
  return `http://127.0.0.1:${http.address().port}`;
};

const gone = (http) => {
  http.close();
  http.closeAllConnections();
};

/** Hands out the app; what its pages report, or browsers of their policies, is in `reports`. */
const startApp = async (asking, agreeing) => {
  const reports = [];
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, 'http://app');
    const give = (type, body, more) =>
      response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*', ...more }).end(body);
    if (pathname === '/report') {
      reports.push(JSON.parse(await buffer(request)));
      return give('text/plain', '');
    }
    if (pathname.startsWith('/npm/')) return give('text/javascript', await readFile(`${PACKAGE}/${pathname.slice(5)}`));
    if (pathname === '/page.js') return give('text/javascript', await readFile(new URL('page.js', import.meta.url)));
    const [, name, rest] = pathname.split('/');
    const setting = SETTINGS[name];
    if (!setting) return response.writeHead(404).end();
    const issuer = agreeing[setting.agrees] ?? asking;
    const rules = { ...setting.headers, ...(setting.policy && { 'content-security-policy': setting.policy(issuer) }) };
    return give('text/html', rest === 'relay' ? RELAY : page(issuer, setting), rules);
  };
  const http = createServer((request, response) => {
    answer(request, response).catch((error) => {
      reports.push({ error: String(error) });
      response.writeHead(404).end();
    });
  });
  const url = await listening(http);
  return {
    url,
    /** The same app on another site than the server. */
    elsewhere: url.replace('127.0.0.1', 'localhost'),
    reports,
    stop: () => gone(http),
  };
};

/** Passes on what browsers ask of the server. */
const startGateway = async () => {
  const asked = [];
  const arrivals = [];
  let target;
  let isDown = false;
  /** What is to go wrong with the next answer to something: it is lost on its way, it never comes, or it is no page. */
  let fault;
  const http = createServer(async (request, response) => {
    const body = await buffer(request);
    const { pathname } = new URL(request.url, 'http://gateway');
    const kind = new URLSearchParams(String(body)).get('grant_type') ?? pathname;
    asked.push(kind);
    const failing = fault?.kind === kind && fault;
    if (failing) fault = undefined;
    if (failing?.isEmpty) return void response.writeHead(204).end();
    const { method, headers } = request;
    const onwards = send(target + request.url, { method, headers }, (answer) => {
      if (failing) return void answer.resume().on('end', () => failing.isLost && request.socket.destroy());
      if (answer.headers.location) arrivals.push(answer.headers.location);
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    onwards.on('error', () => request.socket.destroy());
    onwards.end(body);
  });
  http.on('connection', (socket) => {
    if (isDown) socket.destroy();
  });
  const url = await listening(http);
  return {
    url,
    /** Where the server sent the browser, in order. */
    arrivals,
    /** How often something was asked for: a grant at the token endpoint, or a path. */
    count: (kind) => asked.filter((one) => one === kind).length,
    forget: () => { asked.length = 0; },
    passTo: (there) => { target = there; },
    /** Cuts every connection, and takes no more until told otherwise. */
    cut(down) {
      isDown = down;
      if (down) http.closeAllConnections();
    },
    /** Lets the next answer to this get lost, after the server has given it. */
    lose: (kind) => { fault = { kind, isLost: true }; },
    /** Keeps the next answer to this to itself, after the server has given it. */
    keep: (kind) => { fault = { kind, isLost: false }; },
    /** Answers the next request for this with nothing, so that the browser stays where it is. */
    empty: (kind) => { fault = { kind, isEmpty: true }; },
    stop: () => gone(http),
  };
};

const config = (issuer, origins) => `
  issuer = "${issuer}"

  [[user]]
  username = "ada"
  password = "${PASSWORD}"
  name = "Ada Lovelace"

  [policy]
  access_token_lifetime = ${LIFETIME}
  ${Object.keys(SETTINGS).map((name) => `
  [[client]]
  client_id = "${name}"
  redirect_uris = ${JSON.stringify(origins.flatMap((origin) => [`${origin}/${name}/`, `${origin}/${name}/relay`]))}`).join('\n')}`;

export const startWorld = async () => {
  const started = [];
  const stop = async () => {
    for (const one of started.reverse()) await one.stop();
  };
  const start = async (starting) => {
    const one = await starting;
    started.push(one);
    return one;
  };
  try {
    const gateway = await start(startGateway());
    const agreeing = {};
    for (const alg of ALGORITHMS) agreeing[alg] = (await start(Provider.start({}, alg))).issuer;
    const app = await start(startApp(gateway.url, agreeing));
    const server = await start(startServer({ config: config(gateway.url, [app.url, app.elsewhere]) }));
    gateway.passTo(server.url);
    return { app, gateway, issuer: gateway.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
