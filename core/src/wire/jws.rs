//! Signed tokens in three parts
//! ([RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::json::{self, JsonError, Object, Writer};
use super::said;
use crate::base64url;
use crate::key::Algorithm;
use crate::text::cut;

/// Most bytes of a token.
pub const LONGEST_JWS: usize = 16 * 1024;

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum JwsError {
    /// Longer than [`LONGEST_JWS`].
    TooLong,
    /// Five parts: encrypted, which we neither read nor unpack.
    Encrypted,
    /// Not three parts, or one of them not in strict base64url.
    Malformed,
    /// The header is not JSON as we read it.
    Header(JsonError),
    /// A member of the header that is missing or of the wrong type.
    BadMember(&'static str),
    /// An algorithm that proves nothing to us, such as `none` or `HS256`.
    UnknownAlgorithm,
    /// The header says not to read on without an extension; we have none
    /// ([RFC 7515 §4.1.11](https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11)).
    Critical,
}

/// A token taken apart, nothing verified.
///
/// Keys that the token brings along or points to (`jwk`, `jku`, `x5c`, `x5u`) are not even read.
#[derive(Clone, Eq, PartialEq)]
pub struct Jws<'t> {
    /// The algorithm the header claims; whether it is the right one is for the reader to know.
    pub alg: Algorithm,
    /// The name of the key.
    pub kid: Option<String>,
    /// What kind of thing it says it is
    /// ([RFC 8725 §3.11](https://www.rfc-editor.org/rfc/rfc8725#section-3.11)).
    pub typ: Option<String>,
    /// What the signature is about: the first two parts as written.
    pub signing_input: &'t str,
    /// The second part, decoded.
    pub payload: Vec<u8>,
    /// The third part, decoded.
    pub signature: Vec<u8>,
}

impl<'t> Jws<'t> {
    /// Takes `text` apart.
    ///
    /// # Errors
    ///
    /// The first [`JwsError`] that applies.
    ///
    /// # Security
    ///
    /// Nothing in the answer is true before the signature is verified with a key of the sender's.
    pub fn parse(text: &'t str) -> Result<Self, JwsError> {
        if text.len() > LONGEST_JWS {
            return Err(JwsError::TooLong);
        }
        match text.bytes().filter(|b| *b == b'.').count() {
            2 => {}
            4 => return Err(JwsError::Encrypted),
            _ => return Err(JwsError::Malformed),
        }
        let (header, rest) = cut(text, b'.').ok_or(JwsError::Malformed)?;
        let (payload, signature) = cut(rest, b'.').ok_or(JwsError::Malformed)?;
        let signing_input = text.get(..header.len() + 1 + payload.len()).unwrap_or_default();
        let mut parts = [Vec::new(), Vec::new(), Vec::new()];
        for (part, text) in parts.iter_mut().zip([header, payload, signature]) {
            *part = base64url::decode(text).ok_or(JwsError::Malformed)?;
        }
        let [header, payload, signature] = parts;
        let header = json::parse_object(&header).map_err(JwsError::Header)?;
        if header.get("crit").is_some() {
            return Err(JwsError::Critical);
        }
        let alg = string(header, "alg")?.ok_or(JwsError::BadMember("alg"))?;
        let alg = Algorithm::parse(&alg).ok_or(JwsError::UnknownAlgorithm)?;
        let (kid, typ) = (string(header, "kid")?, string(header, "typ")?);
        Ok(Self { alg, kid, typ, signing_input, payload, signature })
    }
}

/// Claims are the user's and the whole is a credential, so only the header prints.
impl fmt::Debug for Jws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jws")
            .field("alg", &self.alg)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// What is to be signed: header and payload, as they will stand in the token
/// ([RFC 7515 §5.1](https://www.rfc-editor.org/rfc/rfc7515#section-5.1)).
#[must_use]
pub fn signing_input(alg: Algorithm, kid: &str, typ: &str, payload_json: &str) -> String {
    let header =
        Writer::object().string("alg", alg.name()).string("kid", kid).string("typ", typ).finish();
    let mut input = base64url::encode(header);
    input.push('.');
    input.push_str(&base64url::encode(payload_json));
    input
}

/// The token: what was signed, and the signature.
#[must_use]
pub fn assemble(input: &str, signature: &[u8]) -> String {
    let mut text = String::from(input);
    text.push('.');
    text.push_str(&base64url::encode(signature));
    text
}

