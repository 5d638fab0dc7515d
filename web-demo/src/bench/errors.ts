/** The errors of the server, each with the request that drives it there. */

import { API } from './errors/api.ts';
import type { Drive } from './errors/drive.ts';
import { PAGE } from './errors/page.ts';
import { REDIRECT } from './errors/redirect.ts';
import { TOKEN } from './errors/token.ts';

export type { Drive };

export interface Group { readonly title: string; readonly about: string; readonly drives: readonly Drive[] }

export const ERRORS: readonly Group[] = [
  { title: 'On the server’s own page', about: 'Nothing is sent back: before app and redirect URI are known to be good there is no safe place to send anybody.', drives: PAGE },
  { title: 'Back to the app', about: 'The browser goes back to the app, with error and error_description instead of a code.', drives: REDIRECT },
  { title: 'At the token endpoint', about: 'JSON for programs. What is outside is bland: it echoes nothing and does not say which of several reasons it was.', drives: TOKEN },
  { title: 'At the API', about: 'The challenge in WWW-Authenticate says what is missing.', drives: API },
];

export const driveOf = (id: string): Drive | undefined => ERRORS.flatMap(({ drives }) => drives).find((drive) => drive.id === id);
