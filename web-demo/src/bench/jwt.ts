/** What can be said of a JSON Web Token by looking at it, and ways to spoil one. The shipping client judges by itself; see `exchange.ts`. */

import { isObject, type Json, type Jwt, jwt } from '../decode.ts';
import { base64url } from './pkce.ts';

export interface Check {
  readonly name: string;
  /** Undefined if there is nothing to hold it against. */
  readonly isGood: boolean | undefined;
  readonly says: string;
}

/** What a token is held against; what is not known is not judged. */
export interface Expected {
  readonly issuer: string;
  readonly audience: string | undefined;
  readonly nonce: string | undefined;
  /** Seconds, by the demo's clock. */
  readonly now: number;
}

/** How far clocks may be apart, in seconds, as for the client. */
const SKEW = 60;

/** What WebCrypto calls the algorithms that the client takes (RFC 7518 §3.1, RFC 9864 §2.2). */
const ALGORITHMS: Readonly<Record<string, RsaHashedImportParams & RsaPssParams & EcKeyImportParams & EcdsaParams>> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', saltLength: 0, namedCurve: '' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32, namedCurve: '' },
  ES256: { name: 'ECDSA', hash: 'SHA-256', saltLength: 0, namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519', hash: '', saltLength: 0, namedCurve: '' },
};

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const unbase64 = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
};

/** What became of a signature, in words. */
export const signature = async (token: string, keys: Json | undefined): Promise<Check> => {
  const say = (isGood: boolean | undefined, says: string): Check => ({ name: 'signature', isGood, says });
  const [head = '', body = '', tail = ''] = token.split('.');
  const alg = jwt(token)?.header['alg'];
  const kid = jwt(token)?.header['kid'];
  if (tail === '') return say(false, 'There is none');
  const rule = typeof alg === 'string' && Object.hasOwn(ALGORITHMS, alg) ? ALGORITHMS[alg] : undefined;
  if (rule === undefined) return say(false, 'Nobody here verifies this algorithm');
  const list = isObject(keys) && Array.isArray(keys['keys']) ? (keys['keys'] as readonly Json[]) : [];
  const key = list.filter(isObject).find((one) => kid === undefined || one['kid'] === kid);
  if (key === undefined) return say(false, 'No key of the server has this kid');
  try {
    const { key_ops: _, ...jwk } = key;
    const verifier = await crypto.subtle.importKey('jwk', jwk as JsonWebKey, rule, false, ['verify']);
    const isGood = await crypto.subtle.verify(rule, verifier, unbase64(tail) ?? bytes(''), bytes(`${head}.${body}`));
    return say(isGood, isGood ? 'Made by the server’s key; nothing was changed since' : 'Not the server’s: something was changed, or somebody else signed');
  } catch {
    return say(false, 'The key cannot be used for this algorithm');
  }
};

const seconds = (value: Json | undefined): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);

