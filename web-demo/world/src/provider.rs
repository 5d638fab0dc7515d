//! The honest server: the shipping core, and its host.

use grantflow::entropy::Entropy;
use grantflow::server::{
    Access, AuthorizationServer, Claimed, End, Expect, KeySet, Page, SealingKeys, Show, Swap,
    Swapped, Turn, Versioned, path,
};
use grantflow::states::{self, Effect, Event, Machine, State, Step};
use grantflow::time::UnixTime;
use grantflow::wire::callback::Callback;
use grantflow::wire::error::ErrorBody;
use grantflow::wire::http::{Headers, Request, Response};
use grantflow::wire::json::Writer;

use crate::cast::{AS, Actor, Person};
use crate::defence::Defence;
use crate::entropy::Source;
use crate::fault::Fault;
use crate::input::Config;
use crate::keys::{self, Pair};
use crate::lies::Lies;
use crate::message::{Refused, Side, View};
use crate::operator;
use crate::prelude::*;
use crate::shelf::Shelf;

/// How often somebody may fail before they have to wait.
const MOST_FAILURES: usize = 10;
/// How long a failure counts, and how long they wait.
const FAILURES_LIFE: u64 = 600;

/// Who failed, as whom, and when.
type Failure = (Actor, String, UnixTime);

/// The honest server with all that it remembers.
#[derive(Debug)]
pub(crate) struct Provider {
    server: AuthorizationServer,
    store: Shelf<Versioned>,
    key: Pair,
    lies: Lies,
    counts: bool,
    failures: Vec<Failure>,
    /// Where the request is that a browser last came with.
    interactions: Vec<(Actor, State)>,
}

/// What came of a request.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) response: Response,
    pub(crate) view: Option<View>,
    pub(crate) refused: Option<Refused>,
    pub(crate) transitions: Vec<String>,
}

impl Provider {
    pub(crate) fn new(config: &Config, source: &Source, now: UnixTime) -> Result<Self, Fault> {
        let policy = operator::policy(config.without)?;
        let key = Pair::new("as-1", source.named("server key"));
        let keys = KeySet::new([key.public()]).map_err(|_| operator::cannot("its key"))?;
        let lies = Lies::new(config.without, policy.code_lifetime);
        let sealing = SealingKeys::new(source.named("sealing key"));
        let mut store = Shelf::default();
        for client in operator::clients(config, source, now)? {
            for (key, record) in client.records() {
                store.put(&key.to_string(), Versioned { version: 1, record });
            }
        }
        Ok(Self {
            server: AuthorizationServer::new(policy, sealing, keys),
            store,
            key,
            lies,
            counts: !config.without.contains(Defence::Throttle),
            failures: Vec::new(),
            interactions: Vec::new(),
        })
    }

    /// Whether the browser with these cookies is signed in, and as whom.
    pub(crate) fn session(&self, cookie: Option<String>, now: UnixTime) -> Option<Person> {
        let mut request = Request::get(AS);
        request.headers.push("cookie", cookie?);
        Person::of_subject(&self.server.session(&request, now)?.subject)
    }

    /// Where the request is that a browser last came with.
    pub(crate) fn interaction(&self, of: Actor) -> Option<State> {
        self.interactions.iter().find(|(it, _)| *it == of).map(|(_, state)| *state)
    }

    /// Every record.
    pub(crate) fn records(&self) -> impl Iterator<Item = (&str, &Versioned)> {
        self.store.iter()
    }

    /// Answers a request.
    pub(crate) fn serve(
        &mut self,
        from: Actor,
        request: &Request,
        (now, entropy): (UnixTime, [u8; 32]),
    ) -> Served {
        let mut taken = Vec::new();
        let (response, page) = self.turns(from, request, (now, entropy), &mut taken);
        for (.., to, _) in taken.iter().filter(|step| step.0 == Machine::Interaction) {
            self.interactions.retain(|(of, _)| *of != from);
            self.interactions.push((from, *to));
        }
        let transitions = taken.into_iter().map(states::id).collect();
        let refused = refusal(&response, page.as_ref());
        let view = page.map(|page| View::Server { page: Box::new(page) });
        Served { response, view, refused, transitions }
    }

