/** A tab of the bench, as a person opens it. */

/** Opens the demo on a tab and waits until it is there, and the server with it. */
export const openTab = async (page, base, hash, ready) => {
  await page.goto(`${base}#${hash}`);
  await page.locator('.bench h2').waitFor();
  await page.locator('.bench[aria-busy="false"]').waitFor();
  if (ready) await page.locator(ready).first().waitFor();
};
