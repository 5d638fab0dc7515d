//! Questions for whoever keeps the records.

use alloc::boxed::Box;
use core::fmt;

use super::Turn;
use crate::server::bound::Bound;
use crate::server::handle::Call;
use crate::server::record::{Key, Record, Versioned};
use crate::server::{
    approve, authenticate, authorize, consent, developer, introspect, issue, logout, once, origin,
    own_token, register, reply, resource, revoke, token,
};
use crate::states::{Effect, Event, State, Step};
use crate::time::UnixTime;

/// Bring the record under [`Read::key`].
pub struct Read<'s> {
    call: Call<'s>,
    key: Key,
    next: AfterRead<'s>,
}

pub(crate) enum AfterRead<'s> {
    Origin(Box<origin::AwaitingMark<'s>>),
    Authorize(Box<authorize::AwaitingClient<'s>>),
    Consents(Box<authorize::AwaitingConsent<'s>>),
    Consent(Box<consent::AwaitingClient<'s>>),
    Denied(Box<consent::Denied<'s>>),
    Remember(Box<approve::Approved<'s>>),
    Mark(Box<approve::Approved<'s>>),
    Twin(Box<approve::AwaitingTwin<'s>>),
    Authenticate(Box<authenticate::AwaitingClient<'s>>),
    Assertion(Box<once::AwaitingUse<'s>>),
    TokenGrant(Box<token::AwaitingGrant<'s>>),
    OwnTokenGrant(Box<own_token::AwaitingGrant<'s>>),
    IntrospectClient(Box<introspect::AwaitingHolder<'s>>),
    ResourceGrant(Box<resource::AwaitingGrant<'s>>),
    ResourceClient(Box<resource::AwaitingClient<'s>>),
    Logout(Box<logout::Asked<'s>>),
    Register(Box<register::AwaitingClient<'s>>),
    Apps(Box<developer::AwaitingApps<'s>>),
    App(Box<developer::AwaitingApp<'s>>),
}

impl<'s> Read<'s> {
    pub(crate) fn ask(call: Call<'s>, key: Key, next: AfterRead<'s>) -> Turn<'s> {
        Turn::Read(Self { call, key, next })
    }

    /// Where to look.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// Goes on with what was found there, if anything.
    pub fn answer(self, found: Option<Versioned>) -> Turn<'s> {
        match self.next {
            AfterRead::Origin(waiting) => waiting.resume(found),
            AfterRead::Authorize(waiting) => waiting.resume(found),
            AfterRead::Consents(waiting) => waiting.resume(found),
            AfterRead::Consent(waiting) => waiting.resume(found),
            AfterRead::Denied(waiting) => waiting.resume(found),
            AfterRead::Remember(waiting) => waiting.remember(found),
            AfterRead::Mark(waiting) => waiting.mark(found),
            AfterRead::Twin(waiting) => waiting.resume(found),
            AfterRead::Authenticate(waiting) => waiting.resume(found),
            AfterRead::Assertion(waiting) => waiting.resume(found),
            AfterRead::TokenGrant(waiting) => waiting.resume(found),
            AfterRead::OwnTokenGrant(waiting) => waiting.resume(found),
            AfterRead::IntrospectClient(waiting) => waiting.resume(found),
            AfterRead::ResourceGrant(waiting) => waiting.resume(found),
            AfterRead::ResourceClient(waiting) => waiting.resume(found),
            AfterRead::Logout(waiting) => waiting.resume(found),
            AfterRead::Register(waiting) => waiting.resume(found),
            AfterRead::Apps(waiting) => waiting.resume(found),
            AfterRead::App(waiting) => waiting.resume(found),
        }
    }

    /// Ends the request, for the store cannot be asked: with 503, or, where an app asks for a
    /// person's permission and is known, by telling the app.
    ///
    /// Nothing of a grant was consumed. The statement by which a client proved itself may have been,
    /// for it is good once: the client makes another.
    pub fn unavailable(self) -> Turn<'s> {
        reply::unanswered(&self.call, self.next.into_bound())
    }
}

/// What it waits for may hold what only the person, the app or the server may know.
impl fmt::Debug for Read<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Read").field("key", &self.key).finish_non_exhaustive()
    }
}

impl AfterRead<'_> {
    /// The app that is waiting for an answer by way of the browser, if one is.
    fn into_bound(self) -> Option<Bound> {
        match self {
            Self::Consents(waiting) => Some(waiting.into_bound()),
            Self::Denied(waiting) => Some(waiting.into_bound()),
            Self::Remember(waiting) | Self::Mark(waiting) => Some(waiting.into_bound()),
            Self::Twin(waiting) => Some(waiting.into_bound()),
            Self::Origin(_)
            | Self::Authorize(_)
            | Self::Consent(_)
            | Self::Authenticate(_)
            | Self::Assertion(_)
            | Self::TokenGrant(_)
            | Self::OwnTokenGrant(_)
            | Self::IntrospectClient(_)
            | Self::ResourceGrant(_)
            | Self::ResourceClient(_)
            | Self::Logout(_)
            | Self::Register(_)
            | Self::Apps(_)
            | Self::App(_) => None,
        }
    }
}

/// What a swap must find for it to happen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expect {
    /// Nothing under the key.
    Absent,
    /// This version.
    Version(u64),
}

/// How a swap went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Swapped {
    /// The record is stored, durably.
    Held,
    /// Something else was there; nothing is changed.
    Lost,
    /// No answer came; it may have happened or not.
    Unknown,
}

/// Store [`Swap::record`] under [`Swap::key`] if [`Swap::expect`] still holds.
pub struct Swap<'s> {
    call: Call<'s>,
    key: Key,
    expect: Expect,
    record: Record,
    next: AfterSwap<'s>,
}

pub(crate) enum AfterSwap<'s> {
    Denied(Box<consent::Denied<'s>>),
    Remember(Box<approve::Approved<'s>>),
    Mark(Box<approve::Approved<'s>>),
    Consent(Box<approve::Approved<'s>>),
    Assertion(Box<once::AwaitingUse<'s>>),
    Token(Box<issue::AwaitingSwap<'s>>),
    Revoke(Box<revoke::AwaitingSwap<'s>>),
    Register(Box<register::Registered<'s>>),
    Unregister(Box<Call<'s>>),
    App(Box<developer::AwaitingAppSwap<'s>>),
    Apps(Box<developer::AwaitingAppsSwap<'s>>),
}

impl<'s> Swap<'s> {
    pub(crate) fn ask(
        call: Call<'s>,
        (key, expect): (Key, Expect),
        record: Record,
        next: AfterSwap<'s>,
    ) -> Turn<'s> {
        Turn::Swap(Self { call, key, expect, record, next })
    }

    /// Where to store.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// What must be there for the swap to happen.
    #[must_use]
    pub const fn expect(&self) -> Expect {
        self.expect
    }

    /// What to store; its version is one more than what was there.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// When the store may forget the record; `None` is never.
    #[must_use]
    pub fn dies(&self) -> Option<UnixTime> {
        self.record.dies()
    }

    /// What happens to the record, in the table of [transitions](crate::states::TRANSITIONS).
    #[must_use]
    pub fn event(&self) -> Event {
        match &self.next {
            AfterSwap::Denied(_) => Event::Deny,
            AfterSwap::Remember(_) | AfterSwap::Mark(_) | AfterSwap::Consent(_) => Event::Approve,
            AfterSwap::Assertion(_) => Event::Prove,
            AfterSwap::Token(waiting) => waiting.event(),
            AfterSwap::Revoke(_) => Event::Revoke,
            AfterSwap::Register(waiting) => waiting.event(),
            AfterSwap::Unregister(_) => Event::Unregister,
            AfterSwap::App(waiting) => waiting.event(),
            AfterSwap::Apps(waiting) => waiting.event(),
        }
    }

    /// The step that the record takes once it is stored; `before` is what was under the key.
    #[must_use]
    pub fn step(&self, before: Option<&Record>) -> Step {
        let from = before.map_or(State::Absent, Record::state);
        (self.key.machine(), from, self.event(), self.record.state(), self.emits())
    }

    /// What leaves in the end once the record is stored, in the same table.
    #[must_use]
    pub fn emits(&self) -> Effect {
        match &self.next {
            AfterSwap::Denied(_) => Effect::Refusal,
            AfterSwap::Remember(_) | AfterSwap::Mark(_) | AfterSwap::Consent(_) => Effect::Code,
            AfterSwap::Assertion(_) => Effect::Proceed,
            AfterSwap::Token(waiting) => waiting.emits(),
            AfterSwap::Revoke(_) | AfterSwap::Unregister(_) => Effect::Nothing,
            AfterSwap::Register(_) => Effect::Information,
            AfterSwap::App(waiting) => waiting.emits(),
            AfterSwap::Apps(waiting) => waiting.emits(),
        }
    }

    /// Goes on, knowing how it went.
    ///
    /// # Security
    ///
    /// [`Swapped::Held`] is said only of what is stored durably: an answer that leaves before lets
    /// a crash spend a code twice.
    pub fn answer(self, swapped: Swapped) -> Turn<'s> {
        match self.next {
            AfterSwap::Denied(waiting) => waiting.swapped(swapped),
            AfterSwap::Remember(waiting) => waiting.remembered(swapped),
            AfterSwap::Mark(waiting) => waiting.marked(swapped),
            AfterSwap::Consent(waiting) => waiting.stored(swapped),
            AfterSwap::Assertion(waiting) => waiting.swapped(swapped),
            AfterSwap::Token(waiting) => waiting.resume(swapped),
            AfterSwap::Revoke(waiting) => waiting.resume(swapped),
            AfterSwap::Register(waiting) => waiting.resume(swapped),
            AfterSwap::Unregister(call) => register::removed(&call, swapped),
            AfterSwap::App(waiting) => waiting.resume(swapped),
            AfterSwap::Apps(waiting) => waiting.resume(swapped),
        }
    }

    /// Ends the request, for the store cannot be asked: with 503, or, where an app asks for a
    /// person's permission and is known, by telling the app.
    ///
    /// Nothing leaves, so that nothing is lost if the record was stored after all. As for what was
    /// consumed, see [`Read::unavailable`].
    pub fn unavailable(self) -> Turn<'s> {
        reply::unanswered(&self.call, self.next.into_bound())
    }
}

/// The record may hold what is known about a person, and what comes next may hold tokens.
impl fmt::Debug for Swap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, expect, .. } = self;
        f.debug_struct("Swap").field("key", key).field("expect", expect).finish_non_exhaustive()
    }
}

impl AfterSwap<'_> {
    /// The app that is waiting for an answer by way of the browser, if one is.
    fn into_bound(self) -> Option<Bound> {
        match self {
            Self::Denied(waiting) => Some(waiting.into_bound()),
            Self::Remember(waiting) | Self::Mark(waiting) | Self::Consent(waiting) => {
                Some(waiting.into_bound())
            }
            Self::Assertion(_)
            | Self::Token(_)
            | Self::Revoke(_)
            | Self::Register(_)
            | Self::Unregister(_)
            | Self::App(_)
            | Self::Apps(_) => None,
        }
    }
}

/// The record of the kind that `pick` picks, and the version a swap of it must expect.
pub(crate) fn found<T>(
    found: Option<Versioned>,
    pick: impl FnOnce(Record) -> Option<T>,
) -> (Option<T>, Expect) {
    match found {
        None => (None, Expect::Absent),
        Some(Versioned { version, record }) => (pick(record), Expect::Version(version)),
    }
}
