//! The private halves of the keys that tokens are signed with, and what is published of them.

pub(crate) mod command;
pub(crate) mod file;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaKeyPair, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use grantflow::base64url;
use grantflow::key::{Algorithm, Material, PublicKey};

/// The key cannot be made, or cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct KeyFault;

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key does not work")
    }
}

impl std::error::Error for KeyFault {}

/// A key that signs with one algorithm.
pub(crate) struct PrivateKey {
    alg: Algorithm,
    pair: Pair,
}

enum Pair {
    Rsa(Arc<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("alg", &self.alg).finish_non_exhaustive()
    }
}

impl PrivateKey {
    /// Makes a key; RSA ones have 2048 bits.
    ///
    /// # Errors
    ///
    /// [`KeyFault`] if there is no randomness.
    pub(crate) fn generate(alg: Algorithm) -> Result<Self, KeyFault> {
        let pair = match alg {
            Algorithm::Rs256 | Algorithm::Ps256 => {
                RsaKeyPair::generate(KeySize::Rsa2048).map(|pair| Pair::Rsa(Arc::new(pair)))
            }
            Algorithm::Es256 => {
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Pair::P256)
            }
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Pair::Ed25519),
        };
        pair.map(|pair| Self { alg, pair }).map_err(|_| KeyFault)
    }

    /// Reads a PKCS #8 key ([RFC 5208](https://www.rfc-editor.org/rfc/rfc5208#section-5)).
    ///
    /// # Errors
    ///
    /// [`KeyFault`] if it is none, or not one for `alg`.
    pub(crate) fn from_pkcs8(alg: Algorithm, der: &[u8]) -> Result<Self, KeyFault> {
        let pair = match alg {
            Algorithm::Rs256 | Algorithm::Ps256 => {
                RsaKeyPair::from_pkcs8(der).map(|pair| Pair::Rsa(Arc::new(pair)))
            }
            Algorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Pair::P256)
            }
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Pair::Ed25519),
        };
        pair.map(|pair| Self { alg, pair }).map_err(|_| KeyFault)
    }

    fn to_pkcs8(&self) -> Result<Vec<u8>, KeyFault> {
        match &self.pair {
            Pair::Rsa(pair) => pair.as_der().map(|der: Pkcs8V1Der<'_>| der.as_ref().to_vec()),
            Pair::P256(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            Pair::Ed25519(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
        }
        .map_err(|_| KeyFault)
    }

    /// What is published of it. Its name is made of the key and the algorithm, since one key may
    /// sign with one only.
    ///
    /// # Errors
    ///
    /// [`KeyFault`] if its numbers are of the wrong length.
    pub(crate) fn public(&self) -> Result<PublicKey, KeyFault> {
        let material = match &self.pair {
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                Material::Rsa {
                    n: public.modulus().big_endian_without_leading_zero().to_vec(),
                    e: public.exponent().big_endian_without_leading_zero().to_vec(),
                }
            }
            Pair::P256(pair) => {
                // One byte that says that both coordinates follow.
                let point = pair.public_key().as_ref();
                let half =
                    |from| -> Option<[u8; 32]> { point.get(from..from + 32)?.try_into().ok() };
                let (x, y) = half(1).zip(half(33)).ok_or(KeyFault)?;
                Material::P256 { x, y }
            }
            Pair::Ed25519(pair) => {
                let x = pair.public_key().as_ref().try_into().map_err(|_| KeyFault)?;
                Material::Ed25519 { x }
            }
        };
        let kid = Some(thumbprint(self.alg, &material));
        Ok(PublicKey { kid, alg: self.alg, material })
    }

    /// Signs; RSA off the threads that answer others.
    ///
    /// # Errors
    ///
    /// [`KeyFault`].
    async fn sign(&self, input: &[u8]) -> Result<Vec<u8>, KeyFault> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let (pair, input, alg) = (Arc::clone(pair), input.to_vec(), self.alg);
                let signed = tokio::task::spawn_blocking(move || sign_rsa(&pair, alg, &input));
                signed.await.map_err(|_| KeyFault)?
            }
            Pair::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), input).map_err(|_| KeyFault)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Ed25519(pair) => Ok(pair.sign(input).as_ref().to_vec()),
        }
    }
}

fn sign_rsa(pair: &RsaKeyPair, alg: Algorithm, input: &[u8]) -> Result<Vec<u8>, KeyFault> {
    let mut signature = vec![0; pair.public_modulus_len()];
    let random = SystemRandom::new();
    let signed = if alg == Algorithm::Ps256 {
        pair.sign(&RSA_PSS_SHA256, &random, input, &mut signature)
    } else {
        pair.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature)
    };
    signed.map(|()| signature).map_err(|_| KeyFault)
}

/// Every key that may sign, by its name.
#[derive(Debug, Default)]
pub(crate) struct Signer(BTreeMap<String, PrivateKey>);

