//! Our server as the model meets it: requests that go through at once, over the grants of a state.

use std::time::Duration;

use grantflow::server::{Key, PkceRule, Policy, Versioned, path};
use grantflow::uri::Issuer;
use grantflow::wire::form::Form;
use grantflow::wire::http::Request;

use crate::book::{Book, Id, Memo, Spelled};
use crate::cast::{
    APP, CALLBACK, EVIL_CALLBACK, HONEST, LEAKY, Proof, app, decision, evil_app, visit,
};
use crate::defence::{Defence, Defences};
use crate::host::{End, Flight, Host, Person, Place, Store};
use crate::lies::Lies;

use super::{Grant, Lineup, State};

/// A grant as a person gave it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Issued {
    /// What was asked, by whom, and how often before.
    pub(crate) request: Id<Request>,
    pub(crate) person: Person,
    pub(crate) nth: u8,
    pub(crate) at: u32,
    pub(crate) key: Id<Key>,
    pub(crate) first: Id<Versioned>,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    pub(crate) code: Id<String>,
    /// Where the browser is sent.
    pub(crate) location: Id<String>,
}

impl Spelled for Issued {
    fn spell(&self) -> Vec<u8> {
        format!("{:?} {:?} {} {}", self.request, self.person, self.nth, self.at).into_bytes()
    }
}

/// Our server, and what it lies about.
pub(crate) struct Server {
    pub(crate) host: Host,
    pub(crate) lies: Lies,
    pub(crate) texts: Book<String>,
    pub(crate) issued: Book<Issued>,
    given: Memo<(Id<Request>, Person, u8, u32), Option<Id<Issued>>>,
    opened: Memo<(Id<String>, Id<Issued>, Id<Versioned>, u32), Option<(Person, bool)>>,
    redeemed: Memo<Redeemed, (Id<End>, Option<Id<Versioned>>)>,
}

/// A token request, its bytes, when it comes, and the grant that it meets.
type Redeemed = (Id<Request>, u32, u32, Option<(Id<Issued>, Id<Versioned>)>);

impl Server {
    pub(crate) fn new(lineup: &Lineup, off: Defences) -> Self {
        let mut policy = Policy::new(Issuer::parse(HONEST).unwrap());
        policy.consent = grantflow::server::ConsentRule::Always;
        policy.pkce = PkceRule::PublicClients;
        if off.has(Defence::CodeLife) {
            policy.code_lifetime = Duration::from_secs(100_000);
        }
        let mut uris = vec![CALLBACK];
        if lineup.is_leaky {
            uris.push(LEAKY);
        }
        if off.has(Defence::Registered) {
            uris.push(EVIL_CALLBACK);
        }
        let lies = Lies::new(off, policy.code_lifetime);
        let host = Host::new(policy, &[app(lineup.proof, &uris), evil_app()]);
        let (texts, issued) = (Book::new(), Book::new());
        let (given, opened, redeemed) = (Memo::new(), Memo::new(), Memo::new());
        Self { host, lies, texts, issued, given, opened, redeemed }
    }

    pub(crate) fn text(&self, text: &str) -> Id<String> {
        self.texts.id(text.into())
    }

    /// What comes of it when a person follows a link to the server and agrees to all that is shown.
    pub(crate) fn agree(
        &self,
        state: &State,
        request: Id<Request>,
        person: Person,
        now: u32,
    ) -> Option<Id<Issued>> {
        let is_twin = |grant: &&Grant| {
            let issued = self.issued.get(grant.issued);
            issued.request == request && issued.person == person
        };
        let nth = u8::try_from(state.grants.iter().filter(is_twin).count()).unwrap();
        self.given.of(&(request, person, nth, now), || {
            let issued = self.give(request, person, nth, now)?;
            Some(self.issued.id(issued))
        })
    }

    fn give(&self, request: Id<Request>, person: Person, nth: u8, now: u32) -> Option<Issued> {
        let mut kept = Kept { place: None };
        let asked = self.host.requests.get(request);
        let form = Form::parse(asked.query().as_bytes()).ok()?;
        // Bytes of its own for each request, whatever happened before.
        let entropy = 1_000 + request.number() * 16 + u32::from(nth) * 2 + person as u32;
        let page = self.host.run(Flight::new(request, entropy, now).of(person), &mut kept);
        let page = self.host.ends.get(page);
        let yes = decision(HONEST, page.consent_form()?, "approve", form.field("scope"));
        let yes = self.host.requests.id(yes);
        let end = self.host.run(Flight::new(yes, entropy, now).of(person), &mut kept);
        let end = self.host.ends.get(end);
        let location = end.location()?;
        let answer = Form::parse(location.split_once('?')?.1.as_bytes()).ok()?;
        let place = kept.place?;
        Some(Issued {
            request,
            person,
            nth,
            at: now,
            key: place.key,
            first: place.then,
            client_id: form.field("client_id").into(),
            redirect_uri: form.field("redirect_uri").into(),
            challenge: form.field("code_challenge").into(),
            code: self.text(answer.one("code").ok()??),
            location: self.text(location),
        })
    }

