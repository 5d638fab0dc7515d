//! The person agreed: the grant is made and stored, and the code leaves.

use alloc::string::String;
use alloc::vec::Vec;

use super::ask::Asked;
use super::bound::Bound;
use super::consent::ConsentError;
use super::grant::{Agreement, AskedClaims, Grant, Phase, Terms};
use super::handle::Call;
use super::login::Login;
use super::name::{GrantId, Kind, Name};
use super::record::{Key, Record, Versioned};
use super::remember::{self, Remembered};
use super::token::MOST_ROUNDS;
use super::turn::{AfterRead, AfterSwap, Expect, Read, Swap, Swapped, Turn, found};
use super::{origin, reply};
use crate::scope::{OFFLINE_ACCESS, ScopeSet};
use crate::time::UnixTime;
use crate::wire::registration::GrantType;

/// All of this was agreed to before.
pub(crate) fn again<'s>(call: Call<'s>, bound: Bound, asked: Asked, login: &Login) -> Turn<'s> {
    let origin = origin::of(bound.back());
    let (scope, claims) = (asked.scope.clone(), asked.claims.names());
    let grant = grant(&call, &bound, asked, login, scope, &claims);
    Approved { call, bound, grant, remember: None, origin, rounds: 0 }.go_on()
}

/// This was agreed to just now.
pub(crate) fn anew<'s>(
    call: Call<'s>,
    bound: Bound,
    asked: Asked,
    login: &Login,
    scope: ScopeSet,
    claims: &[String],
) -> Turn<'s> {
    let policy = &call.server.policy;
    let until = call.now + policy.consent_lifetime;
    let remember = remember::place(policy, &bound, login)
        .map(|key| (key, Remembered::of(&asked, scope.clone(), claims.to_vec(), until)));
    let origin = origin::of(bound.back());
    let grant = grant(&call, &bound, asked, login, scope, claims);
    Approved { call, bound, grant, remember, origin, rounds: 0 }.go_on()
}

fn grant(
    call: &Call<'_>,
    bound: &Bound,
    asked: Asked,
    login: &Login,
    scope: ScopeSet,
    claims: &[String],
) -> Grant {
    let policy = &call.server.policy;
    let until = call.now + policy.code_lifetime;
    let refreshes =
        scope.contains(OFFLINE_ACCESS) && bound.client().may_use(GrantType::RefreshToken);
    let refresh_until = refreshes.then(|| call.now + policy.refresh_lifetime);
    let agreement = Agreement {
        subject: login.subject.clone(),
        auth_time: login.at,
        redirect_uri: asked.back.redirect_uri,
        challenge: asked.challenge,
        nonce: asked.nonce,
        claims: asked.claims.only(claims),
        refresh_until,
    };
    let terms = Terms {
        id: GrantId::of(asked.id, login.id),
        client_id: asked.client_id,
        scope,
        resources: asked.resources,
        agreed: Some(agreement),
        born: call.now,
        dies: refresh_until.unwrap_or(until).max(until) + policy.access_token_lifetime,
    };
    Grant { terms, phase: Phase::Coded { until } }
}

impl AskedClaims {
    /// Each name once.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = self.userinfo.clone();
        for name in &self.id_token {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    fn only(self, agreed: &[String]) -> Self {
        let only = |names: Vec<String>| names.into_iter().filter(|n| agreed.contains(n)).collect();
        Self { userinfo: only(self.userinfo), id_token: only(self.id_token) }
    }
}

/// The person agreed. The yes is remembered and the app's pages may read answers; last, and before
/// anything leaves, the grant is stored.
#[derive(Debug)]
pub(crate) struct Approved<'s> {
    call: Call<'s>,
    bound: Bound,
    grant: Grant,
    /// The yes that is still to be remembered.
    remember: Option<(Key, Remembered)>,
    /// Where the app's pages run, still to be marked.
    origin: Option<String>,
    rounds: u8,
}

