//! The code for tokens, once.

use alloc::boxed::Box;
use core::time::Duration;

use super::credentials::{Credentials, Letter, Outgoing, PartsOf};
use super::dpop::{ProofKey, is_bound};
use super::identity::Unproven;
use super::login::Login;
use super::profile::Server;
use crate::scope::{OPENID, ScopeSet};
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::wire::error::ErrorBody;
use crate::wire::http::{Request, Response};
use crate::wire::token::{TokenRequest, TokenResponse, TokenResponseError};

/// A login whose callback was believed; it buys tokens once.
#[derive(Debug)]
pub struct Accepted {
    pub(super) login: Login,
    pub(super) server: Server,
    pub(super) credentials: Credentials,
    pub(super) code: Secret,
}

/// A login whose tokens are asked for.
#[derive(Debug)]
pub struct AwaitingTokens {
    letter: Letter,
    login: Login,
    server: Server,
}

/// Why the server's answer is no set of tokens, in the order the checks run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RedeemError {
    /// The server said no, and why
    /// ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
    Refused(ErrorBody),
    /// Neither 200 nor an error that explains itself.
    BadStatus(u16),
    /// Not `application/json`.
    NotJson,
    /// JSON, but no token response.
    Malformed(TokenResponseError),
    /// A token to be used in a way we do not know, or by itself where the app wants it bound to a key
    /// ([RFC 6749 §7.1](https://www.rfc-editor.org/rfc/rfc6749#section-7.1)).
    UnknownTokenType,
    /// A `scope` that is none.
    BadScope,
    /// `openid` was asked for and no ID token came
    /// ([OIDC §3.1.3.3](https://openid.net/specs/openid-connect-core-1_0.html#TokenResponse)).
    MissingIdToken,
}

impl Accepted {
    /// Where in the app the user was going.
    #[must_use]
    pub fn return_to(&self) -> &str {
        self.login.return_to.as_str()
    }

    /// Asks for tokens
    /// ([RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3)).
    pub fn exchange(self) -> Outgoing<AwaitingTokens> {
        let Self { login, server, credentials, code } = self;
        let verifier = login.seed.verifier();
        let form = TokenRequest::AuthorizationCode {
            code: &code,
            redirect_uri: &login.redirect_uri,
            code_verifier: Some(&verifier),
            resource: login.resource.as_deref(),
        };
        let who = (&*login.issuer, &*login.client_id);
        let letter = credentials.letter(who, &server.token_endpoint, form.to_form());
        Outgoing::of(AwaitingTokens { letter, login, server }, AwaitingTokens::PARTS)
    }
}

impl AwaitingTokens {
    const PARTS: PartsOf<Self> = |ask| (&mut ask.letter, ask.server.dpop.as_ref());

    /// What to send, once: a code that is sent twice is a code that leaked.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.letter.request
    }

    /// Asks again, if the server has done nothing but to say what it wants to have in the proof of the
    /// key; once ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)). A client with a key
    /// of its own signs anew, too.
    ///
    /// # Errors
    ///
    /// The question, if this is its [answer](Self::answer).
    pub fn again(self, response: &Response) -> Result<Outgoing<Self>, Box<Self>> {
        Outgoing::again(self, Self::PARTS, response)
    }

    /// The key that the tokens are to be bound to, if there is one.
    #[must_use]
    pub const fn key(&self) -> Option<&ProofKey> {
        self.server.dpop.as_ref()
    }

    /// Receives the tokens, which prove nothing yet
    /// ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
    ///
    /// # Errors
    ///
    /// The first [`RedeemError`] that applies.
    pub fn answer(self, response: &Response, now: UnixTime) -> Result<Unproven, RedeemError> {
        let Self { login, server, .. } = self;
        let tokens = read(response, server.dpop.as_ref())?;
        let scope = match tokens.scope.as_deref() {
            Some(text) => Some(ScopeSet::parse(text).map_err(|_| RedeemError::BadScope)?),
            // What was asked for is what was granted, says RFC 6749 §5.1.
            None => None,
        };
        if login.scope.contains(OPENID) && tokens.id_token.is_none() {
            return Err(RedeemError::MissingIdToken);
        }
        let expires_at = tokens.expires_in.map(|seconds| now + Duration::from_secs(seconds));
        Ok(Unproven { login, server, tokens, scope, expires_at })
    }
}

