//! What must hold, as the attacker model of `tests/model` calls it, judged here by what everybody has
//! in the end: who is signed in where, what the API has answered to whom, what was bought with what.

use grantflow::base64url;
use grantflow::pkce::Challenge;
use grantflow::server::path;
use grantflow::wire::credentials::parse_basic;
use grantflow::wire::id_token::IdClaims;

use crate::cast::{AS, Actor, CLIENT_ID, EVIL, Person};
use crate::message::{Message, Stage, header};
use crate::prelude::*;
use crate::world::World;

/// What must hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Property {
    /// The attacker does not get what opens Alice's tasks through the app.
    Authorization,
    /// Nobody but Alice is signed in as Alice.
    Authentication,
    /// Alice's browser ends up with what Alice began, as Alice.
    SessionIntegrity,
    /// Nobody is signed in by an ID token that the login's own server has not made for this login.
    ProvedIdentity,
    /// A code buys tokens once.
    OneAnswer,
    /// What a code bought is dead once the code came again.
    Revocation,
    /// A callback that proves nothing ends no login.
    NoEffect,
}

/// A login as it left the app.
struct Begun {
    by: Actor,
    issuer: &'static str,
    state: String,
    nonce: Option<String>,
    challenge: Option<String>,
}

impl Property {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Authorization,
        Self::Authentication,
        Self::SessionIntegrity,
        Self::ProvedIdentity,
        Self::OneAnswer,
        Self::Revocation,
        Self::NoEffect,
    ];

    /// Its name in `docs/security.md`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Authentication => "authentication",
            Self::SessionIntegrity => "session integrity",
            Self::ProvedIdentity => "proved identity",
            Self::OneAnswer => "one answer",
            Self::Revocation => "revocation",
            Self::NoEffect => "no effect",
        }
    }

    /// Whether it held, as far as that world has come.
    #[must_use]
    pub fn holds(self, world: &World) -> bool {
        match self {
            Self::Authorization => !world.is_robbed(),
            Self::Authentication => !world.is_impersonated(),
            Self::SessionIntegrity => !world.is_misled(),
            Self::ProvedIdentity => !world.is_unproved(),
            Self::OneAnswer => !world.is_answered_twice(),
            Self::Revocation => !world.is_alive_after_a_replay(),
            Self::NoEffect => !world.is_disturbed(),
        }
    }
}

impl World {
    /// The attacker has Alice's tasks, with a token of the app's.
    fn is_robbed(&self) -> bool {
        let hers = Person::Alice.account().tasks;
        self.messages().any(|message| {
            message.from == Actor::Attacker
                && message.stage == Stage::Done
                && hers.iter().all(|task| message.response.body.contains(task))
                && self.bought(message).is_some_and(|with| client_of(with) == CLIENT_ID)
        })
    }

    /// The answer that the token of a request came with.
    fn bought(&self, request: &Message) -> Option<&Message> {
        let bearer = header(&request.request.headers, "authorization")?.strip_prefix("Bearer ")?;
        let sold = self.sold();
        sold.into_iter().find(|answer| answer.value("access_token").as_deref() == Some(bearer))
    }

    /// Every answer with tokens of the honest server's, the first one first.
    fn sold(&self) -> Vec<&Message> {
        let is_one = |message: &&Message| message.to == Actor::As && is_token(message);
        self.messages().filter(is_one).filter(|message| message.response.status == 200).collect()
    }

    /// Who is signed in there, as the app believes: the issuer, and what it calls them.
    fn user(&self, of: Person) -> Option<(&str, &str)> {
        let user = self.app.sessions.get(&self.key_of(of)?)?.user.as_ref()?;
        Some((&user.issuer, &user.subject))
    }

    fn is_impersonated(&self) -> bool {
        self.user(Person::Eve) == Some((AS, Person::Alice.subject()))
    }

    fn is_misled(&self) -> bool {
        let Some((issuer, subject)) = self.user(Person::Alice) else { return false };
        let began = self.begun();
        let is_hers = |it: &Begun| it.by == Actor::Alice && it.issuer == issuer;
        !began.iter().any(is_hers) || (issuer == AS && subject != Person::Alice.subject())
    }

