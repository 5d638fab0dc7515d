//! A code, or an older token, for tokens
//! ([RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3),
//! [§5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).

use alloc::string::String;

use super::json::{self, JsonError, Writer};
use super::said::{Null, Said};
use crate::secret::Secret;

/// What is traded for tokens, ready to print.
#[derive(Clone, Copy, Debug)]
pub enum TokenRequest<'r> {
    /// A code, fresh from the callback.
    AuthorizationCode {
        /// The code.
        code: &'r Secret,
        /// Where the code was sent to.
        redirect_uri: &'r str,
        /// What answers the challenge
        /// ([RFC 7636 §4.5](https://www.rfc-editor.org/rfc/rfc7636#section-4.5)).
        code_verifier: Option<&'r Secret>,
        /// The API that the token is for
        /// ([RFC 8707 §2.2](https://www.rfc-editor.org/rfc/rfc8707#section-2.2)).
        resource: Option<&'r str>,
    },
    /// A refresh token ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
    RefreshToken {
        /// The token.
        refresh_token: &'r Secret,
        /// Less than what was granted, if less will do.
        scope: Option<&'r str>,
        /// The API that the token is for.
        resource: Option<&'r str>,
    },
}

impl TokenRequest<'_> {
    /// The body, in the order in which the guide shows it; who asks is not in it.
    #[must_use]
    pub fn to_form(&self) -> String {
        let mut form = String::new();
        let mut push = |name, value: &str| super::form::push(&mut form, name, value);
        let resource = match self {
            Self::AuthorizationCode { code, redirect_uri, code_verifier, resource } => {
                push("grant_type", "authorization_code");
                push("code", code.expose());
                push("redirect_uri", redirect_uri);
                if let Some(verifier) = code_verifier {
                    push("code_verifier", verifier.expose());
                }
                resource
            }
            Self::RefreshToken { refresh_token, scope, resource } => {
                push("grant_type", "refresh_token");
                push("refresh_token", refresh_token.expose());
                if let Some(scope) = scope {
                    push("scope", scope);
                }
                resource
            }
        };
        if let Some(resource) = resource {
            push("resource", resource);
        }
        form
    }
}

/// The tokens as the wire has them, nothing in them believed yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenResponse {
    /// What opens the resource.
    pub access_token: Secret,
    /// How to use it; `Bearer`, in any case of letters.
    pub token_type: String,
    /// Seconds until it is dead.
    pub expires_in: Option<u64>,
    /// What gets the next one.
    pub refresh_token: Option<Secret>,
    /// Who the user is, signed and unverified.
    pub id_token: Option<Secret>,
    /// What was granted, if it is not what was asked for.
    pub scope: Option<String>,
}

