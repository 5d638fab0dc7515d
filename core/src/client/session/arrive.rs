//! Signing in, the way back; and finding who is signed in already.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::client::Then;
use super::effect::Effect;
use super::fault::Fault;
use super::input::{Area, How, Id, Ticket};
use super::past::Past;
use super::renewal::Delivery;
use super::shelf::{Arrival, Place, RECEIPT_LIFE};
use super::state::{Live, Status, Why};
use super::tabs::{self, Kept, OUT};
use super::{Machine, Pending, TABS_TIMEOUT, Waiting};
use crate::client::callback::AcceptError;
use crate::client::dpop::ProofKey;
use crate::client::identity::{AwaitingKeys, IdentityError, Proof};
use crate::client::profile::Client;
use crate::client::redeem::AwaitingTokens;
use crate::client::resource::Tokens;
use crate::client::{Remedy, ReturnTo, Stage};
use crate::secret::Secret;
use crate::text::{cut, number, push_digits};
use crate::time::UnixTime;
use crate::wire::http::Response;

/// A login on its way in.
#[derive(Debug)]
pub(super) struct Claim {
    answer: Secret,
    login: String,
    return_to: String,
    /// The key that its tokens are to be bound to.
    pub(super) key: Option<ProofKey>,
    pub(super) from: Whence,
    /// When it began.
    pub(super) born: UnixTime,
    /// Given up: nobody waits for it, and what it brings is given back.
    pub(super) is_over: bool,
}

#[derive(Debug)]
pub(super) enum Whence {
    Page(Place),
    Trip(Ticket),
}

impl Claim {
    pub(super) const fn of(answer: Secret, login: String, from: Whence, born: UnixTime) -> Self {
        Self { answer, login, return_to: String::new(), key: None, from, born, is_over: false }
    }

    /// Who waits for it, if it is not the page.
    pub(super) const fn ticket(&self) -> Option<Ticket> {
        match self.from {
            Whence::Page(_) => None,
            Whence::Trip(ticket) => Some(ticket),
        }
    }
}

impl Machine {
    pub(super) fn start(&mut self, ticket: Ticket, href: &str, names: Vec<(Area, String)>) {
        self.starters.push(ticket);
        match self.status {
            Status::New => {}
            Status::Restoring => return,
            Status::Settled(_) | Status::Leaving(_) => return self.started(),
        }
        self.status = Status::Restoring;
        self.shelf.fill(names);
        let redirect_uri = self.profile.redirect_uri().as_str().to_owned();
        match self.shelf.arrival(href, &redirect_uri) {
            Arrival::Nothing => self.restore(),
            Arrival::Stray(error, is_clean) => {
                if is_clean {
                    self.push(Effect::ReplaceUrl(redirect_uri));
                }
                self.fault = Some(error.into());
                self.restore();
            }
            Arrival::Ours(place) => {
                self.push(Effect::ReplaceUrl(redirect_uri));
                let (_, answer) = href.split_at_checked(page_length(href)).unwrap_or_default();
                let (login, born) = (place.key.clone(), place.born);
                let claim = Claim::of(Secret::new(answer), login, Whence::Page(place), born);
                self.with_client(Then::Claim(Box::new(claim)));
            }
        }
        if !self.outs.is_empty() {
            self.give_up_all();
        }
    }

    /// Finds who was signed in before.
    pub(super) fn restore(&mut self) {
        match self.keep {
            Some(area) => {
                let id = self.expect(Pending::Restore);
                let name = self.shelf.name("session");
                self.push(Effect::Read(id, area, name));
            }
            None => self.restored(None),
        }
    }

    pub(super) fn restored(&mut self, value: Option<Secret>) {
        // Another tab may have been quicker.
        let mut kept = value
            .filter(|_| self.live.is_none())
            .and_then(|value| Kept::decode(value.expose(), &self.profile));
        if kept.take_if(|kept| self.is_foreign(kept)).is_some() {
            self.fault = Some(Fault::KeyLost);
        }
        self.look_for_key(kept);
    }

    /// The same tokens, whose key is there.
    pub(super) fn found(&mut self, kept: Option<Kept>) {
        if self.live.is_none() && self.is_private() {
            let id = self.expect(Pending::RestoreMark(kept.map(Box::new)));
            let name = self.shelf.name("mark");
            return self.push(Effect::Read(id, Area::Local, name));
        }
        self.take_up(kept, false);
    }

    /// What all tabs know: that the user is out, or that somebody is in, and so some tab has tokens.
    pub(super) fn restored_mark(&mut self, mark: Option<&Secret>, kept: Option<Kept>) {
        let is_out = mark.is_some_and(|mark| mark.matches(OUT));
        if self.live.is_some() || kept.is_some() || is_out || mark.is_none() {
            return self.take_up(kept, is_out);
        }
        self.push(Effect::Tell(tabs::ask()));
        self.asks_until = Some(self.clock.mono + TABS_TIMEOUT);
    }

