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

/// How the browser carries the answer: `response_mode`. A fragment is none of them: whatever is in
/// one lands in the hands of every script of the page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ResponseMode {
    /// In the query of a redirect
    /// ([OAuth 2.0 Multiple Response Types §2.1](https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html#ResponseModes)).
    Query,
    /// In a form that posts itself
    /// ([OAuth 2.0 Form Post §2](https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html#FormPostResponseMode)).
    FormPost,
}

impl ResponseMode {
    /// Every mode.
    pub const ALL: [Self; 2] = [Self::Query, Self::FormPost];

    /// As the wire spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }

    /// Reads what the wire says.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == text)
    }
}

/// What a form does that posts itself: all the script there is on its page.
pub const SUBMIT: &str = "document.forms[0].submit()";

/// The hash of [`SUBMIT`], so that a page can allow this script and no other
/// ([CSP 3 §2.3.1](https://www.w3.org/TR/CSP3/#grammardef-hash-source)).
pub const SUBMIT_HASH: &str = "sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE=";

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
        let names = ["state", "iss", "code", "error", "error_description", "error_uri"];
        let mut values = [None; 6];
        for (value, name) in values.iter_mut().zip(names) {
            *value = form.one(name).map_err(|Repeated| CallbackError::Repeated)?;
        }
        let [state, iss, code, error, description, uri] = values;
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
        let mut query = String::new();
        for (name, value) in self.parameters() {
            form::push(&mut query, name, value);
        }
        let mut url = String::from(redirect_uri);
        form::extend(&mut url, &query);
        url
    }

    /// The page with the form that posts itself to `redirect_uri`
    /// ([OAuth 2.0 Form Post §2](https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html#FormPostResponseMode)).
    /// Where no script runs, the person presses the button.
    #[must_use]
    pub fn to_page(&self, redirect_uri: &str) -> String {
        let mut page = String::from(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Going back</title>\
             <form method=\"post\" action=\"",
        );
        push_escaped(&mut page, redirect_uri);
        page.push_str("\">");
        for (name, value) in self.parameters() {
            page.push_str("<input type=\"hidden\" name=\"");
            page.push_str(name);
            page.push_str("\" value=\"");
            push_escaped(&mut page, value);
            page.push_str("\">");
        }
        page.push_str("<noscript><button>Go back to the app</button></noscript></form><script>");
        page.push_str(SUBMIT);
        page.push_str("</script></html>");
        page
    }

    fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let (code, refusal) = match &self.answer {
            Ok(code) => (Some(code.expose()), None),
            Err(refusal) => (None, Some(refusal)),
        };
        [
            ("code", code),
            ("error", refusal.map(|body| body.error.as_str())),
            ("error_description", refusal.and_then(|body| body.error_description.as_deref())),
            ("error_uri", refusal.and_then(|body| body.error_uri.as_deref())),
            ("state", self.state.as_deref()),
            ("iss", self.iss.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
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

/// Spells text so that it can stand between double quotes in HTML.
fn push_escaped(page: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '"' => page.push_str("&quot;"),
            // A line break in a value would come back as another one.
            '\n' => page.push_str("&#10;"),
            '\r' => page.push_str("&#13;"),
            other => page.push(other),
        }
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

    use base64::Engine as _;
    use sha2::Digest as _;

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
    fn a_form_carries_what_a_query_does_and_nothing_gets_out_of_its_quotes() {
        let state = Some("\"><script>alert(1)</script>&\r\n".into());
        let iss = Some("https://as.test".into());
        let callback = Callback { state, iss, answer: Ok(Secret::new("c&d")) };
        let page = callback.to_page("https://a.test/cb?x=1&y=\"");
        assert!(page.contains("action=\"https://a.test/cb?x=1&amp;y=&quot;\""), "{page}");
        assert!(page.contains("name=\"code\" value=\"c&amp;d\""));
        let escaped = "&quot;>&lt;script>alert(1)&lt;/script>&amp;&#13;&#10;";
        assert!(page.contains(&format!("name=\"state\" value=\"{escaped}\"")), "{page}");
        assert_eq!(page.matches("<script>").count(), 1);
        let hash = sha2::Sha256::digest(SUBMIT);
        let hash = base64::engine::general_purpose::STANDARD.encode(hash);
        assert_eq!(SUBMIT_HASH, format!("sha256-{hash}"));
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
