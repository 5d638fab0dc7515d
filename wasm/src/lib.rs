//! Bindings for browsers.
//!
//! Feature `client` is the artefact of the npm package, `no_std` and small; feature `provider` is
//! the server in memory, for the demo and for tests.

#![cfg_attr(all(target_arch = "wasm32", not(feature = "provider")), no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod runtime;

#[cfg(feature = "client")]
mod facts;
#[cfg(feature = "client")]
mod fault;
#[cfg(feature = "client")]
pub mod login;
#[cfg(feature = "client")]
pub mod session;

#[cfg(feature = "provider")]
mod convert;
#[cfg(feature = "provider")]
pub mod provider;
#[cfg(feature = "provider")]
mod signer;
#[cfg(feature = "provider")]
mod store;
