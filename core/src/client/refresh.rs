//! The next tokens, while the user is away.

use alloc::boxed::Box;
use core::time::Duration;

use super::profile::Client;
use super::redeem::{self, RedeemError};
use super::resource::Tokens;
use crate::scope::ScopeSet;
use crate::time::UnixTime;
use crate::wire::http::{Request, Response};
use crate::wire::id_token::IdClaims;
use crate::wire::jws::Jws;
use crate::wire::token::TokenRequest;

/// Tokens whose successors are asked for.
#[derive(Debug)]
pub struct AwaitingRefresh {
    request: Request,
    tokens: Tokens,
}

/// Why there are no next tokens, in the order the checks run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RefreshError {
    /// The server's answer is no set of tokens.
    Answer(RedeemError),
    /// A `scope` that is none, or wider than what was granted
    /// ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
    BadScope,
    /// The tokens are another user's
    /// ([OIDC §12.2](https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse)).
    WrongSubject,
}

/// A refresh that failed, and the tokens it began with.
#[derive(Debug)]
pub struct Unrefreshed {
    /// Why.
    pub error: RefreshError,
    /// As they were: the access token may have life left, and a lost answer is no sign-out.
    pub kept: Tokens,
}

impl Client {
    /// Asks for the next tokens; hands the tokens back if nothing in them can be refreshed
    /// ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
    ///
    /// # Errors
    ///
    /// The tokens, if they hold no refresh token.
    pub fn refresh(&self, tokens: Tokens) -> Result<AwaitingRefresh, Box<Tokens>> {
        let Some(refresh_token) = &tokens.refresh_token else { return Err(Box::new(tokens)) };
        let form = TokenRequest::RefreshToken { refresh_token, scope: None }.to_form();
        let profile = &self.profile;
        let request = profile.credentials.sign(&profile.client_id, &self.endpoints.token, form);
        Ok(AwaitingRefresh { request, tokens })
    }
}

impl AwaitingRefresh {
    /// What to send, once: a refresh token that is sent again later is one that leaked.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// Receives the next tokens. Who the user is stays as it was proved at the login.
    ///
    /// # Errors
    ///
    /// The first [`RefreshError`] that applies, with the tokens as they were.
    pub fn answer(self, response: &Response, now: UnixTime) -> Result<Tokens, Box<Unrefreshed>> {
        let Self { tokens, .. } = self;
        match next(&tokens, response, now) {
            Ok(next) => Ok(next),
            Err(error) => Err(Box::new(Unrefreshed { error, kept: tokens })),
        }
    }
}

fn next(tokens: &Tokens, response: &Response, now: UnixTime) -> Result<Tokens, RefreshError> {
    let answer = redeem::read(response).map_err(RefreshError::Answer)?;
    let scope = match answer.scope.as_deref().map(ScopeSet::parse) {
        None => tokens.scope.clone(),
        Some(Ok(scope)) if scope.is_within(&tokens.scope) => scope,
        Some(_) => return Err(RefreshError::BadScope),
    };
    if answer.id_token.as_deref().is_some_and(|id_token| !is_same_user(tokens, id_token)) {
        return Err(RefreshError::WrongSubject);
    }
    Ok(Tokens {
        access_token: answer.access_token,
        expires_at: answer.expires_in.map(|seconds| now + Duration::from_secs(seconds)),
        scope,
        // A server that does not rotate sends none.
        refresh_token: answer.refresh_token.or_else(|| tokens.refresh_token.clone()),
        identity: tokens.identity.clone(),
        id_token: tokens.id_token.clone(),
        return_to: tokens.return_to.clone(),
    })
}

/// Whether a new ID token is about the user who signed in. It is believed in nothing else: it only
/// can refuse.
fn is_same_user(tokens: &Tokens, id_token: &str) -> bool {
    let Some(identity) = &tokens.identity else { return true };
    let claims = Jws::parse(id_token).ok().and_then(|jws| IdClaims::parse(&jws.payload).ok());
    claims.is_some_and(|claims| claims.iss == identity.iss && claims.sub == identity.sub)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;
    use crate::client::testing::{NOW, claims, client, json_response, tokens};
    use crate::key::Algorithm;
    use crate::secret::Secret;
    use crate::wire::jws::{assemble, signing_input};

    fn refreshable() -> Tokens {
        Tokens { refresh_token: Some(Secret::new("rt 1")), ..tokens() }
    }

    fn answered(members: &str) -> Result<Tokens, Box<Unrefreshed>> {
        let body = format!(r#"{{"access_token":"next","token_type":"Bearer"{members}}}"#);
        client().refresh(refreshable()).unwrap().answer(&json_response(200, &body), NOW)
    }

    fn id_token(sub: &str) -> String {
        let mut claims = claims();
        claims.sub = sub.into();
        assemble(&signing_input(Algorithm::Rs256, "k1", "JWT", &claims.to_json()), b"s")
    }

    #[test]
    fn a_refresh_token_is_traded_at_the_token_endpoint() {
        let ask = client().refresh(refreshable()).unwrap();
        assert_eq!(ask.request().url, "https://as.test/oauth2/token");
        assert_eq!(
            core::str::from_utf8(&ask.request().body).unwrap(),
            "grant_type=refresh_token&refresh_token=rt+1&client_id=app"
        );
        let next = answered(r#","expires_in":60,"refresh_token":"rt 2""#).unwrap();
        assert!(next.access_token.matches("next"));
        assert!(next.refresh_token.as_ref().unwrap().matches("rt 2"));
        assert_eq!(next.expires_at, Some(NOW + Duration::from_secs(60)));
        assert_eq!((&next.identity, &next.scope), (&tokens().identity, &tokens().scope));
    }

    #[test]
    fn a_server_that_does_not_rotate_leaves_the_refresh_token_as_it_is() {
        let next = answered("").unwrap();
        assert!(next.refresh_token.as_ref().unwrap().matches("rt 1"));
    }

    #[test]
    fn without_a_refresh_token_the_tokens_come_back() {
        assert_eq!(*client().refresh(tokens()).unwrap_err(), tokens());
    }

    #[test]
    fn whatever_goes_wrong_the_tokens_are_kept() {
        let gone = r#"{"error":"invalid_grant"}"#;
        let refused = client().refresh(refreshable()).unwrap();
        let refused = refused.answer(&json_response(400, gone), NOW).unwrap_err();
        assert!(matches!(refused.error, RefreshError::Answer(RedeemError::Refused(_))));
        assert_eq!(refused.kept, refreshable());
        for (members, error) in [
            (r#","scope":"openid admin""#.into(), RefreshError::BadScope),
            (r#","scope":"""#.into(), RefreshError::BadScope),
            (format!(r#","id_token":"{}""#, id_token("mallory")), RefreshError::WrongSubject),
            (r#","id_token":"a.b.c""#.into(), RefreshError::WrongSubject),
        ] {
            let unrefreshed = answered(&members).unwrap_err();
            assert_eq!((unrefreshed.error, unrefreshed.kept), (error, refreshable()), "{members}");
        }
        let same = format!(r#","scope":"openid","id_token":"{}""#, id_token("alice"));
        assert_eq!(answered(&same).unwrap().scope.to_text(), "openid");
    }
}
