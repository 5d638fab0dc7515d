/** Requests that are answered on the server’s own page: nothing is sent back to anybody. */

import { rfc } from '../spec.ts';
import { type Drive, get } from './drive.ts';

export const PAGE: readonly Drive[] = [
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
  {
    id: 'malformed-request', title: 'Parameters in the address and in the body', spec: rfc(6749, '3.1'),
    why: 'Two requests in one: nobody can tell which of them counts.', fix: 'Send a GET with all parameters in the address.',
    async go(lab) {
      const url = await lab.asks();
      return lab.send('POST', url, [['content-type', 'application/x-www-form-urlencoded']], 'client_id=taskmaster');
    },
  },
  {
    id: 'invalid-logout-uri', title: 'A way out to an unknown place', spec: ['RP-Initiated Logout §3', 'https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RedirectionAfterLogout'],
    why: 'After signing out the browser would go to an address that no app has registered.', fix: 'Register post_logout_redirect_uri, and send it letter for letter.',
    go: (lab) => lab.send('GET', lab.at(`oauth2/logout?client_id=taskmaster&post_logout_redirect_uri=${encodeURIComponent('https://evil.example/')}`)),
  },
  {
    id: 'invalid-logout-hint', title: 'A way out with a made-up ID token', spec: ['RP-Initiated Logout §2', 'https://openid.net/specs/openid-connect-rpinitiated-1_0.html#RPLogout'],
    why: 'id_token_hint says who signs out, and no such token was given.', fix: 'Send the ID token that came with the login.',
    go: (lab) => lab.send('GET', lab.at('oauth2/logout?id_token_hint=made.up.token')),
  },
];
