//! The second host of the demo: browsers, an app, two servers and an attacker as one value.
//!
//! Both sides are the shipping code: [`grantflow::server`] behind a store and a directory, and
//! [`grantflow::client`] in an app. Around them is everything that they never see: origins, cookies,
//! redirects, a network that drops and doubles, a person who follows any link. A [`World`] does one
//! [`Input`] after the other, keeps every [`Message`], and makes the same of the same inputs, always.
//! A [`Trace`] is a world on paper.
//!
//! Signatures are Ed25519, for these are the same bytes each time. Preflights of browsers are not drawn.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod runtime;

mod app;
mod attacker;
mod attacks;
mod backend;
mod browser;
pub mod cast;
pub mod defence;
mod entropy;
mod evil;
pub mod fault;
pub mod input;
mod jar;
mod keys;
pub mod lab;
mod lies;
pub mod limits;
mod login;
pub mod message;
mod network;
mod operator;
mod prelude;
pub mod property;
mod provider;
mod read;
pub mod redact;
#[cfg(feature = "schema")]
pub mod schema;
pub mod script;
mod shelf;
pub mod trace;
#[cfg(feature = "wasm")]
pub mod wasm;
mod words;
pub mod world;

pub use defence::{Defence, Defences};
pub use fault::Fault;
pub use input::{Config, Input};
pub use message::Message;
pub use operator::WEAK_SECRET;
pub use property::Property;
pub use redact::PLACEHOLDER;
pub use trace::Trace;
pub use world::World;
