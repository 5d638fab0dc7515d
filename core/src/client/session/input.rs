//! What the session hears: the app, the host, the other tabs, the clock.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::renewal::Delivery;
use crate::client::{Asked, Renewal, Seed};
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::wire::http::Response;

/// What the host's two clocks say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Now {
    /// The time of day, which may be wrong and may jump.
    pub wall: UnixTime,
    /// The time since some instant, which never goes back.
    pub mono: Duration,
}

/// The app's name for one who waits; each is settled once.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ticket(pub u32);

/// The machine's name for an effect whose outcome it waits for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Id(pub u32);

/// Where a record lies.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Area {
    /// The tab's own storage.
    Session,
    /// The storage that all tabs share.
    Local,
    /// A cookie that only this page's origin reads and no request carries far.
    Cookie,
    /// Whatever the app brings, shared by all tabs.
    App,
}

/// How the user gets to the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum How {
    /// The page leaves.
    Page,
    /// In a window of its own.
    Popup,
    /// Unseen, in a frame: the server answers without asking, or not at all.
    Frame,
}

/// Something happened.
#[derive(Debug)]
pub enum Input {
    /// The page is there: finish the login it was opened for, or find who is signed in. Again is
    /// the same.
    Start {
        /// Settled once that is done.
        ticket: Ticket,
        /// The page's URL, which may hold a code.
        href: Secret,
        /// The names of all records that begin with [`PREFIX`](super::PREFIX), by area.
        names: Vec<(Area, String)>,
    },
    /// The app wants the user to sign in.
    Login {
        /// Settled when the page is told to leave, or when whoever came is signed in.
        ticket: Ticket,
        /// Fresh, for this login.
        seed: Seed,
        /// What for.
        asked: Box<Asked>,
        /// Which way.
        how: How,
    },
    /// A window or frame could not be opened.
    Unopened(Ticket),
    /// Someone wants an access token that lives for so long.
    Token {
        /// Settled with the token.
        ticket: Ticket,
        /// As long as it shall live at least.
        life: Duration,
    },
    /// Someone wants another access token than the session's own: for another API, or good for less.
    Other {
        /// Settled with the token.
        ticket: Ticket,
        /// As long as it shall live at least.
        life: Duration,
        /// What it shall be good for.
        renewal: Renewal,
    },
    /// An API has called this access token invalid.
    Challenged(Secret),
    /// Someone waits no longer.
    Cancel(Ticket),
    /// The user wants out.
    Logout {
        /// Settled once the server has heard of it, or cannot.
        ticket: Ticket,
        /// Whether the page leaves for the server's own, so that the user is out there, too.
        everywhere: bool,
        /// Where the user goes from there: a page that the server knows of.
        page: Option<String>,
    },
    /// The answer to [`Http`](super::Effect::Http).
    Http(Id, Result<Response, Delivery>),
    /// What was found by [`Read`](super::Effect::Read) or [`Take`](super::Effect::Take).
    Took(Id, Option<Secret>),
    /// Whether [`Put`](super::Effect::Put) wrote what can be read again.
    Stored(Id, bool),
    /// The lock is ours.
    Locked(Id),
    /// The lock cannot be had, or not in time.
    LockTimedOut(Id),
    /// Whether the signature is good.
    Verified(Id, bool),
    /// The public half of the key that was [made](super::Effect::MakeKey), as JSON; nothing if none can
    /// be kept.
    KeyMade(Id, Option<String>),
    /// The signature; nothing if the key is lost.
    Signed(Id, Option<Vec<u8>>),
    /// Someone is about to use an access token that is bound to a key.
    Prove {
        /// Settled with the proof.
        ticket: Ticket,
        /// The verb of the request.
        method: String,
        /// Where it goes.
        url: String,
        /// The token.
        token: Secret,
    },
    /// An API says what the next proof shall hold.
    Nonce {
        /// Settled with that, if it was taken, and else with nothing.
        ticket: Ticket,
        /// Where it said so.
        url: String,
        /// What.
        nonce: String,
    },
    /// A window or frame came back with this URL, in whichever tab.
    Relayed(Secret),
    /// Another tab says something.
    Heard(Secret),
    /// It is as late as was asked for, or later.
    Tick,
    /// There is a network again.
    Online,
    /// The user looks at the page again.
    Visible,
    /// The user is back at the page as it was left.
    Back,
}
