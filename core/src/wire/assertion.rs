//! The statement by which a client proves that it holds a private key
//! ([RFC 7523 §3](https://www.rfc-editor.org/rfc/rfc7523#section-3)).

use alloc::string::String;
use alloc::vec::Vec;

use super::claims::{self, ClaimError};
use super::json::{self, Writer};
use crate::time::UnixTime;

/// `client_assertion_type`, the only one there is
/// ([RFC 7523 §2.2](https://www.rfc-editor.org/rfc/rfc7523#section-2.2)).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Most bytes of `jti`.
pub const LONGEST_JTI: usize = 255;

/// What a statement says, each claim of the right type and none of them judged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Assertion {
    /// Who says it.
    pub iss: String,
    /// Whom it is about: the same client.
    pub sub: String,
    /// Whom it is for.
    pub aud: Vec<String>,
    /// When it ends.
    pub exp: UnixTime,
    /// When it was said, if it says so.
    pub iat: Option<UnixTime>,
    /// When it begins to hold, if it says so.
    pub nbf: Option<UnixTime>,
    /// Its name, which is never used twice.
    pub jti: String,
}

impl Assertion {
    /// Reads the payload of a statement.
    ///
    /// # Errors
    ///
    /// The first [`ClaimError`] that applies.
    pub fn parse(payload: &[u8]) -> Result<Self, ClaimError> {
        let said = json::parse_object(payload).map_err(ClaimError::Malformed)?;
        let jti = claims::required(claims::string(said, "jti")?, "jti")?;
        if jti.is_empty() || jti.len() > LONGEST_JTI {
            return Err(ClaimError::BadClaim("jti"));
        }
        Ok(Self {
            iss: claims::required(claims::string(said, "iss")?, "iss")?,
            sub: claims::required(claims::string(said, "sub")?, "sub")?,
            aud: claims::audience(said)?,
            exp: claims::required(claims::time(said, "exp")?, "exp")?,
            iat: claims::time(said, "iat")?,
            nbf: claims::time(said, "nbf")?,
            jti,
        })
    }

    /// The payload.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = Writer::object().string("iss", &self.iss).string("sub", &self.sub);
        out = claims::write_audience(out, &self.aud).integer("exp", self.exp.as_secs());
        for (name, instant) in [("iat", self.iat), ("nbf", self.nbf)] {
            if let Some(instant) = instant {
                out = out.integer(name, instant.as_secs());
            }
        }
        out.string("jti", &self.jti).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::mangle::mangled;

    const WHOLE: &str =
        r#"{"iss":"c","sub":"c","aud":"https://as.test","exp":9,"iat":7,"nbf":6,"jti":"j"}"#;

    #[test]
    fn a_statement_reads_and_writes_back() {
        let said = Assertion::parse(WHOLE.as_bytes()).unwrap();
        assert_eq!((said.iss.as_str(), said.jti.as_str()), ("c", "j"));
        assert_eq!(said.exp, UnixTime::from_secs(9));
        assert_eq!(said.to_json(), WHOLE);
    }

    #[test]
    fn a_statement_that_could_be_told_twice_or_for_ever_is_none() {
        for (name, claim) in [("exp", r#""exp":9,"#), ("aud", r#""aud":"https://as.test","#)] {
            let without = WHOLE.replace(claim, "");
            let error = ClaimError::BadClaim(name);
            assert_eq!(Assertion::parse(without.as_bytes()), Err(error));
        }
        let longest = WHOLE.replace("\"j\"", &alloc::format!("\"{}\"", "j".repeat(LONGEST_JTI)));
        assert!(Assertion::parse(longest.as_bytes()).is_ok());
        for jti in ["\"\"", "7", &alloc::format!("\"{}\"", "j".repeat(256))] {
            let text = WHOLE.replace("\"j\"", jti);
            let error = ClaimError::BadClaim("jti");
            assert_eq!(Assertion::parse(text.as_bytes()), Err(error));
        }
    }

    #[test]
    fn a_damaged_statement_reads_or_does_not() {
        for bytes in mangled(WHOLE.as_bytes(), 5_000) {
            if let Ok(said) = Assertion::parse(&bytes) {
                assert_eq!(Assertion::parse(said.to_json().as_bytes()), Ok(said));
            }
        }
    }
}
