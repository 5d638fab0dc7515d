//! Bindings for browsers.
//!
//! Features `flow` and `session` are the halves of the npm package, `no_std` and small, and `client`
//! is both in one file; feature `provider` is the server in memory, for the demo and for tests.

#![cfg_attr(all(target_arch = "wasm32", not(feature = "provider")), no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod runtime;

#[cfg(feature = "flow")]
mod facts;
#[cfg(any(feature = "flow", feature = "session"))]
mod fault;
#[cfg(feature = "flow")]
pub mod login;
#[cfg(any(feature = "flow", feature = "session"))]
mod question;
#[cfg(feature = "session")]
pub mod session;

#[cfg(feature = "provider")]
mod convert;
#[cfg(feature = "provider")]
pub mod provider;
#[cfg(feature = "provider")]
mod signer;
#[cfg(feature = "provider")]
mod store;
