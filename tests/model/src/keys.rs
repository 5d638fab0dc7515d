//! Signatures that nobody can forge because the model says so: a keyed hash stands for each.

use grantflow::entropy::Entropy;
use grantflow::key::{Algorithm, Material, PublicKey};
use grantflow::wire::json;
use grantflow::wire::jwks::parse_jwk;
use grantflow::wire::jws::{assemble, signing_input};

/// Whose key it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Owner {
    /// Our server's.
    Honest,
    /// The evil server's.
    Evil,
    /// The app's own, with which it proves itself.
    App,
}

/// The only algorithm in the model: what algorithms mean is tested elsewhere.
pub(crate) const ALG: Algorithm = Algorithm::EdDsa;

impl Owner {
    /// What the key is called; the evil server calls its own as ours is called.
    pub(crate) fn kid(self) -> &'static str {
        match self {
            Self::Honest | Self::Evil => "k1",
            Self::App => "app",
        }
    }

    /// What everybody may know of it.
    pub(crate) fn public(self) -> PublicKey {
        let material = Material::Ed25519 { x: [self as u8 + 1; 32] };
        PublicKey { kid: Some(self.kid().into()), alg: ALG, material }
    }

    /// Signs.
    pub(crate) fn sign(self, input: &[u8]) -> Vec<u8> {
        signature(&self.public(), input)
    }

    /// A whole signed text.
    pub(crate) fn token(self, typ: &str, payload: &str) -> String {
        let input = signing_input(ALG, self.kid(), typ, payload);
        assemble(&input, &self.sign(input.as_bytes()))
    }
}

fn signature(key: &PublicKey, input: &[u8]) -> Vec<u8> {
    let Material::Ed25519 { x } = key.material else { return Vec::new() };
    let text: String = input.iter().map(|byte| char::from(*byte)).collect();
    Entropy::new(x).derive(&text).to_vec()
}

/// Whether it is signed with that key.
pub(crate) fn is_signed(key: &PublicKey, input: &[u8], signed: &[u8]) -> bool {
    signature(key, input) == signed
}

/// The same of a key as it is published.
pub(crate) fn is_signed_under(jwk: &str, input: &[u8], signed: &[u8]) -> bool {
    let jwk = json::parse_object(jwk.as_bytes()).unwrap();
    is_signed(&parse_jwk(jwk).unwrap().unwrap(), input, signed)
}
