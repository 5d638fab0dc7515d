//! Messages in flight, and what the network does to them.

use grantflow::uri;
use grantflow::wire::http::{Request, Response};

use crate::cast::{Actor, Person};
use crate::fault::Fault;
use crate::input::Edit;
use crate::limits;
use crate::message::{Answered, Asked, Edited, Kind, Message, Stage, View};
use crate::prelude::*;
use crate::world::{World, find_mut};

/// A message, and who waits for its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) message: Message,
    pub(crate) waiter: Waiter,
    /// Whether it waits for the network's hand.
    pub(crate) is_held: bool,
}

/// Who waits for an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Waiter {
    /// A browser's address bar.
    Browser(Person),
    /// The app, for the session of that key.
    App(String),
    /// Nobody: the attacker reads it as it passes.
    Nobody,
}

/// A message that is to be sent.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) from: Actor,
    pub(crate) kind: Kind,
    pub(crate) request: Request,
    pub(crate) waiter: Waiter,
    pub(crate) after: Option<u32>,
}

impl World {
    /// Puts a request on its way, and gives the number of the message.
    pub(crate) fn send(&mut self, draft: Draft) -> u32 {
        let id = u32::try_from(self.exchanges.len() + 1).unwrap_or(u32::MAX);
        let to = Actor::at(&draft.request.url);
        let message = Message {
            id,
            at: self.now.as_secs() * 1000,
            kind: draft.kind,
            from: draft.from,
            to: to.unwrap_or(Actor::Nobody),
            // Where nobody is, nothing arrives.
            stage: if to.is_some() { Stage::Request } else { Stage::Lost },
            after: draft.after,
            copy_of: None,
            edited: None,
            seen: draft.from.is_attackers() || to == Some(Actor::Evil),
            request: Asked::from(&draft.request),
            response: Answered::default(),
            page: None,
            view: None,
            refused: None,
            states: Vec::new(),
            transitions: Vec::new(),
            step: 0,
        };
        let path = draft.request.path();
        let is_held =
            to.is_some_and(|to| self.holds.iter().any(|(of, at)| *of == to && at == path));
        self.bytes += message.request.url.len() + message.request.body.len();
        self.exchanges.push(Exchange { message, waiter: draft.waiter, is_held });
        self.touch(id);
        if to.is_none() {
            self.unheard(id);
        }
        id
    }

    /// Lets arrive what arrives by itself.
    pub(crate) fn pump(&mut self) {
        for _ in 0..limits::MOST_DELIVERIES {
            let is_moving = |exchange: &&Exchange| {
                let stage = exchange.message.stage;
                !exchange.is_held && matches!(stage, Stage::Request | Stage::Response)
            };
            let Some(next) = self.exchanges.iter().find(is_moving).filter(|_| self.automatic)
            else {
                return;
            };
            let id = next.message.id;
            self.deliver(id);
        }
    }

    /// A half of a message arrives.
    fn deliver(&mut self, id: u32) {
        let Some(exchange) = find_mut(&mut self.exchanges, id) else { return };
        exchange.is_held = false;
        let stage = exchange.message.stage;
        self.touch(id);
        match stage {
            Stage::Request => self.arrive(id),
            Stage::Response => self.land(id),
            Stage::Working | Stage::Done | Stage::Lost => {}
        }
    }

    /// A request arrives at a machine.
    fn arrive(&mut self, id: u32) {
        let Some(exchange) = find_mut(&mut self.exchanges, id) else { return };
        let (from, to) = (exchange.message.from, exchange.message.to);
        let request = exchange.message.request.to_request();
        match to {
            Actor::As => {
                let entropy = self.source.next();
                let served = self.provider.serve(from, &request, (self.now, entropy));
                if let Some(exchange) = find_mut(&mut self.exchanges, id) {
                    exchange.message.refused = served.refused;
                    exchange.message.transitions.extend(served.transitions);
                }
                self.respond(id, &served.response, served.view);
            }
            Actor::Evil => {
                let response = self.evil.serve(&request, self.now);
                let body = String::from_utf8_lossy(&response.body).into_owned();
                let view = (!response.is_json()).then_some(View::Text { text: body });
                self.respond(id, &response, view);
            }
            Actor::App => self.backend(id, &request),
            // No machine is there.
            Actor::Alice | Actor::Eve | Actor::Attacker | Actor::Nobody => {}
        }
    }

    /// An answer is on its way.
    pub(crate) fn respond(&mut self, id: u32, response: &Response, view: Option<View>) {
        let Some(exchange) = find_mut(&mut self.exchanges, id) else { return };
        let message = &mut exchange.message;
        message.response = Answered::from(response);
        message.page = view.as_ref().map(View::name);
        message.view = view;
        message.stage = Stage::Response;
        self.bytes += message.response.body.len();
        self.touch(id);
    }

