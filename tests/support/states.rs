//! Holds every step that is taken against the table of transitions, and remembers which were.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use grantflow::server::{AuthorizationServer, Key, Page, Record, Swap, Turn, path};
use grantflow::states::{Effect, Event, Machine, State, Transition};
use grantflow::time::UnixTime;
use grantflow::wire::callback::Callback;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Headers, Method, Request, Response};

use crate::{Answer, ISSUER};

/// A step: whose, from where, at what, to where, and what left.
pub type Step = (Machine, State, Event, State, Effect);

thread_local! {
    /// A test has a thread of its own, so these are its steps and no other's.
    static TAKEN: RefCell<BTreeSet<Step>> = const { RefCell::new(BTreeSet::new()) };
}

/// The steps that were taken on this thread.
pub fn taken() -> BTreeSet<Step> {
    TAKEN.with_borrow(BTreeSet::clone)
}

/// A step was taken: it must be in the table.
pub fn step(machine: Machine, (from, on, to): (State, Event, State), emits: Effect) {
    let Some(row) = Transition::find(machine, (from, on, to), emits) else {
        panic!("not in the table: {machine:?} from {from:?}, {on:?}, to {to:?} with {emits:?}")
    };
    TAKEN.with_borrow_mut(|taken| taken.insert(row.step()));
}

/// A swap that held.
pub fn swapped(before: Option<&Record>, swap: &Swap<'_>) {
    let after = swap.record().state();
    step(swap.key().machine(), (state_of(before), swap.event(), after), swap.emits());
}

/// What was to leave after a swap that held is what leaves, unless the same request goes on first.
pub fn kept(promise: Effect, turn: &Turn<'_>) {
    let response = match turn {
        Turn::Reply(response) => response,
        Turn::Show(show) => {
            let is_registered = matches!(show.page, Page::Registered(_));
            return assert_eq!(is_registered, promise == Effect::AppPage, "{promise:?}: {show:?}");
        }
        _ => return assert!(matches!(promise, Effect::Code | Effect::Proceed), "{promise:?}"),
    };
    let body = std::str::from_utf8(&response.body).unwrap();
    let says = |member: &str| body.contains(&format!("\"{member}\""));
    let goes = response.headers.first("location");
    let is_kept = match promise {
        Effect::Code => to_an_app(response).is_some_and(|(to, ..)| to == State::Approved),
        Effect::Refusal => says("error") || to_an_app(response).is_some_and(|to| to.1 == promise),
        Effect::Tokens => says("access_token"),
        Effect::Information => says("client_id"),
        Effect::Nothing => body.is_empty() && goes.is_none(),
        Effect::Redirect => goes.is_some_and(|url| url.starts_with(ISSUER)),
        // The request that goes on may find that it is good for nothing.
        Effect::Proceed => true,
        _ => false,
    };
    assert!(is_kept, "{promise:?}: {response:?}");
}

/// A record that the operator put there.
pub fn declared(key: &Key, before: Option<&Record>, after: &Record) {
    step(key.machine(), (state_of(before), Event::Declare, after.state()), Effect::Nothing);
}

fn state_of(record: Option<&Record>) -> State {
    record.map_or(State::Absent, Record::state)
}

/// What the server has handed to browsers and not to its store: sealed requests and cookies.
#[derive(Debug, Default)]
pub struct Watch {
    interactions: BTreeMap<String, State>,
    /// Cookies that somebody was signed in with when last seen.
    cookies: BTreeSet<String>,
}

impl Watch {
    /// A request was answered.
    pub fn answered(
        &mut self,
        (server, now): (&AuthorizationServer, UnixTime),
        request: &Request,
        answer: &Answer,
    ) {
        self.browser((server, now), request, answer);
        let base = server.policy().issuer.path();
        let path = request.path().strip_prefix(base).unwrap_or_default();
        if ![path::AUTHORIZE, path::LOGIN, path::CONSENT].contains(&path) {
            return;
        }
        let Some((to, emits, sealed)) = outcome(path, answer) else { return };
        let (from, on) = match (path, request.method) {
            (path::AUTHORIZE, _) => (State::Absent, Event::Authorize),
            (path::LOGIN, _) => (self.interaction(&request.body), Event::SignIn),
            (_, Method::Get | Method::Head) => {
                (self.interaction(request.query().as_bytes()), Event::Return)
            }
            (_, _) => (self.interaction(&request.body), decision(&request.body)),
        };
        step(Machine::Interaction, (from, on, to), emits);
        self.interactions.extend(sealed.map(|sealed| (sealed, to)));
    }

