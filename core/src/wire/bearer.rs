//! A token on its way to what it opens ([RFC 6750]).
//!
//! [RFC 6750]: https://www.rfc-editor.org/rfc/rfc6750

use super::dpop::TOKEN_TYPE;
use super::form::Form;
use super::http::{Method, Request};
use crate::secret::Secret;

/// Why the token of a request cannot be made out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BearerError {
    /// In the query, where logs and histories keep it
    /// ([RFC 9700 §4.3.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.3.2)).
    InQuery,
    /// In more than one place ([RFC 6750 §2](https://www.rfc-editor.org/rfc/rfc6750#section-2)).
    Repeated,
    /// The `Authorization` header names the scheme, and no token follows.
    Malformed,
}

/// How a token is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// By itself ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)).
    Bearer,
    /// With a proof of its key ([RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)).
    Dpop,
}

impl Scheme {
    /// The scheme of an `Authorization` header, if it is one of these; the name matches without regard
    /// to case ([RFC 9110 §11.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.1)).
    #[must_use]
    pub fn of(header: &str) -> Option<Self> {
        let name = header.split(' ').next()?;
        let is = |scheme: &Self| scheme.name().eq_ignore_ascii_case(name);
        [Self::Bearer, Self::Dpop].into_iter().find(is)
    }

    /// How a token is shown that is bound to a key, or to none.
    #[must_use]
    pub const fn of_token<K>(key: Option<&K>) -> Self {
        if key.is_some() { Self::Dpop } else { Self::Bearer }
    }

    /// Its name, as a scheme and as a type of token.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => TOKEN_TYPE,
        }
    }
}

/// Reads the token that is shown by itself, where no other way is known.
///
/// # Errors
///
/// The first [`BearerError`] that applies.
pub fn parse(request: &Request) -> Result<Option<Secret>, BearerError> {
    let bearer = |(scheme, token)| (scheme == Scheme::Bearer).then_some(token);
    Ok(parse_any(request)?.and_then(bearer))
}

/// Reads the token from the `Authorization` header, or from the form of a POST, and how it is shown.
///
/// # Errors
///
/// The first [`BearerError`] that applies.
pub fn parse_any(request: &Request) -> Result<Option<(Scheme, Secret)>, BearerError> {
    let query = Form::parse(request.query().as_bytes()).unwrap_or_default();
    let in_query = query.all("access_token").count();
    let header = request.headers.one("authorization").map_err(|_| BearerError::Repeated)?;
    // Another scheme is another way in, which this resource does not have.
    let header = header.and_then(|header| Some((Scheme::of(header)?, header)));
    let body = if request.method == Method::Post && request.is_form() {
        Form::parse(&request.body).unwrap_or_default()
    } else {
        Form::default()
    };
    let posted = body.one("access_token").map_err(|_| BearerError::Repeated)?;
    match (in_query, header, posted) {
        (0, None, None) => Ok(None),
        (1, None, None) => Err(BearerError::InQuery),
        (0, None, Some(token)) => Ok(Some((Scheme::Bearer, Secret::new(token)))),
        (0, Some((scheme, header)), None) => Ok(Some((scheme, Secret::new(token(header)?)))),
        (_, _, _) => Err(BearerError::Repeated),
    }
}

fn token(header: &str) -> Result<&str, BearerError> {
    let (_, token) = header.split_once(' ').ok_or(BearerError::Malformed)?;
    let token = token.trim_matches(' ');
    let is_token68 = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if !token.is_empty() && token.bytes().all(is_token68) {
        Ok(token)
    } else {
        Err(BearerError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(header: &str) -> Result<Option<Secret>, BearerError> {
        let mut request = Request::get("/api/tasks");
        request.headers.push("authorization", header);
        parse(&request)
    }

    #[test]
    fn a_header_holds_one_token_under_any_case_of_bearer() {
        for good in ["Bearer abc", "bearer abc", "BEARER  abc"] {
            assert_eq!(sent(good), Ok(Some(Secret::new("abc"))), "{good}");
        }
        for bad in ["Bearer", "Bearer ", "Bearer a b", "Bearer a\"b"] {
            assert_eq!(sent(bad), Err(BearerError::Malformed), "{bad}");
        }
        for other in ["Basic abc", "", "Digest Bearer"] {
            assert_eq!(sent(other), Ok(None), "{other}");
        }
        assert_eq!(parse(&Request::get("/api/tasks")), Ok(None));
    }

    #[test]
    fn a_token_with_a_proof_is_no_bearer_token() {
        assert_eq!(sent("DPoP abc"), Ok(None));
        let mut request = Request::get("/api/tasks");
        request.headers.push("authorization", "dpop abc");
        assert_eq!(parse_any(&request), Ok(Some((Scheme::Dpop, Secret::new("abc")))));
        assert_eq!(Scheme::of("DPoPx abc"), None);
    }

    #[test]
    fn a_form_may_hold_the_token_and_a_query_never() {
        let posted = Request::form("/oauth2/userinfo", "access_token=abc");
        assert_eq!(parse(&posted), Ok(Some(Secret::new("abc"))));
        let mut both = posted;
        both.headers.push("authorization", "Bearer abc");
        assert_eq!(parse(&both), Err(BearerError::Repeated));
        let query = Request::get("/api/tasks?access_token=abc");
        assert_eq!(parse(&query), Err(BearerError::InQuery));
        let mut both = query;
        both.headers.push("authorization", "Bearer abc");
        assert_eq!(parse(&both), Err(BearerError::Repeated));
    }
}
