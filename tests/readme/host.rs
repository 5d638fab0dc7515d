//! A host that answers with a whole server.

use std::collections::{BTreeMap, HashMap};

use grantflow::entropy::Entropy;
use grantflow::key::{Algorithm, PublicKey};
use grantflow::secret::Secret;
use grantflow::server::{
    Access, AuthorizationServer, Claimed, Client, Expect, Key, KeySet, Page, Policy, SealingKeys,
    Show, Swap, Swapped, Turn, Versioned,
};
use grantflow::time::UnixTime;
use grantflow::uri::Issuer;
use grantflow::wire::http::{Headers, Request, Response};
use grantflow_tests::{BEGINNING, ISSUER, Owner, confidential, guide_query, is_signed};

struct Host {
    store: BTreeMap<Key, Versioned>,
    calls: u8,
    failures: HashMap<Claimed, u32>,
}

#[rustfmt::skip]
impl Host {
    fn answer(&mut self, server: &AuthorizationServer, request: &Request, now: UnixTime) -> Response {
        let login = server.session(request, now);
        let mut turn = server.handle(request, now, Entropy::new(self.random()), login);
        loop {
            turn = match turn {
                Turn::Read(q) => { let found = self.read(q.key()); q.answer(found) }
                Turn::Swap(q) => { let swapped = self.swap(&q); q.answer(swapped) }
                Turn::Sign(q) => { let signature = self.sign(q.kid(), q.input()); q.answer(signature) }
                Turn::Verify(q) => { let is_good = self.verify(q.key(), q.input(), q.signature()); q.answer(is_good) }
                Turn::SignIn(q) => { let subject = self.sign_in(q.username(), q.password()); q.answer(subject) }
                Turn::Claims(q) => { let claims = self.claims(q.subject()); q.answer(claims) }
                Turn::Failed(q) => { self.count(q.who()); q.go_on() }
                Turn::Show(page) => return self.draw(*page),
                Turn::Admit(access) => return self.tasks(&access),
                Turn::Reply(response) => return response,
            }
        }
    }
}

impl Host {
    fn random(&mut self) -> [u8; 32] {
        self.calls += 1;
        [self.calls; 32]
    }

    fn read(&self, key: &Key) -> Option<Versioned> {
        self.store.get(key).cloned()
    }

    fn swap(&mut self, ask: &Swap<'_>) -> Swapped {
        let there = self.store.get(ask.key()).map(|found| found.version);
        if there.map_or(Expect::Absent, Expect::Version) != ask.expect() {
            return Swapped::Lost;
        }
        let record = Versioned { version: there.unwrap_or(0) + 1, record: ask.record().clone() };
        self.store.insert(ask.key().clone(), record);
        Swapped::Held
    }

    fn sign(&self, kid: &str, input: &[u8]) -> Vec<u8> {
        assert_eq!((kid, self.store.is_empty()), ("server-RS256", false));
        Owner::Server.sign(Algorithm::Rs256, input)
    }

    fn verify(&self, key: &PublicKey, input: &[u8], signature: &[u8]) -> bool {
        !self.store.is_empty() && is_signed(key, input, signature)
    }

    fn sign_in(&self, username: &str, password: &Secret) -> Option<String> {
        assert!(!self.store.is_empty());
        (username == "alice" && password.matches("wonderland")).then(|| "user-alice".into())
    }

    fn claims(&self, subject: &str) -> Option<String> {
        (!self.store.is_empty()).then(|| format!(r#"{{"nickname":"{subject}"}}"#))
    }

    fn count(&mut self, who: &Claimed) {
        *self.failures.entry(who.clone()).or_default() += 1;
    }

    fn draw(&self, show: Show) -> Response {
        assert!(!self.store.is_empty());
        let title = match show.page {
            Page::Login(page) => page.interaction,
            page => panic!("{page:?}"),
        };
        Response { status: show.status, headers: show.headers, body: title.into_bytes() }
    }

    fn tasks(&self, access: &Access) -> Response {
        assert!(!self.store.is_empty());
        let body = access.subject.clone().unwrap_or_default().into_bytes();
        Response { status: 200, headers: Headers::new(), body }
    }
}

#[test]
fn the_front_pages_host_answers() {
    let client = Client::declare(&confidential(), BEGINNING).unwrap();
    let stored = |(key, record)| (key, Versioned { version: 1, record });
    let mut host =
        Host { store: client.records().map(stored).collect(), calls: 0, failures: HashMap::new() };
    let keys = KeySet::new([Owner::Server.public_key(Algorithm::Rs256)]).unwrap();
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    let server = AuthorizationServer::new(policy, SealingKeys::new([7; 32]), keys);

    let ask = Request::get(format!("{ISSUER}/oauth2/authorize?{}", guide_query()));
    let login = host.answer(&server, &ask, BEGINNING);
    assert_eq!(login.status, 200);
    let fields = [
        ("interaction", std::str::from_utf8(&login.body).unwrap()),
        ("username", "alice"),
        ("password", "wonderland"),
    ];
    let form = grantflow_tests::own_form("/oauth2/login", &fields);
    assert_eq!(host.answer(&server, &form, BEGINNING).status, 303);
    let keys = Request::get(format!("{ISSUER}/oauth2/jwks"));
    assert_eq!(host.answer(&server, &keys, BEGINNING).status, 200);
}
