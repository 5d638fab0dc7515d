//! Using the token: at an API, and at the server's own `userinfo`.

use alloc::borrow::ToOwned as _;
use alloc::string::String;

use super::dpop::ProofKey;
use super::profile::Client;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::wire::bearer::Scheme;
use crate::wire::http::{Request, Response};
use crate::wire::json;

/// What a login ends in. Only a proved one does: nothing else makes this type.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Tokens {
    /// What opens the resource.
    pub access_token: Secret,
    /// The first instant at which it is dead, if the server told.
    pub expires_at: Option<UnixTime>,
    /// The server that gave them, and takes them back.
    pub issuer: String,
    /// What the access token is good for.
    pub scope: ScopeSet,
    /// What the user granted; the access token may be good for less.
    pub granted: ScopeSet,
    /// What the user was asked for, and may have granted less.
    pub asked: ScopeSet,
    /// The API it is for, if one was named
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    pub resource: Option<String>,
    /// The key without which the access token is good for nothing, if there is one
    /// ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)).
    pub key: Option<ProofKey>,
    /// What gets the next one.
    pub refresh_token: Option<Secret>,
    /// Who the user is, if `openid` was asked for.
    pub identity: Option<Identity>,
    /// The proved ID token as it came, for a hint at sign-out.
    pub id_token: Option<Secret>,
    /// Where in the app the user was going.
    pub return_to: String,
}

/// Who the user is, proved.
///
/// The identity is the pair: another server may use the same `sub` for someone else.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Identity {
    /// The server that says so.
    pub iss: String,
    /// Its name for the user, never used for another.
    pub sub: String,
    /// Whom it told: this client.
    pub client_id: String,
    /// Every claim, as JSON.
    pub claims: Secret,
}

/// Adds the token to a request
/// ([RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
///
/// # Security
///
/// Whoever gets the request gets the token: send it only to the API that the token is for.
pub fn authorize(request: &mut Request, access_token: &Secret) {
    show(request, Scheme::Bearer, access_token);
}

impl Tokens {
    /// Adds the access token to a request, in the way it is to be used. One that is bound to a key needs
    /// a [proof](super::ProofKey), too
    /// ([RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)).
    ///
    /// # Security
    ///
    /// As with [`authorize`].
    pub fn authorize(&self, request: &mut Request) {
        show(request, Scheme::of_token(self.key.as_ref()), &self.access_token);
    }
}

fn show(request: &mut Request, scheme: Scheme, access_token: &Secret) {
    let mut value = String::from(scheme.name());
    value.push(' ');
    value.push_str(access_token.expose());
    request.headers.push("authorization", value);
}

/// What an API wants instead of the token it got
/// ([RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Challenge {
    /// `invalid_token`, `insufficient_scope`, `invalid_request`; none if no token was sent.
    pub error: Option<String>,
    /// A sentence for the developer.
    pub error_description: Option<String>,
    /// The scope it takes.
    pub scope: Option<String>,
    /// Where the API says which servers it trusts
    /// ([RFC 9728 §5.1](https://www.rfc-editor.org/rfc/rfc9728#section-5.1)).
    pub resource_metadata: Option<String>,
}

impl Challenge {
    /// Reads the answer of an API; `None` if it is no 401 or 403, or speaks of neither `Bearer` nor `DPoP`.
    #[must_use]
    pub fn of(response: &Response) -> Option<Self> {
        match response.status {
            401 | 403 => {}
            _ => return None,
        }
        response
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"))
            .find_map(|(_, value)| Self::parse(value))
    }

    /// Reads the first of these among the challenges of one header
    /// ([RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)).
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let mut rest = header;
        let mut found: Option<Self> = None;
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            let (word, after) = split_token(rest);
            if word.is_empty() {
                return found;
            }
            let Some(value) = after.trim_start().strip_prefix('=') else {
                // A word without a value is the scheme of the next challenge.
                if found.is_some() {
                    return found;
                }
                found = Scheme::of(word).map(|_| Self::default());
                rest = after;
                continue;
            };
            let (value, after) = split_value(value.trim_start())?;
            if let Some(challenge) = &mut found {
                challenge.set(word, value);
            }
            rest = after;
        }
    }

    fn set(&mut self, name: &str, value: String) {
        let member = match name {
            "error" => &mut self.error,
            "error_description" => &mut self.error_description,
            "scope" => &mut self.scope,
            "resource_metadata" => &mut self.resource_metadata,
            _ => return,
        };
        member.get_or_insert(value);
    }
}

/// A word of the characters that [RFC 9110 §5.6.2] lets it have, and what follows.
///
/// [RFC 9110 §5.6.2]: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
fn split_token(text: &str) -> (&str, &str) {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    text.split_at(text.find(|c| !is_token(c)).unwrap_or(text.len()))
}

/// A token or a quoted string, and what follows; `None` if the quotes do not close.
fn split_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        // The padding of a `token68` belongs to it.
        let (token, rest) = split_token(text.trim_start_matches('='));
        return Some((token.to_owned(), rest));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            '\\' => value.push(chars.next()?.1),
            _ => value.push(c),
        }
    }
    None
}

/// A question to the server about the user it vouched for
/// ([OIDC §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)).
#[derive(Debug)]
pub struct AwaitingUserinfo {
    request: Request,
    sub: String,
}