    /// Where the request is that a form or a link goes on with.
    fn interaction(&self, fields: &[u8]) -> State {
        let form = Form::parse(fields).unwrap();
        let sealed = form.field("interaction");
        *self.interactions.get(sealed).expect("an interaction that was never handed out")
    }

    fn browser(
        &mut self,
        (server, now): (&AuthorizationServer, UnixTime),
        request: &Request,
        answer: &Answer,
    ) {
        let cookie = request.headers.first("cookie").unwrap_or_default();
        let is_signed_in = server.session(request, now).is_some();
        let from = if is_signed_in { State::SignedIn } else { State::SignedOut };
        if from == State::SignedOut && self.cookies.remove(cookie) {
            let expired = (State::SignedIn, Event::Expire, State::SignedOut);
            step(Machine::Browser, expired, Effect::Nothing);
        }
        let Some(set) = headers(answer).and_then(|headers| headers.first("set-cookie")) else {
            return;
        };
        let cookie = set.split(';').next().unwrap_or_default();
        let (on, to, emits) = match cookie.split_once('=') {
            Some((_, "")) | None => (Event::SignOut, State::SignedOut, Effect::Leave),
            Some(_) => (Event::SignIn, State::SignedIn, Effect::Redirect),
        };
        step(Machine::Browser, (from, on, to), emits);
        if to == State::SignedIn {
            self.cookies.insert(cookie.into());
        }
    }
}

fn headers(answer: &Answer) -> Option<&Headers> {
    match answer {
        Answer::Response(response) => Some(&response.headers),
        Answer::Page(show) => Some(&show.headers),
        Answer::Admitted(_) => None,
    }
}

fn decision(form: &[u8]) -> Event {
    match Form::parse(form).unwrap().field("decision") {
        "approve" => Event::Approve,
        _ => Event::Deny,
    }
}

/// Where an app's request is now, what left, and the request if it goes on; `None` if it is where it
/// was, or there is none.
fn outcome(path: &str, answer: &Answer) -> Option<(State, Effect, Option<String>)> {
    let response = match answer {
        Answer::Response(response) => response,
        Answer::Page(show) => {
            return match &show.page {
                // Without an app it is the developer page that waits.
                Page::Login(page) if page.client_name.is_some() => {
                    Some((State::SigningIn, Effect::LoginPage, Some(page.interaction.clone())))
                }
                Page::Consent(page) => {
                    Some((State::Consenting, Effect::ConsentPage, Some(page.interaction.clone())))
                }
                Page::Leave(page) => Some(heard(&page.location)),
                _ => None,
            };
        }
        Answer::Admitted(_) => return None,
    };
    let consent = format!("{ISSUER}{}?", path::CONSENT);
    let location = response.headers.first("location");
    let Some(query) = location.and_then(|url| url.strip_prefix(&consent)) else {
        return to_an_app(response);
    };
    let sealed = Form::parse(query.as_bytes()).unwrap().field("interaction").to_owned();
    let to = if path == path::LOGIN { State::SigningIn } else { State::Posted };
    Some((to, Effect::Redirect, Some(sealed)))
}

/// What an app hears, if the browser goes back to it, by itself or with a form.
fn to_an_app(response: &Response) -> Option<(State, Effect, Option<String>)> {
    if let Some(location) = response.headers.first("location") {
        let is_own = location.starts_with(&format!("{ISSUER}/"));
        return (!is_own).then(|| heard(location));
    }
    let body = std::str::from_utf8(&response.body).ok()?;
    let is = |input: &str| body.contains(&format!("<input type=\"hidden\" name=\"{input}"));
    match (is("code\""), is("error\""), is("error\" value=\"access_denied\"")) {
        (true, ..) => Some((State::Approved, Effect::Code, None)),
        (_, _, true) => Some((State::Denied, Effect::Refusal, None)),
        (_, true, _) => Some((State::Refused, Effect::Refusal, None)),
        _ => None,
    }
}

fn heard(location: &str) -> (State, Effect, Option<String>) {
    match Callback::parse(location).unwrap().answer {
        Ok(_) => (State::Approved, Effect::Code, None),
        Err(body) if body.error == "access_denied" => (State::Denied, Effect::Refusal, None),
        Err(_) => (State::Refused, Effect::Refusal, None),
    }
}
