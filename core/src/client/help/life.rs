//! Using tokens, getting the next ones, and giving them back.

use super::{Help, MetBy, Remedy, Stage};

pub(super) static ROWS: &[Help] = table! {
    offline All [Redeem, Identity, Refresh => Retry]
        "The server could not be asked, or no answer came."
        [
            "There is no network, or the server did not answer within 15 seconds.",
            "The server lets pages of this origin read its metadata, but not this endpoint (CORS).",
        ]
        "Nobody is signed out by it: try again when there is a network. At the stages `redeem` and `identity` sign in \
         again, for a code is sent once.";
    timeout All [Refresh => Retry]
        "Another tab refreshes the token, and did not come to an end."
        ["A tab was put to sleep by the browser while it held the lock."]
        "Try again in a moment.";
    aborted All [Resource => Retry]
        "Whoever asked wants it no longer."
        [
            "The `signal` that was given is aborted, the user signed out meanwhile, or the set-up was thrown away.",
            "The user chose to stay on the page, or came back to it, instead of signing in.",
        ]
        "Nothing: it was meant so.";
    token_to_foreign_origin Npm [Resource => FixConfig] at "RFC 9700 §4.9.1"
        "`auth.fetch` takes the access token to no such origin; `subject` is the origin."
        [
            "The API is neither on the page's origin nor on the issuer's, and nothing says that it may see the token.",
            "The URL is on the origin of one of `resources`, and not below it.",
        ]
        "Add the API to `resources` or `allowedOrigins`, if it is yours; else use `fetch` without a token.";
    refresh_in_doubt All [Refresh => Retry] at "RFC 9700 §4.14.2"
        "The answer to a refresh was lost, and nobody knows which refresh token the server takes now."
        ["The network broke off in between, or the server did not answer within 15 seconds."]
        "Try again in a moment: the refresh is repeated by itself, and the user stays signed in until the server says no.";
    session_revoked All [Refresh => LoginAgain] at "RFC 6749 §5.2"
        "The server takes the refresh token no longer."
        [
            "The user or an administrator ended the session, or it is too old.",
            "The refresh token was used twice, so that the server takes it for stolen.",
        ]
        "Sign in again. If it happens after every reload, see that nothing but grantflow refreshes these tokens.";
    session_gone All [Refresh, Resource => LoginAgain]
        "Nobody is signed in, or the token is dead and nothing gets another."
        [
            "The access token ran out, and the server gave no refresh token: `offline_access` was not asked for or allowed.",
            "The user signed out, perhaps in another tab, or the storage was cleared.",
        ]
        "Sign in again. `snapshot.why` says which it was.";
    dpop_key_lost All [Resource => LoginAgain] at "RFC 9449 §5"
        "The key that the tokens are bound to is gone, and with it what they are good for."
        [
            "The site's data was cleared, or the browser forgot its database.",
            "In another tab somebody signed in or out meanwhile, or the store is shared with a browser that has no such key.",
            "The tokens were kept by another browser, or before `dpop` was `require`, or `dpop` is `off` again.",
        ]
        "Sign in again: a new key is made.";
    logout_incomplete All [Revoke => Retry] at "RFC 7009 §2.2"
        "The user is signed out here, and the server may not have heard of it."
        [
            "There is no network, or the server refused to take the tokens back.",
            "`everywhere` was asked for, and the server has no page to sign out at.",
        ]
        "The tokens are forgotten here all the same, and die of age. Where that is too late, end the session at the server.";
    token_rejected Rust [Register => FixConfig; Resource => LoginAgain] at "RFC 6750 §3.1"
        "The endpoint does not take the token."
        [
            "The access token is too old, or was revoked.",
            "The initial or registration access token is missing or another's.",
        ]
        "Refresh and try again, or sign in again; for a registration, get a token from whoever runs the server.";
    insufficient_scope Rust [Resource => LoginAgain] at "RFC 6750 §3.1"
        "The endpoint wants more scope than the token has."
        ["`userinfo` wants `openid`, or what else the server says."]
        "Ask for what `Asked::more` gives.";
    userinfo_unreachable Rust [Resource => Retry] at "OpenID Connect Core §5.3.3"
        "The claims of the user could not be had."
        ["The server stumbled."]
        "Try again in a moment. The ID token has said who it is.";
    userinfo_malformed Rust [Resource => Report] at "OpenID Connect Core §5.3.2"
        "What came in place of the user's claims is no JSON object with a `sub`."
        ["The server signs or encrypts the answer, or something before it answered."]
        "Have the server answer with plain JSON.";
    userinfo_sub_mismatch Rust [Resource => Report] at "OpenID Connect Core §5.3.2"
        "The claims are another user's than the one who signed in."
        ["Somebody exchanged the access token, or the server mixed two users up."]
        "Use neither. Tell whoever runs the server.";
};
