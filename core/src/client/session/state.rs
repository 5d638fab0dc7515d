//! Where the app stands, and the clock it stands by.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::aim::Other;
use super::fault::Fault;
use super::input::Now;
use super::renewal::Session;
use super::tabs::Kept;
use crate::client::dpop::ProofKey;
use crate::client::resource::Tokens;
use crate::time::UnixTime;

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Why {
    /// Nobody was.
    Never,
    /// The user said so.
    User,
    /// The user said so in another tab.
    OtherTab,
    /// The token is dead, and nothing gets another.
    Expired,
    /// The server says so.
    Revoked,
    /// The tokens are not where they were put.
    StorageLost,
    /// Logins end too soon, again and again.
    LoginLoop,
    /// The user, or the server, said no to the login; or the page did not leave for it.
    Refused,
    /// The login failed.
    Failed,
}

impl Why {
    /// As programs spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::User => "user",
            Self::OtherTab => "other-tab",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::StorageLost => "storage-lost",
            Self::LoginLoop => "login-loop",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Where the app stands.
#[derive(Clone, Copy, Debug)]
pub enum Snapshot<'m> {
    /// Not known yet.
    Restoring,
    /// Nobody is signed in.
    SignedOut(Why),
    /// The page is about to leave for the server.
    Leaving,
    /// Someone is.
    SignedIn {
        /// What the login brought, or the last refresh.
        tokens: &'m Tokens,
        /// The access token is dead, and the last try to get another failed.
        is_stale: bool,
        /// A refresh token went out, and nobody knows what became of it.
        is_in_doubt: bool,
    },
}

/// Where the app stands, but for who is signed in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Status {
    /// Not started.
    New,
    Restoring,
    /// Signed in if there is a [`Live`] session, else out.
    Settled(Why),
    Leaving(Why),
}

/// Who is signed in, and which of the session's tokens are here.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) session: Session,
    /// The login that began it.
    pub(super) login: String,
    /// When that was.
    pub(super) born: UnixTime,
    /// When the user set out for it, if that was here.
    pub(super) began: UnixTime,
    /// How often the tokens were refreshed.
    pub(super) turn: u32,
    /// Why the last refresh brought nothing.
    pub(super) fault: Option<Fault>,
    /// When the server, which was not found, is looked for again.
    pub(super) retries_at: Option<Duration>,
    /// Tokens for other APIs, or good for less.
    pub(super) others: Vec<Other>,
}

impl Live {
    pub(super) fn of(kept: Kept) -> Self {
        let Kept { login, born, turn, since, tokens } = kept;
        let session = Session::restored(tokens, since);
        Self {
            session,
            login,
            born,
            began: born,
            turn,
            fault: None,
            retries_at: None,
            others: Vec::new(),
        }
    }

    /// The key that the tokens are bound to, if they are.
    pub(super) const fn key(&self) -> Option<&ProofKey> {
        self.session.tokens().key.as_ref()
    }

    pub(super) fn can_refresh(&self) -> bool {
        self.session.tokens().refresh_token.is_some()
    }
}

/// Time as lifetimes are counted: it begins with the time of day, and from then on follows the
/// clock that never goes back.
///
/// A time of day that jumps ahead may be a sleep, so it counts: at worst, a token is refreshed
/// too early. One that jumps back does not.
#[derive(Debug)]
pub(super) struct Clock {
    pub(super) wall: UnixTime,
    pub(super) mono: Duration,
    /// What is added to `mono`.
    offset: Option<u64>,
}

/// How far the two clocks may drift apart before it counts as a sleep.
pub(super) const SLEEP: Duration = Duration::from_secs(2);

impl Clock {
    pub(super) const fn new() -> Self {
        Self { wall: UnixTime::from_secs(0), mono: Duration::ZERO, offset: None }
    }

    pub(super) fn set(&mut self, now: Now) {
        self.wall = now.wall;
        self.mono = self.mono.max(now.mono);
        let difference = now.wall.as_secs().saturating_sub(self.mono.as_secs());
        let jumped = |offset: &u64| difference <= offset.saturating_add(SLEEP.as_secs());
        self.offset = Some(self.offset.filter(jumped).unwrap_or(difference));
    }

    pub(super) fn now(&self) -> UnixTime {
        UnixTime::from_secs(self.offset.unwrap_or(0).saturating_add(self.mono.as_secs()))
    }

    /// When it will be `then` on the clock that never goes back.
    pub(super) fn mono_at(&self, then: UnixTime) -> Duration {
        Duration::from_secs(then.as_secs().saturating_sub(self.offset.unwrap_or(0)))
    }
}

/// Whichever limit comes first.
pub(super) fn sooner(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(clock: &mut Clock, wall: u64, mono: u64) -> u64 {
        clock.set(Now { wall: UnixTime::from_secs(wall), mono: Duration::from_secs(mono) });
        clock.now().as_secs()
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_give_time_back_and_a_sleep_counts() {
        let mut clock = Clock::new();
        assert_eq!(at(&mut clock, 1000, 5), 1000);
        assert_eq!(at(&mut clock, 1010, 15), 1010);
        assert_eq!(at(&mut clock, 20, 25), 1020, "set back by a quarter of an hour");
        assert_eq!(at(&mut clock, 3000, 30), 3000, "slept");
        assert_eq!(at(&mut clock, 2000, 40), 3010, "set back again");
        assert_eq!(at(&mut clock, 2000, 39), 3010, "the other clock never goes back");
        assert_eq!(clock.mono_at(UnixTime::from_secs(3020)), Duration::from_secs(50));
    }
}
