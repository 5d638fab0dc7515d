//! `WebCrypto` signs and verifies: in a page, in a worker, in Node.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use grantflow::base64url;
use grantflow::key::{Algorithm, PublicKey};
use grantflow::server::Verify;
use js_sys::futures::JsFuture;
use js_sys::{Array, JSON, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Crypto, CryptoKey, SubtleCrypto};

use crate::convert::{Given, fault, object};

const HASH: &str = "SHA-256";

/// What WebCrypto calls an algorithm, and what it wants to know of it
/// ([RFC 7518 §3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1)). It takes the same for
/// importing, signing and verifying, and overlooks what it has no use for.
fn parameters(alg: Algorithm) -> Object {
    match alg {
        Algorithm::Rs256 => object([("name", "RSASSA-PKCS1-v1_5".into()), ("hash", HASH.into())]),
        Algorithm::Ps256 => {
            object([("name", "RSA-PSS".into()), ("hash", HASH.into()), ("saltLength", 32.into())])
        }
        Algorithm::Es256 => object([
            ("name", "ECDSA".into()),
            ("hash", HASH.into()),
            ("namedCurve", "P-256".into()),
        ]),
        Algorithm::EdDsa => object([("name", "Ed25519".into())]),
    }
}

/// A private key as a JWK, imported when it is first needed.
#[derive(Debug)]
pub(crate) struct Signer {
    kid: Option<String>,
    alg: Algorithm,
    jwk: Object,
    imported: RefCell<Option<Promise>>,
}

impl Signer {
    /// The private half of `public`.
    pub(crate) fn new(public: &PublicKey, jwk: Object) -> Self {
        Self { kid: public.kid.clone(), alg: public.alg, jwk, imported: RefCell::new(None) }
    }

    /// Whether it is the key of that name.
    pub(crate) fn is(&self, kid: &str) -> bool {
        self.kid.as_deref() == Some(kid)
    }

    pub(crate) async fn sign(&self, input: &[u8]) -> Result<Vec<u8>, JsValue> {
        let subtle = subtle()?;
        let key = JsFuture::from(self.imported(&subtle)?).await?;
        let parameters = parameters(self.alg);
        let key: &CryptoKey = key.unchecked_ref();
        let signature = subtle.sign_with_object_and_u8_array(&parameters, key, input)?;
        Ok(Uint8Array::new(&JsFuture::from(signature).await?).to_vec())
    }

    fn imported(&self, subtle: &SubtleCrypto) -> Result<Promise, JsValue> {
        let mut imported = self.imported.borrow_mut();
        if let Some(promise) = imported.as_ref() {
            return Ok(promise.clone());
        }
        let promise = import(subtle, &self.jwk, self.alg, "sign")?;
        *imported = Some(promise.clone());
        Ok(promise)
    }
}

fn import(
    subtle: &SubtleCrypto,
    jwk: &Object,
    alg: Algorithm,
    usage: &str,
) -> Result<Promise, JsValue> {
    // Browsers disagree whether Ed25519 is called EdDSA, and whom it is for is said already.
    let bare = Object::assign(&Object::new(), jwk);
    for name in ["alg", "use", "key_ops", "ext"] {
        Reflect::delete_property(&bare, &name.into())?;
    }
    let usages = Array::of1(&usage.into());
    subtle.import_key_with_object("jwk", &bare, &parameters(alg), false, &usages)
}

/// Whether a signature is good; a key that cannot be read made no good one.
pub(crate) async fn verify(ask: &Verify<'_>) -> bool {
    let verified = async {
        let subtle = subtle()?;
        let jwk: Object = JSON::parse(&ask.jwk())?.unchecked_into();
        let key = JsFuture::from(import(&subtle, &jwk, ask.alg(), "verify")?).await?;
        let answer = subtle.verify_with_object_and_u8_array_and_u8_array(
            &parameters(ask.alg()),
            key.unchecked_ref(),
            ask.signature(),
            ask.input(),
        )?;
        Ok::<_, JsValue>(JsFuture::from(answer).await?.is_truthy())
    };
    verified.await.unwrap_or(false)
}

/// A new private key as a JWK, named by its thumbprint
/// ([RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
pub(crate) async fn generate(alg: Algorithm) -> Result<JsValue, JsValue> {
    let subtle = subtle()?;
    let algorithm = parameters(alg);
    for (name, value) in [
        ("modulusLength", 2048.into()),
        ("publicExponent", Uint8Array::from(&[1, 0, 1][..]).into()),
    ] {
        let _: bool = Reflect::set(&algorithm, &name.into(), &value)?;
    }
    let usages = Array::of2(&"sign".into(), &"verify".into());
    let pair = JsFuture::from(subtle.generate_key_with_object(&algorithm, true, &usages)?).await?;
    let private = Reflect::get(&pair, &"privateKey".into())?;
    let jwk = JsFuture::from(subtle.export_key("jwk", private.unchecked_ref())?).await?;
    let given = Given { object: &jwk, code: "bad_key" };
    let text = |name| given.text(name);
    let members = match alg {
        Algorithm::Rs256 | Algorithm::Ps256 => {
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text("e")?, text("n")?)
        }
        Algorithm::Es256 => {
            format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text("x")?, text("y")?)
        }
        Algorithm::EdDsa => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text("x")?),
    };
    let digest = subtle.digest_with_str_and_u8_array(HASH, members.as_bytes())?;
    let thumbprint = Uint8Array::new(&JsFuture::from(digest).await?).to_vec();
    let _: bool = Reflect::set(&jwk, &"kid".into(), &base64url::encode(thumbprint).into())?;
    let _: bool = Reflect::set(&jwk, &"alg".into(), &alg.name().into())?;
    Ok(jwk)
}

/// There is none on an `http` page of another machine.
fn subtle() -> Result<SubtleCrypto, JsValue> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into())?;
    let is_there = crypto.is_object() && Reflect::has(&crypto, &"subtle".into())?;
    if is_there {
        Ok(crypto.unchecked_into::<Crypto>().subtle())
    } else {
        Err(fault("no_webcrypto", "crypto.subtle is missing: use https or localhost"))
    }
}
