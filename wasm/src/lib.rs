//! Bindings for browsers.
//!
//! Feature `client` is the artefact of the npm package, `no_std` and small; feature `provider` is
//! the server in memory, for the demo and for tests.

#![cfg_attr(all(target_arch = "wasm32", not(feature = "provider")), no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod runtime;

#[cfg(feature = "client")]
use alloc::borrow::ToOwned as _;
#[cfg(feature = "client")]
use alloc::string::String;

#[cfg(feature = "client")]
use wasm_bindgen::prelude::wasm_bindgen;

/// Whether `text` is a PKCE challenge
/// ([RFC 7636 §4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2)).
#[cfg(feature = "client")]
#[must_use]
#[wasm_bindgen(js_name = "isChallenge")]
pub fn is_challenge(text: &str) -> bool {
    grantflow::pkce::Challenge::parse(text).is_some()
}

/// The name of this package.
#[cfg(feature = "client")]
#[must_use]
#[wasm_bindgen]
pub fn name() -> String {
    env!("CARGO_PKG_NAME").to_owned()
}

/// The version of this package.
#[cfg(feature = "provider")]
#[must_use]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn version() -> js_sys::JsString {
    env!("CARGO_PKG_VERSION").into()
}
