/** The server's pages as text: escaped, and the same that Preact draws of them in World. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { source } from './source.mjs';
import { startBrowser } from './support.mjs';

const { Fragment, jsx, textOf } = await source('markup.ts');

test('what is not markup is escaped, between tags and in attributes', () => {
  const text = (...args) => textOf(jsx(...args));
  assert.equal(text('p', { title: '"><script>', children: '<b>&amp;' }), '<p title="&#34;&#62;&#60;script&#62;">&#60;b&#62;&#38;amp;</p>');
  assert.equal(text('p', { children: ['a', 1, 0, null, undefined, false, true, jsx('b', { children: '<' })] }), '<p>a10<b>&#60;</b></p>');
  assert.equal(text('textarea', { id: 'a', value: '</textarea><b>' }), '<textarea id="a">&#60;/textarea&#62;&#60;b&#62;</textarea>');
  // Whoever makes an object look like one of ours has made no markup.
  assert.equal(text('p', { children: { text: '<b>' } }), '<p>[object Object]</p>');
  assert.equal(text('p', { onClick: () => '', dangerouslySetInnerHTML: { __html: '<b>' } }), '<p dangerouslySetInnerHTML="[object Object]"></p>');
});

test('an attribute is there or not, and some say so in words', () => {
  const text = (props) => textOf(jsx('input', props));
  assert.equal(text({ required: true, disabled: false, id: undefined, name: null, value: '' }), '<input required value="">');
  assert.equal(text({ 'aria-hidden': false, spellcheck: false, 'data-on': true, maxLength: 0 }), '<input aria-hidden="false" spellcheck="false" data-on="true" maxLength="0">');
});

test('a component is what it gives, and a fragment what is in it', () => {
  const Nothing = () => null;
  const Two = ({ of }) => jsx(Fragment, { children: [of, jsx('br', {})] });
  assert.equal(textOf(jsx('p', { children: [jsx(Nothing, {}), jsx(Two, { of: '&' })] })), '<p>&#38;<br></p>');
});

const NASTY = '<b title="x">&amp; \'quoted\'</b>';
const APP = { client_id: `id ${NASTY}`, name: NASTY, redirect_uris: [`https://app.example/?a=1&b=${NASTY}`, 'https://demo.example/app/'], confidential: true, warnings: [] };
const WARNED = { ...APP, client_id: 'two', confidential: false, warnings: [{ kind: 'twin', uris: APP.redirect_uris, message: NASTY }] };
const CONSENT = {
  page: 'consent', interaction: 'sealed', client_name: NASTY, client_id: 'c', links: { client_uri: null, policy_uri: null, tos_uri: null }, is_trusted: false,
  redirect_uri: APP.redirect_uris[0], username: 'ada', scopes: [{ scope: 'openid', meaning: NASTY }, { scope: 'a&b', meaning: 'm' }], claims: ['email_verified', NASTY], resources: [NASTY],
};
const DEVELOPER = { page: 'developer', interaction: 'sealed', username: 'ada', apps: [], problem: null, typed: { name: '', redirect_uris: '', public: true }, registration_endpoint: null };

/** At least one of each kind of page; of those that differ much, some more. */
const PAGES = [
  { page: 'login', interaction: NASTY, client_name: NASTY, username: '', problem: null },
  { page: 'login', interaction: 'sealed', client_name: null, username: NASTY, problem: 'wrong_password' },
  { page: 'login', interaction: 'sealed', client_name: '', username: 'ada', problem: 'expired' },
  CONSENT,
  { ...CONSENT, is_trusted: true, scopes: [], claims: [], resources: [] },
  { page: 'leave', client_name: NASTY, redirect_uri: NASTY, location: APP.redirect_uris[0] },
  DEVELOPER,
  { ...DEVELOPER, apps: [APP, WARNED], registration_endpoint: NASTY, typed: { name: NASTY, redirect_uris: `one\n${NASTY}`, public: false } },
  ...['name', 'redirect_uris'].map((field) => ({ ...DEVELOPER, problem: { field, message: NASTY, uri: NASTY, warning: 'fragment' } })),
  { ...DEVELOPER, problem: { field: 'name', message: NASTY, uri: null, warning: null } },
  { page: 'registered', app: APP, client_secret: NASTY, is_new: true },
  { page: 'registered', app: WARNED, client_secret: null, is_new: false },
  { page: 'sign_out', interaction: NASTY, username: NASTY, client_name: NASTY },
  { page: 'sign_out', interaction: NASTY, username: NASTY, client_name: null },
  { page: 'signed_out' },
  { page: 'error', error: NASTY, error_description: NASTY },
];
const PLACE = { base: '/try/', app: 'https://demo.example/app/' };

const SRC = fileURLToPath(new URL('../../web-demo/src', import.meta.url));

/** A script that has what this one exports, under that name. */
const script = async (name, contents, alias = {}) => {
  const { outputFiles: [{ text }] } = await build({ stdin: { contents, resolveDir: SRC, loader: 'tsx' }, alias, bundle: true, format: 'iife', globalName: name, jsx: 'automatic', jsxImportSource: 'preact', write: false });
  return text;
};

let chromium;
before(async () => { chromium = await startBrowser(); });
after(async () => chromium?.stop());

test('every page is the same as text and as Preact draws it', { timeout: 60_000 }, async () => {
  const page = await chromium.browser.newPage();
  await page.addScriptTag({ content: await script('drawn', "import { render } from 'preact'; import { Body, TITLES } from './pages.tsx'; import { mark } from './icons.tsx'; export const kinds = Object.keys(TITLES); export const into = (place, page, to) => render(<>{mark(28)}<Body page={page} place={place} /></>, to);") });
  await page.addScriptTag({ content: await script('text', "export { draw } from './document.tsx';", { 'preact/jsx-runtime': `${SRC}/markup.ts` }) });
  assert.deepEqual(await page.evaluate('drawn.kinds'), [...new Set(PAGES.map((one) => one.page))], 'every kind of page is here');
  for (const one of PAGES) {
    const [drawn, text] = await page.evaluate(([what, place]) => {
      /** What a person has of it: what fields hold now, and not which way they came to. */
      const seen = (node) => {
        if (node.nodeType === Node.TEXT_NODE) return node.data;
        const isField = 'defaultValue' in node;
        const attributes = [...node.attributes].map(({ name, value }) => `${name}=${value}`).filter((named) => !isField || !/^(value|checked)=/.test(named));
        const now = isField ? [node.value, node.checked] : [];
        return [node.namespaceURI, node.localName, attributes.sort(), now, node.localName === 'textarea' ? [] : [...node.childNodes].map(seen)];
      };
      const root = document.createElement('div');
      globalThis.drawn.into(place, what, root);
      const parsed = new DOMParser().parseFromString(globalThis.text.draw(what, place), 'text/html');
      root.normalize();
      parsed.normalize();
      return [[...root.childNodes].map(seen), ['svg', 'main'].map((name) => seen(parsed.querySelector(name)))];
    }, [one, PLACE]);
    assert.ok(JSON.stringify(drawn).length > 500, one.page);
    assert.deepEqual(text, drawn, one.page);
  }
});