    /// Every login that was begun at the app: where the app sent a browser away.
    fn begun(&self) -> Vec<Begun> {
        let mut all = Vec::new();
        for message in self.messages().filter(|message| message.from != Actor::Attacker) {
            let Some(before) = message.after.and_then(|before| self.message(before)) else {
                continue;
            };
            let is_sent_by_app =
                before.to == Actor::App || before.request.url.contains("/.well-known/");
            let issuer = if message.to == Actor::Evil { EVIL } else { AS };
            let state = message.value("state").filter(|_| is_sent_by_app);
            if let Some(state) = state.filter(|_| path_of(message).ends_with("/authorize")) {
                let said = |name| message.value(name);
                let (nonce, challenge) = (said("nonce"), said("code_challenge"));
                all.push(Begun { by: message.from, issuer, state, nonce, challenge });
            }
        }
        all
    }

    /// Somebody is signed in with an ID token, as it came, of another server or for another login.
    fn is_unproved(&self) -> bool {
        let began = self.begun();
        self.messages().filter(|message| is_token(message)).any(|answer| {
            let token = answer.value("access_token");
            let is_used = Person::ALL.into_iter().any(|of| {
                let session = self.key_of(of).and_then(|key| self.app.sessions.get(&key));
                let user = session.and_then(|session| session.user.as_ref());
                user.map(|user| user.tokens.access_token.expose()) == token.as_deref()
            });
            let challenge = answer.value("code_verifier").map(|it| Challenge::of(&it).to_text());
            // Without its verifier nobody knows whose it is.
            let login = began.iter().find(|it| challenge.is_some() && it.challenge == challenge);
            let claims = answer.value("id_token").as_deref().and_then(claims);
            token.is_some()
                && is_used
                && login.is_some_and(|login| {
                    claims.is_none_or(|claims| {
                        claims.iss != login.issuer
                            || claims.nonce != login.nonce
                            || claims.aud != [CLIENT_ID]
                    })
                })
        })
    }

    fn is_answered_twice(&self) -> bool {
        let codes: Vec<_> =
            self.sold().iter().filter_map(|message| message.value("code")).collect();
        codes.iter().enumerate().any(|(at, code)| codes.iter().skip(at + 1).any(|it| it == code))
    }

    /// A token still opens the API although its code came a second time, and was refused.
    fn is_alive_after_a_replay(&self) -> bool {
        self.messages().any(|used| {
            let Some(answer) = self.bought(used).filter(|_| used.response.status == 200) else {
                return false;
            };
            let code = answer.value("code");
            self.messages().any(|again| {
                (answer.id..used.id).contains(&again.id)
                    && is_token(again)
                    && again.response.status == 400
                    && again.value("code") == code
            })
        })
    }

    /// A login waits no more, and nobody came who knew its `state`.
    fn is_disturbed(&self) -> bool {
        let names = self.app.sessions.names();
        let sessions = names.iter().filter_map(|key| self.app.sessions.get(key));
        let waits: Vec<&str> = sessions
            .flat_map(|session| session.pending.iter().map(|it| it.facts.state.as_str()))
            .collect();
        self.begun().iter().any(|login| {
            let came = |message: &Message| {
                message.to == Actor::App && message.value("state").as_ref() == Some(&login.state)
            };
            !waits.contains(&login.state.as_str()) && !self.messages().any(came)
        })
    }
}

/// The client that a token request names.
fn client_of(message: &Message) -> String {
    let basic = header(&message.request.headers, "authorization");
    let named = basic.and_then(|field| Some(parse_basic(field).ok()?.0));
    named.or_else(|| message.value("client_id")).unwrap_or_default()
}

fn is_token(message: &Message) -> bool {
    let evil = message.to == Actor::Evil && path_of(message) == "/token";
    evil || (message.to == Actor::As && path_of(message) == path::TOKEN)
}

fn path_of(message: &Message) -> String {
    message.request.to_request().path().to_owned()
}

/// What a token says, whoever has signed it.
fn claims(token: &str) -> Option<IdClaims> {
    IdClaims::parse(&base64url::decode(token.split('.').nth(1)?)?).ok()
}
