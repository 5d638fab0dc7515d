/** Where there is no server the bench says so, and where there is none yet it waits. */

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

visit('what is pressed before the server is there waits for it', { expected: [{ status: 401, path: '/demo/api/tasks' }] }, async (page) => {
  // As on a slow machine, where the worker takes a while.
  await page.addInitScript(() => {
    const { register } = ServiceWorkerContainer.prototype;
    ServiceWorkerContainer.prototype.register = async function slowly(...given) {
      await new Promise((resolve) => { setTimeout(resolve, 1500); });
      return register.apply(this, given);
    };
  });
  await page.goto(`${base()}#errors`);
  await page.locator('#drive-no-token').click();
  await page.locator('.bench[aria-busy="true"]').waitFor();
  await page.locator('#outcome').getByText('401, and no error code').waitFor();
});
