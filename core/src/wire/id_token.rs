//! The claims of an ID token
//! ([OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).

use alloc::borrow::{Cow, ToOwned as _};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::claims::{ClaimError, audience, required, string, time, write_audience};
use super::json::{self, Object, Value, Writer};
use crate::base64url;
use crate::hash::{sha256, sha512};
use crate::key::Algorithm;
use crate::time::UnixTime;

/// The claims that have a field of their own, in the order they are written.
const KNOWN: [&str; 9] =
    ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "azp", "at_hash"];
/// Most bytes of `sub`.
pub const LONGEST_SUBJECT: usize = 255;

/// What an ID token says, each claim of the right type and none of them judged.
#[derive(Clone, Eq, PartialEq)]
pub struct IdClaims {
    /// Who says it.
    pub iss: String,
    /// Whom it is about.
    pub sub: String,
    /// Whom it is for.
    pub aud: Vec<String>,
    /// The one of them who asked for it.
    pub azp: Option<String>,
    /// When it ends.
    pub exp: UnixTime,
    /// When it was said.
    pub iat: UnixTime,
    /// What the client sent along with its question.
    pub nonce: Option<String>,
    /// What binds it to the access token.
    pub at_hash: Option<String>,
    /// When the user last proved who they are.
    pub auth_time: Option<UnixTime>,
    /// Every claim, as JSON; empty if there are no others.
    pub text: String,
}

impl IdClaims {
    /// Reads the payload of a token.
    ///
    /// # Errors
    ///
    /// The first [`ClaimError`] that applies.
    pub fn parse(payload: &[u8]) -> Result<Self, ClaimError> {
        let judged = Judged::parse(payload)?;
        let text = |name| judged.text(name).map(Cow::into_owned);
        Ok(Self {
            iss: text("iss").unwrap_or_default(),
            sub: text("sub").unwrap_or_default(),
            aud: judged.audience(),
            azp: text("azp"),
            exp: judged.time("exp").unwrap_or(UnixTime::from_secs(0)),
            iat: judged.time("iat").unwrap_or(UnixTime::from_secs(0)),
            nonce: text("nonce"),
            at_hash: text("at_hash"),
            auth_time: judged.time("auth_time"),
            text: judged.0.text().to_owned(),
        })
    }

    /// When it begins to hold, if it says so
    /// ([RFC 7519 §4.1.5](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.5)).
    #[must_use]
    pub fn not_before(&self) -> Option<UnixTime> {
        let claims = json::parse_object(self.text.as_bytes()).ok()?;
        time(claims, "nbf").ok()?
    }

    /// The payload of a token: the fields, then what else is in `text`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let claims = Writer::object().string("iss", &self.iss).string("sub", &self.sub);
        let claims = write_audience(claims, &self.aud);
        let claims = claims.integer("exp", self.exp.as_secs()).integer("iat", self.iat.as_secs());
        let claims = match self.auth_time {
            Some(instant) => claims.integer("auth_time", instant.as_secs()),
            None => claims,
        };
        let mut claims = claims
            .maybe("nonce", self.nonce.as_deref())
            .maybe("azp", self.azp.as_deref())
            .maybe("at_hash", self.at_hash.as_deref());
        if let Ok(others) = json::parse_object(self.text.as_bytes()) {
            for (name, value) in others.members().filter(|(name, _)| !KNOWN.contains(&&**name)) {
                claims = claims.raw(&name, value.text());
            }
        }
        claims.finish()
    }
}

/// Claims of which each is there that must be, and of the right type: read in place, because a struct
/// of them is 2 KB of wasm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged<'t>(pub(crate) Object<'t>);

impl<'t> Judged<'t> {
    /// Judges the payload of a token.
    pub(crate) fn parse(payload: &'t [u8]) -> Result<Self, ClaimError> {
        let claims = json::parse_object(payload).map_err(ClaimError::Malformed)?;
        for name in ["sub", "iss", "aud", "exp", "iat"] {
            required(claims.get(name), name)?;
        }
        for name in ["sub", "iss", "azp", "nonce", "at_hash"] {
            string(claims, name)?;
        }
        // Nobody need send `nbf`, but whoever does must mean a time.
        for name in ["exp", "iat", "nbf", "auth_time"] {
            time(claims, name)?;
        }
        audience(claims)?;
        let judged = Self(claims);
        let length = judged.text("sub").unwrap_or_default().len();
        required((1..=LONGEST_SUBJECT).contains(&length).then_some(judged), "sub")
    }

    /// A claim that is a string.
    pub(crate) fn text(self, name: &str) -> Option<Cow<'t, str>> {
        self.0.get(name).and_then(Value::string)
    }

    /// A claim that is a time.
    pub(crate) fn time(self, name: &'static str) -> Option<UnixTime> {
        time(self.0, name).unwrap_or_default()
    }

    /// Whom the token is for.
    pub(crate) fn audience(self) -> Vec<String> {
        audience(self.0).unwrap_or_default()
    }
}

/// Claims are about a person, so they do not print.
impl fmt::Debug for IdClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdClaims")
            .field("iss", &self.iss)
            .field("aud", &self.aud)
            .field("exp", &self.exp)
            .field("iat", &self.iat)
            .finish_non_exhaustive()
    }
}

