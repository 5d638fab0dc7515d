/** A message as something to run: a command, a test, a step of a browser test. */

import { field, form } from './decode.ts';
import { PLAIN_HEADERS } from './describe.ts';
import { raw } from './rust.ts';
import type { Message } from './trace.ts';

/** Where the native server listens unless told otherwise: no command reaches a service worker. */
export const NATIVE = 'http://localhost:8080';

/** Header fields that the tool writes itself, or that only a browser sends. */
const OF_THE_TOOL: ReadonlySet<string> = new Set([...PLAIN_HEADERS, 'content-type', 'origin', 'cookie']);

const own = ({ request }: Message): readonly (readonly [string, string])[] => request.headers.filter(([name]) => !OF_THE_TOOL.has(name.toLowerCase()));

/** The same address at the native server, and addresses in it, too. */
const native = (text: string, base: string): string => text.replaceAll(base.slice(0, -1), NATIVE).replaceAll(encodeURIComponent(base.slice(0, -1)), encodeURIComponent(NATIVE));

const title = (name: string): string => (name === 'authorization' ? 'Authorization' : name);
const shell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const script = (value: unknown): string => JSON.stringify(value, null, 2);

/** A command in the shape of the guide's. */
export const asCurl = (message: Message, base: string): string => {
  const { method, url, body } = message.request;
  const type = field(message.request.headers, 'content-type');
  const fields = form(message);
  const parts = [
    `curl -X ${method} ${shell(native(url, base))}`,
    ...(body === '' || type === undefined ? [] : [`-H ${shell(`Content-Type: ${type.split(';')[0]}`)}`]),
    ...own(message).map(([name, value]) => `-H ${shell(`${title(name)}: ${value}`)}`),
    ...fields.map(({ name, value }) => (/^[\w.~-]*$/.test(value) ? `-d ${shell(`${encodeURIComponent(name)}=${value}`)}` : `--data-urlencode ${shell(`${encodeURIComponent(name)}=${native(value, base)}`)}`)),
    // What begins with @ is the name of a file to `-d`.
    ...(fields.length === 0 && body !== '' ? [`--data-raw ${shell(body)}`] : []),
  ];
  return parts.join(' \\\n  ');
};

/** The name of a test, from a sentence. */
const snake = (sentence: string): string => sentence.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_').replaceAll(/^_|_$/g, '');

/** A test for `tests/`: the request as it was, and the status that it got. */
export const asRust = (message: Message, base: string, about: string): string => {
  const { method, url, body } = message.request;
  const type = field(message.request.headers, 'content-type');
  const headers = [...(type === undefined ? [] : [['content-type', type] as const]), ...own(message)];
  const issuer = base.slice(0, -1);
  const path = url.startsWith(issuer) ? url.slice(issuer.length) : url;
  const isGet = method === 'GET';
  return [
    `use grantflow::wire::http::${isGet ? 'Request' : '{Method, Request}'};`,
    'use grantflow_tests::{ISSUER, World};',
    '',
    '// Codes, tokens and sealed fields below come from the demo: put in those of this world.',
    '#[test]',
    `fn ${snake(about)}() {`,
    '    let mut world = World::new();',
    `    let ${isGet && headers.length === 0 ? '' : 'mut '}request = Request::get([ISSUER, ${raw(path)}].concat());`,
    ...(isGet ? [] : [`    request.method = Method::parse(${raw(method)});`]),
    ...headers.map(([name, value]) => `    request.headers.push(${raw(name.toLowerCase())}, ${raw(value)});`),
    ...(body === '' ? [] : [`    request.body = ${raw(body)}.into();`]),
    '    let response = world.send(&request).response();',
    `    assert_eq!(response.status, ${message.response.status});`,
    '}',
  ].join('\n');
};

/** A step of a browser test against the native server. */
export const asPlaywright = (message: Message, base: string): string => {
  const { method, url } = message.request;
  const address = script(native(url, base));
  if (message.kind === 'navigation' && method === 'GET') {
    return [`const response = await page.goto(${address})`, `expect(response.status()).toBe(${message.response.status})`].join('\n');
  }
  const headers = Object.fromEntries(own(message));
  const fields = Object.fromEntries(form(message).map(({ name, value }) => [name, native(value, base)]));
  const options = {
    method,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(Object.keys(fields).length > 0 ? { form: fields } : message.request.body !== '' && { data: message.request.body }),
    maxRedirects: 0,
  };
  return [`const response = await page.request.fetch(${address}, ${script(options)})`, `expect(response.status()).toBe(${message.response.status})`].join('\n');
};
