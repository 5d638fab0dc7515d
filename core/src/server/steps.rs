//! What a request did to the machines of [`states`](crate::states), told from its answer.
//!
//! The legs do not write down what they do: a second account could differ from the first. What is told
//! here is read from what went in and came out, as [`Swap::step`](super::Swap::step) reads it from records.

use alloc::string::String;
use alloc::vec::Vec;

use super::handle::{AuthorizationServer, Call};
use super::login::{self, Visit};
use super::name::Kind;
use super::page::{Page, Show};
use super::path;
use crate::states::{Effect, Event, Machine, State, Step};
use crate::time::UnixTime;
use crate::wire::callback::Callback;
use crate::wire::form::Form;
use crate::wire::http::{Headers, Method, Request, Response};

/// How a request ended.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// With a response.
    Reply(&'a Response),
    /// With a page.
    Show(&'a Show),
    /// The bearer of a token may pass.
    Admit,
}

impl AuthorizationServer {
    /// The steps of what is in no store: of the app's request that a person answers, and of whether
    /// somebody is signed in in the browser. `now` is when the request was answered.
    ///
    /// [`Swap::step`](super::Swap::step) tells the others.
    #[must_use]
    pub fn steps(&self, request: &Request, now: UnixTime, end: End<'_>) -> Vec<Step> {
        let call = self.call(request, now);
        let mut steps = browser(&call, request, end);
        steps.extend(interaction(&call, request, end));
        steps
    }
}

fn browser(call: &Call<'_>, request: &Request, end: End<'_>) -> Vec<Step> {
    let machine = Machine::Browser;
    let mut steps = Vec::new();
    let from = match login::seen(call, request) {
        Some((_, true)) => State::SignedIn,
        Some((_, false)) => {
            steps.push((
                machine,
                State::SignedIn,
                Event::Expire,
                State::SignedOut,
                Effect::Nothing,
            ));
            State::SignedOut
        }
        None => State::SignedOut,
    };
    if let Some(set) = headers(end).and_then(|headers| headers.first("set-cookie")) {
        let value = set.split(';').next().and_then(|pair| pair.split_once('='));
        steps.push(match value {
            Some((_, "")) | None => {
                (machine, from, Event::SignOut, State::SignedOut, Effect::Leave)
            }
            Some(_) => (machine, from, Event::SignIn, State::SignedIn, Effect::Redirect),
        });
    }
    steps
}

fn headers(end: End<'_>) -> Option<&Headers> {
    match end {
        End::Reply(response) => Some(&response.headers),
        End::Show(show) => Some(&show.headers),
        End::Admit => None,
    }
}

fn interaction(call: &Call<'_>, request: &Request, end: End<'_>) -> Option<Step> {
    let path = request.path().strip_prefix(call.server.policy.issuer.path())?;
    let (from, on) = match (path, request.method) {
        (path::AUTHORIZE, _) => (State::Absent, Event::Authorize),
        (path::LOGIN, _) => (waiting(call, &request.body)?, Event::SignIn),
        (path::CONSENT, Method::Get | Method::Head) => {
            (waiting(call, request.query().as_bytes())?, Event::Return)
        }
        (path::CONSENT, _) => (waiting(call, &request.body)?, decision(&request.body)?),
        _ => return None,
    };
    let (to, emits) = outcome(call, path, end)?;
    Some((Machine::Interaction, from, on, to, emits))
}

/// Where the request is that a form or a link goes on with.
fn waiting(call: &Call<'_>, fields: &[u8]) -> Option<State> {
    let form = Form::parse(fields).ok()?;
    let sealed = form.one("interaction").ok()??;
    match Visit::open(call, sealed) {
        Some((Visit::Authorize { .. }, _)) => Some(State::SigningIn),
        Some((Visit::Posted { .. }, _)) => Some(State::Posted),
        // The developer page is nobody's request.
        Some((Visit::Developer, _)) => None,
        None => {
            let consent = call.server.sealing.open_until(Kind::Consent, sealed, call.now);
            consent.map(|_| State::Consenting)
        }
    }
}

fn decision(body: &[u8]) -> Option<Event> {
    match Form::parse(body).ok()?.field("decision") {
        "approve" => Some(Event::Approve),
        "deny" => Some(Event::Deny),
        _ => None,
    }
}

/// Where an app's request is now, and what left; `None` if it is where it was, or there is none.
fn outcome(call: &Call<'_>, path: &str, end: End<'_>) -> Option<(State, Effect)> {
    let response = match end {
        End::Reply(response) => response,
        End::Admit => return None,
        End::Show(show) => {
            return match &show.page {
                // Without an app it is the developer page that waits.
                Page::Login(page) if page.client_name.is_some() => {
                    Some((State::SigningIn, Effect::LoginPage))
                }
                Page::Consent(_) => Some((State::Consenting, Effect::ConsentPage)),
                Page::Leave(page) => heard(&page.location),
                Page::Login(_)
                | Page::Developer(_)
                | Page::Registered(_)
                | Page::SignOut(_)
                | Page::SignedOut
                | Page::Error(_) => None,
            };
        }
    };
    let Some(location) = response.headers.first("location") else { return posted(response) };
    let issuer = &call.server.policy.issuer;
    let consent: String = issuer.endpoint(path::CONSENT) + "?";
    if location.starts_with(&consent) {
        let to = if path == path::LOGIN { State::SigningIn } else { State::Posted };
        return Some((to, Effect::Redirect));
    }
    // An app may live below the issuer, and what goes to a page of ours brings neither code nor error.
    heard(location)
}

/// What an app hears in a form that the browser posts
/// ([OAuth 2.0 Form Post §2](https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html#FormPostResponseMode)).
fn posted(response: &Response) -> Option<(State, Effect)> {
    let body = core::str::from_utf8(&response.body).ok()?;
    let is = |input: &str| body.contains(&["<input type=\"hidden\" name=\"", input].concat());
    match (is("code\""), is("error\""), is("error\" value=\"access_denied\"")) {
        (true, ..) => Some((State::Approved, Effect::Code)),
        (_, _, true) => Some((State::Denied, Effect::Refusal)),
        (_, true, _) => Some((State::Refused, Effect::Refusal)),
        _ => None,
    }
}

/// What an app hears in its address.
fn heard(location: &str) -> Option<(State, Effect)> {
    Some(match Callback::parse(location).ok()?.answer {
        Ok(_) => (State::Approved, Effect::Code),
        Err(body) if body.error == "access_denied" => (State::Denied, Effect::Refusal),
        Err(_) => (State::Refused, Effect::Refusal),
    })
}
