//! Signing out: here at once, then in the other tabs, then at the server.

use alloc::boxed::Box;
use alloc::string::String;

use super::client::Then;
use super::effect::Effect;
use super::fault::Fault;
use super::input::{How, Ticket};
use super::lease::Lease;
use super::past::Past;
use super::renewal::Delivery;
use super::state::{Live, Status, Why};
use super::tabs::Kept;
use super::{Machine, Pending};
use crate::client::logout::Farewell;
use crate::client::resource::Tokens;
use crate::client::revoke::AwaitingRevocation;
use crate::secret::Secret;
use crate::wire::http::Response;

/// Tokens on their way back to the server; without any, a user whom the server may still know.
#[derive(Debug)]
pub(super) struct Leave {
    ticket: Option<Ticket>,
    everywhere: bool,
    page: Option<String>,
    login: String,
    turn: u32,
    tokens: Option<Tokens>,
}

/// Someone who wants out.
#[derive(Debug)]
pub(super) struct Out {
    pub(super) ticket: Ticket,
    pub(super) everywhere: bool,
    pub(super) page: Option<String>,
}

impl Leave {
    pub(super) const fn of(login: String, turn: u32, tokens: Option<Tokens>) -> Self {
        Self { ticket: None, everywhere: false, page: None, login, turn, tokens }
    }
}

impl Machine {
    /// Whatever is under way signs nobody in any more. Before it is known who is in, that is found
    /// out first: or the next page would know them still.
    pub(super) fn logout(&mut self, out: Out) {
        if self.is_settled() {
            return self.log_out(out);
        }
        self.outs.push(out);
        self.give_up_all();
    }

    pub(super) fn log_out(&mut self, out: Out) {
        self.give_up_all();
        let Out { ticket, everywhere, page } = out;
        let live = self.live.take();
        // Tokens that somebody has copied are good for nothing from now on, whatever the server hears.
        self.drop_key(live.as_ref().and_then(Live::key));
        self.drop_old_keys();
        let (login, turn) = live.as_ref().map_or((String::new(), 0), |l| (l.login.clone(), l.turn));
        let past = Past::of(login, self.clock.wall, turn);
        self.forget_session();
        self.tell_past(&past);
        self.remember(past);
        self.fault = None;
        match live {
            Some(live) => {
                self.give_back(live);
                if let Some(leave) = self.leaves.last_mut() {
                    (leave.ticket, leave.everywhere, leave.page) = (Some(ticket), everywhere, page);
                }
            }
            // Whoever is on the way there already goes once.
            None if !everywhere || self.leaves.iter().any(|leave| leave.everywhere) => {
                self.done(ticket, None);
            }
            None => {
                let nobody = Leave::of(String::new(), 0, None);
                self.leaves.push(Leave { ticket: Some(ticket), everywhere, page, ..nobody });
            }
        }
        self.settle(Why::User);
        self.look_again();
    }

    fn give_back(&mut self, live: Live) {
        let tokens = live.session.tokens().clone();
        let Live { login, turn, .. } = live;
        self.leaves.push(Leave::of(login, turn, Some(tokens)));
    }

    pub(super) fn forget_session(&mut self) {
        if let Some(area) = self.keep {
            self.push(Effect::Forget(area, self.shelf.name("session")));
        }
    }

    /// Forgets a session that another tab has ended, and no other.
    fn forget_ended(&mut self) {
        if self.is_private() { self.forget_session() } else { self.clear_past() }
    }

    /// The session is over, and the user had no part in it.
    pub(super) fn end(&mut self, why: Why, fault: Fault) {
        if let Some(live) = self.live.take() {
            let past = Past::of_live(&live);
            // What is dead of itself the other tabs see for themselves, and a tab that was overtaken
            // speaks for itself only.
            if why == Why::Revoked {
                self.tell_past(&past);
            }
            if matches!(why, Why::Revoked | Why::OtherTab) {
                self.drop_key(live.key());
                self.remember(past);
            }
            if why == Why::OtherTab { self.forget_ended() } else { self.forget_session() }
        }
        self.fail_wanted(&fault);
        if let Status::Leaving(_) = self.status {
            self.status = Status::Leaving(why);
        } else {
            if matches!(why, Why::Revoked | Why::Failed) {
                self.fault = Some(fault);
            }
            self.settle(why);
        }
        if matches!(self.lease, Lease::Held | Lease::Overtaken) && !self.is_busy() {
            self.release();
        }
    }

