//! The next tokens, while the user is away.

use alloc::boxed::Box;
use alloc::string::String;
use core::time::Duration;

use super::credentials::{Letter, Outgoing, PartsOf};
use super::dpop::{ProofKey, bound_to};
use super::profile::Client;
use super::redeem::{self, RedeemError};
use super::resource::Tokens;
use crate::scope::ScopeSet;
use crate::time::UnixTime;
use crate::wire::http::{Request, Response};
use crate::wire::id_token::IdClaims;
use crate::wire::jws::Jws;
use crate::wire::token::TokenRequest;

/// What the next access token shall be good for; by default for what the last one was.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Renewal {
    /// Less than what was granted, if less will do
    /// ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
    pub scope: Option<ScopeSet>,
    /// Another of the APIs that were asked for
    /// ([RFC 8707 §2.2](https://www.rfc-editor.org/rfc/rfc8707#section-2.2)).
    pub resource: Option<String>,
}

/// Tokens whose successors are asked for.
#[derive(Debug)]
pub struct AwaitingRefresh {
    letter: Letter,
    renewal: Renewal,
    tokens: Tokens,
    key: Option<ProofKey>,
    /// Which of a session's this is.
    pub(super) number: u64,
}

/// Why there are no next tokens; of an answer, in the order the checks run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RefreshError {
    /// Nothing in the tokens can be refreshed.
    NoRefreshToken,
    /// The request never left.
    NotSent,
    /// The answer was lost: nobody knows which refresh token the server takes now.
    InDoubt,
    /// The server's answer is no set of tokens.
    Answer(RedeemError),
    /// A `scope` that is none, or wider than what was granted
    /// ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
    BadScope,
    /// The tokens are another server's
    /// ([OIDC §12.2](https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse)).
    WrongIssuer,
    /// The tokens are another user's.
    WrongSubject,
    /// The tokens are another client's, or not this client's alone.
    WrongAudience,
    /// The tokens are of another login of the same user.
    WrongLogin,
    /// The ID token cannot be read.
    BadIdToken,
}

impl RefreshError {
    /// Whether the server says no more than that there is no such token.
    pub(super) fn is_about_aim(&self) -> bool {
        let Self::Answer(RedeemError::Refused(body)) = self else { return false };
        matches!(body.error.as_str(), "invalid_target" | "invalid_scope")
    }
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
    /// Asks for the next tokens; hands the tokens back if nothing in them can be refreshed here
    /// ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
    ///
    /// For an app whose parts all want tokens, [`Session`](super::Session) asks once for all.
    ///
    /// # Errors
    ///
    /// The tokens, if they hold no refresh token or another server gave them.
    pub fn refresh(
        &self,
        tokens: Tokens,
        renewal: Renewal,
    ) -> Result<Outgoing<AwaitingRefresh>, Box<Tokens>> {
        let refresh_token = match &tokens.refresh_token {
            Some(refresh_token) if self.gave(&tokens) => refresh_token,
            Some(_) | None => return Err(Box::new(tokens)),
        };
        let scope = renewal.scope.as_ref().map(ScopeSet::to_text);
        let form = TokenRequest::RefreshToken {
            refresh_token,
            scope: scope.as_deref(),
            resource: renewal.resource.as_deref().or(tokens.resource.as_deref()),
        };
        let letter = self.letter(&self.endpoints.token, form.to_form());
        let key = tokens.key.as_ref().or_else(|| self.proof_key()).cloned();
        let ask = AwaitingRefresh { letter, renewal, tokens, key, number: 0 };
        Ok(Outgoing::of(ask, AwaitingRefresh::PARTS))
    }
}

impl AwaitingRefresh {
    const PARTS: PartsOf<Self> = |ask| (&mut ask.letter, ask.key.as_ref());

    /// What it is for, if that is another token than the session's own.
    pub(super) fn other(&self) -> Option<Renewal> {
        Some(self.renewal.clone()).filter(|renewal| *renewal != Renewal::default())
    }

