//! The host of our server: it asks the shipping code what it wants next, given all that it has heard.
//!
//! A turn of the core cannot be copied, so none is kept. A request on its way is the request and the
//! answers so far; the next question is had by going through `handle` once more with those answers.

use std::collections::BTreeMap;

use grantflow::entropy::Entropy;
use grantflow::server::{
    AuthorizationServer, Client, Declaration, Expect, Key, KeySet, Login, Page, Policy,
    SealingKeys, Swapped, Turn, Versioned,
};
use grantflow::time::UnixTime;
use grantflow::wire::http::{Request, Response};
use grantflow::wire::token::TokenResponse;

use crate::book::{Book, Id, Memo, Spelled};
use crate::keys::{Owner, is_signed};

/// When every model begins.
const BEGINNING: u64 = 1_700_000_000;

/// That many seconds after the beginning.
pub(crate) const fn time(seconds: u32) -> UnixTime {
    UnixTime::from_secs(BEGINNING + seconds as u64)
}

/// The people.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Person {
    /// Whom the attacker is after.
    Alice,
    /// The attacker's own account.
    Mallory,
}

impl Person {
    pub(crate) fn subject(self) -> &'static str {
        match self {
            Self::Alice => "user-alice",
            Self::Mallory => "user-mallory",
        }
    }

    pub(crate) fn login(self) -> Login {
        Login {
            subject: self.subject().into(),
            username: self.subject().into(),
            at: time(0),
            id: [self as u8 + 1; 16],
        }
    }
}

/// What a request has heard from the store.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Heard {
    /// What was under the key.
    Found(Option<Id<Versioned>>),
    /// The swap was done.
    Held,
    /// The swap came too late.
    Lost,
    /// Nobody knows what became of the swap.
    Unknown,
    /// The store cannot be asked.
    Down,
}

/// A request on its way through the server.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Flight {
    pub(crate) request: Id<Request>,
    /// Who is signed in at the server in the browser that sends it.
    pub(crate) login: Option<Person>,
    pub(crate) entropy: u32,
    /// When it came, in seconds after the beginning.
    pub(crate) at: u32,
    pub(crate) heard: Vec<Heard>,
}

impl Flight {
    pub(crate) fn new(request: Id<Request>, entropy: u32, at: u32) -> Self {
        Self { request, login: None, entropy, at, heard: Vec::new() }
    }

    pub(crate) fn of(self, person: Person) -> Self {
        Self { login: Some(person), ..self }
    }
}

/// A swap that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) key: Id<Key>,
    pub(crate) expect: Expect,
    /// What will be there if it is done.
    pub(crate) then: Id<Versioned>,
}

/// What a request asks of the store, or how it ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    Read(Id<Key>),
    Swap(Place),
    End(Id<End>),
}

/// How a request ended.
#[derive(Debug)]
pub(crate) enum End {
    Reply(Response),
    Page(Page),
    /// The bearer may pass: whose token it is, and which app's.
    Admitted(Option<String>, String),
}

impl End {
    /// The tokens in it, if there are any.
    pub(crate) fn tokens(&self) -> Option<TokenResponse> {
        match self {
            Self::Reply(response) if response.status == 200 => {
                TokenResponse::parse(&response.body).ok()
            }
            Self::Reply(_) | Self::Page(_) | Self::Admitted(..) => None,
        }
    }

    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Reply(response) => response.status,
            Self::Page(_) | Self::Admitted(..) => 200,
        }
    }

    /// Whether the body says this.
    pub(crate) fn says(&self, words: &str) -> bool {
        match self {
            Self::Reply(response) => String::from_utf8_lossy(&response.body).contains(words),
            Self::Page(_) | Self::Admitted(..) => false,
        }
    }

    /// Where the browser is sent.
    pub(crate) fn location(&self) -> Option<&str> {
        match self {
            Self::Reply(response) if response.status == 303 => response.headers.first("location"),
            Self::Reply(_) | Self::Page(_) | Self::Admitted(..) => None,
        }
    }

    /// What the page that was shown posts back, if it is the consent page.
    pub(crate) fn consent_form(&self) -> Option<&str> {
        match self {
            Self::Page(Page::Consent(page)) => Some(&page.interaction),
            Self::Reply(_) | Self::Page(_) | Self::Admitted(..) => None,
        }
    }
}

impl Spelled for End {
    fn spell(&self) -> Vec<u8> {
        match self {
            Self::Reply(Response { status, headers, body }) => {
                let mut text = format!("{status}\n");
                for (name, value) in headers.iter() {
                    text += &format!("{name}: {value}\n");
                }
                [text.as_bytes(), body].concat()
            }
            Self::Page(page) => {
                let form = match page {
                    Page::Login(page) => page.interaction.as_str(),
                    Page::Consent(page) => &page.interaction,
                    Page::Leave(page) => &page.location,
                    Page::Developer(page) => &page.interaction,
                    Page::SignOut(page) => &page.interaction,
                    Page::Registered(_) | Page::SignedOut | Page::Error(_) => "",
                };
                format!("{page:?} {form}").into_bytes()
            }
            Self::Admitted(subject, client_id) => format!("{subject:?} {client_id}").into_bytes(),
        }
    }
}

