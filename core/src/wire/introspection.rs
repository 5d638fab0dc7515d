//! What a token is good for, told to one who may know
//! ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)).

use alloc::string::String;
use alloc::vec::Vec;

use super::claims::{
    ClaimError, audience, confirmation, string, time, write_audience, write_confirmation,
};
use super::json::{self, Writer};
use crate::time::UnixTime;

/// What a token is good for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Introspection {
    /// Whether it is good for anything; if not, nothing else is said.
    pub active: bool,
    /// What it is good for, words parted by spaces.
    pub scope: Option<String>,
    /// The app that holds it.
    pub client_id: Option<String>,
    /// How it is used; only access tokens have a way.
    pub token_type: Option<String>,
    /// When it ends.
    pub exp: Option<UnixTime>,
    /// When it was made.
    pub iat: Option<UnixTime>,
    /// Who agreed; nobody where the client acts for itself.
    pub sub: Option<String>,
    /// The APIs it is for; empty is not said.
    pub aud: Vec<String>,
    /// Who made it.
    pub iss: Option<String>,
    /// The thumbprint of the key without which it is good for nothing.
    pub jkt: Option<String>,
}

impl Introspection {
    /// Reads the answer of a server.
    ///
    /// # Errors
    ///
    /// The first [`ClaimError`] that applies.
    pub fn parse(body: &[u8]) -> Result<Self, ClaimError> {
        let said = json::parse_object(body).map_err(ClaimError::Malformed)?;
        let active = said.get("active").and_then(json::Value::boolean);
        if !active.ok_or(ClaimError::BadClaim("active"))? {
            return Ok(Self::default());
        }
        Ok(Self {
            active: true,
            scope: string(said, "scope")?,
            client_id: string(said, "client_id")?,
            token_type: string(said, "token_type")?,
            exp: time(said, "exp")?,
            iat: time(said, "iat")?,
            sub: string(said, "sub")?,
            aud: if said.get("aud").is_some() { audience(said)? } else { Vec::new() },
            iss: string(said, "iss")?,
            jkt: confirmation(said)?,
        })
    }

    /// The answer.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = Writer::object()
            .boolean("active", self.active)
            .maybe("scope", self.scope.as_deref())
            .maybe("client_id", self.client_id.as_deref())
            .maybe("token_type", self.token_type.as_deref());
        for (name, instant) in [("exp", self.exp), ("iat", self.iat)] {
            if let Some(instant) = instant {
                out = out.integer(name, instant.as_secs());
            }
        }
        out = out.maybe("sub", self.sub.as_deref());
        if !self.aud.is_empty() {
            out = write_audience(out, &self.aud);
        }
        write_confirmation(out.maybe("iss", self.iss.as_deref()), self.jkt.as_deref()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::mangle::mangled;

    const WHOLE: &str = r#"{"active":true,"scope":"openid","client_id":"app","token_type":"Bearer","exp":9,"iat":7,"sub":"alice","aud":"https://api.test","iss":"https://as.test","cnf":{"jkt":"k"}}"#;

    #[test]
    fn an_answer_reads_and_writes_back() {
        assert_eq!(Introspection::parse(WHOLE.as_bytes()).unwrap().to_json(), WHOLE);
        let none = Introspection::default();
        assert_eq!(none.to_json(), r#"{"active":false}"#);
    }

    #[test]
    fn a_dead_token_says_nothing_else() {
        let dead = WHOLE.replace("true", "false");
        assert_eq!(Introspection::parse(dead.as_bytes()), Ok(Introspection::default()));
        for text in ["{}", r#"{"active":"true"}"#, r#"{"active":1}"#] {
            let error = ClaimError::BadClaim("active");
            assert_eq!(Introspection::parse(text.as_bytes()), Err(error), "{text}");
        }
    }

    #[test]
    fn a_damaged_answer_reads_or_does_not() {
        for bytes in mangled(WHOLE.as_bytes(), 5_000) {
            if let Ok(said) = Introspection::parse(&bytes) {
                assert_eq!(Introspection::parse(said.to_json().as_bytes()), Ok(said));
            }
        }
    }
}
