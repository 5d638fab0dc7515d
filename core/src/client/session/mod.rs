//! The life of an app: the one thing here that is events rather than a row of steps.
//!
//! [`Machine`] is told what happened ([`Input`]) and says what is to be done ([`Effect`]): it
//! finishes a login or finds who is signed in, hands out tokens, refreshes them once for all tabs,
//! hears what other tabs do, and signs out. A host performs the effects in order and brings every
//! outcome that has an [`Id`] back.
//!
//! ```
//! # use grantflow::client::{Credentials, Profile};
//! # use grantflow::client::session::{Effect, Input, Machine, Now, Snapshot, Ticket, Why};
//! # use grantflow::secret::Secret;
//! # use grantflow::time::UnixTime;
//! # use core::time::Duration;
//! # let app = Profile::new("https://as.test", "app", "https://app.test/cb", Credentials::Public);
//! let mut machine = Machine::new(app.unwrap(), None, None);
//! # let (ticket, href, names) = (Ticket(1), Secret::new("https://app.test/cb"), Vec::new());
//! # let now = || Now { wall: UnixTime::from_secs(1_700_000_000), mono: Duration::ZERO };
//! machine.handle(now(), Input::Start { ticket, href, names });
//! while let Some(effect) = machine.poll() {
//!     match effect {
//!         // Nothing is stored yet.
//!         Effect::Read(id, ..) => machine.handle(now(), Input::Took(id, None)),
//!         Effect::Settle(ticket, result) => assert!(ticket == Ticket(1) && result.is_ok()),
//!         other => drop(other),
//!     }
//! }
//! assert!(matches!(machine.snapshot(), Snapshot::SignedOut(Why::Never)));
//! ```
//!
//! [`Session`] is the part that every host needs, a server and a program at a terminal, too: one
//! refresh at a time for all who want a token.
//!
//! ```
//! # use grantflow::client::{Error, Session, session::{Delivery, Want}};
//! # use grantflow::secret::Secret;
//! # use grantflow::time::UnixTime;
//! # use grantflow::wire::http::{Request, Response};
//! # use core::time::Duration;
//! # fn token(session: &mut Session, send: impl Fn(&Request) -> Result<Response, Delivery>,
//! #          wait: impl Fn(UnixTime), now: UnixTime) -> Result<Secret, Error> {
//! loop {
//!     match session.want(now, Duration::from_secs(30)) {
//!         Want::Use(token) => return Ok(token),
//!         Want::Send(ask) => {
//!             let ask = ask.unsigned().expect("this client has no key");
//!             match send(ask.request()) {
//!                 Ok(response) => session.answer(ask, &response, now)?,
//!                 Err(delivery) => session.lost(&ask, delivery, now)?,
//!             }
//!         }
//!         Want::Wait(until) => wait(until),
//!         Want::SignIn(error) => return Err(error.into()),
//!     }
//! }
//! # }
//! ```

mod aim;
mod arrive;
mod client;
mod depart;
mod effect;
mod fault;
mod input;
mod key;
mod lease;
mod leave;
mod past;
mod pending;
mod prove;
mod renewal;
mod share;
mod shelf;
mod state;
mod tabs;
#[cfg(test)]
mod tests;
mod trips;
mod want;

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

pub use self::effect::{Effect, HTTP_TIMEOUT, LOCK_TIMEOUT, Settled};
pub use self::fault::Fault;
pub use self::input::{Area, How, Id, Input, Now, Ticket};
pub use self::renewal::{Delivery, Ended, LONGEST_REFRESH, LONGEST_REST, Session, State, Want};
pub use self::shelf::{LOOP_WINDOW, MOST_LOGINS, MOST_VAIN_LOGINS, PREFIX, RECEIPT_LIFE};
pub use self::state::{Snapshot, Why};

use self::aim::Aim;
use self::client::Then;
use self::depart::Leg;
use self::lease::{Lease, Wanted};
use self::leave::{Leave, Out};
use self::past::Past;
use self::pending::Pending;
use self::prove::Prover;
use self::shelf::Shelf;
use self::state::{Clock, Live, Status, sooner};
use self::trips::Trip;
use super::callback::AwaitingCallback;
use super::keys::KnownKeys;
use super::profile::{Client, Profile};
use crate::secret::Secret;
use crate::uri::RedirectUri;
use crate::wire::http::Response;

/// How long a page waits for other tabs to say who is signed in.
const TABS_TIMEOUT: Duration = Duration::from_millis(300);

/// How long it waits for one that is known to have newer tokens.
const OVERTAKEN_TIMEOUT: Duration = Duration::from_secs(2);

