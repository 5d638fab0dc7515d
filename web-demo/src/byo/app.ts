/** What an app tells a library, and what it wants back. */

export interface App {
  readonly issuer: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
}

export interface SignedIn {
  readonly accessToken: string;
  /** What the ID token says. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A sign-in, as each file beside this one has it. */
export interface Library {
  /** Where to send the browser. */
  begin(app: App): Promise<URL>;
  /** What the address that the browser came back with is good for. */
  finish(app: App, back: URL): Promise<SignedIn>;
}
