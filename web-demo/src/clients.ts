/** The apps that the demo's server knows from the start. Everybody may read this. */

import type { Config } from './provider.ts';
import { DEFAULT_CLIENT } from './trace.ts';

/** The client of the page where other libraries sign in. */
export const OTHER_CLIENT = 'taskmaster-byo';
/** An app with a server of its own, for requests that only such a one can get wrong. */
export const WEB_CLIENT = { id: 'taskmaster-web', secret: 'a-toy-that-everybody-may-read' } as const;
/** An app that acts for itself and for nobody else. */
export const JOBS_CLIENT = { id: 'taskmaster-jobs', secret: 'another-toy-for-everybody' } as const;

/** Below the base, where these apps are answered. */
export const OTHER_PAGE = 'app/byo/';

export const clients = (base: URL): Config['clients'] => {
  const [app, other] = [new URL('app/', base).href, new URL(OTHER_PAGE, base).href];
  return [
    { client_id: DEFAULT_CLIENT, client_name: 'Taskmaster', redirect_uris: [app], token_endpoint_auth_method: 'none' },
    { client_id: OTHER_CLIENT, client_name: 'Taskmaster, another library', redirect_uris: [other], token_endpoint_auth_method: 'none' },
    { client_id: WEB_CLIENT.id, client_secret: WEB_CLIENT.secret, client_name: 'Taskmaster with a server', redirect_uris: [app] },
    { client_id: JOBS_CLIENT.id, client_secret: JOBS_CLIENT.secret, client_name: 'Taskmaster at night', redirect_uris: [app], grant_types: ['client_credentials'] },
  ];
};