impl Spelled for Request {
    fn spell(&self) -> Vec<u8> {
        let mut text = format!("{} {}\n", self.method.as_str(), self.url);
        for (name, value) in self.headers.iter() {
            text += &format!("{name}: {value}\n");
        }
        [text.as_bytes(), &self.body].concat()
    }
}

impl Spelled for Key {
    fn spell(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl Spelled for Versioned {
    fn spell(&self) -> Vec<u8> {
        [&self.version.to_be_bytes()[..], &self.record.encode()].concat()
    }
}

/// Where records are: the state of a model, or a lie about it.
pub(crate) trait Store {
    fn read(&self, key: Id<Key>, flight: &Flight) -> Option<Id<Versioned>>;
    /// Whether it was done.
    fn swap(&mut self, place: Place, flight: &Flight) -> bool;
}

/// Our server, its clients, and all that was ever said to and by it.
pub(crate) struct Host {
    server: AuthorizationServer,
    /// Records that no request changes.
    fixed: BTreeMap<Id<Key>, Id<Versioned>>,
    pub(crate) requests: Book<Request>,
    pub(crate) keys: Book<Key>,
    pub(crate) records: Book<Versioned>,
    pub(crate) ends: Book<End>,
    asks: Memo<Flight, Ask>,
}

impl Host {
    pub(crate) fn new(policy: Policy, clients: &[Declaration]) -> Self {
        let keys = KeySet::new([Owner::Honest.public()]).unwrap();
        let mut host = Self {
            server: AuthorizationServer::new(policy, SealingKeys::new([7; 32]), keys),
            fixed: BTreeMap::new(),
            requests: Book::new(),
            keys: Book::new(),
            records: Book::new(),
            ends: Book::new(),
            asks: Memo::new(),
        };
        for said in clients {
            for (key, record) in Client::declare(said, time(0)).unwrap().records() {
                let record = host.records.id(Versioned { version: 1, record });
                host.fixed.insert(host.keys.id(key), record);
            }
        }
        host
    }

    /// The record under a key that no request changes; for others `None`.
    pub(crate) fn fixed(&self, key: Id<Key>) -> Option<Id<Versioned>> {
        self.fixed.get(&key).copied()
    }

    /// What the request wants next.
    pub(crate) fn ask(&self, flight: &Flight) -> Ask {
        self.asks.of(flight, || self.work_out(flight))
    }

    fn work_out(&self, flight: &Flight) -> Ask {
        let request = self.requests.get(flight.request);
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&flight.entropy.to_be_bytes());
        let login = flight.login.map(Person::login);
        let now = time(flight.at);
        let mut turn = self.server.handle(&request, now, Entropy::new(bytes), login);
        let mut heard = flight.heard.iter();
        loop {
            turn = match turn {
                Turn::Read(q) => match heard.next() {
                    Some(Heard::Found(record)) => {
                        q.answer(record.map(|id| (*self.records.get(id)).clone()))
                    }
                    Some(_) => q.unavailable(),
                    None => return Ask::Read(self.keys.id(q.key().clone())),
                },
                Turn::Swap(q) => match heard.next() {
                    Some(Heard::Held) => q.answer(Swapped::Held),
                    Some(Heard::Lost) => q.answer(Swapped::Lost),
                    Some(Heard::Unknown) => q.answer(Swapped::Unknown),
                    Some(Heard::Down | Heard::Found(_)) => q.unavailable(),
                    None => {
                        let version = match q.expect() {
                            Expect::Absent => 1,
                            Expect::Version(version) => version + 1,
                        };
                        let then = Versioned { version, record: q.record().clone() };
                        return Ask::Swap(Place {
                            key: self.keys.id(q.key().clone()),
                            expect: q.expect(),
                            then: self.records.id(then),
                        });
                    }
                },
                Turn::Sign(q) => {
                    let signature = Owner::Honest.sign(q.input());
                    q.answer(signature)
                }
                Turn::Verify(q) => {
                    let is_good = is_signed(q.key(), q.input(), q.signature());
                    q.answer(is_good)
                }
                Turn::SignIn(q) => q.answer(None),
                Turn::Claims(q) => q.answer(Some("{}".into())),
                Turn::Failed(q) => q.go_on(),
                Turn::Show(show) => return self.end(End::Page(show.page)),
                Turn::Admit(access) => {
                    return self.end(End::Admitted(access.subject, access.client_id));
                }
                Turn::Reply(response) => return self.end(End::Reply(response)),
            }
        }
    }

    fn end(&self, end: End) -> Ask {
        Ask::End(self.ends.id(end))
    }

    /// Lets a request go through undisturbed.
    pub(crate) fn run(&self, mut flight: Flight, store: &mut impl Store) -> Id<End> {
        loop {
            let heard = match self.ask(&flight) {
                Ask::End(end) => return end,
                Ask::Read(key) => {
                    Heard::Found(self.fixed(key).or_else(|| store.read(key, &flight)))
                }
                Ask::Swap(place) => {
                    if store.swap(place, &flight) {
                        Heard::Held
                    } else {
                        Heard::Lost
                    }
                }
            };
            flight.heard.push(heard);
        }
    }
}
