/** What `build.mjs` makes from files of the project. */

declare module '#readme' {
  /** The code under three headings of the README. */
  const snippets: { readonly npm: string; readonly cargo: string; readonly server: string };
  export default snippets;
}
