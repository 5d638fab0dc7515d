/** Stylesheets that only some tabs need. */

/** Loads one, and waits for it: nothing is drawn without. If it cannot be had the tab is plain, and works. */
export const wear = (name: string): Promise<void> => new Promise((resolve) => {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL(name, document.baseURI).href;
  for (const end of ['load', 'error']) link.addEventListener(end, () => resolve());
  document.head.append(link);
});
