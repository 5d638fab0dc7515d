//! What the session wants done, in the order given.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::fault::Fault;
use super::input::{Area, How, Id, Ticket};
use crate::key::Algorithm;
use crate::secret::Secret;
use crate::wire::http::Request;

/// How long a request may take. The host gives up then, so that it is not under way unseen.
pub const HTTP_TIMEOUT: Duration = Duration::from_secs(15);

/// How long the lock may take: as long as another tab's request, and what is around it.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(20);

/// Something to do.
#[must_use]
#[derive(Debug)]
pub enum Effect {
    /// Send it, within [`HTTP_TIMEOUT`].
    Http {
        /// What its answer is given for.
        id: Id,
        /// What to send.
        request: Request,
        /// Whether no cache may answer.
        fresh: bool,
    },
    /// Look up a record.
    Read(Id, Area, String),
    /// Look up a record and remove it, so that nobody finds it twice.
    Take(Id, Area, String),
    /// Write a record, and look whether it is there.
    Put(Id, Area, String, Secret),
    /// Remove a record, if it is there.
    Forget(Area, String),
    /// Get the lock that one of all tabs has, within [`LOCK_TIMEOUT`].
    Lock(Id),
    /// Let go of it.
    Unlock,
    /// Say whether a signature is good.
    Verify {
        /// What the verdict is given for.
        id: Id,
        /// The algorithm.
        alg: Algorithm,
        /// The server's key, as JSON.
        jwk: String,
        /// What was signed.
        input: Secret,
        /// The signature.
        signature: Vec<u8>,
    },
    /// Make a key that tokens can be bound to, and keep it where all tabs find it; the private half
    /// never leaves that place.
    MakeKey(Id),
    /// Sign `input` with such a key.
    Sign {
        /// What the signature is given for.
        id: Id,
        /// The public half, as JSON.
        jwk: String,
        /// What is to be signed.
        input: String,
    },
    /// Remove this key: no tokens are bound to it any more.
    DropKey(String),
    /// Remove all keys but this, if there is one, that are older than
    /// [`LONGEST_LOGIN`](crate::client::callback::LONGEST_LOGIN), so that no login under way has them.
    /// Nobody came back with those, or what came of it is over.
    DropOldKeys(Option<String>),
    /// Send the page, or what was opened for this ticket, to the server.
    Navigate(How, Ticket, Secret),
    /// Show this URL of the app instead of the page's own, without a navigation.
    ReplaceUrl(String),
    /// Tell the other tabs.
    Tell(Secret),
    /// Send [`Tick`](super::Input::Tick) at this time of [`Now::mono`](super::Now), and not at
    /// whatever was wanted before.
    WakeAt(Duration),
    /// The app stands elsewhere.
    Emit,
    /// Someone waits no longer.
    Settle(Ticket, Result<Settled, Fault>),
}

/// What came of a ticket.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Settled {
    /// What was to be done.
    Done,
    /// An access token, the proof that goes with one, or the nonce that the next proof will hold.
    Token(Secret),
}
