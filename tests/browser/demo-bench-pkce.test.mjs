/** The PKCE bench: a verifier, its challenge, and what the server makes of them. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

import { openTab } from './bench.mjs';
import { stage } from './demo.mjs';
import { inspect, tabTo } from './support.mjs';

const { base, visit } = stage();

const APPENDIX_B = ['dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'];
/** The guide's commands, as it prints them. */
const GUIDE = `code_verifier=$(openssl rand -base64 96 | tr -d '/+=' | tr -d '\\\\n' | head -c 128)
code_challenge=$(echo -n "$code_verifier" | openssl dgst -sha256 -binary | base64 | tr -d '=' | tr '/+' '_-')`;

const challenge = (page, text) => page.locator('#challenge').filter({ hasText: text }).waitFor();

visit('the vector of RFC 7636, Appendix B, gives its challenge', {}, async (page) => {
  await openTab(page, base(), 'pkce');
  await page.locator('#appendix-b').click();
  await challenge(page, APPENDIX_B[1]);
  assert.equal(await page.locator('#verifier').inputValue(), APPENDIX_B[0]);
  await page.getByText('As printed in RFC 7636, Appendix B').waitFor();
});

visit('a new verifier is as long as asked for, good, and the server takes it', {}, async (page) => {
  await openTab(page, base(), 'pkce');
  await page.locator('#length').fill('97');
  await page.getByText('A good code_verifier: 97 characters').waitFor();
  await page.locator('#prove').click();
  await page.locator('#pkce-proof').getByText('The server takes it: an access token for openid profile email').waitFor();
});

visit('what the guide’s command prints is no verifier by the RFC, and works', {}, async (page) => {
  const [verifier, expected] = execFileSync('bash', ['-c', `${GUIDE}\nprintf '%s\\0%s' "$code_verifier" "$code_challenge"`]).toString().split('\0');
  await openTab(page, base(), 'pkce');
  await page.locator('#verifier').fill(verifier);
  await page.locator('#pkce-verdict').getByText('No code_verifier by the RFC: a line break is not among').waitFor();
  await challenge(page, expected);
  await page.locator('#prove').click();
  await page.locator('#pkce-proof').getByText('The server takes it').waitFor();
  // The button does what the command does.
  await page.locator('#as-the-guide').click();
  await page.locator('#pkce-verdict').getByText('a line break is not among').waitFor();
  const made = await page.locator('#verifier').inputValue();
  assert.match(made, /^[A-Za-mo-z0-9]+\n[A-Za-mo-z0-9]+$/);
});

visit('a verifier that is too short is told why, and the server refuses it', { expected: [{ status: 400, path: '/demo/oauth2/token' }] }, async (page) => {
  await openTab(page, base(), 'pkce');
  await page.locator('#verifier').fill('short');
  await page.locator('#pkce-verdict').getByText('it has 5 characters, and 43 are the least').waitFor();
  await page.locator('#prove').click();
  await page.locator('#pkce-proof').getByText('The server refuses it: Invalid code verifier').waitFor();
});

visit('the PKCE bench is for everybody, and for the keyboard alone', { bypassCSP: true }, async (page) => {
  await openTab(page, base(), 'pkce');
  await inspect(page, 'bench-pkce');
  await tabTo(page, 'appendix-b');
  await page.keyboard.press('Enter');
  await challenge(page, APPENDIX_B[1]);
  await tabTo(page, 'prove');
  await page.keyboard.press('Enter');
  await page.locator('#pkce-proof').getByText('The server takes it').waitFor();
  await page.locator('#prove:focus').waitFor();
  await inspect(page, 'bench-pkce-proved');
});
