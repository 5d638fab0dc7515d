//! The authorization server's side.
//!
//! [`AuthorizationServer::handle`] takes a request and returns a [`Turn`]: a question for the host,
//! or the end. The legs are files, in the order they happen: `authorize`, `login`, `consent`,
//! `redeem`, `identity`, `resource`, `refresh`,
//! `introspect`, `revoke`.

pub mod authorize;
pub mod client;
pub mod consent;
pub mod developer;
mod discover;
pub mod grant;
pub mod handle;
mod identity;
mod introspect;
pub mod keys;
pub mod login;
mod logout;
pub mod name;
mod own_token;
pub mod page;
pub mod path;
pub mod policy;
pub mod record;
pub mod redeem;
pub mod refresh;
pub mod register;
mod reply;
pub mod resource;
pub mod revoke;
pub mod token;
pub mod turn;

pub use client::Client;
pub use grant::Grant;
pub use handle::AuthorizationServer;
pub use keys::KeySet;
pub use login::Login;
pub use name::SealingKeys;
pub use page::{Page, Show};
pub use policy::{PkceRule, Policy, Resource, Scope};
pub use record::{Key, Record, RecordError, Versioned};
pub use register::{Declaration, RegistrationError};
pub use resource::Access;
pub use turn::{Claims, Expect, Read, Sign, SignIn, Swap, Swapped, Turn};
