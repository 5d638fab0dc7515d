//! Why something came to nothing, in the life of an app.

use alloc::string::String;
use alloc::sync::Arc;

use crate::client::{Error, Remedy, Stage};
use crate::wire::error::ErrorBody;

/// What went wrong. It holds no secret.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// A leg of the protocol says so. Everybody who waits hears of one error.
    Leg(Arc<Error>),
    /// No answer came, in this leg.
    Offline(Stage),
    /// The server's metadata could not be had, at this URL.
    Unreachable(String),
    /// No storage takes a record.
    StorageDenied,
    /// No key can be kept that tokens could be bound to, and without one they will not do.
    NoKey,
    /// The host's key cannot be one, or is not spelled as all pages would know it.
    BadKey,
    /// Logins end too soon, again and again; this is what the last one ended with.
    LoginLoop(String),
    /// Nobody is signed in.
    SignedOut,
    /// The other tabs keep the lock.
    TimedOut,
    /// Whoever asked does not want it any more.
    Aborted,
    /// The browser opens no window: ask for it in the handler of a click.
    PopupBlocked,
    /// The frame does not come back, here and probably everywhere.
    FrameRefused,
    /// A window or frame needs a page to come back to, and none is configured.
    NoRelay,
    /// A client with a private key is no app that a user holds.
    PrivateKey,
    /// The key that the tokens are bound to is gone, and with it what they are good for.
    KeyLost,
    /// The user is signed out here, and perhaps not at the server.
    LogoutIncomplete,
}

impl Fault {
    /// A word for programs and help pages.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.row().0
    }

    /// The leg that failed.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.row().1
    }

    /// What helps.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        self.row().2
    }

    /// What the code is about, where there is something to name.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Leg(error) => error.subject(),
            Self::Unreachable(about) | Self::LoginLoop(about) => Some(about),
            Self::NoRelay => Some("relay_uri"),
            Self::PrivateKey => Some("credentials"),
            Self::NoKey | Self::BadKey => Some("dpop"),
            Self::Offline(_)
            | Self::StorageDenied
            | Self::SignedOut
            | Self::TimedOut
            | Self::Aborted
            | Self::PopupBlocked
            | Self::FrameRefused
            | Self::KeyLost
            | Self::LogoutIncomplete => None,
        }
    }

    /// The words of the server, if it refused.
    #[must_use]
    pub fn oauth(&self) -> Option<&ErrorBody> {
        if let Self::Leg(error) = self { error.oauth() } else { None }
    }

    fn row(&self) -> (&'static str, Stage, Remedy) {
        match self {
            Self::Leg(error) => (error.code(), error.stage(), error.remedy()),
            Self::Offline(stage) => ("offline", *stage, Remedy::Retry),
            Self::Unreachable(_) => ("discovery_unreachable", Stage::Discover, Remedy::Retry),
            Self::StorageDenied | Self::NoKey => {
                ("storage_denied", Stage::Authorize, Remedy::AskUser)
            }
            Self::LoginLoop(_) => ("login_loop", Stage::Authorize, Remedy::Report),
            Self::SignedOut => ("session_gone", Stage::Resource, Remedy::LoginAgain),
            Self::TimedOut => ("timeout", Stage::Refresh, Remedy::Retry),
            Self::Aborted => ("aborted", Stage::Resource, Remedy::Retry),
            Self::PopupBlocked => ("popup_blocked", Stage::Authorize, Remedy::AskUser),
            Self::FrameRefused => ("frame_refused", Stage::Authorize, Remedy::LoginAgain),
            Self::NoRelay | Self::PrivateKey | Self::BadKey => {
                ("config_invalid", Stage::Configure, Remedy::FixConfig)
            }
            Self::KeyLost => ("dpop_key_lost", Stage::Resource, Remedy::LoginAgain),
            Self::LogoutIncomplete => ("logout_incomplete", Stage::Revoke, Remedy::Retry),
        }
    }
}

impl<E: Into<Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Leg(Arc::new(error.into()))
    }
}
