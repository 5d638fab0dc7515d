/** A request of the bench and its answer, in full. */

import type { VNode } from 'preact';

import { isObject, json, query } from '../decode.ts';
import { HEADERS, type Meaning, PARAMETERS } from '../describe.ts';
import type { Answer } from './lab.ts';

type Pair = readonly [name: string, value: string];

const Pairs = ({ pairs, table }: { pairs: readonly Pair[]; table: Readonly<Record<string, Meaning>> }): VNode => (
  <ul class="said" role="list">
    {pairs.map(([name, value], index) => {
      const meaning = Object.hasOwn(table, name) ? table[name] : undefined;
      return (
        <li key={index}>
          <span class="name">{name}</span>
          <span class="value">{value.length > 400 ? `${value.slice(0, 80)} and ${value.length - 80} more characters` : value}</span>
          {meaning && <span class="means">{meaning.means}. <a href={meaning.spec[1]} target="_blank" rel="noreferrer">{meaning.spec[0]}</a></span>}
        </li>
      );
    })}
  </ul>
);

/** JSON as the guide prints it. */
export const printed = (body: string): string => {
  const value = json(body);
  return value === undefined ? body : JSON.stringify(value, null, 2);
};

/** What the server said, in a few words. */
export const inShort = ({ status, body, to, headers }: Answer): string => {
  const said = json(body);
  const error = to?.searchParams.get('error') ?? (isObject(said) ? said['error'] : undefined);
  if (typeof error === 'string') return `${status} ${error}`;
  return headers.some(([name]) => name === 'www-authenticate') ? `${status}, and no error code` : String(status);
};

const Asked = ({ sent: { method, url, headers, body } }: Answer): VNode => {
  const { origin, pathname } = new URL(url);
  const isForm = headers.some(([, value]) => value.startsWith('application/x-www-form-urlencoded'));
  const parameters = query(url).map(({ name, value }): Pair => [name, value]);
  return (
    <section class="stack tight" aria-labelledby="sent">
      <h4 id="sent">The request</h4>
      <p class="url"><b>{method}</b> {origin}<b>{pathname}</b></p>
      {parameters.length > 0 && <Pairs pairs={parameters} table={PARAMETERS} />}
      {headers.length > 0 && <Pairs pairs={headers} table={HEADERS} />}
      {body !== '' && (isForm ? <Pairs pairs={[...new URLSearchParams(body)]} table={PARAMETERS} /> : <pre class="json" tabIndex={0} role="region" aria-label="Body of the request">{body}</pre>)}
    </section>
  );
};

const Said = ({ status, headers, body, to }: Answer): VNode => (
  <section class="stack tight" aria-labelledby="said">
    <h4 id="said">The answer, {status}</h4>
    {to && <p class="hint">Back to <code>{to.pathname}</code>, with</p>}
    {to && <div id="answer-parameters"><Pairs pairs={[...to.searchParams]} table={PARAMETERS} /></div>}
    {headers.length > 0 && <Pairs pairs={headers} table={HEADERS} />}
    {body !== '' && <pre class="json" id="answer-json" tabIndex={0} role="region" aria-label="Body of the answer">{printed(body)}</pre>}
    {body === '' && !to && <p class="hint">It has no body.</p>}
  </section>
);

export const Exchanged = ({ answer }: { answer: Answer }): VNode => <>{<Said {...answer} />}{<Asked {...answer} />}</>;
