//! The app's host: it keeps logins, tries callbacks on them, and sends what our client wants sent.

use grantflow::client::{
    Asked, AwaitingCallback, Client, Credentials, KnownKeys, Profile, Seed, Tokens, Turn,
};
use grantflow::scope::ScopeSet;
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::form::{self, Form};
use grantflow::wire::http::Request;
use grantflow::wire::id_token::IdClaims;
use grantflow::wire::jwks::Jwks;
use grantflow::wire::jws::Jws;

use crate::book::{Book, Id, Memo};
use crate::cast::{APP, CALLBACK, EVIL, HONEST, Proof, json, secret};
use crate::defence::{Defence, Defences};
use crate::host::{Person, time};
use crate::keys::{ALG, Owner, is_signed, is_signed_under};

use super::{At, Lineup, Slot};

/// What becomes of a callback that the app tries on a login.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tried {
    /// It is believed; this is to be sent for tokens.
    Believed(Id<Request>),
    /// It is not believed, and the login waits for another.
    Kept,
    /// It is not believed, and the login is over.
    Over,
}

/// Who is signed in, and whether the login's own server has proved it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SignedIn {
    pub(crate) identity: Option<(At, Person)>,
    /// What opens the resource.
    pub(crate) access: Id<String>,
    pub(crate) is_proven: bool,
}

/// The app, as a client of both servers.
pub(crate) struct App {
    off: Defences,
    slots: &'static [Slot],
    clients: [Client; 2],
    requests: Book<Request>,
    responses: Book<String>,
    texts: Book<String>,
    tried: Memo<(usize, u32, Id<String>, At, u32), Tried>,
    finished: Memo<(Finish, u32), Option<SignedIn>>,
    /// `state` of each login.
    states: Vec<String>,
}

/// What a login is finished with.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Finish {
    pub(crate) slot: usize,
    pub(crate) born: u32,
    pub(crate) url: Id<String>,
    pub(crate) with: At,
    pub(crate) response: Id<String>,
}

impl App {
    pub(crate) fn new(lineup: &Lineup, off: Defences) -> Self {
        let client = |issuer: &str| {
            let credentials = match lineup.proof {
                Proof::Public => Credentials::Public,
                Proof::Secret | Proof::Statement => Credentials::Basic(secret(APP)),
            };
            let metadata = ServerMetadata {
                authorization_endpoint: format!("{issuer}/oauth2/authorize"),
                token_endpoint: format!("{issuer}/oauth2/token"),
                jwks_uri: Some(format!("{issuer}/oauth2/jwks")),
                response_types_supported: vec!["code".into()],
                id_token_signing_alg_values_supported: vec![ALG.name().into()],
                code_challenge_methods_supported: vec!["S256".into()],
                authorization_response_iss_parameter_supported: !off.has(Defence::Iss),
                ..ServerMetadata::new(issuer)
            };
            let profile = Profile::new(issuer, APP, CALLBACK, credentials).unwrap();
            Client::new(profile, metadata).unwrap()
        };
        let mut app = Self {
            off,
            slots: lineup.slots,
            clients: [client(HONEST), client(EVIL)],
            requests: Book::new(),
            responses: Book::new(),
            texts: Book::new(),
            tried: Memo::new(),
            finished: Memo::new(),
            states: Vec::new(),
        };
        app.states = (0..lineup.slots.len()).map(|slot| app.parameter(slot, "state")).collect();
        app
    }

    /// What only the browser of a login and its server know.
    pub(crate) fn state(&self, slot: usize) -> &str {
        &self.states[slot]
    }

    pub(crate) const fn is_without(&self, defence: Defence) -> bool {
        self.off.has(defence)
    }

    pub(crate) const fn asks_identity(&self) -> bool {
        !self.off.has(Defence::IdToken)
    }

