//! Public keys, each bound to the one algorithm it verifies
//! ([RFC 8725 §3.1](https://www.rfc-editor.org/rfc/rfc8725#section-3.1)).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::base64url;
use crate::hash::sha256;
use crate::text::joined;

/// The signature algorithms both sides know: asymmetric ones only, so that no public key can ever be
/// taken for a shared one ([RFC 7518 §3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1)).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519 ([RFC 8037 §3.1](https://www.rfc-editor.org/rfc/rfc8037#section-3.1)).
    EdDsa,
    /// RSASSA-PSS with SHA-256.
    Ps256,
}

/// What [RFC 9864 §2.2](https://www.rfc-editor.org/rfc/rfc9864#section-2.2) calls the one curve of
/// `EdDSA` that anyone here knows. It is understood, and not said: older readers know the older name.
pub const ED25519: &str = "Ed25519";

impl Algorithm {
    /// Every algorithm, the one that everybody knows first.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Es256, Self::EdDsa, Self::Ps256];

    /// The name in `alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Ps256 => "PS256",
        }
    }

    /// Reads the name in `alg`, which is case-sensitive; `none` and `HS256` are no names here.
    /// [`ED25519`] is another name of [`Algorithm::EdDsa`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = if text == ED25519 { Self::EdDsa.name() } else { text };
        Self::ALL.into_iter().find(|alg| alg.name() == text)
    }

    /// Reads the name by which a signature is to be made, which must be the one that we write.
    #[must_use]
    pub fn parse_ours(text: &str) -> Option<Self> {
        Self::parse(text).filter(|alg| alg.name() == text)
    }
}

/// The numbers that make a public key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Material {
    /// An RSA key ([RFC 7518 §6.3](https://www.rfc-editor.org/rfc/rfc7518#section-6.3)).
    Rsa {
        /// The modulus, most significant byte first.
        n: Vec<u8>,
        /// The exponent, most significant byte first.
        e: Vec<u8>,
    },
    /// A point on P-256 ([RFC 7518 §6.2](https://www.rfc-editor.org/rfc/rfc7518#section-6.2)).
    P256 {
        /// The first coordinate.
        x: [u8; 32],
        /// The second coordinate.
        y: [u8; 32],
    },
    /// An Ed25519 key ([RFC 8037 §2](https://www.rfc-editor.org/rfc/rfc8037#section-2)).
    Ed25519 {
        /// The key as [RFC 8032](https://www.rfc-editor.org/rfc/rfc8032#section-5.1.5) encodes it.
        x: [u8; 32],
    },
}

/// A key that verifies, and the only algorithm it does it with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey {
    /// The name by which a signature points to it.
    pub kid: Option<String>,
    /// The algorithm.
    pub alg: Algorithm,
    /// The numbers.
    pub material: Material,
}

impl PublicKey {
    /// The name that everybody computes alike for the numbers, whatever is said beside them
    /// ([RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of(&self.canonical())
    }

    /// The numbers as JSON that everybody writes alike.
    pub(crate) fn canonical(&self) -> String {
        let text = |bytes: &[u8]| base64url::encode(bytes);
        match &self.material {
            Material::Rsa { n, e } => {
                joined(&[r#"{"e":""#, &text(e), r#"","kty":"RSA","n":""#, &text(n), r#""}"#])
            }
            Material::P256 { x, y } => {
                let head = r#"{"crv":"P-256","kty":"EC","x":""#;
                joined(&[head, &text(x), r#"","y":""#, &text(y), r#""}"#])
            }
            Material::Ed25519 { x } => {
                joined(&[r#"{"crv":"Ed25519","kty":"OKP","x":""#, &text(x), r#""}"#])
            }
        }
    }

    /// Whether the numbers fit the algorithm and are no weaker than one may still use.
    ///
    /// RSA needs a modulus of 2048 bits
    /// ([RFC 7518 §3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3)) and an odd exponent of
    /// at least 65537; more than 8192 bits, or an exponent over 32 bits, only costs the verifier time.
    #[must_use]
    pub fn is_strong(&self) -> bool {
        match &self.material {
            Material::Rsa { n, e } => {
                let fits = match self.alg {
                    Algorithm::Rs256 | Algorithm::Ps256 => true,
                    Algorithm::Es256 | Algorithm::EdDsa => false,
                };
                let exponent = match bits(e) {
                    ..=32 => e.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)),
                    _ => 0,
                };
                fits && (2048..=8192).contains(&bits(n))
                    && n.last().is_some_and(|last| last % 2 == 1)
                    && exponent >= 65_537
                    && exponent % 2 == 1
            }
            Material::P256 { .. } => self.alg == Algorithm::Es256,
            Material::Ed25519 { .. } => self.alg == Algorithm::EdDsa,
        }
    }
}

/// The SHA-256 thumbprint of a public key
/// ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// Reads what the wire says: 43 characters of base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decode(text)?.try_into().ok().map(Self)
    }

    /// That of a key as [`canonical`](PublicKey::canonical) writes it.
    pub(crate) fn of(canonical: &str) -> Self {
        Self(sha256(&[canonical.as_bytes()]))
    }

    /// The thumbprint of those bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As the wire spells it.
    #[must_use]
    pub fn to_text(&self) -> String {
        base64url::encode(self.0)
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({})", self.to_text())
    }
}

/// How many bits a number has, zeros in front not counted.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |byte| byte.leading_zeros());
    (number.len() - zeros) * 8 - usize::try_from(first).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn only_asymmetric_algorithms_have_a_name() {
        for name in ["RS256", "ES256", "EdDSA", "PS256"] {
            assert_eq!(Algorithm::parse(name).map(Algorithm::name), Some(name));
        }
        assert_eq!(Algorithm::parse("Ed25519"), Some(Algorithm::EdDsa));
        assert_eq!(Algorithm::parse_ours("Ed25519"), None);
        assert_eq!(Algorithm::parse_ours("EdDSA"), Some(Algorithm::EdDsa));
        for name in ["none", "None", "NONE", "", "HS256", "rs256", "RS1", "RSA1_5", "EdDSA "] {
            assert_eq!(Algorithm::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_91_a_weak_rsa_key_is_told_from_a_strong_one() {
        let rsa = |first: u8, bytes: usize, e: &[u8]| {
            let mut n = vec![first];
            n.resize(bytes, 0xff);
            let material = Material::Rsa { n, e: e.to_vec() };
            PublicKey { kid: None, alg: Algorithm::Rs256, material }.is_strong()
        };
        assert!(rsa(0x80, 256, &[1, 0, 1]));
        assert!(rsa(0x80, 256, &[0, 1, 0, 1]));
        assert!(rsa(0x80, 1024, &[1, 0, 1]));
        assert!(!rsa(0x7f, 256, &[1, 0, 1]));
        assert!(!rsa(0x80, 128, &[1, 0, 1]));
        assert!(!rsa(0x80, 1025, &[1, 0, 1]));
        for e in [&[][..], &[0], &[3], &[1, 0, 0], &[1, 0, 2], &[1, 0, 0, 0, 1]] {
            assert!(!rsa(0x80, 256, e), "{e:?}");
        }
    }

    #[test]
    fn a_key_is_for_one_algorithm_of_its_kind() {
        let key = |alg| PublicKey { kid: None, alg, material: Material::Ed25519 { x: [1; 32] } };
        assert!(key(Algorithm::EdDsa).is_strong());
        assert!(!key(Algorithm::Rs256).is_strong());
    }
}
