/** What is saved of Live: a HAR file, without what is secret unless somebody wants that. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { Demo, PASSWORD, stage } from './demo.mjs';

const { base, visit } = stage();

const isText = (value) => assert.equal(typeof value, 'string');
const isNumber = (value) => assert.equal(typeof value, 'number');
const arePairs = (all) => {
  assert.ok(Array.isArray(all));
  for (const { name, value } of all) [name, value].forEach(isText);
};

/** The structure of HAR 1.2: each member that has to be there, and its kind. */
const judge = ({ log }) => {
  assert.equal(log.version, '1.2');
  [log.creator.name, log.creator.version].forEach(isText);
  assert.ok(log.entries.length > 0);
  for (const { startedDateTime, time, request, response, cache, timings } of log.entries) {
    assert.equal(new Date(startedDateTime).toISOString(), startedDateTime);
    assert.ok(time >= 0);
    [request.method, request.httpVersion].forEach(isText);
    assert.ok(URL.canParse(request.url));
    [request.cookies, request.headers, request.queryString].forEach(arePairs);
    [request.headersSize, request.bodySize].forEach(isNumber);
    if (request.postData !== undefined) {
      [request.postData.mimeType, request.postData.text].forEach(isText);
      arePairs(request.postData.params);
    }
    isNumber(response.status);
    [response.statusText, response.httpVersion, response.redirectURL, response.content.mimeType, response.content.text].forEach(isText);
    [response.cookies, response.headers].forEach(arePairs);
    [response.headersSize, response.bodySize, response.content.size].forEach(isNumber);
    assert.equal(typeof cache, 'object');
    for (const part of ['send', 'wait', 'receive']) assert.ok(timings[part] >= 0);
  }
};

const save = async (page) => {
  const download = page.waitForEvent('download');
  await page.locator('#save-live').click();
  const file = await download;
  assert.equal(file.suggestedFilename(), 'grantflow.har');
  return readFile(await file.path(), 'utf8');
};

const SECRET = ['code', 'code_verifier', 'access_token', 'refresh_token', 'id_token', 'client_secret', 'password', 'state', 'nonce', 'interaction', 'registration_access_token'];

/** Every value of the run that nobody else may have, as the worker saw it. */
const secrets = (messages) => messages.flatMap(({ request, response }) => {
  const location = response.headers.find(([name]) => name === 'location')?.[1];
  const forms = [new URL(request.url).searchParams, new URLSearchParams(request.body), ...(location === undefined ? [] : [new URL(location, request.url).searchParams])];
  const body = response.body.startsWith('{') ? JSON.parse(response.body) : {};
  const fields = [...request.headers, ...response.headers];
  return [
    ...SECRET.flatMap((name) => [...forms.flatMap((form) => form.getAll(name)), ...(typeof body[name] === 'string' ? [body[name]] : [])]),
    ...fields.filter(([name]) => ['cookie', 'set-cookie'].includes(name)).flatMap(([, value]) => value.split('; ').map((pair) => pair.split('=')[1])).filter((value) => value?.length > 15),
    ...fields.filter(([name]) => name === 'authorization').map(([, value]) => value.split(' ')[1]),
  ];
}).filter((value) => value !== '');

visit('what is saved is a HAR file without a secret of the run, and with them for who wants that', { expected: [{ status: 401, path: '/demo/oauth2/token' }] }, async (page) => {
  const demo = await Demo.open(page, base());
  await demo.signIn();
  // An app with a secret of its own, in a header and in a body, and one that registers by itself.
  await page.evaluate(async (url) => {
    const form = (body, headers = {}) => fetch(new URL('oauth2/token', url), { method: 'POST', body: new URLSearchParams(body), headers });
    const answer = await form({ grant_type: 'client_credentials' }, { authorization: `Basic ${btoa('taskmaster-jobs:another-toy-for-everybody')}` });
    await form({ grant_type: 'client_credentials', client_id: 'taskmaster-jobs', client_secret: 'another-toy-for-everybody' });
    await fetch(new URL('api/tasks', url), { headers: { authorization: `Bearer ${(await answer.json()).access_token}` } });
    await fetch(new URL('oauth2/register', url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ client_name: 'Made here', redirect_uris: [new URL('app/', url).href] }) });
  }, base());
  // A code that comes in a page, and that nobody has spent.
  const asked = new URL((await demo.messages()).find(({ request }) => request.url.includes('/oauth2/authorize')).request.url);
  asked.searchParams.set('response_mode', 'form_post');
  const posted = await page.evaluate(async (url) => {
    const form = await (await fetch(url, { credentials: 'include' })).text();
    const [, interaction] = /name="interaction" value="([^"]+)"/.exec(form) ?? [];
    const body = new URLSearchParams({ interaction, scope: 'openid', decision: 'approve' });
    return (await fetch(new URL('consent', url), { method: 'POST', credentials: 'include', body })).text();
  }, asked.href);
  const [, code] = /name="code" value="([^"]+)"/.exec(posted) ?? [];
  assert.ok(code, posted);
  const messages = await demo.messages();
  await page.locator('.message').nth(messages.length - 1).waitFor();
  const all = [...secrets(messages), code];
  for (const wanted of [PASSWORD, 'another-toy-for-everybody']) assert.ok(all.includes(wanted), wanted);
  assert.ok(messages.some(({ response }) => response.body.includes('registration_access_token')), 'an app registered');
  assert.ok(all.length > 20);

  const plain = await save(page);
  await page.locator('#note').getByText('Saved, without what is secret.').waitFor();
  for (const secret of all) {
    assert.ok(!plain.includes(secret) && !plain.includes(encodeURIComponent(secret)), `${secret} is in the file`);
  }
  const har = JSON.parse(plain);
  judge(har);
  assert.deepEqual(har.log.entries.map(({ request, response }) => [request.method, new URL(request.url).pathname, response.status]), messages.map(({ request, response }) => [request.method, new URL(request.url).pathname, response.status]));
  const token = har.log.entries.find(({ request }) => request.url.endsWith('/oauth2/token'));
  assert.deepEqual(token.request.postData.params.find(({ name }) => name === 'code'), { name: 'code', value: 'redacted' });
  assert.ok(plain.includes('grant_type'), 'what is no secret is there');

  await page.locator('#save-secrets').check();
  const full = await save(page);
  await page.locator('#note').getByText('Saved, with what is secret').waitFor();
  judge(JSON.parse(full));
  for (const secret of [PASSWORD, new URL(await demo.callback()).searchParams.get('code')]) assert.ok(full.includes(secret));
});
