/**
 * What the journeys need of an engine, and no more.
 *
 * @typedef {object} Engine
 * @property {() => Promise<Visitor>} visit  somebody new, of whom nothing is stored
 * @property {(milliseconds: number) => Promise<void>} sleep  stops all processes of the browser for a while
 * @property {string[]} [strays]  what tried to leave this machine
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} Visitor
 * @property {() => Promise<Tab>} open  opens an empty tab
 * @property {() => Promise<Tab[]>} tabs  those that are open, windows among them
 * @property {(on: boolean) => Promise<void>} [offline]  takes the network away; where it is missing, a journey takes
 *   the server away and tells the page
 * @property {() => Promise<void>} close
 *
 * @typedef {object} Tab
 * @property {unknown} key  which it is
 * @property {(url: string) => Promise<unknown>} goto
 * @property {() => Promise<unknown>} back  as by the Back button
 * @property {() => string | Promise<string>} url
 * @property {(work: (...given: any[]) => unknown, ...given: unknown[]) => Promise<any>} run  runs in the page, waits for
 *   promises; all goes over as JSON
 * @property {(selector: string) => Promise<boolean>} has
 * @property {(selector: string) => Promise<void>} click  as a person clicks
 * @property {(selector: string, text: string) => Promise<void>} type  as a person types
 * @property {() => Promise<void>} close
 */

/** Most time that anything may take, in milliseconds. */
export const PATIENCE = 20_000;

export const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/** The browser is no more. */
export class Dead extends Error {}

/** Waits until something is so, and gives it; pages that are just leaving cannot be asked, and are asked again. */
export const until = async (what, ask) => {
  const end = Date.now() + PATIENCE;
  let last;
  while (Date.now() < end) {
    try {
      const said = await ask();
      if (said) return said;
      last = undefined;
    } catch (error) {
      if (error instanceof Dead) throw new Error(`The browser died before this: ${what}`, { cause: error });
      last = error;
    }
    await pause(25);
  }
  throw new Error(`It did not come to this: ${what}`, { cause: last });
};
