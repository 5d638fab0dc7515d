/** The seven best practices of the guide, judged by the messages of the last run. */

import { field, isObject, json } from '../decode.ts';
import type { Message } from '../trace.ts';
import type { Grade } from './parts.tsx';
import { lastRun, parameters, pathOf, type Run } from './run.ts';
import { oidc, rfc, type Spec } from './spec.ts';

export interface Practice {
  readonly id: string;
  /** In the words of the guide. */
  readonly title: string;
  readonly advice: string;
  readonly grade: Exclude<Grade, 'bad'>;
  /** Each reason is a sentence. */
  readonly why: readonly string[];
  readonly spec: Spec;
}

/** What the page can see of the places where an app may keep things. */
export interface Stores { readonly local: readonly string[]; readonly session: readonly string[] }

/** What one rule says: what is well, and what is not. */
interface Found { readonly good: readonly string[]; readonly doubts: readonly string[] }

const found = (good: readonly (string | false)[], doubts: readonly (string | false)[] = []): Found => {
  const said = (all: readonly (string | false)[]): readonly string[] => all.filter((one): one is string => one !== false);
  return { good: said(good), doubts: said(doubts) };
};

const isLoopback = ({ hostname }: URL): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(hostname) || hostname.endsWith('.localhost');

const https = ({ asked }: Run, base: URL): Found => {
  const text = asked.get('redirect_uri') ?? '';
  const uri = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = (url: URL): boolean => url.protocol === 'https:' || isLoopback(url);
  const named = (url: URL): string => (url.protocol === 'https:' ? 'goes over HTTPS' : 'stays on this machine, where http is allowed');
  return found(
    [isSafe(base) && `The server ${named(base)}.`, uri !== undefined && isSafe(uri) && `The answer ${named(uri)}: ${uri.href}`],
    [!isSafe(base) && 'The server is asked over http, and everybody on the way can read along.', uri === undefined ? 'There is no redirect_uri.' : !isSafe(uri) && `The redirect URI is not HTTPS: ${uri.href}`],
  );
};

const pkce = ({ asked, redemptions }: Run): Found => {
  const isAsked = asked.has('code_challenge') && asked.get('code_challenge_method') === 'S256';
  const proved = redemptions.find(({ response }) => response.status === 200);
  const isProved = proved !== undefined && parameters(proved).has('code_verifier');
  const isRefused = redemptions.length > 0 && proved === undefined;
  return found(
    [isAsked && 'The request had a challenge, made with S256.', isAsked && isProved && 'The code was redeemed with its verifier.', redemptions.length === 1 && proved !== undefined && 'The code was redeemed once.'],
    [
      !isAsked && 'The request had no S256 challenge: whoever steals the code can redeem it.',
      isRefused && 'The code was not taken.',
      redemptions.length > 1 && `The code came to the token endpoint ${redemptions.length} times. Once is right; the second time it has leaked.`,
    ],
  );
};

const state = ({ asked, back }: Run): Found => {
  const [sent, came] = [asked.get('state'), back?.get('state')];
  return found(
    [sent !== null && 'A state was sent.', sent !== null && back !== undefined && sent === came && 'The same state came back.'],
    [sent === null && 'No state was sent: somebody else’s answer cannot be told from this one.', sent !== null && back !== undefined && sent !== came && 'Another state came back.'],
  );
};

/** Whether a request of the browser showed a client’s secret. */
const showsSecret = (message: Message): boolean =>
  parameters(message).has('client_secret') || (field(message.request.headers, 'authorization') ?? '').toLowerCase().startsWith('basic ');

