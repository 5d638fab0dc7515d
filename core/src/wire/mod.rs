//! The messages both sides share: parse and print, no policy, no clock, no key.
pub mod access_token;
pub mod assertion;
pub mod authorize;
pub mod bearer;
pub mod callback;
pub mod claims;
pub mod claims_request;
pub mod credentials;
pub mod discovery;
pub mod dpop;
pub mod error;
pub mod form;
pub mod http;
pub mod id_token;
pub mod introspection;
pub mod json;
pub mod jwks;
pub mod jws;
pub mod logout;
#[cfg(test)]
pub(crate) mod mangle;
pub mod registration;
pub mod resource_metadata;
pub mod revocation;
mod said;
pub mod token;
