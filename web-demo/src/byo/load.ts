/** Loads a library when somebody chose it. */

import type { Library } from './app.ts';
import type { Choice } from './libraries.ts';

const LOADERS: Readonly<Record<Choice['id'], () => Promise<Library>>> = {
  oauth4webapi: () => import('./oauth4webapi.ts'),
  'oidc-client-ts': () => import('./oidc-client-ts.ts'),
  'openid-client': () => import('./openid-client.ts'),
};

export const load = ({ id }: Choice): Promise<Library> => LOADERS[id]();
