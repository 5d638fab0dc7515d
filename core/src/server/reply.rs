//! Every refusal as the wire sees it: laid beside the specification, this one file can be audited by
//! eye. Reasons stay inside; what leaves is bland, and echoes nothing.

use alloc::string::ToString as _;
use core::time::Duration;

use super::ask::AskError;
use super::authenticate::PresentedError;
use super::bound::{BindError, Bound};
use super::client_credentials::CredentialsError;
use super::consent::ConsentError;
use super::handle::Call;
use super::issue::TargetError;
use super::logout::LogoutError;
use super::page::{LeavePage, Page};
use super::redeem::RedeemError;
use super::refresh::RefreshError;
use super::token::TokenError;
use super::turn::Turn;
use crate::wire::error::ErrorBody;
use crate::wire::http::Response;

use self::answer::{body, headers_of, refuse, refuse_with};
pub(crate) use self::answer::{
    done, drawn, form_post, json, no_content, preflight, private_headers, public_json, redirect,
    show, tokens,
};
pub(crate) use self::registration::register;
pub(crate) use self::resource::{person_gone, resource};

mod answer;
mod proof;
mod registration;
mod resource;

/// `error` and `error_description`, and the status they travel with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    status: u16,
    error: &'static str,
    error_description: &'static str,
}

const fn refusal(status: u16, error: &'static str, error_description: &'static str) -> Refusal {
    Refusal { status, error, error_description }
}

const INVALID_CLIENT: Refusal = refusal(401, "invalid_client", "Invalid client credentials");
const UNAVAILABLE: Refusal = refusal(503, "temporarily_unavailable", "Try again in a moment");

// --- The authorization endpoint -------------------------------------------------------------

impl From<BindError> for Refusal {
    fn from(error: BindError) -> Self {
        let error_description = match error {
            BindError::Malformed => "Malformed request",
            BindError::MissingClientId => "Missing required parameter: client_id",
            BindError::UnknownClient => "Unknown client",
            BindError::MissingRedirectUri => "Missing required parameter: redirect_uri",
            BindError::WrongRedirectUri => "Invalid redirect URI",
        };
        refusal(400, "invalid_request", error_description)
    }
}

impl From<AskError> for Refusal {
    fn from(error: AskError) -> Self {
        let (error, error_description) = match error {
            AskError::Repeated => ("invalid_request", "A parameter is there more than once"),
            AskError::UnauthorizedClient => {
                ("unauthorized_client", "The client is not registered for codes")
            }
            AskError::MissingResponseType => {
                ("invalid_request", "Missing required parameter: response_type")
            }
            AskError::UnsupportedResponseType => {
                ("unsupported_response_type", "response_type must be code")
            }
            AskError::RequestObject => ("request_not_supported", "request is not supported"),
            AskError::RequestUri => ("request_uri_not_supported", "request_uri is not supported"),
            AskError::Registration => {
                ("registration_not_supported", "registration is not supported")
            }
            AskError::UnsupportedResponseMode => {
                ("invalid_request", "response_mode must be query or form_post")
            }
            AskError::MissingScope => ("invalid_request", "Missing required parameter: scope"),
            AskError::InvalidScope => ("invalid_scope", "Scope is malformed or not allowed"),
            AskError::UnsupportedChallengeMethod => {
                ("invalid_request", "code_challenge_method must be S256, with a code_challenge")
            }
            AskError::InvalidChallenge => ("invalid_request", "Invalid code_challenge"),
            AskError::MissingChallenge => {
                ("invalid_request", "Missing required parameter: code_challenge")
            }
            AskError::InvalidKey => ("invalid_request", "Invalid dpop_jkt"),
            AskError::InvalidTarget => ("invalid_target", "resource is not one of this server"),
            AskError::TooLong => ("invalid_request", "The request is too long"),
            AskError::InvalidPrompt => ("invalid_request", "Invalid prompt"),
            AskError::InvalidMaxAge => ("invalid_request", "Invalid max_age"),
            AskError::InvalidClaims => ("invalid_request", "Invalid claims"),
            AskError::InvalidHint => ("invalid_request", "Invalid id_token_hint"),
            AskError::UnmetAcr => {
                ("unmet_authentication_requirements", "No sign-in here has that acr")
            }
            AskError::LoginRequired => ("login_required", "The user has to sign in"),
            AskError::OtherPerson => ("login_required", "Another user is signed in"),
            AskError::ConsentRequired => ("consent_required", "The user has to be asked"),
            AskError::Unavailable => (UNAVAILABLE.error, UNAVAILABLE.error_description),
        };
        refusal(303, error, error_description)
    }
}

