//! The private half of the key that ID tokens are signed with.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use grantflow::base64url;
use grantflow::key::{Algorithm, Material, PublicKey};

/// One RSA key, which lives as long as the process.
pub(crate) struct Signer {
    kid: String,
    pair: Arc<RsaKeyPair>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The key cannot be made, or cannot sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SignError;

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signing key does not work")
    }
}

impl std::error::Error for SignError {}

impl Signer {
    /// Makes a key of 2048 bits and says what to publish of it.
    ///
    /// # Errors
    ///
    /// [`SignError`] if there is no randomness.
    pub(crate) fn generate() -> Result<(Self, PublicKey), SignError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| SignError)?;
        let public = pair.public_key();
        let n = public.modulus().big_endian_without_leading_zero().to_vec();
        let e = public.exponent().big_endian_without_leading_zero().to_vec();
        let kid = thumbprint(&n, &e);
        let material = Material::Rsa { n, e };
        let public = PublicKey { kid: Some(kid.clone()), alg: Algorithm::Rs256, material };
        Ok((Self { kid, pair: Arc::new(pair) }, public))
    }

    /// Signs, off the threads that answer others.
    ///
    /// # Errors
    ///
    /// [`SignError`] if there is no such key or it does not work.
    pub(crate) async fn sign(
        &self,
        kid: &str,
        alg: Algorithm,
        input: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        if kid != self.kid || alg != Algorithm::Rs256 {
            return Err(SignError);
        }
        let (pair, input) = (Arc::clone(&self.pair), input.to_vec());
        let signed = tokio::task::spawn_blocking(move || {
            let mut signature = vec![0; pair.public_modulus_len()];
            let random = SystemRandom::new();
            pair.sign(&RSA_PKCS1_SHA256, &random, &input, &mut signature).map(|()| signature)
        });
        signed.await.map_err(|_| SignError)?.map_err(|_| SignError)
    }
}

/// The key's name, made of the key ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
fn thumbprint(n: &[u8], e: &[u8]) -> String {
    let (n, e) = (base64url::encode(n), base64url::encode(e));
    let json = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    base64url::encode(digest::digest(&digest::SHA256, json.as_bytes()))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

    use super::*;

    #[tokio::test]
    async fn what_is_signed_verifies_under_the_published_numbers() {
        let (signer, public) = Signer::generate().unwrap();
        assert!(public.is_strong());
        let kid = public.kid.clone().unwrap();
        let signature = signer.sign(&kid, Algorithm::Rs256, b"header.payload").await.unwrap();
        let Material::Rsa { n, e } = public.material else { panic!("not RSA") };
        assert_eq!(n.len(), 256);
        let public = RsaPublicKeyComponents { n, e };
        let verify = |text| public.verify(&RSA_PKCS1_2048_8192_SHA256, text, &signature);
        assert!(verify(b"header.payload").is_ok());
        assert!(verify(b"header.payloae").is_err());
    }

    #[tokio::test]
    async fn a_key_that_is_not_there_signs_nothing() {
        let (signer, public) = Signer::generate().unwrap();
        assert_eq!(signer.sign("other", Algorithm::Rs256, b"").await, Err(SignError));
        let kid = public.kid.unwrap();
        assert_eq!(signer.sign(&kid, Algorithm::Ps256, b"").await, Err(SignError));
    }

    #[test]
    fn the_name_is_the_thumbprint_of_the_rfc() {
        // RFC 7638 §3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let n = base64url::decode(n).unwrap();
        assert_eq!(thumbprint(&n, &[1, 0, 1]), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
