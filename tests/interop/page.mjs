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
    fetch: fetch.bind(globalThis),
    authorize: async (url) => new URL(await globalThis.authorize(url.href)),
  };
  const spoiled = trial ? TRIALS.find(({ name }) => name === trial).spoil(whole) : whole;
  try {
    const client = await PEERS[peer](spoiled);
    const loggedIn = await client.login();
    const { claims, tokens: { access_token: token, expires_in: lifetime, scope } } = loggedIn;
    const userinfo = await client.userinfo(loggedIn);
    const tasks = await (await client.open(token, `${app.issuer}/api/tasks`)).json();
    const replayed = await loggedIn.again().then(() => 'bought twice', told);
    const { status } = await whole.fetch(`${app.issuer}/api/tasks`, { headers: { authorization: `Bearer ${token}` } });
    return { claims, lifetime, scope, userinfo, tasks, replayed, status };
  } catch (error) {
    return { refused: told(error) };
  }
};
