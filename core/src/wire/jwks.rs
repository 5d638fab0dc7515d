//! The public keys of a server ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)).

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use super::json::{self, JsonError, Object, Writer};
use super::said;
use crate::base64url;
use crate::key::{Algorithm, Material, PublicKey};

/// Most keys of a set.
pub const MOST_KEYS: usize = 100;

/// Why a key or a set of keys is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum JwksError {
    /// Not JSON as we read it.
    Json(JsonError),
    /// No array `keys`, or something else than objects in it.
    Malformed,
    /// More than [`MOST_KEYS`] keys.
    TooMany,
    /// A member of a key that is missing, of the wrong type or out of range.
    BadMember(&'static str),
    /// A key too weak to prove anything.
    Weak,
    /// A key whose private half is there for everybody to sign with
    /// ([OIDC Discovery §3](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata),
    /// `jwks_uri`).
    Private,
}

/// The keys of a set that can verify a signature for us.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Jwks {
    /// In the order published.
    pub keys: Vec<PublicKey>,
}

impl Jwks {
    /// Reads a set, leaving out every key that is not for us, is malformed or is weak.
    ///
    /// One bad key must not lock out the users of the good ones
    /// ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)), and a key left out verifies
    /// nothing.
    ///
    /// # Errors
    ///
    /// A [`JwksError`] about the set, never about one key in it.
    pub fn parse(bytes: &[u8]) -> Result<Self, JwksError> {
        let set = json::parse_object(bytes).map_err(JwksError::Json)?;
        let listed = set.get("keys").and_then(json::Value::array).ok_or(JwksError::Malformed)?;
        let mut keys = Vec::new();
        for (at, value) in listed.enumerate() {
            if at == MOST_KEYS {
                return Err(JwksError::TooMany);
            }
            if let Ok(Some(key)) = parse_jwk(value.object().ok_or(JwksError::Malformed)?) {
                keys.push(key);
            }
        }
        Ok(Self { keys })
    }

    /// The set as it is published.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut keys = String::from("[");
        for key in &self.keys {
            if keys.len() > 1 {
                keys.push(',');
            }
            keys.push_str(&public_jwk(key));
        }
        keys.push(']');
        Writer::object().raw("keys", &keys).finish()
    }

    /// The keys a signature by `alg` can be from: those named `kid`, or all if it names none.
    ///
    /// A key without a name is no answer to a signature that names one.
    pub fn candidates(
        &self,
        alg: Algorithm,
        kid: Option<&str>,
    ) -> impl Iterator<Item = &PublicKey> {
        self.keys
            .iter()
            .filter(move |key| key.alg == alg && (kid.is_none() || key.kid.as_deref() == kid))
    }
}

/// The key as it is published ([RFC 7517 §4](https://www.rfc-editor.org/rfc/rfc7517#section-4)).
#[must_use]
pub fn public_jwk(key: &PublicKey) -> String {
    let jwk = match &key.material {
        Material::Rsa { n, e } => Writer::object()
            .string("kty", "RSA")
            .string("n", &base64url::encode(n))
            .string("e", &base64url::encode(e)),
        Material::P256 { x, y } => Writer::object()
            .string("kty", "EC")
            .string("crv", "P-256")
            .string("x", &base64url::encode(x))
            .string("y", &base64url::encode(y)),
        Material::Ed25519 { x } => Writer::object()
            .string("kty", "OKP")
            .string("crv", "Ed25519")
            .string("x", &base64url::encode(x)),
    };
    jwk.string("alg", key.alg.name()).string("use", "sig").maybe("kid", key.kid.as_deref()).finish()
}

