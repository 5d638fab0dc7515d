/** Requests that are answered by a redirect with an error. */

import { JOBS_CLIENT } from '../../clients.ts';
import { oidc, rfc } from '../spec.ts';
import { type Drive, get } from './drive.ts';

export const REDIRECT: readonly Drive[] = [
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
  {
    id: 'method-without-challenge', title: 'code_challenge_method, and no challenge', spec: rfc(7636, '4.3'),
    why: 'Half of PKCE: somebody on the way may have taken the challenge off.', fix: 'Send both, or neither.',
    go: (lab) => get(lab, { code_challenge: null }),
  },
  {
    id: 'unsupported-response-mode', title: 'response_mode=fragment', spec: ['OAuth response modes §2.1', 'https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html#ResponseModes'],
    why: 'What is behind # never comes to a server, and scripts of the page can read it.', fix: 'Leave response_mode out: the code comes in the query.',
    go: (lab) => get(lab, { response_mode: 'fragment' }),
  },
  {
    id: 'invalid-max-age', title: 'max_age=soon', spec: oidc('3.1.2.1', 'AuthRequest'),
    why: 'How old a login may be is a number of seconds.', fix: 'Send digits alone, or leave it out.',
    go: (lab) => get(lab, { max_age: 'soon' }),
  },
  {
    id: 'invalid-claims', title: 'claims that are no JSON', spec: oidc('5.5', 'ClaimsParameter'),
    why: 'The parameter claims is an object of OpenID Connect, and this is none.', fix: 'Send JSON, or ask by scopes.',
    go: (lab) => get(lab, { claims: 'name and email' }),
  },
  {
    id: 'invalid-hint', title: 'A made-up id_token_hint', spec: oidc('3.1.2.1', 'AuthRequest'),
    why: 'The hint says who should sign in, and no such token was given.', fix: 'Send an ID token of this server, or leave it out.',
    go: (lab) => get(lab, { id_token_hint: 'made.up.token' }),
  },
  {
    id: 'unmet-acr', title: 'A sign-in that is not to be had here', spec: oidc('5.5.1.1', 'acrSemantics'),
    why: 'The app cannot do without a way of signing in that this server does not have.', fix: 'Leave essential out, and look at acr in the ID token.',
    go: (lab) => get(lab, { claims: JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:example:two-factors'] } } }) }),
  },
  {
    id: 'another-person', title: 'Another person than the app asked for', spec: oidc('3.1.2.6', 'AuthError'),
    why: 'The app asks for Grace, and Ada signs in.', fix: 'Ask without naming anybody, or let the right person sign in.',
    go: async (lab) => lab.ends(await lab.asks({ claims: JSON.stringify({ id_token: { sub: { value: 'user-grace' } } }), prompt: 'login' })),
  },
  {
    id: 'invalid-key', title: 'A malformed dpop_jkt', spec: rfc(9449, '10'),
    why: 'The name of a key is 43 characters of base64url, and this is not.', fix: 'Send the thumbprint of the key, or leave it out.',
    go: (lab) => get(lab, { dpop_jkt: 'my-key' }),
  },
  {
    id: 'request-too-long', title: 'A request that is too long', spec: rfc(6749, '4.1.1'),
    why: 'The request waits in the form of the login page, and there is a limit to that.', fix: 'Keep what you need behind state, and send a short name of it.',
    go: (lab) => get(lab, { state: 'x'.repeat(3100) }),
  },
];
