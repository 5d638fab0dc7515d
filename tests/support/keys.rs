//! Keys of every algorithm, for servers and clients under test.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaKeyPair, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use grantflow::key::{Algorithm, Material, PublicKey};
use grantflow::secret::Secret;
use grantflow::time::UnixTime;
use grantflow::wire::dpop::Said;
use grantflow::wire::http::Request;
use grantflow::wire::{json, jwks, jws};

/// The private halves of one key for each algorithm.
struct Pairs {
    rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
}

impl Pairs {
    fn generate() -> Self {
        Self {
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            p256: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            ed25519: Ed25519KeyPair::generate().unwrap(),
        }
    }
}

/// Whose keys they are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Owner {
    /// The server under test.
    Server,
    /// A client that proves itself with a key.
    Client,
    /// Nobody whom either side trusts.
    Stranger,
}

impl Owner {
    fn pairs(self) -> &'static Pairs {
        static PAIRS: [OnceLock<Pairs>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
        PAIRS[self as usize].get_or_init(Pairs::generate)
    }

    /// The name of the key for `alg`.
    pub fn kid(self, alg: Algorithm) -> String {
        let owner = ["server", "client", "stranger"][self as usize];
        format!("{owner}-{}", alg.name())
    }

    /// The public half of the key for `alg`.
    pub fn public_key(self, alg: Algorithm) -> PublicKey {
        let pairs = self.pairs();
        let material = match alg {
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let public = pairs.rsa.public_key();
                Material::Rsa {
                    n: public.modulus().big_endian_without_leading_zero().to_vec(),
                    e: public.exponent().big_endian_without_leading_zero().to_vec(),
                }
            }
            Algorithm::Es256 => {
                // 4, then the two coordinates.
                let point = pairs.p256.public_key().as_ref();
                Material::P256 {
                    x: point[1..33].try_into().unwrap(),
                    y: point[33..].try_into().unwrap(),
                }
            }
            Algorithm::EdDsa => {
                Material::Ed25519 { x: pairs.ed25519.public_key().as_ref().try_into().unwrap() }
            }
        };
        PublicKey { kid: Some(self.kid(alg)), alg, material }
    }

    /// Signs `input` with the key for `alg`.
    pub fn sign(self, alg: Algorithm, input: &[u8]) -> Vec<u8> {
        let (pairs, random) = (self.pairs(), SystemRandom::new());
        let rsa = |padding| {
            let mut signature = vec![0; pairs.rsa.public_modulus_len()];
            pairs.rsa.sign(padding, &random, input, &mut signature).unwrap();
            signature
        };
        match alg {
            Algorithm::Rs256 => rsa(&RSA_PKCS1_SHA256),
            Algorithm::Ps256 => rsa(&RSA_PSS_SHA256),
            Algorithm::Es256 => pairs.p256.sign(&random, input).unwrap().as_ref().to_vec(),
            Algorithm::EdDsa => pairs.ed25519.sign(input).as_ref().to_vec(),
        }
    }

    /// A signed token with this payload.
    pub fn token(self, alg: Algorithm, typ: &str, payload: &str) -> String {
        let input = jws::signing_input(alg, &self.kid(alg), typ, payload);
        jws::assemble(&input, &self.sign(alg, input.as_bytes()))
    }
}

/// Proofs that somebody holds a key, each with a name of its own
/// ([RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449#section-4.2)).
#[derive(Clone, Copy, Debug)]
pub struct Holder<'h> {
    /// Whose key.
    pub owner: Owner,
    /// Which of them.
    pub alg: Algorithm,
    /// What the holder's clock says.
    pub now: UnixTime,
    /// What the server told to put in.
    pub nonce: Option<&'h str>,
}

impl Holder<'_> {
    /// The proof for a request, and for the token that goes with it.
    pub fn proof(&self, jti: &str, request: &Request, token: Option<&str>) -> String {
        let token = token.map(Secret::new);
        let said = Said {
            jti,
            htm: request.method.as_str(),
            url: &request.url,
            iat: self.now,
            access_token: token.as_ref(),
            nonce: self.nonce,
        };
        self.signed(&said.signing_input(self.alg, &jwks::public_jwk(&self.key())))
    }

    /// What is to be signed, signed.
    pub fn signed(&self, input: &str) -> String {
        jws::assemble(input, &self.owner.sign(self.alg, input.as_bytes()))
    }

    /// The public key.
    pub fn key(&self) -> PublicKey {
        self.owner.public_key(self.alg)
    }

    /// Its name.
    pub fn jkt(&self) -> String {
        self.key().thumbprint().to_text()
    }
}

/// Whether `signature` over `input` is good under `key`.
pub fn is_signed(key: &PublicKey, input: &[u8], signature: &[u8]) -> bool {
    let unparsed = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
        UnparsedPublicKey::new(algorithm, key).verify(input, signature).is_ok()
    };
    match (&key.material, key.alg) {
        (Material::Rsa { n, e }, alg) => {
            let padding = match alg {
                Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                _ => &RSA_PKCS1_2048_8192_SHA256,
            };
            RsaPublicKeyComponents { n, e }.verify(padding, input, signature).is_ok()
        }
        (Material::P256 { x, y }, _) => {
            unparsed(&ECDSA_P256_SHA256_FIXED, &[&[4], x.as_slice(), y.as_slice()].concat())
        }
        (Material::Ed25519 { x }, _) => unparsed(&ED25519, x),
    }
}

/// The same under a key that was published as JSON.
pub fn is_signed_under(jwk: &str, input: &[u8], signature: &[u8]) -> bool {
    let jwk = json::parse_object(jwk.as_bytes()).unwrap();
    is_signed(&jwks::parse_jwk(jwk).unwrap().unwrap(), input, signature)
}
