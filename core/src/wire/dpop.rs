//! The proof that whoever sends a request holds a key
//! ([RFC 9449 §4](https://www.rfc-editor.org/rfc/rfc9449#section-4)).

use alloc::string::String;

use super::claims::{self, ClaimError};
use super::json::{self, Object, Writer};
use super::jwks::parse_jwk;
use super::jws::{Jws, JwsError};
use crate::base64url;
use crate::hash::sha256;
use crate::key::{Algorithm, PublicKey};
use crate::secret::Secret;
use crate::text::{cut, until};
use crate::time::UnixTime;
use crate::uri::{Parts, web_origin};

/// `typ` in the header, so that nothing else passes for a proof.
pub const TYPE: &str = "dpop+jwt";

/// The header field a proof comes in.
pub const HEADER: &str = "dpop";

/// The header field in which a server says what the next proof must hold
/// ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)).
pub const NONCE_HEADER: &str = "dpop-nonce";

/// How a token that needs a proof is used, and what it is called
/// ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)).
pub const TOKEN_TYPE: &str = "DPoP";

/// `error` of an answer that brings along the nonce it wants.
pub const USE_NONCE: &str = "use_dpop_nonce";

/// Most bytes of `jti` and of `nonce`.
pub const LONGEST_NAME: usize = 255;

/// Members of a key that nobody but its holder may see.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a text is no proof, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DpopError {
    /// No signed token.
    Jws(JwsError),
    /// `typ` is not [`TYPE`].
    WrongType,
    /// `jwk` is missing, private, weak, or no key for `alg`.
    BadKey,
    /// A claim that is missing, of the wrong type or too long.
    Claim(ClaimError),
}

/// What a proof says, each claim of the right type and none of them judged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proof {
    /// The key that is said to have signed it, and the algorithm it was done with.
    pub key: PublicKey,
    /// Its name, which is never used twice.
    pub jti: String,
    /// The verb of the request.
    pub htm: String,
    /// Where the request goes.
    pub htu: String,
    /// When it was made.
    pub iat: UnixTime,
    /// The hash of the token that goes with it.
    pub ath: Option<String>,
    /// What the server told to put in.
    pub nonce: Option<String>,
}

impl Proof {
    /// Reads a proof ([RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)).
    ///
    /// # Errors
    ///
    /// The first [`DpopError`] that applies.
    ///
    /// # Security
    ///
    /// Nothing in the answer is true before the signature is verified with [`Proof::key`].
    pub fn parse(text: &str) -> Result<Self, DpopError> {
        let jws = Jws::parse(text).map_err(DpopError::Jws)?;
        if !jws.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE)) {
            return Err(DpopError::WrongType);
        }
        let header = cut(text, b'.').and_then(|(header, _)| base64url::decode(header));
        let header = header.ok_or(DpopError::BadKey)?;
        let header = json::parse_object(&header).map_err(|_| DpopError::BadKey)?;
        let jwk = header.get("jwk").and_then(json::Value::object).ok_or(DpopError::BadKey)?;
        let key = key(jwk, jws.alg).ok_or(DpopError::BadKey)?;
        Self::claims(key, &jws.payload).map_err(DpopError::Claim)
    }

    fn claims(key: PublicKey, payload: &[u8]) -> Result<Self, ClaimError> {
        let said = json::parse_object(payload).map_err(ClaimError::Malformed)?;
        let text = |name| claims::required(claims::string(said, name)?, name);
        let short = |name, text: Option<&String>| match text {
            Some(text) if text.is_empty() || text.len() > LONGEST_NAME => {
                Err(ClaimError::BadClaim(name))
            }
            Some(_) | None => Ok(()),
        };
        let proof = Self {
            key,
            jti: text("jti")?,
            htm: text("htm")?,
            htu: text("htu")?,
            iat: claims::required(claims::time(said, "iat")?, "iat")?,
            ath: claims::string(said, "ath")?,
            nonce: claims::string(said, "nonce")?,
        };
        short("jti", Some(&proof.jti))?;
        short("nonce", proof.nonce.as_ref())?;
        Ok(proof)
    }

    /// Whether it was made for a request to `url`; what follows `?` is not part of it
    /// ([RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3), step 9).
    #[must_use]
    pub fn is_for(&self, url: &str) -> bool {
        let (said, meant) = (target(&self.htu), target(url));
        said == meant || place(said).is_some_and(|said| Some(said) == place(meant))
    }

    /// Whether it was made for use with `access_token`
    /// ([RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3), step 12).
    #[must_use]
    pub fn is_with(&self, access_token: &Secret) -> bool {
        self.ath.as_deref() == Some(&ath(access_token))
    }
}

