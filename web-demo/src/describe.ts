/** What each word on the wire means, and where that is written. */

export interface Meaning {
  readonly means: string;
  /** Where it is written: what to call it, and its address. */
  readonly spec: readonly [name: string, url: string];
}

const rfc = (number: number, section: string): Meaning['spec'] =>
  [`RFC ${number} §${section}`, `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`];
const core = (section: string, anchor: string): Meaning['spec'] =>
  [`OIDC Core §${section}`, `https://openid.net/specs/openid-connect-core-1_0.html#${anchor}`];

const m = (means: string, spec: Meaning['spec']): Meaning => ({ means, spec });

/** Parameters of requests, redirects and answers. */
export const PARAMETERS: Readonly<Record<string, Meaning>> = {
  response_type: m('The app wants an authorization code', rfc(6749, '3.1.1')),
  client_id: m('Which app asks. Public', rfc(6749, '2.2')),
  client_secret: m('The app’s password', rfc(6749, '2.3.1')),
  redirect_uri: m('Where the answer goes; must be registered, letter for letter', rfc(6749, '3.1.2')),
  scope: m('What the app may do; the answer may have less than was asked', rfc(6749, '3.3')),
  state: m('A random value that ties the answer to this browser', rfc(6749, '10.12')),
  code: m('Good once and for ten minutes; if the app sent a challenge, only with its verifier', rfc(6749, '4.1.2')),
  code_challenge: m('SHA-256 of a secret the app keeps: only it can redeem the code', rfc(7636, '4.2')),
  code_challenge_method: m('How the challenge was made; S256 is the only way here', rfc(7636, '4.3')),
  code_verifier: m('The secret behind the challenge', rfc(7636, '4.5')),
  nonce: m('Comes back inside the ID token, so that an old one cannot be slipped in', core('3.1.2.1', 'AuthRequest')),
  prompt: m('Whether the person must be asked', core('3.1.2.1', 'AuthRequest')),
  max_age: m('How old the login may be, in seconds', core('3.1.2.1', 'AuthRequest')),
  login_hint: m('Who will probably sign in', core('3.1.2.1', 'AuthRequest')),
  response_mode: m('How the answer travels', ['OAuth response modes', 'https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html#ResponseModes']),
  resource: m('Which API the token is for', rfc(8707, '2')),
  iss: m('Which server answers, so that two cannot be mixed up', rfc(9207, '2')),
  error: m('What went wrong, for programs', rfc(6749, '4.1.2.1')),
  error_description: m('What went wrong, for developers', rfc(6749, '4.1.2.1')),
  grant_type: m('What the app gives for a token: a code or a refresh token', rfc(6749, '1.3')),
  access_token: m('The key to the API; whoever has it may use it', rfc(6749, '1.4')),
  token_type: m('How to present the token', rfc(6749, '7.1')),
  expires_in: m('How long it is good, in seconds', rfc(6749, '5.1')),
  refresh_token: m('Buys the next access token', rfc(6749, '1.5')),
  id_token: m('Who signed in, signed by the server; decoded below', core('2', 'IDToken')),
  interaction: m('The request, sealed by the server and carried through its own form, so that no other site can post it', rfc(6749, '10.12')),
  username: m('Typed on the server’s page; the app never sees it', rfc(6749, '1')),
  password: m('Typed on the server’s page; the app never sees it', rfc(6749, '1')),
  decision: m('What the person answered on the consent page', rfc(6749, '4.1.1')),
  name: m('What people will see on the consent page', rfc(7591, '2')),
  redirect_uris: m('Where answers may go', rfc(7591, '2')),
  kind: m('Whether the app can keep a secret', rfc(6749, '2.1')),
};

/** Header fields worth a word. */
export const HEADERS: Readonly<Record<string, Meaning>> = {
  authorization: m('The credentials of this request', rfc(9110, '11.6.2')),
  'www-authenticate': m('Which credentials are wanted', rfc(9110, '11.6.1')),
  location: m('Where the browser goes next', rfc(9110, '10.2.2')),
  origin: m('Which site this came from; a form that says another one is refused. Browsers may hide it from service workers', rfc(6454, '7')),
  cookie: m('The session of this browser. In Live it is simulated: browsers hide it from service workers', rfc(6265, '5.4')),
  'set-cookie': m('Remembers the session of this browser. In Live it is simulated, for the same reason', rfc(6265, '4.1')),
  'content-type': m('What the body is', rfc(9110, '8.3')),
  'cache-control': m('Nobody may keep a copy', rfc(6749, '5.1')),
  'referrer-policy': m('Other sites do not learn this address', rfc(9700, '4.2.4')),
  'content-security-policy': m('What the page may load and do: no script', ['CSP Level 3', 'https://www.w3.org/TR/CSP3/']),
  'access-control-allow-origin': m('Apps on other sites may read the answer', ['Fetch', 'https://fetch.spec.whatwg.org/#http-access-control-allow-origin']),
};

/** Header and claims of a JSON Web Token. */
export const CLAIMS: Readonly<Record<string, Meaning>> = {
  alg: m('How it is signed', rfc(7515, '4.1.1')),
  kid: m('With which of the server’s keys', rfc(7515, '4.1.4')),
  typ: m('What it is', rfc(7515, '4.1.9')),
  iss: m('Who signed it', rfc(7519, '4.1.1')),
  sub: m('Who signed in: the one name that never changes', rfc(7519, '4.1.2')),
  aud: m('For which app; any other must refuse it', rfc(7519, '4.1.3')),
  exp: m('Until when it may be taken for new', rfc(7519, '4.1.4')),
  iat: m('When it was made', rfc(7519, '4.1.6')),
  nonce: m('The app’s random value, back again', core('2', 'IDToken')),
  auth_time: m('When the person typed the password', core('2', 'IDToken')),
  at_hash: m('Ties the access token to this', core('3.1.3.6', 'CodeIDToken')),
};

/** Header fields that say nothing about this protocol. */
export const PLAIN_HEADERS: ReadonlySet<string> = new Set([
  'accept', 'accept-language', 'user-agent', 'upgrade-insecure-requests', 'cache-control', 'pragma', 'sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform',
  'vary', 'referer', 'x-content-type-options', 'access-control-expose-headers', 'content-length', 'dnt', 'priority',
]);
