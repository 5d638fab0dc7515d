// What goes wrong on the way, and who must notice. Runs in Node and, bundled, in a page.

/**
 * @typedef {import('./peers.mjs').App} App
 *
 * @typedef {object} Trial
 * @property {string} name
 * @property {(app: App) => App} spoil  what is different from a login that succeeds
 * @property {Record<string, RegExp>} told  how each peer refuses it, or is refused: matches what `told` says of the
 *   error. Who is not named does not notice.
 */

/** oauth4webapi and openid-client are by one author, who uses the same words. */
const both = (words) => ({ oauth4webapi: words, 'openid-client': words });

/**
 * Each ends a login.
 *
 * Authlib does not look at `iss` of the callback, and oidc-client-ts at nothing that TLS makes sure of
 * (https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation).
 *
 * @type {Trial[]}
 */
export const TRIALS = [
  {
    name: 'refuses metadata of another issuer',
    spoil: lying('/.well-known/openid-configuration', (said) => ({ ...said, issuer: 'https://evil.test' })),
    told: { ...both(/^OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED .*issuer/), Authlib: /^invalid_claim .*iss/ },
  },
  {
    name: 'refuses a wrong state',
    spoil: misled(callbackWith('state', 'of-somebody-else')),
    told: {
      ...both(/unexpected "state" response parameter value/),
      'oidc-client-ts': /^No matching state found in storage/,
      Authlib: /^mismatching_state/,
    },
  },
  {
    name: 'refuses a callback without state',
    spoil: misled(callbackWith('state')),
    told: { ...both(/"state" missing/), 'oidc-client-ts': /^No state in response/, Authlib: /^mismatching_state/ },
  },
  {
    name: 'refuses a wrong iss',
    spoil: misled(callbackWith('iss', 'https://evil.test')),
    told: both(/unexpected "iss" \(issuer\) response parameter value/),
  },
  {
    name: 'misses iss, for the server says that it sends one',
    spoil: misled(callbackWith('iss')),
    told: both(/"iss" \(issuer\) missing/),
  },
  {
    name: 'refuses an ID token with another nonce',
    spoil: misled(requestWith('nonce', 'of-another-login')),
    told: {
      ...both(/unexpected ID Token "nonce" claim value/),
      'oidc-client-ts': /^nonce in id_token does not match/,
      Authlib: /^invalid_claim .*nonce/,
    },
  },
  {
    name: 'refuses an ID token with a bad signature',
    spoil: lying('/oauth2/token', (tokens) => forged(tokens)),
    told: { ...both(/JWT signature verification failed/), Authlib: /^bad_signature/ },
  },
  {
    name: 'refuses an ID token whose claims were changed',
    spoil: lying('/oauth2/token', (tokens) => forged(tokens, { sub: 'eve' })),
    told: {
      ...both(/JWT signature verification failed/),
      'oidc-client-ts': /^subject from UserInfo response does not match/,
      Authlib: /^bad_signature/,
    },
  },
  {
    name: 'is refused for a verifier that does not fit',
    spoil: misled(requestWith('code_challenge', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')),
    told: {
      ...both(/^OAUTH_RESPONSE_BODY_ERROR \| invalid_grant \| Invalid code verifier/),
      'oidc-client-ts': /^invalid_grant \| Invalid code verifier/,
      Authlib: /^invalid_grant .*Invalid code verifier/,
    },
  },
  {
    name: 'is refused for another redirect URI at the token endpoint',
    spoil: posting((form) => form.set('redirect_uri', 'https://evil.test/callback')),
    told: {
      ...both(/^OAUTH_RESPONSE_BODY_ERROR \| invalid_grant \| Redirect URI mismatch/),
      'oidc-client-ts': /^invalid_grant \| Redirect URI mismatch/,
      Authlib: /^invalid_grant .*Redirect URI mismatch/,
    },
  },
];

/** The codes and words of an error and of what caused it. */
export function told(error) {
  const words = [];
  for (let at = error; at; at = at.cause instanceof Error ? at.cause : undefined) {
    words.push(at.code, at.error, at.error_description, at.message);
  }
  return words.filter(Boolean).join(' | ');
}

/** A network that changes what the server says at `path`. */
function lying(path, change) {
  return (app) => ({ ...app, fetch: answerWith(path, change)(app.fetch) });
}

/** A browser that changes where it is sent. */
function misled(change) {
  return (app) => ({ ...app, authorize: change(app.authorize) });
}

/** A network that changes the form that is sent to the token endpoint. */
function posting(change) {
  return (app) => ({
    ...app,
    fetch(url, init) {
      const body = init?.body && new URLSearchParams(init.body);
      if (body) change(body);
      return app.fetch(url, { ...init, body });
    },
  });
}

/** The callback with one parameter changed, or without it. */
export function callbackWith(name, value) {
  return (authorize) => async (url) => {
    const callback = await authorize(url);
    if (value === undefined) callback.searchParams.delete(name);
    else callback.searchParams.set(name, value);
    return callback;
  };
}

/** The authorization request with one parameter changed. */
export function requestWith(name, value) {
  return (authorize) => (url) => {
    const changed = new URL(url);
    changed.searchParams.set(name, value);
    return authorize(changed);
  };
}

/** A server whose JSON at `path`, below its issuer, is changed on the way. */
export function answerWith(path, change) {
  return (fetch) => async (url, init) => {
    const response = await fetch(url, init);
    if (!new URL(url).pathname.endsWith(path)) return response;
    const body = JSON.stringify(change(await response.json()));
    return new Response(body, { status: response.status, headers: { 'content-type': 'application/json' } });
  };
}

/** Spoils the signature of the ID token, or puts other claims before it. */
export function forged(tokens, changed) {
  const [header, claims, signature] = tokens.id_token.split('.');
  if (changed) {
    const said = JSON.stringify({ ...JSON.parse(atob(plain(claims))), ...changed });
    return { ...tokens, id_token: [header, urlSafe(btoa(said)), signature].join('.') };
  }
  const first = signature[0] === 'A' ? 'B' : 'A';
  return { ...tokens, id_token: [header, claims, first + signature.slice(1)].join('.') };
}

function plain(base64url) {
  return base64url.replaceAll('-', '+').replaceAll('_', '/');
}

function urlSafe(base64) {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
