//! The person agreed: the grant is stored, the yes is remembered, and the code leaves.

use alloc::string::String;
use alloc::vec::Vec;

use super::ask::{AskError, Asked};
use super::bound::Bound;
use super::consent::ConsentError;
use super::grant::{Agreement, Grant, Phase, Terms};
use super::handle::Call;
use super::login::Login;
use super::name::{GrantId, Kind, Name};
use super::record::{Key, Record, Versioned};
use super::remember::{self, Matter, Remembered, Ticked};
use super::token::MOST_ROUNDS;
use super::turn::{AfterRead, AfterSwap, Expect, Read, Swap, Swapped, Turn, found};
use super::{origin, reply};
use crate::key::Thumbprint;
use crate::scope::{OFFLINE_ACCESS, ScopeSet};
use crate::time::UnixTime;
use crate::wire::registration::GrantType;

/// All of this was agreed to before.
pub(crate) fn again<'s>(call: Call<'s>, bound: Bound, asked: Asked, login: &Login) -> Turn<'s> {
    let (scope, claims) = (asked.scope.clone(), asked.claims.names());
    approve(call, bound, asked, login, (scope, &claims), None)
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
    let ticked = || {
        let page = Matter::of(&asked);
        Ticked { page, scope: scope.clone(), claims: claims.to_vec(), until }
    };
    let remember = remember::place(policy, &bound, login).map(|key| (key, ticked()));
    approve(call, bound, asked, login, (scope, claims), remember)
}

fn approve<'s>(
    call: Call<'s>,
    bound: Bound,
    asked: Asked,
    login: &Login,
    (scope, claims): (ScopeSet, &[String]),
    remember: Option<(Key, Ticked)>,
) -> Turn<'s> {
    let origin = origin::of(bound.back());
    let until = call.now + call.server.policy.code_lifetime;
    let jkt = asked.jkt;
    let terms = terms(&call, &bound, asked, login, (scope, claims), until);
    Approved { call, bound, terms, jkt, until, remember, origin, rounds: 0 }.store()
}

fn terms(
    call: &Call<'_>,
    bound: &Bound,
    asked: Asked,
    login: &Login,
    (scope, claims): (ScopeSet, &[String]),
    until: UnixTime,
) -> Terms {
    let policy = &call.server.policy;
    let refreshes =
        scope.contains(OFFLINE_ACCESS) && bound.client().may_use(GrantType::RefreshToken);
    let refresh_until = refreshes.then(|| call.now + policy.refresh_lifetime);
    let agreement = Agreement {
        subject: login.subject.clone(),
        auth_time: login.at,
        redirect_uri: asked.back.redirect_uri,
        challenge: asked.challenge,
        nonce: asked.nonce,
        claims: asked.claims.only(|name| claims.iter().any(|agreed| agreed == name)),
        refresh_until,
    };
    Terms {
        id: GrantId::of(asked.id, login.id),
        client_id: asked.client_id,
        scope,
        resources: asked.resources,
        agreed: Some(agreement),
        born: call.now,
        dies: refresh_until.unwrap_or(until).max(until) + policy.access_token_lifetime,
    }
}

/// The person agreed. First the grant is stored, so that a page has one answer; then the yes is
/// remembered and the app's pages may read answers; only then the code leaves.
pub(crate) struct Approved<'s> {
    call: Call<'s>,
    bound: Bound,
    terms: Terms,
    /// The key that the code is for alone.
    jkt: Option<Thumbprint>,
    /// The first instant at which the code is too old.
    until: UnixTime,
    /// The yes that is still to be remembered.
    remember: Option<(Key, Ticked)>,
    /// Where the app's pages run, still to be marked.
    origin: Option<String>,
    rounds: u8,
}

impl<'s> Approved<'s> {
    pub(crate) fn into_bound(self) -> Bound {
        self.bound
    }

