//! The app's host from the callback on, and what is left of the client's checks when the host tampers.

use grantflow::base64url;
use grantflow::client::callback::storage_key_of;
use grantflow::client::{AwaitingCallback, Error, Send, Tokens, Turn, Verify};
use grantflow::states::{Effect, Event, Machine, State};
use grantflow::time::UnixTime;
use grantflow::wire::form::{self, Form};
use grantflow::wire::http::Response;
use grantflow::wire::id_token::IdClaims;
use grantflow::wire::json;
use grantflow::wire::jws::{self, Jws};
use grantflow::wire::token::TokenResponse;

use crate::app::{Act, App, Facts, Job, Pending, User};
use crate::cast::CLIENT_ID;
use crate::defence::Defence;
use crate::keys::{ALG, is_signed_under};
use crate::message::Refused;
use crate::prelude::*;
use crate::provider::id_of;

impl App {
    /// The browser is back.
    pub(crate) fn callback(
        &mut self,
        key: &str,
        query: &str,
        now: UnixTime,
        taken: &mut Vec<String>,
    ) -> Act {
        let Some((pending, query)) = self.take(key, query) else {
            self.session(key).problem = Some(Refused::by_client("state_unknown", None));
            return Act::Show;
        };
        let session = self.session(key);
        let client = session.clients.get(&pending.facts.issuer).cloned();
        let (Ok(login), Some(client)) = (AwaitingCallback::decode(&pending.record), client) else {
            return session.fail(&Error::Record(grantflow::client::RecordError));
        };
        let step = |on, to, emits| id_of(Machine::Login, (State::AwaitingCallback, on, to), emits);
        match login.accept(&client, &query, now) {
            Ok(accepted) => {
                taken.push(step(Event::Callback, State::Accepted, Effect::Nothing));
                session.problem = None;
                let turn = accepted.finish();
                let sent = (State::Accepted, Event::Exchange, turn.state());
                taken.push(id_of(Machine::Login, sent, emits(&turn)));
                self.go_on(key, (pending.facts, None), turn, taken)
            }
            Err(no) => {
                let to = if no.kept.is_some() { State::AwaitingCallback } else { State::Failed };
                taken.push(step(Event::BadCallback, to, Effect::Error));
                session.login = Some(to);
                if no.kept.is_some() {
                    session.pending.push(pending);
                }
                session.fail(&no.error.into())
            }
        }
    }

    /// The login that a callback is tried on, and the callback as it reaches the core.
    fn take(&mut self, key: &str, query: &str) -> Option<(Pending, String)> {
        let name = storage_key_of(query).ok().flatten();
        let is_named = |pending: &Pending| {
            let login = AwaitingCallback::decode(&pending.record).ok();
            login.is_some_and(|login| Some(login.storage_key()) == name)
        };
        if self.is_without(Defence::Browser) {
            self.move_here(key, is_named);
        }
        let fits = self.is_without(Defence::State);
        let is_lost = self.is_without(Defence::Iss);
        let session = self.session(key);
        // Without one of that name the newest says no to it, or is made to fit.
        let place = session.pending.iter().position(is_named);
        let place = place.or_else(|| session.pending.len().checked_sub(1))?;
        let pending = session.pending.remove(place);
        let mut tampered = String::new();
        let given = Form::parse(query.as_bytes()).unwrap_or_default();
        for (name, value) in given.iter().filter(|(name, _)| !(is_lost && *name == "iss")) {
            if !(fits && name == "state") {
                form::push(&mut tampered, name, value);
            }
        }
        if fits {
            form::push(&mut tampered, "state", &pending.facts.state);
        }
        Some((pending, if fits || is_lost { tampered } else { query.to_owned() }))
    }

    /// One storage for all browsers: the login is found wherever it was begun.
    fn move_here(&mut self, key: &str, is_named: impl Fn(&Pending) -> bool) {
        let mut found = None;
        for of in self.sessions.names().iter().filter(|of| *of != key) {
            let session = self.session(of);
            let Some(place) = session.pending.iter().position(&is_named) else { continue };
            let pending = session.pending.remove(place);
            let client = session.clients.get(&pending.facts.issuer).cloned();
            found = Some((pending, client));
            break;
        }
        let Some((pending, client)) = found else { return };
        let session = self.session(key);
        if let Some(client) = client {
            session.clients.put(&pending.facts.issuer, client);
        }
        session.pending.push(pending);
    }

    /// Takes an answer that a login waits for.
    pub(crate) fn finish(
        &mut self,
        key: &str,
        (facts, ask, original): (Facts, Send, Option<String>),
        response: &Response,
        now: UnixTime,
        taken: &mut Vec<String>,
    ) -> Act {
        let is_tokens = original.is_none() && ask.request().url.ends_with("/token");
        let (response, original) = match self.fit(&facts, response).filter(|_| is_tokens) {
            Some((fitted, came)) => (fitted, Some(came)),
            None => (response.clone(), original),
        };
        let from = if is_tokens { State::AwaitingTokens } else { State::AwaitingKeys };
        let session = self.session(key);
        let mut known = session.known.take(&facts.issuer).unwrap_or_default();
        let answered = ask.answer(&response, &mut known, now);
        session.known.put(&facts.issuer, known);
        match answered {
            Ok(turn) => {
                let step = (from, Event::Answer, turn.state());
                taken.push(id_of(Machine::Login, step, emits(&turn)));
                self.go_on(key, (facts, original), turn, taken)
            }
            Err(error) => {
                let step = (from, Event::BadAnswer, State::Failed);
                taken.push(id_of(Machine::Login, step, Effect::Error));
                session.login = Some(State::Failed);
                session.fail(&error)
            }
        }
    }

