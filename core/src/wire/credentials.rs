//! A client that proves who it is in the `Authorization` header
//! ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).

use alloc::string::String;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::form;
use crate::base64url;
use crate::secret::Secret;

/// Why a header holds no id and secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BasicError {
    /// Another scheme, or nothing after it.
    NotBasic,
    /// Not base64 with its padding, or not UTF-8 beneath.
    BadBase64,
    /// No `:` between id and secret.
    NoColon,
    /// A half that is not form-encoded.
    BadEscape,
}

/// The header's value for `client_id` and its secret, each form-encoded first.
#[must_use]
pub fn basic(client_id: &str, secret: &Secret) -> String {
    let mut pair = form::encode(client_id);
    pair.push(':');
    pair.push_str(&form::encode(secret.expose()));
    let mut header = String::from("Basic ");
    // The crate's encoder would be 3 KB of wasm in every public client. The two alphabets part at 62
    // and 63, and no character of a form ends in six bits like that, or begins so.
    header.push_str(&base64url::encode(&pair));
    for _ in 0..(3 - pair.len() % 3) % 3 {
        header.push('=');
    }
    header
}

/// Reads the header's value: the scheme in any case, the halves parted at the first colon
/// ([RFC 7617 §2](https://www.rfc-editor.org/rfc/rfc7617#section-2)).
///
/// # Errors
///
/// The first [`BasicError`] that applies.
pub fn parse_basic(header: &str) -> Result<(String, Secret), BasicError> {
    let (scheme, encoded) = header.split_once(' ').ok_or(BasicError::NotBasic)?;
    let encoded = encoded.trim_matches(' ');
    if !scheme.eq_ignore_ascii_case("basic") || encoded.is_empty() {
        return Err(BasicError::NotBasic);
    }
    let bytes = STANDARD.decode(encoded).map_err(|_| BasicError::BadBase64)?;
    let pair = core::str::from_utf8(&bytes).map_err(|_| BasicError::BadBase64)?;
    let (client_id, secret) = pair.split_once(':').ok_or(BasicError::NoColon)?;
    let decode = |half| form::decode(half).map_err(|_| BasicError::BadEscape);
    Ok((decode(client_id)?, Secret::new(decode(secret)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_6749_section_2_3_1_header_is_printed_and_read() {
        let secret = Secret::new("7Fjfp0ZBr1KtDRbnfVdmIw");
        let header = basic("s6BhdRkqt3", &secret);
        assert_eq!(header, "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3");
        assert_eq!(parse_basic(&header), Ok(("s6BhdRkqt3".into(), secret)));
    }

    #[test]
    fn any_id_and_secret_survive_the_header() {
        for (id, secret) in [("a:b", "c:d"), ("a b", "+%"), ("ü", "😀&="), ("a", "")] {
            let read = parse_basic(&basic(id, &Secret::new(secret)));
            assert_eq!(read, Ok((id.into(), Secret::new(secret))));
        }
    }

    #[test]
    fn a_pair_is_written_as_the_library_writes_it() {
        let all: String = (1..=u8::MAX).map(char::from).collect();
        let (early, late) = all.split_at(all.len() / 2);
        for (id, secret) in [(early, late), (late, early), ("~?>", "\u{7f}~"), ("x~", "y?")] {
            let pair = [form::encode(id), form::encode(secret)].join(":");
            let written = ["Basic ", &STANDARD.encode(pair)].concat();
            assert_eq!(basic(id, &Secret::new(secret)), written);
        }
    }

    #[test]
    fn a_101_the_scheme_has_any_case_and_the_base64_has_none_but_its_own() {
        let pair = Ok(("a".into(), Secret::new("b:c")));
        for good in ["Basic YTpiOmM=", "basic YTpiOmM=", "BASIC  YTpiOmM="] {
            assert_eq!(parse_basic(good), pair, "{good}");
        }
        for (bad, why) in [
            ("YTpiOmM=", BasicError::NotBasic),
            ("Basic", BasicError::NotBasic),
            ("Basic ", BasicError::NotBasic),
            ("Bearer YTpiOmM=", BasicError::NotBasic),
            ("Basic YTpiOmM", BasicError::BadBase64),
            ("Basic YTpi OmM=", BasicError::BadBase64),
            ("Basic YTpiOmN=", BasicError::BadBase64),
            ("Basic YTr/", BasicError::BadBase64),
            ("Basic YWI=", BasicError::NoColon),
            ("Basic YTolZw==", BasicError::BadEscape),
        ] {
            assert_eq!(parse_basic(bad).err(), Some(why), "{bad}");
        }
    }
}