/// Where a URL leads, spelled as browsers spell it
/// ([RFC 3986 §6.2.3](https://www.rfc-editor.org/rfc/rfc3986#section-6.2.3)).
fn place(url: &str) -> Option<(String, &str)> {
    let path = Parts::of(url).ok()?.path;
    Some((web_origin(url)?, if path.is_empty() { "/" } else { path }))
}

/// A key that is public, whole, and for this algorithm.
fn key(jwk: Object<'_>, alg: Algorithm) -> Option<PublicKey> {
    if PRIVATE.iter().any(|name| jwk.get(name).is_some()) {
        return None;
    }
    let key = parse_jwk(jwk).ok()??;
    // A key that names no algorithm is for any of its kind; one that does is for that alone.
    if jwk.get("alg").is_some() && key.alg != alg {
        return None;
    }
    Some(PublicKey { kid: None, alg, ..key }).filter(PublicKey::is_strong)
}

/// The hash by which a proof names a token.
#[must_use]
pub fn ath(access_token: &Secret) -> String {
    base64url::encode(sha256(&[access_token.expose().as_bytes()]))
}

/// Where a request goes, without query and fragment.
#[must_use]
pub fn target(url: &str) -> &str {
    until(url, b"?#").0
}

/// What a proof is about to say.
#[derive(Clone, Copy, Debug)]
pub struct Said<'p> {
    /// A name that is never used twice.
    pub jti: &'p str,
    /// The verb.
    pub htm: &'p str,
    /// Where the request goes; query and fragment are left out.
    pub url: &'p str,
    /// Now, as the server has it.
    pub iat: UnixTime,
    /// The token that goes with it.
    pub access_token: Option<&'p Secret>,
    /// What the server told to put in.
    pub nonce: Option<&'p str>,
}