/** A span of time as a person says it. */
export const span = (total: number): string => {
  const whole = Math.abs(Math.round(total));
  const parts = [[Math.floor(whole / 86_400), 'd'], [Math.floor(whole / 3600) % 24, 'h'], [Math.floor(whole / 60) % 60, 'min'], [whole % 60, 's']] as const;
  const from = parts.findIndex(([count]) => count > 0);
  return from < 0 ? '0 s' : parts.slice(from, from + 2).filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`).join(' ');
};

/** What else there is to check (OpenID Connect Core §3.1.3.7), in the order of the client. */
export const checks = ({ header, claims }: Jwt, { issuer, audience, nonce, now }: Expected): readonly Check[] => {
  const { alg } = header;
  const { iss, aud } = claims;
  const [exp, iat] = [seconds(claims['exp']), seconds(claims['iat'])];
  const named: readonly Json[] = Array.isArray(aud) ? (aud as readonly Json[]) : aud === undefined ? [] : [aud];
  const isFor = audience !== undefined && named.length === 1 && named[0] === audience;
  const own = claims['nonce'];
  return [
    { name: 'alg', isGood: typeof alg === 'string' && Object.hasOwn(ALGORITHMS, alg), says: typeof alg === 'string' ? (alg.toLowerCase() === 'none' ? 'none means: anybody may write this' : alg) : 'Missing' },
    { name: 'iss', isGood: iss === issuer, says: iss === issuer ? 'This server' : 'Another server' },
    { name: 'aud', isGood: audience === undefined ? undefined : isFor, says: audience === undefined ? 'Which app it is for is not known here' : isFor ? 'This app, and nobody else' : `Not for ${audience}` },
    { name: 'exp', isGood: exp !== undefined && now < exp + SKEW, says: exp === undefined ? 'Missing' : now < exp ? `Good for another ${span(exp - now)}` : `Over since ${span(now - exp)}` },
    { name: 'iat', isGood: iat !== undefined && iat <= now + SKEW, says: iat === undefined ? 'Missing' : iat <= now + SKEW ? `Made ${span(now - iat)} ago` : `Yet to be made, in ${span(iat - now)}` },
    { name: 'nonce', isGood: nonce === undefined ? undefined : own === nonce, says: nonce === undefined ? 'The login it is from is not known here' : own === nonce ? 'From this very login' : own === undefined ? 'Missing' : 'From another login' },
  ];
};

/** A way to spoil a token, and what it plays. */
export interface Tampering {
  readonly id: string;
  readonly name: string;
  readonly plays: string;
  spoil(token: string): string;
}

const pack = (value: Json): string => base64url(bytes(JSON.stringify(value)));

const rewritten = (token: string, change: (jwt: Jwt) => Jwt): string => {
  const read = jwt(token);
  if (read === undefined) return token;
  const { header, claims } = change(read);
  return [pack(header), pack(claims), token.split('.')[2] ?? ''].join('.');
};

const withClaims = (token: string, claims: { readonly [key: string]: Json }): string =>
  rewritten(token, (read) => ({ header: read.header, claims: { ...read.claims, ...claims } }));

/** Flips the lowest bit of the last byte of a name, so that what comes out is still text. */
const flipped = (text: string): string => text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) ^ 1);

export const TAMPERINGS: readonly Tampering[] = [
  {
    id: 'payload', name: 'Flip a payload bit', plays: 'Somebody makes another person of it: one bit of sub is another',
    spoil: (token) => withClaims(token, { sub: flipped(String(jwt(token)?.claims['sub'] ?? 'a')) }),
  },
  {
    id: 'signature', name: 'Flip a signature bit', plays: 'Not a letter of what it says is changed',
    spoil(token) {
      const [head = '', body = '', tail = ''] = token.split('.');
      const signed = unbase64(tail) ?? bytes('');
      const middle = signed.length >> 1;
      return `${head}.${body}.${base64url(signed.map((byte, index) => (index === middle ? byte ^ 1 : byte)))}`;
    },
  },
  {
    id: 'none', name: 'Set alg to none', plays: 'The oldest trick: take the signature off and say that there is none',
    spoil: (token) => `${rewritten(token, ({ claims }) => ({ header: { alg: 'none' }, claims })).split('.').slice(0, 2).join('.')}.`,
  },
  { id: 'iss', name: 'Another issuer', plays: 'It says that another server made it', spoil: (token) => withClaims(token, { iss: 'https://evil.example' }) },
  { id: 'aud', name: 'Another audience', plays: 'It was made for another app and is brought to this one', spoil: (token) => withClaims(token, { aud: 'another-app' }) },
  { id: 'exp', name: 'Long expired', plays: 'It is from last year', spoil: (token) => withClaims(token, { exp: (seconds(jwt(token)?.claims['exp']) ?? 0) - 31_536_000 }) },
  { id: 'nonce', name: 'Another login’s nonce', plays: 'It is from another login and is slipped into this one', spoil: (token) => withClaims(token, { nonce: 'somebody-elses-login' }) },
];