/// Why a body holds no tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenResponseError {
    /// Not the JSON we read.
    Json(JsonError),
    /// A required member is absent or empty.
    Missing(&'static str),
    /// A member of another type.
    WrongType(&'static str),
}

impl TokenResponse {
    /// Reads the body of a 200; unknown members are ignored, as [RFC 6749 §5.1] has it.
    ///
    /// An optional member that is `null` was not sent.
    ///
    /// [RFC 6749 §5.1]: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
    ///
    /// # Errors
    ///
    /// The first [`TokenResponseError`] that applies.
    pub fn parse(body: &[u8]) -> Result<Self, TokenResponseError> {
        let object = json::parse_object(body).map_err(TokenResponseError::Json)?;
        let said = Said { object, null: Null::NotSaid, wrong: TokenResponseError::WrongType };
        let required = |name| match said.string(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) | None => Err(TokenResponseError::Missing(name)),
        };
        let mut it = Self {
            access_token: Secret::new(required("access_token")?),
            token_type: required("token_type")?,
            expires_in: said.integer("expires_in")?,
            refresh_token: None,
            id_token: None,
            scope: said.string("scope")?,
        };
        for (name, member) in
            [("refresh_token", &mut it.refresh_token), ("id_token", &mut it.id_token)]
        {
            *member = said.string(name)?.map(Secret::new);
        }
        Ok(it)
    }

    /// The body, members in the order in which the guide shows them.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut body = Writer::object()
            .string("access_token", self.access_token.expose())
            .string("token_type", &self.token_type);
        if let Some(seconds) = self.expires_in {
            body = body.integer("expires_in", seconds);
        }
        body.maybe("refresh_token", self.refresh_token.as_ref().map(Secret::expose))
            .maybe("id_token", self.id_token.as_ref().map(Secret::expose))
            .maybe("scope", self.scope.as_deref())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned as _;

    use super::*;

    const GUIDE: &str = r#"{"access_token":"abc123def456...","token_type":"Bearer","expires_in":3600,"id_token":"eyJhbGciOiJSUzI1NiIs...","scope":"openid profile email"}"#;

    #[test]
    fn the_answer_of_the_guide_is_read_and_printed_byte_for_byte() {
        let answer = TokenResponse::parse(GUIDE.as_bytes()).unwrap();
        assert_eq!(answer.access_token, Secret::new("abc123def456..."));
        assert_eq!(answer.expires_in, Some(3600));
        assert_eq!(answer.refresh_token, None);
        assert_eq!(answer.to_json(), GUIDE);
        let printed = alloc::format!("{answer:?}");
        assert!(!printed.contains("abc123") && !printed.contains("eyJ"), "{printed}");

        let refreshed = TokenResponse { refresh_token: Some(Secret::new("r")), ..answer };
        assert!(
            refreshed.to_json().contains(r#""expires_in":3600,"refresh_token":"r","id_token""#)
        );
    }

    #[test]
    fn the_least_answer_has_two_members_and_null_is_absent() {
        let least = br#"{"access_token":"a","token_type":"bearer","refresh_token":null,"x":[]}"#;
        let answer = TokenResponse::parse(least).unwrap();
        assert_eq!(answer.refresh_token, None);
        assert_eq!(answer.to_json(), r#"{"access_token":"a","token_type":"bearer"}"#);
    }

    #[test]
    fn an_answer_that_lacks_or_mistypes_a_member_is_none() {
        use TokenResponseError::{Json, Missing, WrongType};
        for (body, why) in [
            ("<html>", Json(JsonError::Syntax)),
            ("[]", Json(JsonError::NotAnObject)),
            (r#"{"access_token":"a","access_token":"b"}"#, Json(JsonError::Duplicate)),
            (r#"{"token_type":"Bearer"}"#, Missing("access_token")),
            (r#"{"access_token":"","token_type":"Bearer"}"#, Missing("access_token")),
            (r#"{"access_token":"a"}"#, Missing("token_type")),
            (r#"{"access_token":1,"token_type":"Bearer"}"#, WrongType("access_token")),
            (
                r#"{"access_token":"a","token_type":"Bearer","expires_in":"60"}"#,
                WrongType("expires_in"),
            ),
            (r#"{"access_token":"a","token_type":"Bearer","id_token":{}}"#, WrongType("id_token")),
        ] {
            assert_eq!(TokenResponse::parse(body.as_bytes()).err(), Some(why), "{body}");
        }
    }

    #[test]
    fn a_request_reads_as_the_guide_prints_it() {
        let (code, verifier) = (Secret::new("the code"), Secret::new("v"));
        let redeem = TokenRequest::AuthorizationCode {
            code: &code,
            redirect_uri: "https://yourapp.com/auth/callback",
            code_verifier: Some(&verifier),
            resource: None,
        };
        assert_eq!(
            redeem.to_form(),
            "grant_type=authorization_code&code=the+code\
             &redirect_uri=https%3A%2F%2Fyourapp.com%2Fauth%2Fcallback&code_verifier=v"
                .to_owned()
        );
        let refresh = TokenRequest::RefreshToken {
            refresh_token: &code,
            scope: Some("openid"),
            resource: Some("https://api.test"),
        };
        assert_eq!(
            refresh.to_form(),
            "grant_type=refresh_token&refresh_token=the+code&scope=openid\
             &resource=https%3A%2F%2Fapi.test"
        );
    }
}
