//! A token on its way to what it opens ([RFC 6750]).
//!
//! [RFC 6750]: https://www.rfc-editor.org/rfc/rfc6750

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
    /// The `Authorization` header says `Bearer`, and no token follows.
    Malformed,
}

/// Reads the token from the `Authorization` header, or from the form of a POST.
///
/// # Errors
///
/// The first [`BearerError`] that applies.
pub fn parse(request: &Request) -> Result<Option<Secret>, BearerError> {
    let query = Form::parse(request.query().as_bytes()).unwrap_or_default();
    let in_query = query.all("access_token").count();
    let header = request.headers.one("authorization").map_err(|_| BearerError::Repeated)?;
    // Another scheme is another way in, which this resource does not have.
    let header = header.filter(|header| is_bearer(header));
    let body = if request.method == Method::Post && request.is_form() {
        Form::parse(&request.body).unwrap_or_default()
    } else {
        Form::default()
    };
    let posted = body.one("access_token").map_err(|_| BearerError::Repeated)?;
    match (in_query, header, posted) {
        (0, None, None) => Ok(None),
        (1, None, None) => Err(BearerError::InQuery),
        (0, None, Some(token)) => Ok(Some(Secret::new(token))),
        (0, Some(header), None) => token(header).map(|token| Some(Secret::new(token))),
        (_, _, _) => Err(BearerError::Repeated),
    }
}

/// The scheme's name matches without regard to case
/// ([RFC 9110 §11.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.1)).
fn is_bearer(header: &str) -> bool {
    header.split(' ').next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
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