    /// What to send, once: a refresh token that is sent again later is one that leaked.
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

    /// The key that the tokens are bound to, if there is one.
    #[must_use]
    pub const fn key(&self) -> Option<&ProofKey> {
        self.key.as_ref()
    }

    /// Receives the next tokens. Who the user is stays as it was proved at the login.
    ///
    /// # Errors
    ///
    /// The first [`RefreshError`] that applies, with the tokens as they were.
    pub fn answer(self, response: &Response, now: UnixTime) -> Result<Tokens, Box<Unrefreshed>> {
        let Self { tokens, renewal, key, .. } = self;
        match next(&tokens, renewal, (response, key.as_ref()), now) {
            Ok(next) => Ok(next),
            Err(error) => Err(Box::new(Unrefreshed { error, kept: tokens })),
        }
    }

    /// The request may have arrived, and no response came.
    ///
    /// The tokens may be sent once more, soon: a server with a grace window gives the same answer
    /// again, and one that never saw the request gives it now. A server that did see it and has no
    /// such window ends the session, which without the answer was lost anyway.
    #[must_use]
    pub fn lost(self) -> Unrefreshed {
        Unrefreshed { error: RefreshError::InDoubt, kept: self.tokens }
    }

    /// The request never left.
    #[must_use]
    pub fn unsent(self) -> Tokens {
        self.tokens
    }
}

fn next(
    tokens: &Tokens,
    renewal: Renewal,
    (response, key): (&Response, Option<&ProofKey>),
    now: UnixTime,
) -> Result<Tokens, RefreshError> {
    let answer = redeem::read(response, key).map_err(RefreshError::Answer)?;
    let scope = match answer.scope.as_deref().map(ScopeSet::parse) {
        // What was asked for is what was granted, says RFC 6749 §5.1.
        None => renewal.scope.unwrap_or_else(|| tokens.granted.clone()),
        Some(Ok(scope)) if scope.is_within(&tokens.granted) => scope,
        Some(_) => return Err(RefreshError::BadScope),
    };
    if let Some(id_token) = &answer.id_token {
        judge(tokens, id_token.expose())?;
    }
    Ok(Tokens {
        key: bound_to(&answer, key),
        access_token: answer.access_token,
        expires_at: answer.expires_in.map(|seconds| now + Duration::from_secs(seconds)),
        issuer: tokens.issuer.clone(),
        scope,
        granted: tokens.granted.clone(),
        asked: tokens.asked.clone(),
        resource: renewal.resource.or_else(|| tokens.resource.clone()),
        // A server that does not rotate sends none.
        refresh_token: answer.refresh_token.or_else(|| tokens.refresh_token.clone()),
        identity: tokens.identity.clone(),
        id_token: tokens.id_token.clone(),
        return_to: tokens.return_to.clone(),
    })
}

