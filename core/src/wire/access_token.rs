//! An access token that says what it is, for an API that asks nobody
//! ([RFC 9068 §2](https://www.rfc-editor.org/rfc/rfc9068#section-2)).

use alloc::string::String;
use alloc::vec::Vec;

use super::claims::{
    ClaimError, audience, confirmation, required, string, time, write_audience, write_confirmation,
};
use super::json::{self, Writer};
use crate::text::cut;
use crate::time::UnixTime;

/// `typ` in the header, so that no ID token passes for one
/// ([RFC 9068 §2.1](https://www.rfc-editor.org/rfc/rfc9068#section-2.1)).
pub const TYPE: &str = "at+jwt";

/// Whether a header says so, with or without what a media type has before it
/// ([RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)).
#[must_use]
pub fn is_type(typ: &str) -> bool {
    let (before, rest) = cut(typ, b'/').unwrap_or(("application", typ));
    before.eq_ignore_ascii_case("application") && rest.eq_ignore_ascii_case(TYPE)
}

/// What the token says, each claim of the right type and none of them judged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccessClaims {
    /// Who says it.
    pub iss: String,
    /// Whose token it is: a person's subject, or a name of the client that acts for itself.
    pub sub: String,
    /// The APIs it is for.
    pub aud: Vec<String>,
    /// The app that holds it.
    pub client_id: String,
    /// When it ends.
    pub exp: UnixTime,
    /// When it was made.
    pub iat: UnixTime,
    /// Its name.
    pub jti: String,
    /// What it is good for, words parted by spaces.
    pub scope: Option<String>,
    /// When the person last proved who they are.
    pub auth_time: Option<UnixTime>,
    /// How well they proved it.
    pub acr: Option<String>,
    /// The thumbprint of the key without which it is good for nothing.
    pub jkt: Option<String>,
}

impl AccessClaims {
    /// Reads the payload of a token.
    ///
    /// # Errors
    ///
    /// The first [`ClaimError`] that applies.
    pub fn parse(payload: &[u8]) -> Result<Self, ClaimError> {
        let said = json::parse_object(payload).map_err(ClaimError::Malformed)?;
        Ok(Self {
            iss: required(string(said, "iss")?, "iss")?,
            sub: required(string(said, "sub")?, "sub")?,
            aud: audience(said)?,
            client_id: required(string(said, "client_id")?, "client_id")?,
            exp: required(time(said, "exp")?, "exp")?,
            iat: required(time(said, "iat")?, "iat")?,
            jti: required(string(said, "jti")?, "jti")?,
            scope: string(said, "scope")?,
            auth_time: time(said, "auth_time")?,
            acr: string(said, "acr")?,
            jkt: confirmation(said)?,
        })
    }

    /// The payload.
    #[must_use]
    pub fn to_json(&self) -> String {
        let out = Writer::object().string("iss", &self.iss).string("sub", &self.sub);
        let mut out = write_audience(out, &self.aud)
            .string("client_id", &self.client_id)
            .integer("exp", self.exp.as_secs())
            .integer("iat", self.iat.as_secs())
            .string("jti", &self.jti)
            .maybe("scope", self.scope.as_deref());
        if let Some(at) = self.auth_time {
            out = out.integer("auth_time", at.as_secs());
        }
        write_confirmation(out.maybe("acr", self.acr.as_deref()), self.jkt.as_deref()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::mangle::mangled;

    const WHOLE: &str = r#"{"iss":"https://as.test","sub":"alice","aud":"https://api.test","client_id":"app","exp":9,"iat":7,"jti":"j","scope":"tasks","auth_time":6,"acr":"1","cnf":{"jkt":"k"}}"#;

    #[test]
    fn a_token_reads_and_writes_back() {
        let said = AccessClaims::parse(WHOLE.as_bytes()).unwrap();
        assert_eq!(said.aud, ["https://api.test"]);
        assert_eq!(said.to_json(), WHOLE);
        let several = AccessClaims { aud: ["a".into(), "b".into()].into(), ..said };
        assert!(several.to_json().contains(r#""aud":["a","b"]"#));
    }

    #[test]
    fn every_claim_that_the_rfc_requires_is_required() {
        for name in ["iss", "sub", "aud", "client_id", "exp", "iat", "jti"] {
            let without = WHOLE.replace(&alloc::format!("\"{name}\""), "\"x\"");
            let error = ClaimError::BadClaim(name);
            assert_eq!(AccessClaims::parse(without.as_bytes()), Err(error));
        }
    }

    #[test]
    fn a_damaged_token_reads_or_does_not() {
        for bytes in mangled(WHOLE.as_bytes(), 5_000) {
            if let Ok(said) = AccessClaims::parse(&bytes) {
                assert_eq!(AccessClaims::parse(said.to_json().as_bytes()), Ok(said));
            }
        }
    }
}
