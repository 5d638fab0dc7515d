//! Leaving for the server, and coming back.

use super::{Help, MetBy, Remedy, Stage};

pub(super) static ROWS: &[Help] = table! {
    return_to_invalid All [Authorize => FixConfig] at "RFC 9700 §4.11.1"
        "`returnTo` is no path of the app."
        [
            "It is a whole URL, or has `//` in its path: a link that somebody made could lead to another site.",
            "It has spaces, letters beyond ASCII or a backslash, or is longer than 1024 bytes.",
        ]
        "Give a path that begins with one `/`, encoded as in a URL: `location.pathname + location.search`.";
    storage_denied All [Authorize => AskUser]
        "No storage of the browser takes the record that the login needs when it comes back."
        [
            "The user blocks cookies and site data, or the storage is full.",
            "The page is in a frame of another site, or in a sandbox without `allow-same-origin`.",
            "`dpop` is `require`, and the browser keeps no key (`subject` is `dpop`).",
        ]
        "Ask the user to allow site data for this page. In a frame of another site, open a page of your own to sign in.";
    login_loop All [Authorize => Report]
        "The third login within a minute was stopped, for the others came to nothing; `subject` is how the last ended."
        [
            "The app calls `login()` whenever nobody is signed in, whatever the last login ended with.",
            "Whatever `subject` says goes wrong every time.",
        ]
        "Look up `subject` here and mend that. Call `login()` by itself only while `snapshot.why` is `never`.";
    popup_blocked All [Authorize => AskUser]
        "The browser opened no window."
        [
            "`popup()` was not called in the handler of a click, or after an `await` in it.",
            "The user or an extension blocks windows.",
        ]
        "Call `auth.popup()` first in the handler of a click, or use `auth.login()`, which needs no window.";
    frame_refused All [Authorize => LoginAgain]
        "A login in a frame did not come back; it is not tried again on this page."
        [
            "The browser keeps the server's cookies from frames of other sites, as most do by now.",
            "The server forbids frames, by `frame-ancestors` or `X-Frame-Options`, or the page does, by `frame-src`.",
            "The page at `relayUri` does not import `grantflow/relay`.",
        ]
        "Ask for `offline_access` and let tokens be refreshed, or use `auth.login({ prompt: 'none' })`.";
    state_unknown All [Callback => LoginAgain] at "RFC 6749 §10.12"
        "No login of this browser waits for this answer."
        [
            "The login began in another browser, or the browser's storage was cleared meanwhile.",
            "`redirectUri` is of another origin than the page that called `login()`, such as with `www.` or 127.0.0.1.",
            "The answer was opened again more than ten minutes after it had been used.",
            "Somebody made the answer up, to sign this user in as somebody else.",
        ]
        "Sign in again. If it happens every time, begin the login on the origin that `redirectUri` has.";
    state_expired All [Callback => LoginAgain] at "RFC 9700 §4.7.1"
        "The answer came more than 15 minutes after the login had begun."
        [
            "The user took their time at the server.",
            "The clock of the device was set meanwhile.",
        ]
        "Sign in again.";
    param_repeated All [Callback => Report] at "RFC 6749 §3.1"
        "A parameter of the answer is there twice, and nobody can tell which one is the server's."
        [
            "Somebody added one to a link.",
            "`redirectUri` has a query of its own with the name of a parameter, such as `state`.",
        ]
        "Do not retry. Register a redirect URI without such a query; the login goes on waiting for a good answer.";
    response_malformed All [Callback => Report] at "RFC 6749 §4.1.2"
        "The answer is none: it has neither a code nor an error, or both, or a token."
        [
            "The client is registered for another flow, so that tokens come in the fragment.",
            "Something between rewrites URLs, or cut this one off.",
        ]
        "Do not retry. Have the server answer `response_type=code` with the code in the query.";
    response_iss_missing All [Callback => Report] at "RFC 9207 §2.4"
        "The server promises to name itself in every answer, and this answer names nobody."
        [
            "Somebody mixes this server's answers up with another's.",
            "Something between drops parameters it does not know.",
            "The metadata promises what the server does not do (`authorization_response_iss_parameter_supported`).",
        ]
        "Do not retry. Look at the URL as the server sends it: it must have `iss`.";
    response_iss_mismatch All [Callback => Report] at "RFC 9207 §2.4"
        "The answer names another server than the one that the user was sent to."
        [
            "Somebody mixes this server's answers up with another's.",
            "The server calls itself otherwise in its answers than in its metadata.",
        ]
        "Do not retry. If it happens every time, have the server send the `iss` of its metadata.";
};
