//! Where an app's request and a browser are at the honest server, as its host can see it: what it hands
//! out is sealed in pages and cookies, and not in the store.

use grantflow::server::{Page, path};
use grantflow::states::{Effect, Event, Machine, State};
use grantflow::wire::callback::Callback;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Method, Request, Response};

use crate::cast::{AS, Actor};
use crate::prelude::*;
use crate::provider::id_of;
use crate::shelf::Shelf;

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    sealed: Shelf<State>,
    /// The request that was last answered, browser by browser.
    latest: Vec<(Actor, State)>,
}

/// What came of an app's request: where it is, what left, and how it is called if it goes on.
type Outcome = (State, Effect, Option<String>);

impl Watch {
    /// Where the latest request of a browser is.
    pub(crate) fn of(&self, actor: Actor) -> Option<State> {
        self.latest.iter().find(|(of, _)| *of == actor).map(|(_, state)| *state)
    }

    /// A request was answered; its sender was signed in or not before.
    pub(crate) fn answered(
        &mut self,
        (from, was_signed_in): (Actor, bool),
        request: &Request,
        (response, page): (&Response, Option<&Page>),
        taken: &mut Vec<String>,
    ) {
        taken.extend(browser(was_signed_in, response));
        let Some((to, emits, sealed)) = outcome(request.path(), response, page) else { return };
        let (was, on) = match (request.path(), request.method) {
            (path::AUTHORIZE, _) => (State::Absent, Event::Authorize),
            (path::LOGIN, _) => (self.known(&request.body), Event::SignIn),
            (_, Method::Get | Method::Head) => {
                (self.known(request.query().as_bytes()), Event::Return)
            }
            (_, _) => (self.known(&request.body), decision(&request.body)),
        };
        taken.push(id_of(Machine::Interaction, (was, on, to), emits));
        self.latest.retain(|(of, _)| *of != from);
        self.latest.push((from, to));
        if let Some(sealed) = sealed {
            self.sealed.put(&sealed, to);
        }
    }

    fn known(&self, fields: &[u8]) -> State {
        let form = Form::parse(fields).unwrap_or_default();
        self.sealed.get(form.field("interaction")).copied().unwrap_or(State::Absent)
    }
}

fn decision(form: &[u8]) -> Event {
    match Form::parse(form).unwrap_or_default().field("decision") {
        "approve" => Event::Approve,
        _ => Event::Deny,
    }
}

fn browser(was_signed_in: bool, response: &Response) -> Option<String> {
    let from = if was_signed_in { State::SignedIn } else { State::SignedOut };
    let cookie = response.headers.first("set-cookie")?.split(';').next()?;
    let (on, to, emits) = match cookie.split_once('=') {
        Some((_, "")) | None => (Event::SignOut, State::SignedOut, Effect::Leave),
        Some(_) => (Event::SignIn, State::SignedIn, Effect::Redirect),
    };
    Some(id_of(Machine::Browser, (from, on, to), emits))
}

fn outcome(at: &str, response: &Response, page: Option<&Page>) -> Option<Outcome> {
    if ![path::AUTHORIZE, path::LOGIN, path::CONSENT].contains(&at) {
        return None;
    }
    if let Some(page) = page {
        return match page {
            // Without an app it is the developer page that waits.
            Page::Login(page) if page.client_name.is_some() => {
                Some((State::SigningIn, Effect::LoginPage, Some(page.interaction.clone())))
            }
            Page::Consent(page) => {
                Some((State::Consenting, Effect::ConsentPage, Some(page.interaction.clone())))
            }
            Page::Leave(page) => heard(&page.location),
            Page::Login(_)
            | Page::Developer(_)
            | Page::Registered(_)
            | Page::SignOut(_)
            | Page::SignedOut
            | Page::Error(_) => None,
        };
    }
    let location = response.headers.first("location")?;
    let Some(query) = location.strip_prefix(AS).and_then(|it| it.strip_prefix(path::CONSENT))
    else {
        return if location.starts_with(AS) { None } else { heard(location) };
    };
    let form = Form::parse(query.trim_start_matches('?').as_bytes()).ok()?;
    let to = if at == path::LOGIN { State::SigningIn } else { State::Posted };
    Some((to, Effect::Redirect, Some(form.field("interaction").to_owned())))
}

fn heard(location: &str) -> Option<Outcome> {
    Some(match Callback::parse(location).ok()?.answer {
        Ok(_) => (State::Approved, Effect::Code, None),
        Err(body) if body.error == "access_denied" => (State::Denied, Effect::Refusal, None),
        Err(_) => (State::Refused, Effect::Refusal, None),
    })
}
