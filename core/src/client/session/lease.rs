//! Keeping the token fresh, one tab at a time: whoever refreshes has the lock, and looks first
//! whether another tab was quicker.

use alloc::boxed::Box;
use alloc::string::String;
use core::time::Duration;

use super::client::Then;
use super::effect::{Effect, Settled};
use super::fault::Fault;
use super::input::Ticket;
use super::renewal::{Delivery, Ended, LONGEST_REST, State, Want};
use super::state::{Live, Status, Why};
use super::tabs::{self, Kept, OUT};
use super::{Machine, OVERTAKEN_TIMEOUT, Pending};
use crate::client::Error;
use crate::client::refresh::AwaitingRefresh;
use crate::secret::Secret;
use crate::wire::http::Response;

/// Which tokens were here when something was asked.
pub(super) type Seen = Option<(String, u32)>;

/// Someone who wants an access token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) ticket: Ticket,
    pub(super) life: Duration,
    /// Of which kind; the session's own is 0.
    pub(super) aim: u32,
}

/// What the lock is to this tab.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lease {
    Free,
    /// Asked for, to refresh.
    Wanted,
    /// Held, to refresh.
    Held,
    /// Held, and another tab has newer tokens.
    Overtaken,
    /// Asked for, to give the tokens back.
    WantedToLeave,
    /// Held, to give the tokens back.
    Leaving,
    /// Not held, and the tokens are given back all the same.
    LeavingWithout,
}

impl Machine {
    /// Hands out what there is, and gets the next tokens for the others.
    pub(super) fn serve(&mut self) {
        if !self.is_settled() {
            return;
        }
        self.hand_out();
        if !self.wanted.is_empty() {
            self.renew();
        }
    }

    /// Settles everyone for whom the token will do.
    pub(super) fn hand_out(&mut self) {
        let now = self.clock.now();
        let Some(live) = &self.live else { return self.fail_wanted(&Fault::SignedOut) };
        let rests = live.session.rests(now).is_some();
        let mut left = alloc::vec::Vec::new();
        for wanted in core::mem::take(&mut self.wanted) {
            let least = if rests { Duration::ZERO } else { wanted.life };
            match self.token_for(wanted, least) {
                Some(token) => {
                    let settled = Ok(Settled::Token(token));
                    self.effects.push(Effect::Settle(wanted.ticket, settled));
                }
                None => left.push(wanted),
            }
        }
        self.wanted = left;
        if let (true, Some(fault)) = (rests, live.fault.clone()) {
            self.fail_wanted(&fault);
        }
    }

    pub(super) fn fail_wanted(&mut self, fault: &Fault) {
        self.fail_aim(None, fault);
    }

    /// Gets the lock, unless it is asked for already.
    pub(super) fn renew(&mut self) {
        let (Lease::Free, Some(live)) = (self.lease, &mut self.live) else { return };
        live.retries_at = None;
        if !live.can_refresh() {
            if live.session.token_at(self.clock.now()).is_none() {
                return self.end(Why::Expired, Fault::SignedOut);
            }
            return self.fail_wanted(&Fault::SignedOut);
        }
        if self.client.is_none() {
            if !self.errands.iter().any(|then| matches!(then, Then::Renew)) {
                self.with_client(Then::Renew);
            }
            return;
        }
        self.lease = Lease::Wanted;
        let id = self.expect(Pending::Lock);
        self.push(Effect::Lock(id));
    }

    /// The server is not known, so there was nobody to ask: that is tried again by itself.
    pub(super) fn put_off(&mut self, fault: &Fault) {
        if let Some(live) = &mut self.live {
            live.fault = Some(fault.clone());
            live.retries_at = Some(self.clock.mono + LONGEST_REST);
            self.changed = true;
        }
        self.fail_wanted(fault);
    }

    pub(super) fn renew_if_dead(&mut self) {
        let now = self.clock.now();
        let is_dead =
            |live: &Live| live.session.token_at(now).is_none() && live.session.rests(now).is_none();
        if self.is_settled() && self.live.as_ref().is_some_and(is_dead) {
            self.renew();
        }
    }

