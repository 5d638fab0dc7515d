//! Every answer, and every refusal as the wire sees it: laid beside the specification, this one
//! file can be audited by eye. Reasons stay inside; what leaves is bland, and echoes nothing.

use alloc::string::String;
use alloc::vec::Vec;

use super::authorize::{AskError, BindError, Bound};
use super::client::PresentedError;
use super::consent::ConsentError;
use super::handle::Call;
use super::page::{ErrorPage, Page, Show};
use super::redeem::RedeemError;
use super::refresh::RefreshError;
use super::resource::{Door, ResourceError};
use super::token::TokenError;
use super::turn::Turn;
use crate::scope::OPENID;
use crate::wire::bearer::BearerError;
use crate::wire::error::ErrorBody;
use crate::wire::http::{Headers, Response};
use crate::wire::token::TokenResponse;

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
            AskError::MissingResponseType => {
                ("invalid_request", "Missing required parameter: response_type")
            }
            AskError::UnsupportedResponseType => {
                ("unsupported_response_type", "response_type must be code")
            }
            AskError::UnsupportedResponseMode => ("invalid_request", "response_mode must be query"),
            AskError::RequestObject => ("request_not_supported", "request is not supported"),
            AskError::RequestUri => ("request_uri_not_supported", "request_uri is not supported"),
            AskError::Registration => {
                ("registration_not_supported", "registration is not supported")
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
            AskError::TooLong => ("invalid_request", "The request is too long"),
            AskError::InvalidPrompt => ("invalid_request", "Invalid prompt"),
            AskError::InvalidMaxAge => ("invalid_request", "Invalid max_age"),
            AskError::LoginRequired => ("login_required", "The user has to sign in"),
            AskError::ConsentRequired => ("consent_required", "The user has to be asked"),
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
pub(crate) fn bound<'s>(call: &Call<'_>, bound: Bound, error: AskError) -> Turn<'s> {
    send_back(call, bound, error.into())
}

/// The person said no.
pub(crate) fn denied<'s>(call: &Call<'_>, bound: Bound) -> Turn<'s> {
    send_back(call, bound, refusal(303, "access_denied", "The user said no"))
}

fn send_back<'s>(call: &Call<'_>, bound: Bound, refusal: Refusal) -> Turn<'s> {
    let answer = ErrorBody::new(refusal.error, refusal.error_description);
    Turn::Reply(bound.redirect(&call.server.policy, Err(answer)))
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

/// A page for people, JSON for everybody else.
fn refuse<'s>(call: &Call<'_>, refusal: Refusal) -> Turn<'s> {
    refuse_with(private(), call, refusal)
}

fn refuse_with<'s>(headers: Headers, call: &Call<'_>, refusal: Refusal) -> Turn<'s> {
    if call.wants_html {
        let Refusal { status, error, error_description } = refusal;
        return page(headers, Page::Error(ErrorPage { error, error_description }), status);
    }
    Turn::Reply(body(headers, refusal))
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
            TokenError::UnsupportedGrantType => {
                ("unsupported_grant_type", "grant_type must be authorization_code or refresh_token")
            }
            TokenError::Presented(PresentedError::Missing) => {
                ("invalid_request", "Client authentication required")
            }
            TokenError::Presented(PresentedError::TwoMethods) => {
                ("invalid_request", "More than one client authentication")
            }
            TokenError::Presented(PresentedError::MalformedBasic | PresentedError::Assertion)
            | TokenError::Client(_) => return INVALID_CLIENT,
            TokenError::MissingCode => ("invalid_request", "Missing required parameter: code"),
            TokenError::MissingRedirectUri => {
                ("invalid_request", "Missing required parameter: redirect_uri")
            }
            TokenError::MissingRefreshToken => {
                ("invalid_request", "Missing required parameter: refresh_token")
            }
            TokenError::MissingToken => ("invalid_request", "Missing required parameter: token"),
            TokenError::InvalidScope => ("invalid_scope", "Scope is malformed"),
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
pub(crate) fn token<'s>(error: TokenError) -> Turn<'s> {
    let mut response = body(private_headers(), error.into());
    if response.status == 401 {
        response.headers.push("www-authenticate", "Basic realm=\"grantflow\", charset=\"UTF-8\"");
    }
    Turn::Reply(response)
}

/// The answer to a code ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
pub(crate) fn tokens(tokens: &TokenResponse) -> Response {
    json(200, tokens.to_json())
}

/// A token was given back ([RFC 7009 §2.2](https://www.rfc-editor.org/rfc/rfc7009#section-2.2)).
pub(crate) fn done() -> Response {
    Response { status: 200, headers: private_headers(), body: Vec::new() }
}

// --- Resources ------------------------------------------------------------------------------