/// Reads the answer of the token endpoint, to whatever was asked of it.
pub(super) fn read(
    response: &Response,
    key: Option<&ProofKey>,
) -> Result<TokenResponse, RedeemError> {
    if response.status != 200 {
        let body = if response.is_json() { ErrorBody::parse(&response.body) } else { None };
        let status = RedeemError::BadStatus(response.status);
        return Err(body.map_or(status, RedeemError::Refused));
    }
    if !response.is_json() {
        return Err(RedeemError::NotJson);
    }
    let tokens = TokenResponse::parse(&response.body).map_err(RedeemError::Malformed)?;
    let is_bearer = tokens.token_type.eq_ignore_ascii_case("bearer");
    let is_known = match key {
        Some(key) => is_bound(&tokens) || (is_bearer && !key.is_required),
        None => is_bearer,
    };
    if is_known { Ok(tokens) } else { Err(RedeemError::UnknownTokenType) }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;
    use crate::client::testing::{NOW, accepted, awaiting, json_response};
    use crate::wire::http::Headers;

    fn exchange() -> AwaitingTokens {
        accepted().exchange().unsigned().unwrap()
    }

    fn answer(status: u16, body: &str) -> Result<Unproven, RedeemError> {
        exchange().answer(&json_response(status, body), NOW)
    }

    fn with(members: &str) -> Result<Unproven, RedeemError> {
        answer(200, &format!(r#"{{"access_token":"a","token_type":"Bearer"{members}}}"#))
    }

    #[test]
    fn a_public_client_sends_its_id_and_verifier_and_no_secret() {
        let exchange = exchange();
        let request = exchange.request();
        assert_eq!(request.url, "https://as.test/oauth2/token");
        let body = core::str::from_utf8(&request.body).unwrap();
        let verifier = awaiting().login.seed.verifier();
        let expected = format!(
            "grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Fapp.test%2Fcb\
             &code_verifier={}&client_id=app",
            verifier.expose()
        );
        assert_eq!(body, expected);
        assert!(request.is_form());
        assert_eq!(request.headers.first("authorization"), None);
    }

    #[test]
    fn a_confidential_client_sends_its_secret_in_one_place() {
        let sent = |credentials| {
            let exchange = Accepted { credentials, ..accepted() }.exchange().unsigned().unwrap();
            let body = String::from_utf8(exchange.request().body.clone()).unwrap();
            (body, exchange.request().headers.first("authorization").map(String::from))
        };
        let (body, header) = sent(Credentials::Basic(Secret::new("s")));
        assert_eq!(header.as_deref(), Some("Basic YXBwOnM="));
        assert!(!body.contains("client_"));
        let (body, header) = sent(Credentials::Post(Secret::new("s&t")));
        assert_eq!(header, None);
        assert!(body.ends_with("&client_id=app&client_secret=s%26t"));
    }

    #[test]
    fn tokens_are_taken_with_their_lifetime_and_the_scope_granted() {
        let tokens = with(r#","expires_in":60,"id_token":"x","scope":"openid""#).unwrap();
        assert_eq!(tokens.expires_at, Some(NOW + Duration::from_secs(60)));
        assert_eq!(tokens.scope.unwrap().to_text(), "openid");
        assert!(
            answer(200, r#"{"access_token":"a","token_type":"bEARER","id_token":"x"}"#).is_ok()
        );
    }

    #[test]
    fn a_refusal_is_told_with_the_words_of_the_server() {
        let body = r#"{"error":"invalid_grant","error_description":"Authorization code expired"}"#;
        let Err(RedeemError::Refused(body)) = answer(400, body) else { panic!("not refused") };
        assert_eq!(body.error, "invalid_grant");
        assert_eq!(answer(500, "oops").err(), Some(RedeemError::BadStatus(500)));
        assert_eq!(answer(302, "{}").err(), Some(RedeemError::BadStatus(302)));
    }

    #[test]
    fn what_is_no_token_response_is_refused() {
        let html = Response {
            status: 200,
            headers: Headers::new().with("content-type", "text/html"),
            body: br#"{"access_token":"a","token_type":"Bearer","id_token":"x"}"#.to_vec(),
        };
        let error = exchange().answer(&html, NOW).err();
        assert_eq!(error, Some(RedeemError::NotJson));
        assert!(matches!(answer(200, "[]").err(), Some(RedeemError::Malformed(_))));
        let huge = format!(r#","id_token":"{}""#, "x".repeat(70_000));
        assert!(matches!(with(&huge).err(), Some(RedeemError::Malformed(_))));
        let mac = r#"{"access_token":"a","token_type":"mac","id_token":"x"}"#;
        assert_eq!(answer(200, mac).err(), Some(RedeemError::UnknownTokenType));
        let scope = with(r#","id_token":"x","scope":"\"""#);
        assert_eq!(scope.err(), Some(RedeemError::BadScope));
        assert_eq!(with("").err(), Some(RedeemError::MissingIdToken));
        assert_eq!(with(r#","scope":"profile""#).err(), Some(RedeemError::MissingIdToken));
    }

    #[test]
    fn a_login_that_asked_for_no_identity_needs_none() {
        let mut accepted = accepted();
        accepted.login.scope = ScopeSet::parse("tasks").unwrap();
        let body = r#"{"access_token":"a","token_type":"Bearer"}"#;
        let exchange = accepted.exchange().unsigned().unwrap();
        assert!(exchange.answer(&json_response(200, body), NOW).is_ok());
    }
}
