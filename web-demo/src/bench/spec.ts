/** Where a rule is written: what to call it, and its address. */
export type Spec = readonly [name: string, url: string];

export const rfc = (number: number, section: string): Spec =>
  [`RFC ${number} §${section}`, `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`];

export const oidc = (section: string, anchor: string): Spec =>
  [`OIDC Core §${section}`, `https://openid.net/specs/openid-connect-core-1_0.html#${anchor}`];
