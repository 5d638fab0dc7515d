//! The host of a client under test: it sends what is to be sent, signs and verifies. Each step of the
//! client is held against the table of transitions.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use grantflow::client::callback::Unaccepted;
use grantflow::client::discover::DiscoverError;
use grantflow::client::redeem::Accepted;
use grantflow::client::refresh::AwaitingRefresh;
use grantflow::client::session::{self, Delivery};
use grantflow::client::{
    Asked, AwaitingCallback, Client, Error, KnownKeys, Outgoing, PrivateKey, Profile, ProofKey,
    Redirect, Seed, Tokens, Turn, Want,
};
use grantflow::entropy::Entropy;
use grantflow::key::Algorithm;
use grantflow::secret::Secret;
use grantflow::states::{Effect, Event, Machine, State};
use grantflow::time::UnixTime;
use grantflow::wire::http::{Request, Response};
use grantflow::wire::jwks::public_jwk;

use crate::keys::{Owner, is_signed_under};
use crate::states::step;

/// Finds the server over `send`.
///
/// # Errors
///
/// The client's, if it does not like the server.
pub fn discover(
    profile: Profile,
    send: impl FnOnce(&Request) -> Response,
) -> Result<Client, DiscoverError> {
    let ask = profile.discover();
    let begun = (State::Absent, Event::Begin, State::AwaitingMetadata);
    step(Machine::Discovery, begun, Effect::Send);
    let response = send(ask.request());
    let found = ask.answer(&response);
    let (on, to, emits) = match &found {
        Ok(_) => (Event::Answer, State::Ready, Effect::Nothing),
        Err(_) => (Event::BadAnswer, State::Failed, Effect::Error),
    };
    step(Machine::Discovery, (State::AwaitingMetadata, on, to), emits);
    found
}

/// Begins a login.
pub fn login(client: &Client, seed: Seed, asked: Asked, now: UnixTime) -> Redirect {
    let begun = (State::Absent, Event::Begin, State::AwaitingCallback);
    step(Machine::Login, begun, Effect::Leave);
    client.login(seed, asked, now)
}

/// Brings the browser's answer to a login.
///
/// # Errors
///
/// The client's, if it does not believe it.
pub fn accept(
    login: AwaitingCallback,
    client: &Client,
    back: &str,
    now: UnixTime,
) -> Result<Accepted, Box<Unaccepted>> {
    let accepted = login.accept(client, back, now);
    let (on, to, emits) = match &accepted {
        Ok(_) => (Event::Callback, State::Accepted, Effect::Nothing),
        Err(no) if no.kept.is_some() => {
            (Event::BadCallback, State::AwaitingCallback, Effect::Error)
        }
        Err(_) => (Event::BadCallback, State::Failed, Effect::Error),
    };
    step(Machine::Login, (State::AwaitingCallback, on, to), emits);
    accepted
}

/// Finishes a login over `send`.
///
/// # Errors
///
/// The client's, at whatever it did not like.
pub fn finish(
    accepted: Accepted,
    known: &mut KnownKeys,
    now: UnixTime,
    mut send: impl FnMut(&Request) -> Response,
) -> Result<Tokens, Error> {
    let mut turn = accepted.finish();
    went_on(State::Accepted, Event::Exchange, &turn);
    loop {
        let from = turn.state();
        let (on, next) = match turn {
            Turn::Send(ask) => {
                let response = send(ask.request());
                let next = ask.answer(&response, known, now);
                let on = match &next {
                    // Nothing else has an answer followed by something to sign.
                    Ok(Turn::Sign(_) | Turn::Prove(_)) => Event::Nonce,
                    Ok(_) => Event::Answer,
                    Err(_) => Event::BadAnswer,
                };
                (on, next)
            }
            Turn::Sign(ask) => {
                let ask = ask.assertion(&entropy(), now);
                let signature = sign(ask.key(), ask.input());
                (Event::Signed, Ok(ask.answer(&signature)))
            }
            Turn::Prove(ask) => {
                let ask = ask.proof(&entropy(), now);
                let signature = prove(ask.key(), ask.input());
                (Event::Signed, Ok(ask.answer(&signature)))
            }
            Turn::Verify(ask) => {
                let good = is_signed_under(ask.jwk(), ask.input().as_bytes(), ask.signature());
                (if good { Event::Good } else { Event::Bad }, ask.answer(good))
            }
            Turn::Done(tokens) => return Ok(*tokens),
        };
        match &next {
            Ok(next) => went_on(from, on, next),
            Err(_) => step(Machine::Login, (from, on, State::Failed), Effect::Error),
        }
        turn = next?;
    }
}

fn went_on(from: State, on: Event, turn: &Turn) {
    let emits = match turn {
        Turn::Send(_) => Effect::Send,
        Turn::Sign(_) | Turn::Prove(_) => Effect::Sign,
        Turn::Verify(_) => Effect::Verify,
        Turn::Done(_) => Effect::Tokens,
    };
    step(Machine::Login, (from, on, turn.state()), emits);
}

