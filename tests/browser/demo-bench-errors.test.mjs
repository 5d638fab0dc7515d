/** The gallery of errors: each one driven at the real server. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { openTab } from './bench.mjs';
import { stage } from './demo.mjs';
import { source } from './source.mjs';
import { inspect, tabTo } from './support.mjs';

const { base, visit } = stage();
const { ERRORS } = await source('bench/errors.ts');
const page_ = async (path) => readFile(new URL(`../../docs/${path}`, import.meta.url), 'utf8');
const guide = await page_('guide.md');

const [AUTHORIZE, TOKEN, API] = ['/demo/oauth2/authorize', '/demo/oauth2/token', '/demo/api/tasks'];

/** What each has to end in: status, error, error_description; and the failed load that the browser notes, if any. */
const EXPECTED = {
  'missing-client-id': [400, 'invalid_request', 'Missing required parameter: client_id', AUTHORIZE],
  'unknown-client': [400, 'invalid_request', 'Unknown client', AUTHORIZE],
  'missing-redirect-uri': [400, 'invalid_request', 'Missing required parameter: redirect_uri', AUTHORIZE],
  'invalid-redirect-uri': [400, 'invalid_request', 'Invalid redirect URI', AUTHORIZE],
  'foreign-consent': [403, 'invalid_request', 'This page was not made for you. Go back to the app and start again', '/demo/oauth2/consent'],
  'malformed-request': [400, 'invalid_request', 'Malformed request', AUTHORIZE],
  'invalid-logout-uri': [400, 'invalid_request', 'Invalid post_logout_redirect_uri', '/demo/oauth2/logout'],
  'invalid-logout-hint': [400, 'invalid_request', 'Invalid id_token_hint', '/demo/oauth2/logout'],
  'repeated-parameter': [303, 'invalid_request', 'A parameter is there more than once'],
  'missing-response-type': [303, 'invalid_request', 'Missing required parameter: response_type'],
  'unsupported-response-type': [303, 'unsupported_response_type', 'response_type must be code'],
  'missing-scope': [303, 'invalid_request', 'Missing required parameter: scope'],
  'invalid-scope': [303, 'invalid_scope', 'Scope is malformed or not allowed'],
  'plain-challenge': [303, 'invalid_request', 'code_challenge_method must be S256, with a code_challenge'],
  'invalid-challenge': [303, 'invalid_request', 'Invalid code_challenge'],
  'missing-challenge': [303, 'invalid_request', 'Missing required parameter: code_challenge'],
  'unauthorized-client': [303, 'unauthorized_client', 'The client is not registered for codes'],
  'access-denied': [303, 'access_denied', 'The user said no'],
  'login-required': [303, 'login_required', 'The user has to sign in'],
  'consent-required': [303, 'consent_required', 'The user has to be asked'],
  'invalid-prompt': [303, 'invalid_request', 'Invalid prompt'],
  'request-object': [303, 'request_not_supported', 'request is not supported'],
  'request-uri': [303, 'request_uri_not_supported', 'request_uri is not supported'],
  registration: [303, 'registration_not_supported', 'registration is not supported'],
  'invalid-target': [303, 'invalid_target', 'resource is not one of this server'],
  'method-without-challenge': [303, 'invalid_request', 'code_challenge_method must be S256, with a code_challenge'],
  'unsupported-response-mode': [303, 'invalid_request', 'response_mode must be query or form_post'],
  'invalid-max-age': [303, 'invalid_request', 'Invalid max_age'],
  'invalid-claims': [303, 'invalid_request', 'Invalid claims'],
  'invalid-hint': [303, 'invalid_request', 'Invalid id_token_hint'],
  'unmet-acr': [303, 'unmet_authentication_requirements', 'No sign-in here has that acr'],
  'another-person': [303, 'login_required', 'Another user is signed in'],
  'invalid-key': [303, 'invalid_request', 'Invalid dpop_jkt'],
  'request-too-long': [303, 'invalid_request', 'The request is too long'],
  'invalid-client': [401, 'invalid_client', 'Invalid client credentials', TOKEN],
  'code-expired': [400, 'invalid_grant', 'Authorization code expired', TOKEN],
  'invalid-verifier': [400, 'invalid_grant', 'Invalid code verifier', TOKEN],
  'missing-verifier': [400, 'invalid_grant', 'Invalid code verifier', TOKEN],
  'redirect-uri-mismatch': [400, 'invalid_grant', 'Redirect URI mismatch', TOKEN],
  'unknown-code': [400, 'invalid_grant', 'Invalid authorization code', TOKEN],
  'code-replay': [400, 'invalid_grant', 'Invalid authorization code', TOKEN],
  'foreign-code': [400, 'invalid_grant', 'Invalid authorization code', TOKEN],
  'no-authentication': [400, 'invalid_request', 'Client authentication required', TOKEN],
  'two-authentications': [400, 'invalid_request', 'More than one client authentication', TOKEN],
  'forbidden-grant': [400, 'unauthorized_client', 'The client may not use this grant_type', TOKEN],
  'missing-grant-type': [400, 'invalid_request', 'Missing required parameter: grant_type', TOKEN],
  'unsupported-grant-type': [400, 'unsupported_grant_type', 'grant_type must be authorization_code, refresh_token or client_credentials', TOKEN],
  'missing-code': [400, 'invalid_request', 'Missing required parameter: code', TOKEN],
  'token-redirect-uri': [400, 'invalid_request', 'Missing required parameter: redirect_uri', TOKEN],
  'token-repeated': [400, 'invalid_request', 'A parameter is there more than once', TOKEN],
  'token-json': [400, 'invalid_request', 'Malformed request', TOKEN],
  'token-method': [405, 'invalid_request', 'Wrong method', TOKEN],
  'token-too-large': [413, 'invalid_request', 'The request is too large', TOKEN],
  'invalid-refresh-token': [400, 'invalid_grant', 'Invalid refresh token', TOKEN],
  'wider-scope': [400, 'invalid_scope', 'Scope is wider than what was granted', TOKEN],
  'malformed-basic': [401, 'invalid_client', 'Invalid client credentials', TOKEN],
  'secret-of-nobody': [401, 'invalid_client', 'Invalid client credentials', TOKEN],
  'verifier-without-challenge': [400, 'invalid_grant', 'Invalid code verifier', TOKEN],
  'invalid-token-target': [400, 'invalid_target', 'resource is not what was granted', TOKEN],
  'invalid-proof': [400, 'invalid_dpop_proof', 'Malformed proof', TOKEN],
  'missing-refresh-token': [400, 'invalid_request', 'Missing required parameter: refresh_token', TOKEN],
  'refresh-expired': [400, 'invalid_grant', 'Refresh token expired', TOKEN],
  'refresh-replay': [400, 'invalid_grant', 'Invalid refresh token', TOKEN],
  'malformed-scope': [400, 'invalid_scope', 'Scope is malformed', TOKEN],
  'revoke-nothing': [400, 'invalid_request', 'Missing required parameter: token', '/demo/oauth2/revoke'],
  'no-token': [401, undefined, undefined, API],
  'bad-token': [401, 'invalid_token', 'Invalid access token', API],
  'token-expired': [401, 'invalid_token', 'The Access Token expired', API],
  'token-in-query': [401, 'invalid_token', 'Invalid access token', API],
  'malformed-authorization': [400, 'invalid_request', 'Malformed Authorization header', API],
  'insufficient-scope': [403, 'insufficient_scope', 'The access token is not good for this', '/demo/oauth2/userinfo'],
  'not-found': [404, 'not_found', 'There is nothing here', '/demo/oauth2/nothing'],
};

