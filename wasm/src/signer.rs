//! `WebCrypto` signs: in a page, in a worker, in Node.

use alloc::format;
use alloc::vec::Vec;
use core::cell::RefCell;

use grantflow::base64url;
use js_sys::futures::JsFuture;
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Crypto, SubtleCrypto};

use crate::convert::{Given, fault, object};

/// What WebCrypto calls RS256 ([RFC 7518 §3.3](https://www.rfc-editor.org/rfc/rfc7518#section-3.3)).
const NAME: &str = "RSASSA-PKCS1-v1_5";

/// A private key as a JWK, imported when it is first needed.
#[derive(Debug)]
pub(crate) struct Signer {
    jwk: Object,
    imported: RefCell<Option<Promise>>,
}

impl Signer {
    pub(crate) fn new(jwk: Object) -> Self {
        Self { jwk, imported: RefCell::new(None) }
    }

    pub(crate) async fn sign(&self, input: &[u8]) -> Result<Vec<u8>, JsValue> {
        let subtle = subtle()?;
        let key = JsFuture::from(self.imported(&subtle)?).await?;
        let signature = subtle.sign_with_str_and_u8_array(NAME, key.unchecked_ref(), input)?;
        Ok(Uint8Array::new(&JsFuture::from(signature).await?).to_vec())
    }

    fn imported(&self, subtle: &SubtleCrypto) -> Result<Promise, JsValue> {
        let mut imported = self.imported.borrow_mut();
        if let Some(promise) = imported.as_ref() {
            return Ok(promise.clone());
        }
        let algorithm = object([("name", NAME.into()), ("hash", "SHA-256".into())]);
        let usages = Array::of1(&"sign".into());
        let promise =
            subtle.import_key_with_object("jwk", &self.jwk, &algorithm, false, &usages)?;
        *imported = Some(promise.clone());
        Ok(promise)
    }
}

/// A new private key as a JWK, named by its thumbprint
/// ([RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
pub(crate) async fn generate() -> Result<JsValue, JsValue> {
    let subtle = subtle()?;
    let algorithm = object([
        ("name", NAME.into()),
        ("modulusLength", 2048.into()),
        ("publicExponent", Uint8Array::from(&[1, 0, 1][..]).into()),
        ("hash", "SHA-256".into()),
    ]);
    let usages = Array::of2(&"sign".into(), &"verify".into());
    let pair = JsFuture::from(subtle.generate_key_with_object(&algorithm, true, &usages)?).await?;
    let private = Reflect::get(&pair, &"privateKey".into())?;
    let jwk = JsFuture::from(subtle.export_key("jwk", private.unchecked_ref())?).await?;
    let given = Given { object: &jwk, code: "bad_key" };
    let members =
        format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, given.text("e")?, given.text("n")?);
    let digest = subtle.digest_with_str_and_u8_array("SHA-256", members.as_bytes())?;
    let thumbprint = Uint8Array::new(&JsFuture::from(digest).await?).to_vec();
    Reflect::set(&jwk, &"kid".into(), &base64url::encode(thumbprint).into())?;
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