/// Reads one key; `None` if it is of a kind, a use or an algorithm that is not ours.
///
/// A key that names no `alg` is taken for the one that goes with it, for RSA `RS256`.
///
/// # Errors
///
/// A [`JwksError`] if the key is for us but cannot be used.
pub fn parse_jwk(jwk: Object<'_>) -> Result<Option<PublicKey>, JwksError> {
    let says = |name, word| Ok(string(jwk, name)?.as_deref() == Some(word));
    if jwk.get("kty").is_none() {
        return Err(JwksError::BadMember("kty"));
    }
    let is_for_signatures = jwk.get("use").is_none() || says("use", "sig")?;
    if !is_for_signatures || !may_verify(jwk)? {
        return Ok(None);
    }
    // The private number of every kind of key that is ours.
    if jwk.get("d").is_some() {
        return Err(JwksError::Private);
    }
    let (material, usual) = if says("kty", "RSA")? {
        (Material::Rsa { n: number(jwk, "n")?, e: number(jwk, "e")? }, Algorithm::Rs256)
    } else if says("kty", "EC")? && says("crv", "P-256")? {
        (Material::P256 { x: coordinate(jwk, "x")?, y: coordinate(jwk, "y")? }, Algorithm::Es256)
    } else if says("kty", "OKP")? && says("crv", "Ed25519")? {
        (Material::Ed25519 { x: coordinate(jwk, "x")? }, Algorithm::EdDsa)
    } else {
        return Ok(None);
    };
    let alg = match string(jwk, "alg")? {
        Some(name) => match Algorithm::parse(&name) {
            Some(alg) => alg,
            None => return Ok(None),
        },
        None => usual,
    };
    let key = PublicKey { kid: string(jwk, "kid")?, alg, material };
    if key.is_strong() { Ok(Some(key)) } else { Err(JwksError::Weak) }
}

/// Whether `key_ops`, if it is there, lets the key verify
/// ([RFC 7517 §4.3](https://www.rfc-editor.org/rfc/rfc7517#section-4.3)).
fn may_verify(jwk: Object<'_>) -> Result<bool, JwksError> {
    let Some(value) = jwk.get("key_ops") else { return Ok(true) };
    let mut operations = value.array().ok_or(JwksError::BadMember("key_ops"))?;
    Ok(operations.any(|operation| operation.string().is_some_and(|name| name == "verify")))
}

fn string(jwk: Object<'_>, name: &'static str) -> Result<Option<String>, JwksError> {
    said::text(jwk, name).map_err(|_| JwksError::BadMember(name))
}

/// A number of any length; zeros in front, which some write, are dropped.
fn number(jwk: Object<'_>, name: &'static str) -> Result<Vec<u8>, JwksError> {
    let bytes = bytes(jwk, name)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Ok(bytes.get(zeros..).unwrap_or_default().to_owned())
}

fn coordinate(jwk: Object<'_>, name: &'static str) -> Result<[u8; 32], JwksError> {
    bytes(jwk, name)?.try_into().map_err(|_| JwksError::BadMember(name))
}