/** The five answers that the guide prints, as it prints them. */
const IN_GUIDE = ['missing-client-id', 'invalid-client', 'code-expired', 'invalid-redirect-uri', 'invalid-verifier'];
const PRINTED = [...guide.matchAll(/^```json\n({\n {2}"error".*?)\n```$/gms)].map(([, text]) => text);

const drives = ERRORS.flatMap(({ drives: all }) => all);

test('every error of the gallery is tested, and no other', () => {
  assert.deepEqual(drives.map(({ id }) => id), Object.keys(EXPECTED));
  assert.equal(PRINTED.length, IN_GUIDE.length);
  assert.deepEqual(drives.filter(({ isInGuide }) => isInGuide).map(({ id }) => id).sort(), [...IN_GUIDE].sort());
});

test('every section that is named is one of docs/standards.md', async () => {
  const standards = await page_('standards.md');
  for (const { id, spec: [name, url] } of drives) {
    // Of what ours stand on, such as HTTP, sections are not listed.
    const isUsed = standards.includes(`[${name.split(' §')[0]}](${url.split('#')[0]}): `);
    assert.ok(standards.includes(`(${url})`) || isUsed, `${id}: ${url}`);
  }
});

/** Drives one, and gives what the page shows of the answer. */
const drive = async (page, id) => {
  await page.locator(`#drive-${id}`).click();
  // Until then it is the answer of the one before that is shown.
  await page.locator(`#drive-${id}[aria-current=true]`).waitFor({ state: 'attached' });
  await page.locator('.shown #outcome').waitFor();
  const read = async (selector) => ((await page.locator(selector).count()) > 0 ? page.locator(selector).innerText() : undefined);
  const back = page.locator('#answer-parameters li');
  const pairs = await back.evaluateAll((rows) => rows.map((row) => [row.querySelector('.name').textContent, row.querySelector('.value').textContent]));
  return { outcome: await page.locator('#outcome').innerText(), json: await read('#answer-json'), back: pairs.length > 0 ? Object.fromEntries(pairs) : undefined };
};

