//! The redirect back from the server
//! ([RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2)).

use alloc::string::String;
use core::fmt;

use super::error::ErrorBody;
use super::form::{self, Form, FormError, Repeated};
use crate::secret::Secret;
use crate::text::{cut, has, until};

/// Why a redirect back is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CallbackError {
    /// A query that cannot be read.
    Malformed(FormError),
    /// One of the parameters is there twice.
    Repeated,
    /// A token where only a code may be, or parameters in the fragment
    /// ([RFC 9700 §2.1.2](https://www.rfc-editor.org/rfc/rfc9700#section-2.1.2)).
    TokenInFrontChannel,
    /// Neither `code` nor `error`.
    Neither,
    /// Both `code` and `error`.
    Both,
}

/// What a server sends back through the browser.
#[derive(Clone, Eq, PartialEq)]
pub struct Callback {
    /// What the client sent along.
    pub state: Option<String>,
    /// Who answers ([RFC 9207 §2](https://www.rfc-editor.org/rfc/rfc9207#section-2)).
    pub iss: Option<String>,
    /// The code, or why there is none.
    pub answer: Result<Secret, ErrorBody>,
}

impl Callback {
    /// Reads a whole URL, or a query with or without its `?`.
    ///
    /// # Errors
    ///
    /// The first [`CallbackError`] that applies.
    ///
    /// # Security
    ///
    /// Anybody can make a browser go anywhere: nothing here is to be believed, a refusal least of all,
    /// before `state` and `iss` are compared
    /// ([RFC 9207 §2.4](https://www.rfc-editor.org/rfc/rfc9207#section-2.4)).
    pub fn parse(query_or_url: &str) -> Result<Self, CallbackError> {
        let (rest, fragment) = cut(query_or_url, b'#').unwrap_or((query_or_url, ""));
        if has(fragment, b'=') {
            return Err(CallbackError::TokenInFrontChannel);
        }
        let form = Form::parse(query(rest).as_bytes()).map_err(CallbackError::Malformed)?;
        if form.iter().any(|(name, _)| matches!(name, "access_token" | "id_token" | "token")) {
            return Err(CallbackError::TokenInFrontChannel);
        }
        let one = |name| form.one(name).map_err(|Repeated| CallbackError::Repeated);
        let (state, iss) = (one("state")?, one("iss")?);
        let (code, error) = (one("code")?, one("error")?);
        let (description, uri) = (one("error_description")?, one("error_uri")?);
        let answer = match (code, error) {
            (Some(code), None) => Ok(Secret::new(code)),
            (None, Some(error)) => {
                Err(ErrorBody::tamed(error, description, uri).ok_or(CallbackError::Neither)?)
            }
            (None, None) => return Err(CallbackError::Neither),
            (Some(_), Some(_)) => return Err(CallbackError::Both),
        };
        Ok(Self { state: state.map(String::from), iss: iss.map(String::from), answer })
    }

    /// The redirect back: `redirect_uri` with these parameters added to its query
    /// ([RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2)).
    #[must_use]
    pub fn to_url(&self, redirect_uri: &str) -> String {
        let mut url = String::from(redirect_uri);
        if !has(&url, b'?') {
            url.push('?');
        }
        match &self.answer {
            Ok(code) => form::push(&mut url, "code", code.expose()),
            Err(refusal) => {
                form::push(&mut url, "error", &refusal.error);
                push_some(&mut url, "error_description", refusal.error_description.as_deref());
                push_some(&mut url, "error_uri", refusal.error_uri.as_deref());
            }
        }
        push_some(&mut url, "state", self.state.as_deref());
        push_some(&mut url, "iss", self.iss.as_deref());
        url
    }
}

/// `state` binds the answer to one login, so it does not print.
impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback")
            .field("iss", &self.iss)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

fn push_some(url: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        form::push(url, name, value);
    }
}

