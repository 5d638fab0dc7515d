//! Signing in, the way to the server.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::client::Then;
use super::effect::{Effect, HTTP_TIMEOUT};
use super::fault::Fault;
use super::input::{Area, How, Id, Ticket};
use super::key;
use super::state::{Status, Why};
use super::trips::Trip;
use super::{Machine, Pending};
use crate::client::callback::LONGEST_LOGIN;
use crate::client::dpop::ProofKey;
use crate::client::{Asked, Seed};
use crate::secret::Secret;
use crate::time::UnixTime;

/// Where a login is written, the first that takes it.
const LADDER: [Area; 3] = [Area::Session, Area::Local, Area::Cookie];

/// How long a frame may take.
const FRAME_TIMEOUT: Duration = Duration::from_secs(10);

/// A login on its way out.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) ticket: Ticket,
    pub(super) seed: Seed,
    pub(super) asked: Box<Asked>,
    pub(super) how: How,
    /// When the app asked for it.
    pub(super) born: UnixTime,
}

/// A login that is written down before the page leaves.
#[derive(Debug)]
pub(super) struct Record {
    ticket: Ticket,
    url: Secret,
    value: Secret,
    key: String,
    born: UnixTime,
    rung: usize,
}

impl Machine {
    pub(super) fn login(&mut self, leg: Leg) {
        if leg.how == How::Page {
            let gone = self.shelf.sweep(self.clock.now());
            self.forget(gone);
        }
        let refusal = match leg.how {
            How::Page => self.shelf.looped(self.clock.now()).map(Fault::LoginLoop),
            How::Popup | How::Frame if self.relay.is_none() => Some(Fault::NoRelay),
            How::Frame if self.frames_refused => Some(Fault::FrameRefused),
            How::Popup | How::Frame => None,
        };
        if let Some(fault) = refusal {
            return self.failed_login(leg.ticket, leg.how, fault);
        }
        if let (How::Page, Status::Settled(why)) = (leg.how, self.status) {
            self.status = Status::Leaving(why);
            self.changed = true;
        }
        self.with_client(Then::Login(Box::new(leg)));
    }

    pub(super) fn failed_login(&mut self, ticket: Ticket, how: How, fault: Fault) {
        self.done(ticket, Some(fault.clone()));
        if how == How::Page {
            self.fault = Some(fault);
            self.settle_out(Why::Failed);
        }
    }

    /// The page is still there, or there again: the login waits for its answer all the same.
    pub(super) fn stay(&mut self) {
        if let Status::Leaving(why) = self.status {
            // An app that signs in by itself where nobody ever was in has done so, and is not to
            // begin anew.
            let is_first = why == Why::Never && self.live.is_none();
            self.settle(if is_first { Why::Refused } else { why });
        }
    }

    /// Leaves with a key of this login's own, if the server binds tokens to one.
    pub(super) fn leave(&mut self, leg: Leg, key: Option<ProofKey>) {
        let Leg { ticket, seed, asked, how, born } = leg;
        let now = self.clock.now();
        let Some(client) = self.client_of(how, key) else { return };
        let redirect = client.login(seed, *asked, now);
        if how == How::Page {
            let name = redirect.login.storage_key();
            let (url, value) =
                (Secret::new(redirect.url), key::write(&redirect.login, client.proof_key()));
            return self.write(Record { ticket, url, value, key: name, born: now, rung: 0 });
        }
        let life = if how == How::Frame { FRAME_TIMEOUT } else { LONGEST_LOGIN };
        let until = self.clock.mono + life;
        self.trips.push(Trip {
            ticket,
            login: redirect.login,
            key: client.profile.dpop,
            how,
            born,
            until,
        });
        self.push(Effect::Navigate(how, ticket, Secret::new(redirect.url)));
    }

    fn forget(&mut self, gone: Vec<(Area, String)>) {
        for (area, name) in gone {
            self.push(Effect::Forget(area, name));
        }
    }

    /// Writes the login where the next page finds it, one rung after the other.
    fn write(&mut self, record: Record) {
        let Some(area) = LADDER.get(record.rung) else {
            return self.failed_login(record.ticket, How::Page, Fault::StorageDenied);
        };
        let gone = self.shelf.make_room(*area);
        self.forget(gone);
        let place = self.shelf.place(*area, record.born, &record.key);
        let value = record.value.clone();
        let id = self.expect(Pending::Record(Box::new(record)));
        self.push(Effect::Put(id, *area, place.login, value));
    }

    /// Leaves for no login that is still being written down, and forgets what is written of it.
    pub(super) fn give_up_records(&mut self) {
        let of_record =
            |(id, pending): &(Id, Pending)| matches!(pending, Pending::Record(_)).then_some(*id);
        while let Some(id) = self.pending.iter().find_map(of_record) {
            let Some(Pending::Record(record)) = self.drop_pending(id) else { return };
            if let Some(area) = LADDER.get(record.rung) {
                let place = self.shelf.place(*area, record.born, &record.key);
                self.push(Effect::Forget(*area, place.login));
            }
            self.done(record.ticket, Some(Fault::Aborted));
        }
    }

    pub(super) fn recorded(&mut self, record: Record, is_stored: bool) {
        let Some(area) = LADDER.get(record.rung).filter(|_| is_stored) else {
            return self.write(Record { rung: record.rung + 1, ..record });
        };
        let place = self.shelf.place(*area, record.born, &record.key);
        self.away = Some((*area, place.login.clone()));
        self.shelf.begin(*area, place.login);
        if let Status::Leaving(_) = self.status {
            // As long as any request may take. No browser tells that the user chose to stay, or that
            // what the server sent was no page.
            self.stays_at = Some(self.clock.mono + HTTP_TIMEOUT);
        }
        self.push(Effect::Navigate(How::Page, record.ticket, record.url));
        self.done(record.ticket, None);
    }
}
