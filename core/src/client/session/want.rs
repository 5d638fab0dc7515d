//! Where a session is, and what someone who wants a token is told.

use alloc::boxed::Box;

use crate::client::Error;
use crate::client::credentials::Outgoing;
use crate::client::refresh::{AwaitingRefresh, RefreshError};
use crate::secret::Secret;
use crate::states;
use crate::time::UnixTime;

/// Where a session is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum State {
    /// Nothing is under way.
    Active,
    /// One of those who want a token has asked for it, at that time.
    Refreshing(UnixTime),
    /// Nothing is under way, and the answer to a refresh was lost.
    InDoubt,
    /// The user must sign in again.
    Ended(Ended),
}

/// Why a session is over.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Ended {
    /// The token is dead and nothing gets another.
    Expired,
    /// The server gives no more tokens.
    Refused(RefreshError),
}

/// What someone who wants a token is to do.
#[must_use]
#[derive(Debug)]
pub enum Want {
    /// Use this one.
    Use(Secret),
    /// Ask for the next one, for all; then come again.
    Send(Box<Outgoing<AwaitingRefresh>>),
    /// Come again when someone else has brought the answer, or at that time.
    Wait(UnixTime),
    /// Have the user sign in.
    SignIn(Ended),
}

/// How far a request without a response came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Delivery {
    /// It never left: no network, no name, no connection.
    NotSent,
    /// It may have arrived.
    Unknown,
}

impl State {
    /// Its name in the table of [transitions](states::TRANSITIONS).
    #[must_use]
    pub const fn name(&self) -> states::State {
        match self {
            Self::Active => states::State::Active,
            Self::Refreshing(_) => states::State::Refreshing,
            Self::InDoubt => states::State::InDoubt,
            Self::Ended(Ended::Expired) => states::State::Expired,
            Self::Ended(Ended::Refused(_)) => states::State::Refused,
        }
    }
}

impl From<Ended> for Error {
    fn from(why: Ended) -> Self {
        match why {
            Ended::Expired => RefreshError::NoRefreshToken.into(),
            Ended::Refused(error) => error.into(),
        }
    }
}
