/** Going back in Live, and what was before somebody did: on a real server, in World's words. */

import { blank, enter, forget, here, keep, put } from './browser.tsx';
import { freshName } from './fresh.ts';
import { ask } from './live.ts';
import { type App, appAt, note, placeAt, type Place, placeNow } from './past.ts';
import { sentence } from './sentence.ts';
import type { Asked, Back, Message, News } from './trace.ts';

export interface Branch {
  readonly name: string;
  readonly messages: readonly Message[];
  /** Its last message, even if the list was cleared. */
  readonly end: number;
  /** What the clock said when it was left, in milliseconds. */
  readonly now: number;
  readonly place: Place;
  readonly storage: App['storage'];
}

export interface Past {
  /** Which branch this is. */
  readonly name: string;
  /** The others; the last one is where one comes from. */
  readonly branches: readonly Branch[];
  readonly end: number | undefined;
  readonly isBusy: boolean;
  /** What was done, or why it was not. */
  readonly note: string;
  readonly fault: string;
}

export const PRESENT: Past = { name: 'main', branches: [], end: undefined, isBusy: false, note: '', fault: '' };

/** What the page knows of the present. */
interface Now {
  readonly messages: readonly Message[];
  readonly offset: number;
  readonly past: Past;
}

const BACK = 'This is how it was: server, cookies, clock and app. What came after is in the list of branches.';
const BACK_ALONE = 'Server, cookies and clock are as they were. What the app kept then is not known to this page, so it was loaded as it is. What came after is in the list of branches.';
const ELSEWHERE = 'Another page of this demo went back. What was here is in the list of branches.';

/** How things are, to come back to. */
const leave = ({ messages, offset, past: { name, end } }: Now, home: URL): Branch | undefined => {
  if (end === undefined) return undefined;
  const href = here() ?? home.href;
  return { name, messages, end, now: Date.now() + offset, place: placeNow(href, messages), storage: { ...sessionStorage } };
};

const beside = ({ branches, name }: Past, to: string, left: Branch | undefined): readonly Branch[] =>
  [...branches.filter((one) => one.name !== name && one.name !== to), ...(left ? [left] : [])];

export class Travel {
  readonly #home: URL;
  readonly #now: () => Now;
  readonly #set: (some: Partial<Past>) => void;
  /** Where this page is about to go. */
  #going: { readonly by: string; readonly name: string; readonly left: Branch | undefined; readonly end: number } | undefined;
  /** One after the other. */
  #queue: Promise<void> = Promise.resolve();

  constructor(home: URL, now: () => Now, set: (some: Partial<Past>) => void) {
    [this.#home, this.#now, this.#set] = [home, now, set];
  }

  #do(work: () => Promise<Partial<Past>>): void {
    this.#queue = this.#queue.then(async () => {
      this.#set({ isBusy: true, note: '', fault: '' });
      const some = await work().catch((error: unknown): Partial<Past> => ({ fault: sentence(error) }));
      this.#set({ ...some, isBusy: false });
    });
  }

  /** Puts everything where it was; what is now becomes a branch. */
  async #go(name: string, to: Omit<Back, 'is' | 'by' | 'shows'>, { href, shows }: Place, storage: App['storage'] | undefined): Promise<string | undefined> {
    const left = leave(this.#now(), this.#home);
    // From here on the storage is that of another time.
    note({ href: left?.place.href ?? this.#home.href, storage: { ...sessionStorage }, isEdge: true });
    // Whatever the app is about to write must not come after what is put there.
    await blank();
    const by = crypto.randomUUID();
    this.#going = { by, name, left, end: to.id };
    const why = await ask({ is: 'back', by, ...to, ...(shows && { shows }) });
    if (why === undefined && storage) keep(storage);
    put(why === undefined ? href : (left?.place.href ?? this.#home.href));
    return why;
  }

  /** Goes back to the moment after a message. */
  back(id: number): void {
    this.#do(async () => {
      const { messages, past } = this.#now();
      const at = messages.findIndex((one) => one.id === id);
      const message = messages[at];
      if (!message) return {};
      const app = appAt(message, messages);
      // What comes next is done there.
      enter();
      const why = await this.#go(freshName(past), { id, messages: messages.slice(0, at + 1) }, placeAt(message, messages, app, this.#home), app?.storage);
      return why === undefined ? { note: app ? BACK : BACK_ALONE } : { fault: why };
    });
  }

  /** Goes to the end of another branch. */
  swap(name: string): void {
    this.#do(async () => {
      const branch = this.#now().past.branches.find((one) => one.name === name);
      if (!branch) return {};
      const { end: id, now, messages, place, storage } = branch;
      const why = await this.#go(name, { id, now, messages }, place, storage);
      return why === undefined ? {} : { fault: why };
    });
  }

  /** Everything as on the first day. */
  forget(): void {
    this.#do(async () => {
      await blank();
      const why = await ask({ is: 'forget' });
      if (why === undefined) forget();
      put(this.#home.href);
      return why === undefined ? {} : { fault: why };
    });
  }

  /** Sends a request by hand; its answer is a message of its own. */
  send(request: Asked, kind: Message['kind'], again: NonNullable<Message['again']>): void {
    this.#do(async () => {
      const why = await ask({ is: 'send', request, kind, again });
      return why === undefined ? {} : { fault: why };
    });
  }

  /** What is kept when everything went back, here or in another page. */
  arrived({ by, messages }: News & { is: 'back' }): Pick<Past, 'name' | 'branches' | 'end'> & Partial<Past> {
    const now = this.#now();
    const { past } = now;
    const going = this.#going;
    if (going?.by === by) {
      this.#going = undefined;
      // Answers that were still on their way belong to what was.
      const left = going.left && { ...going.left, messages: now.messages, end: past.end ?? going.left.end };
      return { name: going.name, branches: beside(past, going.name, left), end: going.end };
    }
    const name = freshName(past);
    return { name, branches: beside(past, name, leave(now, this.#home)), end: messages.at(-1)?.id ?? past.end, note: ELSEWHERE };
  }
}
