//! Holds every step that is taken against the table of transitions, and remembers which were.

use std::cell::RefCell;
use std::collections::BTreeSet;

use grantflow::server::{AuthorizationServer, End, Key, Page, Record, Swap, Turn};
use grantflow::states::{Effect, Event, Machine, State, Step, Transition};
use grantflow::time::UnixTime;
use grantflow::wire::callback::Callback;
use grantflow::wire::http::{Request, Response};

use crate::{Answer, ISSUER};

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
    seen((machine, from, on, to, emits));
}

fn seen((machine, from, on, to, emits): Step) {
    let Some(row) = Transition::find(machine, (from, on, to), emits) else {
        panic!("not in the table: {machine:?} from {from:?}, {on:?}, to {to:?} with {emits:?}")
    };
    TAKEN.with_borrow_mut(|taken| taken.insert(row.step()));
}

/// A swap that held.
pub fn swapped(before: Option<&Record>, swap: &Swap<'_>) {
    seen(swap.step(before));
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
        Effect::Code => brings(response, "code"),
        Effect::Refusal => says("error") || brings(response, "error"),
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
    let from = before.map_or(State::Absent, Record::state);
    step(key.machine(), (from, Event::Declare, after.state()), Effect::Nothing);
}

/// A request was answered; what it did to records was seen before.
pub fn answered(
    (server, now): (&AuthorizationServer, UnixTime),
    request: &Request,
    answer: &Answer,
) {
    let end = match answer {
        Answer::Response(response) => End::Reply(response),
        Answer::Page(show) => End::Show(show),
        Answer::Admitted(_) => End::Admit,
    };
    server.steps(request, now, end).into_iter().for_each(seen);
}

/// Whether the browser carries this to an app, in its address or in a form.
fn brings(response: &Response, name: &str) -> bool {
    if let Some(location) = response.headers.first("location") {
        return Callback::parse(location).is_ok_and(|it| it.answer.is_ok() == (name == "code"));
    }
    let body = std::str::from_utf8(&response.body).unwrap();
    body.contains(&format!("<input type=\"hidden\" name=\"{name}\""))
}
