/** A page that only runs World, as the shell does, and writes down what came of it. */

import { startWorld, WorldFault } from '../../web-demo/src/world/world.ts';

const world = startWorld(new URL('.', location.href));

const codeOf = (thrown: unknown): string => (thrown instanceof WorldFault ? thrown.code : String(thrown));

const run = async (): Promise<unknown> => {
  const traces = (await (await fetch('traces.json')).json()) as Record<string, string>;
  const early = await world.view().catch(codeOf);
  const digests: Record<string, string> = {};
  for (const [name, text] of Object.entries(traces)) {
    const replayed = await world.replay(text);
    digests[name] = replayed.ok ? replayed.view.digest : replayed.fault.code;
  }
  const first = await world.create({ seed: 'page', app: 'public' });
  const applied = await world.apply({ do: 'open', who: 'alice', url: 'https://app.example/' });
  const moment = await world.peek(0);
  const back = await world.rewind(0);
  const report = await world.attack('mix-up', []);
  const none = await world.attack('none', []).catch(codeOf);
  return {
    early, digests, none,
    pages: applied.ok ? applied.messages.map(({ page }) => page) : applied.fault.code,
    isBack: back.digest === first.digest && moment.view.digest === first.digest && moment.messages.length === 0,
    verdict: report.verdict.is,
  };
};

void run().then(
  (result) => { document.body.textContent = JSON.stringify(result); },
  (error: unknown) => { document.body.textContent = String(error); },
).finally(() => { document.body.id = 'done'; });
