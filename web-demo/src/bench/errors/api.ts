/** Requests that an API refuses. */

import { rfc } from '../spec.ts';
import { api, bearer, type Drive } from './drive.ts';

export const API: readonly Drive[] = [
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