    /// Goes on with what this tab had kept, unless the user signed out while it was away.
    fn take_up(&mut self, kept: Option<Kept>, is_out: bool) {
        if let (Some(kept), None) = (kept, &self.live) {
            if is_out || self.is_past(&kept) {
                self.remember(Past::of(kept.login, kept.born, kept.turn));
                if let Some(area) = self.keep {
                    self.push(Effect::Forget(area, self.shelf.name("session")));
                }
                return self.settle_out(Why::OtherTab);
            }
            self.live = Some(Live::of(kept.at(self.clock.now())));
        }
        if self.live.is_none() {
            return self.settle_out(Why::Never);
        }
        self.settle(Why::Never);
        self.expire();
    }

    /// Where the app stands if nobody is signed in, by what failed.
    pub(super) fn settle_out(&mut self, why: Why) {
        let why = match &self.fault {
            Some(Fault::LoginLoop(_)) => Why::LoginLoop,
            Some(Fault::KeyLost) => Why::StorageLost,
            Some(Fault::Leg(error)) if error.remedy() == Remedy::AskUser => Why::Refused,
            Some(_) => Why::Failed,
            None => why,
        };
        self.settle(why);
    }

    /// Takes the login, so that nobody redeems its code twice.
    pub(super) fn claim(&mut self, claim: Claim) {
        let Whence::Page(place) = &claim.from else { return };
        let (area, name) = (place.area, place.login.clone());
        let id = self.expect(Pending::Claim(Box::new(claim)));
        self.push(Effect::Take(id, area, name));
    }

    pub(super) fn claimed(&mut self, mut claim: Claim, record: Option<Secret>) {
        if claim.is_over {
            return;
        }
        let Whence::Page(place) = &claim.from else { return };
        let Some(record) = record else {
            // It was taken before: there is a receipt, or will be.
            let (area, name) = (place.area, place.done.clone());
            let is_under_way = self.shelf.has(&place.login);
            let id = self.expect(Pending::Receipt(is_under_way));
            return self.push(Effect::Read(id, area, name));
        };
        self.shelf.drop(&place.login);
        let (area, name) = (place.area, place.login.clone());
        let (login, key) = self.read_login(record.expose());
        if key.is_none() && self.needs_key() {
            // It began where keys were not required.
            return self.arrived(claim, Err(Fault::KeyLost), true);
        }
        claim.key = key;
        let login = match Waiting::decode(login) {
            Ok(login) => login,
            Err(error) => return self.arrived(claim, Err(error.into()), true),
        };
        let Some(client) = self.client_of(How::Page, claim.key.clone()) else { return };
        if let Some((_, fault)) = self.accept(&client, login, claim) {
            self.shelf.add(area, name.clone());
            self.push(Effect::Put(Id(0), area, name, record));
            self.fault = Some(fault);
            self.restore();
        }
    }

    /// Judges the answer; gives the login back if it goes on waiting.
    pub(super) fn accept(
        &mut self,
        client: &Client,
        login: Waiting,
        mut claim: Claim,
    ) -> Option<(Waiting, Fault)> {
        login.return_to().clone_into(&mut claim.return_to);
        match login.accept(client, claim.answer.expose(), self.clock.now()) {
            Ok(accepted) => {
                if let Whence::Page(place) = &claim.from {
                    // From now on the answer is taken, for whoever opens the page again.
                    self.write_receipt(place, &claim.return_to);
                }
                match accepted.exchange().unproved() {
                    Some(ask) => {
                        let request = ask.request().clone();
                        self.ask(request, Pending::Redeem(Box::new(ask), Box::new(claim)));
                    }
                    None => self.arrived(claim, Err(Fault::PrivateKey), true),
                }
                None
            }
            Err(refused) => {
                let fault = Fault::from(refused.error);
                match refused.kept {
                    Some(login) => return Some((login, fault)),
                    None => self.arrived(claim, Err(fault), true),
                }
                None
            }
        }
    }

    fn write_receipt(&mut self, place: &Place, return_to: &str) {
        let mut receipt = String::new();
        push_digits(&mut receipt, self.clock.now().as_secs());
        receipt.push(' ');
        receipt.push_str(return_to);
        self.shelf.add(place.area, place.done.clone());
        self.push(Effect::Put(Id(0), place.area, place.done.clone(), Secret::new(receipt)));
    }