    /// Answers what can be answered here, up to the next request.
    fn go_on(
        &mut self,
        key: &str,
        (facts, original): (Facts, Option<String>),
        mut turn: Turn,
        taken: &mut Vec<String>,
    ) -> Act {
        loop {
            let state = turn.state();
            self.session(key).login = Some(state);
            turn = match turn {
                Turn::Send(ask) => {
                    let request = ask.request().clone();
                    let ask = Box::new(ask);
                    self.session(key).job = Some(Job::Finish { facts, ask, original });
                    return Act::Send(request);
                }
                Turn::Verify(ask) => {
                    let good = self.is_good(&ask, original.as_deref());
                    let on = if good { Event::Good } else { Event::Bad };
                    match ask.answer(good) {
                        Ok(next) => {
                            let step = (state, on, next.state());
                            taken.push(id_of(Machine::Login, step, emits(&next)));
                            next
                        }
                        Err(error) => {
                            let step = (state, on, State::Failed);
                            taken.push(id_of(Machine::Login, step, Effect::Error));
                            let session = self.session(key);
                            session.login = Some(State::Failed);
                            return session.fail(&error);
                        }
                    }
                }
                Turn::Done(tokens) => {
                    self.session(key).user = Some(user(tokens, original.as_deref()));
                    self.session(key).tasks = None;
                    return Act::Show;
                }
                // Only a client with a key is asked that.
                Turn::Sign(_) | Turn::Prove(_) => return self.session(key).unheard(),
            }
        }
    }

    /// Whether the token is signed as it came, or nobody cares.
    fn is_good(&self, ask: &Verify, original: Option<&str>) -> bool {
        let as_it_came = || match original {
            None => is_signed_under(ask.jwk(), ask.input(), ask.signature()),
            Some(token) => Jws::parse(token)
                .is_ok_and(|jws| is_signed_under(ask.jwk(), jws.signing_input, &jws.signature)),
        };
        self.is_without(Defence::Signature) || as_it_came()
    }

    /// The answer as it reaches the core, and the ID token as it came; `None` if nothing is made to fit.
    fn fit(&self, facts: &Facts, response: &Response) -> Option<(Response, String)> {
        let token = TokenResponse::parse(&response.body).ok()?.id_token?.expose().to_owned();
        let (header, mut claims, kid) = read(&token)?;
        let before = claims.clone();
        if self.is_without(Defence::Nonce) {
            claims.nonce = Some(facts.nonce.clone());
        }
        if self.is_without(Defence::Audience) {
            claims.aud = vec![CLIENT_ID.into()];
        }
        if self.is_without(Defence::TokenIssuer) {
            claims.iss.clone_from(&facts.issuer);
        }
        if self.is_without(Defence::Expiry) {
            // What never ends and has just been said.
            claims.exp = UnixTime::from_secs(u64::from(u32::MAX));
        }
        let is_unsigned = self.is_without(Defence::Signature) && header != ALG.name();
        if claims == before && !is_unsigned {
            return None;
        }
        let kid = kid.unwrap_or_else(|| "as-1".into());
        let input = jws::signing_input(ALG, &kid, "JWT", &claims.to_json());
        let fitted = jws::assemble(&input, &[0; 64]);
        let text = String::from_utf8_lossy(&response.body).replace(&token, &fitted);
        Some((Response { body: text.into_bytes(), ..response.clone() }, token))
    }
}

/// What a token says, whatever it is signed with: the algorithm, the claims, the name of the key.
fn read(token: &str) -> Option<(String, IdClaims, Option<String>)> {
    let mut parts = token.split('.');
    let header = base64url::decode(parts.next()?)?;
    let header = json::parse_object(&header).ok()?;
    let claims = IdClaims::parse(&base64url::decode(parts.next()?)?).ok()?;
    let word = |name: &str| Some(header.get(name)?.string()?.into_owned());
    Some((word("alg")?, claims, word("kid")))
}

/// Who has signed in; where the claims were made to fit, who they were about before.
fn user(tokens: Box<Tokens>, original: Option<&str>) -> User {
    let identity = tokens.identity.as_ref();
    let claims = identity.map_or("{}", |identity| identity.claims.expose());
    let claims = json::parse_object(claims.as_bytes()).ok();
    let name = claims.and_then(|claims| Some(claims.get("name")?.string()?.into_owned()));
    let said = original.and_then(read).map(|(_, claims, _)| (claims.iss, claims.sub));
    let proved = identity.map(|identity| (identity.iss.clone(), identity.sub.clone()));
    let (issuer, subject) = said.or(proved).unwrap_or_default();
    User { name: name.unwrap_or_else(|| subject.clone()), issuer, subject, tokens }
}

/// What leaves with a turn.
const fn emits(turn: &Turn) -> Effect {
    match turn {
        Turn::Send(_) => Effect::Send,
        Turn::Sign(_) | Turn::Prove(_) => Effect::Sign,
        Turn::Verify(_) => Effect::Verify,
        Turn::Done(_) => Effect::Tokens,
    }
}