    /// Whether something is under way that ends in letting go of the lock.
    fn is_busy(&self) -> bool {
        let ends = |pending: &Pending| {
            matches!(pending, Pending::Refresh(..) | Pending::Reread(_) | Pending::Published)
        };
        self.pending.iter().any(|(_, pending)| {
            if let Pending::Proof(proving, _) | Pending::Proved(proving) = pending {
                ends(&proving.then)
            } else {
                ends(pending)
            }
        })
    }

    /// The user is out in another tab, which gave back the tokens that it had.
    pub(super) fn out_elsewhere(&mut self, past: &Past) {
        let others = self.live.take_if(|live| live.login != past.login || live.turn > past.turn);
        if let Some(live) = others {
            self.forget_ended();
            self.drop_key(live.key());
            self.give_back(live);
        }
        self.end(Why::OtherTab, Fault::SignedOut);
        self.next_leave();
    }

    pub(super) fn next_leave(&mut self) {
        // A page that does not know yet who is in has something to find out first.
        if self.is_settled() && self.lease == Lease::Free && !self.leaves.is_empty() {
            self.lease = Lease::WantedToLeave;
            let id = self.expect(Pending::Lock);
            self.push(Effect::Lock(id));
        }
    }

    /// A tab that refreshed meanwhile has put newer tokens where the last ones were.
    pub(super) fn look_last(&mut self) {
        if self.is_private() {
            return self.with_client(Then::Revoke);
        }
        let (area, name) = self.common();
        let id = self.expect(Pending::LastLook);
        self.push(Effect::Read(id, area, name));
    }

    pub(super) fn last_look(&mut self, value: Option<Secret>) {
        let kept = value.and_then(|value| Kept::decode(value.expose(), &self.profile));
        if let (Some(kept), Some(leave)) = (kept, self.leaves.first_mut())
            && kept.login == leave.login
        {
            if kept.turn > leave.turn {
                leave.tokens = Some(kept.tokens);
            }
            let (area, name) = self.common();
            self.push(Effect::Forget(area, name));
        }
        self.with_client(Then::Revoke);
    }

    pub(super) fn replace_leaving(&mut self, login: &str, tokens: Tokens) {
        if let Some(leave) = self.leaves.iter_mut().find(|leave| leave.login == login) {
            leave.tokens = Some(tokens);
        } else {
            self.leaves.push(Leave::of(login.into(), u32::MAX, Some(tokens)));
        }
    }

    pub(super) fn revoke(&mut self) {
        let (Some(client), Some(leave)) = (&self.client, self.leaves.first()) else { return };
        let ask = leave.tokens.as_ref().and_then(|tokens| client.revoke(tokens));
        match ask.and_then(crate::client::Outgoing::unsigned) {
            Some(ask) => {
                let request = ask.request().clone();
                let id = self.expect(Pending::Revoke(Box::new(ask)));
                self.push(Effect::Http { id, request, fresh: true });
            }
            // The server takes nothing back, or there is nothing.
            None => self.left(None),
        }
    }

    pub(super) fn revoked(&mut self, ask: AwaitingRevocation, answer: Result<Response, Delivery>) {
        let is_over = answer.is_ok_and(|response| ask.answer(&response).is_ok());
        self.left((!is_over).then_some(Fault::LogoutIncomplete));
    }

    /// The tokens are given back, or cannot be.
    pub(super) fn left(&mut self, mut fault: Option<Fault>) {
        if self.leaves.is_empty() {
            return;
        }
        let leave = self.leaves.remove(0);
        if let (true, Some(client), Some(ticket)) = (leave.everywhere, &self.client, leave.ticket) {
            let farewell = leave.page.as_deref().map(|page| Farewell { page, state: None });
            match client.farewell(leave.tokens.as_ref(), farewell) {
                Some(url) => self.push(Effect::Navigate(How::Page, ticket, Secret::new(url))),
                // The server has no page for it, and so knows the user still.
                None => fault = Some(Fault::LogoutIncomplete),
            }
        }
        if let Some(ticket) = leave.ticket {
            self.done(ticket, fault);
        }
        self.release();
    }

    pub(super) fn cancel(&mut self, ticket: Ticket) {
        if let Some(at) = self.wanted.iter().position(|wanted| wanted.ticket == ticket) {
            self.wanted.remove(at);
            self.done(ticket, Some(Fault::Aborted));
        }
        self.end_trip(ticket, Fault::Aborted);
    }
}
