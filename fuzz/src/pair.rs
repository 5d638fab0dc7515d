//! Both sides over a line that drops, doubles, swaps and cuts off whatever is said: Alice can always
//! still sign in afterwards, as herself.

use std::collections::BTreeSet;
use std::time::Duration;

use grantflow::client::session::{Delivery, State, Want};
use grantflow::client::{
    Asked, AwaitingCallback, Client, Credentials, KnownKeys, Outgoing, Profile, Seed, Session,
    Tokens, Turn,
};
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::path;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Headers, Request, Response};
use grantflow::wire::json;
use grantflow::wire::jwks::parse_jwk;

use super::host::{Answer, Fault, Host, QUICK};
use super::tape::Tape;
use super::world::{self, CALLBACK, ISSUER, PAGE, SECRET, WEB};

/// What a line does to a request and its answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Line {
    Good,
    /// The request never arrives.
    DropsRequest,
    /// The request arrives, the answer does not.
    DropsAnswer,
    /// The request arrives twice; the second answer is heard.
    Doubles,
    /// The answer ends in the middle.
    CutsOff,
    /// Something in between answers.
    Stumbles,
    /// The host of the server stumbles.
    Faults,
}

const LINES: [Line; 7] = [
    Line::Good,
    Line::DropsRequest,
    Line::DropsAnswer,
    Line::Doubles,
    Line::CutsOff,
    Line::Stumbles,
    Line::Faults,
];

/// Two parties, and everything that has been said.
struct Pair {
    host: Host,
    cookie: Option<String>,
    client: Client,
    known: KnownKeys,
    seeds: u8,
    /// Callbacks that wait to be delivered, each with the record of its login.
    waiting: Vec<(String, String)>,
    /// Codes that bought tokens.
    spent: BTreeSet<String>,
    session: Option<Session>,
}

/// A story on a bad line.
pub fn pair(bytes: &[u8]) {
    let mut tape = Tape::new(bytes);
    let host = world::host(usize::from(tape.byte()));
    let credentials = [Credentials::Public, Credentials::Basic(Secret::new(SECRET))];
    let at = tape.below(2);
    let mut pair = Pair {
        client: discover(host.clone(), [PAGE, WEB][at], credentials[at].clone()),
        host,
        cookie: None,
        known: KnownKeys::new(),
        seeds: 0,
        waiting: Vec::new(),
        spent: BTreeSet::new(),
        session: None,
    };
    let mut steps = 0;
    while !tape.is_done() && steps < 48 {
        steps += 1;
        pair.act(&mut tape);
    }
    pair.recover();
}

fn discover(mut host: Host, client_id: &str, credentials: Credentials) -> Client {
    let ask = Profile::new(ISSUER, client_id, CALLBACK, credentials).unwrap().discover();
    let Answer::Response(response) = host.send(ask.request()) else { panic!("no metadata") };
    ask.answer(&response).unwrap()
}

impl Pair {
    fn act(&mut self, tape: &mut Tape<'_>) {
        match tape.below(8) {
            0 | 1 => self.begin(),
            // In any order, and any of them more than once.
            2 | 3 => {
                let Some((record, callback)) = tape.latest(&self.waiting) else { return };
                if tape.flag() {
                    self.waiting.retain(|(_, other)| *other != callback);
                }
                let callback = match tape.below(4) {
                    3 => callback.chars().take(usize::from(tape.byte())).collect(),
                    _ => callback,
                };
                if let Some(tokens) = self.arrive(tape, &record, &callback) {
                    is_alices(&tokens);
                    self.session = Some(Session::new(self.client.clone(), tokens, self.host.now));
                }
            }
            4..=6 => self.refresh(tape),
            _ => self.host.wait(*tape.pick(&[1, 5, 11, 60, 700, 3500, 40_000, 31 * 86_400])),
        }
    }

    /// Alice follows a link to the server, agrees, and her browser is sent back.
    fn begin(&mut self) {
        self.seeds = self.seeds.wrapping_add(1);
        let scope = ScopeSet::parse("openid profile offline_access").unwrap();
        let seed = Seed::new([self.seeds; 32]);
        let redirect = self.client.login(seed, Asked::of(scope), self.host.now);
        let back = world::agree(&mut self.host, &mut self.cookie, &redirect.url);
        let back = back.unwrap_or_else(|| panic!("nobody was sent back"));
        self.waiting.push((redirect.login.encode(), back));
    }