fn bytes(jwk: Object<'_>, name: &'static str) -> Result<Vec<u8>, JwksError> {
    string(jwk, name)?.and_then(|text| base64url::decode(&text)).ok_or(JwksError::BadMember(name))
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::wire::mangle::mangled;

    // RFC 7515 appendices A.2 and A.3, RFC 8037 appendix A.2.
    const RSA: &str = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
    const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"e"}"#;
    const OKP: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"EdDSA","use":"sig","kid":"o"}"#;

    #[test]
    fn every_kind_of_key_reads_and_writes_back() {
        let set = format!(r#"{{"keys":[{RSA},{EC},{OKP}]}}"#);
        let jwks = Jwks::parse(set.as_bytes()).unwrap();
        let algs: Vec<_> = jwks.keys.iter().map(|key| key.alg).collect();
        assert_eq!(algs, [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa]);

        let published = jwks.to_json();
        assert!(published.contains(OKP));
        assert_eq!(Jwks::parse(published.as_bytes()), Ok(jwks));
    }

    #[test]
    fn a_signature_finds_the_keys_it_can_be_from() {
        let set = format!(r#"{{"keys":[{RSA},{EC},{OKP}]}}"#);
        let jwks = Jwks::parse(set.as_bytes()).unwrap();
        let count = |alg, kid| jwks.candidates(alg, kid).count();
        assert_eq!(count(Algorithm::Es256, Some("e")), 1);
        assert_eq!(count(Algorithm::Es256, None), 1);
        assert_eq!(count(Algorithm::Es256, Some("o")), 0);
        assert_eq!(count(Algorithm::EdDsa, Some("e")), 0);
        assert_eq!(count(Algorithm::Rs256, Some("e")), 0);
        assert_eq!(count(Algorithm::Rs256, None), 1);
        assert_eq!(count(Algorithm::Ps256, None), 0);
    }

    #[test]
    fn a_key_that_is_not_ours_is_passed_over() {
        for other in [
            r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"}"#.to_owned(),
            r#"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#.to_owned(),
            r#"{"kty":"OKP","crv":"X25519","x":"AA"}"#.to_owned(),
            r#"{"kty":"new"}"#.to_owned(),
            OKP.replace(r#""sig""#, r#""enc""#),
            OKP.replace("EdDSA", "HS256"),
            RSA.replace(r#""e":"#, r#""alg":"RS512","e":"#),
            RSA.replace(r#""e":"#, r#""key_ops":["encrypt"],"e":"#),
        ] {
            assert_eq!(one(&other), Ok(None), "{other}");
        }
        assert!(one(&RSA.replace(r#""e":"#, r#""key_ops":["verify"],"e":"#)).unwrap().is_some());
    }

    #[test]
    fn a_91_a_key_that_cannot_be_used_is_refused_alone_and_left_out_of_a_set() {
        for (bad, error) in [
            (RSA.replace("AQAB", "Aw"), JwksError::Weak),
            (RSA.replace(r#""e":"AQAB""#, r#""e":"AQAB","alg":"ES256""#), JwksError::Weak),
            (RSA.replace("ofgWCuLj", ""), JwksError::Weak),
            (RSA.replace("ofgWCuLj", "="), JwksError::BadMember("n")),
            (RSA.replace(r#""AQAB""#, "65537"), JwksError::BadMember("e")),
            (EC.replace("f83OJ3D2", ""), JwksError::BadMember("x")),
            (EC.replace(r#""kid":"e""#, r#""kid":1"#), JwksError::BadMember("kid")),
            (OKP.replace("11qYAYKx", "AAAA11qYAYKx"), JwksError::BadMember("x")),
            (OKP.replace("kty", "ktx"), JwksError::BadMember("kty")),
            (EC.replace(r#""kid":"e""#, r#""kid":"e","d":"AA""#), JwksError::Private),
        ] {
            assert_eq!(one(&bad), Err(error), "{bad}");
            let jwks = Jwks::parse(format!(r#"{{"keys":[{bad},{OKP}]}}"#).as_bytes()).unwrap();
            assert_eq!(jwks.keys.len(), 1);
        }
    }

    #[test]
    fn a_129_a_set_has_at_most_a_hundred_keys() {
        let set = |n: usize| {
            let keys: Vec<_> = (0..n).map(|_| OKP).collect();
            Jwks::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes())
        };
        assert_eq!(set(MOST_KEYS).unwrap().keys.len(), MOST_KEYS);
        assert_eq!(set(MOST_KEYS + 1), Err(JwksError::TooMany));
    }

    #[test]
    fn what_is_no_set_is_refused() {
        assert_eq!(Jwks::parse(b"<html>"), Err(JwksError::Json(JsonError::Syntax)));
        for text in ["{}", r#"{"keys":{}}"#, r#"{"keys":[1]}"#] {
            assert_eq!(Jwks::parse(text.as_bytes()), Err(JwksError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_damaged_set_yields_strong_keys_or_none() {
        let set = format!(r#"{{"keys":[{RSA},{EC},{OKP}]}}"#);
        for bytes in mangled(set.as_bytes(), 5_000) {
            if let Ok(jwks) = Jwks::parse(&bytes) {
                assert!(jwks.keys.iter().all(PublicKey::is_strong));
            }
        }
    }

    fn one(text: &str) -> Result<Option<PublicKey>, JwksError> {
        parse_jwk(json::parse_object(text.as_bytes()).unwrap())
    }
}