impl<'s> Approved<'s> {
    fn go_on(self) -> Turn<'s> {
        if let Some((key, _)) = &self.remember {
            return Read::ask(self.call, key.clone(), AfterRead::Remember(self.into()));
        }
        if let Some(origin) = &self.origin {
            let key = Key::Origin(origin.clone());
            return Read::ask(self.call, key, AfterRead::Mark(self.into()));
        }
        self.store()
    }

    /// What is remembered already is joined with the new yes.
    pub(crate) fn remember(mut self, record: Option<Versioned>) -> Turn<'s> {
        let Some((key, new)) = self.remember.clone() else { return self.go_on() };
        let (before, expect) = found(record, Record::remembered);
        if before.as_ref().is_some_and(|before| before.covers(&new, self.call.now)) {
            self.remember = None;
            return self.go_on();
        }
        let all = match before {
            Some(before) => before.and(new, self.call.now),
            None => new,
        };
        let (call, record) = (self.call, Record::Consent(all.into()));
        Swap::ask(call, (key, expect), record, AfterSwap::Remember(self.into()))
    }

    pub(crate) fn remembered(mut self, swapped: Swapped) -> Turn<'s> {
        match swapped {
            Swapped::Held => self.remember = None,
            Swapped::Lost | Swapped::Unknown if self.rounds < MOST_ROUNDS => self.rounds += 1,
            Swapped::Lost | Swapped::Unknown => return reply::unavailable(&self.call),
        }
        self.go_on()
    }

    pub(crate) fn mark(mut self, record: Option<Versioned>) -> Turn<'s> {
        let (mark, expect) = found(record, Record::mark);
        let Some(origin) = self.origin.clone() else { return self.go_on() };
        match origin::renewed(mark, &self.call) {
            None => {
                self.origin = None;
                self.go_on()
            }
            Some(mark) => {
                let (call, place) = (self.call, (Key::Origin(origin), expect));
                Swap::ask(call, place, Record::Origin(mark), AfterSwap::Mark(self.into()))
            }
        }
    }

    /// Whoever else marks it does it as well.
    pub(crate) fn marked(mut self, _: Swapped) -> Turn<'s> {
        self.origin = None;
        self.go_on()
    }

    fn store(self) -> Turn<'s> {
        let place = (Key::Grant(self.grant.terms.id), Expect::Absent);
        let record = Record::Grant(self.grant.clone().into());
        Swap::ask(self.call, place, record, AfterSwap::Consent(self.into()))
    }

    pub(crate) fn resume(self, swapped: Swapped) -> Turn<'s> {
        match swapped {
            Swapped::Held => {
                let until = self.call.now + self.call.server.policy.code_lifetime;
                send(&self.call, self.bound, &self.grant.terms, until)
            }
            // A button pressed twice, or a swap whose answer got lost: the one grant of this page.
            Swapped::Lost | Swapped::Unknown => {
                let key = Key::Grant(self.grant.terms.id);
                let again = swapped == Swapped::Unknown;
                let waiting = AwaitingTwin { approved: self, again };
                Read::ask(waiting.approved.call, key, AfterRead::Twin(waiting.into()))
            }
        }
    }
}

/// The grant of this page may be there already; the store is asked.
#[derive(Debug)]
pub(crate) struct AwaitingTwin<'s> {
    approved: Approved<'s>,
    again: bool,
}

impl<'s> AwaitingTwin<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let Approved { call, bound, grant, rounds, .. } = self.approved;
        match found(record, Record::grant) {
            (None, Expect::Absent) if self.again && rounds < MOST_ROUNDS => {
                let rounds = rounds + 1;
                Approved { call, bound, grant, remember: None, origin: None, rounds }.store()
            }
            (Some(twin), _) => match twin.phase {
                Phase::Coded { until } if twin.terms.is_twin_of(&grant.terms) => {
                    send(&call, bound, &twin.terms, until)
                }
                Phase::Coded { .. } | Phase::Live { .. } | Phase::Dead { .. } => {
                    reply::consent(&call, ConsentError::Answered)
                }
            },
            (None, _) => reply::unavailable(&call),
        }
    }
}

impl Terms {
    /// Whether the same person agreed to the same request: the one grant of a page, found again.
    fn is_twin_of(&self, other: &Self) -> bool {
        let fixed = |terms: &Self| {
            let Agreement { subject, auth_time, redirect_uri, challenge, nonce, .. } =
                terms.agreed.clone()?;
            Some((subject, auth_time, redirect_uri, challenge, nonce))
        };
        self.id == other.id && self.client_id == other.client_id && fixed(self) == fixed(other)
    }
}

/// Sends the browser back with the code ([RFC 6749 §4.1.2]).
///
/// [RFC 6749 §4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
fn send<'s>(call: &Call<'s>, bound: Bound, terms: &Terms, until: UnixTime) -> Turn<'s> {
    let code = call.server.sealing.name(Kind::Code, &Name::whole(terms, until));
    Turn::Reply(bound.answer(&call.server.policy, Ok(code)))
}
