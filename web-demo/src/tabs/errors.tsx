/** Every error: the server’s, each a button that drives it there, and the client’s, each explained. */

import errors from '#errors';
import { explanations, type Explanation } from 'grantflow/explain';
import type { VNode } from 'preact';

import { Exchanged, inShort } from '../bench/answer.tsx';
import { type Drive, driveOf, ERRORS } from '../bench/errors.ts';
import { type Answer, Lab } from '../bench/lab.ts';
import { Act, Bench, run, Section, Verdict, type Work } from '../bench/parts.tsx';
import { isObject, json } from '../decode.ts';
import { Text } from '../text.tsx';
import type { Tab } from './tab.ts';

interface State {
  readonly search: string;
  readonly results: Readonly<Record<string, Work<Answer>>>;
}

const CODES: Readonly<Record<string, Explanation>> = explanations;

const explained = (code: string): Explanation | undefined => (Object.hasOwn(CODES, code) ? CODES[code] : undefined);

/** The groups of docs/errors.md, with those codes that an app of the npm package can meet. */
const GROUPS = errors.groups.map(({ title, codes }) => ({ title, codes: Object.entries(codes).filter(([code]) => explained(code) !== undefined) }));

/** Which legs fail with it, and what helps there. The package registers nobody. */
const casesOf = (code: string): readonly (readonly [legs: string, remedy: string])[] =>
  (GROUPS.flatMap(({ codes }) => codes).find(([one]) => one === code)?.[1] ?? [])
    .map(([legs, remedy]) => [legs.split(', ').filter((leg) => leg !== 'register').join(', '), remedy] as const)
    .filter(([legs]) => legs !== '');

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const fits = (search: string, ...texts: readonly string[]): boolean => {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const all = texts.join(' ').toLowerCase();
  return words.every((word) => all.includes(word));
};

type Start = (drive: Drive) => void;

const Entry = ({ drive, place, start }: { drive: Drive; place: string; start: Start }): VNode => (
  <li>
    <a class="entry" id={`drive-${drive.id}`} href={`#errors/${drive.id}`} aria-current={place === drive.id ? 'true' : undefined} onClick={() => start(drive)}>
      <span>{drive.title}</span>
      {drive.isInGuide && <span class="chip of-server">in the guide</span>}
    </a>
  </li>
);

const Gallery = ({ search, place, start }: { search: string; place: string; start: Start }): VNode => {
  const groups = ERRORS.map((group) => ({ ...group, drives: group.drives.filter(({ id, title, why }) => fits(search, id, title, why, group.title)) }));
  const isFound = (code: string, title: string): boolean => fits(search, code, title, ...casesOf(code).flat(), explained(code)?.happened ?? '', ...(explained(code)?.why ?? []));
  const codes = GROUPS.map(({ title, codes: all }) => ({ title, codes: all.map(([code]) => code).filter((code) => isFound(code, title)) })).filter(({ codes: found }) => found.length > 0);
  const count = groups.reduce((sum, { drives }) => sum + drives.length, 0);
  return (
    <nav class="gallery" aria-label="Errors">
      <p class="hint" role="status">{`${many(count, 'error')} of the server, ${many(codes.flatMap((group) => group.codes).length, 'code')} of the client`}</p>
      {groups.filter(({ drives }) => drives.length > 0).map(({ title, about, drives }) => (
        <section key={title} aria-label={title}>
          <h3>{title}</h3>
          <p class="hint">{about}</p>
          <ul role="list">{drives.map((drive) => <Entry key={drive.id} drive={drive} place={place} start={start} />)}</ul>
        </section>
      ))}
      {codes.length > 0 && (
        <section aria-label="What the client says">
          <h3>What the client says</h3>
          <p class="hint">The npm package throws an <code>AuthError</code> with one of these codes, and a remedy beside it.</p>
          {codes.map(({ title, codes: found }) => (
            <div key={title} class="stack tight">
              <h4>{title}</h4>
              <ul role="list" class="codes">{found.map((code) => <li key={code}><a class="entry mono" id={`code-${code}`} href={`#errors/${code}`} aria-current={place === code ? 'true' : undefined}>{code}</a></li>)}</ul>
            </div>
          ))}
        </section>
      )}
    </nav>
  );
};

/** The client's code for what the server said, if it calls it the same. */
const codeOf = ({ body, to }: Answer): string | undefined => {
  const said = json(body);
  const error = to?.searchParams.get('error') ?? (isObject(said) ? said['error'] : undefined);
  return typeof error === 'string' && explained(error) ? error : undefined;
};

