//! The messages both sides share: parse and print, no policy, no clock, no key.
pub mod authorize;
pub mod bearer;
pub mod callback;
pub mod credentials;
pub mod discovery;
pub mod error;
pub mod form;
pub mod http;
pub mod id_token;
pub mod json;
pub mod jwks;
pub mod jws;
#[cfg(test)]
pub(crate) mod mangle;
pub mod registration;
pub mod token;
