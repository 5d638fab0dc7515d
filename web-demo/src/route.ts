/** Where in the demo a person is: `#flow`, `#lab/csrf`. */

export interface Route {
  readonly tab: string;
  /** What follows the tab's name. */
  readonly place: string;
}

/**
 * Reads the hash of an address. What is unknown leads to the first tab.
 *
 * An address with parameters but no hash was made for the app: they go to the demo browser.
 */
export const parse = (hash: string, search: string, tabs: readonly string[]): Route => {
  const [tab = '', ...rest] = hash.replace(/^#/, '').split('/');
  if (tabs.includes(tab)) return { tab, place: rest.join('/') };
  return { tab: hash === '' && search !== '' ? 'flow' : (tabs[0] ?? ''), place: '' };
};

export const format = ({ tab, place }: Route): string => (place === '' ? `#${tab}` : `#${tab}/${place}`);

/** Which tab a key leads to from this one, if any: a list of tabs is one stop for Tab, arrows move inside. */
export const step = (key: string, at: number, count: number): number | undefined => {
  switch (key) {
    case 'ArrowRight': return (at + 1) % count;
    case 'ArrowLeft': return (at + count - 1) % count;
    case 'Home': return 0;
    case 'End': return count - 1;
    default: return undefined;
  }
};