impl Said<'_> {
    /// What is to be signed with the key whose public half is `jwk`, JSON that nobody looks at
    /// ([RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)).
    #[must_use]
    pub fn signing_input(&self, alg: Algorithm, jwk: &str) -> String {
        let header =
            Writer::object().string("typ", TYPE).string("alg", alg.name()).raw("jwk", jwk).finish();
        let ath = self.access_token.map(ath);
        let claims = Writer::object()
            .string("jti", self.jti)
            .string("htm", self.htm)
            .string("htu", target(self.url))
            .integer("iat", self.iat.as_secs())
            .maybe("ath", ath.as_deref())
            .maybe("nonce", self.nonce)
            .finish();
        let mut input = base64url::encode(header);
        input.push('.');
        input.push_str(&base64url::encode(claims));
        input
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::key::Material;
    use crate::wire::jwks::public_jwk;
    use crate::wire::jws::assemble;
    use crate::wire::mangle::mangled;

    // RFC 9449 §4.1.
    const PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    const EC: &str = r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}"#;
    const OKP: &str =
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    const RSA: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB"}"#;

    fn public(jwk: &str) -> PublicKey {
        parse_jwk(json::parse_object(jwk.as_bytes()).unwrap()).unwrap().unwrap()
    }

    fn proof(header: &str, claims: &str) -> Result<Proof, DpopError> {
        let input = [base64url::encode(header), base64url::encode(claims)].join(".");
        Proof::parse(&assemble(&input, b"signature"))
    }

    fn header(jwk: &str) -> String {
        format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{jwk}}}"#)
    }

    const CLAIMS: &str = r#"{"jti":"j","htm":"POST","htu":"https://as.test/token","iat":7}"#;

    #[test]
    fn rfc_9449_section_4_1_proof_is_read() {
        let said = Proof::parse(PROOF).unwrap();
        assert_eq!((said.jti.as_str(), said.htm.as_str()), ("-BwC3ESc6acc2lTc", "POST"));
        assert_eq!(said.htu, "https://server.example.com/token");
        assert_eq!(said.iat, UnixTime::from_secs(1_562_262_616));
        assert_eq!((said.key.alg, said.ath, said.nonce), (Algorithm::Es256, None, None));
        assert_eq!(said.key.thumbprint().to_text(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }

    #[test]
    fn rfc_9449_section_7_1_hash_of_the_token_is_made() {
        let token = Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
        assert_eq!(ath(&token), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    }

    #[test]
    fn rfc_7638_section_3_1_thumbprint_is_made_and_that_of_rfc_8037() {
        let text = |jwk| public(jwk).thumbprint().to_text();
        assert_eq!(text(RSA), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(text(OKP), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        // What is said beside the numbers makes no other key of them.
        let more = OKP.replace(r#""kty""#, r#""kid":"k","use":"sig","alg":"EdDSA","kty""#);
        assert_eq!(text(&more), text(OKP));
    }

    #[test]
    fn what_we_say_is_what_is_read() {
        let token = Secret::new("at");
        let said = Said {
            jti: "j",
            htm: "GET",
            url: "https://api.test/tasks?a=b#c",
            iat: UnixTime::from_secs(7),
            access_token: Some(&token),
            nonce: Some("n"),
        };
        let input = said.signing_input(Algorithm::EdDsa, OKP);
        let read = Proof::parse(&assemble(&input, b"s")).unwrap();
        assert_eq!(read.key, public(OKP));
        assert_eq!((read.jti.as_str(), read.nonce.as_deref()), ("j", Some("n")));
        assert_eq!(read.htu, "https://api.test/tasks");
        assert!(read.is_with(&token) && !read.is_with(&Secret::new("other")));
    }

    #[test]
    fn a_proof_is_for_one_place_however_it_is_spelled() {
        let at = |htu: &str| Proof { htu: htu.into(), ..Proof::parse(PROOF).unwrap() };
        for same in [
            "https://as.test/token",
            "https://as.test/token?a=b",
            "https://as.test:443/token#f",
            "https://AS.test/token",
        ] {
            assert!(at(same).is_for("https://as.test/token"), "{same}");
        }
        for other in [
            "http://as.test/token",
            "https://as.test/token/",
            "https://as.test/Token",
            "https://as.test:444/token",
            "https://evil.test/token",
            "https://as.test",
            "/token",
            "",
        ] {
            assert!(!at(other).is_for("https://as.test/token"), "{other}");
        }
        assert!(at("https://as.test").is_for("https://as.test/"));
    }

    #[test]
    fn a_proof_brings_a_public_key_that_fits() {
        assert!(proof(&header(EC), CLAIMS).is_ok());
        for name in PRIVATE {
            let jwk = EC.replace(r#""kty""#, &format!(r#""{name}":"AA","kty""#));
            assert_eq!(proof(&header(&jwk), CLAIMS), Err(DpopError::BadKey), "{name}");
        }
        let named = |alg: &str| EC.replace(r#""kty""#, &format!(r#""alg":"{alg}","kty""#));
        assert!(proof(&header(&named("ES256")), CLAIMS).is_ok());
        for jwk in [OKP, RSA, "{}", "[]", r#""x""#, &named("RS256"), &named("ES384")] {
            assert_eq!(proof(&header(jwk), CLAIMS), Err(DpopError::BadKey), "{jwk}");
        }
        let without = r#"{"typ":"dpop+jwt","alg":"ES256"}"#;
        assert_eq!(proof(without, CLAIMS), Err(DpopError::BadKey));
        let pss = header(RSA).replace("ES256", "PS256");
        assert_eq!(proof(&pss, CLAIMS).unwrap().key.alg, Algorithm::Ps256);
    }

    #[test]
    fn a_proof_says_that_it_is_one() {
        for typ in ["JWT", "at+jwt", "application/dpop+jwt"] {
            let header = header(EC).replace("dpop+jwt", typ);
            assert_eq!(proof(&header, CLAIMS), Err(DpopError::WrongType), "{typ}");
        }
        for alg in ["none", "HS256"] {
            let header = header(EC).replace("ES256", alg);
            let error = DpopError::Jws(JwsError::UnknownAlgorithm);
            assert_eq!(proof(&header, CLAIMS), Err(error), "{alg}");
        }
    }

    #[test]
    fn every_claim_is_there_and_short() {
        let long = "x".repeat(LONGEST_NAME + 1);
        for (name, claims) in [
            ("jti", CLAIMS.replace(r#""jti":"j","#, "")),
            ("jti", CLAIMS.replace(r#""j""#, r#""""#)),
            ("jti", CLAIMS.replace(r#""j""#, &format!(r#""{long}""#))),
            ("htm", CLAIMS.replace(r#""htm":"POST","#, "")),
            ("htu", CLAIMS.replace("htu", "htx")),
            ("iat", CLAIMS.replace('7', r#""7""#)),
            ("nonce", CLAIMS.replace('7', r#"7,"nonce":7"#)),
            ("nonce", CLAIMS.replace('7', &format!(r#"7,"nonce":"{long}""#))),
            ("ath", CLAIMS.replace('7', r#"7,"ath":null"#)),
        ] {
            let error = DpopError::Claim(ClaimError::BadClaim(name));
            assert_eq!(proof(&header(EC), &claims), Err(error), "{claims}");
        }
    }

    #[test]
    fn a_damaged_proof_reads_or_does_not() {
        for bytes in mangled(PROOF.as_bytes(), 5_000) {
            let Ok(text) = core::str::from_utf8(&bytes) else { continue };
            if let Ok(proof) = Proof::parse(text) {
                assert!(proof.key.is_strong());
                let material = match &proof.key.material {
                    Material::P256 { .. } => Algorithm::Es256,
                    Material::Ed25519 { .. } => Algorithm::EdDsa,
                    Material::Rsa { .. } => proof.key.alg,
                };
                assert_eq!(proof.key.alg, material);
                assert_eq!(public(&public_jwk(&proof.key)).thumbprint(), proof.key.thumbprint());
            }
        }
    }
}