    /// The page was opened with an answer that was given before.
    pub(super) fn receipt(&mut self, value: Option<Secret>, is_under_way: bool) {
        let now = self.clock.now();
        let return_to = value.and_then(|value| {
            let (done, return_to) = cut(value.expose(), b' ')?;
            let is_new = now.since(UnixTime::from_secs(number(done)?)) < RECEIPT_LIFE;
            is_new.then(|| return_to.to_owned())
        });
        match return_to.and_then(|path| ReturnTo::parse(&path).ok()) {
            Some(path) => self.push(Effect::ReplaceUrl(path.as_str().to_owned())),
            None if is_under_way => {}
            None => self.fault = Some(AcceptError::WrongState.into()),
        }
        self.restore();
    }

    pub(super) fn redeemed(
        &mut self,
        ask: AwaitingTokens,
        claim: Box<Claim>,
        answer: Result<Response, Delivery>,
    ) {
        let proof = match answer {
            Ok(response) => ask
                .answer(&response, self.clock.now())
                .map_err(Fault::from)
                // Only what the ID token says of itself is held against the time of day.
                .and_then(|unproven| Ok(unproven.proof(&self.known, self.clock.wall)?)),
            Err(_) => Err(Fault::Offline(Stage::Redeem)),
        };
        self.prove(proof, claim);
    }

    pub(super) fn keys(
        &mut self,
        ask: AwaitingKeys,
        claim: Box<Claim>,
        answer: Result<Response, Delivery>,
    ) {
        let proof = match answer {
            Ok(response) => ask
                .answer(&response, &mut self.known, self.clock.wall)
                .map_err(|error: IdentityError| error.into()),
            Err(_) => Err(Fault::Offline(Stage::Identity)),
        };
        self.prove(proof, claim);
    }

    pub(super) fn prove(&mut self, proof: Result<Proof, Fault>, claim: Box<Claim>) {
        match proof {
            Ok(Proof::Keys(ask)) => {
                let (request, fresh) = (ask.request().clone(), ask.is_refetch());
                let id = self.expect(Pending::Keys(ask, claim));
                self.push(Effect::Http { id, request, fresh });
            }
            Ok(Proof::Signature(ask)) => {
                let (alg, jwk) = (ask.alg(), ask.jwk().to_owned());
                let (input, signature) = (Secret::new(ask.input()), ask.signature().to_vec());
                let id = self.expect(Pending::Verdict(ask, claim));
                self.push(Effect::Verify { id, alg, jwk, input, signature });
            }
            Ok(Proof::Done(tokens)) => self.arrived(*claim, Ok(tokens), true),
            Err(fault) => self.arrived(*claim, Err(fault), true),
        }
    }

    /// A login is over; `is_spent` unless it can be tried again.
    pub(super) fn arrived(
        &mut self,
        claim: Claim,
        end: Result<Box<Tokens>, Fault>,
        is_spent: bool,
    ) {
        let Claim { login, return_to, key, from, born, is_over, .. } = claim;
        let is_bound = end.as_ref().is_ok_and(|tokens| tokens.key.is_some());
        if is_over || !is_bound {
            self.drop_key(key.as_ref());
        }
        if is_over {
            if let Ok(tokens) = end {
                self.take_back(login, *tokens);
            }
            return;
        }
        let now = self.clock.now();
        match (from, end) {
            (Whence::Page(place), Ok(tokens)) => {
                self.write_receipt(&place, &return_to);
                self.push(Effect::ReplaceUrl(return_to));
                self.begin(login, born, *tokens);
            }
            (Whence::Trip(ticket), Ok(tokens)) => {
                self.begin(login, born, *tokens);
                self.done(ticket, None);
            }
            (Whence::Trip(ticket), Err(fault)) => self.done(ticket, Some(fault)),
            (Whence::Page(place), Err(fault)) => {
                self.shelf.drop(&place.done);
                self.push(Effect::Forget(place.area, place.done));
                if is_spent {
                    let name = self.shelf.fail(now, fault.code());
                    self.shelf.add(place.area, name.clone());
                    self.push(Effect::Put(Id(0), place.area, name, Secret::new("1")));
                }
                self.fault = Some(fault);
                self.restore();
            }
        }
    }

    /// Someone has just signed in, here.
    fn begin(&mut self, login: String, began: UnixTime, tokens: Tokens) {
        self.fault = None;
        let since = self.clock.now();
        let live = Live::of(Kept { login, born: since, turn: 0, since, tokens });
        self.live = Some(Live { began, ..live });
        self.begin_after(since);
        self.drop_old_keys();
        self.publish();
        self.asks_until = None;
        self.look_again();
        self.settle(Why::Never);
    }
}

/// As much of a URL as is before the query.
fn page_length(href: &str) -> usize {
    crate::text::until(href, b"?#").0.len()
}
