//! Acts in words, for whoever reads a trace.

use grantflow::wire::credentials::parse_basic;
use grantflow::wire::form::Form;
use grantflow::wire::http::Request;

use crate::book::Id;
use crate::cast::{CALLBACK, LEAKY};

use super::{Act, At, Flow, Forged};

impl Flow {
    /// Says what is done.
    pub(super) fn describe(&self, act: &Act) -> String {
        match *act {
            Act::Begin(slot) => format!("{} begins", self.name(slot)),
            Act::Agree(slot) => format!("Alice agrees to what {} asks", self.name(slot)),
            Act::Lure(request) => {
                format!("Alice follows a link and agrees: {}", self.link(request))
            }
            Act::Own(request) => format!("Mallory agrees: {}", self.link(request)),
            Act::Deliver { slot, with, .. } => {
                let to = self.tried(slot, with);
                format!("Alice's browser comes back to the app, which tries the callback on {to}")
            }
            Act::Inject { url, browser, slot, with, is_tapped } => {
                let url = self.server.texts.get(url);
                let query = url.split_once('?').map_or("", |(_, query)| query);
                let (form, to) = (parse(query), self.tried(slot, with));
                let iss = form.field("iss");
                let iss = if iss.is_empty() { "no `iss`".into() } else { format!("`iss` {iss}") };
                let what =
                    if form.field("code").is_empty() { "a refusal" } else { "a code he knows" };
                let state = self.whose(form.field("state"), "state");
                let tapped = if is_tapped { "; its token request is tapped" } else { "" };
                format!(
                    "{browser:?}'s browser is given {what} with {state} and {iss}, which the app tries on {to}{tapped}"
                )
            }
            Act::Answer { slot, says: None } => {
                format!("the evil server answers {} without an ID token", self.name(slot))
            }
            Act::Answer { slot, says: Some(Forged { iss, sub, nonce }) } => {
                let nonce =
                    nonce.map_or("no nonce".into(), |it| format!("the nonce of {}", self.name(it)));
                format!(
                    "the evil server answers {}: {sub:?} of {}, with {nonce}",
                    self.name(slot),
                    server(iss)
                )
            }
            Act::Twin(_) => "a token request of the app's arrives once more".into(),
            Act::Redeem(request) => self.redemption(request),
            Act::Tick => "the clock goes on".into(),
        }
    }

    fn name(&self, slot: usize) -> String {
        let it = self.lineup.slots[slot];
        format!("{:?}'s login at {}", it.person, server(it.at))
    }

    fn tried(&self, slot: usize, with: At) -> String {
        let as_whom = if self.has_evil_server() {
            format!(" as the client of {}", server(with))
        } else {
            String::new()
        };
        format!("{}{as_whom}", self.name(slot))
    }

    /// Whose parameter it is.
    fn whose(&self, value: &str, name: &str) -> String {
        let slots = 0..self.lineup.slots.len();
        let known = slots.into_iter().find(|slot| self.app.parameter(*slot, name) == value);
        match known {
            Some(slot) => format!("the `{name}` of {}", self.name(slot)),
            None if value.is_empty() => format!("no `{name}`"),
            None => format!("a `{name}` of Mallory's"),
        }
    }

    fn link(&self, request: Id<Request>) -> String {
        let request = self.server.host.requests.get(request);
        let form = parse(request.query());
        let uri = match form.field("redirect_uri") {
            CALLBACK => "the app's callback",
            LEAKY => "the app's leaky page",
            _ => "the attacker's page",
        };
        let parameters =
            ["state", "code_challenge", "nonce"].map(|name| self.whose(form.field(name), name));
        format!("client {}, back to {uri}, with {}", form.field("client_id"), parameters.join(", "))
    }

    fn redemption(&self, request: Id<Request>) -> String {
        let request = self.server.host.requests.get(request);
        let header = request.headers.first("authorization").and_then(|it| parse_basic(it).ok());
        let text = String::from_utf8_lossy(&request.body);
        let form = parse(&text);
        let sender = header.map_or(form.field("client_id").to_owned(), |(id, _)| id);
        let verifier = match form.field("code_verifier") {
            "" => "no verifier",
            text if text == crate::cast::verifier(super::attacker::OWN) => "his own verifier",
            _ => "a verifier that he has learnt",
        };
        format!("the attacker redeems a code as client {sender}, with {verifier}")
    }
}

fn parse(query: &str) -> Form {
    Form::parse(query.as_bytes()).unwrap()
}

fn server(at: At) -> &'static str {
    match at {
        At::Honest => "our server",
        At::Evil => "the evil server",
    }
}