    /// An answer arrives at who waits for it.
    fn land(&mut self, id: u32) {
        let Some(exchange) = find_mut(&mut self.exchanges, id) else { return };
        exchange.message.stage = Stage::Done;
        let (waiter, message) = (exchange.waiter.clone(), exchange.message.clone());
        match waiter {
            Waiter::Browser(who) => self.landed(who, &message),
            Waiter::App(key) => self.heard(&key, &message),
            Waiter::Nobody => {}
        }
    }

    /// Whoever waits for an answer gets none.
    fn unheard(&mut self, id: u32) {
        let Some(exchange) = find_mut(&mut self.exchanges, id) else { return };
        match exchange.waiter.clone() {
            Waiter::Browser(who) => self.lost(who, id),
            Waiter::App(key) => {
                let session = self.app.session(&key);
                if session.waits.take_if(|waits| *waits == id).is_some() {
                    let act = session.unheard();
                    self.go_on(&key, act, id);
                }
            }
            Waiter::Nobody => {}
        }
    }

    fn in_flight(&mut self, id: u32) -> Result<&mut Exchange, Fault> {
        let exchange = find_mut(&mut self.exchanges, id).ok_or_else(|| Fault::no_message(id))?;
        if matches!(exchange.message.stage, Stage::Request | Stage::Response) {
            Ok(exchange)
        } else {
            Err(Fault::new("not_in_flight", format!("Message {id} is not in flight.")))
        }
    }

    pub(crate) fn deliver_one(&mut self, id: u32) -> Result<(), Fault> {
        self.in_flight(id)?;
        self.deliver(id);
        Ok(())
    }

    pub(crate) fn lose(&mut self, id: u32) -> Result<(), Fault> {
        self.in_flight(id)?.message.stage = Stage::Lost;
        self.touch(id);
        self.unheard(id);
        Ok(())
    }

    pub(crate) fn duplicate(&mut self, id: u32) -> Result<(), Fault> {
        let message = self.message(id).ok_or_else(|| Fault::no_message(id))?;
        let draft = Draft {
            from: message.from,
            kind: message.kind,
            request: message.request.to_request(),
            waiter: Waiter::Nobody,
            after: Some(id),
        };
        let copy = self.send(draft);
        if let Some(exchange) = find_mut(&mut self.exchanges, copy) {
            exchange.message.copy_of = Some(id);
        }
        Ok(())
    }

    /// Whether a browser could read the address that somebody writes, once it is filled in.
    ///
    /// # Errors
    ///
    /// A [`Fault`]: `not_an_address`.
    pub(crate) fn reads(&self, edit: &Edit) -> Result<(), Fault> {
        // What cannot be filled in is another fault, for whoever does it.
        let Ok(Edit { url: Some(url), .. }) = self.fill_edit(edit) else { return Ok(()) };
        if is_address(&url) { Ok(()) } else { Err(Fault::no_address()) }
    }

    pub(crate) fn edit(&mut self, id: u32, edit: &Edit) -> Result<(), Fault> {
        let stage = self.in_flight(id)?.message.stage;
        let is_request = stage == Stage::Request;
        let is_of_answer = edit.status.is_some();
        let is_of_request = edit.method.is_some() || edit.url.is_some();
        if (is_request && is_of_answer) || (!is_request && is_of_request) {
            return Err(Fault::new("wrong_half", "That half of the message is not in flight."));
        }
        let filled = self.fill_edit(edit)?;
        let exchange = self.in_flight(id)?;
        let message = &mut exchange.message;
        let half = if is_request {
            let asked = &mut message.request;
            asked.method = filled.method.unwrap_or_else(|| asked.method.clone());
            asked.url = filled.url.unwrap_or_else(|| asked.url.clone());
            asked.headers = filled.headers.unwrap_or_else(|| asked.headers.clone());
            asked.body = filled.body.unwrap_or_else(|| asked.body.clone());
            message.to = Actor::at(&asked.url).unwrap_or(Actor::Nobody);
            Edited::Request
        } else {
            let answered = &mut message.response;
            answered.status = filled.status.unwrap_or(answered.status);
            answered.headers = filled.headers.unwrap_or_else(|| answered.headers.clone());
            answered.body = filled.body.unwrap_or_else(|| answered.body.clone());
            Edited::Response
        };
        let both = message.edited.is_some_and(|before| before != half);
        message.edited = Some(if both { Edited::Both } else { half });
        self.touch(id);
        Ok(())
    }

    pub(crate) fn hold(&mut self, to: Actor, path: &str, on: bool) -> Result<(), Fault> {
        if path.len() > limits::LONGEST_NAME {
            return Err(Fault::too_long("The path"));
        }
        self.holds.retain(|(of, at)| *of != to || at != path);
        if on {
            self.holds.push((to, path.to_owned()));
        }
        Ok(())
    }
}

/// Whether it is the address of something on the web: `http` or `https`, a host, and no letter that an
/// address cannot have. Who answers there, if anybody, is another question.
fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| !host.is_empty()) && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The origin of a URL; empty if it has none.
pub(crate) fn origin_of(url: &str) -> &str {
    uri::origin(url).unwrap_or_default()
}