/// A [session](session::Session) whose every step is held against the table of transitions.
#[derive(Debug)]
pub struct Session(session::Session);

impl Session {
    /// Keeps the tokens that a login has just brought.
    pub fn new(client: Client, tokens: Tokens, now: UnixTime) -> Self {
        let session = session::Session::new(client, tokens, now);
        let begun = (State::Absent, Event::Begin, session.state().name());
        step(Machine::Session, begun, Effect::Nothing);
        Self(session)
    }

    /// The tokens as they are now.
    pub const fn tokens(&self) -> &Tokens {
        self.0.tokens()
    }

    /// Where the session is.
    pub const fn state(&self) -> &session::State {
        self.0.state()
    }

    /// Asks for a token.
    pub fn want(&mut self, now: UnixTime, life: Duration) -> Want {
        let before = self.state().clone();
        let want = self.0.want(now, life);
        let emits = match &want {
            Want::Use(_) => Effect::Use,
            Want::Send(_) => Effect::Send,
            Want::Wait(_) => Effect::Wait,
            Want::SignIn(_) => Effect::Ask,
        };
        if emits == Effect::Send || before != *self.state() {
            self.went_on(&before, Event::Want, emits);
        }
        want
    }

    /// Brings an answer.
    ///
    /// # Errors
    ///
    /// The client's, if it does not like it.
    pub fn answer(
        &mut self,
        ask: AwaitingRefresh,
        response: &Response,
        now: UnixTime,
    ) -> Result<(), Error> {
        let (before, tokens) = (self.state().clone(), self.tokens().clone());
        let outcome = self.0.answer(ask, response, now);
        match &outcome {
            Ok(()) if before != *self.state() || tokens != *self.tokens() => {
                self.went_on(&before, Event::Answer, Effect::Tokens);
            }
            Ok(()) => {}
            Err(_) => self.went_on(&before, Event::BadAnswer, Effect::Error),
        }
        outcome
    }

    /// Says that no answer came.
    ///
    /// # Errors
    ///
    /// The client's, if this was the request that all wait for.
    pub fn lost(
        &mut self,
        ask: &AwaitingRefresh,
        delivery: Delivery,
        now: UnixTime,
    ) -> Result<(), Error> {
        let before = self.state().clone();
        let outcome = self.0.lost(ask, delivery, now);
        let on = match delivery {
            Delivery::NotSent => Event::NotSent,
            Delivery::Unknown => Event::Lost,
        };
        match &outcome {
            Ok(()) => assert_eq!(before, *self.state()),
            Err(_) => self.went_on(&before, on, Effect::Error),
        }
        outcome
    }

    /// Takes a request back.
    pub fn give_back(&mut self, ask: Outgoing<AwaitingRefresh>) {
        let before = self.state().clone();
        self.0.give_back(ask);
        if before != *self.state() {
            self.went_on(&before, Event::GiveBack, Effect::Nothing);
        }
    }

    /// Hears that an API takes the token no longer.
    pub fn refuse(&mut self, access_token: &Secret) {
        let before = self.state().clone();
        self.0.refuse(access_token);
        assert_eq!(before, *self.state());
    }

    fn went_on(&self, before: &session::State, on: Event, emits: Effect) {
        step(Machine::Session, (before.name(), on, self.state().name()), emits);
    }
}

/// A request of the client, signed if it is to be.
pub fn ready<T>(mut outgoing: Outgoing<T>, now: UnixTime) -> T {
    loop {
        outgoing = match outgoing {
            Outgoing::Send(ask) => return ask,
            Outgoing::Sign(ask) => {
                let ask = ask.assertion(&entropy(), now);
                let signature = sign(ask.key(), ask.input());
                ask.answer(&signature)
            }
            Outgoing::Prove(ask) => {
                let ask = ask.proof(&entropy(), now);
                let signature = prove(ask.key(), ask.input());
                return ask.answer(&signature);
            }
        }
    }
}

fn sign(key: &PrivateKey, input: &str) -> Vec<u8> {
    Owner::Client.sign(key.alg, input.as_bytes())
}

fn prove(key: &ProofKey, input: &str) -> Vec<u8> {
    Owner::Client.sign(key.alg(), input.as_bytes())
}

/// The public half of the key that clients under test have their tokens bound to.
pub fn proof_key(alg: Algorithm) -> ProofKey {
    let jwk = public_jwk(&Owner::Client.public_key(alg));
    ProofKey::parse(&jwk, true).unwrap()
}

/// Other bytes at each call.
fn entropy() -> Entropy {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let mut bytes = [9; 32];
    bytes[..8].copy_from_slice(&CALLS.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    Entropy::new(bytes)
}
