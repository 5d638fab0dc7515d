//! How an answer leaves: its head, who may keep it, and whose scripts may read it.

use alloc::string::String;
use alloc::vec::Vec;

use super::Refusal;
use crate::server::handle::Call;
use crate::server::page::{ErrorPage, Page, Show};
use crate::server::turn::Turn;
use crate::wire::callback::SUBMIT_HASH;
use crate::wire::error::ErrorBody;
use crate::wire::http::{Headers, Response};
use crate::wire::token::TokenResponse;

/// The answer to a code ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
pub(crate) fn tokens(call: &Call<'_>, tokens: &TokenResponse) -> Response {
    json(call, 200, tokens.to_json())
}

/// A token was given back ([RFC 7009 §2.2](https://www.rfc-editor.org/rfc/rfc7009#section-2.2)).
pub(crate) fn done(call: &Call<'_>) -> Response {
    Response { status: 200, headers: private_headers(call), body: Vec::new() }
}

/// Something is gone, and there is nothing to say about it.
pub(crate) fn no_content(call: &Call<'_>) -> Response {
    Response { status: 204, headers: private_headers(call), body: Vec::new() }
}

/// Tells a page of another origin whether it may ask.
pub(crate) fn preflight<'s>(call: &Call<'_>, methods: &'static str) -> Turn<'s> {
    let headers = if call.is_cross_origin {
        Headers::new()
            .with("access-control-allow-origin", "*")
            .with("access-control-allow-methods", methods)
            .with("access-control-allow-headers", "authorization, content-type, dpop")
            .with("access-control-max-age", "600")
    } else {
        Headers::new()
    };
    Turn::Reply(Response { status: 204, headers, body: Vec::new() })
}

/// Sends the browser elsewhere, with 303 so that a form is never posted on
/// ([RFC 9700 §4.12](https://www.rfc-editor.org/rfc/rfc9700#section-4.12)).
pub(crate) fn redirect(location: String) -> Response {
    Response { status: 303, headers: private().with("location", location), body: Vec::new() }
}

/// Sends the browser elsewhere with a form that posts itself.
///
/// There is no `form-action`: browsers would apply it to where the app sends the person next. The
/// app's server may look who posts, so the browser tells it the origin, and no more.
pub(crate) fn form_post(html: String) -> Response {
    let policy = [
        "default-src 'none'; script-src '",
        SUBMIT_HASH,
        "'; base-uri 'none'; frame-ancestors 'none'",
    ];
    let headers = uncached()
        .with("referrer-policy", "strict-origin")
        .with("x-frame-options", "DENY")
        .with("x-content-type-options", "nosniff")
        .with("content-security-policy", policy.concat())
        .with("content-type", "text/html; charset=utf-8");
    Response { status: 200, headers, body: html.into_bytes() }
}

/// A page that no other site may frame and no cache may keep
/// ([RFC 9700 §4.16](https://www.rfc-editor.org/rfc/rfc9700#section-4.16)).
///
/// A page with a form says where it is to its own origin only: browsers then put the real `Origin`
/// on what it posts, which is how [`login::own_form`](crate::server::login::own_form) knows it.
pub(crate) fn drawn(shown: Page, status: u16) -> Show {
    let headers = match shown {
        Page::Login(_) | Page::Consent(_) | Page::Developer(_) | Page::SignOut(_) => {
            uncached().with("referrer-policy", "same-origin")
        }
        Page::Leave(_) | Page::Registered(_) | Page::SignedOut | Page::Error(_) => private(),
    };
    page(headers, shown, status)
}

/// The same as the end of a request.
pub(crate) fn show<'s>(shown: Page, status: u16) -> Turn<'s> {
    drawn(shown, status).into()
}

fn page(headers: Headers, page: Page, status: u16) -> Show {
    let headers = headers.with("x-frame-options", "DENY");
    let headers = headers.with("x-content-type-options", "nosniff");
    Show { page, status, headers }
}

/// JSON for the one who asked.
pub(crate) fn json(call: &Call<'_>, status: u16, body: String) -> Response {
    let headers = private_headers(call).with("content-type", "application/json");
    Response { status, headers, body: body.into_bytes() }
}

/// JSON for everybody.
pub(crate) fn public_json(body: String) -> Response {
    let headers = Headers::new()
        .with("access-control-allow-origin", "*")
        .with("cache-control", "public, max-age=300")
        .with("x-content-type-options", "nosniff")
        .with("content-type", "application/json");
    Response { status: 200, headers, body: body.into_bytes() }
}

/// A page for people, JSON for everybody else.
pub(super) fn refuse<'s>(call: &Call<'_>, refusal: Refusal) -> Turn<'s> {
    refuse_with(private(), call, refusal)
}

pub(super) fn refuse_with<'s>(headers: Headers, call: &Call<'_>, refusal: Refusal) -> Turn<'s> {
    if call.wants_html {
        let Refusal { status, error, error_description } = refusal;
        return page(headers, Page::Error(ErrorPage { error, error_description }), status).into();
    }
    Turn::Reply(body(headers, refusal))
}

pub(super) fn body(headers: Headers, refusal: Refusal) -> Response {
    let body = ErrorBody::new(refusal.error, refusal.error_description).to_json().into_bytes();
    let headers = headers.with("content-type", "application/json");
    Response { status: refusal.status, headers, body }
}

pub(super) fn headers_of(call: &Call<'_>) -> Headers {
    if call.is_cross_origin { private_headers(call) } else { private() }
}

/// No cache may keep it, no page may learn of it by `Referer`
/// ([RFC 9700 §4.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.2)).
fn private() -> Headers {
    uncached().with("referrer-policy", "no-referrer")
}

fn uncached() -> Headers {
    Headers::new().with("cache-control", "no-store").with("pragma", "no-cache")
}

/// The same, and scripts of the page that asked may read it, if that is an app's: it is had with a
/// token or a secret, never with a cookie.
pub(crate) fn private_headers(call: &Call<'_>) -> Headers {
    let headers = private().with("x-content-type-options", "nosniff");
    if !call.is_cross_origin {
        return headers;
    }
    headers
        .with("access-control-allow-origin", "*")
        .with("access-control-expose-headers", "WWW-Authenticate, Retry-After, DPoP-Nonce")
}
