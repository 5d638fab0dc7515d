// The app of the journeys, in a page whose policy may be strict: nothing inline, nothing from elsewhere.

const { issuer, entry, store, dpop, lacks, time } = document.documentElement.dataset;
const setting = location.pathname.split('/')[1];
const base = `${location.origin}/${setting}/`;

const report = (said) => void fetch('/report', { method: 'POST', mode: 'no-cors', keepalive: true, body: JSON.stringify(said) });
addEventListener('error', ({ message }) => report({ error: message }));
addEventListener('unhandledrejection', ({ reason }) => report({ error: String(reason) }));

// A clock that a journey can set: the device's, not the one that measures how long something takes.
const { now } = Date;
globalThis.skew = time && time * 1000 - now();
Date.now = () => now() + Number(globalThis.skew);

const denied = () => {
  throw new DOMException('The operation is insecure.', 'SecurityError');
};
if (lacks === 'storage' || lacks === 'everything') {
  for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get: denied });
}
// As Firefox does it for a user who denies a site its cookies.
if (lacks === 'everything') {
  Object.defineProperty(document, 'cookie', { get: () => '', set: () => {} });
  globalThis.BroadcastChannel = class {
    constructor() {
      denied();
    }
  };
  navigator.locks.request = async () => denied();
}
if (lacks === 'locks and channels') {
  delete globalThis.BroadcastChannel;
  Object.defineProperty(navigator, 'locks', { value: undefined });
}

const { createAuth } = await import(`/npm/${entry}`);
globalThis.auth = createAuth({
  issuer,
  clientId: setting,
  redirectUri: base,
  relayUri: `${base}relay`,
  scope: 'openid profile offline_access',
  store,
  dpop,
});
// Frameworks set up twice.
auth.ready();
globalThis.ready = auth.ready();
document.querySelector('#popup').addEventListener('click', () => {
  globalThis.opened = auth.popup().then(({ status }) => status, ({ code }) => code);
});
