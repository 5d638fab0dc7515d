#![doc = include_str!("../ARCHITECTURE.md")]
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod base64url;
pub mod client;
pub mod entropy;
mod hash;
pub mod key;
mod pack;
pub mod pkce;
pub mod scope;
pub mod secret;
pub mod server;
pub mod states;
pub mod step;
mod text;
pub mod time;
pub mod uri;
pub mod wire;
