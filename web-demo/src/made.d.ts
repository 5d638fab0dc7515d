/** What `build.mjs` makes from files of the project. */

declare module '#readme' {
  /** The code under three headings of the README. */
  const snippets: { readonly npm: string; readonly cargo: string; readonly server: string };
  export default snippets;
}

declare module '#errors' {
  /** The codes of `docs/errors.md` in its groups: with each the legs that fail with it, and what helps there. */
  const errors: {
    readonly remedies: Readonly<Record<string, string>>;
    readonly groups: readonly { readonly title: string; readonly codes: Readonly<Record<string, readonly (readonly [legs: string, remedy: string])[]>> }[];
  };
  export default errors;
}
