/** A browser's processes, put to sleep as by closing the lid: no timer runs, no connection is read. */

import { readFile, readdir } from 'node:fs/promises';
import { kill, pid as here } from 'node:process';

/** Parent of each process (proc(5)); a process that ends meanwhile has none. */
const parents = async () => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  // The second field is a name that may hold anything but ends with the last parenthesis.
  return new Map(pids.map((pid, at) => [Number(pid), Number(stats[at].slice(stats[at].lastIndexOf(')') + 2).split(' ')[1])]));
};

const childrenOf = (all, parent) => [...all].filter(([, its]) => its === parent).map(([pid]) => pid);

/** Notes which processes `start` starts; gives what it gives, and what puts them to sleep for some milliseconds. */
export const sleeper = async (start) => {
  const before = childrenOf(await parents(), here);
  const started = await start();
  const roots = childrenOf(await parents(), here).filter((pid) => !before.includes(pid));
  if (roots.length === 0) throw new Error('No process was started, so none can sleep');
  const signal = (pids, name) => {
    for (const pid of pids) {
      try {
        kill(pid, name);
      } catch {
        // It has ended meanwhile.
      }
    }
  };
  const sleep = async (milliseconds) => {
    const all = await parents();
    const asleep = [];
    for (let next = roots; next.length > 0; next = next.flatMap((pid) => childrenOf(all, pid))) asleep.push(...next);
    signal(asleep, 'SIGSTOP');
    await new Promise((resolve) => { setTimeout(resolve, milliseconds); });
    signal(asleep.reverse(), 'SIGCONT');
  };
  return { started, sleep };
};
