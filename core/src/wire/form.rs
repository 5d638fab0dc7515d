//! `application/x-www-form-urlencoded`, the spelling of queries and bodies alike
//! ([RFC 6749 appendix B](https://www.rfc-editor.org/rfc/rfc6749#appendix-B)).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::text::cut;

/// Most bytes of a body or query.
pub const LONGEST_FORM: usize = 64 * 1024;
/// Most parameters.
pub const MOST_PARAMETERS: usize = 100;
/// Most bytes of a parameter's name, decoded.
pub const LONGEST_NAME: usize = 64;
/// Most bytes of a parameter's value, decoded.
pub const LONGEST_VALUE: usize = 8 * 1024;

/// Why a form is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FormError {
    /// Longer than [`LONGEST_FORM`].
    TooLong,
    /// More than [`MOST_PARAMETERS`] parameters.
    TooMany,
    /// A name longer than [`LONGEST_NAME`].
    NameTooLong,
    /// A value longer than [`LONGEST_VALUE`].
    ValueTooLong,
    /// A `%` that two hexadecimal digits do not follow.
    BadEscape,
    /// Not UTF-8 once decoded.
    NotUtf8,
}

/// A parameter that may be there once was there more often
/// ([RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Repeated;

/// Parameters in the order sent, decoded.
///
/// One without a value was not sent ([RFC 6749 §3.1]), so it is not here.
///
/// [RFC 6749 §3.1]: https://www.rfc-editor.org/rfc/rfc6749#section-3.1
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a body, or a query without its `?`.
    ///
    /// # Errors
    ///
    /// The first [`FormError`] that applies; nothing is guessed or repaired.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormError> {
        if bytes.len() > LONGEST_FORM {
            return Err(FormError::TooLong);
        }
        let mut form = Self::default();
        let pairs = bytes.split(|b| *b == b'&').filter(|pair| !pair.is_empty());
        for (sent, pair) in pairs.enumerate() {
            if sent == MOST_PARAMETERS {
                return Err(FormError::TooMany);
            }
            let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            let name = decode_bytes(name)?;
            let value = decode_bytes(value.strip_prefix(b"=").unwrap_or_default())?;
            if name.len() > LONGEST_NAME {
                return Err(FormError::NameTooLong);
            }
            if value.len() > LONGEST_VALUE {
                return Err(FormError::ValueTooLong);
            }
            if !value.is_empty() {
                form.0.push((name, value));
            }
        }
        Ok(form)
    }

    /// The value of `name`, if it was sent.
    ///
    /// # Errors
    ///
    /// [`Repeated`] if it was sent twice, even with the same value.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.iter().filter(|(n, _)| *n == name).map(|(_, value)| value);
        let first = values.next();
        if values.next().is_some() { Err(Repeated) } else { Ok(first) }
    }

    /// The value of `name`, empty if it was not sent or sent twice: for forms that this server drew
    /// itself, in which a missing field is refused as a wrong one is.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        self.one(name).unwrap_or_default().unwrap_or_default()
    }

    /// Every value of `name`, in order: for the few that may repeat, such as `resource`
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.iter().filter(move |(n, _)| *n == name).map(|(_, value)| value)
    }

    /// Every name and value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether some parameter that is not in `except` was sent twice.
    #[must_use]
    pub fn any_repeated_but(&self, except: &[&str]) -> bool {
        self.iter().any(|(name, _)| !except.contains(&name) && self.one(name).is_err())
    }
}

/// Values are codes and secrets, so only names print.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Adds a query to a URL, which may have one; what is not there is not added.
pub fn extend(url: &mut String, query: &str) {
    if query.is_empty() {
        return;
    }
    match cut(url, b'?') {
        None => url.push('?'),
        Some((_, there)) if there.is_empty() || there.ends_with('&') => {}
        Some(_) => url.push('&'),
    }
    url.push_str(query);
}

/// Appends `name=value`, after `&` unless `out` is empty or ends in `?` or `&`.
pub fn push(out: &mut String, name: &str, value: &str) {
    match out.as_bytes().last() {
        None | Some(b'?' | b'&') => {}
        Some(_) => out.push('&'),
    }
    push_encoded(out, name);
    out.push('=');
    push_encoded(out, value);
}

/// Spells `text` so that it can stand in a form.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_encoded(&mut out, text);
    out
}

/// Reads what [`encode`] spells, and any other right spelling.
///
/// # Errors
///
/// [`FormError::BadEscape`] or [`FormError::NotUtf8`].
pub fn decode(text: &str) -> Result<String, FormError> {
    decode_bytes(text.as_bytes())
}

fn push_encoded(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => {
                out.push('%');
                for digit in [byte >> 4, byte & 15] {
                    let digit = char::from_digit(u32::from(digit), 16).unwrap_or_default();
                    out.push(digit.to_ascii_uppercase());
                }
            }
        }
    }
}

fn decode_bytes(bytes: &[u8]) -> Result<String, FormError> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(&byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next())? << 4 | hex(rest.next())?,
            _ => byte,
        });
    }
    String::from_utf8(out).map_err(|_| FormError::NotUtf8)
}

