/** A trace as something to hand on: a piece of an address, compressed, in letters that need no escape; and a test. */

import { raw } from '../rust.ts';

/** Most letters of an address that every browser and most chats let through. */
export const MOST = 8000;

export const pack = async (text: string): Promise<string> => {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
};

/** Most bytes of a trace: World takes no more. */
export const LONGEST = 65_536;

/** All that comes out of a stream, if that is not too much: a few letters of a stranger's can be blown up to anything. */
const limited = async (stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> => {
  const reader = stream.getReader();
  const all = new Uint8Array(LONGEST);
  for (let length = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return all.slice(0, length);
    if (length + value.length > LONGEST) {
      await reader.cancel();
      throw new RangeError('too long for a trace');
    }
    all.set(value, length);
    length += value.length;
  }
};

/** What was packed; throws if it is none. */
export const unpack = async (packed: string): Promise<string> => {
  const letters = atob(packed.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  return new TextDecoder('utf-8', { fatal: true }).decode(await limited(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))));
};

/** A test that plays a run of World, and fails if it ends otherwise. */
export const asReplay = (trace: string): string => [
  'use grantflow_world::{Trace, World};',
  '',
  '#[test]',
  'fn what_was_seen_happens_again() {',
  `    let trace = Trace::parse(${raw(trace)}).unwrap();`,
  '    World::replay(&trace).unwrap();',
  '}',
].join('\n');