    pub(crate) const fn scope(&self) -> &'static str {
        if self.asks_identity() { "openid profile" } else { "profile" }
    }

    pub(crate) const fn sends_challenges(&self) -> bool {
        !self.off.has(Defence::Challenge)
    }

    /// Whether a login can be answered more than once.
    pub(crate) const fn keeps_all(&self) -> bool {
        self.off.has(Defence::Once)
    }

    /// Whether every browser finds every login.
    pub(crate) const fn shares_storage(&self) -> bool {
        self.off.has(Defence::Browser)
    }

    /// Whether accounts are the same if their `sub` is.
    pub(crate) const fn forgets_issuers(&self) -> bool {
        self.off.has(Defence::Accounts)
    }

    /// Whether token requests can be tapped.
    pub(crate) const fn takes_any_server(&self) -> bool {
        self.off.has(Defence::Tls)
    }

    pub(crate) const fn is_secret_known(&self) -> bool {
        self.off.has(Defence::Secret) || self.off.has(Defence::Tls)
    }

    fn client(&self, at: At) -> &Client {
        &self.clients[at as usize]
    }

    fn begin(&self, slot: usize, born: u32) -> (String, AwaitingCallback) {
        self.begin_at(slot, born, self.slots[slot].at)
    }

    fn begin_at(&self, slot: usize, born: u32, at: At) -> (String, AwaitingCallback) {
        let number = u8::try_from(slot).unwrap();
        let asked = Asked::of(ScopeSet::parse(self.scope()).unwrap());
        let seed = Seed::new([number + 1; 32]);
        let redirect = self.client(at).login(seed, asked, time(born));
        (redirect.url, redirect.login)
    }

    /// What the app kept of a login, read back as it answers as the client of that server.
    fn kept(&self, slot: usize, born: u32, with: At) -> AwaitingCallback {
        let began = self.slots[slot].at;
        let forgot = self.off.has(Defence::Client);
        let (_, login) = self.begin_at(slot, born, if forgot { with } else { began });
        AwaitingCallback::decode(&login.encode()).unwrap()
    }

    /// Where a login sends the browser.
    pub(crate) fn url(&self, slot: usize, born: u32) -> String {
        let (url, _) = self.begin(slot, born);
        if !self.off.has(Defence::Challenge) {
            return url;
        }
        let (page, query) = url.split_once('?').unwrap();
        let mut stripped = format!("{page}?");
        let query = Form::parse(query.as_bytes()).unwrap();
        for (name, value) in query.iter().filter(|(name, _)| !name.starts_with("code_challenge")) {
            form::push(&mut stripped, name, value);
        }
        stripped
    }

    /// A parameter of a login's request, whether or not the app strips it.
    pub(crate) fn parameter(&self, slot: usize, name: &str) -> String {
        let (url, _) = self.begin(slot, 0);
        Form::parse(url.split_once('?').unwrap().1.as_bytes()).unwrap().field(name).into()
    }

    /// The verifier of a login.
    pub(crate) fn verifier(&self, slot: usize) -> String {
        let (url, login) = self.begin(slot, 0);
        let state = Form::parse(url.as_bytes()).unwrap().field("state").to_owned();
        let at = self.slots[slot].at;
        let issuer = if at == At::Honest { HONEST } else { EVIL };
        let mut query = String::new();
        for (name, value) in [("code", "x"), ("state", state.as_str()), ("iss", issuer)] {
            form::push(&mut query, name, value);
        }
        let Ok(accepted) = login.accept(self.client(at), &query, time(0)) else {
            panic!("a login that takes no callback")
        };
        let ask = accepted.exchange().unsigned().unwrap();
        Form::parse(&ask.request().body).unwrap().field("code_verifier").into()
    }

    /// A callback as it reaches the core: what the host was made to tamper with, tampered with.
    fn callback(&self, slot: usize, url: &str) -> String {
        let (_, query) = url.split_once('?').unwrap();
        let mut tampered = String::new();
        let state = self.parameter(slot, "state");
        let mut has_state = false;
        for (name, value) in Form::parse(query.as_bytes()).unwrap().iter() {
            let value = match name {
                "iss" if self.off.has(Defence::Iss) => continue,
                "state" => {
                    has_state = true;
                    if self.off.has(Defence::State) { &state } else { value }
                }
                _ => value,
            };
            form::push(&mut tampered, name, value);
        }
        if self.off.has(Defence::State) && !has_state {
            form::push(&mut tampered, "state", &state);
        }
        tampered
    }

    /// Tries a callback on a login.
    pub(crate) fn attempt(
        &self,
        (slot, born): (usize, u32),
        url: (Id<String>, &Book<String>),
        with: At,
        now: u32,
    ) -> Tried {
        self.tried.of(&(slot, born, url.0, with, now), || {
            let login = self.kept(slot, born, with);
            let query = self.callback(slot, &url.1.get(url.0));
            match login.accept(self.client(with), &query, time(now)) {
                Ok(accepted) => {
                    let ask = accepted.exchange().unsigned().unwrap();
                    Tried::Believed(self.requests.id(self.stripped(ask.request().clone())))
                }
                Err(unaccepted) if unaccepted.kept.is_some() => Tried::Kept,
                Err(_) => Tried::Over,
            }
        })
    }

    fn stripped(&self, mut request: Request) -> Request {
        if self.off.has(Defence::Challenge) {
            let mut body = String::new();
            let form = Form::parse(&request.body).unwrap();
            for (name, value) in form.iter().filter(|(name, _)| *name != "code_verifier") {
                form::push(&mut body, name, value);
            }
            request.body = body.into_bytes();
        }
        request
    }

    pub(crate) fn request(&self, id: Id<Request>) -> Request {
        (*self.requests.get(id)).clone()
    }

    pub(crate) fn response(&self, body: String) -> Id<String> {
        self.responses.id(body)
    }

    pub(crate) fn access(&self, text: Id<String>) -> String {
        (*self.texts.get(text)).clone()
    }

    /// Who is signed in once the token request was answered; `None` if that fails.
    pub(crate) fn finish(&self, it: Finish, url: &str, now: u32) -> Option<SignedIn> {
        self.finished.of(&(it, now), || {
            let body = (*self.responses.get(it.response)).clone();
            let login = self.kept(it.slot, it.born, it.with);
            let query = self.callback(it.slot, url);
            let accepted = login.accept(self.client(it.with), &query, time(now)).ok()?;
            let tokens = self.go_on(accepted.finish(), it, &body, now)?;
            let identity = tokens.identity.as_ref().map(|identity| {
                let iss = if identity.iss == HONEST { At::Honest } else { At::Evil };
                let people = [Person::Alice, Person::Mallory];
                let known = people.into_iter().find(|person| person.subject() == identity.sub);
                (iss, known.unwrap_or(Person::Mallory))
            });
            Some(SignedIn {
                identity,
                access: self.texts.id(tokens.access_token.expose().into()),
                is_proven: !self.asks_identity() || self.is_proven(it.slot, &body),
            })
        })
    }

    fn go_on(&self, mut turn: Turn, it: Finish, body: &str, now: u32) -> Option<Tokens> {
        let mut known = KnownKeys::new();
        let key = match it.with {
            At::Honest => Owner::Honest,
            At::Evil => Owner::Evil,
        };
        loop {
            turn = match turn {
                Turn::Send(ask) => {
                    let body = if ask.request().url.ends_with("/jwks") {
                        Jwks { keys: vec![key.public()] }.to_json()
                    } else {
                        self.fitted(it.slot, body, key)
                    };
                    ask.answer(&json(body), &mut known, time(now)).ok()?
                }
                Turn::Verify(ask) => {
                    let is_good = self.off.has(Defence::Signature)
                        || is_signed_under(ask.jwk(), ask.input().as_bytes(), ask.signature());
                    ask.answer(is_good).ok()?
                }
                Turn::Sign(_) | Turn::Prove(_) => return None,
                Turn::Done(tokens) => return Some(*tokens),
            }
        }
    }

    /// The answer as it reaches the core: claims made to fit, and vouched for.
    fn fitted(&self, slot: usize, body: &str, key: Owner) -> String {
        let Some((token, mut claims)) = id_token(body) else { return body.into() };
        let before = claims.clone();
        if self.off.has(Defence::Nonce) {
            claims.nonce = Some(self.parameter(slot, "nonce"));
        }
        if self.off.has(Defence::Audience) {
            claims.aud = vec![APP.into()];
        }
        if self.off.has(Defence::TokenIssuer) {
            claims.iss = self.issuer_of(slot).into();
        }
        if claims == before {
            return body.into();
        }
        body.replace(&token, &key.token("JWT", &claims.to_json()))
    }

    fn issuer_of(&self, slot: usize) -> &'static str {
        match self.slots[slot].at {
            At::Honest => HONEST,
            At::Evil => EVIL,
        }
    }

    /// Whether the answer, as it was sent, holds an ID token of the login's own server for this login.
    fn is_proven(&self, slot: usize, body: &str) -> bool {
        let Some((token, claims)) = id_token(body) else { return false };
        let Ok(jws) = Jws::parse(&token) else { return false };
        let key = match self.slots[slot].at {
            At::Honest => Owner::Honest,
            At::Evil => Owner::Evil,
        };
        let input = token.rsplit_once('.').unwrap().0;
        is_signed(&key.public(), input.as_bytes(), &jws.signature)
            && claims.iss == self.issuer_of(slot)
            && claims.aud == [APP]
            && claims.nonce.as_deref() == Some(self.parameter(slot, "nonce").as_str())
    }
}

fn id_token(body: &str) -> Option<(String, IdClaims)> {
    let token = grantflow::wire::token::TokenResponse::parse(body.as_bytes()).ok()?.id_token?;
    let claims = IdClaims::parse(&Jws::parse(token.expose()).ok()?.payload).ok()?;
    Some((token.expose().into(), IdClaims { text: String::new(), ..claims }))
}
