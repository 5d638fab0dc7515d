/** The worker in which World runs: a stranger's trace may take a second, and the page goes on. */

import init from '#world';

import { type Answer, faultOf, Host, type Question } from './host.ts';

const host = new Host();
const ready = init({ module_or_path: new URL('world.wasm', location.href) });

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  const say = (answer: Answer): void => postMessage(answer);
  // Questions are answered in the order in which they came: each waits for the same promise.
  void ready.then(
    () => say(host.answer(data)),
    (error: unknown) => say({ id: data.id, fault: { ...faultOf(error), code: 'not_loaded' } }),
  );
});
