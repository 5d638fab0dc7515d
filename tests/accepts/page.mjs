// What runs in a page: the first part of its path names the client, the second says whether a login begins or ends.

import { PEERS } from './peers.mjs';

const [, peer, leg] = location.pathname.split('/');
if (leg === 'start') {
  for (const storage of [sessionStorage, localStorage]) storage.clear();
  sessionStorage.setItem('app', new URLSearchParams(location.search).get('app'));
}
const app = JSON.parse(sessionStorage.getItem('app'));

try {
  if (leg === 'start') await PEERS[peer].begin(app);
  else globalThis.judge({ user: await PEERS[peer].finish(app) });
} catch (error) {
  globalThis.judge({ code: error.code ?? '', error: error.error ?? error.cause?.error ?? '', message: String(error.message) });
}
