//! Claims by type ([RFC 7519 §4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1)).
//!
//! A claim of the wrong type is an error, never an absent claim: that is how checks get skipped.

use alloc::string::String;
use alloc::vec::Vec;

use super::json::{JsonError, Object, Writer};
use super::said;
use crate::time::UnixTime;

/// Why claims are not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClaimError {
    /// The payload is not JSON as we read it.
    Malformed(JsonError),
    /// A claim that is missing, of the wrong type or out of range.
    BadClaim(&'static str),
}

pub(crate) fn required<T>(claim: Option<T>, name: &'static str) -> Result<T, ClaimError> {
    claim.ok_or(ClaimError::BadClaim(name))
}

pub(crate) fn string(claims: Object<'_>, name: &'static str) -> Result<Option<String>, ClaimError> {
    said::text(claims, name).map_err(|_| ClaimError::BadClaim(name))
}

/// Whole seconds; what some write after the point is dropped
/// ([RFC 7519 §2](https://www.rfc-editor.org/rfc/rfc7519#section-2), `NumericDate`).
pub(crate) fn time(claims: Object<'_>, name: &'static str) -> Result<Option<UnixTime>, ClaimError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.whole().ok_or(ClaimError::BadClaim(name))?;
    Ok(Some(UnixTime::from_secs(seconds)))
}

/// The thumbprint of the key that goes with a token, of those ways of `cnf` to say so that we know
/// ([RFC 9449 §6.1](https://www.rfc-editor.org/rfc/rfc9449#section-6.1)).
pub(crate) fn confirmation(claims: Object<'_>) -> Result<Option<String>, ClaimError> {
    let Some(value) = claims.get("cnf") else { return Ok(None) };
    string(value.object().ok_or(ClaimError::BadClaim("cnf"))?, "jkt")
}

/// The same written.
pub(crate) fn write_confirmation(out: Writer, jkt: Option<&str>) -> Writer {
    match jkt {
        Some(jkt) => out.raw("cnf", &Writer::object().string("jkt", jkt).finish()),
        None => out,
    }
}

/// One string or several ([RFC 7519 §4.1.3](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3)).
pub(crate) fn audience(claims: Object<'_>) -> Result<Vec<String>, ClaimError> {
    let bad = ClaimError::BadClaim("aud");
    let value = claims.get("aud").ok_or(bad)?;
    let several = match value.string() {
        Some(only) => alloc::vec![only.into_owned()],
        None => said::texts(value).ok_or(bad)?,
    };
    if several.is_empty() { Err(bad) } else { Ok(several) }
}

/// One is written as a string: that is what most readers expect.
pub(crate) fn write_audience(out: Writer, aud: &[String]) -> Writer {
    match aud {
        [only] => out.string("aud", only),
        several => out.strings("aud", several),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json;

    #[test]
    fn a_time_is_a_number_of_seconds_and_parts_of_one_do_not_count() {
        let read = |text: &str| {
            let claims = alloc::format!(r#"{{"exp":{text}}}"#);
            time(json::parse_object(claims.as_bytes()).unwrap(), "exp")
        };
        for text in ["1700000000", "1700000000.0", "1700000000.999"] {
            assert_eq!(read(text), Ok(Some(UnixTime::from_secs(1_700_000_000))), "{text}");
        }
        for text in
            ["\"1700000000\"", "1.7e9", "1700000000.1e1", "-1", "null", "true", "[1]", "1e3"]
        {
            assert_eq!(read(text), Err(ClaimError::BadClaim("exp")), "{text}");
        }
    }
}
