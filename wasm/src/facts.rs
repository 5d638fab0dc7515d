//! The values of one login as JSON.

use grantflow::base64url;
use grantflow::client::{Redirect, Send, Tokens, Turn, Verify};
use grantflow::secret::Secret;
use grantflow::wire::json::Writer;

use crate::question::{kind, user};

/// Where to send the browser, and what to store before it leaves.
pub(crate) fn redirect(redirect: &Redirect) -> Writer {
    kind("redirect")
        .string("url", &redirect.url)
        .string("key", &redirect.login.storage_key())
        .string("record", &redirect.login.encode())
}

/// What the host needs for its answer, or the tokens.
pub(crate) fn turn(turn: &Turn) -> Writer {
    match turn {
        Turn::Send(ask) => send(ask),
        Turn::Verify(ask) => verify(ask),
        Turn::Done(tokens) => done(tokens),
        // A page's client has no key to sign with, and nothing here binds tokens to one.
        Turn::Sign(_) | Turn::Prove(_) => kind("sign"),
    }
}

fn send(ask: &Send) -> Writer {
    let request = ask.request();
    kind("send")
        .string("url", &request.url)
        .string("body", core::str::from_utf8(&request.body).unwrap_or_default())
        .boolean("fresh", ask.is_fresh())
}

fn verify(ask: &Verify) -> Writer {
    kind("verify")
        .string("alg", ask.alg().name())
        .string("jwk", ask.jwk())
        .string("input", ask.input())
        .string("signature", &base64url::encode(ask.signature()))
}

fn done(tokens: &Tokens) -> Writer {
    let mut all = kind("done")
        .string("accessToken", tokens.access_token.expose())
        .string("scope", &tokens.scope.to_text())
        .string("returnTo", &tokens.return_to)
        .maybe("refreshToken", tokens.refresh_token.as_ref().map(Secret::expose))
        .maybe("idToken", tokens.id_token.as_ref().map(Secret::expose));
    if let Some(at) = tokens.expires_at {
        all = all.integer("expiresAt", at.as_secs());
    }
    match &tokens.identity {
        Some(identity) => all.raw("user", &user(identity)),
        None => all,
    }
}
