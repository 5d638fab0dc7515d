//! What the outcomes of effects are for.

use alloc::boxed::Box;
use alloc::string::String;

use super::arrive::Claim;
use super::depart::Record;
use super::input::Ticket;
use super::lease::Seen;
use super::prove::Proving;
use super::tabs::Kept;
use crate::client::dpop::ProofKey;
use crate::client::identity::{AwaitingKeys, AwaitingVerdict};
use crate::client::redeem::AwaitingTokens;
use crate::client::refresh::AwaitingRefresh;
use crate::client::revoke::AwaitingRevocation;

/// What an outcome is for.
#[derive(Debug)]
pub(super) enum Pending {
    StoredMetadata,
    Metadata(String),
    Restore,
    KeyFound(Box<Kept>),
    RestoreMark(Option<Box<Kept>>),
    Key(Ticket),
    Record(Box<Record>),
    Claim(Box<Claim>),
    Receipt(bool),
    Redeem(Box<AwaitingTokens>, Box<Claim>),
    Keys(Box<AwaitingKeys>, Box<Claim>),
    Verdict(Box<AwaitingVerdict>, Box<Claim>),
    Lock,
    Reread(Seen),
    Refresh(Box<AwaitingRefresh>, String),
    Proof(Box<Proving>, String),
    Proved(Box<Proving>),
    ProofOfUse(Ticket, String),
    Published,
    LastLook,
    Past,
    Revoke(Box<AwaitingRevocation>),
}

impl Pending {
    /// The key that is proved to whom it is for, if tokens are to be bound to one.
    pub(super) fn key(&self) -> Option<&ProofKey> {
        if let Self::Redeem(ask, _) = self {
            return ask.key();
        }
        if let Self::Refresh(ask, _) = self { ask.key() } else { None }
    }

    /// The login on its way in, if it is for one.
    pub(super) fn claim(&mut self) -> Option<&mut Claim> {
        match self {
            Self::Claim(claim)
            | Self::Redeem(_, claim)
            | Self::Keys(_, claim)
            | Self::Verdict(_, claim) => Some(claim),
            Self::Proof(proving, _) | Self::Proved(proving) => proving.then.claim(),
            Self::StoredMetadata
            | Self::Metadata(_)
            | Self::Restore
            | Self::KeyFound(_)
            | Self::RestoreMark(_)
            | Self::Key(_)
            | Self::Record(_)
            | Self::Receipt(_)
            | Self::Lock
            | Self::Reread(_)
            | Self::Refresh(..)
            | Self::ProofOfUse(..)
            | Self::Published
            | Self::LastLook
            | Self::Past
            | Self::Revoke(_) => None,
        }
    }
}
