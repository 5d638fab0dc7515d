/** The libraries that can sign in here as well, and where their source is. */

import { OTHER_PAGE } from '../clients.ts';

/** Which version of each is installed, by the lists of this project. */
declare const VERSIONS: Readonly<Record<string, string>>;

export interface Choice {
  readonly id: 'oauth4webapi' | 'oidc-client-ts' | 'openid-client';
  readonly says: string;
}

export const CHOICES: readonly [Choice, ...Choice[]] = [
  { id: 'oauth4webapi', says: 'A function for each request and each answer; you put them together.' },
  { id: 'oidc-client-ts', says: 'A client for browsers. It verifies no signature: it trusts the connection to the server.' },
  { id: 'openid-client', says: 'The same functions put together, for servers and browsers.' },
];

export const versionOf = ({ id }: Choice): string => VERSIONS[id] ?? '';

export const choiceOf = (id: string | null): Choice => CHOICES.find((one) => one.id === id) ?? CHOICES[0];

/** The file that signs in with it, as it stands in the repository; empty if it cannot be had. */
export const sourceOf = async ({ id }: Choice, base: URL): Promise<string> => {
  try {
    const response = await fetch(new URL(`${OTHER_PAGE}source/${id}.txt`, base));
    return response.ok ? await response.text() : '';
  } catch {
    return '';
  }
};