/// The query of a URL, or the whole of what is a query already: the name of a parameter comes before
/// `=`, and a scheme or a path before that means a URL.
fn query(text: &str) -> &str {
    let (_, rest) = until(text, b"=&?:/");
    match rest.as_bytes().first() {
        Some(b'?' | b':' | b'/') => cut(rest, b'?').map_or("", |(_, query)| query),
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::wire::mangle::mangled;

    #[test]
    fn a_code_is_read_from_every_form_of_address() {
        for prefix in [
            "",
            "?",
            "/cb?",
            "cb?",
            "https://a.test/cb?",
            "https://a.test/;x=1?",
            "com.example.app:/cb?",
        ] {
            for suffix in ["", "#", "#section"] {
                let text = format!("{prefix}state=s&code=S%2Fp&iss=https://as.test?x{suffix}");
                let callback = Callback::parse(&text).unwrap();
                assert_eq!(callback.state.as_deref(), Some("s"), "{text}");
                assert_eq!(callback.iss.as_deref(), Some("https://as.test?x"));
                assert_eq!(callback.answer, Ok(Secret::new("S/p")));
            }
        }
    }

    #[test]
    fn what_we_send_back_we_can_read_back() {
        let refusal = ErrorBody::new("access_denied", "The user said no & left");
        for answer in [Ok(Secret::new("c&d")), Err(refusal)] {
            for uri in ["https://a.test/cb", "https://a.test/cb?tenant=1", "com.example.app:/cb"] {
                let (state, iss) = (Some("x y".into()), Some("https://as.test".into()));
                let callback = Callback { state, iss, answer: answer.clone() };
                let url = callback.to_url(uri);
                assert!(url.starts_with(uri), "{url}");
                assert_eq!(Callback::parse(&url), Ok(callback), "{url}");
            }
        }
        let bare = Callback { state: None, iss: None, answer: Ok(Secret::new("c")) };
        assert_eq!(bare.to_url("https://a.test/cb"), "https://a.test/cb?code=c");
        assert_eq!(bare.to_url("https://a.test/cb?x=1"), "https://a.test/cb?x=1&code=c");
    }

    #[test]
    fn what_no_server_sends_is_refused() {
        for (text, error) in [
            ("code=a&code=b", CallbackError::Repeated),
            ("code=a&state=s&state=s", CallbackError::Repeated),
            ("code=a&iss=i&%69ss=i", CallbackError::Repeated),
            ("error=a&error=b", CallbackError::Repeated),
            ("error=a&error_description=b&error_description=c", CallbackError::Repeated),
            ("code=a&error=b", CallbackError::Both),
            ("", CallbackError::Neither),
            ("?", CallbackError::Neither),
            ("https://a.test/cb", CallbackError::Neither),
            ("https://a.test/cb?code=", CallbackError::Neither),
            ("state=s&error_description=x", CallbackError::Neither),
            ("error=%0a", CallbackError::Neither),
            ("code=a&access_token=x", CallbackError::TokenInFrontChannel),
            ("code=a&id_token=x", CallbackError::TokenInFrontChannel),
            ("token=x", CallbackError::TokenInFrontChannel),
            ("https://a.test/cb#access_token=x", CallbackError::TokenInFrontChannel),
            ("https://a.test/cb#code=x", CallbackError::TokenInFrontChannel),
            ("https://a.test/cb?code=a#state=x", CallbackError::TokenInFrontChannel),
            ("code=%zz", CallbackError::Malformed(FormError::BadEscape)),
            ("code=%ff", CallbackError::Malformed(FormError::NotUtf8)),
        ] {
            assert_eq!(Callback::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_code_does_not_print() {
        let callback = Callback::parse("code=s3cret").unwrap();
        assert!(!format!("{callback:?}").contains("s3cret"));
    }

    #[test]
    fn a_damaged_address_reads_or_does_not() {
        let whole = b"https://a.test/cb?error=access_denied&error_description=n%C3%A9&state=s&iss=https%3A%2F%2Fas.test#x";
        for bytes in mangled(whole, 10_000) {
            let text = String::from_utf8_lossy(&bytes);
            if let Ok(callback) = Callback::parse(&text) {
                assert_eq!(Callback::parse(&callback.to_url("/")), Ok(callback));
            }
        }
    }
}