    fn turns(
        &mut self,
        from: Actor,
        request: &Request,
        (now, entropy): (UnixTime, [u8; 32]),
        taken: &mut Vec<Step>,
    ) -> (Response, Option<Page>) {
        let Self { server, store, key, lies, counts, failures, .. } = self;
        let tried = (from, now);
        let must_wait = |failures: &[Failure], who: &str| *counts && is_out(failures, tried, who);
        let wait = core::time::Duration::from_secs(FAILURES_LIFE);
        let claimed = server.claimed(request);
        let mut turn = if claimed.as_ref().is_some_and(|who| must_wait(failures, &name_of(who))) {
            server.too_many(request, now, wait)
        } else {
            let login = server.session(request, now);
            server.handle(request, now, Entropy::new(entropy), login)
        };
        loop {
            turn = match turn {
                Turn::Read(ask) => {
                    let found = lies.read(request, store.get(&ask.key().to_string()).cloned());
                    ask.answer(found)
                }
                Turn::Swap(ask) => {
                    let swapped = swap(store, (*lies, request), &ask, taken);
                    ask.answer(swapped)
                }
                Turn::Sign(ask) if ask.kid() == key.kid() => {
                    let signature = key.sign(ask.input());
                    ask.answer(signature)
                }
                Turn::Sign(ask) => ask.unavailable(),
                Turn::Verify(ask) => {
                    let is_good = keys::is_signed(ask.key(), ask.input(), ask.signature());
                    ask.answer(is_good)
                }
                Turn::SignIn(ask) if must_wait(failures, &format!("person {}", ask.username())) => {
                    ask.too_many(wait)
                }
                Turn::SignIn(ask) => {
                    let known = Person::of_username(ask.username())
                        .filter(|person| ask.password().matches(person.account().password));
                    ask.answer(known.map(|person| person.subject().into()))
                }
                Turn::Claims(ask) => {
                    let known = Person::of_subject(ask.subject());
                    ask.answer(known.map(|person| person.account().claims.into()))
                }
                Turn::Failed(failed) => {
                    failures.push((from, name_of(failed.who()), now));
                    failed.go_on()
                }
                Turn::Show(show) => {
                    taken.extend(server.steps(request, now, End::Show(&show)));
                    let Show { page, status, headers } = *show;
                    let headers = headers.with("content-type", "text/html; charset=utf-8");
                    return (Response { status, headers, body: Vec::new() }, Some(page));
                }
                Turn::Admit(access) => {
                    taken.extend(server.steps(request, now, End::Admit));
                    return (tasks(request, access), None);
                }
                Turn::Reply(response) => {
                    taken.extend(server.steps(request, now, End::Reply(&response)));
                    return (response, None);
                }
            }
        }
    }
}

/// Whether they have failed too often lately.
fn is_out(failures: &[Failure], (from, now): (Actor, UnixTime), who: &str) -> bool {
    let counts = |(by, name, at): &&Failure| {
        *by == from && name == who && now.since(*at).as_secs() < FAILURES_LIFE
    };
    failures.iter().filter(counts).count() >= MOST_FAILURES
}

fn name_of(who: &Claimed) -> String {
    match who {
        Claimed::Client(id) => format!("client {id}"),
        Claimed::Person(name) => format!("person {name}"),
        Claimed::Registrar => "registrar".into(),
    }
}

/// Does what a swap asks for, unless the store only says so.
fn swap(
    store: &mut Shelf<Versioned>,
    (lies, request): (Lies, &Request),
    ask: &Swap<'_>,
    taken: &mut Vec<Step>,
) -> Swapped {
    let name = ask.key().to_string();
    let found = store.get(&name);
    let there = found.map(|found| found.version);
    if there.map_or(Expect::Absent, Expect::Version) != ask.expect() {
        return Swapped::Lost;
    }
    // What the server was told, and not what is true, is where it goes on from.
    let told = lies.read(request, found.cloned());
    taken.push(ask.step(told.as_ref().map(|told| &told.record)));
    if lies.keeps(ask.record()) {
        let version = there.unwrap_or(0) + 1;
        let record = Versioned { version, record: ask.record().clone() };
        store.put(&name, record);
    }
    Swapped::Held
}

/// A way from a state to the next, as `docs/states.json` names it.
pub(crate) fn id_of(
    machine: Machine,
    (from, on, to): (State, Event, State),
    emits: Effect,
) -> String {
    states::id((machine, from, on, to, emits))
}

/// The API: each person has tasks of their own, and an app that acts for itself has none.
fn tasks(request: &Request, access: Access) -> Response {
    let headers = access.headers.with("content-type", "application/json");
    let owner = access.subject.as_deref().and_then(Person::of_subject);
    let titles =
        owner.filter(|_| request.path() == path::TASKS).map_or(&[][..], |it| it.account().tasks);
    let task = |title: &&str| Writer::object().string("title", title).finish();
    let tasks: Vec<String> = titles.iter().map(task).collect();
    Response { status: 200, headers, body: format!("[{}]", tasks.join(",")).into_bytes() }
}

/// The server's no, wherever it says it.
fn refusal(response: &Response, page: Option<&Page>) -> Option<Refused> {
    let no = |error: &str, description: &str| Refused {
        by: Side::Server,
        code: error.into(),
        message: description.into(),
    };
    match page {
        Some(Page::Error(page)) => return Some(no(page.error, page.error_description)),
        Some(Page::Leave(page)) => return heard(&page.location),
        Some(
            Page::Login(_)
            | Page::Consent(_)
            | Page::Developer(_)
            | Page::Registered(_)
            | Page::SignOut(_)
            | Page::SignedOut,
        ) => return None,
        None => {}
    }
    if let Some(location) = response.headers.first("location") {
        return heard(location);
    }
    if response.status < 400 {
        return None;
    }
    let description = |body: &ErrorBody| body.error_description.clone().unwrap_or_default();
    if let Some(body) = ErrorBody::parse(&response.body) {
        return Some(no(&body.error, &description(&body)));
    }
    challenged(&response.headers).or_else(|| Some(no(&response.status.to_string(), "")))
}

fn heard(location: &str) -> Option<Refused> {
    let body = Callback::parse(location).ok()?.answer.err()?;
    let message = body.error_description.unwrap_or_default();
    Some(Refused { by: Side::Server, code: body.error, message })
}

fn challenged(headers: &Headers) -> Option<Refused> {
    let challenge = grantflow::client::Challenge::parse(headers.first("www-authenticate")?)?;
    let message = challenge.error_description.unwrap_or_default();
    Some(Refused { by: Side::Server, code: challenge.error?, message })
}
