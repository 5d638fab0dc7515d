/** The errors of the server, each with the request that drives it there: nothing here says what it will answer. */

import { JOBS_CLIENT, WEB_CLIENT } from '../clients.ts';
import { type Answer, basic, type Lab } from './lab.ts';
import { oidc, rfc, type Spec } from './spec.ts';

export interface Drive {
  /** As in the address. */
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly fix: string;
  readonly spec: Spec;
  /** Whether the guide shows this very answer. */
  readonly isInGuide?: true;
  go(lab: Lab): Promise<Answer>;
}

export interface Group { readonly title: string; readonly about: string; readonly drives: readonly Drive[] }

const get = (lab: Lab, change: Readonly<Record<string, string | null>>, more = ''): Promise<Answer> =>
  lab.asks(change, more).then((url) => lab.send('GET', url));

/** Redeems a new code, but for what is said here. */
const redeem = async (lab: Lab, change: Readonly<Record<string, string>>, ...headers: (readonly [string, string])[]): Promise<Answer> => {
  const { code, verifier } = await lab.code();
  return lab.token({ ...lab.redemption(code, verifier), ...change }, ...headers);
};

const api = (lab: Lab, ...headers: (readonly [string, string])[]): Promise<Answer> => lab.send('GET', lab.at('api/tasks'), headers);
const bearer = (token: string): readonly [string, string] => ['authorization', `Bearer ${token}`];

const PAGE: readonly Drive[] = [
  {
    id: 'missing-client-id', title: 'No client_id', isInGuide: true, spec: rfc(6749, '4.1.2.1'),
    why: 'The authorization request does not say which app asks.', fix: 'Verify that all required parameters are there and well formed.',
    go: (lab) => get(lab, { client_id: null }),
  },
  {
    id: 'unknown-client', title: 'An unknown client_id', spec: rfc(6749, '4.1.2.1'),
    why: 'No app of this name is registered, or it was removed.', fix: 'Copy the client_id from the developer page.',
    go: (lab) => get(lab, { client_id: 'nobody' }),
  },
  {
    id: 'missing-redirect-uri', title: 'No redirect_uri', spec: rfc(6749, '3.1.2.3'),
    why: 'The request does not say where the answer goes. The guide requires it always.', fix: 'Send the redirect URI, letter for letter as registered.',
    go: (lab) => get(lab, { redirect_uri: null }),
  },
  {
    id: 'invalid-redirect-uri', title: 'A redirect_uri that is not registered', isInGuide: true, spec: rfc(9700, '4.1.3'),
    why: 'It differs from every registered one, if only by a slash. A redirect there would bring the code to a stranger.', fix: 'Ensure the redirect_uri exactly matches one configured in your OAuth application.',
    go: (lab) => get(lab, { redirect_uri: `${lab.app}x` }),
  },
  {
    id: 'foreign-consent', title: 'A consent that nobody was asked for', spec: rfc(6749, '10.12'),
    why: 'Another site posts the consent form for the person, without having seen the page.', fix: 'Nothing: the page was not made for this browser.',
    go: (lab) => lab.send('POST', lab.at('oauth2/consent'), [['content-type', 'application/x-www-form-urlencoded']], 'interaction=forged&decision=approve&scope=openid'),
  },
];