/// A refusal of a request that is bound to nobody: never a redirect.
pub(crate) fn unbound<'s>(call: &Call<'_>, error: BindError) -> Turn<'s> {
    refuse(call, error.into())
}

/// A refusal of a bound request: back to the client
/// ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)).
///
/// If nobody vouches for the client it is the person who goes, for its request may be a trap that
/// is to look like this server
/// ([RFC 9700 §4.11.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.11.2)).
pub(crate) fn bound<'s>(call: &Call<'_>, bound: Bound, error: AskError) -> Turn<'s> {
    if bound.client().is_trusted {
        return Turn::Reply(send_back(call, bound, error.into()));
    }
    let client_name = bound.client().name.clone();
    let redirect_uri = bound.back().redirect_uri.clone();
    let response = send_back(call, bound, error.into());
    match response.headers.first("location") {
        Some(location) => {
            let location = location.into();
            show(Page::Leave(LeavePage { client_name, redirect_uri, location }), 200)
        }
        // A form that posts itself asks nobody.
        None if error == AskError::Unavailable => unavailable(call),
        None => refuse(call, Refusal { status: 400, ..error.into() }),
    }
}

/// The person said no.
pub(crate) fn denied<'s>(call: &Call<'_>, bound: Bound) -> Turn<'s> {
    Turn::Reply(send_back(call, bound, refusal(303, "access_denied", "The user said no")))
}

fn send_back(call: &Call<'_>, bound: Bound, refusal: Refusal) -> Response {
    let answer = ErrorBody::new(refusal.error, refusal.error_description);
    bound.answer(&call.server.policy, Err(answer))
}

/// A consent form that is not taken.
pub(crate) fn consent<'s>(call: &Call<'_>, error: ConsentError) -> Turn<'s> {
    let (status, error_description) = match error {
        ConsentError::Foreign => {
            (403, "This page was not made for you. Go back to the app and start again")
        }
        ConsentError::TooOld => {
            (400, "The page was open too long. Go back to the app and start again")
        }
        ConsentError::Malformed => (400, "Malformed request"),
        ConsentError::Answered => (400, "You answered already. Go back to the app"),
    };
    refuse(call, refusal(status, "invalid_request", error_description))
}

/// A form of our own pages that another site sent, or that was drawn for another login.
pub(crate) fn forbidden<'s>(call: &Call<'_>) -> Turn<'s> {
    consent(call, ConsentError::Foreign)
}

/// An app's request to sign a person out that is not taken: never a redirect.
pub(crate) fn logout<'s>(call: &Call<'_>, error: LogoutError) -> Turn<'s> {
    let error_description = match error {
        LogoutError::Malformed => "Malformed request",
        LogoutError::InvalidHint => "Invalid id_token_hint",
        LogoutError::WrongClient => "Unknown client",
        LogoutError::WrongRedirectUri => "Invalid post_logout_redirect_uri",
    };
    refuse(call, refusal(400, "invalid_request", error_description))
}

// --- The token endpoint ---------------------------------------------------------------------

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        let (error, error_description) = match error {
            TokenError::Malformed => ("invalid_request", "Malformed request"),
            TokenError::Repeated | TokenError::Presented(PresentedError::Repeated) => {
                ("invalid_request", "A parameter is there more than once")
            }
            TokenError::MissingGrantType => {
                ("invalid_request", "Missing required parameter: grant_type")
            }
            TokenError::UnsupportedGrantType => (
                "unsupported_grant_type",
                "grant_type must be authorization_code, refresh_token or client_credentials",
            ),
            TokenError::Presented(PresentedError::Missing) => {
                ("invalid_request", "Client authentication required")
            }
            TokenError::Presented(PresentedError::TwoMethods) => {
                ("invalid_request", "More than one client authentication")
            }
            TokenError::Presented(
                PresentedError::MalformedBasic | PresentedError::MalformedAssertion,
            )
            | TokenError::Client(_) => return INVALID_CLIENT,
            TokenError::Proof(error) => return error.into(),
            TokenError::UnauthorizedClient => {
                ("unauthorized_client", "The client may not use this grant_type")
            }
            TokenError::MissingCode => ("invalid_request", "Missing required parameter: code"),
            TokenError::MissingRedirectUri => {
                ("invalid_request", "Missing required parameter: redirect_uri")
            }
            TokenError::MissingRefreshToken => {
                ("invalid_request", "Missing required parameter: refresh_token")
            }
            TokenError::MissingToken => ("invalid_request", "Missing required parameter: token"),
            TokenError::InvalidScope => ("invalid_scope", "Scope is malformed"),
            TokenError::ForbiddenScope
            | TokenError::Credentials(CredentialsError::ForbiddenScope) => {
                ("invalid_scope", "Scope is not allowed")
            }
            TokenError::Credentials(CredentialsError::UnknownResource) => {
                ("invalid_target", "resource is not one of this server")
            }
            TokenError::Target(TargetError::NotGranted) => {
                ("invalid_target", "resource is not what was granted")
            }
            TokenError::Target(TargetError::Ambiguous) => {
                ("invalid_target", "Ask for one resource at a time")
            }
            TokenError::Code(error) => return error.into(),
            TokenError::Refresh(error) => return error.into(),
            TokenError::PersonGone => ("invalid_grant", "The user can no longer sign in"),
        };
        refusal(400, error, error_description)
    }
}