/// Why the claims are not taken, in the order the checks run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UserinfoError {
    /// The token is not, or no longer, good for it.
    Challenged(Challenge),
    /// Not a 200.
    BadStatus(u16),
    /// Not a JSON object with a `sub`.
    Malformed,
    /// Claims about somebody else
    /// ([OIDC §5.3.2](https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse)).
    WrongSubject,
}

impl Client {
    /// Whether this client's server gave the tokens: they are shown to no other.
    pub(super) fn gave(&self, tokens: &Tokens) -> bool {
        tokens.issuer == self.profile.issuer.as_str()
    }

    /// Asks for more claims about the user; `None` if the server has no such endpoint, nobody was
    /// identified, or another server gave the tokens.
    #[must_use]
    pub fn userinfo(&self, tokens: &Tokens) -> Option<AwaitingUserinfo> {
        let identity = tokens.identity.as_ref().filter(|_| self.gave(tokens))?;
        let mut request = Request::get(self.endpoints.userinfo.as_deref()?);
        request.headers.push("accept", "application/json");
        tokens.authorize(&mut request);
        Some(AwaitingUserinfo { request, sub: identity.sub.clone() })
    }
}

impl AwaitingUserinfo {
    /// What to send.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// Receives the claims, as JSON, if they are about the same user.
    ///
    /// # Errors
    ///
    /// The first [`UserinfoError`] that applies.
    pub fn answer(self, response: &Response) -> Result<Secret, UserinfoError> {
        if let Some(challenge) = Challenge::of(response) {
            return Err(UserinfoError::Challenged(challenge));
        }
        if response.status != 200 {
            return Err(UserinfoError::BadStatus(response.status));
        }
        if !response.is_json() {
            return Err(UserinfoError::Malformed);
        }
        let claims = json::parse_object(&response.body).map_err(|_| UserinfoError::Malformed)?;
        let sub = claims.get("sub").and_then(json::Value::string);
        if *sub.ok_or(UserinfoError::Malformed)? == *self.sub {
            Ok(Secret::new(claims.text()))
        } else {
            Err(UserinfoError::WrongSubject)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{client, json_response, tokens};
    use crate::wire::http::Headers;

    fn userinfo(status: u16, body: &str) -> Result<Secret, UserinfoError> {
        client().userinfo(&tokens()).unwrap().answer(&json_response(status, body))
    }

    #[test]
    fn userinfo_is_asked_with_the_token_in_the_header() {
        let question = client().userinfo(&tokens()).unwrap();
        assert_eq!(question.request().url, "https://as.test/oauth2/userinfo");
        assert_eq!(question.request().headers.first("authorization"), Some("Bearer at"));
    }

    #[test]
    fn a_87_claims_about_another_user_are_dropped() {
        let claims = r#"{"sub":"alice","email":"a@b.test"}"#;
        assert_eq!(userinfo(200, claims), Ok(Secret::new(claims)));
        let other = userinfo(200, r#"{"sub":"bob"}"#);
        assert_eq!(other, Err(UserinfoError::WrongSubject));
        for odd in ["{}", "[]", r#"{"sub":1}"#, r#"{"sub":"alice","sub":"alice"}"#] {
            assert_eq!(userinfo(200, odd), Err(UserinfoError::Malformed), "{odd}");
        }
        assert_eq!(userinfo(500, claims), Err(UserinfoError::BadStatus(500)));
        for media_type in ["text/html", "application/jwt"] {
            let headers = Headers::new().with("content-type", media_type);
            let response = Response { headers, ..json_response(200, claims) };
            let answer = client().userinfo(&tokens()).unwrap().answer(&response);
            assert_eq!(answer, Err(UserinfoError::Malformed), "{media_type}");
        }
    }

    #[test]
    fn a_challenge_to_userinfo_is_told() {
        let mut response = json_response(401, "{}");
        response.headers.push("WWW-Authenticate", r#"Bearer error="invalid_token""#);
        let error = client().userinfo(&tokens()).unwrap().answer(&response).unwrap_err();
        let challenge = Challenge { error: Some("invalid_token".into()), ..Challenge::default() };
        assert_eq!(error, UserinfoError::Challenged(challenge));
    }

    #[test]
    fn the_bearer_challenge_is_found_among_others() {
        let header = concat!(
            r#"Basic realm="a, b=\"c\"", Digest x=1, bearer realm=r, error="insufficient_scope", "#,
            r#"scope="tasks admin", resource_metadata="https://api.test/.well-known/x", "#,
            r#"error="later", Negotiate ab=="#
        );
        let challenge = Challenge::parse(header).unwrap();
        assert_eq!(challenge.error.as_deref(), Some("insufficient_scope"));
        assert_eq!(challenge.scope.as_deref(), Some("tasks admin"));
        let metadata = challenge.resource_metadata.as_deref();
        assert_eq!(metadata, Some("https://api.test/.well-known/x"));
        assert_eq!(Challenge::parse("Bearer"), Some(Challenge::default()));
        for none in
            ["", "Basic", r#"Basic realm="Bearer""#, r#"Bearer realm="open"#, "Negotiate a=="]
        {
            assert_eq!(Challenge::parse(none), None, "{none}");
        }
    }

    #[test]
    fn only_a_401_or_a_403_challenges() {
        let answer = |status| Response {
            status,
            headers: Headers::new().with("www-authenticate", "Bearer"),
            body: alloc::vec::Vec::new(),
        };
        assert!(Challenge::of(&answer(401)).is_some());
        assert!(Challenge::of(&answer(403)).is_some());
        assert!(Challenge::of(&answer(200)).is_none());
    }
}