    /// Which tokens are here.
    fn seen(&self) -> Seen {
        self.live.as_ref().map(|live| (live.login.clone(), live.turn))
    }

    pub(super) fn locked(&mut self) {
        match self.lease {
            Lease::WantedToLeave => {
                self.lease = Lease::Leaving;
                self.look_last();
            }
            Lease::Wanted => {
                self.lease = Lease::Held;
                self.look();
            }
            Lease::Free
            | Lease::Held
            | Lease::Overtaken
            | Lease::Leaving
            | Lease::LeavingWithout => {}
        }
    }

    /// Whoever was said to have newer tokens has them no longer: someone signed in or out here.
    pub(super) fn look_again(&mut self) {
        if self.lease == Lease::Overtaken {
            (self.lease, self.asks_until) = (Lease::Held, None);
            self.look();
        }
    }

    fn look(&mut self) {
        let (area, name) = self.common();
        let seen = self.seen();
        let id = self.expect(Pending::Reread(seen));
        self.push(Effect::Read(id, area, name));
    }

    pub(super) fn lock_timed_out(&mut self) {
        if self.lease == Lease::WantedToLeave {
            // The user wants out, whatever the other tabs do.
            self.lease = Lease::LeavingWithout;
            return self.look_last();
        }
        self.lease = Lease::Free;
        self.fail_wanted(&Fault::TimedOut);
        self.next_leave();
    }

    /// What the other tabs have done until now; nobody does anything more, for the lock is here.
    pub(super) fn reread(&mut self, value: Option<Secret>, seen: &Seen) {
        let Some(live) = &self.live else { return self.release() };
        if *seen != self.seen() {
            // What was read is older than what has come since.
            return self.look();
        }
        let Some(value) = value else {
            // A mark that nobody could write says nothing.
            if self.is_private() {
                return self.drive();
            }
            return self.end(Why::StorageLost, Fault::SignedOut);
        };
        if !self.is_private() {
            match Kept::decode(value.expose(), &self.profile) {
                Some(kept) if !self.is_foreign(&kept) => drop(self.adopt(kept)),
                Some(kept) if kept.login != live.login => {}
                // Another tab goes on with what is of no use here, and may have spent what is here:
                // sent again it would look like theft. What it wrote is not ours to remove.
                Some(_) | None => {
                    self.live = None;
                    return self.end(Why::StorageLost, Fault::SignedOut);
                }
            }
            return self.drive();
        }
        if value.matches(OUT) {
            self.end(Why::OtherTab, Fault::SignedOut);
        } else if !tabs::is_overtaken(live, value.expose()) {
            self.drive();
        } else {
            self.lease = Lease::Overtaken;
            self.push(Effect::Tell(tabs::ask()));
            self.asks_until = Some(self.clock.mono + OVERTAKEN_TIMEOUT);
        }
    }

    /// Nobody has said what was asked for.
    pub(super) fn unanswered(&mut self) {
        if self.lease == Lease::Overtaken && self.live.is_some() {
            // What is here is spent. Sent again it would end the session of the tab that has the rest.
            return self.end(Why::Expired, Fault::SignedOut);
        }
        if self.status == Status::Restoring {
            self.settle_out(Why::Never);
        }
        self.look_again();
    }

    /// With the lock, and knowing all there is to know: does what the session says.
    pub(super) fn drive(&mut self) {
        let mut longest = None;
        for wanted in &self.wanted {
            if wanted.aim == 0 {
                longest = longest.max(Some(wanted.life));
            }
        }
        // The session's own token first, and then one after the other.
        let other = if longest.is_some() { None } else { self.next_aim() };
        let now = self.clock.now();
        let (Some(live), Some(client)) = (&mut self.live, &self.client) else {
            return self.release();
        };
        live.session.meet(client);
        let want = match other {
            Some(renewal) => live.session.want_other(now, renewal),
            None => live.session.want(now, longest.unwrap_or_default()),
        };
        match want {
            Want::Use(_) | Want::Wait(_) => self.release(),
            Want::SignIn(why) => self.over(why),
            Want::Send(ask) => {
                let login = live.login.clone();
                match ask.unproved() {
                    Some(ask) => {
                        let request = ask.request().clone();
                        self.ask(request, Pending::Refresh(Box::new(ask), login));
                    }
                    None => self.end(Why::Failed, Fault::PrivateKey),
                }
            }
        }
    }

