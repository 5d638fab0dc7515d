//! The client's side of a login, as typed states that each can be used once.
//!
//! ```text
//! Profile ─discover▶ AwaitingMetadata ─answer▶ Client ─login▶ Redirect { url, AwaitingCallback }
//!    the page leaves; encode ▶ storage ▶ decode; the page is back
//! AwaitingCallback ─accept▶ Accepted ─exchange▶ Outgoing
//! Outgoing = Unsigned ─assertion▶ AwaitingSignature ─answer▶ Outgoing
//!          │ Unbound ─proof▶ AwaitingProof ─answer▶ AwaitingTokens │ AwaitingTokens
//! AwaitingTokens ─again▶ Outgoing │ ─answer▶ Unproven ─proof▶ Proof
//! Proof = AwaitingKeys ─answer▶ Proof │ AwaitingVerdict ─answer▶ Proof │ Tokens
//! ```
//!
//! [`Accepted::finish`] gives the part after the callback as a [`Turn`], for a host that is a loop.

pub mod ask;
pub mod authorize;
pub mod callback;
mod codes;
pub mod credentials;
pub mod discover;
pub mod dpop;
mod error;
pub mod help;
pub mod identity;
pub mod keys;
mod login;
pub mod logout;
pub mod profile;
pub mod redeem;
pub mod refresh;
pub mod register;
mod remedy;
pub mod resource;
pub mod revoke;
pub mod session;
#[cfg(test)]
mod testing;
pub mod turn;

pub use ask::{Asked, Parameter, Prompt, ReturnTo};
pub use authorize::Redirect;
pub use callback::{AwaitingCallback, Unaccepted, storage_key_of};
pub use credentials::{AwaitingSignature, Credentials, Outgoing, PrivateKey, Unsigned};
pub use discover::{AwaitingMetadata, AwaitingServer};
pub use dpop::{AwaitingProof, ProofKey, Unbound};
pub use error::Error;
pub use identity::{AwaitingKeys, AwaitingVerdict, Proof, Unproven};
pub use keys::KnownKeys;
pub use login::{RecordError, RecordKey, Seed};
pub use logout::Farewell;
pub use profile::{Client, Profile};
pub use redeem::{Accepted, AwaitingTokens};
pub use refresh::{AwaitingRefresh, Renewal, Unrefreshed};
pub use register::{AwaitingRegistration, AwaitingRemoval, Registration};
pub use remedy::{Remedy, Stage};
pub use resource::{AwaitingUserinfo, Challenge, Identity, Tokens};
pub use revoke::AwaitingRevocation;
pub use session::{Session, Want};
pub use turn::{Prove, Proving, Send, Sign, Signing, Turn, Verify};