/// The session of one client of one server, in one tab.
#[derive(Debug)]
pub struct Machine {
    profile: Profile,
    prover: Option<Prover>,
    relay: Option<RedirectUri>,
    keep: Option<Area>,
    shelf: Shelf,
    clock: Clock,
    known: KnownKeys,
    client: Option<Client>,
    /// What waits for the client.
    errands: Vec<Then>,
    status: Status,
    /// What failed last, beside where the app stands.
    fault: Option<Fault>,
    live: Option<Live>,
    /// What ended last: what is still said of it is old.
    ended: Past,
    /// Who signed out before it was known who is in.
    outs: Vec<Out>,
    /// The login that the page left for last, where it waits.
    away: Option<(Area, String)>,
    /// When a page that is still there has not left.
    stays_at: Option<Duration>,
    starters: Vec<Ticket>,
    wanted: Vec<Wanted>,
    aims: Vec<Aim>,
    last_aim: u32,
    lease: Lease,
    leaves: Vec<Leave>,
    trips: Vec<Trip>,
    frames_refused: bool,
    /// When other tabs have had their time to answer.
    asks_until: Option<Duration>,
    wakes_at: Option<Duration>,
    pending: Vec<(Id, Pending)>,
    last: u32,
    effects: Vec<Effect>,
    changed: bool,
}

impl Machine {
    /// The session of an app; a key in its profile is not looked at ([`proving`](Self::proving)). `relay` is the page that windows and frames come back to; `keep` is
    /// where tokens are kept, besides memory.
    #[must_use]
    pub fn new(profile: Profile, relay: Option<RedirectUri>, keep: Option<Area>) -> Self {
        Self {
            shelf: Shelf::of(&profile),
            profile,
            prover: None,
            relay,
            keep,
            clock: Clock::new(),
            known: KnownKeys::new(),
            client: None,
            errands: Vec::new(),
            status: Status::New,
            fault: None,
            live: None,
            ended: Past::none(),
            outs: Vec::new(),
            away: None,
            stays_at: None,
            starters: Vec::new(),
            wanted: Vec::new(),
            aims: Vec::new(),
            last_aim: 0,
            lease: Lease::Free,
            leaves: Vec::new(),
            trips: Vec::new(),
            frames_refused: false,
            asks_until: None,
            wakes_at: None,
            pending: Vec::new(),
            last: 0,
            effects: Vec::new(),
            changed: false,
        }
    }

