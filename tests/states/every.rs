//! Everything that can happen, in every order, as far as there are few enough: what is not in the
//! table would be met here.

use std::time::Duration;

use grantflow::client::session::{Delivery, State as Session};
use grantflow::client::{AwaitingRefresh, Client, KnownKeys, Tokens, Want};
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::grant::{Death, Phase, Writer};
use grantflow::server::redeem::Redemption;
use grantflow::server::refresh::Refreshing;
use grantflow::server::{Grant, Key, Record};
use grantflow::states::{Effect, Event, Machine};
use grantflow::step::Step;
use grantflow::time::UnixTime;
use grantflow::wire::http::{Headers, Response};
use grantflow_tests::client::{self, ready};
use grantflow_tests::states::step;
use grantflow_tests::{BEGINNING, CALLBACK, CLIENT_ID, World, token_request};

use crate::client::{public, sign_in};
use crate::{Scenario, offline_code};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("every_request_comes_to_every_grant", every_request_to_every_grant),
    ("a_session_cannot_refresh", cannot_refresh),
    ("everything_happens_to_a_session_in_every_order", everything_to_a_session),
];

const GRACE: Duration = Duration::from_secs(10);

/// Each phase, each request, each time.
fn every_request_to_every_grant() {
    let (ours, another) = (grant(1), grant(2));
    let (Phase::Live { writer, .. }, Phase::Live { writer: other, .. }) =
        (ours.phase, another.phase)
    else {
        panic!()
    };
    let mut phases: Vec<_> =
        [Death::Expired, Death::Replayed, Death::Revoked].map(|why| Phase::Dead { why }).into();
    phases.push(Phase::Coded { until: BEGINNING + Duration::from_secs(600) });
    phases.extend([0, 1, 2, u32::MAX].map(|turn| Phase::Live { turn, turned: BEGINNING, writer }));
    let times = [0, 9, 10, 599, 600, 86_400 * 30].map(|s| BEGINNING + Duration::from_secs(s));
    for phase in phases {
        let grant = || Grant { phase, ..ours.clone() };
        for now in times {
            for ask in redemptions([writer, other]) {
                let Step { next, output } = grant().redeem(&ask, now);
                moved(phase, Event::Redeem, next.phase, output.is_ok());
            }
            for ask in refreshes([writer, other]) {
                let Step { next, output } = grant().refresh(&ask, now, GRACE);
                moved(phase, Event::Refresh, next.phase, output.is_ok());
            }
        }
        let next = grant().revoke();
        if next.phase != phase {
            let taken = (phase.state(), Event::Revoke, next.phase.state());
            step(Machine::Grant, taken, Effect::Nothing);
        }
    }
}

fn moved(before: Phase, on: Event, after: Phase, is_good: bool) {
    let emits = if is_good { Effect::Tokens } else { Effect::Refusal };
    if before != after {
        step(Machine::Grant, (before.state(), on, after.state()), emits);
    }
}

fn redemptions(writers: [Writer; 2]) -> Vec<Redemption> {
    let until = [600, 700].map(|s| BEGINNING + Duration::from_secs(s));
    let mut asks = Vec::new();
    for client_id in [CLIENT_ID, "other"] {
        for (redirect_uri, verifier) in
            [(CALLBACK, None), ("https://x.test", None), (CALLBACK, Some("v"))]
        {
            for until in until {
                asks.extend(writers.map(|writer| Redemption {
                    client_id: client_id.into(),
                    is_confidential: true,
                    redirect_uri: redirect_uri.into(),
                    code_verifier: verifier.map(Secret::new),
                    until,
                    writer,
                }));
            }
        }
    }
    asks
}

fn refreshes(writers: [Writer; 2]) -> Vec<Refreshing> {
    let mut asks = Vec::new();
    for client_id in [CLIENT_ID, "other"] {
        for turn in [0, 1, 2, 3, u32::MAX] {
            for scope in [None, Some("openid"), Some("openid email")] {
                asks.extend(writers.map(|writer| Refreshing {
                    client_id: client_id.into(),
                    turn,
                    scope: scope.map(|scope| ScopeSet::parse(scope).unwrap()),
                    writer,
                }));
            }
        }
    }
    asks
}

/// Alice's grant after the code was redeemed at the `nth` request of its kind.
fn grant(nth: usize) -> Grant {
    let mut world = World::new();
    let mut found = Vec::new();
    for _ in 0..nth {
        let code = offline_code(&mut world);
        assert_eq!(world.send(&token_request(&code, &[])).response().status, 200);
        let grants = world.store.iter().filter(|(key, _)| matches!(key, Key::Grant(_)));
        found.extend(grants.map(|(_, found)| found.record.clone()));
    }
    let Some(Record::Grant(grant)) = found.pop() else { panic!() };
    *grant
}

