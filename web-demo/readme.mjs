/** The code that the project's front page shows, for the demo to show, too: what stands there is tested. */

import { readFile } from 'node:fs/promises';

const block = (readme, heading) => {
  const found = new RegExp(`^## ${heading}$[^]*?^\`\`\`[\\w,]+\\n([^]*?)\\n\`\`\`$`, 'm').exec(readme);
  if (!found) throw new Error(`README.md has no code under “${heading}”`);
  return found[1];
};

/** The code under three headings of the README at this place. */
export const snippets = async (path) => {
  const readme = await readFile(path, 'utf8');
  return {
    npm: block(readme, 'Sign a user in from a web app'),
    cargo: block(readme, 'Answer token requests from Rust'),
    server: block(readme, 'Run a server'),
  };
};