/// The left half of the access token's hash, which an ID token carries to vouch for it
/// ([OpenID Connect Core §3.1.3.6]).
///
/// The hash is the one the signature uses: SHA-256, but SHA-512 with Ed25519
/// ([RFC 8032 §5.1](https://www.rfc-editor.org/rfc/rfc8032#section-5.1)).
///
/// [OpenID Connect Core §3.1.3.6]: https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken
#[must_use]
pub fn at_hash(alg: Algorithm, access_token: &str) -> String {
    match alg {
        Algorithm::Rs256 | Algorithm::Es256 | Algorithm::Ps256 => {
            left_half(&sha256(&[access_token.as_bytes()]))
        }
        Algorithm::EdDsa => left_half(&sha512(access_token.as_bytes())),
    }
}

fn left_half(hash: &[u8]) -> String {
    base64url::encode(hash.get(..hash.len() / 2).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::wire::json::JsonError;
    use crate::wire::mangle::mangled;

    const WHOLE: &str = r#"{"iss":"https://as.test","sub":"u1","aud":"c1","exp":1700000300,"iat":1700000000,"auth_time":1699999990,"nonce":"n","azp":"c1","at_hash":"h","email":"a@b.test","groups":["x",{"y":1}]}"#;

    #[test]
    fn every_claim_reads_and_writes_back() {
        let claims = IdClaims::parse(WHOLE.as_bytes()).unwrap();
        assert_eq!(claims.iss, "https://as.test");
        assert_eq!(claims.aud, ["c1"]);
        assert_eq!(claims.exp, UnixTime::from_secs(1_700_000_300));
        assert_eq!(claims.auth_time, Some(UnixTime::from_secs(1_699_999_990)));
        assert_eq!(claims.at_hash.as_deref(), Some("h"));
        assert_eq!(claims.text, WHOLE);
        assert_eq!(claims.to_json(), WHOLE);
        assert_eq!(claims.not_before(), None);
    }

    #[test]
    fn what_may_be_missing_may_be_missing() {
        let text = r#"{"iss":"i","sub":"s","aud":["a","b"],"exp":2,"iat":1}"#;
        let claims = IdClaims::parse(text.as_bytes()).unwrap();
        assert_eq!(claims.aud, ["a", "b"]);
        assert_eq!((&claims.nonce, &claims.azp, claims.auth_time), (&None, &None, None));
        assert_eq!(claims.to_json(), text);
    }

    #[test]
    fn a_claim_of_the_wrong_type_is_not_an_absent_claim() {
        let minimal = r#"{"iss":"i","sub":"s","aud":"a","exp":2,"iat":1}"#;
        for (name, values) in [
            ("iss", &["null", "1", "[]"][..]),
            ("sub", &["null", "1", "\"\""]),
            ("aud", &["null", "1", "[]", "[1]", "[\"a\",null]", "{}"]),
            ("exp", &["null", "\"9999999999\"", "-1", "1e9", "99999999999999999999"]),
            ("iat", &["null", "\"1\"", "true"]),
            ("nbf", &["null", "\"1\""]),
            ("auth_time", &["null", "\"1\""]),
            ("nonce", &["null", "1"]),
            ("azp", &["null", "[\"a\"]"]),
            ("at_hash", &["null", "false"]),
        ] {
            for value in values {
                let claims: serde_json::Map<_, _> = serde_json::from_str(minimal).unwrap();
                let mut text = Writer::object();
                for (other, value) in claims.iter().filter(|(other, _)| *other != name) {
                    text = text.raw(other, &format!("{value}"));
                }
                let text = text.raw(name, value).finish();
                let error = ClaimError::BadClaim(name);
                assert_eq!(IdClaims::parse(text.as_bytes()).err(), Some(error), "{text}");
            }
        }
        for name in ["iss", "sub", "aud", "exp", "iat"] {
            let without = minimal.replace(name, "other");
            let error = ClaimError::BadClaim(name);
            assert_eq!(IdClaims::parse(without.as_bytes()).err(), Some(error));
        }
        let twice = minimal.replace("\"sub\"", "\"iss\"");
        let error = ClaimError::Malformed(JsonError::Duplicate);
        assert_eq!(IdClaims::parse(twice.as_bytes()).err(), Some(error));
    }

    #[test]
    fn the_hash_of_an_access_token_is_the_one_other_libraries_make() {
        // The first is the example of OpenID Connect Core appendix A.3, the others are OpenSSL's.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(at_hash(Algorithm::Rs256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(at_hash(Algorithm::Es256, token), at_hash(Algorithm::Ps256, token));
        assert_eq!(at_hash(Algorithm::EdDsa, "abc"), "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05o");
    }

    #[test]
    fn damaged_claims_parse_to_claims_or_not_at_all() {
        for bytes in mangled(WHOLE.as_bytes(), 10_000) {
            if let Ok(claims) = IdClaims::parse(&bytes) {
                let again = IdClaims::parse(claims.to_json().as_bytes()).unwrap();
                assert_eq!(again.to_json(), claims.to_json());
            }
        }
    }

    #[test]
    fn the_user_does_not_print() {
        let claims = IdClaims::parse(WHOLE.as_bytes()).unwrap();
        assert!(!format!("{claims:?}").contains("u1"));
    }
}
