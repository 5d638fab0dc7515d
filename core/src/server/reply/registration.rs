//! Refusals of the registration endpoint, for the developer of an app
//! ([RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)).

use super::answer::{body, private_headers};
use super::resource::{challenge, challenged};
use super::{Refusal, refusal};
use crate::server::declare::DeclareError;
use crate::server::handle::Call;
use crate::server::register::RegisterError;
use crate::server::turn::Turn;
use crate::wire::bearer::{BearerError, Scheme};

impl From<RegisterError> for Refusal {
    fn from(error: RegisterError) -> Self {
        let (status, error, error_description) = match error {
            RegisterError::Malformed(BearerError::InQuery) | RegisterError::BadToken => {
                (401, "invalid_token", "Invalid access token")
            }
            RegisterError::Malformed(_) => (400, "invalid_request", "Malformed request"),
            // Said to nobody: see below.
            RegisterError::MissingToken => (401, "invalid_token", "Missing access token"),
            RegisterError::Metadata(_) => {
                (400, "invalid_client_metadata", "Client metadata is malformed or not supported")
            }
            RegisterError::Declare(error) => (400, error_of(error), description_of(error)),
            RegisterError::NoSuchKey => {
                (400, "invalid_client_metadata", "id_token_signed_response_alg is not supported")
            }
            RegisterError::TooLarge => {
                (400, "invalid_client_metadata", "Client metadata is too large")
            }
            RegisterError::NoSuchScope => (400, "invalid_client_metadata", "scope is not offered"),
            RegisterError::NotItself => {
                (400, "invalid_client_metadata", "client_id or client_secret does not match")
            }
        };
        refusal(status, error, error_description)
    }
}

/// The two words that [RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2) has.
const fn error_of(error: DeclareError) -> &'static str {
    match error {
        DeclareError::NoRedirectUri
        | DeclareError::TooManyRedirectUris
        | DeclareError::BadRedirectUri(..)
        | DeclareError::PrivateUseScheme => "invalid_redirect_uri",
        DeclareError::BadClientId
        | DeclareError::NoName
        | DeclareError::BadName
        | DeclareError::BadLink(_)
        | DeclareError::MissingSecret
        | DeclareError::UselessSecret
        | DeclareError::MissingKeys
        | DeclareError::TooManyKeys
        | DeclareError::LongKey
        | DeclareError::PublicCredentials
        | DeclareError::UntrustedCredentials
        | DeclareError::BadScope
        | DeclareError::BadPostLogoutRedirectUri(..) => "invalid_client_metadata",
    }
}

const fn description_of(error: DeclareError) -> &'static str {
    match error {
        DeclareError::NoRedirectUri => "redirect_uris is missing",
        DeclareError::TooManyRedirectUris => "Too many URIs",
        DeclareError::BadRedirectUri(..) => "redirect_uris has one that is not taken",
        DeclareError::PrivateUseScheme => "A private-use scheme is for native apps",
        DeclareError::BadClientId => "client_id is malformed",
        DeclareError::NoName | DeclareError::BadName => "client_name is malformed",
        DeclareError::BadLink(_) => "A page for people must be at https",
        DeclareError::MissingSecret | DeclareError::UselessSecret => {
            "client_secret does not go with token_endpoint_auth_method"
        }
        DeclareError::MissingKeys => "private_key_jwt needs jwks; jwks_uri is not fetched",
        DeclareError::TooManyKeys => "jwks has too many keys",
        DeclareError::LongKey => "jwks has a key that is too long",
        DeclareError::PublicCredentials => "client_credentials needs client authentication",
        DeclareError::UntrustedCredentials => {
            "client_credentials is not for clients that register by themselves"
        }
        DeclareError::BadScope => "scope is malformed",
        DeclareError::BadPostLogoutRedirectUri(..) => {
            "post_logout_redirect_uris has one that is not taken"
        }
    }
}

/// A refusal of the registration endpoint
/// ([RFC 7591 §3.2.2](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2)); of its token, as of
/// everything that a token opens.
pub(crate) fn register<'s>(call: &Call<'_>, error: RegisterError) -> Turn<'s> {
    let refusal = Some(error).filter(|error| *error != RegisterError::MissingToken);
    match refusal.map(Refusal::from) {
        Some(refusal) if refusal.status != 401 => Turn::Reply(body(private_headers(call), refusal)),
        refusal => {
            let challenge = challenge(Scheme::Bearer, refusal.as_ref());
            Turn::Reply(challenged(call, refusal, challenge))
        }
    }
}
