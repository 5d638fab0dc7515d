//! Our client's session: what went into it, and what it says now.
//!
//! A session cannot be copied, for of two copies each would spend the same refresh token. So a state
//! keeps what went in, and the session is had by putting it in once more.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use grantflow::client::credentials::Outgoing;
use grantflow::client::session::{Delivery, Want};
use grantflow::client::{
    Asked, AwaitingRefresh, Client, Credentials, KnownKeys, Profile, Seed, Session, Turn,
};
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Request, Response};
use grantflow::wire::token::TokenResponse;

use crate::cast::{APP, CALLBACK, HONEST, json, query, secret};
use crate::host::time;

/// What went into a session, and when.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// Somebody wants a token.
    Want(u32),
    /// The answer to what the input of that number sent.
    Answer(usize, Response, u32),
    /// No answer to it.
    Lost(usize, Delivery, u32),
    /// It was not sent.
    GiveBack(usize),
    /// An API has called this token invalid.
    Refuse(String),
}

/// All of it. Two are the same: it is how the session looks that tells states apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct History(pub(crate) Vec<Input>);

impl PartialEq for History {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for History {}

impl Hash for History {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// How long a token shall live for whoever wants one.
const LIFE: Duration = Duration::from_secs(30);

/// What a session said to the last input.
#[derive(Debug)]
pub(crate) enum Said {
    Use(String),
    Send(Request),
    Wait(u32),
    SignIn,
    /// It said nothing.
    Nothing,
}

/// The client, and the tokens that its login has brought.
pub(crate) struct User {
    client: Client,
    first: String,
}

impl User {
    pub(crate) fn new(first: TokenResponse) -> Self {
        let first = TokenResponse { id_token: None, scope: None, ..first }.to_json();
        let metadata = ServerMetadata {
            authorization_endpoint: format!("{HONEST}/oauth2/authorize"),
            token_endpoint: format!("{HONEST}/oauth2/token"),
            response_types_supported: vec!["code".into()],
            code_challenge_methods_supported: vec!["S256".into()],
            ..ServerMetadata::new(HONEST)
        };
        let profile = Profile::new(HONEST, APP, CALLBACK, Credentials::Basic(secret(APP))).unwrap();
        Self { client: Client::new(profile, metadata).unwrap(), first }
    }

    /// A login that asks for no identity, from its callback to its tokens.
    fn begin(&self) -> Session {
        let asked = Asked::of(ScopeSet::parse("offline_access").unwrap());
        let redirect = self.client.login(Seed::new([1; 32]), asked, time(0));
        let sent = Form::parse(redirect.url.as_bytes()).unwrap();
        let state = sent.field("state");
        let callback = query(&[("code", "x"), ("state", state), ("iss", HONEST)]);
        let Ok(accepted) = redirect.login.accept(&self.client, &callback, time(0)) else {
            panic!("a login that takes no callback")
        };
        let Turn::Send(ask) = accepted.finish() else { panic!("nothing to send") };
        let done = ask.answer(&json(self.first.clone()), &mut KnownKeys::new(), time(0)).unwrap();
        let Turn::Done(tokens) = done else { panic!("no tokens") };
        Session::new(self.client.clone(), *tokens, time(0))
    }

    /// The session after all of it, what it said to the last, and how it looks.
    pub(crate) fn replay(&self, history: &History) -> (Said, String) {
        let mut session = self.begin();
        let mut asks: HashMap<usize, AwaitingRefresh> = HashMap::new();
        let mut said = Said::Nothing;
        for (number, input) in history.0.iter().enumerate() {
            said = Said::Nothing;
            match input {
                Input::Want(now) => {
                    said = match session.want(time(*now), LIFE) {
                        Want::Use(token) => Said::Use(token.expose().into()),
                        Want::Send(ask) => {
                            let ask = ask.unsigned().unwrap();
                            let request = ask.request().clone();
                            asks.insert(number, ask);
                            Said::Send(request)
                        }
                        Want::Wait(until) => {
                            let wait = until.since(time(0)).as_secs();
                            Said::Wait(u32::try_from(wait).unwrap())
                        }
                        Want::SignIn(_) => Said::SignIn,
                    };
                }
                Input::Answer(ask, response, now) => {
                    let ask = asks.remove(ask).unwrap();
                    let _ = session.answer(ask, response, time(*now));
                }
                Input::Lost(ask, delivery, now) => {
                    let ask = asks.remove(ask).unwrap();
                    let _ = session.lost(&ask, *delivery, time(*now));
                }
                Input::GiveBack(ask) => {
                    session.give_back(Outgoing::Send(asks.remove(ask).unwrap()));
                }
                Input::Refuse(token) => session.refuse(&Secret::new(token.clone())),
            }
        }
        (said, looks(&session))
    }
}

fn looks(session: &Session) -> String {
    let tokens = session.tokens();
    let refresh = tokens.refresh_token.as_ref().map(Secret::expose);
    format!("{session:?} {} {refresh:?}", tokens.access_token.expose())
}