/// A new ID token must be about the login that was proved
/// ([OIDC §12.2](https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse)). It is
/// believed in nothing else: it only can refuse.
fn judge(tokens: &Tokens, id_token: &str) -> Result<(), RefreshError> {
    let Some(identity) = &tokens.identity else { return Ok(()) };
    let jws = Jws::parse(id_token).map_err(|_| RefreshError::BadIdToken)?;
    let claims = IdClaims::parse(&jws.payload).map_err(|_| RefreshError::BadIdToken)?;
    if claims.iss != identity.iss {
        return Err(RefreshError::WrongIssuer);
    }
    if claims.sub != identity.sub {
        return Err(RefreshError::WrongSubject);
    }
    if claims.aud.iter().any(|aud| *aud != identity.client_id) {
        return Err(RefreshError::WrongAudience);
    }
    let Ok(first) = IdClaims::parse(identity.claims.expose().as_bytes()) else { return Ok(()) };
    let is_other_time = claims.auth_time.is_some() && claims.auth_time != first.auth_time;
    let is_other_nonce = claims.nonce.is_some() && claims.nonce != first.nonce;
    if is_other_time || is_other_nonce || claims.azp != first.azp {
        return Err(RefreshError::WrongLogin);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;
    use crate::client::testing::{KEY, NOW, claims, client, json_response, tokens, wants_nonce};
    use crate::entropy::Entropy;
    use crate::key::Algorithm;
    use crate::secret::Secret;
    use crate::wire::dpop::Proof;
    use crate::wire::jws::{assemble, signing_input};

    fn refreshable() -> Tokens {
        Tokens { refresh_token: Some(Secret::new("rt 1")), ..tokens() }
    }

    fn refresh() -> AwaitingRefresh {
        client().refresh(refreshable(), Renewal::default()).unwrap().unsigned().unwrap()
    }

    fn answered(members: &str) -> Result<Tokens, Box<Unrefreshed>> {
        let body = format!(r#"{{"access_token":"next","token_type":"Bearer"{members}}}"#);
        refresh().answer(&json_response(200, &body), NOW)
    }

    fn id_token(change: impl FnOnce(&mut IdClaims)) -> String {
        let mut claims = claims();
        change(&mut claims);
        assemble(&signing_input(Algorithm::Rs256, "k1", "JWT", &claims.to_json()), b"s")
    }

    #[test]
    fn a_refresh_token_is_traded_at_the_token_endpoint() {
        let ask = refresh();
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
        assert_eq!(*client().refresh(tokens(), Renewal::default()).unwrap_err(), tokens());
        let foreign = || Tokens { issuer: "https://evil.test".into(), ..refreshable() };
        let kept = client().refresh(foreign(), Renewal::default()).unwrap_err();
        assert_eq!(*kept, foreign(), "a token is shown to nobody but who gave it");
    }

    #[test]
    fn whatever_goes_wrong_the_tokens_are_kept() {
        let gone = r#"{"error":"invalid_grant"}"#;
        let refused = refresh();
        let refused = refused.answer(&json_response(400, gone), NOW).unwrap_err();
        assert!(matches!(refused.error, RefreshError::Answer(RedeemError::Refused(_))));
        assert_eq!(refused.kept, refreshable());
        for (members, error) in [
            (r#","scope":"openid admin""#.into(), RefreshError::BadScope),
            (r#","scope":"""#.into(), RefreshError::BadScope),
            (r#","id_token":"a.b.c""#.into(), RefreshError::BadIdToken),
            (with(&id_token(|c| c.iss.push('1'))), RefreshError::WrongIssuer),
            (with(&id_token(|c| c.sub = "mallory".into())), RefreshError::WrongSubject),
            (with(&id_token(|c| c.aud = ["other".into()].into())), RefreshError::WrongAudience),
            (with(&id_token(|c| c.aud.push("other".into()))), RefreshError::WrongAudience),
            (with(&id_token(|c| c.nonce = Some("other".into()))), RefreshError::WrongLogin),
            (with(&id_token(|c| c.azp = Some("other".into()))), RefreshError::WrongLogin),
            (
                with(&id_token(|c| c.auth_time = Some(UnixTime::from_secs(1)))),
                RefreshError::WrongLogin,
            ),
            (with(&signed_with("none")), RefreshError::BadIdToken),
            (with(&signed_with("HS256")), RefreshError::BadIdToken),
            (with(&id_token(|c| c.sub = String::new())), RefreshError::BadIdToken),
        ] {
            let unrefreshed = answered(&members).unwrap_err();
            assert_eq!((unrefreshed.error, unrefreshed.kept), (error, refreshable()), "{members}");
        }
        let later = with(&id_token(|c| (c.nonce, c.auth_time) = (None, None)));
        assert!(answered(&later).is_ok(), "what need not be said again");
        let same = with(&id_token(|_| ())) + r#","scope":"openid""#;
        assert_eq!(answered(&same).unwrap().scope.to_text(), "openid");
    }

    fn signed_with(alg: &str) -> String {
        let header = crate::base64url::encode(format!(r#"{{"alg":"{alg}"}}"#));
        format!("{header}.{}.", crate::base64url::encode(claims().to_json()))
    }

    fn with(id_token: &str) -> String {
        format!(r#","id_token":"{id_token}""#)
    }

    #[test]
    fn less_and_for_another_api_is_asked_for_by_name_and_more_comes_back() {
        let less = Renewal {
            scope: Some(ScopeSet::parse("openid").unwrap()),
            resource: Some("https://api.test/".into()),
        };
        let ask = client().refresh(refreshable(), less).unwrap().unsigned().unwrap();
        assert_eq!(
            core::str::from_utf8(&ask.request().body).unwrap(),
            "grant_type=refresh_token&refresh_token=rt+1&scope=openid\
             &resource=https%3A%2F%2Fapi.test%2F&client_id=app"
        );
        let body = r#"{"access_token":"less","token_type":"Bearer"}"#;
        let less = ask.answer(&json_response(200, body), NOW).unwrap();
        assert_eq!(less.scope.to_text(), "openid");
        assert_eq!(less.resource.as_deref(), Some("https://api.test/"));

        let ask = client().refresh(less, Renewal::default()).unwrap().unsigned().unwrap();
        let sent = core::str::from_utf8(&ask.request().body).unwrap();
        assert!(sent.contains("&resource=https%3A%2F%2Fapi.test%2F") && !sent.contains("scope"));
        let body = r#"{"access_token":"all","token_type":"Bearer","scope":"openid profile"}"#;
        let all = ask.answer(&json_response(200, body), NOW).unwrap();
        assert_eq!(all.scope, tokens().scope);
    }

    #[test]
    fn a_refresh_proves_the_key_and_puts_in_the_nonce_that_is_wanted_once() {
        let mut client = client();
        client.profile.dpop = ProofKey::parse(KEY, true);
        let proved = |outgoing, seed| match outgoing {
            Outgoing::Prove(ask) => ask.proof(&Entropy::new([seed; 32]), NOW).answer(b"by the key"),
            Outgoing::Send(_) | Outgoing::Sign(_) => panic!("nothing to prove"),
        };
        let read = |ask: &AwaitingRefresh| {
            Proof::parse(ask.request().headers.one("DPoP").unwrap().unwrap()).unwrap()
        };
        let outgoing = client.refresh(refreshable(), Renewal::default()).unwrap();
        let first = proved(outgoing, 1);
        let (before, body) = (read(&first), first.request().body.clone());
        assert!(before.is_for("https://as.test/oauth2/token") && before.nonce.is_none());
        let again = proved(first.again(&wants_nonce("n-1")).unwrap(), 2);
        assert_eq!((read(&again).nonce.as_deref(), &again.request().body), (Some("n-1"), &body));
        assert_ne!(read(&again).jti, before.jti);
        let kept = again.again(&wants_nonce("n-2")).unwrap_err();
        let body = r#"{"access_token":"next","token_type":"DPoP"}"#;
        let next = kept.answer(&json_response(200, body), NOW).unwrap();
        assert_eq!(next.key.as_ref(), client.proof_key());

        let is_asked = client.refresh(refreshable(), Renewal::default()).unwrap().unsigned();
        assert!(is_asked.is_none(), "what is to be proved does not leave without");
        assert!(refresh().again(&wants_nonce("n")).is_err(), "no key, no proof");
    }

    #[test]
    fn a_lost_answer_is_a_doubt_and_the_tokens_stay() {
        let lost = refresh().lost();
        assert_eq!((lost.error, lost.kept), (RefreshError::InDoubt, refreshable()));
        assert_eq!(refresh().unsent(), refreshable());
    }
}