impl Signer {
    /// Adds a key and says what to publish of it.
    ///
    /// # Errors
    ///
    /// [`KeyFault`] if there is nothing to publish.
    pub(crate) fn add(&mut self, key: PrivateKey) -> Result<PublicKey, KeyFault> {
        let public = key.public()?;
        self.0.insert(public.kid.clone().ok_or(KeyFault)?, key);
        Ok(public)
    }

    /// Whether there is a key for `alg`.
    pub(crate) fn signs_with(&self, alg: Algorithm) -> bool {
        self.0.values().any(|key| key.alg == alg)
    }

    /// Whether there is none at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Signs with the key of that name.
    ///
    /// # Errors
    ///
    /// [`KeyFault`] if there is no such key or it does not work.
    pub(crate) async fn sign(
        &self,
        kid: &str,
        alg: Algorithm,
        input: &[u8],
    ) -> Result<Vec<u8>, KeyFault> {
        let key = self.0.get(kid).filter(|key| key.alg == alg).ok_or(KeyFault)?;
        key.sign(input).await
    }
}

/// Whether a signature over `input` is good under `key`.
pub(crate) fn verify(key: &PublicKey, input: &[u8], signature: &[u8]) -> bool {
    let unparsed = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
        UnparsedPublicKey::new(algorithm, key).verify(input, signature).is_ok()
    };
    match &key.material {
        Material::Rsa { n, e } => {
            let padding = match key.alg {
                Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                Algorithm::Rs256 | Algorithm::Es256 | Algorithm::EdDsa => {
                    &RSA_PKCS1_2048_8192_SHA256
                }
            };
            RsaPublicKeyComponents { n, e }.verify(padding, input, signature).is_ok()
        }
        Material::P256 { x, y } => {
            unparsed(&ECDSA_P256_SHA256_FIXED, &[&[4], x.as_slice(), y.as_slice()].concat())
        }
        Material::Ed25519 { x } => unparsed(&ED25519, x),
    }
}

/// The key's name, made of the key ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
/// The same RSA key could stand for two algorithms, so PS256 is told apart.
fn thumbprint(alg: Algorithm, material: &Material) -> String {
    let code = |bytes: &[u8]| base64url::encode(bytes);
    let json = match material {
        Material::Rsa { n, e } => {
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, code(e), code(n))
        }
        Material::P256 { x, y } => {
            format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, code(x), code(y))
        }
        Material::Ed25519 { x } => {
            format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, code(x))
        }
    };
    let name = base64url::encode(digest::digest(&digest::SHA256, json.as_bytes()));
    if alg == Algorithm::Ps256 { name + "-ps" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_signed_verifies_under_what_is_published_and_comes_back_from_a_file() {
        for alg in Algorithm::ALL {
            let made = PrivateKey::generate(alg).unwrap();
            let read = PrivateKey::from_pkcs8(alg, &made.to_pkcs8().unwrap()).unwrap();
            assert_eq!(read.public().unwrap(), made.public().unwrap());
            for key in [made, read] {
                let mut signer = Signer::default();
                let public = signer.add(key).unwrap();
                assert!(public.is_strong());
                let kid = public.kid.clone().unwrap();
                let signature = signer.sign(&kid, alg, b"header.payload").await.unwrap();
                assert!(verify(&public, b"header.payload", &signature), "{alg:?}");
                assert!(!verify(&public, b"header.payloae", &signature));
                assert!(!verify(&public, b"header.payload", &signature[1..]));
                let other = PrivateKey::generate(alg).unwrap().public().unwrap();
                assert!(!verify(&other, b"header.payload", &signature));
            }
        }
    }

    #[tokio::test]
    async fn a_key_that_is_not_there_signs_nothing() {
        let mut signer = Signer::default();
        let kid = signer.add(PrivateKey::generate(Algorithm::EdDsa).unwrap()).unwrap().kid.unwrap();
        assert_eq!(signer.sign("other", Algorithm::EdDsa, b"").await, Err(KeyFault));
        assert_eq!(signer.sign(&kid, Algorithm::Ps256, b"").await, Err(KeyFault));
        assert!(PrivateKey::from_pkcs8(Algorithm::Es256, b"no key").is_err());
    }

    #[test]
    fn the_name_is_the_thumbprint_of_the_rfc() {
        // RFC 7638 §3.1, RFC 8037 appendix A.3.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let rsa = Material::Rsa { n: base64url::decode(n).unwrap(), e: vec![1, 0, 1] };
        let name = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
        assert_eq!(thumbprint(Algorithm::Rs256, &rsa), name);
        assert_eq!(thumbprint(Algorithm::Ps256, &rsa), format!("{name}-ps"));
        let x = base64url::decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let okp = Material::Ed25519 { x: x.try_into().unwrap() };
        assert_eq!(
            thumbprint(Algorithm::EdDsa, &okp),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }
}