const REDIRECT: readonly Drive[] = [
  {
    id: 'repeated-parameter', title: 'A parameter is there twice', spec: rfc(6749, '3.1'),
    why: 'Nobody can tell which of the two counts.', fix: 'Send each parameter once.',
    go: (lab) => get(lab, {}, '&scope=openid'),
  },
  {
    id: 'missing-response-type', title: 'No response_type', spec: rfc(6749, '3.1.1'),
    why: 'The request does not say what it wants back.', fix: 'Send response_type=code.',
    go: (lab) => get(lab, { response_type: null }),
  },
  {
    id: 'unsupported-response-type', title: 'response_type=token', spec: rfc(9700, '2.1.2'),
    why: 'The implicit flow puts tokens into the address bar, and so into history and logs.', fix: 'Send response_type=code.',
    go: (lab) => get(lab, { response_type: 'token' }),
  },
  {
    id: 'missing-scope', title: 'No scope', spec: rfc(6749, '3.3'),
    why: 'The request does not say what the app may do. The guide requires it.', fix: 'Send the scopes, separated by spaces or plus signs.',
    go: (lab) => get(lab, { scope: null }),
  },
  {
    id: 'invalid-scope', title: 'A scope that nobody knows', spec: rfc(6749, '4.1.2.1'),
    why: 'A word of scope is misspelled, or this app may not ask for it.', fix: 'Ask for openid, profile and email, or for less.',
    go: (lab) => get(lab, { scope: 'openid everything' }),
  },
  {
    id: 'plain-challenge', title: 'code_challenge_method=plain', spec: rfc(9700, '2.1.1'),
    why: 'A challenge that is the verifier itself protects nobody: who reads the request has both.', fix: 'Send code_challenge_method=S256, and the hash.',
    go: (lab) => get(lab, { code_challenge_method: 'plain' }),
  },
  {
    id: 'invalid-challenge', title: 'A malformed code_challenge', spec: rfc(7636, '4.2'),
    why: 'A SHA-256 hash is 43 characters of base64url, and this is not.', fix: 'Hash the verifier, and write the 32 bytes in base64url without padding.',
    go: (lab) => get(lab, { code_challenge: 'too-short' }),
  },
  {
    id: 'missing-challenge', title: 'No PKCE', spec: rfc(9700, '2.1.1'),
    why: 'An app without a secret has nothing but PKCE to show that the code is its own.', fix: 'Send code_challenge and code_challenge_method=S256.',
    go: (lab) => get(lab, { code_challenge: null, code_challenge_method: null }),
  },
  {
    id: 'unauthorized-client', title: 'An app that may not ask for codes', spec: rfc(6749, '4.1.2.1'),
    why: 'The app is registered to act for itself, not for people.', fix: 'Allow the grant type authorization_code at its registration.',
    go: (lab) => get(lab, { client_id: JOBS_CLIENT.id }),
  },
  {
    id: 'access-denied', title: 'The person says no', spec: rfc(6749, '4.1.2.1'),
    why: 'Ada signs in and presses Deny.', fix: 'Let the person decide again, with a button; do not send them back by yourself.',
    go: async (lab) => lab.ends(await lab.asks(), { decision: 'deny' }),
  },
  {
    id: 'login-required', title: 'prompt=none, and nobody is signed in', spec: oidc('3.1.2.6', 'AuthError'),
    why: 'The app wants an answer without a page, and the server has to show one.', fix: 'Ask again without prompt=none.',
    go: (lab) => get(lab, { prompt: 'none' }),
  },
  {
    id: 'consent-required', title: 'prompt=none, and the person has to be asked', spec: oidc('3.1.2.6', 'AuthError'),
    why: 'Ada is signed in and has not yet agreed to what this app asks for.', fix: 'Ask again without prompt=none.',
    async go(lab) {
      const scope = 'openid address phone';
      await lab.walk(await lab.asks({ scope }), { onlySignIn: true });
      return lab.ends(await lab.asks({ scope, prompt: 'none' }));
    },
  },
  {
    id: 'invalid-prompt', title: 'prompt=none and login', spec: oidc('3.1.2.1', 'AuthRequest'),
    why: 'No page, and a login: that cannot be had together.', fix: 'Send none alone, or leave it out.',
    go: (lab) => get(lab, { prompt: 'none login' }),
  },
  {
    id: 'request-object', title: 'A request object', spec: oidc('6', 'JWTRequests'),
    why: 'This server reads parameters from the address, and not from a signed object.', fix: 'Leave request out; the metadata says so, too.',
    go: (lab) => get(lab, { request: 'eyJhbGciOiJub25lIn0.e30.' }),
  },
  {
    id: 'request-uri', title: 'A request by reference', spec: oidc('6.2', 'RequestUriParameter'),
    why: 'A server that fetches any URL it is told can be made to fetch from inside its own network.', fix: 'Leave request_uri out.',
    go: (lab) => get(lab, { request_uri: 'https://evil.example/request' }),
  },
  {
    id: 'registration', title: 'An app that describes itself', spec: oidc('3.1.2.6', 'AuthError'),
    why: 'An app has to be known here before it asks.', fix: 'Leave registration out, and register on the developer page.',
    go: (lab) => get(lab, { registration: '{}' }),
  },
  {
    id: 'invalid-target', title: 'A token for an unknown API', spec: rfc(8707, '2'),
    why: 'resource names an API that this server gives no tokens for.', fix: 'Leave resource out, or name an API that is registered here.',
    go: (lab) => get(lab, { resource: 'https://elsewhere.example/' }),
  },
];

