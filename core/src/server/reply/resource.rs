//! Refusals of what a token should open
//! ([RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).

use alloc::string::String;
use alloc::vec::Vec;

use super::answer::{body, private_headers};
use super::{Refusal, proof, refusal};
use crate::scope::OPENID;
use crate::server::handle::Call;
use crate::server::resource::{Door, ResourceError};
use crate::server::turn::Turn;
use crate::wire::bearer::{BearerError, Scheme};
use crate::wire::http::Response;
use crate::wire::resource_metadata;

/// A refusal of what a token should open
/// ([RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).
pub(crate) fn resource<'s>(call: &Call<'_>, error: ResourceError, door: Door<'_>) -> Turn<'s> {
    let refusal = match error {
        ResourceError::Missing => None,
        ResourceError::Malformed(BearerError::Repeated) => {
            Some(refusal(400, "invalid_request", "More than one access token"))
        }
        ResourceError::Malformed(BearerError::Malformed) => {
            Some(refusal(400, "invalid_request", "Malformed Authorization header"))
        }
        ResourceError::Malformed(BearerError::InQuery)
        | ResourceError::BadToken
        | ResourceError::WrongScheme => Some(refusal(401, "invalid_token", "Invalid access token")),
        ResourceError::Proof(error) => Some(proof::at_resource(error)),
        ResourceError::Expired => Some(refusal(401, "invalid_token", "The Access Token expired")),
        ResourceError::InsufficientScope => {
            Some(refusal(403, "insufficient_scope", "The access token is not good for this"))
        }
    };
    let mut challenge = challenge(call.scheme, refusal.as_ref());
    if error == ResourceError::InsufficientScope {
        match door {
            Door::UserInfo => say(&mut challenge, "scope", OPENID),
            Door::Host(resource) => say(&mut challenge, "scope", &resource.scope.to_text()),
        }
    }
    // What tells a client that knows nothing where to begin
    // (RFC 9728 §5.1).
    if let Door::Host(resource) = door
        && let Some(path) = &resource.path
    {
        let issuer = &call.server.policy.issuer;
        let about =
            [issuer.origin(), resource_metadata::PREFIX, issuer.path(), path.as_str()].concat();
        say(&mut challenge, "resource_metadata", &about);
    }
    let mut response = challenged(call, refusal, challenge);
    match error {
        ResourceError::Missing | ResourceError::WrongScheme if call.scheme == Scheme::Bearer => {
            response.headers.push("www-authenticate", proof::also());
        }
        ResourceError::Proof(error) => proof::with_nonce(call, error, &mut response.headers),
        ResourceError::Missing
        | ResourceError::Malformed(_)
        | ResourceError::BadToken
        | ResourceError::WrongScheme
        | ResourceError::Expired
        | ResourceError::InsufficientScope => {}
    }
    Turn::Reply(response)
}

/// What a bearer is told; one who brought no token hears of no error
/// ([RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
pub(super) fn challenge(scheme: Scheme, refusal: Option<&Refusal>) -> String {
    let mut challenge = String::from(scheme.name());
    challenge.push_str(" realm=\"grantflow\"");
    if scheme == Scheme::Dpop {
        proof::algs(&mut challenge);
    }
    if let Some(Refusal { error, error_description, .. }) = refusal {
        say(&mut challenge, "error", error);
        say(&mut challenge, "error_description", error_description);
    }
    challenge
}

pub(super) fn say(challenge: &mut String, name: &str, value: &str) {
    for part in [", ", name, "=\"", value, "\""] {
        challenge.push_str(part);
    }
}

pub(super) fn challenged(call: &Call<'_>, refusal: Option<Refusal>, challenge: String) -> Response {
    let headers = private_headers(call).with("www-authenticate", challenge);
    match refusal {
        Some(refusal) => body(headers, refusal),
        None => Response { status: 401, headers, body: Vec::new() },
    }
}

/// The token is good, and the person is gone or may no longer sign in.
pub(crate) fn person_gone<'s>(call: &Call<'_>) -> Turn<'s> {
    resource(call, ResourceError::BadToken, Door::UserInfo)
}