/// A refusal of what a token should open
/// ([RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).
pub(crate) fn resource<'s>(error: ResourceError, door: Door<'_>) -> Turn<'s> {
    let refusal = match error {
        ResourceError::Missing => {
            let headers = private_headers().with("www-authenticate", "Bearer realm=\"grantflow\"");
            return Turn::Reply(Response { status: 401, headers, body: Vec::new() });
        }
        ResourceError::Malformed(BearerError::Repeated) => {
            refusal(400, "invalid_request", "More than one access token")
        }
        ResourceError::Malformed(BearerError::Malformed) => {
            refusal(400, "invalid_request", "Malformed Authorization header")
        }
        ResourceError::Malformed(BearerError::InQuery) | ResourceError::BadToken => {
            refusal(401, "invalid_token", "Invalid access token")
        }
        ResourceError::Expired => refusal(401, "invalid_token", "The Access Token expired"),
        ResourceError::InsufficientScope => {
            refusal(403, "insufficient_scope", "The access token is not good for this")
        }
    };
    let mut challenge = String::from("Bearer realm=\"grantflow\", error=\"");
    challenge.push_str(refusal.error);
    challenge.push_str("\", error_description=\"");
    challenge.push_str(refusal.error_description);
    challenge.push('"');
    if error == ResourceError::InsufficientScope {
        challenge.push_str(", scope=\"");
        match door {
            Door::UserInfo => challenge.push_str(OPENID),
            Door::Host(needs) => challenge.push_str(&needs.to_text()),
        }
        challenge.push('"');
    }
    let headers = private_headers().with("www-authenticate", challenge);
    Turn::Reply(body(headers, refusal))
}

/// The token is good, and the person is gone or may no longer sign in.
pub(crate) fn person_gone<'s>() -> Turn<'s> {
    resource(ResourceError::BadToken, Door::UserInfo)
}

// --- Everything -----------------------------------------------------------------------------

/// The host cannot answer a question. Nothing was consumed; trying again is safe.
pub(crate) fn unavailable<'s>(call: &Call<'_>) -> Turn<'s> {
    refuse_with(headers_of(call).with("retry-after", "1"), call, UNAVAILABLE)
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

/// Lets a page of another origin ask; its tokens are its own business, cookies are never read there.
pub(crate) fn preflight<'s>(methods: &'static str) -> Turn<'s> {
    let headers = Headers::new()
        .with("access-control-allow-origin", "*")
        .with("access-control-allow-methods", methods)
        .with("access-control-allow-headers", "authorization, content-type")
        .with("access-control-max-age", "600");
    Turn::Reply(Response { status: 204, headers, body: Vec::new() })
}

/// Sends the browser elsewhere, with 303 so that a form is never posted on
/// ([RFC 9700 §4.12](https://www.rfc-editor.org/rfc/rfc9700#section-4.12)).
pub(crate) fn redirect(location: String) -> Response {
    Response { status: 303, headers: private().with("location", location), body: Vec::new() }
}

/// A page that no other site may frame and no cache may keep
/// ([RFC 9700 §4.16](https://www.rfc-editor.org/rfc/rfc9700#section-4.16)).
///
/// A page with a form says where it is to its own origin only: browsers then put the real `Origin`
/// on what it posts, which is how [`login::own_form`](super::login::own_form) knows it.
pub(crate) fn show<'s>(shown: Page, status: u16) -> Turn<'s> {
    let headers = match shown {
        Page::Login(_) | Page::Consent(_) | Page::Developer(_) | Page::SignOut(_) => {
            uncached().with("referrer-policy", "same-origin")
        }
        Page::Registered(_) | Page::SignedOut | Page::Error(_) => private(),
    };
    page(headers, shown, status)
}

fn page<'s>(headers: Headers, page: Page, status: u16) -> Turn<'s> {
    let headers = headers.with("x-frame-options", "DENY");
    let headers = headers.with("x-content-type-options", "nosniff");
    Turn::from(Show { page, status, headers })
}

/// JSON for the one who asked, readable by scripts of any origin.
pub(crate) fn json(status: u16, body: String) -> Response {
    let headers = private_headers().with("content-type", "application/json");
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

fn body(headers: Headers, refusal: Refusal) -> Response {
    let body = ErrorBody::new(refusal.error, refusal.error_description).to_json().into_bytes();
    let headers = headers.with("content-type", "application/json");
    Response { status: refusal.status, headers, body }
}

fn headers_of(call: &Call<'_>) -> Headers {
    if call.is_cross_origin { private_headers() } else { private() }
}

/// No cache may keep it, no page may learn of it by `Referer`
/// ([RFC 9700 §4.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.2)).
fn private() -> Headers {
    uncached().with("referrer-policy", "no-referrer")
}

fn uncached() -> Headers {
    Headers::new().with("cache-control", "no-store").with("pragma", "no-cache")
}

/// The same, and scripts of any origin may read it: it is had with a token or a secret, never with
/// a cookie.
pub(crate) fn private_headers() -> Headers {
    private()
        .with("x-content-type-options", "nosniff")
        .with("access-control-allow-origin", "*")
        .with("access-control-expose-headers", "WWW-Authenticate, Retry-After")
}
