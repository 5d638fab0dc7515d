/** What branches are in Live and in World alike: how one is chosen, and where two differ. */

import type { VNode } from 'preact';

interface Named { readonly name: string }

interface Outside {
  readonly request: { readonly method: string; readonly url: string; readonly body: string };
  readonly response: { readonly status: number };
}

const outside = ({ request: { method, url, body }, response: { status } }: Outside): string => JSON.stringify([method, url, body, status]);

/** From which message on a run differs from another; after its last one if it does not. */
export const forkOf = (messages: readonly Outside[], other: Named & { readonly messages: readonly Outside[] } | undefined): { readonly at: number; readonly from: string } | undefined => {
  if (!other) return undefined;
  const at = messages.findIndex((one, index) => {
    const its = other.messages[index];
    return !its || outside(one) !== outside(its);
  });
  return { at: at < 0 ? messages.length : at, from: other.name };
};

/** The branch that is on, and the way to another. */
export const Branches = ({ name, branches, look, swap }: Named & { readonly branches: readonly Named[]; look?: string; swap: (to: string) => void }): VNode => (
  <>
    <label class="seen-only-by-readers" for="branch">Branch</label>
    <select id="branch" class={look} value={name} onChange={(event) => swap(event.currentTarget.value)}>
      {[name, ...branches.map((one) => one.name)].sort().map((one) => <option key={one}>{one}</option>)}
    </select>
  </>
);