    fn arrive(&mut self, tape: &mut Tape<'_>, record: &str, callback: &str) -> Option<Tokens> {
        let login = AwaitingCallback::decode(record).unwrap();
        let accepted = login.accept(&self.client, callback, self.host.now).ok()?;
        let mut turn = accepted.finish();
        loop {
            turn = match turn {
                Turn::Send(ask) => {
                    let request = ask.request().clone();
                    let response = self.over(tape, &request)?;
                    ask.answer(&response, &mut self.known, self.host.now).ok()?
                }
                Turn::Sign(_) | Turn::Prove(_) => panic!("this client has no key"),
                Turn::Verify(ask) => {
                    let key = json::parse_object(ask.jwk().as_bytes()).unwrap();
                    let key = parse_jwk(key).unwrap().unwrap();
                    let input = ask.input().as_bytes();
                    let is_good = (QUICK.is_signed)(&key, input, ask.signature());
                    ask.answer(is_good).ok()?
                }
                Turn::Done(tokens) => return Some(*tokens),
            }
        }
    }

    fn refresh(&mut self, tape: &mut Tape<'_>) {
        let Some(mut session) = self.session.take() else { return };
        let life = Duration::from_secs(u64::from(tape.byte()) * 16);
        if let Want::Send(ask) = session.want(self.host.now, life) {
            let Outgoing::Send(ask) = *ask else { panic!("this client has no key") };
            let request = ask.request().clone();
            let _: Result<(), _> = if let Some(response) = self.over(tape, &request) {
                session.answer(ask, &response, self.host.now)
            } else {
                let delivery = if tape.flag() { Delivery::Unknown } else { Delivery::NotSent };
                session.lost(&ask, delivery, self.host.now)
            };
            if !matches!(session.state(), State::Ended(_)) {
                is_alices(session.tokens());
            }
        }
        self.session = Some(session);
    }

    /// Sends a request over the line.
    fn over(&mut self, tape: &mut Tape<'_>, request: &Request) -> Option<Response> {
        let line = *tape.pick(&LINES);
        if line == Line::DropsRequest {
            return None;
        }
        if line == Line::Stumbles {
            let body = b"<html>Bad gateway".to_vec();
            return Some(Response { status: 502, headers: Headers::new(), body });
        }
        if line == Line::Faults {
            for _ in 0..=tape.below(4) {
                self.host.faults.push_back(*tape.pick(&Fault::ALL));
            }
        }
        let mut response = self.hear(request);
        if line == Line::Doubles {
            response = self.hear(request);
        }
        self.host.faults.clear();
        match line {
            Line::DropsAnswer => None,
            Line::CutsOff => {
                let length = usize::from(tape.byte()).min(response.body.len());
                response.body.truncate(length);
                Some(response)
            }
            _ => Some(response),
        }
    }

    fn hear(&mut self, request: &Request) -> Response {
        let answer = self.host.send(request);
        let Answer::Response(response) = answer else { panic!("{answer:?}") };
        let form = Form::parse(&request.body).unwrap_or_default();
        let code = form.field("code");
        if response.status == 200 && !code.is_empty() {
            assert!(self.spent.insert(code.into()), "a code bought tokens twice");
        }
        response
    }

    /// Alice starts again in a browser of her own, on a good line.
    fn recover(mut self) {
        self.cookie = None;
        self.begin();
        let (record, callback) = self.waiting.pop().unwrap();
        let tokens = self.arrive(&mut Tape::new(&[]), &record, &callback);
        let tokens = tokens.unwrap_or_else(|| panic!("Alice cannot sign in any more"));
        is_alices(&tokens);
        let mut request = Request::get(format!("{ISSUER}{}", path::TASKS));
        grantflow::client::resource::authorize(&mut request, &tokens.access_token);
        let answer = self.host.send(&request);
        let Answer::Admitted(access) = answer else { panic!("{answer:?}") };
        assert_eq!(access.subject.as_deref(), Some("user-alice"));
    }
}

fn is_alices(tokens: &Tokens) {
    let identity = tokens.identity.as_ref();
    assert_eq!(identity.map(|it| &*it.sub), Some("user-alice"));
    assert_eq!(identity.map(|it| &*it.iss), Some(ISSUER));
}
