//! The server's own words: `oauth` has them as they came, and the sentence it added.

use super::{Help, MetBy, Remedy, Stage};

pub(super) static ROWS: &[Help] = table! {
    access_denied All [Callback, Register, Redeem, Refresh => AskUser] at "RFC 6749 §4.1.2.1"
        "The user, or the server for them, said no."
        [
            "The user pressed Cancel, or agreed to nothing.",
            "A rule at the server keeps this user out of this app.",
        ]
        "Let the user decide again, with a button; do not send them back by yourself.";
    login_required All [Callback, Register, Redeem, Refresh => LoginAgain] at "OpenID Connect Core §3.1.2.6"
        "Nobody is signed in at the server, and it was not to ask."
        [
            "`silent()`, or `prompt: 'none'`, and the user's session at the server is over.",
            "The browser keeps the server's cookies from a frame.",
        ]
        "Call `auth.login()`.";
    consent_required All [Callback, Register, Redeem, Refresh => LoginAgain] at "OpenID Connect Core §3.1.2.6"
        "The user has not agreed to this yet, and the server was not to ask."
        ["`silent()`, or `prompt: 'none'`, and more is asked for than the user has agreed to."]
        "Call `auth.login()`.";
    interaction_required All [Callback, Register, Redeem, Refresh => LoginAgain] at "OpenID Connect Core §3.1.2.6"
        "The server needs the user for something, and was not to ask."
        ["`silent()`, or `prompt: 'none'`, and the user has to prove more or to accept something."]
        "Call `auth.login()`.";
    account_selection_required All [Callback, Register, Redeem, Refresh => LoginAgain] at "OpenID Connect Core §3.1.2.6"
        "More than one user is signed in at the server, and it was not to ask which."
        ["`silent()`, or `prompt: 'none'`, and several accounts are at hand."]
        "Call `auth.login()`, with a `loginHint` if you know who it is.";
    server_error All [Callback, Register, Redeem, Refresh => Retry] at "RFC 6749 §4.1.2.1"
        "The server met something that it did not expect."
        ["It has a fault, or something behind it has."]
        "Try again in a moment. If it stays, tell whoever runs the server when it was.";
    temporarily_unavailable All [Callback, Register, Redeem, Refresh => Retry] at "RFC 6749 §4.1.2.1"
        "The server has too much to do, or is being worked on."
        ["Load, or maintenance."]
        "Try again in a moment.";
    invalid_request All [Callback, Register, Redeem, Refresh => Report] at "RFC 6749 §5.2"
        "The server calls the request malformed."
        [
            "It wants a parameter that this client does not send, or does not take one that it sends.",
            "The redirect URI is not, letter by letter, one that is registered.",
        ]
        "Read `oauth.description`, and compare the registration of the client with its options.";
    invalid_scope All [Callback, Register, Redeem, Refresh => FixConfig] at "RFC 6749 §4.1.2.1"
        "The server does not know a scope, or does not give it to this client."
        [
            "A word of `scope` is misspelled.",
            "The client is not registered for it; `offline_access` is often a switch of its own.",
        ]
        "Compare `scope` with what the client is registered for.";
    unauthorized_client All [Callback, Register, Redeem, Refresh => FixConfig] at "RFC 6749 §4.1.2.1"
        "The client may not do this."
        ["It is not registered for the authorization code flow, or not for refresh tokens."]
        "Allow the grant type at the client's registration.";
    unsupported_response_type All [Callback, Register, Redeem, Refresh => FixConfig] at "RFC 6749 §4.1.2.1"
        "The server does not do `response_type=code`, or not for this client."
        ["The client is registered for the implicit flow."]
        "Register the client for the authorization code flow.";
    unsupported_grant_type All [Callback, Register, Redeem, Refresh => FixConfig] at "RFC 6749 §5.2"
        "The token endpoint does not do this grant."
        ["Refresh tokens, or codes, are switched off there."]
        "Switch the grant on at the server.";
    invalid_target All [Callback, Register, Redeem, Refresh => FixConfig] at "RFC 8707 §2"
        "The server gives no tokens for one of `resources`."
        ["The URI is not, letter by letter, one that the server knows, or not one that this client may ask for."]
        "Compare `resources` with the APIs that are registered at the server.";
    dpop_rejected All [Redeem, Refresh => Retry] at "RFC 9449 §5"
        "The server does not take the proof of the key, not even with the nonce that it asked for."
        [
            "The device's clock or the server's is off by minutes.",
            "A proxy changes the URL, so that the server expects a proof for another one.",
        ]
        "Set the clock. If it happens to everybody, compare the token endpoint's URL with the one that the server sees.";
    request_not_supported All [Callback, Register, Redeem, Refresh => FixConfig] at "OpenID Connect Core §3.1.2.6"
        "The server takes no request objects."
        ["Something between added a `request`: this client sends none."]
        "Look at the URL as it reaches the server.";
    request_uri_not_supported All [Callback, Register, Redeem, Refresh => FixConfig] at "OpenID Connect Core §3.1.2.6"
        "The server takes no requests by reference."
        ["Something between added a `request_uri`: this client sends none."]
        "Look at the URL as it reaches the server.";
    registration_not_supported All [Callback, Register, Redeem, Refresh => FixConfig] at "OpenID Connect Core §3.1.2.6"
        "The server takes no clients that describe themselves in the request."
        ["Something between added a `registration`: this client sends none."]
        "Look at the URL as it reaches the server.";
    server_refused All [Callback, Register, Redeem, Refresh => Report] at "RFC 6749 §8"
        "The server refused with a word that is none of the known ones; `oauth.error` has it."
        ["An extension, or a rule of the server's own."]
        "Look the word up in the server's documentation.";
};