fn cannot_refresh() {
    let (mut world, client) = public();
    let tokens = sign_in(&mut world, &client, &mut KnownKeys::new(), "openid", |_, _| {}).unwrap();
    let mut session = client::Session::new(client, tokens, world.now);
    world.wait(3600);
    assert!(matches!(session.want(world.now, Duration::ZERO), Want::SignIn(_)));
}

/// What happens to a session.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Waits(u64),
    /// A part of the app wants a token that lives for so long.
    Wants(u64),
    /// The newest request is answered.
    Answers(u16, &'static str),
    /// The oldest request is answered with tokens, be it late.
    AnswersLate,
    Loses(Delivery),
    GivesBack,
    Refuses,
}

const EVERYTHING: &[Happens] = &[
    Happens::Waits(2),
    Happens::Waits(40),
    Happens::Waits(3600),
    Happens::Wants(30),
    Happens::Answers(200, ""),
    Happens::Answers(503, "{}"),
    Happens::Answers(500, "{}"),
    Happens::Answers(400, r#"{"error":"invalid_grant"}"#),
    Happens::Answers(400, r#"{"error":"temporarily_unavailable"}"#),
    Happens::AnswersLate,
    Happens::Loses(Delivery::NotSent),
    Happens::Loses(Delivery::Unknown),
    Happens::GivesBack,
    Happens::Refuses,
];

/// How many things happen after the first refresh is under way.
const DEPTH: u32 = 4;

fn everything_to_a_session() {
    let (mut world, client) = public();
    let scope = "openid offline_access";
    let tokens = sign_in(&mut world, &client, &mut KnownKeys::new(), scope, |_, _| {}).unwrap();
    let count = EVERYTHING.len();
    for mut number in 0..count.pow(DEPTH) {
        let mut life = Life::new(&client, &tokens, world.now);
        for _ in 0..DEPTH {
            life.happens(EVERYTHING[number % count]);
            number /= count;
        }
    }
}

/// A session whose first refresh is under way, and the requests that it made.
struct Life {
    session: client::Session,
    asked: Vec<AwaitingRefresh>,
    now: UnixTime,
    answers: u32,
}

impl Life {
    fn new(client: &Client, tokens: &Tokens, now: UnixTime) -> Self {
        let session = client::Session::new(client.clone(), tokens.clone(), now);
        let now = now + Duration::from_secs(3500);
        let mut life = Self { session, asked: Vec::new(), now, answers: 0 };
        life.happens(Happens::Wants(1800));
        assert!(matches!(life.session.state(), Session::Refreshing(_)));
        life
    }

    fn happens(&mut self, what: Happens) {
        match what {
            Happens::Waits(seconds) => self.now = self.now + Duration::from_secs(seconds),
            Happens::Wants(life) => {
                if let Want::Send(ask) = self.session.want(self.now, Duration::from_secs(life)) {
                    self.asked.push(ready(*ask, self.now));
                }
            }
            Happens::Answers(status, body) => {
                if let Some(ask) = self.asked.pop() {
                    self.answer(ask, status, body);
                }
            }
            Happens::AnswersLate if self.asked.is_empty() => {}
            Happens::AnswersLate => {
                let ask = self.asked.remove(0);
                self.answer(ask, 200, "");
            }
            Happens::Loses(delivery) => {
                if let Some(ask) = self.asked.last() {
                    let _ = self.session.lost(ask, delivery, self.now);
                }
            }
            Happens::GivesBack => {
                if let Want::Send(ask) = self.session.want(self.now, Duration::from_secs(30)) {
                    self.session.give_back(*ask);
                }
            }
            Happens::Refuses => {
                let token = self.session.tokens().access_token.clone();
                self.session.refuse(&token);
            }
        }
    }

    fn answer(&mut self, ask: AwaitingRefresh, status: u16, body: &str) {
        self.answers += 1;
        let tokens = format!(
            r#"{{"access_token":"at {0}","token_type":"Bearer","expires_in":3600,"refresh_token":"rt {0}"}}"#,
            self.answers,
        );
        let body = if status == 200 { &tokens } else { body };
        let headers = Headers::default().with("content-type", "application/json");
        let response = Response { status, headers, body: body.into() };
        let _ = self.session.answer(ask, &response, self.now);
    }
}
