//! Why a server refuses, in its own words
//! ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).

use alloc::string::String;

use super::json::{self, Writer};
use crate::uri::Parts;

/// Most characters of `error`.
pub const LONGEST_ERROR: usize = 100;
/// Most characters of `error_description`.
pub const LONGEST_DESCRIPTION: usize = 500;

/// A refusal, in a body or in a redirect
/// ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)).
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ErrorBody {
    /// A word that programs understand.
    pub error: String,
    /// A sentence for the developer.
    pub error_description: Option<String>,
    /// A page about it.
    pub error_uri: Option<String>,
}

impl ErrorBody {
    /// A refusal with a word and a sentence.
    #[must_use]
    pub fn new(error: impl Into<String>, error_description: impl Into<String>) -> Self {
        let error_description = Some(error_description.into());
        Self { error: error.into(), error_description, error_uri: None }
    }

    /// Reads the body of an answer; `None` if it is no refusal.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let body = json::parse_object(bytes).ok()?;
        let member = |name| body.get(name).and_then(json::Value::string);
        let (description, uri) = (member("error_description"), member("error_uri"));
        Self::tamed(&member("error")?, description.as_deref(), uri.as_deref())
    }

    /// Keeps of a stranger's words what can be shown and logged: no control or invisible character,
    /// not too many, and a link only where a browser may go.
    pub(crate) fn tamed(error: &str, description: Option<&str>, uri: Option<&str>) -> Option<Self> {
        let error = first(error, LONGEST_ERROR, |c| c.is_ascii_graphic());
        let shown = |text: &str| first(text, LONGEST_DESCRIPTION, is_shown);
        let uri = uri.filter(|uri| Parts::of(uri).is_ok_and(|parts| parts.is_safe_http()));
        let body = Self {
            error,
            error_description: description.map(shown).filter(|text| !text.is_empty()),
            error_uri: uri.map(String::from),
        };
        (!body.error.is_empty()).then_some(body)
    }

    /// The body of an answer.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::object()
            .string("error", &self.error)
            .maybe("error_description", self.error_description.as_deref())
            .maybe("error_uri", self.error_uri.as_deref())
            .finish()
    }
}

/// The first so many characters that are `good`.
fn first(text: &str, longest: usize, good: fn(char) -> bool) -> String {
    let (mut kept, mut count) = (String::new(), 0);
    for c in text.chars() {
        if good(c) && count < longest {
            kept.push(c);
            count += 1;
        }
    }
    kept
}

/// Whether a character shows itself and leaves the order of the others alone.
pub(crate) fn is_shown(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        && c != '\u{feff}'
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::wire::mangle::mangled;

    #[test]
    fn a_refusal_reads_and_writes_back() {
        let text = r#"{"error":"invalid_grant","error_description":"Authorization code expired"}"#;
        let body = ErrorBody::parse(text.as_bytes()).unwrap();
        assert_eq!(body, ErrorBody::new("invalid_grant", "Authorization code expired"));
        assert_eq!(body.to_json(), text);
    }

    #[test]
    fn the_words_of_a_stranger_are_tamed() {
        let text = r#"{"error":"a\nb\u0000 <c>","error_description":"Ung\u00fcltig\r\n\u202edrowssap\u001b[2J","error_uri":"javascript:alert(1)"}"#;
        let body = ErrorBody::parse(text.as_bytes()).unwrap();
        assert_eq!(body.error, "ab<c>");
        assert_eq!(body.error_description.as_deref(), Some("Ungültigdrowssap[2J"));
        assert_eq!(body.error_uri, None);

        let long = format!(r#"{{"error":"{0}","error_description":"{0}"}}"#, "x".repeat(9000));
        let body = ErrorBody::parse(long.as_bytes()).unwrap();
        assert_eq!(body.error.len(), LONGEST_ERROR);
        assert_eq!(body.error_description.map(|text| text.len()), Some(LONGEST_DESCRIPTION));
    }

    #[test]
    fn what_is_no_refusal_is_none() {
        for text in ["", "<html>", "{}", "[]", r#"{"error":1}"#, r#"{"error":""}"#, r#""error""#] {
            assert_eq!(ErrorBody::parse(text.as_bytes()), None, "{text}");
        }
        let odd = r#"{"error":"x","error_description":{},"error_uri":7}"#;
        assert_eq!(ErrorBody::parse(odd.as_bytes()).unwrap().to_json(), r#"{"error":"x"}"#);
    }

    #[test]
    fn a_damaged_refusal_reads_or_does_not() {
        let whole = br#"{"error":"x\u00e9","error_description":"y\ud83d\ude00","error_uri":"https://a.test/e"}"#;
        for bytes in mangled(whole, 5_000) {
            if let Some(body) = ErrorBody::parse(&bytes) {
                assert_eq!(ErrorBody::parse(body.to_json().as_bytes()), Some(body));
            }
        }
    }
}
