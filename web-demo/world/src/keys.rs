//! Keys of the two servers. Ed25519 signs the same bytes with the same signature, always.

use ed25519_dalek::ed25519::signature::Signer as _;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use grantflow::key::{Algorithm, Material, PublicKey};
use grantflow::wire::{json, jwks, jws};

use crate::prelude::*;

/// The only algorithm there is here.
pub(crate) const ALG: Algorithm = Algorithm::EdDsa;

/// A server's key.
#[derive(Debug)]
pub(crate) struct Pair {
    kid: &'static str,
    key: SigningKey,
}

impl Pair {
    pub(crate) fn new(kid: &'static str, secret: [u8; 32]) -> Self {
        Self { kid, key: SigningKey::from_bytes(&secret) }
    }

    pub(crate) fn kid(&self) -> &'static str {
        self.kid
    }

    pub(crate) fn public(&self) -> PublicKey {
        let material = Material::Ed25519 { x: self.key.verifying_key().to_bytes() };
        PublicKey { kid: Some(self.kid.into()), alg: ALG, material }
    }

    pub(crate) fn sign(&self, input: &[u8]) -> Vec<u8> {
        self.key.sign(input).to_bytes().to_vec()
    }

    /// A whole signed token.
    pub(crate) fn token(&self, claims: &str) -> String {
        let input = jws::signing_input(ALG, self.kid, "JWT", claims);
        jws::assemble(&input, &self.sign(input.as_bytes()))
    }
}

/// Whether `signature` over `input` is good under `key`.
pub(crate) fn is_signed(key: &PublicKey, input: &[u8], signature: &[u8]) -> bool {
    let Material::Ed25519 { x } = &key.material else { return false };
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(x), Signature::from_slice(signature))
    else {
        return false;
    };
    key.verify_strict(input, &signature).is_ok()
}

/// The same under a key as it is published.
pub(crate) fn is_signed_under(jwk: &str, input: &str, signature: &[u8]) -> bool {
    let key = json::parse_object(jwk.as_bytes()).ok().and_then(|jwk| jwks::parse_jwk(jwk).ok());
    key.flatten().is_some_and(|key| is_signed(&key, input.as_bytes(), signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_under_its_own_key_and_for_its_own_text() {
        let (one, other) = (Pair::new("a", [1; 32]), Pair::new("b", [2; 32]));
        let signature = one.sign(b"text");
        assert_eq!(signature, one.sign(b"text"));
        assert!(is_signed(&one.public(), b"text", &signature));
        assert!(!is_signed(&one.public(), b"other", &signature));
        assert!(!is_signed(&other.public(), b"text", &signature));
        assert!(is_signed_under(&jwks::public_jwk(&one.public()), "text", &signature));
        assert!(!is_signed(&one.public(), b"text", b"short"));
    }
}
