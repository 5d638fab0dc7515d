/** What a person can do to a run that is past: go back, do something else there, and keep what was. */

import { Impossible, isInFlight, must, noAddress } from './must.ts';
import type { Edit, Input, Message, Trace, World } from './types.ts';

/** Does again what was done then, until something cannot be done any more. */
const again = async (world: World, inputs: readonly Input[]): Promise<void> => {
  for (const input of inputs) {
    if (!(await world.apply(input)).ok) return;
  }
};

const inputs = ({ log }: Trace): readonly Input[] => log.map(({ input }) => input);

/** Sends a request once more, right after the first time, and goes on as it was. Each of these gives the message to look at. */
export const duplicate = async (world: World, { id, step }: Message): Promise<number | undefined> => {
  const all = inputs(await world.trace(true));
  await world.rewind(step);
  const { messages } = await must(world.apply({ do: 'duplicate', message: id }));
  await again(world, all.slice(step));
  return messages.find(({ copy_of: of }) => of === id)?.id;
};

/** Plays until a message is in flight, does something to it there, and goes on as it was. */
const instead = async (world: World, message: Message, change: (id: number) => readonly Input[]): Promise<number> => {
  const { step, to, request: { url } } = message;
  const all = inputs(await world.trace(true));
  const cause = all[step - 1];
  if (!cause) throw new Impossible('Nothing led to this message.');
  const path = new URL(url).pathname;
  await world.rewind(step - 1);
  await must(world.apply({ do: 'hold', to, path, on: true }));
  await must(world.apply(cause));
  const held = (await world.messages()).findLast((one) => one.stage === 'request' && one.to === to && new URL(one.request.url).pathname === path);
  if (!held) throw new Impossible('It does not come the same way again.');
  for (const input of change(held.id)) await must(world.apply(input));
  await must(world.apply({ do: 'hold', to, path, on: false }));
  await again(world, all.slice(step));
  return held.id;
};

/** Loses a message. */
export const drop = async (world: World, message: Message): Promise<number> => {
  if (!isInFlight(message)) return instead(world, message, (id) => [{ do: 'drop', message: id }]);
  await must(world.apply({ do: 'drop', message: message.id }));
  return message.id;
};

/** Changes a message on its way. */
export const edit = async (world: World, message: Message, change: Edit): Promise<number> => {
  const fault = change.url === undefined ? undefined : noAddress(change.url);
  if (fault) throw fault;
  const inputsFor = (id: number): readonly Input[] => [{ do: 'edit', message: id, edit: change }, { do: 'deliver', message: id }];
  if (!isInFlight(message)) return instead(world, message, inputsFor);
  for (const input of inputsFor(message.id)) await must(world.apply(input));
  return message.id;
};