    /// Lets a token request go through, which meets one grant at most: the one that its code is for.
    pub(crate) fn token(
        &self,
        request: Id<Request>,
        entropy: u32,
        now: u32,
        grant: Option<&mut Grant>,
    ) -> Id<End> {
        let there = grant.as_ref().map(|grant| (grant.issued, grant.record));
        let (end, then) = self.redeemed.of(&(request, entropy, now, there), || {
            let place = there.map(|(issued, record)| (self.issued.get(issued).key, record));
            let mut store = Lying { server: self, place };
            let end = self.host.run(Flight::new(request, entropy, now), &mut store);
            (end, store.place.map(|(_, record)| record))
        });
        if let (Some(grant), Some(then)) = (grant, then) {
            grant.record = then;
        }
        end
    }

    /// Whether a bearer of this text gets at Alice's tasks as the app.
    pub(crate) fn opens_alices(&self, text: Id<String>, grant: &Grant, now: u32) -> bool {
        self.whose(text, grant, now) == Some((Person::Alice, true))
    }

    /// Whose tasks the text opens, and whether as the app.
    pub(crate) fn whose(
        &self,
        text: Id<String>,
        grant: &Grant,
        now: u32,
    ) -> Option<(Person, bool)> {
        let key = (text, grant.issued, grant.record, now);
        self.opened.of(&key, || {
            let request = self.host.requests.id(visit(path::TASKS, &self.texts.get(text)));
            let mut kept = Kept { place: None };
            let issued = self.issued.get(grant.issued);
            kept.place = Some((issued.key, grant.record).into());
            let end = self.host.run(Flight::new(request, 0, now), &mut kept);
            match &*self.host.ends.get(end) {
                End::Admitted(Some(subject), client_id) => {
                    let people = [Person::Alice, Person::Mallory];
                    let person = people.into_iter().find(|person| person.subject() == subject)?;
                    Some((person, client_id == APP))
                }
                End::Admitted(None, _) | End::Reply(_) | End::Page(_) => None,
            }
        })
    }

    /// Whether the request proves all that the grant demands.
    pub(crate) fn is_proven(&self, issued: &Issued, request: Id<Request>, proof: Proof) -> bool {
        let request = self.host.requests.get(request);
        let Ok(form) = Form::parse(&request.body) else { return false };
        let basic = request.headers.first("authorization");
        let sender = basic.and_then(|it| grantflow::wire::credentials::parse_basic(it).ok());
        let named = form.field("client_id").to_owned();
        let has_secret = issued.client_id != APP || proof != Proof::Public;
        let is_basic = sender.is_some();
        let (client_id, proved) = sender.map_or((named, false), |(id, said)| {
            let proved = said.expose() == crate::cast::secret(&id).expose();
            (id, proved)
        });
        let verifier = form.field("code_verifier");
        let answered =
            if verifier.is_empty() { String::new() } else { crate::cast::challenge_of(verifier) };
        client_id == issued.client_id
            // A client without a secret that sends one is refused.
            && if has_secret { proved } else { !is_basic }
            && form.field("redirect_uri") == issued.redirect_uri
            && answered == issued.challenge
            && (has_secret || !answered.is_empty())
    }
}

/// A store of one record.
struct Kept {
    place: Option<Place>,
}

impl Store for Kept {
    fn read(&self, key: Id<Key>, _: &Flight) -> Option<Id<Versioned>> {
        self.place.filter(|place| place.key == key).map(|place| place.then)
    }

    fn swap(&mut self, place: Place, _: &Flight) -> bool {
        self.place = Some(place);
        true
    }
}

/// A store of one record, which may lie about it.
struct Lying<'s> {
    server: &'s Server,
    place: Option<(Id<Key>, Id<Versioned>)>,
}

impl Store for Lying<'_> {
    fn read(&self, key: Id<Key>, flight: &Flight) -> Option<Id<Versioned>> {
        let found = self.place.filter(|(there, _)| *there == key).map(|(_, record)| record);
        self.server.lies.read(&self.server.host, flight, found)
    }

    fn swap(&mut self, place: Place, _: &Flight) -> bool {
        let Some((_, record)) = self.place.as_mut().filter(|(there, _)| *there == place.key) else {
            return false;
        };
        let records = &self.server.host.records;
        if self.server.lies.keeps(&self.server.host, place) {
            // Nobody comes between a read and its swap here, so it is always the same version: a code
            // that is never spent would make new ones for ever.
            let then = Versioned { version: 1, ..(*records.get(place.then)).clone() };
            *record = records.id(then);
        }
        true
    }
}

impl From<(Id<Key>, Id<Versioned>)> for Place {
    fn from((key, then): (Id<Key>, Id<Versioned>)) -> Self {
        Self { key, expect: grantflow::server::Expect::Absent, then }
    }
}
