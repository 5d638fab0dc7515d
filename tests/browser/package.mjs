/** An app on a port of its own, with the npm package below `/npm/`. */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';

const PACKAGE = env.GRANTFLOW_NPM ?? fileURLToPath(new URL('../../target/npm', import.meta.url));

/** Serves what `page` gives for a path. */
export async function startApp(page) {
  const http = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://app');
    const send = (type, body) => response.writeHead(200, { 'content-type': type }).end(body);
    if (pathname.startsWith('/npm/')) send('text/javascript', await readFile(`${PACKAGE}/${pathname.slice(5)}`));
    else send('text/html', page(pathname));
  });
  await new Promise((resolve) => { http.listen(0, '127.0.0.1', resolve); });
  return { url: `http://127.0.0.1:${http.address().port}`, stop: () => http.close() };
}
