/** Where there is no server the bench says so, and shows what needs none. */

import { stage } from './demo.mjs';

const { base, visit } = stage();

for (const tab of ['request', 'pkce', 'tokens', 'errors', 'checklist', 'byo']) {
  visit(`without service workers #${tab} says what it cannot do`, {}, async (page) => {
    // As on plain http from another machine.
    await page.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined });
      Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });
    });
    await page.goto(`${base()}#${tab}`);
    await page.locator('.bench').getByText('The server cannot run here, so nothing on this page can ask it. This page has no service workers.').waitFor();
  });
}
