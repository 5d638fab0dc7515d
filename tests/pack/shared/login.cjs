// A whole login by the steps, against a server that signs Ada in without a page.

const redirectUri = 'https://app.test/cb';
const now = () => Math.floor(Date.now() / 1000);

async function send({ url, method, headers, body }) {
  const response = await fetch(url, { method, headers, body, redirect: 'manual' });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, contentType: response.headers.get('content-type'), body: bytes };
}

async function started({ configure }, issuer) {
  const profile = configure({ issuer, clientId: 'steps', redirectUri });
  const { status, body } = await send({ url: profile.metadataUrl, method: 'GET', headers: [] });
  const client = profile.discover(status, body);
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const { url, record } = client.begin({ seed, now: now(), scope: 'openid profile', returnTo: '/tasks' });
  const response = await fetch(url, { redirect: 'manual' });
  return client.accept(record, new URL(response.headers.get('location')).search, now());
}

/** Signs in, and then once more with a signature that somebody changed. */
exports.login = async function login(flow, issuer) {
  let turn = await started(flow, issuer);
  while (turn.kind !== 'done') {
    turn = turn.kind === 'verify' ? turn.answer(await flow.verify(turn)) : turn.answer(await send(turn.request), now());
  }
  const { user, scopes, returnTo } = turn.tokens;

  let forged = await started(flow, issuer);
  while (forged.kind === 'send') forged = forged.answer(await send(forged.request), now());
  forged.signature[0] ^= 1;
  let refused;
  try {
    forged.answer(await flow.verify(forged));
  } catch (error) {
    refused = error instanceof flow.AuthError ? error.code : String(error);
  }
  return { sub: user.sub, name: user.claims.name, scopes, returnTo, refused };
};
