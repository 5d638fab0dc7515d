//! Bindings for browsers.
//!
//! Feature `client` is the artefact of the npm package, `no_std` and small; feature `provider` is
//! the server in memory, for the demo and for tests.

#![cfg_attr(all(target_arch = "wasm32", not(feature = "provider")), no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod runtime;

#[cfg(feature = "client")]
pub mod fault;
#[cfg(feature = "client")]
pub mod login;
#[cfg(feature = "client")]
pub mod turn;

/// The version of this package.
#[cfg(feature = "provider")]
#[must_use]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn version() -> js_sys::JsString {
    env!("CARGO_PKG_VERSION").into()
}
