/** The shipping client, in a login of its own: who wants to see what it says of a token, changes the answer on its way. */

import { explanations } from 'grantflow/explain';
import { AuthError, configure, type Turn, verify } from 'grantflow/flow';

import { isObject, json } from '../decode.ts';
import { DEFAULT_CLIENT } from '../trace.ts';
import type { Lab } from './lab.ts';

/** What the client made of it. */
export type Verdict =
  | { readonly is: 'taken'; readonly name: string; readonly token: string }
  | { readonly is: 'refused'; readonly code: string; readonly stage: string; readonly remedy: string; readonly happened: string; readonly token: string };

/**
 * Signs in for real, but for the ID token, which `change` may exchange on its way to the client.
 *
 * Nothing here judges: what is refused is refused by `grantflow/flow`, with its own error.
 */
export const exchange = async (lab: Lab, change: (token: string) => string, now: () => number): Promise<Verdict> => {
  await lab.ready();
  const issuer = lab.base.href.slice(0, -1);
  const profile = configure({ issuer, clientId: DEFAULT_CLIENT, redirectUri: lab.app });
  const metadata = await fetch(profile.metadataUrl);
  const client = profile.discover(metadata.status, new Uint8Array(await metadata.arrayBuffer()));
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const { url, record } = client.begin({ seed, now: now(), scope: 'openid profile email' });
  const { url: back } = await lab.walk(url);

  let token = '';
  const spoiled = (body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    const said = json(new TextDecoder().decode(body));
    if (!isObject(said) || typeof said['id_token'] !== 'string') return body;
    token = change(said['id_token']);
    return new TextEncoder().encode(JSON.stringify({ ...said, id_token: token }));
  };
  try {
    let turn: Turn = client.accept(record, back.search, now());
    while (turn.kind !== 'done') {
      if (turn.kind === 'verify') {
        turn = turn.answer(await verify(turn));
        continue;
      }
      const { url: to, method, headers, body = null } = turn.request;
      const response = await fetch(to, { method, headers: headers.map(([name, value]): [string, string] => [name, value]), body });
      const answer = new Uint8Array(await response.arrayBuffer());
      turn = turn.answer({ status: response.status, contentType: response.headers.get('content-type'), body: spoiled(answer) }, now());
    }
    const { user } = turn.tokens;
    return { is: 'taken', name: user?.claims.name ?? user?.sub ?? 'somebody', token };
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const { code, stage, remedy } = error;
    return { is: 'refused', code, stage, remedy, happened: explanations[code].happened, token };
  }
};
