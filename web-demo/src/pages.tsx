/** The server's pages: one component for each variant of `Page`, without a line of script. */

import type { VNode } from 'preact';

import type { App, ConsentPage, DeveloperPage, ErrorPage, LeavePage, LoginPage, Page, RegisteredPage, SignOutPage, UriWarning, User } from './provider.ts';
import { USERS } from './people.ts';

/** Where the pages live. */
export interface Place {
  /** The base, with a slash at its end. */
  readonly base: string;
  /** The redirect URI of the demo's app. */
  readonly app: string;
  /** Who can sign in there. */
  readonly people?: readonly Pick<User, 'username' | 'password'>[];
}

const Sealed = ({ value }: { value: string }): VNode => <input type="hidden" name="interaction" value={value} />;

const Login = ({ page, place }: { page: LoginPage; place: Place }): VNode => (
  <main>
    <h1>Sign in</h1>
    {page.client_name
      ? <p class="lead">to go on to <strong><bdi>{page.client_name}</bdi></strong></p>
      : <p class="lead">to go on</p>}
    <form class="sheet" method="post" action={`${place.base}oauth2/login`}>
      <Sealed value={page.interaction} />
      {page.problem === 'wrong_password' && (
        <p class="note bad" id="login-problem" role="alert">That username and password do not fit together. Try again.</p>
      )}
      {page.problem === 'expired' && (
        <p class="note bad" id="login-problem" role="alert">This page was open too long. Sign in once more.</p>
      )}
      <div class="field">
        <label for="username">Username</label>
        <input id="username" name="username" value={page.username} autocomplete="username" autocapitalize="none" spellcheck={false} required autofocus={page.username === ''} aria-describedby={page.problem ? 'login-problem' : undefined} />
      </div>
      <div class="field">
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required autofocus={page.username !== ''} aria-describedby={page.problem ? 'login-problem' : undefined} />
      </div>
      <button class="button strong wide" id="login" type="submit">Sign in</button>
    </form>
    <section class="note" aria-labelledby="people">
      <h2 id="people">Who can sign in here</h2>
      <ul class="users">
        {(place.people ?? USERS).map((user) => (
          <li key={user.username}><code>{user.username}</code> <span>with the password</span> <code>{user.password}</code></li>
        ))}
      </ul>
      <p class="hint">Only the demo shows this. These people are made up.</p>
    </section>
  </main>
);

/** `openid` cannot be unticked: whoever approves lets the app know who they are. */
const ScopeBox = ({ scope, meaning }: ConsentPage['scopes'][number]): VNode => {
  const required = scope === 'openid';
  return (
    <label class="choice" for={`scope-${scope}`}>
      <input type="checkbox" name="scope" value={scope} id={`scope-${scope}`} checked disabled={required} />
      <strong>{meaning}</strong>
      <small><code>{scope}</code>{required && ' is always part of signing in'}</small>
      {required && <input type="hidden" name="scope" value={scope} />}
    </label>
  );
};

/** A claim that is asked for by name. */
const ClaimBox = ({ claim }: { claim: string }): VNode => (
  <label class="choice" for={`claim-${claim}`}>
    <input type="checkbox" name="claim" value={claim} id={`claim-${claim}`} checked />
    <strong>{`See your ${claim.replaceAll('_', ' ')}`}</strong>
    <small><code>{claim}</code> asked for by name</small>
  </label>
);