/** What a text says if it is base64, as stores of libraries often are. */
const decoded = (text: string): string => {
  try {
    return atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
};

const storage = ({ tokens, later }: Run, { local, session }: Stores): Found => {
  const holds = (texts: readonly string[]): boolean => tokens !== undefined && texts.some((text) => text.includes(tokens.access) || decoded(text).includes(tokens.access));
  const hasSecret = later.some(showsSecret);
  return found(
    [
      tokens !== undefined && !holds(local) && 'The token is not in localStorage.',
      holds(session) && 'It is in sessionStorage: it survives a reload and dies with the tab.',
      tokens !== undefined && !holds(local) && !holds(session) && 'Nothing of it is stored: it is in memory at most.',
      tokens !== undefined && !hasSecret && 'No client_secret went through the browser.',
    ],
    [holds(local) && 'The token is in localStorage: it outlives the tab, and every script of the page can read it.', hasSecret && 'A client_secret was sent from this browser. Only a server can keep one.'],
  );
};

const idToken = ({ asked, tokens, later }: Run, base: URL): Found => {
  const isAsked = (asked.get('scope') ?? '').split(/[ +]/).includes('openid');
  const keys = later.some((message) => pathOf(message, base.href) === 'oauth2/jwks' && message.response.status === 200);
  return found(
    [
      tokens?.id !== undefined && keys && 'The keys of the server were fetched, so the signature could be verified.',
      tokens?.id !== undefined && asked.has('nonce') && 'A nonce was sent, so the token is tied to this login.',
      !isAsked && 'openid was not asked for, so there is no ID token to validate.',
    ],
    [tokens?.id !== undefined && !keys && 'An ID token came, and nobody asked for the keys that it is verified with.', tokens?.id !== undefined && !asked.has('nonce') && 'No nonce was sent: an old ID token could be slipped in.'],
  );
};

const scopes = ({ asked, tokens }: Run): Found => {
  const list = (text: string): readonly string[] => text.split(/[ +]/).filter(Boolean);
  const wanted = list(asked.get('scope') ?? '');
  const granted = tokens?.scope === undefined ? undefined : list(tokens.scope);
  const refused = granted === undefined ? [] : wanted.filter((scope) => !granted.includes(scope));
  return found(
    [wanted.length > 0 && `Asked for ${wanted.join(', ')}.`, granted !== undefined && refused.length === 0 && 'All of it was granted.'],
    [wanted.length === 0 && 'No scope was asked for.', refused.length > 0 && `The person did not grant ${refused.join(', ')}: perhaps the app can do without.`],
  );
};

const HOUR = 3600;

const lifetime = ({ tokens, later }: Run, base: URL): Found => {
  const expired = later.some((message) => {
    const said = json(message.response.body);
    return pathOf(message, base.href) === 'api/tasks' && message.response.status === 401 && isObject(said) && said['error'] === 'invalid_token';
  });
  const good = tokens?.lifetime;
  return found(
    [good !== undefined && good <= HOUR && `The access token is good for ${good} seconds.`, expired && 'The API refused it when it was no longer good.'],
    [tokens !== undefined && good === undefined && 'The server did not say how long the token is good.', good !== undefined && good > HOUR && `The access token is good for ${good} seconds, which is more than an hour.`],
  );
};

/** How a practice is kept: what is in doubt counts at once, what is well only when there was enough to see. */
const graded = ({ good, doubts }: Found, isOver: boolean): Practice['grade'] => (doubts.length > 0 ? 'warn' : isOver && good.length > 0 ? 'good' : 'open');

/** Judges the last run; without one everything is open. */
export const practices = (messages: readonly Message[], base: URL, stores: Stores): readonly Practice[] => {
  const run = lastRun(messages, base.href);
  const rule = (id: string, title: string, advice: string, spec: Spec, judge: (run: Run) => Found, isOver: (run: Run) => boolean): Practice => {
    const what = run ? judge(run) : found([]);
    const grade = run ? graded(what, isOver(run)) : 'open';
    return { id, title, advice, grade, spec, why: [...what.doubts, ...what.good] };
  };
  const hasTokens = (one: Run): boolean => one.tokens !== undefined;
  return [
    rule('https', 'Always use HTTPS', 'Both for your redirect URIs and API requests', rfc(9700, '2.6'), (one) => https(one, base), () => true),
    rule('pkce', 'Implement PKCE', 'Prevents authorization code interception', rfc(9700, '2.1.1'), pkce, hasTokens),
    rule('state', 'Validate state parameter', 'Prevents CSRF attacks', rfc(6749, '10.12'), state, (one) => one.back !== undefined),
    rule('storage', 'Secure token storage', 'Store tokens securely, never in localStorage for web apps', rfc(6749, '10.3'), (one) => storage(one, stores), hasTokens),
    rule('id-token', 'Validate ID tokens', 'If using OpenID Connect, verify JWT signatures', oidc('3.1.3.7', 'IDTokenValidation'), (one) => idToken(one, base), hasTokens),
    rule('scopes', 'Use appropriate scopes', 'Only request permissions your app actually needs', rfc(6749, '3.3'), scopes, hasTokens),
    rule('lifetime', 'Short-lived access tokens', 'The 1-hour expiration is a security feature', rfc(6750, '5.3'), (one) => lifetime(one, base), hasTokens),
  ];
};