    pub(super) fn refreshed(
        &mut self,
        ask: AwaitingRefresh,
        login: &str,
        answer: Result<Response, Delivery>,
    ) {
        let now = self.clock.now();
        let Some(live) = self.live.as_mut().filter(|live| live.login == login) else {
            // The user is out meanwhile: these are the tokens to give back.
            if let Some(tokens) = answer.ok().and_then(|r| ask.answer(&r, now).ok()) {
                self.replace_leaving(login, tokens);
            }
            return self.release();
        };
        let held = live.session.held();
        let other = ask.other();
        let result = match &answer {
            Ok(response) => live.session.answer(ask, response, now),
            Err(delivery) => live.session.lost(&ask, *delivery, now),
        };
        self.changed = true;
        if let (Some(renewal), Err(Error::Refresh(error))) = (&other, &result)
            && error.is_about_aim()
        {
            self.fail_other(renewal, &error.clone().into());
            return self.release();
        }
        if let Err(error) = result {
            live.fault = Some(error.into());
            if let State::Ended(why) = live.session.state() {
                let why = why.clone();
                return self.over(why);
            }
            if answer.err() == Some(Delivery::NotSent) {
                let fault = live.fault.clone().unwrap_or(Fault::SignedOut);
                self.fail_wanted(&fault);
                return self.release();
            }
            return self.drive();
        }
        if live.session.held() == held {
            return self.drive();
        }
        let brought = live.session.take_other();
        live.fault = None;
        live.turn = live.turn.saturating_add(1);
        if let (Some(renewal), Some(tokens)) = (other, brought) {
            self.keep_other(&renewal, *tokens);
        }
        let id = self.expect(Pending::Published);
        self.publish_as(id);
        self.hand_out();
    }

    /// Lets the others have the lock.
    pub(super) fn release(&mut self) {
        match self.lease {
            Lease::Free | Lease::Wanted | Lease::WantedToLeave => return,
            Lease::Held | Lease::Overtaken | Lease::Leaving => self.push(Effect::Unlock),
            Lease::LeavingWithout => {}
        }
        self.lease = Lease::Free;
        self.asks_until = None;
        self.next_leave();
        if self.is_settled() {
            self.hand_out();
            // Whoever is still here has come since, or wants more than there was.
            if !self.wanted.is_empty() {
                self.renew();
            }
        }
    }

    fn over(&mut self, why: Ended) {
        let reason = match &why {
            Ended::Expired => Why::Expired,
            Ended::Refused(_) => Why::Revoked,
        };
        let error: Error = why.into();
        self.end(reason, error.into());
    }

    /// When a token dies that nothing renews.
    pub(super) fn dies(&self) -> Option<Duration> {
        let live = self.live.as_ref().filter(|live| !live.can_refresh())?;
        Some(self.clock.mono_at(live.session.tokens().expires_at?))
    }

    /// When a server that stumbled, or was not found, is asked again for a token that died meanwhile.
    pub(super) fn heals(&self) -> Option<Duration> {
        let now = self.clock.now();
        let live = self.live.as_ref().filter(|live| live.session.token_at(now).is_none())?;
        let rests = live.session.rests(now).map(|until| self.clock.mono_at(until));
        rests.or(live.retries_at).filter(|_| self.lease == Lease::Free)
    }

    pub(super) fn expire(&mut self) {
        let is_late = self.dies().is_some_and(|at| at <= self.clock.mono);
        if is_late && self.is_settled() {
            self.end(Why::Expired, Fault::SignedOut);
        }
    }
}