const Consent = ({ page, place }: { page: ConsentPage; place: Place }): VNode => (
  <main>
    <div class="meet" aria-hidden="true">
      <span class="face">{[...page.client_name][0]?.toUpperCase()}</span>
      <span>· · ·</span>
      <span class="face server">{page.username[0]?.toUpperCase()}</span>
    </div>
    <h1 tabIndex={-1} autofocus><bdi>{page.client_name}</bdi> would like to</h1>
    <form class="sheet" method="post" action={`${place.base}oauth2/consent`}>
      <Sealed value={page.interaction} />
      <fieldset>
        <legend class="seen-only-by-readers">What the app may do; untick what you do not want</legend>
        {page.scopes.map((asked) => <ScopeBox key={asked.scope} {...asked} />)}
        {page.claims.map((claim) => <ClaimBox key={claim} claim={claim} />)}
      </fieldset>
      <div class="answers">
        <button class="button" id="deny" type="submit" name="decision" value="deny">Deny</button>
        <button class="button strong" id="approve" type="submit" name="decision" value="approve">Approve</button>
      </div>
      <dl class="facts">
        <dt>You are</dt><dd>{page.username}</dd>
        <dt>Sends you to</dt><dd class="mono">{page.redirect_uri}</dd>
        {page.resources.length > 0 && <><dt>For use at</dt><dd>{page.resources.map((uri) => <div class="mono" key={uri}>{uri}</div>)}</dd></>}
        {!page.is_trusted && <><dt>Vouched for</dt><dd>by nobody: it registered by itself</dd></>}
      </dl>
    </form>
    <p class="hint">Untick what you do not want to share. The app will be told what it got.</p>
  </main>
);

const AppFacts = ({ app }: { app: App }): VNode => (
  <dl class="facts">
    <dt>client_id</dt><dd class="mono">{app.client_id}</dd>
    <dt>redirect_uris</dt>
    <dd>{app.redirect_uris.map((uri) => <div class="mono" key={uri}>{uri}</div>)}</dd>
    {app.confidential && <><dt>client_secret</dt><dd><span class="mono" aria-hidden="true">••••</span> <span class="hint">was shown once</span></dd></>}
  </dl>
);

/** Redirect URIs that hardly mean what whoever typed them means. `of` tells apps of one page apart. */
const Warnings = ({ warnings, of = '' }: { warnings: readonly UriWarning[]; of?: string }): VNode => (
  <>{warnings.map(({ kind, uris, message }) => (
    <div class="note" id={`warning-${kind}${of}`} key={kind}>
      <strong>Is this what you mean?</strong>
      {uris.map((uri, at) => <code key={at}>{uri}</code>)}
      <p>{message}</p>
    </div>
  ))}</>
);

/** A button that does something to an app. */
const Act = ({ action, label, app, page, place }: { action: string; label: string; app: App; page: DeveloperPage; place: Place }): VNode => (
  <form method="post" action={`${place.base}developer`}>
    <Sealed value={page.interaction} />
    <input type="hidden" name="action" value={action} />
    <input type="hidden" name="client_id" value={app.client_id} />
    <button class="button small" id={`${action}-${app.client_id}`} type="submit" aria-label={`${label} ${action === 'rotate' ? 'of ' : ''}${app.name}`}>{label}</button>
  </form>
);

const Kind = ({ app }: { app: App }): VNode =>
  app.confidential ? <span class="chip of-server">has a secret</span> : <span class="chip">public, PKCE</span>;

