/** Takes messages apart. It shows what is there and judges nothing: that is the core's part. */

import type { Fields, Message } from './trace.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One value on the wire, perhaps with what is inside it. */
export interface Said { readonly name: string; readonly value: string; readonly inside?: string }

export interface Jwt { readonly header: { readonly [key: string]: Json }; readonly claims: { readonly [key: string]: Json } }

export const field = (headers: Fields, name: string): string | undefined =>
  headers.find(([key]) => key.toLowerCase() === name)?.[1];

export const json = (text: string): Json | undefined => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
};

export const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const base64 = (text: string): string | undefined => {
  try {
    const standard = text.replaceAll('-', '+').replaceAll('_', '/');
    return new TextDecoder().decode(Uint8Array.from(atob(standard), (letter) => letter.charCodeAt(0)));
  } catch {
    return undefined;
  }
};

/** The two readable parts of a JSON Web Token. */
export const jwt = (text: string): Jwt | undefined => {
  const parts = text.split('.');
  const [header, claims] = parts.slice(0, 2).map((part) => json(base64(part) ?? ''));
  return parts.length === 3 && isObject(header) && isObject(claims) ? { header, claims } : undefined;
};

/** What `Authorization` holds, in words. */
export const credentials = (value: string): string | undefined => {
  const [scheme = '', rest = ''] = value.split(' ');
  if (scheme.toLowerCase() === 'bearer') return 'A bearer token: whoever has it may go in';
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = base64(rest);
  const colon = pair?.indexOf(':') ?? -1;
  return pair === undefined || colon < 0 ? undefined : `Decoded: client_id ${pair.slice(0, colon)}, client_secret ${pair.slice(colon + 1)}`;
};

export const query = (url: string): Said[] => [...new URL(url).searchParams].map(([name, value]) => ({ name, value }));

export const form = (message: Message): Said[] => {
  const type = field(message.request.headers, 'content-type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) return [];
  return [...new URLSearchParams(message.request.body)].map(([name, value]) => ({ name, value }));
};

/** Where an answer sends the browser. */
export const location = (message: Message): URL | undefined => {
  const to = field(message.response.headers, 'location');
  return to !== undefined && URL.canParse(to, message.request.url) ? new URL(to, message.request.url) : undefined;
};
