//! The client's side of a login, as typed states that each can be used once.
//!
//! ```text
//! Profile ─discover▶ AwaitingMetadata ─answer▶ Client ─login▶ Redirect { url, AwaitingCallback }
//!    the page leaves; encode ▶ storage ▶ decode; the page is back
//! AwaitingCallback ─accept▶ Accepted ─exchange▶ AwaitingTokens ─answer▶ Unproven ─proof▶ Proof
//! Proof = AwaitingKeys ─answer▶ Proof │ AwaitingVerdict ─answer▶ Proof │ Tokens
//! ```
//!
//! [`Accepted::finish`] gives the part after the callback as a [`Turn`], for a host that is a loop.

pub mod authorize;
pub mod callback;
pub mod discover;
mod error;
pub mod identity;
mod login;
pub mod profile;
pub mod redeem;
pub mod refresh;
mod remedy;
pub mod resource;
pub mod revoke;
#[cfg(test)]
mod testing;
pub mod turn;

pub use authorize::{Asked, Prompt, Redirect, ReturnTo};
pub use callback::{AwaitingCallback, Unaccepted, storage_key_of};
pub use discover::AwaitingMetadata;
pub use error::Error;
pub use identity::{AwaitingKeys, AwaitingVerdict, Proof, Unproven};
pub use login::{RecordError, Seed};
pub use profile::{Client, Credentials, Profile};
pub use redeem::{Accepted, AwaitingTokens};
pub use refresh::{AwaitingRefresh, Unrefreshed};
pub use remedy::{Remedy, Stage};
pub use resource::{AwaitingUserinfo, Challenge, Identity, Tokens};
pub use revoke::AwaitingRevocation;
pub use turn::{Send, Turn, Verify};
