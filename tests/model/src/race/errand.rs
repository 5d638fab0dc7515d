//! What somebody sends to our server, and what they can prove.

use grantflow::server::path;
use grantflow::wire::form::Form;
use grantflow::wire::http::Request;

use crate::book::{Book, Id};
use crate::cast::{
    APP, CALLBACK, EVIL_APP, HONEST, Proof, Sender, authorization, challenge_of, decision, form_to,
    redemption, refreshing, verifier,
};
use crate::host::{End, Flight, Host, Person};
use crate::keys::Owner;
use crate::shelf::{Honest, Shelf};

/// A request that will be sent, once.
pub(crate) struct Errand {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) request: Id<Request>,
    /// Who is signed in at the server in the browser that sends it.
    pub(crate) login: Option<Person>,
    /// What must have been in somebody's answer before.
    pub(crate) needs: Option<Id<String>>,
    /// Whether it proves all that it should.
    pub(crate) proves: bool,
    /// The number of the statement in it, if there is one.
    pub(crate) statement: Option<u8>,
}

/// What it is sent for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Kind {
    /// A code for tokens.
    Redeem,
    /// The refresh token of that generation for the next.
    Refresh(u8),
    /// The end of it all.
    Revoke,
    /// Alice says yes.
    Approve,
    /// Alice says no.
    Deny,
    /// The app asks for a code without a page.
    Silent,
}

/// One page of consent, and what follows from it.
pub(crate) struct Stage<'h> {
    pub(crate) host: &'h Host,
    pub(crate) proof: Proof,
    /// The sealed request in Alice's consent page.
    pub(crate) form: String,
    /// What is stored once she has said yes.
    pub(crate) shelf: Shelf,
    pub(crate) code: String,
    /// The refresh token of each generation.
    pub(crate) refresh: Vec<String>,
}

const VERIFIER: u8 = 1;
pub(crate) const SCOPE: &str = "openid offline_access";

impl<'h> Stage<'h> {
    /// Has Alice agree, and looks ahead at the names of the tokens that will come of it.
    pub(crate) fn set(host: &'h Host, proof: Proof, scope: &str) -> Self {
        let form = form_for(host, Person::Alice, APP, scope);
        let mut store = Honest { host, shelf: Shelf::default() };
        let yes = host.requests.id(decision(HONEST, &form, "approve", scope));
        let end = host.run(Flight::new(yes, 1, 0).of(Person::Alice), &mut store);
        let code = parameter(host, end, "code").unwrap();
        let mut stage =
            Self { host, proof, form, shelf: store.shelf.clone(), code, refresh: Vec::new() };
        let mut next = stage.first(9);
        for statement in [8, 6, 5] {
            let end = host.run(Flight::new(next, 2, 0), &mut store);
            let tokens = host.ends.get(end).tokens().unwrap();
            let refresh_token = tokens.refresh_token.unwrap();
            next = host.requests.id(refreshing(stage.sender(statement), refresh_token.expose()));
            stage.refresh.push(refresh_token.expose().into());
        }
        stage
    }

    /// The app redeems the code.
    pub(crate) fn first(&self, statement: u8) -> Id<Request> {
        let sender = self.sender(statement);
        let request = redemption(sender, &self.code, CALLBACK, &verifier(VERIFIER));
        self.host.requests.id(request)
    }

