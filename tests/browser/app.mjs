/** A web app with a server of its own, as the guide's reader would write it: no library, the guide's requests. */

import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const escape = (text) => String(text).replaceAll(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

const page = (title, body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body><main><h1 id="title">${title}</h1>${body}</main></body></html>`;

/** Starts the app; `become` gives it what the developer page gave. */
export const startApp = async () => {
  let settings;
  const pending = new Map();
  const spent = new Map();

  const begin = () => {
    const [state, verifier] = [randomBytes(16).toString('base64url'), randomBytes(32).toString('base64url')];
    pending.set(state, verifier);
    const url = new URL('/oauth2/authorize', settings.issuer);
    url.search = new URLSearchParams({
      client_id: settings.clientId, redirect_uri: settings.redirectUri, response_type: 'code', scope: 'openid profile email', state,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
    });
    return url.href;
  };

  const finish = async (query) => {
    if (query.has('error')) return page('No access', `<p id="error">${escape(query.get('error'))}</p><p><a id="again" href="/start">Try again</a></p>`);
    const state = query.get('state');
    // Whoever reloads or comes back gets the page again; a code is sent to the server once.
    if (spent.has(state)) return spent.get(state);
    if (!pending.has(state)) return page('Unknown sign-in', '');
    const answer = await fetch(new URL('/oauth2/token', settings.issuer), {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${settings.clientId}:${settings.clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'authorization_code', code: query.get('code'), redirect_uri: settings.redirectUri, code_verifier: pending.get(state) }),
    });
    pending.delete(state);
    const tokens = await answer.json();
    if (!answer.ok) return page('No tokens', `<p id="error">${escape(tokens.error_description)}</p>`);
    const tasks = await fetch(new URL('/api/tasks', settings.issuer), { headers: { authorization: `Bearer ${tokens.access_token}` } });
    const claims = JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url'));
    const list = (await tasks.json()).map(({ title }) => `<li>${escape(title)}</li>`).join('');
    const html = page('Your tasks', `<p id="scope">${escape(tokens.scope)}</p><p id="claims">${escape(Object.keys(claims).join(' '))}</p><ul id="tasks">${list}</ul>`);
    spent.set(state, html);
    return html;
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://app');
    const send = (html) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
    switch (url.pathname) {
      case '/': send(page('App', '<p><a id="start" href="/start">Sign in</a></p>')); break;
      case '/start': response.writeHead(303, { location: begin() }).end(); break;
      case '/auth/callback': finish(url.searchParams).then(send, (error) => send(page('Failed', escape(error)))); break;
      default: response.writeHead(204).end();
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    redirectUri: `${url}/auth/callback`,
    become: (said) => { settings = { redirectUri: `${url}/auth/callback`, ...said }; },
    stop: () => { server.closeAllConnections(); server.close(); },
  };
};
