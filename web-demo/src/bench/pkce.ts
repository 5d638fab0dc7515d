/** PKCE by hand: a verifier, what is wrong with it, its challenge, and the same in a shell (RFC 7636). */

/** What RFC 7636 §4.1 allows. */
export const [SHORTEST, LONGEST] = [43, 128];

/** The example of RFC 7636, Appendix B. */
export const APPENDIX_B = { verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' } as const;

/** The two commands of the guide, as printed there. */
export const GUIDE = {
  verifier: "code_verifier=$(openssl rand -base64 96 | tr -d '/+=' | tr -d '\\\\n' | head -c 128)",
  challenge: "code_challenge=$(echo -n \"$code_verifier\" | openssl dgst -sha256 -binary | base64 | tr -d '=' | tr '/+' '_-')",
} as const;

export const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

type Random = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array;

/** A verifier of this length: random bytes in base64url, which uses 64 of the 66 characters that are allowed. */
export const makeVerifier = (length: number, random: Random = (bytes) => crypto.getRandomValues(bytes)): string =>
  base64url(random(new Uint8Array(Math.ceil(length * 3 / 4)))).slice(0, length);

/** A character, so that one can see which it is. */
const named = (letter: string): string => {
  if (letter === '\n') return 'a line break';
  if (letter === ' ') return 'a space';
  return `“${letter}”`;
};

/** Why a text is no verifier by RFC 7636 §4.1; nothing if it is one. */
export const faults = (verifier: string): readonly string[] => {
  const letters = [...verifier];
  const found: string[] = [];
  if (letters.length < SHORTEST) found.push(`it has ${letters.length} characters, and ${SHORTEST} are the least`);
  if (letters.length > LONGEST) found.push(`it has ${letters.length} characters, and ${LONGEST} are the most`);
  const strangers = [...new Set(letters.filter((letter) => !/[A-Za-z0-9._~-]/.test(letter)))];
  if (strangers.length > 0) {
    const shown = strangers.slice(0, 4).map(named).join(', ');
    found.push(`${shown}${strangers.length > 4 ? ' and others' : ''} ${strangers.length === 1 ? 'is' : 'are'} not among A–Z a–z 0–9 - . _ ~`);
  }
  return found;
};

export interface Derived {
  readonly hash: Uint8Array;
  readonly challenge: string;
}

/** The challenge of a verifier (RFC 7636 §4.2); empty on plain http from elsewhere, where browsers hash nothing. */
export const derive = async (verifier: string): Promise<Derived> => {
  // `lib.dom` says it is always there.
  if ((crypto.subtle as SubtleCrypto | undefined) === undefined) return { hash: new Uint8Array(), challenge: '' };
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  return { hash, challenge: base64url(hash) };
};

export const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Commands that give this challenge in any POSIX shell, and those that make a strict verifier. */
export const commands = (verifier: string): { readonly derive: string; readonly make: string } => ({
  derive: `printf %s ${quoted(verifier)} |\n  openssl dgst -sha256 -binary |\n  openssl base64 -A | tr '+/' '-_' | tr -d '='`,
  make: `openssl rand 96 | openssl base64 -A | tr '+/' '-_' | cut -c 1-${Math.min(Math.max([...verifier].length, SHORTEST), LONGEST)}`,
});

/** What the guide's command makes of these 96 bytes: `tr -d '\\n'` takes the letter n and backslashes away and leaves the line break. */
export const asTheGuide = (random: Random = (bytes) => crypto.getRandomValues(bytes)): string => {
  const text = btoa(String.fromCharCode(...random(new Uint8Array(96)))).replaceAll(/.{64}/g, '$&\n');
  return text.replaceAll(/[/+=n\\]/g, '').slice(0, 128).replace(/\n+$/, '');
};