const Outcome = ({ work }: { work: Work<Answer> }): VNode | null => {
  switch (work.is) {
    case 'idle': return null;
    case 'busy': return <p class="outcome" role="status">Driving the server into it</p>;
    case 'failed': return <Verdict grade="bad">It did not come to that: {work.why}</Verdict>;
    case 'done': {
      const code = codeOf(work.value);
      return (
        <>
          <Verdict grade="bad" id="outcome">{inShort(work.value)}</Verdict>
          <Exchanged answer={work.value} />
          {code !== undefined && <p class="hint">To an app of the npm package this is <a href={`#errors/${code}`}><code>{code}</code></a>.</p>}
        </>
      );
    }
  }
};

const Driven = ({ drive, work, start }: { drive: Drive; work: Work<Answer>; start: Start }): VNode => (
  <>
    <h3>{drive.title}</h3>
    <dl class="facts">
      <dt>Why</dt><dd>{drive.why}</dd>
      <dt>Do this</dt><dd>{drive.fix}</dd>
      <dt>Written in</dt><dd><Section spec={drive.spec} /></dd>
    </dl>
    <div><Act id="drive" look="strong" isBusy={work.is === 'busy'} act={() => start(drive)}>{work.is === 'done' ? 'Once more' : 'Drive the server into it'}</Act></div>
    <Outcome work={work} />
  </>
);

const Explained = ({ code, what: { happened, why, fix, section } }: { code: string; what: Explanation }): VNode => {
  const drive = driveOf(code.replaceAll('_', '-'));
  return (
    <>
      <h3 class="mono">{code}</h3>
      <p><Text>{happened}</Text></p>
      <dl class="facts" id="cases">{casesOf(code).map(([legs, remedy]) => [<dt key={legs}><code>{legs}</code></dt>, <dd key={remedy}><strong><code>{remedy}</code></strong> <Text>{errors.remedies[remedy] ?? ''}</Text></dd>])}</dl>
      <div class="stack tight">
        <h4>Why, as a rule</h4>
        <ul class="dots">{why.map((reason) => <li key={reason}><Text>{reason}</Text></li>)}</ul>
      </div>
      <div class="stack tight">
        <h4>Do this</h4>
        <p><Text>{fix}</Text></p>
      </div>
      {section && <p class="hint">Written in <Section spec={[section.name, section.url]} /></p>}
      {drive && <p><a href={`#errors/${drive.id}`}>See the server say it</a></p>}
    </>
  );
};

const Nothing = ({ start }: { start: Start }): VNode => (
  <>
    <h3>The five of the guide</h3>
    <p>Each of these drives the real server into an error, and shows what it answers, byte for byte as the guide prints it. Choose any other on this page.</p>
    <ul role="list" class="five">
      {ERRORS.flatMap(({ drives }) => drives).filter(({ isInGuide }) => isInGuide).map((drive) => (
        <li key={drive.id}><a class="button wide" href={`#errors/${drive.id}`} onClick={() => start(drive)}>{drive.title}</a></li>
      ))}
    </ul>
    <p class="hint">Where a login is needed Ada signs in by herself and stays signed in, or whoever is signed in at the server already goes on. The messages are in the list like any others.</p>
  </>
);

const Shown = ({ place, results, start }: { place: string; results: State['results']; start: Start }): VNode => {
  const [drive, what] = [driveOf(place), explained(place)];
  if (drive) return <Driven drive={drive} work={results[drive.id] ?? { is: 'idle' }} start={start} />;
  return what ? <Explained code={place} what={what} /> : <Nothing start={start} />;
};

/** What was found last, for work that ends later than it was begun. */
let latest: State['results'] = {};

export const tab: Tab<State> = {
  initial: { search: '', results: {} },
  view: ({ search, results }, set, { base, place, live }) => {
    const start = (drive: Drive): void => void run(() => drive.go(new Lab(base)), (work) => {
      latest = { ...latest, [drive.id]: work };
      set({ results: latest });
    });
    const find = (
      <div class="field">
        <label for="search">Search</label>
        <input id="search" type="search" value={search} autocomplete="off" spellcheck={false} placeholder="verifier, redirect, expired" onInput={(event) => set({ search: event.currentTarget.value })} />
      </div>
    );
    return (
      <Bench title="Errors, and how to get one" lead="What the server answers when something is wrong, and what the client makes of it." look="errors" live={live} chosen={place !== ''} more={find}>
        <Gallery search={search} place={place} start={start} />
        <article class="card stack shown" aria-label="The error chosen" tabIndex={0}>
          {place !== '' && <p class="all"><a href="#errors">All errors</a></p>}
          <Shown place={place} results={results} start={start} />
        </article>
      </Bench>
    );
  },
};
