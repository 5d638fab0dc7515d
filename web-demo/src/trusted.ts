/** The one Trusted Types policy of the demo: it lets the scripts of its two hosts through, nothing else. */

interface Policy { createScriptURL(url: string): string }
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy;
}

/** Scripts that run beside the page: the service worker of Live, and the worker of World. */
const SCRIPTS = ['sw.js', 'world.js'] as const;

let policy: Policy | undefined;

/** The address of such a script below `base`, as `register` and `new Worker` take it. */
export const trusted = (script: (typeof SCRIPTS)[number], base: URL): string => {
  const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
  const address = new URL(script, base).href;
  if (!factory) return address;
  const allowed = SCRIPTS.map((name) => new URL(name, base).href);
  const only = (url: string): string => {
    if (!allowed.includes(url)) throw new TypeError(`not a script of the demo: ${url}`);
    return url;
  };
  policy ??= factory.createPolicy('sw', { createScriptURL: only });
  return policy.createScriptURL(address);
};