fn string(header: Object<'_>, name: &'static str) -> Result<Option<String>, JwsError> {
    said::text(header, name).map_err(|_| JwsError::BadMember(name))
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::wire::mangle::mangled;

    // RFC 7515 appendix A.2.1.
    const RS256: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

    #[test]
    fn the_token_of_the_rfc_comes_apart() {
        let jws = Jws::parse(RS256).unwrap();
        assert_eq!(jws.alg, Algorithm::Rs256);
        assert_eq!(jws.kid, None);
        assert_eq!(
            jws.payload,
            b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
        );
        assert_eq!(jws.signature.len(), 256);
        assert_eq!(jws.signature[..3], [112, 46, 33]);
        assert_eq!(assemble(jws.signing_input, &jws.signature), RS256);
    }

    #[test]
    fn what_we_make_we_can_read() {
        let input = signing_input(Algorithm::Es256, "k\"1", "JWT", r#"{"iss":"x"}"#);
        let text = assemble(&input, &[7; 64]);
        let jws = Jws::parse(&text).unwrap();
        assert_eq!((jws.alg, jws.kid.as_deref()), (Algorithm::Es256, Some("k\"1")));
        assert_eq!(jws.signing_input, input);
        assert_eq!(jws.payload, br#"{"iss":"x"}"#);
        assert_eq!(jws.signature, [7; 64]);
        assert!(!format!("{jws:?}").contains("iss"));
    }

    #[test]
    fn a_80_a_header_that_proves_nothing_is_refused() {
        for (header, error) in [
            (r#"{"alg":"none"}"#, JwsError::UnknownAlgorithm),
            (r#"{"alg":"None"}"#, JwsError::UnknownAlgorithm),
            (r#"{"alg":"HS256"}"#, JwsError::UnknownAlgorithm),
            (r#"{"alg":""}"#, JwsError::UnknownAlgorithm),
            (r#"{"alg":["RS256"]}"#, JwsError::BadMember("alg")),
            (r#"{"alg":null}"#, JwsError::BadMember("alg")),
            ("{}", JwsError::BadMember("alg")),
            (r#"{"alg":"RS256","kid":7}"#, JwsError::BadMember("kid")),
            (r#"{"alg":"RS256","crit":["b64"],"b64":false}"#, JwsError::Critical),
            (r#"{"alg":"RS256","crit":[]}"#, JwsError::Critical),
            (r#"{"alg":"none","alg":"RS256"}"#, JwsError::Header(JsonError::Duplicate)),
            (r#"{"alg":"RS256"}x"#, JwsError::Header(JsonError::Syntax)),
            (r#"["RS256"]"#, JwsError::Header(JsonError::NotAnObject)),
        ] {
            assert_eq!(Jws::parse(&with_header(header)), Err(error), "{header}");
        }
    }

    #[test]
    fn a_key_in_the_header_is_not_read() {
        let text = with_header(r#"{"alg":"RS256","jwk":7,"jku":"https://evil.test","x5c":{}}"#);
        assert_eq!(Jws::parse(&text).unwrap().kid, None);
    }

    #[test]
    fn a_89_only_three_strict_parts_are_a_token() {
        let header = "eyJhbGciOiJSUzI1NiJ9";
        for (text, error) in [
            (format!("{header}.e30"), JwsError::Malformed),
            (format!("{header}.e30.AA.AA"), JwsError::Malformed),
            (format!("{header}..AA.AA.AA"), JwsError::Encrypted),
            (format!("{header}.e30=.AA"), JwsError::Malformed),
            (format!("{header}.e31.AA"), JwsError::Malformed),
            (format!("{header}.e30.AB"), JwsError::Malformed),
            (format!("{header}.e30.AA "), JwsError::Malformed),
            (format!("{header}.e30.A+"), JwsError::Malformed),
            (format!(" {header}.e30.AA"), JwsError::Malformed),
            (".e30.AA".into(), JwsError::Header(JsonError::Syntax)),
            (String::new(), JwsError::Malformed),
            ("..".into(), JwsError::Header(JsonError::Syntax)),
        ] {
            assert_eq!(Jws::parse(&text), Err(error), "{text}");
        }
        assert!(Jws::parse(&format!("{header}.e30.AA")).is_ok());
    }

    #[test]
    fn a_129_the_longest_token_is_taken_and_one_byte_more_is_not() {
        let of = |len: usize| format!("eyJhbGciOiJSUzI1NiJ9..{}", "A".repeat(len - 22));
        let longest = of(LONGEST_JWS);
        assert_eq!(longest.len(), LONGEST_JWS);
        assert_ne!(Jws::parse(&longest), Err(JwsError::TooLong));
        assert_eq!(Jws::parse(&of(LONGEST_JWS + 1)), Err(JwsError::TooLong));
    }

    #[test]
    fn a_damaged_token_comes_apart_into_what_makes_it_again_or_not_at_all() {
        for bytes in mangled(RS256.as_bytes(), 10_000) {
            let text = String::from_utf8_lossy(&bytes);
            if let Ok(jws) = Jws::parse(&text) {
                assert_eq!(assemble(jws.signing_input, &jws.signature), text);
            }
        }
    }

    fn with_header(header: &str) -> String {
        format!("{}.e30.AA", base64url::encode(header))
    }
}
