//! Knowing the server: its metadata is fetched when something needs it, and remembered in the tab's
//! own storage for the page that the user comes back to.

use alloc::boxed::Box;
use alloc::string::String;

use super::arrive::Claim;
use super::depart::Leg;
use super::effect::Effect;
use super::fault::Fault;
use super::input::{Area, How, Id, Ticket};
use super::renewal::Delivery;
use super::shelf::is_within;
use super::state::Status;
use super::{Machine, Pending};
use crate::client::callback::LONGEST_LOGIN;
use crate::client::profile::Client;
use crate::client::{Error, Stage};
use crate::secret::Secret;
use crate::text::{cut, number, push_digits};
use crate::time::UnixTime;
use crate::wire::http::{Headers, Response};

const METADATA: &str = "metadata";

/// What waits for the client; a login then waits for its key.
#[derive(Debug)]
pub(super) enum Then {
    Login(Box<Leg>),
    Claim(Box<Claim>),
    Renew,
    Revoke,
}

impl Then {
    /// The login on its way in, if it is one.
    pub(super) fn claim(&self) -> Option<&Claim> {
        match self {
            Self::Claim(claim) => Some(claim),
            Self::Login(_) | Self::Renew | Self::Revoke => None,
        }
    }
}

impl Machine {
    /// Does `then` once the server is known.
    pub(super) fn with_client(&mut self, then: Then) {
        if self.client.is_some() {
            return self.go_on(then);
        }
        self.errands.push(then);
        let asks =
            |pending: &Pending| matches!(pending, Pending::StoredMetadata | Pending::Metadata(_));
        if !self.pending.iter().any(|(_, pending)| asks(pending)) {
            let id = self.expect(Pending::StoredMetadata);
            let name = self.shelf.name(METADATA);
            self.push(Effect::Read(id, Area::Session, name));
        }
    }

    /// A login that waits for the client, or for a key.
    pub(super) fn take_leg(&mut self, ticket: Ticket) -> Option<Box<Leg>> {
        let waits = |then: &Then| matches!(then, Then::Login(leg) if leg.ticket == ticket);
        match self.errands.remove(self.errands.iter().position(waits)?) {
            Then::Login(leg) => Some(leg),
            Then::Claim(_) | Then::Renew | Then::Revoke => None,
        }
    }

    /// Gives such a login up.
    pub(super) fn end_errand(&mut self, ticket: Ticket, fault: Fault) {
        let Some(leg) = self.take_leg(ticket) else { return };
        let leaves = |then: &Then| matches!(then, Then::Login(leg) if leg.how == How::Page);
        let left = leg.how == How::Page;
        self.done(ticket, Some(fault));
        // The page stays where it is, unless another login waits to leave.
        if let (true, Status::Leaving(why)) = (left, self.status)
            && !self.errands.iter().any(leaves)
        {
            self.settle(why);
        }
    }

    /// What another page of this tab has learnt.
    pub(super) fn stored_metadata(&mut self, value: Option<Secret>) {
        let now = self.clock.now();
        let client = value.and_then(|value| {
            let (born, body) = cut(value.expose(), b' ')?;
            let is_new = is_within(LONGEST_LOGIN, UnixTime::from_secs(number(born)?), now);
            if is_new { self.described(body.as_bytes()).ok() } else { None }
        });
        if let Some(client) = client {
            return self.meet(client);
        }
        let request = self.profile.clone().discover().request().clone();
        let id = self.expect(Pending::Metadata(request.url.clone()));
        self.push(Effect::Http { id, request, fresh: false });
    }

    pub(super) fn metadata(&mut self, url: String, answer: &Result<Response, Delivery>) {
        let found = match answer {
            Ok(response) => self.profile.clone().discover().answer(response).map_err(Fault::from),
            Err(_) => Err(Fault::Unreachable(url)),
        };
        match (found, answer) {
            (Ok(client), Ok(response)) => {
                let mut value = String::new();
                push_digits(&mut value, self.clock.now().as_secs());
                value.push(' ');
                value.push_str(core::str::from_utf8(&response.body).unwrap_or_default());
                // Nobody waits for it: a tab without storage asks again.
                let id = Id(0);
                let name = self.shelf.name(METADATA);
                self.push(Effect::Put(id, Area::Session, name, Secret::new(value)));
                self.meet(client);
            }
            (Err(fault), _) => self.unmet(&fault),
            (Ok(_), Err(_)) => {}
        }
    }

    fn described(&self, body: &[u8]) -> Result<Client, Error> {
        let response = Response { status: 200, headers: Headers::new(), body: body.into() };
        Ok(self.profile.clone().discover().answer(&response)?)
    }

    fn meet(&mut self, client: Client) {
        self.client = Some(client);
        for then in core::mem::take(&mut self.errands) {
            self.go_on(then);
        }
    }

    fn unmet(&mut self, fault: &Fault) {
        for then in core::mem::take(&mut self.errands) {
            match then {
                Then::Login(leg) => self.failed_login(leg.ticket, leg.how, fault.clone()),
                // The login was not touched: the page can be loaded again.
                Then::Claim(claim) => self.arrived(*claim, Err(fault.clone()), false),
                Then::Renew => {
                    let offline = Fault::Offline(Stage::Refresh);
                    let is_offline = matches!(fault, Fault::Unreachable(_));
                    self.put_off(if is_offline { &offline } else { fault });
                }
                Then::Revoke => self.left(Some(Fault::LogoutIncomplete)),
            }
        }
    }

    fn go_on(&mut self, then: Then) {
        match then {
            Then::Login(leg) => self.set_out(leg),
            Then::Claim(claim) => self.claim(*claim),
            Then::Renew => self.renew(),
            Then::Revoke => self.revoke(),
        }
    }
}
