/** The attacks that need a real browser: it is the one that posts a form twice, or refuses to show a page in a frame. */

import { order } from '../live.ts';
import { form } from '../decode.ts';
import { Lab } from '../bench/lab.ts';
import { within } from '../patience.ts';
import { channelOf, type Habits, HABITS, type Message, type News } from '../trace.ts';
import type { Defence, Report } from '../world/types.ts';

type Step = Report['steps'][number];
type Said = Pick<Report, 'steps' | 'verdict'>;

/** Where an attack is played: the page around it, and the frame in which its victim is. */
export interface Scene {
  readonly base: URL;
  readonly frame: HTMLIFrameElement;
}

/** Nothing came of it in time. */
const failed = (what: string) => (): never => { throw new Error(`${what} did not happen`); };

/** Has the service worker do as a host would that knows no better, and waits until it does. */
const behave = async (base: URL, host: Habits): Promise<void> => {
  const channel = new BroadcastChannel(channelOf(base));
  const done = new Promise<void>((resolve) => {
    channel.addEventListener('message', ({ data }: MessageEvent<News>) => {
      if (data.is === 'host') resolve();
    });
  });
  order({ is: 'host', host });
  await within(done, failed('The change of the server’s habits')).finally(() => channel.close());
};

/** What the worker saw while something was done. */
const watching = async (base: URL, work: () => Promise<void>): Promise<readonly Message[]> => {
  const seen: Message[] = [];
  const channel = new BroadcastChannel(channelOf(base));
  channel.addEventListener('message', ({ data }: MessageEvent<News>) => {
    if (data.is === 'message') seen.push(data.message);
  });
  try {
    await work();
    // News may come after the page that they are about.
    await new Promise((resolve) => setTimeout(resolve, 200));
  } finally {
    channel.close();
  }
  return seen;
};

const loaded = (frame: HTMLIFrameElement): Promise<void> =>
  within(new Promise<void>((resolve) => {
    frame.addEventListener('load', () => resolve(), { once: true });
  }), failed('The page'));

const open = async (frame: HTMLIFrameElement, url: string): Promise<void> => {
  const done = loaded(frame);
  frame.src = url;
  await done;
};

const button = (frame: HTMLIFrameElement): HTMLElement | null => frame.contentDocument?.querySelector<HTMLElement>('#approve') ?? null;

/** An app's request that Ada, who is signed in, is asked about. */
const asked = async (base: URL): Promise<string> => {
  const lab = new Lab(base);
  const url = await lab.asks({ prompt: 'consent' });
  await lab.walk(url, { onlySignIn: true });
  return url;
};

const approve = async (frame: HTMLIFrameElement): Promise<void> => {
  const there = button(frame);
  if (!there) throw new Error('The consent page did not come');
  const done = loaded(frame);
  there.click();
  await done;
};

/** 307 after consent: the browser posts the form once more, to the app. */
const twice = async ({ base, frame }: Scene, without: boolean): Promise<Said> => {
  const url = await asked(base);
  await behave(base, { ...HABITS, redirect: without ? 307 : 303 });
  const seen = await watching(base, async () => {
    await open(frame, url);
    await approve(frame);
  });
  const arrival = seen.findLast(({ request }) => new URL(request.url).pathname === new URL('app/', base).pathname);
  if (!arrival) throw new Error('The browser never came to the app');
  const steps: Step[] = [
    { who: 'app', what: 'The app asks for an authorization; Alice is signed in at the server.' },
    { who: 'alice', what: 'Alice approves: her browser posts the server’s own form.' },
    { who: 'as', what: `The server redirects to the app with ${without ? 307 : 303}.` },
    { who: 'alice', what: `The browser asks the app by ${arrival.request.method}.`, message: arrival.id },
  ];
  const names = form(arrival).map(({ name }) => name);
  const verdict: Said['verdict'] = names.includes('interaction')
    ? { is: 'succeeded', got: `The app was posted what Alice said to the server: ${[...new Set(names)].join(', ')}. From a login form it would have been her password.` }
    : { is: 'stopped', code: '303', by: 'server', message: arrival.id };
  return { steps, verdict };
};

/** The consent page in an attacker's frame, under a button that promises something else. */
const framed = async ({ base, frame }: Scene, without: boolean): Promise<Said> => {
  const url = await asked(base);
  await behave(base, { ...HABITS, frames: without ? 'self' : 'none' });
  const seen = await watching(base, async () => {
    await open(frame, url);
    if (button(frame)) await approve(frame);
  });
  const shown = seen.find(({ page }) => page === 'consent');
  if (!shown) throw new Error('The server never showed its page');
  const code = seen.find(({ response }) => response.headers.some(([name, value]) => name === 'location' && value.includes('code=')));
  const steps: Step[] = [
    { who: 'evil', what: 'A page with a prize opens the server’s consent page in a frame, as good as invisible, over its button.' },
    { who: 'as', what: `The server answers with its page, and with frame-ancestors '${without ? 'self' : 'none'}'.`, message: shown.id },
    code
      ? { who: 'alice', what: 'Alice clicks for the prize, and so on Approve.', message: code.id }
      : { who: 'alice', what: 'The browser refuses to show the page in a frame; there is nothing to click.' },
  ];
  const verdict: Said['verdict'] = code
    ? { is: 'succeeded', got: 'A click for a prize approved an app that Alice never saw; its code is on its way.' }
    : { is: 'stopped', code: 'frame-ancestors', by: 'server', message: shown.id };
  return { steps, verdict };
};

interface Attack {
  play(scene: Scene, without: boolean): Promise<Said>;
  readonly defence: Defence;
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  'redirect-307': { play: twice, defence: { id: '303', name: 'The server redirects with 303', how: 'the host writes 307 in its place.' } },
  clickjacking: { play: framed, defence: { id: 'frame-ancestors', name: 'No other page may frame the server’s', how: 'the host lets a page of its own origin do it.' } },
};

/** What stands in the way of an attack that runs here. */
export const defences = (id: string): readonly Defence[] => (isLive(id) && ATTACKS[id] ? [ATTACKS[id].defence] : []);

/** Whether an attack is one of those that run here. */
export const isLive = (id: string): boolean => Object.hasOwn(ATTACKS, id);

/** Plays an attack, with its defence or without; the host behaves well again afterwards. */
export const play = async (id: string, scene: Scene, without: boolean): Promise<Said> => {
  const attack = ATTACKS[id];
  if (!attack) throw new Error(`no attack ${id}`);
  // A code that is held never comes to the app, and the attack would wait for it.
  order({ is: 'hold', on: false });
  try {
    return await attack.play(scene, without);
  } finally {
    await behave(scene.base, HABITS);
  }
};
