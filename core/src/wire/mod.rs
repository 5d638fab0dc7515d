//! The messages both sides share: parse and print, no policy, no clock, no key.
pub mod http;
pub mod form;
pub mod json;
#[cfg(test)]
pub(crate) mod mangle;
