/** Requests that the token endpoint refuses. */

import { WEB_CLIENT } from '../../clients.ts';
import { basic } from '../lab.ts';
import { rfc } from '../spec.ts';
import { type Drive, redeem } from './drive.ts';

export const TOKEN: readonly Drive[] = [
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
    go: async (lab) => lab.token({ grant_type: 'refresh_token', refresh_token: await lab.refreshToken(), scope: 'openid email', client_id: 'taskmaster' }),
  },
  {
    id: 'malformed-basic', title: 'Basic that is no base64', spec: rfc(6749, '2.3.1'),
    why: 'The header cannot be read. To the outside that is a wrong secret like any.', fix: 'Encode id and secret as a form, join them with a colon, and that in base64.',
    go: (lab) => lab.token({ grant_type: 'authorization_code', code: 'any', redirect_uri: lab.app }, ['authorization', 'Basic ???']),
  },
  {
    id: 'secret-of-nobody', title: 'An app without a secret shows one', spec: rfc(6749, '5.2'),
    why: 'It is registered without, so whatever it shows is wrong.', fix: 'Send client_id alone.',
    go: (lab) => lab.token({ grant_type: 'authorization_code', code: 'any', redirect_uri: lab.app }, basic('taskmaster', 'guess')),
  },
  {
    id: 'verifier-without-challenge', title: 'A verifier, and no challenge before', spec: rfc(9700, '4.8.2'),
    why: 'Somebody took the challenge off the request on its way, or the code is not from this login.', fix: 'Send both or neither; see that nothing between changes the request.',
    async go(lab) {
      const { code } = await lab.code({ client_id: WEB_CLIENT.id, code_challenge: null, code_challenge_method: null });
      return lab.token({ grant_type: 'authorization_code', code, redirect_uri: lab.app, code_verifier: 'a'.repeat(43) }, lab.secret());
    },
  },
  {
    id: 'invalid-token-target', title: 'A token for an API that was not granted', spec: rfc(8707, '2.2'),
    why: 'The code was asked for without this API.', fix: 'Name the API in the authorization request, too.',
    go: (lab) => redeem(lab, { resource: 'https://elsewhere.example/' }),
  },
  {
    id: 'invalid-proof', title: 'A DPoP proof that is none', spec: rfc(9449, '5'),
    why: 'The header DPoP holds something else than a signed proof.', fix: 'Sign a new proof for each request.',
    go: (lab) => redeem(lab, {}, ['dpop', 'no-proof']),
  },
  {
    id: 'missing-refresh-token', title: 'No refresh_token', spec: rfc(6749, '6'),
    why: 'The request has nothing to give for a token.', fix: 'Send the refresh token.',
    go: (lab) => lab.token({ grant_type: 'refresh_token', client_id: 'taskmaster' }),
  },
  {
    id: 'refresh-expired', title: 'A refresh token that is thirty days old', spec: rfc(6749, '5.2'),
    why: 'The clock is turned thirty days ahead, and back afterwards.', fix: 'Sign in again.',
    async go(lab) {
      const token = await lab.refreshToken();
      return lab.later(30 * 24 * 60, () => lab.token({ grant_type: 'refresh_token', refresh_token: token, client_id: 'taskmaster' }));
    },
  },
  {
    id: 'refresh-replay', title: 'A refresh token that comes twice', spec: rfc(9700, '4.14.2'),
    why: 'Each is good once. When the old one comes again, minutes later, it may have been stolen, and everything from this login is revoked.', fix: 'Keep the new one, and forget the old one.',
    async go(lab) {
      const fields = { grant_type: 'refresh_token', refresh_token: await lab.refreshToken(), client_id: 'taskmaster' };
      await lab.token(fields);
      return lab.later(1, () => lab.token(fields));
    },
  },
  {
    id: 'malformed-scope', title: 'A scope with a quotation mark', spec: rfc(6749, '3.3'),
    why: 'Some characters cannot be in a scope.', fix: 'Send words of printable characters, without quotation marks and backslashes.',
    go: async (lab) => lab.token({ grant_type: 'refresh_token', refresh_token: await lab.refreshToken(), scope: 'open"id', client_id: 'taskmaster' }),
  },
  {
    id: 'revoke-nothing', title: 'A revocation of no token', spec: rfc(7009, '2.1'),
    why: 'The request does not say which token to revoke.', fix: 'Send token.',
    go: (lab) => lab.send('POST', lab.at('oauth2/revoke'), [['content-type', 'application/x-www-form-urlencoded']], 'client_id=taskmaster'),
  },
];
