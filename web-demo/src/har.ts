/** Messages as a HAR file, version 1.2, which browsers' developer tools open (http://www.softwareishard.com/blog/har-12-spec/). */

import { field, form, query } from './decode.ts';
import type { Fields, Message } from './trace.ts';
import { startWorld } from './world/world.ts';

interface Pair { readonly name: string; readonly value: string }

/** Not known. */
const UNKNOWN = -1;

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK', 201: 'Created', 204: 'No Content', 302: 'Found', 303: 'See Other', 307: 'Temporary Redirect', 400: 'Bad Request', 401: 'Unauthorized',
  403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 413: 'Content Too Large', 429: 'Too Many Requests', 500: 'Internal Server Error', 503: 'Service Unavailable',
};

const pairs = (fields: Fields): Pair[] => fields.map(([name, value]) => ({ name, value }));

/** The cookies in fields of this name; one of a `Cookie` is as good as another, of `Set-Cookie` the first pair is it. */
const cookies = (fields: Fields, name: 'cookie' | 'set-cookie'): Pair[] =>
  fields.filter(([field]) => field.toLowerCase() === name).flatMap(([, value]) => (name === 'cookie' ? value.split('; ') : value.split('; ', 1))).flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? [] : [{ name: pair.slice(0, at), value: pair.slice(at + 1) }];
  });

const size = (text: string): number => new TextEncoder().encode(text).length;

const entry = (message: Message): object => {
  const { at, request, response, page, transitions = [] } = message;
  const type = field(request.headers, 'content-type') ?? '';
  return {
    startedDateTime: new Date(at).toISOString(),
    time: 0,
    request: {
      method: request.method, url: request.url, httpVersion: 'HTTP/1.1',
      cookies: cookies(request.headers, 'cookie'), headers: pairs(request.headers), queryString: query(request.url).map(({ name, value }) => ({ name, value })),
      ...(request.body === '' ? {} : { postData: { mimeType: type, params: form(message).map(({ name, value }) => ({ name, value })), text: request.body } }),
      headersSize: UNKNOWN, bodySize: size(request.body),
    },
    response: {
      status: response.status, statusText: REASONS[response.status] ?? '', httpVersion: 'HTTP/1.1',
      cookies: cookies(response.headers, 'set-cookie'), headers: pairs(response.headers),
      content: { size: size(response.body), mimeType: field(response.headers, 'content-type') ?? '', text: response.body },
      redirectURL: field(response.headers, 'location') ?? '', headersSize: UNKNOWN, bodySize: size(response.body),
      ...(page === undefined ? {} : { comment: `The page ${page.replaceAll('_', ' ')}, which is not in this file.` }),
    },
    cache: {},
    timings: { send: 0, wait: 0, receive: 0 },
    ...(transitions.length > 0 && { comment: transitions.join(' ') }),
  };
};

/** The same messages without what is secret; what is secret World knows, and nobody else here. What it cannot judge is left out. */
export const redacted = async (messages: readonly Message[], base: URL): Promise<readonly Message[]> => {
  const world = startWorld(base);
  try {
    const all = await Promise.all(messages.map(async (message): Promise<Message | undefined> => {
      const { request: { method, url, headers, body }, response } = message;
      const said = await world.redacted({ request: { method, url, headers, body }, response }).catch((fault: unknown) => {
        if (fault instanceof Error && 'code' in fault && fault.code === 'malformed') return undefined;
        throw fault;
      });
      return said && { ...message, ...said };
    }));
    return all.filter((message) => message !== undefined);
  } finally {
    world.stop();
  }
};

export const har = (messages: readonly Message[], hasSecrets: boolean): string => JSON.stringify({
  log: {
    version: '1.2',
    creator: { name: 'grantflow demo', version: '1' },
    entries: messages.map(entry),
    comment: hasSecrets ? 'With all secrets.' : 'Without what is secret: codes, tokens, cookies, passwords.',
  },
}, null, 2);
