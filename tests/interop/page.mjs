// What runs in a page: one of the peers, with whatever goes wrong on its way.

import { PEERS } from './peers.mjs';
import { TRIALS, told } from './trials.mjs';

/**
 * Runs the login of `peer`; with the name of a trial, one that has to fail.
 *
 * The page's `authorize` is the browser's part: from the server's page to the callback, as texts.
 */
globalThis.run = async (peer, app, trial) => {
  const whole = {
    ...app,
    // The page's own insists on being called as a function of the window.
    fetch: (url, init) => fetch(url, init),
    authorize: async (url) => new URL(await globalThis.authorize(url.href)),
  };
  const spoiled = trial ? TRIALS.find(({ name }) => name === trial).spoil(whole) : whole;
  try {
    const { again, ...loggedIn } = await PEERS[peer](spoiled);
    const replayed = await again().then(() => 'bought twice', told);
    const headers = { authorization: `Bearer ${loggedIn.tokens.access_token}` };
    const { status } = await fetch(`${app.issuer}/api/tasks`, { headers });
    return { ...loggedIn, replayed, status };
  } catch (error) {
    return { refused: told(error) };
  }
};
