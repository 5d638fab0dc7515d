//! The authorization server's side.
//!
//! [`AuthorizationServer::handle`] takes a request and returns a [`Turn`]: a question for the host,
//! or the end. The legs are files; which leg answers which path is in [`handle`], and the order in
//! which they happen in the table at the top of the crate.

mod access_token;
mod approve;
pub mod ask;
pub mod authenticate;
mod authorize;
pub mod bound;
pub mod claimed;
pub mod client;
pub mod client_credentials;
pub mod consent;
pub mod declare;
pub mod developer;
mod discover;
pub mod grant;
pub mod handle;
mod hint;
mod identity;
mod introspect;
pub mod issue;
pub mod keys;
pub mod login;
pub mod logout;
pub mod name;
mod once;
mod origin;
mod own_token;
pub mod page;
pub mod path;
pub mod policy;
pub mod proof;
pub mod record;
pub mod redeem;
pub mod refresh;
pub mod register;
pub mod remember;
mod reply;
pub mod resource;
pub mod revoke;
pub mod steps;
#[cfg(test)]
mod testing;
pub mod token;
pub mod turn;
mod whom;

pub use claimed::Claimed;
pub use client::Client;
pub use declare::{Declaration, DeclareError};
pub use grant::Grant;
pub use handle::AuthorizationServer;
pub use keys::{KeySet, ServerKey};
pub use login::Login;
pub use name::SealingKeys;
pub use page::{Page, Show};
pub use policy::{
    ConsentRule, InitialAccess, NonceRule, PkceRule, Policy, Registration, Resource, Scope,
    TokenFormat,
};
pub use record::{Key, Record, RecordError, Versioned};
pub use resource::Access;
pub use steps::End;
pub use turn::{Claims, Expect, Failed, Read, Sign, SignIn, Swap, Swapped, Turn, Verify};