for (const { title, drives: all } of ERRORS) {
  const ids = all.map(({ id }) => id);
  const expected = ids.flatMap((id) => (EXPECTED[id][3] ? [{ status: EXPECTED[id][0], path: EXPECTED[id][3] }] : []));
  visit(`the real server is driven into each error: ${title}`, { expected }, async (page) => {
    await openTab(page, base(), 'errors');
    for (const id of ids) {
      const [status, error, description] = EXPECTED[id];
      const { outcome, json, back } = await drive(page, id);
      assert.equal(outcome, error === undefined ? `${status}, and no error code` : `${status} ${error}`, id);
      if (status === 303) {
        assert.deepEqual([back.error, back.error_description], [error, description], id);
        assert.equal(back.iss, base().slice(0, -1), id);
        assert.ok(back.state?.length > 0, id);
      } else if (error !== undefined) assert.deepEqual(JSON.parse(json), { error, error_description: description }, id);
      assert.equal(new URL(page.url()).hash, `#errors/${id}`);
    }
  });
}

visit('the five of the guide are its JSON byte for byte', { expected: IN_GUIDE.map((id) => ({ status: EXPECTED[id][0], path: EXPECTED[id][3] })) }, async (page) => {
  await openTab(page, base(), 'errors');
  for (const [index, id] of IN_GUIDE.entries()) {
    const { json } = await drive(page, id);
    // One line of the guide ends in a space.
    assert.equal(json, PRINTED[index].replaceAll(/ +$/gm, ''));
  }
});

visit('the clock stands as before after an error that took an hour', { expected: [{ status: 400, path: TOKEN }, { status: 401, path: API }] }, async (page) => {
  await openTab(page, base(), 'errors');
  await page.locator('#clock-1').click();
  await page.locator('#clock-reset').waitFor();
  await drive(page, 'code-expired');
  await drive(page, 'token-expired');
  await page.getByRole('button', { name: '1 min ahead, reset' }).waitFor();
});

visit('a link leads to a code of the client and its explanation', {}, async (page) => {
  await openTab(page, base(), 'errors/id_token_nonce');
  await page.locator('.shown').getByRole('heading', { name: 'id_token_nonce' }).waitFor();
  const errors = await page_('errors.md');
  const codes = await page.locator('.codes .entry').allInnerTexts();
  const ofThePackage = [...errors.matchAll(/^### (\w+)\n\n(.*)$/gm)].filter(([, , text]) => !text.includes('(In Rust only.)')).map(([, code]) => code);
  assert.deepEqual(codes, ofThePackage);
  await page.locator('#cases').getByText('login-again A new login.').waitFor();
  await page.locator('#code-access_denied').click();
  await page.locator('.shown').getByText('The user, or the server for them, said no.').waitFor();
  assert.equal(await page.locator('#cases').innerText(), 'callback, redeem, refresh\nask-user The user decides otherwise; nothing is done without them.');
  await page.locator('.shown').getByRole('link', { name: 'See the server say it' }).click();
  await page.locator('.shown').getByRole('heading', { name: 'The person says no' }).waitFor();
});

visit('who searches finds, in titles and reasons', {}, async (page) => {
  await openTab(page, base(), 'errors');
  await page.locator('#search').fill('verifier');
  await page.locator('#drive-invalid-verifier').waitFor();
  assert.equal(await page.locator('#drive-unknown-client').count(), 0);
  await page.locator('#search').fill('nothing says this');
  await page.getByText('0 errors of the server, 0 codes of the client').waitFor();
});

visit('the gallery is for everybody, and for the keyboard alone', { bypassCSP: true, expected: [{ status: 400, path: TOKEN }] }, async (page) => {
  await openTab(page, base(), 'errors');
  await inspect(page, 'bench-errors');
  await tabTo(page, 'search');
  await page.keyboard.type('verifier');
  await tabTo(page, 'drive-invalid-verifier');
  await page.keyboard.press('Enter');
  await page.locator('#outcome').waitFor();
  await inspect(page, 'bench-errors-driven');
  await page.goto(`${base()}#errors/state_unknown`);
  await inspect(page, 'bench-errors-code');
});
