/** How long what is out lives: the newest code, the newest access token. */

import { form, isObject, json, location } from './decode.ts';
import type { Message } from './trace.ts';

export interface Life {
  readonly of: 'code' | 'token';
  /** The first instant at which it is too old, in milliseconds by the demo's clock. */
  readonly dies: number;
  /** A code is good once. */
  readonly isSpent: boolean;
}

/** Seconds that a code lives here; a server need not say it ([RFC 6749 §4.1.2] allows ten minutes at most). */
const CODE = 600;

/** The server counts whole seconds. */
const after = (at: number, seconds: number): number => (Math.floor(at / 1000) + seconds) * 1000;

/** What is out after these messages; `base` is where the server is. */
export const lives = (messages: readonly Message[], base: string): readonly Life[] => {
  let code: (Life & { readonly value: string }) | undefined;
  let token: Life | undefined;
  for (const message of messages) {
    const sent = location(message)?.searchParams.get('code');
    if (sent) code = { of: 'code', dies: after(message.at, CODE), isSpent: false, value: sent };
    if (message.request.url !== `${base}oauth2/token`) continue;
    const body = json(message.response.body);
    if (message.response.status >= 400 || !isObject(body)) continue;
    if (form(message).some(({ name, value }) => name === 'code' && value === code?.value) && code) code = { ...code, isSpent: true };
    if (typeof body['expires_in'] === 'number') token = { of: 'token', dies: after(message.at, body['expires_in']), isSpent: false };
  }
  return [...(code ? [code] : []), ...(token ? [token] : [])];
};

/** What is left, as `9:58` or `1:02:03`. */
export const left = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (number: number): string => String(number).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
};
