/** Text as Rust has it. */

/** A raw string of Rust that holds the text as it is. */
export const raw = (text: string): string => {
  let hashes = text.includes('"') ? '#' : '';
  while (hashes !== '' && text.includes(`"${hashes}`)) hashes += '#';
  return /["\\]/.test(text) ? `r${hashes}"${text}"${hashes}` : `"${text}"`;
};