impl From<RedeemError> for Refusal {
    fn from(error: RedeemError) -> Self {
        let error_description = match error {
            RedeemError::UnknownCode | RedeemError::WrongClient | RedeemError::Spent => {
                "Invalid authorization code"
            }
            RedeemError::WrongRedirectUri => "Redirect URI mismatch",
            RedeemError::WrongVerifier => "Invalid code verifier",
            RedeemError::Expired => "Authorization code expired",
        };
        refusal(400, "invalid_grant", error_description)
    }
}

impl From<RefreshError> for Refusal {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::WiderScope => {
                refusal(400, "invalid_scope", "Scope is wider than what was granted")
            }
            RefreshError::UnknownToken
            | RefreshError::WrongClient
            | RefreshError::Dead
            | RefreshError::Spent => refusal(400, "invalid_grant", "Invalid refresh token"),
            RefreshError::Expired => refusal(400, "invalid_grant", "Refresh token expired"),
        }
    }
}

/// A refusal of the token endpoint
/// ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
pub(crate) fn token<'s>(call: &Call<'_>, error: TokenError) -> Turn<'s> {
    let mut response = body(private_headers(call), error.into());
    if let TokenError::Proof(error) = error {
        proof::with_nonce(call, error, &mut response.headers);
    }
    if response.status == 401 {
        response.headers.push("www-authenticate", "Basic realm=\"grantflow\", charset=\"UTF-8\"");
    }
    Turn::Reply(response)
}

// --- Everything -----------------------------------------------------------------------------

/// The host cannot answer a question. Nothing of a grant was consumed; trying again is safe.
pub(crate) fn unavailable<'s>(call: &Call<'_>) -> Turn<'s> {
    refuse_with(headers_of(call).with("retry-after", "1"), call, UNAVAILABLE)
}

/// The same, told to the app that asked by way of the browser, if it is known
/// ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)).
pub(crate) fn unanswered<'s>(call: &Call<'_>, asks: Option<Bound>) -> Turn<'s> {
    match asks {
        Some(asks) => bound(call, asks, AskError::Unavailable),
        None => unavailable(call),
    }
}

/// Who has failed too often is not looked at.
pub(crate) fn too_many<'s>(call: &Call<'_>, wait: Duration) -> Turn<'s> {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let headers = headers_of(call).with("retry-after", seconds.to_string());
    refuse_with(headers, call, refusal(429, UNAVAILABLE.error, "Too many failed attempts"))
}

/// The path takes only the methods in `allow`
/// ([RFC 9110 §15.5.6](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6)).
pub(crate) fn wrong_method<'s>(call: &Call<'_>, allow: &'static str) -> Turn<'s> {
    let refusal = refusal(405, "invalid_request", "Wrong method");
    Turn::Reply(body(headers_of(call).with("allow", allow), refusal))
}

/// Nothing is there.
pub(crate) fn not_found<'s>(call: &Call<'_>) -> Turn<'s> {
    refuse(call, refusal(404, "not_found", "There is nothing here"))
}

/// The body is longer than any form of ours.
pub(crate) fn too_large<'s>(call: &Call<'_>) -> Turn<'s> {
    Turn::Reply(body(headers_of(call), refusal(413, "invalid_request", "The request is too large")))
}
