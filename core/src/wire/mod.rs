//! The messages both sides share: parse and print, no policy, no clock, no key.
pub mod authorize;
pub mod credentials;
pub mod http;
pub mod token;
pub mod form;
pub mod json;
pub mod jwks;
pub mod id_token;
pub mod jws;
#[cfg(test)]
pub(crate) mod mangle;