    /// Where the app stands.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<'_> {
        match (self.status, &self.live) {
            (Status::New | Status::Restoring, _) => Snapshot::Restoring,
            (Status::Leaving(_), _) => Snapshot::Leaving,
            (Status::Settled(why), None) => Snapshot::SignedOut(why),
            (Status::Settled(_), Some(live)) => Snapshot::SignedIn {
                tokens: live.session.tokens(),
                is_stale: live.fault.is_some() && live.session.token_at(self.clock.now()).is_none(),
                is_in_doubt: live.session.is_in_doubt(),
            },
        }
    }

    /// What failed last: a login, or an answer that nobody believes.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// The name that locks and channels of this client's tabs share.
    #[must_use]
    pub fn name(&self) -> String {
        self.shelf.name("tabs")
    }

    /// Hears what happened. What has come of it is polled.
    pub fn handle(&mut self, now: Now, input: Input) {
        self.clock.set(now);
        match input {
            Input::Start { ticket, href, names } => self.start(ticket, href.expose(), names),
            Input::Login { ticket, seed, asked, how } => {
                let born = self.clock.now();
                self.login(Leg { ticket, seed, asked, how, born });
            }
            Input::Unopened(ticket) => self.end_trip(ticket, Fault::PopupBlocked),
            Input::Token { ticket, life } => {
                self.wanted.push(Wanted { ticket, life, aim: 0 });
                self.serve();
            }
            Input::Other { ticket, life, renewal } => self.want_other(ticket, life, renewal),
            Input::Challenged(token) => self.refuse(&token),
            Input::Cancel(ticket) => self.cancel(ticket),
            Input::Logout { ticket, everywhere, page } => {
                self.logout(Out { ticket, everywhere, page });
            }
            Input::Http(id, answer) => self.answered(id, answer),
            Input::Took(id, value) => self.took(id, value),
            Input::Stored(id, is_stored) => self.stored(id, is_stored),
            Input::Locked(id) | Input::LockTimedOut(id) if self.drop_pending(id).is_none() => {}
            Input::Locked(_) => self.locked(),
            Input::LockTimedOut(_) => self.lock_timed_out(),
            Input::Verified(id, is_good) => {
                if let Some(Pending::Verdict(verdict, claim)) = self.drop_pending(id) {
                    let proof = verdict.answer(is_good).map_err(Fault::from);
                    self.prove(proof, claim);
                }
            }
            Input::KeyMade(id, jwk) => self.key_made(id, jwk.as_deref()),
            Input::Signed(id, signature) => self.signed(id, signature),
            Input::Prove { ticket, method, url, token } => {
                self.prove_use(ticket, &method, &url, &token);
            }
            Input::Nonce { ticket, url, nonce } => {
                let is_taken = self.learn(&url, &nonce);
                let settled = is_taken.then(|| Settled::Token(Secret::new(nonce)));
                self.push(Effect::Settle(ticket, Ok(settled.unwrap_or(Settled::Done))));
            }
            Input::Relayed(url) => self.relayed(url),
            Input::Heard(word) => self.heard(word.expose()),
            Input::Tick => self.tick(),
            Input::Online | Input::Visible => {
                self.tick();
                self.renew_if_dead();
            }
            Input::Back => self.stay(),
        }
        self.wake();
        if core::mem::take(&mut self.changed) {
            self.effects.push(Effect::Emit);
        }
    }

    /// What to do next; `None` until something else has happened.
    pub fn poll(&mut self) -> Option<Effect> {
        if self.effects.is_empty() { None } else { Some(self.effects.remove(0)) }
    }

    fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Remembers what an outcome will be for.
    fn expect(&mut self, pending: Pending) -> Id {
        self.last = self.last.wrapping_add(1);
        self.pending.push((Id(self.last), pending));
        Id(self.last)
    }

    /// What the outcome is for; nothing if it is no longer, or was brought before.
    fn drop_pending(&mut self, id: Id) -> Option<Pending> {
        let at = self.pending.iter().position(|(there, _)| *there == id)?;
        Some(self.pending.swap_remove(at).1)
    }

    fn done(&mut self, ticket: Ticket, fault: Option<Fault>) {
        let result = fault.map_or(Ok(Settled::Done), Err);
        self.push(Effect::Settle(ticket, result));
    }

    /// Nothing keeps the app from knowing where it stands.
    fn settle(&mut self, why: Why) {
        self.status = Status::Settled(why);
        self.changed = true;
        self.stays_at = None;
        for out in core::mem::take(&mut self.outs) {
            self.log_out(out);
        }
        self.started();
        self.serve();
        self.next_leave();
    }

    fn started(&mut self) {
        for ticket in core::mem::take(&mut self.starters) {
            self.done(ticket, None);
        }
    }

    fn is_settled(&self) -> bool {
        !matches!(self.status, Status::New | Status::Restoring)
    }

    /// Asks for a tick when the next of all limits is reached.
    fn wake(&mut self) {
        let mut next = None;
        for limit in [self.asks_until, self.stays_at, self.dies(), self.heals()] {
            next = sooner(next, limit);
        }
        for trip in &self.trips {
            next = sooner(next, Some(trip.until));
        }
        if next != self.wakes_at {
            self.wakes_at = next;
            if let Some(next) = next {
                self.push(Effect::WakeAt(next));
            }
        }
    }

    fn tick(&mut self) {
        let now = self.clock.mono;
        // Timers of hosts are early at times: whatever is still to come is asked for again.
        self.wakes_at = None;
        if self.asks_until.is_some_and(|until| until <= now) {
            self.asks_until = None;
            self.unanswered();
        }
        if self.stays_at.is_some_and(|at| at <= now) {
            self.stay();
        }
        self.end_late_trips();
        self.expire();
        if self.live.as_ref().is_some_and(|live| live.fault.is_some()) {
            self.renew_if_dead();
        }
    }

    fn stored(&mut self, id: Id, is_stored: bool) {
        match self.drop_pending(id) {
            Some(Pending::Record(record)) => self.recorded(*record, is_stored),
            Some(Pending::Published) => self.release(),
            Some(_) | None => {}
        }
    }

    fn took(&mut self, id: Id, value: Option<Secret>) {
        match self.drop_pending(id) {
            Some(Pending::StoredMetadata) => self.stored_metadata(value),
            Some(Pending::Restore) => self.restored(value),
            Some(Pending::RestoreMark(kept)) => {
                self.restored_mark(value.as_ref(), kept.map(|kept| *kept));
            }
            Some(Pending::Claim(claim)) => self.claimed(*claim, value),
            Some(Pending::Receipt(is_under_way)) => self.receipt(value, is_under_way),
            Some(Pending::Reread(seen)) => self.reread(value, &seen),
            Some(Pending::LastLook) => self.last_look(value),
            Some(Pending::Past) => self.clear_if_past(value),
            Some(_) | None => {}
        }
    }

    fn answered(&mut self, id: Id, answer: Result<Response, Delivery>) {
        if let Some(pending) = self.drop_pending(id) {
            self.deliver(pending, answer);
        }
    }
}

/// A login that waits for its answer, as it is remembered.
type Waiting = AwaitingCallback;
