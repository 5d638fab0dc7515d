//! HTTP messages as values: what one side says and the other hears.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::text::until;

/// The verbs this protocol knows.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`, which is answered like `GET`; the host leaves the body out
    /// ([RFC 9110 §9.3.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2)).
    Head,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `DELETE`.
    Delete,
    /// `OPTIONS`, which browsers send before a request across origins.
    Options,
    /// Any other; no endpoint takes it.
    Other,
}

impl Method {
    /// Reads the verb, which is case-sensitive
    /// ([RFC 9110 §9.1](https://www.rfc-editor.org/rfc/rfc9110#section-9.1)).
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "DELETE" => Self::Delete,
            "OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }

    /// The verb as the wire spells it; empty for [`Method::Other`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Other => "",
        }
    }
}

/// A header that may be there once was there more often.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RepeatedHeader;

/// Header fields in order; names match without regard to case.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Headers(Vec<(Cow<'static, str>, String)>);

impl Headers {
    /// No headers yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a field after those that are there.
    pub fn push(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// The same with one field more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    /// Sets a field, in place of all that are there of its name.
    pub(crate) fn replace(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.retain(|(there, _)| !there.eq_ignore_ascii_case(name));
        self.push(name, value);
    }

    /// The value of `name`, if it is there.
    ///
    /// # Errors
    ///
    /// [`RepeatedHeader`] if it is there twice: which one counts is a guess attackers make better.
    pub fn one(&self, name: &str) -> Result<Option<&str>, RepeatedHeader> {
        let mut found = self.0.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let first = found.next();
        if found.next().is_some() {
            Err(RepeatedHeader)
        } else {
            Ok(first.map(|(_, v)| v.as_str()))
        }
    }

    /// The first value of `name`: for reading answers, where the sender is trusted to be sane.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Every field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_str()))
    }
}

/// Header values hold credentials, so only names print.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// A request: what a client side sends and a server side is handed.
#[derive(Clone, Eq, PartialEq)]
pub struct Request {
    /// The verb.
    pub method: Method,
    /// Absolute as the client makes it; the server reads path and query only.
    pub url: String,
    /// Header fields.
    pub headers: Headers,
    /// The body; empty if there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A `GET` of `url`.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::Get, url: url.into(), headers: Headers::new(), body: Vec::new() }
    }

    /// A form `POST` to `url`.
    #[must_use]
    pub fn form(url: impl Into<String>, form: impl Into<Vec<u8>>) -> Self {
        let headers = Headers::new().with("content-type", "application/x-www-form-urlencoded");
        Self { method: Method::Post, url: url.into(), headers, body: form.into() }
    }

    /// The path, as sent: neither decoded nor normalised.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target().split('?').next().unwrap_or_default()
    }

    /// What follows `?`, undecoded.
    #[must_use]
    pub fn query(&self) -> &str {
        self.target().split_once('?').map_or("", |(_, query)| query)
    }

    fn target(&self) -> &str {
        let url = self.url.split('#').next().unwrap_or_default();
        match url.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(['/', '?']) => {
                rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/")
            }
            Some(_) | None => url,
        }
    }

    /// Whether the body says it is a form, and nothing else
    /// ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)).
    #[must_use]
    pub fn is_form(&self) -> bool {
        let Ok(Some(value)) = self.headers.one("content-type") else { return false };
        let media_type = until(value, b";").0.trim_ascii();
        media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }

    /// Whether the sender is a browser that wants a page rather than JSON.
    #[must_use]
    pub fn wants_html(&self) -> bool {
        self.headers.first("accept").is_some_and(|accept| accept.contains("text/html"))
    }
}

/// Query and body hold codes and secrets, so neither prints.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path())
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// A response: what a server side says and a client side is handed.
#[derive(Clone, Eq, PartialEq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Header fields.
    pub headers: Headers,
    /// The body; empty if there is none.
    pub body: Vec<u8>,
}

impl Response {
    /// Whether the body says it is JSON
    /// ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
    #[must_use]
    pub fn is_json(&self) -> bool {
        let Ok(Some(value)) = self.headers.one("content-type") else { return false };
        let media_type = until(value, b";").0.trim_ascii();
        media_type.eq_ignore_ascii_case("application/json")
    }
}

/// Bodies hold tokens and `Location` holds codes, so neither prints.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_query_are_read_from_either_form_of_target() {
        for url in ["/oauth2/authorize?a=b://c", "https://as.test/oauth2/authorize?a=b://c"] {
            assert_eq!(Request::get(url).path(), "/oauth2/authorize");
            assert_eq!(Request::get(url).query(), "a=b://c");
        }
        assert_eq!(Request::get("https://as.test").path(), "/");
        assert_eq!(Request::get("https://as.test?x=1").query(), "x=1");
    }

    #[test]
    fn a_form_is_a_form_by_its_exact_type() {
        let posted = |value: &str| Request {
            headers: Headers::new().with("Content-Type", value),
            ..Request::get("/")
        };
        assert!(posted("application/x-www-form-urlencoded").is_form());
        assert!(posted("Application/X-WWW-Form-URLEncoded; charset=UTF-8").is_form());
        assert!(!posted("application/json, application/x-www-form-urlencoded").is_form());
        assert!(!posted("application/x-www-form-urlencoded, application/json").is_form());
        assert!(!Request::get("/").is_form());
    }

    #[test]
    fn a_127_nothing_secret_prints() {
        let mut request = Request::form("/cb?code=s3cret", "client_secret=s3cret");
        request.headers.push("authorization", "Basic s3cret");
        assert!(!alloc::format!("{request:?}").contains("s3cret"));
        let response = Response {
            status: 303,
            headers: Headers::new().with("location", "https://a.test/cb?code=s3cret"),
            body: b"s3cret".to_vec(),
        };
        assert!(!alloc::format!("{response:?}").contains("s3cret"));
    }
}
