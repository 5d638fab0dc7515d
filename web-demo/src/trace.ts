/** What crosses between the service worker, the app and the shell. */

export type Fields = readonly (readonly [name: string, value: string])[];

export interface Asked { readonly method: string; readonly url: string; readonly headers: Fields; readonly body: string }

/** One request and its answer, as they were. */
export interface Message {
  readonly id: number;
  /** Milliseconds, by the demo's clock. */
  readonly at: number;
  readonly kind: 'navigation' | 'fetch';
  readonly request: Asked;
  readonly response: { readonly status: number; readonly headers: Fields; readonly body: string };
  /** The page that was shown, where one was. */
  readonly page?: string;
  /** What it did to the machines of `docs/states.json`: the ids of their transitions, in order. */
  readonly transitions?: readonly string[];
  /** Somebody sent it again by hand, as it was or changed; its answer went to nobody. */
  readonly again?: Again;
}

export type Again = 'same' | 'changed';

/** What the service worker tells every page. */
export type News =
  | { readonly is: 'message'; readonly message: Message }
  | { readonly is: 'clock'; readonly offset: number }
  | { readonly is: 'hold'; readonly on: boolean }
  | { readonly is: 'host'; readonly host: Habits }
  /** Everything is as it was after a message, and these are the messages up to there; `by` is who asked for that. */
  | { readonly is: 'back'; readonly by: string; readonly messages: readonly Message[] }
  /** The list is empty; if `all`, there is nothing to go back to either. */
  | { readonly is: 'cleared'; readonly all: boolean };

/** What a page tells the service worker. */
export type Order =
  | { readonly is: 'claim' }
  | { readonly is: 'clear' }
  | { readonly is: 'forget' }
  | { readonly is: 'clock'; readonly offset: number }
  | { readonly is: 'hold'; readonly on: boolean }
  | { readonly is: 'host'; readonly host: Habits }
  | { readonly is: 'send'; readonly request: Asked; readonly kind: Message['kind']; readonly again: Again }
  | Back;

export interface Shows { readonly url: string; readonly page: number }

/** Has server, cookies and clock be as they were. */
export interface Back {
  readonly is: 'back';
  readonly by: string;
  /** After which message. */
  readonly id: number;
  /** What the clock then says, in milliseconds, if not what it said at that message. */
  readonly now?: number;
  /** The next navigation to this address shows the page that this message led to, and is no message itself. */
  readonly shows?: Shows;
  readonly messages: readonly Message[];
}

/** What is a host's to do and not the core's, so that the attack lab can have it done badly. */
export interface Habits {
  /** The status of a redirect that leaves for the app: 307 has the browser post its form once more, to the app. */
  readonly redirect: 303 | 307;
  /** Who may frame the server's pages: `self` is for the demo, whose browser is a frame; the native server says `none`. */
  readonly frames: 'self' | 'none';
}

/** How the demo's host behaves, unless the attack lab is at work. */
export const HABITS: Habits = { redirect: 303, frames: 'self' };

/** What `__sw/state` answers. */
export interface State {
  readonly issuer: string;
  /** Milliseconds that the demo's clock is ahead. */
  readonly offset: number;
  /** Whether codes wait on their way to the app. */
  readonly hold: boolean;
  readonly messages: readonly Message[];
}

/** How many messages are kept, here and there. */
export const MOST_MESSAGES = 300;

const OURS = ['oauth2/', 'api/', '.well-known/'];
/** Whether the server answers this path below the base. */
export const isServers = (path: string): boolean => path === 'developer' || OURS.some((ours) => path.startsWith(ours));
/** Which message a fetch was, so that its page can say what it kept afterwards. */
export const MESSAGE_FIELD = 'x-demo-message';
/** Two demos of one origin do not hear each other. */
export const channelOf = (base: URL): string => `trace ${base.pathname}`;
/** Below the base; only the service worker answers it. */
export const STATE = '__sw/state';
/** The app that is there from the start. */
export const DEFAULT_CLIENT = 'taskmaster';
