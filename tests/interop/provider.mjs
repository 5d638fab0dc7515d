// npm's oidc-provider as a program: `node provider.mjs`, with the Node that it asks for.
//
// Its development pages take any name and any password. Everything is in memory.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

import { Provider } from 'oidc-provider';

const [clientId = 'wasm-app', redirectUri = 'http://localhost/callback'] = process.argv.slice(2);

const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        redirect_uris: [redirectUri],
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...key, kid: 'rsa-1', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['for one test run'] },
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, name: `${sub} of the peer`, email: `${sub}@example.com`, email_verified: true }),
    }),
  });
  provider.on('server_error', (_, error) => console.error(error));
  server.on('request', provider.callback());
  console.log(`oidc-provider listens on ${issuer}`);
});