const TOKEN: readonly Drive[] = [
  {
    id: 'invalid-client', title: 'A wrong client_secret', isInGuide: true, spec: rfc(6749, '5.2'),
    why: 'The secret is not this app’s. An unknown app gets the very same answer.', fix: 'Check your client_id and client_secret are correct.',
    go: (lab) => lab.token({ grant_type: 'authorization_code', code: 'any', redirect_uri: lab.app }, basic(WEB_CLIENT.id, 'guess')),
  },
  {
    id: 'code-expired', title: 'A code that is ten minutes old', isInGuide: true, spec: rfc(6749, '4.1.2'),
    why: 'The clock is turned ten minutes ahead between code and token, and back afterwards.', fix: 'Authorization codes expire after 10 minutes. Start the flow again.',
    async go(lab) {
      const { code, verifier } = await lab.code();
      return lab.later(10, () => lab.token(lab.redemption(code, verifier)));
    },
  },
  {
    id: 'invalid-verifier', title: 'A wrong code_verifier', isInGuide: true, spec: rfc(7636, '4.6'),
    why: 'Whoever redeems the code does not have the secret behind the challenge: a thief, or an app that mixed two logins up.', fix: 'Verify your code_verifier matches the code_challenge used in the authorization request.',
    go: (lab) => redeem(lab, { code_verifier: 'a-guess-of-somebody-who-has-stolen-the-code-and-nothing-else' }),
  },
  {
    id: 'missing-verifier', title: 'No code_verifier', spec: rfc(7636, '4.6'),
    why: 'A challenge was sent with the request, so the code is good with its verifier only.', fix: 'Keep the verifier until the code is redeemed, and send it.',
    async go(lab) {
      const { code, verifier } = await lab.code();
      const { code_verifier: _, ...rest } = lab.redemption(code, verifier);
      return lab.token(rest);
    },
  },
  {
    id: 'redirect-uri-mismatch', title: 'Another redirect_uri than before', spec: rfc(6749, '4.1.3'),
    why: 'The code was sent to one address, and whoever redeems it names another.', fix: 'Send the same redirect_uri in both requests.',
    go: (lab) => redeem(lab, { redirect_uri: `${lab.app}x` }),
  },
  {
    id: 'unknown-code', title: 'A code that was never given', spec: rfc(6749, '5.2'),
    why: 'It is made up, cut short, or from another server.', fix: 'Send the code as it came, decoded once.',
    go: (lab) => lab.token(lab.redemption('made-up', 'a'.repeat(43))),
  },
  {
    id: 'code-replay', title: 'A code that comes twice', spec: rfc(6749, '4.1.2'),
    why: 'A code is good once. The second time it has leaked, so the tokens of the first are revoked.', fix: 'Redeem a code once; see that no reload of the callback sends it again.',
    async go(lab) {
      const { code, verifier } = await lab.code();
      await lab.token(lab.redemption(code, verifier));
      return lab.token(lab.redemption(code, verifier));
    },
  },
  {
    id: 'foreign-code', title: 'Another app’s code', spec: rfc(6749, '5.2'),
    why: 'The code was given to one app, and another brings it, with its own good secret.', fix: 'Redeem codes with the client_id that asked for them.',
    async go(lab) {
      const { code, verifier } = await lab.code();
      const { client_id: _, ...rest } = lab.redemption(code, verifier);
      return lab.token(rest, lab.secret());
    },
  },
  {
    id: 'no-authentication', title: 'No client at all', spec: rfc(6749, '3.2.1'),
    why: 'Neither header nor body say which app asks.', fix: 'Send client_id, or Basic with id and secret.',
    go: (lab) => lab.token({ grant_type: 'authorization_code', code: 'any', redirect_uri: lab.app }),
  },
  {
    id: 'two-authentications', title: 'Two ways to show a secret', spec: rfc(6749, '2.3'),
    why: 'The secret is in the header and in the body; one is allowed.', fix: 'Use Basic, and take the secret out of the body.',
    go: (lab) => lab.token({ grant_type: 'authorization_code', code: 'any', redirect_uri: lab.app, client_id: WEB_CLIENT.id, client_secret: WEB_CLIENT.secret }, lab.secret()),
  },
  {
    id: 'forbidden-grant', title: 'A grant that this app may not use', spec: rfc(6749, '5.2'),
    why: 'An app without a secret asks for a token for itself.', fix: 'Use the grant types that the app is registered for.',
    go: (lab) => lab.token({ grant_type: 'client_credentials', client_id: 'taskmaster' }),
  },
  {
    id: 'missing-grant-type', title: 'No grant_type', spec: rfc(6749, '4.1.3'),
    why: 'The request does not say what it gives for a token.', fix: 'Send grant_type=authorization_code.',
    go: (lab) => lab.token({ client_id: 'taskmaster', code: 'any' }),
  },
  {
    id: 'unsupported-grant-type', title: 'grant_type=password', spec: rfc(9700, '2.4'),
    why: 'An app that takes passwords teaches people to type them anywhere.', fix: 'Use the authorization code flow.',
    go: (lab) => lab.token({ grant_type: 'password', username: 'ada', password: 'guess', client_id: 'taskmaster' }),
  },
  {
    id: 'missing-code', title: 'No code', spec: rfc(6749, '4.1.3'),
    why: 'The request has nothing to give for a token.', fix: 'Send the code from the redirect.',
    go: (lab) => lab.token({ grant_type: 'authorization_code', redirect_uri: lab.app, client_id: 'taskmaster' }),
  },
  {
    id: 'token-redirect-uri', title: 'No redirect_uri with the code', spec: rfc(6749, '4.1.3'),
    why: 'It was in the first request, so it has to be in this one.', fix: 'Send the same redirect_uri in both requests.',
    go: (lab) => lab.token({ grant_type: 'authorization_code', code: 'any', client_id: 'taskmaster' }),
  },
  {
    id: 'token-repeated', title: 'A parameter of the form is there twice', spec: rfc(6749, '3.2'),
    why: 'Nobody can tell which of the two counts.', fix: 'Send each parameter once.',
    go: (lab) => lab.token('grant_type=authorization_code&code=one&code=two&client_id=taskmaster'),
  },
  {
    id: 'token-json', title: 'JSON instead of a form', spec: rfc(6749, '4.1.3'),
    why: 'The token endpoint takes application/x-www-form-urlencoded and nothing else.', fix: 'Send a form; most libraries have URLSearchParams.',
    go: (lab) => lab.send('POST', lab.at('oauth2/token'), [['content-type', 'application/json']], '{"grant_type":"authorization_code"}'),
  },
  {
    id: 'token-method', title: 'GET instead of POST', spec: rfc(6749, '3.2'),
    why: 'Secrets do not belong into addresses, which end up in logs.', fix: 'Send a POST.',
    go: (lab) => lab.send('GET', lab.at('oauth2/token?grant_type=authorization_code&code=any')),
  },
  {
    id: 'token-too-large', title: 'A form that is too long', spec: rfc(9110, '15.5.14'),
    why: 'Nothing that belongs here is this long.', fix: 'Look at what is sent.',
    go: (lab) => lab.token({ grant_type: 'authorization_code', code: 'x'.repeat(100_000), client_id: 'taskmaster' }),
  },
  {
    id: 'invalid-refresh-token', title: 'A refresh token that was never given', spec: rfc(6749, '5.2'),
    why: 'It is made up, another app’s, too old, or was used before.', fix: 'Sign in again.',
    go: (lab) => lab.token({ grant_type: 'refresh_token', refresh_token: 'made-up', client_id: 'taskmaster' }),
  },
  {
    id: 'wider-scope', title: 'A refresh for more than was granted', spec: rfc(6749, '6'),
    why: 'Ada agreed to less than the app now asks for.', fix: 'Ask for the same or for less; for more, ask the person.',
    async go(lab) {
      const { code, verifier } = await lab.code({ scope: 'openid offline_access', prompt: 'consent' });
      const answer = await lab.token(lab.redemption(code, verifier));
      const { refresh_token: token = '' } = JSON.parse(answer.body) as { readonly refresh_token?: string };
      return lab.token({ grant_type: 'refresh_token', refresh_token: token, scope: 'openid email', client_id: 'taskmaster' });
    },
  },
];

