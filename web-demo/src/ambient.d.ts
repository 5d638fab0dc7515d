/** The provider's glue, which wasm-bindgen writes: `build.mjs` says where it is. */
declare module '#provider' {
  import type { Config, Provider as Shape } from './provider.ts';
  export class Provider implements Shape {
    constructor(config: Config);
    static generateKey(): Promise<JsonWebKey>;
    handle: Shape['handle'];
    snapshot: Shape['snapshot'];
  }
  const init: (what: { module_or_path: Promise<Response> }) => Promise<object>;
  export default init;
}

declare module 'grantflow' {
  export type Snapshot =
    | { status: 'restoring' }
    | { status: 'leaving' }
    | { status: 'signed-out'; why: string; error?: Error }
    | { status: 'signed-in'; user: { sub: string; claims: Readonly<Record<string, unknown>> } | undefined; scopes: readonly string[]; expiresAt: number };
  export interface Auth {
    readonly snapshot: Snapshot;
    ready(): Promise<Snapshot>;
    login(options?: { returnTo?: string }): Promise<never>;
    fetch(input: URL | string, init?: RequestInit): Promise<Response>;
    logout(): Promise<void>;
    subscribe(listener: () => void): () => void;
  }
  export const createAuth: (options: { issuer: string; clientId: string; redirectUri?: string; scope?: string; now?: () => number }) => Auth;
}
