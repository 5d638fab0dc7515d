//! Logins in windows and frames, which the page waits for where it is.

use core::time::Duration;

use super::Machine;
use super::Waiting;
use super::arrive::{Claim, Whence};
use super::fault::Fault;
use super::input::{How, Ticket};
use crate::client::callback::{AcceptError, storage_key_of};
use crate::client::dpop::ProofKey;
use crate::secret::Secret;
use crate::time::UnixTime;

/// A login in a window or frame: it waits here, and needs no storage.
#[derive(Debug)]
pub(super) struct Trip {
    pub(super) ticket: Ticket,
    pub(super) login: Waiting,
    pub(super) key: Option<ProofKey>,
    pub(super) how: How,
    pub(super) born: UnixTime,
    pub(super) until: Duration,
}

impl Machine {
    pub(super) fn relayed(&mut self, url: Secret) {
        let Ok(Some(key)) = storage_key_of(url.expose()) else { return };
        let Some(at) = self.trips.iter().position(|trip| trip.login.storage_key() == key) else {
            return;
        };
        let Trip { ticket, login, key: bound, how, born, until } = self.trips.swap_remove(at);
        let Some(client) = self.client_of(how, bound.clone()) else { return };
        let mut claim = Claim::of(url, key, Whence::Trip(ticket), born);
        claim.key = bound;
        if let Some((login, _)) = self.accept(&client, login, claim) {
            let key = client.profile.dpop;
            self.trips.push(Trip { ticket, login, key, how, born, until });
        }
    }

    pub(super) fn end_trip(&mut self, ticket: Ticket, fault: Fault) {
        if let Some(at) = self.trips.iter().position(|trip| trip.ticket == ticket) {
            let trip = self.trips.swap_remove(at);
            self.drop_key(trip.key.as_ref());
            self.done(ticket, Some(fault));
        } else {
            self.end_errand(ticket, fault);
        }
    }

    /// Gives up what does not come back: a frame never will, a window is left too long.
    pub(super) fn end_late_trips(&mut self) {
        let now = self.clock.mono;
        while let Some(late) = self.trips.iter().find(|trip| trip.until <= now) {
            let (ticket, is_frame) = (late.ticket, late.how == How::Frame);
            self.frames_refused |= is_frame;
            let late = if is_frame { Fault::FrameRefused } else { AcceptError::Expired.into() };
            self.end_trip(ticket, late);
        }
    }
}