fn hex(digit: Option<&u8>) -> Result<u8, FormError> {
    digit
        .and_then(|digit| char::from(*digit).to_digit(16))
        .and_then(|digit| u8::try_from(digit).ok())
        .ok_or(FormError::BadEscape)
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned as _;
    use alloc::format;

    use super::*;
    use crate::wire::mangle::mangled;

    #[test]
    fn a_form_reads_as_it_was_meant() {
        let form = Form::parse(b"a=1&b=x+y%20z&c=%C3%A9\xc3\xa9&&d&e=&f==&nl=p\nq&=x").unwrap();
        assert_eq!(form.one("a"), Ok(Some("1")));
        assert_eq!(form.one("b"), Ok(Some("x y z")));
        assert_eq!(form.one("c"), Ok(Some("éé")));
        assert_eq!(form.one("d"), Ok(None));
        assert_eq!(form.one("e"), Ok(None));
        assert_eq!(form.one("f"), Ok(Some("=")));
        assert_eq!(form.one("nl"), Ok(Some("p\nq")));
        assert_eq!(form.one("A"), Ok(None));
        assert_eq!(Form::parse(b"").unwrap(), Form::default());
    }

    #[test]
    fn a_repeated_parameter_has_no_one_value() {
        let form = Form::parse(b"a=1&%61=1&resource=r&resource=s&b=&b=2").unwrap();
        assert_eq!(form.one("a"), Err(Repeated));
        assert_eq!(form.one("b"), Ok(Some("2")));
        assert_eq!(form.all("resource").collect::<Vec<_>>(), ["r", "s"]);
        assert!(form.any_repeated_but(&["resource"]));
        assert!(!form.any_repeated_but(&["resource", "a"]));
    }

    #[test]
    fn what_decodes_to_nothing_sane_is_refused() {
        for (bytes, error) in [
            (&b"a=%"[..], FormError::BadEscape),
            (b"a=%4", FormError::BadEscape),
            (b"a=%g0", FormError::BadEscape),
            (b"a=%+1", FormError::BadEscape),
            (b"%zz=1", FormError::BadEscape),
            (b"a=%ff", FormError::NotUtf8),
            (b"a=\xff", FormError::NotUtf8),
            (b"a=%c0%af", FormError::NotUtf8),
            (b"%e9=1", FormError::NotUtf8),
        ] {
            assert_eq!(Form::parse(bytes), Err(error), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_129_every_limit_is_taken_and_one_more_is_not() {
        let many = |n: usize| "a=1&".repeat(n);
        assert!(Form::parse(many(MOST_PARAMETERS).as_bytes()).is_ok());
        assert_eq!(Form::parse(many(MOST_PARAMETERS + 1).as_bytes()), Err(FormError::TooMany));

        let name = |n: usize| format!("{}=1", "a".repeat(n));
        assert!(Form::parse(name(LONGEST_NAME).as_bytes()).is_ok());
        assert_eq!(Form::parse(name(LONGEST_NAME + 1).as_bytes()), Err(FormError::NameTooLong));

        let value = |n: usize| format!("a={}", "%61".repeat(n));
        assert!(Form::parse(value(LONGEST_VALUE).as_bytes()).is_ok());
        assert_eq!(Form::parse(value(LONGEST_VALUE + 1).as_bytes()), Err(FormError::ValueTooLong));

        assert!(Form::parse("&".repeat(LONGEST_FORM).as_bytes()).is_ok());
        let long = "&".repeat(LONGEST_FORM + 1);
        assert_eq!(Form::parse(long.as_bytes()), Err(FormError::TooLong));
    }

    #[test]
    fn the_separator_comes_only_where_it_is_needed() {
        let mut url = "https://a.test/cb?".to_owned();
        push(&mut url, "state", "x y&z");
        push(&mut url, "scope", "é~");
        assert_eq!(url, "https://a.test/cb?state=x+y%26z&scope=%C3%A9%7E");
    }

    #[test]
    fn a_query_is_added_to_the_one_that_is_there() {
        for (url, extended) in [
            ("https://a.test/cb", "https://a.test/cb?s=1"),
            ("https://a.test/cb?", "https://a.test/cb?s=1"),
            ("https://a.test/cb?x=1", "https://a.test/cb?x=1&s=1"),
            ("https://a.test/cb?x=1&", "https://a.test/cb?x=1&s=1"),
            // Only the first `?` begins a query, and `&` parts nothing before it.
            ("https://a.test/cb??", "https://a.test/cb??&s=1"),
            ("https://a.test/cb&", "https://a.test/cb&?s=1"),
            ("com.example.app:/cb", "com.example.app:/cb?s=1"),
        ] {
            let mut out = url.to_owned();
            extend(&mut out, "");
            assert_eq!(out, url);
            extend(&mut out, "s=1");
            assert_eq!(out, extended);
        }
    }

    #[test]
    fn both_ways_agree_with_the_browsers() {
        let every: String = ('\0'..='\u{2ff}').chain(['😀']).collect();
        let theirs: String = form_urlencoded::byte_serialize(every.as_bytes()).collect();
        assert_eq!(encode(&every), theirs);
        assert_eq!(decode(&theirs).unwrap(), every);

        let whole = b"grant_type=authorization_code&code=S+p%2Fl%20%C3%A9&x=%25&redirect_uri=https%3A%2F%2Fa";
        let mut taken = 0;
        for bytes in mangled(whole, 20_000) {
            if let Ok(form) = Form::parse(&bytes) {
                let theirs: Vec<_> = form_urlencoded::parse(&bytes)
                    .filter(|(_, value)| !value.is_empty())
                    .map(|(name, value)| (name.into_owned(), value.into_owned()))
                    .collect();
                assert_eq!(form.0, theirs);
                taken += 1;
            }
        }
        assert!(taken > 1000, "{taken}");
    }

    #[test]
    fn values_do_not_print() {
        let form = Form::parse(b"client_secret=s3cret").unwrap();
        assert_eq!(format!("{form:?}"), r#"["client_secret"]"#);
    }
}