const Developer = ({ page, place }: { page: DeveloperPage; place: Place }): VNode => {
  const wrong = (field: string): { 'aria-invalid'?: 'true'; 'aria-describedby'?: string; autofocus?: true } =>
    page.problem?.field === field ? { 'aria-invalid': 'true', 'aria-describedby': `${field}-problem`, autofocus: true } : {};
  const why = (field: string): VNode | null => {
    if (page.problem?.field !== field) return null;
    const { uri, warning, message } = page.problem;
    return (
      <p class="problem" id={`${field}-problem`} role="alert">
        {uri !== null && <><code>{uri}</code>: </>}
        <span id={warning === null ? undefined : `warning-${warning}`}>{message}</span>
      </p>
    );
  };
  return (
    <main class="broad">
      <h1 tabIndex={-1} autofocus={!page.problem}>Your apps</h1>
      <p class="lead">An app that wants people to sign in here has to be known here. Give it a name and say where answers to it may go.</p>
      {page.apps.length > 0 && (
        <section class="sheet" aria-labelledby="registered">
          <h2 id="registered">Registered</h2>
          <ul class="apps">
            {page.apps.map((app) => (
              <li key={app.client_id}>
                <div class="row"><h3><bdi>{app.name}</bdi></h3> <Kind app={app} /></div>
                <AppFacts app={app} />
                <Warnings warnings={app.warnings} of={`-${app.client_id}`} />
                <div class="row">
                  <TryIt app={app} place={place} />
                  {app.confidential && <Act action="rotate" label="Rotate secret" app={app} page={page} place={place} />}
                  <Act action="remove" label="Remove" app={app} page={page} place={place} />
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section class="sheet" aria-labelledby="new">
        <h2 id="new">Create an OAuth app</h2>
        <form method="post" action={`${place.base}developer`}>
          <Sealed value={page.interaction} />
          <input type="hidden" name="action" value="create" />
          <div class="field">
            <label for="name">Name</label>
            <input id="name" name="name" value={page.typed.name} placeholder="My Task Management App" autocomplete="off" maxLength={100} {...wrong('name')} />
            {why('name')}
          </div>
          <div class="field">
            <label for="redirect_uris">Redirect URIs, one a line</label>
            <textarea id="redirect_uris" name="redirect_uris" rows={3} spellcheck={false} value={page.typed.redirect_uris} {...wrong('redirect_uris')}></textarea>
            {why('redirect_uris')}
            <p class="hint">They must match exactly. For the Taskmaster of this demo: <code>{place.app}</code></p>
          </div>
          <fieldset class="kinds">
            <legend class="legend">Where does it run?</legend>
            <label class="choice" for="kind-public">
              <input type="radio" name="kind" value="public" id="kind-public" checked={page.typed.public} />
              <strong>In a browser or on a phone</strong>
              <small id="warning-secret">A public client: no secret, since everyone could read it. It proves itself with PKCE.</small>
            </label>
            <label class="choice" for="kind-confidential">
              <input type="radio" name="kind" value="confidential" id="kind-confidential" checked={!page.typed.public} />
              <strong>On a server</strong>
              <small>A confidential client: it gets a secret that it can keep.</small>
            </label>
          </fieldset>
          <div><button class="button strong" id="create" type="submit">Create app</button></div>
        </form>
        {page.registration_endpoint !== null && (
          <p class="hint" id="register-api">Or register by API (RFC 7591): post what the app says of itself, as JSON, to <code>{page.registration_endpoint}</code></p>
        )}
      </section>
    </main>
  );
};

/** A link that opens the demo's app as this client, if this client can be that app. */
const TryIt = ({ app, place }: { app: App; place: Place }): VNode | null =>
  !app.confidential && app.redirect_uris.includes(place.app)
    ? <a class="button small" id={`try-${app.client_id}`} href={`${place.app}?${new URLSearchParams({ client_id: app.client_id }).toString()}`}>Use it in Taskmaster</a>
    : null;

const Registered = ({ page, place }: { page: RegisteredPage; place: Place }): VNode => (
  <main class="broad">
    <h1 tabIndex={-1} autofocus><bdi>{page.app.name}</bdi> {page.is_new ? 'is registered' : 'has a new secret'}</h1>
    <section class="sheet" aria-labelledby="credentials">
      <h2 id="credentials">Its credentials</h2>
      <div class="stack">
        <div class="field"><span class="legend">client_id</span><output class="secret" id="client_id">{page.app.client_id}</output><p class="hint">Public. It names the app in every request.</p></div>
        {page.client_secret
          ? <div class="field"><span class="legend">client_secret</span><output class="secret" id="client_secret">{page.client_secret}</output><p class="problem">Shown this once. Copy it now and treat it like a password: never put it in code that runs in a browser.</p></div>
          : <p class="note">No secret: this app runs where everyone could read it. PKCE protects it instead.</p>}
        {!page.is_new && <p class="note" id="rotated">The secret before it is good no longer. Codes and tokens stay as they are.</p>}
        <div><span class="legend">redirect_uris</span>{page.app.redirect_uris.map((uri) => <div class="mono" key={uri}>{uri}</div>)}</div>
        <Warnings warnings={page.app.warnings} />
      </div>
      <div class="row">
        <TryIt app={page.app} place={place} />
        <a class="button small" href={`${place.base}developer`}>All apps</a>
      </div>
    </section>
  </main>
);

/** An app that nobody vouches for is reached by the person's own click. */
const Leave = ({ page, place }: { page: LeavePage; place: Place }): VNode => (
  <main>
    <h1 tabIndex={-1} autofocus>Go on to another site?</h1>
    <div class="sheet">
      <p><strong><bdi>{page.client_name}</bdi></strong> wants you elsewhere. Nobody vouches for this app: it registered by itself. It has learned nothing new about you.</p>
      <dl class="facts"><dt>Sends you to</dt><dd class="mono">{page.redirect_uri}</dd></dl>
      <a class="button strong wide" id="leave" href={page.location} rel="noreferrer">Go on</a>
      <a class="button wide" href={place.app}>Stay here</a>
    </div>
  </main>
);

const SignOut = ({ page, place }: { page: SignOutPage; place: Place }): VNode => (
  <main>
    <h1 tabIndex={-1} autofocus>Sign out?</h1>
    <form class="sheet" method="post" action={`${place.base}oauth2/logout`}>
      <Sealed value={page.interaction} />
      {page.client_name !== null && <p><strong><bdi>{page.client_name}</bdi></strong> asks you to sign out of the server.</p>}
      <p>You are signed in as <strong>{page.username}</strong>. Apps that you signed in to keep what they have until it expires.</p>
      <button class="button strong wide" id="sign-out" type="submit">Sign out of the server</button>
      <a class="button wide" href={place.app}>Stay signed in</a>
    </form>
  </main>
);

const SignedOut = ({ place }: { place: Place }): VNode => (
  <main>
    <h1 tabIndex={-1} autofocus>You are signed out</h1>
    <div class="sheet">
      <p>The next app that asks will have to send you here to sign in again.</p>
      <a class="button wide" href={place.app}>Back to Taskmaster</a>
    </div>
  </main>
);

const Problem = ({ page, place }: { page: ErrorPage; place: Place }): VNode => (
  <main>
    <h1 tabIndex={-1} autofocus>This cannot go on</h1>
    <div class="sheet">
      <p>This request stops here: there is no safe place to send you on to, and it gave nothing to anybody.</p>
      <dl class="facts">
        <dt>error</dt><dd class="mono" id="error">{page.error}</dd>
        <dt>error_description</dt><dd id="error_description">{page.error_description}</dd>
      </dl>
      <a class="button wide" href={place.app}>Back to Taskmaster</a>
    </div>
  </main>
);

/** What a page shows. */
export const Body = ({ page, place }: { page: Page; place: Place }): VNode => {
  switch (page.page) {
    case 'login': return <Login page={page} place={place} />;
    case 'consent': return <Consent page={page} place={place} />;
    case 'leave': return <Leave page={page} place={place} />;
    case 'developer': return <Developer page={page} place={place} />;
    case 'registered': return <Registered page={page} place={place} />;
    case 'sign_out': return <SignOut page={page} place={place} />;
    case 'signed_out': return <SignedOut place={place} />;
    case 'error': return <Problem page={page} place={place} />;
  }
};

export const TITLES: Record<Page['page'], string> = {
  login: 'Sign in', consent: 'Give access?', leave: 'Going on', developer: 'Your apps', registered: 'Registered',
  sign_out: 'Sign out?', signed_out: 'Signed out', error: 'Something is wrong',
};