    /// The app proving itself, with the statement of that number if it makes statements.
    pub(crate) fn sender(&self, statement: u8) -> Sender<'static> {
        match self.proof {
            Proof::Public => Sender::Named(APP),
            Proof::Secret => Sender::Proved(APP),
            Proof::Statement => Sender::Stated(statement_of(statement)),
        }
    }

    fn errand(&self, name: &str, kind: Kind, request: Request) -> Errand {
        let request = self.host.requests.id(request);
        let (name, statement) = (name.into(), None);
        Errand { name, kind, request, login: None, needs: None, proves: true, statement }
    }

    /// The app, or whoever has stolen all that it knows, redeems the code.
    pub(crate) fn redeems(&self, name: &str, statement: u8) -> Errand {
        let (sender, verifier) = (self.sender(statement), verifier(VERIFIER));
        let errand =
            self.errand(name, Kind::Redeem, redemption(sender, &self.code, CALLBACK, &verifier));
        Errand { statement: (self.proof == Proof::Statement).then_some(statement), ..errand }
    }

    /// A thief of the code, who lacks the verifier.
    pub(crate) fn guesses(&self, number: u8) -> Errand {
        let name = if number == 0 { "a thief without a verifier" } else { "a thief with another" };
        let verifier = if number == 0 { String::new() } else { verifier(number) };
        let request = redemption(self.sender(0), &self.code, CALLBACK, &verifier);
        Errand { proves: false, ..self.errand(name, Kind::Redeem, request) }
    }

    /// The attacker's client, with all that the app knows.
    pub(crate) fn misplaces(&self) -> Errand {
        let sender = Sender::Proved(EVIL_APP);
        let request = redemption(sender, &self.code, CALLBACK, &verifier(VERIFIER));
        let errand = self.errand("the evil client with the code", Kind::Redeem, request);
        Errand { proves: false, ..errand }
    }

    /// The app's code, for another redirect URI.
    pub(crate) fn misdirects(&self, uri: &str) -> Errand {
        let request = redemption(self.sender(0), &self.code, uri, &verifier(VERIFIER));
        let errand = self.errand("another redirect URI", Kind::Redeem, request);
        Errand { proves: false, ..errand }
    }

    /// The app refreshes.
    pub(crate) fn refreshes(&self, name: &str, turn: u8, texts: &Book<String>) -> Errand {
        let request = refreshing(self.sender(0), &self.refresh[usize::from(turn)]);
        let errand = self.errand(&format!("{name} {turn}"), Kind::Refresh(turn), request);
        Errand { needs: Some(self.held(turn, texts)), ..errand }
    }

    /// The app refreshes, and asks for more than Alice agreed to.
    pub(crate) fn widens(&self, texts: &Book<String>) -> Errand {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &self.refresh[0]),
            ("scope", "openid offline_access email"),
        ];
        let request = form_to(path::TOKEN, self.sender(0), &fields);
        let errand = self.errand("a wider refresh", Kind::Refresh(0), request);
        Errand { needs: Some(self.held(0, texts)), proves: false, ..errand }
    }

    /// The attacker's client refreshes with the app's token.
    pub(crate) fn misuses(&self, turn: u8, texts: &Book<String>) -> Errand {
        let request = refreshing(Sender::Proved(EVIL_APP), &self.refresh[usize::from(turn)]);
        let errand = self.errand("the evil client refreshes", Kind::Refresh(turn), request);
        Errand { needs: Some(self.held(turn, texts)), proves: false, ..errand }
    }

    fn held(&self, turn: u8, texts: &Book<String>) -> Id<String> {
        texts.id(self.refresh[usize::from(turn)].clone())
    }

    /// A client gives a refresh token back.
    pub(crate) fn revokes(&self, name: &str, sender: Sender<'_>, texts: &Book<String>) -> Errand {
        let request = form_to(path::REVOKE, sender, &[("token", &self.refresh[0])]);
        let proves = sender == self.sender(0);
        let errand = self.errand(name, Kind::Revoke, request);
        Errand { needs: Some(self.held(0, texts)), proves, ..errand }
    }

    /// Somebody posts a consent page's form.
    pub(crate) fn posts(&self, name: &str, kind: Kind, posted: &Posted<'_>) -> Errand {
        let Posted { origin, form, login, scope, proves } = *posted;
        let said = if kind == Kind::Deny { "deny" } else { "approve" };
        let errand = self.errand(name, kind, decision(origin, form, said, scope));
        Errand { login: Some(login), proves, ..errand }
    }

    /// The app asks for a code and allows no page.
    pub(crate) fn asks_silently(&self, name: &str, scope: &str) -> Errand {
        let request = request_of(APP, CALLBACK, scope, "none");
        let errand = self.errand(name, Kind::Silent, request);
        Errand { login: Some(Person::Alice), ..errand }
    }
}

/// How a consent page's form is posted.
#[derive(Clone, Copy)]
pub(crate) struct Posted<'p> {
    pub(crate) origin: &'p str,
    pub(crate) form: &'p str,
    pub(crate) login: Person,
    pub(crate) scope: &'p str,
    pub(crate) proves: bool,
}

fn request_of(client_id: &str, uri: &str, scope: &str, prompt: &str) -> Request {
    authorization(&[
        ("client_id", client_id),
        ("redirect_uri", uri),
        ("scope", scope),
        ("state", "s"),
        ("code_challenge", &challenge_of(&verifier(VERIFIER))),
        ("code_challenge_method", "S256"),
        ("prompt", prompt),
    ])
}

/// What the consent page of a person posts back.
pub(crate) fn form_for(host: &Host, person: Person, client_id: &str, scope: &str) -> String {
    let uri = if client_id == APP { CALLBACK } else { crate::cast::EVIL_CALLBACK };
    let request = host.requests.id(request_of(client_id, uri, scope, "consent"));
    let entropy = 10 + person as u32;
    let flight = Flight::new(request, entropy, 0).of(person);
    let end = host.run(flight, &mut Honest { host, shelf: Shelf::default() });
    host.ends.get(end).consent_form().unwrap().into()
}

/// A parameter of the redirect.
pub(crate) fn parameter(host: &Host, end: Id<End>, name: &str) -> Option<String> {
    let end = host.ends.get(end);
    let (_, query) = end.location()?.split_once('?')?;
    let form = Form::parse(query.as_bytes()).ok()?;
    form.one(name).ok()?.map(Into::into)
}

/// The statement of that number; the same text each time.
fn statement_of(number: u8) -> &'static str {
    use std::sync::OnceLock;
    static ALL: [OnceLock<String>; 10] = [const { OnceLock::new() }; 10];
    ALL[usize::from(number)].get_or_init(|| {
        let claims = grantflow::wire::assertion::Assertion {
            iss: APP.into(),
            sub: APP.into(),
            aud: [HONEST.into()].into(),
            exp: crate::host::time(300),
            iat: None,
            nbf: None,
            jti: format!("statement {number}"),
        };
        Owner::App.token("JWT", &claims.to_json())
    })
}