const API: readonly Drive[] = [
  {
    id: 'no-token', title: 'No token', spec: rfc(6750, '3.1'),
    why: 'The request shows nothing. The answer has no error code: there was nothing to be wrong.', fix: 'Send Authorization: Bearer and the access token.',
    go: (lab) => api(lab),
  },
  {
    id: 'bad-token', title: 'A token that was never given', spec: rfc(6750, '3.1'),
    why: 'It is made up, cut short, revoked, or for another API.', fix: 'Sign in again, or refresh.',
    go: (lab) => api(lab, bearer('made-up')),
  },
  {
    id: 'token-expired', title: 'A token that is an hour old', spec: rfc(6750, '3.1'),
    why: 'The clock is turned an hour ahead, and back afterwards. A token that leaks is not good for long.', fix: 'Sign in again, or refresh.',
    async go(lab) {
      const token = await lab.accessToken();
      return lab.later(60, () => api(lab, bearer(token)));
    },
  },
  {
    id: 'token-in-query', title: 'A token in the address', spec: rfc(9700, '4.3.2'),
    why: 'Addresses are kept: in history, in logs, in Referer headers.', fix: 'Send it in the header.',
    go: (lab) => lab.send('GET', lab.at('api/tasks?access_token=made-up')),
  },
  {
    id: 'malformed-authorization', title: 'A malformed header', spec: rfc(6750, '2.1'),
    why: 'There is the word Bearer, and no token after it.', fix: 'Send Authorization: Bearer and the access token, with one space.',
    go: (lab) => api(lab, ['authorization', 'Bearer two tokens']),
  },
  {
    id: 'insufficient-scope', title: 'A token for something else', spec: rfc(6750, '3.1'),
    why: 'Userinfo wants openid, and this token was asked for without it.', fix: 'Ask the person for the scope that the answer names.',
    async go(lab) {
      const token = await lab.accessToken({ scope: 'profile' });
      return lab.send('GET', lab.at('oauth2/userinfo'), [bearer(token)]);
    },
  },
  {
    id: 'not-found', title: 'An address where nothing is', spec: rfc(9110, '15.5.5'),
    why: 'No endpoint of the server has this path.', fix: 'Take the endpoints from the metadata.',
    go: (lab) => lab.send('GET', lab.at('oauth2/nothing')),
  },
];

export const ERRORS: readonly Group[] = [
  { title: 'On the server’s own page', about: 'Nothing is sent back: before app and redirect URI are known to be good there is no safe place to send anybody.', drives: PAGE },
  { title: 'Back to the app', about: 'The browser goes back to the app, with error and error_description instead of a code.', drives: REDIRECT },
  { title: 'At the token endpoint', about: 'JSON for programs. What is outside is bland: it echoes nothing and does not say which of several reasons it was.', drives: TOKEN },
  { title: 'At the API', about: 'The challenge in WWW-Authenticate says what is missing.', drives: API },
];

export const driveOf = (id: string): Drive | undefined => ERRORS.flatMap(({ drives }) => drives).find((drive) => drive.id === id);