    fn store(self) -> Turn<'s> {
        let place = (Key::Grant(self.terms.id), Expect::Absent);
        let grant = Grant { terms: self.terms.clone(), phase: Phase::Coded { until: self.until } };
        Swap::ask(self.call, place, Record::Grant(grant.into()), AfterSwap::Consent(self.into()))
    }

    pub(crate) fn stored(self, swapped: Swapped) -> Turn<'s> {
        match swapped {
            Swapped::Held => self.go_on(),
            // A button pressed twice, or a swap whose answer got lost: the one grant of this page.
            Swapped::Lost | Swapped::Unknown => {
                let key = Key::Grant(self.terms.id);
                let again = swapped == Swapped::Unknown;
                let waiting = AwaitingTwin { approved: self, again };
                Read::ask(waiting.approved.call, key, AfterRead::Twin(waiting.into()))
            }
        }
    }

    fn go_on(self) -> Turn<'s> {
        if let Some((key, _)) = &self.remember {
            return Read::ask(self.call, key.clone(), AfterRead::Remember(self.into()));
        }
        if let Some(origin) = &self.origin {
            let key = Key::Origin(origin.clone());
            return Read::ask(self.call, key, AfterRead::Mark(self.into()));
        }
        self.send()
    }

    /// The new yes takes the place of what is remembered already.
    pub(crate) fn remember(mut self, record: Option<Versioned>) -> Turn<'s> {
        let Some((key, new)) = self.remember.clone() else { return self.go_on() };
        let (before, expect) = found(record, Record::remembered);
        let nothing = Remembered { answers: Vec::new() };
        let after = before.clone().unwrap_or(nothing).with(&new, self.call.now);
        if before.as_ref() == Some(&after) {
            self.remember = None;
            return self.go_on();
        }
        let (call, record) = (self.call, Record::Consent(after.into()));
        Swap::ask(call, (key, expect), record, AfterSwap::Remember(self.into()))
    }

    pub(crate) fn remembered(mut self, swapped: Swapped) -> Turn<'s> {
        match swapped {
            Swapped::Held => self.remember = None,
            Swapped::Lost | Swapped::Unknown if self.rounds < MOST_ROUNDS => self.rounds += 1,
            Swapped::Lost | Swapped::Unknown => {
                return reply::bound(&self.call, self.bound, AskError::Unavailable);
            }
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

    /// Sends the browser back with the code ([RFC 6749 §4.1.2]).
    ///
    /// [RFC 6749 §4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
    fn send(self) -> Turn<'s> {
        let Self { call, bound, terms, jkt, until, .. } = self;
        let name = Name { jkt, ..Name::whole(&terms, until) };
        let code = call.server.sealing.name(Kind::Code, &name);
        Turn::Reply(bound.answer(&call.server.policy, Ok(code)))
    }
}

/// The grant of this page may be there already; the store is asked.
pub(crate) struct AwaitingTwin<'s> {
    approved: Approved<'s>,
    again: bool,
}

impl<'s> AwaitingTwin<'s> {
    pub(crate) fn into_bound(self) -> Bound {
        self.approved.bound
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let Self { approved, again } = self;
        match found(record, Record::grant) {
            (None, Expect::Absent) if again && approved.rounds < MOST_ROUNDS => {
                Approved { rounds: approved.rounds + 1, ..approved }.store()
            }
            (Some(twin), _) => match twin.phase {
                Phase::Coded { until } if twin.terms.is_twin_of(&approved.terms) => {
                    Approved { terms: twin.terms, until, ..approved }.go_on()
                }
                Phase::Coded { .. } | Phase::Live { .. } | Phase::Dead { .. } => {
                    reply::consent(&approved.call, ConsentError::Answered)
                }
            },
            (None, _) => reply::bound(&approved.call, approved.bound, AskError::Unavailable),
        }
    }
}

impl Terms {
    /// Whether the same person agreed to the same of the same request, be it a moment later: the one
    /// grant of a page, found again.
    fn is_twin_of(&self, other: &Self) -> bool {
        let timeless = |terms: &Self| {
            let agreed = terms.agreed.clone();
            let agreed = agreed.map(|agreed| Agreement { refresh_until: None, ..agreed });
            let never = UnixTime::from_secs(0);
            Self { agreed, born: never, dies: never, ..terms.clone() }
        };
        timeless(self) == timeless(other)
    }
}
