//! What is over: logins that ended, and whatever was under way when the user signed out.

use alloc::string::String;
use alloc::vec::Vec;

use super::arrive::Whence;
use super::client::Then;
use super::depart::Leg;
use super::effect::Effect;
use super::fault::Fault;
use super::input::{How, Ticket};
use super::leave::Leave;
use super::state::{Live, Status};
use super::tabs::{self, Kept};
use super::{Machine, Pending};
use crate::client::resource::Tokens;
use crate::secret::Secret;
use crate::time::UnixTime;

/// The end of a login, and of what began before.
///
/// Tabs hear of logins in any order, and miss some. So the end of one is that of all before it: a tab
/// that knows none of them but this takes none of them up, and tells whoever still does.
#[derive(Clone, Debug)]
pub(super) struct Past {
    /// The login; empty if whoever ended it did not know it.
    pub(super) login: String,
    /// What began before is over, too.
    pub(super) before: UnixTime,
    /// The turn of its tokens that are given back.
    pub(super) turn: u32,
}

impl Past {
    pub(super) const fn none() -> Self {
        Self::of(String::new(), UnixTime::from_secs(0), 0)
    }

    pub(super) const fn of(login: String, before: UnixTime, turn: u32) -> Self {
        Self { login, before, turn }
    }

    /// The end of this login, which may be followed by another already.
    pub(super) fn of_live(live: &Live) -> Self {
        Self::of(live.login.clone(), live.born, live.turn)
    }

    /// Whether it is after what began then. An end to come is one by a clock that was wrong, and says
    /// nothing.
    fn is_after(&self, born: UnixTime, now: UnixTime) -> bool {
        self.before <= now && born < self.before
    }

    /// Whether it came while that login was on its way in here, where it was not heard of in time.
    fn is_amid(&self, live: &Live, now: UnixTime) -> bool {
        self.is_after(live.began, now) && live.born <= self.before
    }

    pub(super) fn covers(&self, login: &str, born: UnixTime, now: UnixTime) -> bool {
        self.login == login || self.is_after(born, now)
    }
}

impl Machine {
    pub(super) fn is_past(&self, kept: &Kept) -> bool {
        self.ended.covers(&kept.login, kept.born, self.clock.wall)
    }

    pub(super) fn remember(&mut self, past: Past) {
        if past.before >= self.ended.before || self.ended.before > self.clock.wall {
            self.ended = past;
        }
    }

    /// What begins now is not over, whatever a clock said that was wrong.
    pub(super) fn begin_after(&mut self, born: UnixTime) {
        self.ended.before = self.ended.before.min(born);
    }

    /// The user is out in another tab, or the server has said so there.
    pub(super) fn hear_past(&mut self, past: &Past) {
        let now = self.clock.wall;
        let live = self.live.as_ref();
        let is_ours = live.is_some_and(|live| past.covers(&live.login, live.born, now));
        let amid = live.filter(|live| !is_ours && past.is_amid(live, now)).map(Past::of_live);
        self.remember(past.clone());
        if let Some(amid) = &amid {
            self.tell_past(amid);
            self.remember(amid.clone());
        }
        if is_ours || amid.is_some() {
            self.out_elsewhere(past);
        }
        self.give_up_past();
    }

    /// The store that all tabs see may have a record of what is over, or of what has come since.
    pub(super) fn clear_past(&mut self) {
        let (area, name) = self.common();
        let id = self.expect(Pending::Past);
        self.push(Effect::Read(id, area, name));
    }

    pub(super) fn clear_if_past(&mut self, value: Option<Secret>) {
        let kept = value.and_then(|value| Kept::decode(value.expose(), &self.profile));
        if kept.is_some_and(|kept| self.is_past(&kept)) {
            let (area, name) = self.common();
            self.push(Effect::Forget(area, name));
        }
    }

    /// Gives up all logins that are under way in this tab.
    pub(super) fn give_up_all(&mut self) {
        // It may have left already, and the page with it.
        if let Some((area, name)) = self.away.take() {
            self.shelf.drop(&name);
            self.push(Effect::Forget(area, name));
        }
        self.give_up_records();
        self.give_up(&|_, _| true);
    }

    /// Gives up those that began before the end that was heard of. Where the user has still to do
    /// something they go on: who signs in after that wants to be in.
    pub(super) fn give_up_past(&mut self) {
        let (past, now) = (self.ended.clone(), self.clock.wall);
        self.give_up(&|born, how| {
            past.is_after(born, now) && how.is_none_or(|how| how == How::Frame)
        });
    }

    /// Gives up logins by when they began, and by how they go as long as they wait for the user.
    fn give_up(&mut self, is_over: &dyn Fn(UnixTime, Option<How>) -> bool) {
        for ticket in self.past_legs(is_over) {
            self.done(ticket, Some(Fault::Aborted));
        }
        let mut dropped = Vec::new();
        let claims = self.pending.iter_mut().filter_map(|(_, pending)| pending.claim());
        for claim in claims.filter(|claim| !claim.is_over && is_over(claim.born, None)) {
            claim.is_over = true;
            dropped.push(claim.ticket());
        }
        for then in core::mem::take(&mut self.errands) {
            let Some(claim) = then.claim().filter(|claim| is_over(claim.born, None)) else {
                self.errands.push(then);
                continue;
            };
            // Nobody shall find it who opens the page once more.
            if let Whence::Page(place) = &claim.from {
                self.shelf.drop(&place.login);
                self.push(Effect::Forget(place.area, place.login.clone()));
            }
            dropped.push(claim.ticket());
        }
        for ticket in dropped {
            match ticket {
                Some(ticket) => self.done(ticket, Some(Fault::Aborted)),
                None if self.status == Status::Restoring => self.restore(),
                None => {}
            }
        }
    }

    fn past_legs(&mut self, is_over: &dyn Fn(UnixTime, Option<How>) -> bool) -> Vec<Ticket> {
        let (mut tickets, mut keys) = (Vec::new(), Vec::new());
        let mut goes = |ticket, born, how| {
            let goes = is_over(born, Some(how));
            if goes {
                tickets.push(ticket);
            }
            !goes
        };
        self.trips.retain_mut(|trip| {
            let stays = goes(trip.ticket, trip.born, trip.how);
            if !stays {
                keys.push(trip.key.take());
            }
            stays
        });
        self.errands.retain(|then| match then {
            Then::Login(leg) => {
                let Leg { ticket, born, how, .. } = **leg;
                goes(ticket, born, how)
            }
            Then::Claim(_) | Then::Renew | Then::Revoke => true,
        });
        for key in keys {
            self.drop_key(key.as_ref());
        }
        tickets
    }

    /// Gives tokens back that came of a login that was given up.
    pub(super) fn take_back(&mut self, login: String, tokens: Tokens) {
        self.leaves.push(Leave::of(login, 0, Some(tokens)));
        self.next_leave();
    }

    /// Says that a session is over, where all tabs hear and look.
    pub(super) fn tell_past(&mut self, past: &Past) {
        if self.is_private() {
            let (area, name) = self.common();
            self.push(Effect::Put(super::Id(0), area, name, Secret::new(tabs::OUT)));
        }
        self.push(Effect::Tell(tabs::out(past)));
    }
}
