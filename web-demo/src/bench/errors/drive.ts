/** What drives the server into an error: nothing here says what it will answer. */

import type { Answer, Lab } from '../lab.ts';
import type { Spec } from '../spec.ts';

export interface Drive {
  /** As in the address. */
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly fix: string;
  readonly spec: Spec;
  /** Whether the guide shows this very answer. */
  readonly isInGuide?: true;
  go(lab: Lab): Promise<Answer>;
}

/** Asks the authorization endpoint, but for what is said here. */
export const get = async (lab: Lab, change: Readonly<Record<string, string | null>>, more = ''): Promise<Answer> => lab.send('GET', await lab.asks(change, more));

/** Redeems a new code, but for what is said here. */
export const redeem = async (lab: Lab, change: Readonly<Record<string, string>>, ...headers: (readonly [string, string])[]): Promise<Answer> => {
  const { code, verifier } = await lab.code();
  return lab.token({ ...lab.redemption(code, verifier), ...change }, ...headers);
};

export const bearer = (token: string): readonly [string, string] => ['authorization', `Bearer ${token}`];

export const api = (lab: Lab, ...headers: (readonly [string, string])[]): Promise<Answer> => lab.send('GET', lab.at('api/tasks'), headers);
