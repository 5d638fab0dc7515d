//! The person says yes or no, and the browser goes back to the app.

use super::authorize::{self, Asked, Bound};
use super::grant::{Grant, Phase, Terms};
use super::handle::Call;
use super::login::{self, Login, Visit};
use super::name::{GrantId, Kind, Name, ScopeBits};
use super::record::{Key, Record, Versioned};
use super::reply;
use super::token::MOST_ROUNDS;
use super::turn::{AfterRead, AfterSwap, Expect, Read, Swap, Swapped, Turn, found};
use crate::pack::Unpacker;
use crate::scope::{OFFLINE_ACCESS, ScopeSet};
use crate::time::UnixTime;
use crate::wire::form::Form;
use crate::wire::http::{Method, Request};

/// Why a consent form is not taken. None of these redirects, and nothing is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConsentError {
    /// Another site sent it, or this server did not seal it, or it was drawn for another login.
    Foreign,
    /// The page was open too long.
    TooOld,
    /// `decision` is neither `approve` nor `deny`.
    Malformed,
    /// The person answered before, and the app has already used the answer.
    Answered,
}

/// What the person chose.
#[derive(Debug)]
enum Decision {
    Show,
    Deny,
    Approve(ScopeSet),
}

/// Shows the consent page after a login, or reads what the person chose on it.
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, login: Option<Login>) -> Turn<'s> {
    let answer = match request.method {
        Method::Get => Form::parse(request.query().as_bytes())
            .ok()
            .and_then(|form| revisit(&call, &form))
            .ok_or(ConsentError::Foreign)
            .map(|asked| (asked, login, Decision::Show)),
        Method::Post => read(&call, request, login),
        Method::Options | Method::Other => return reply::wrong_method(&call, "GET, POST"),
    };
    let (asked, login, decision) = match answer {
        Ok(answer) => answer,
        Err(error) => return reply::consent(&call, error),
    };
    let key = Key::Client(asked.client_id.clone());
    let waiting = AwaitingClient { call, asked, login, decision };
    Read::ask(call, key, AfterRead::Consent(waiting.into()))
}

/// The request that waited for a login.
fn revisit(call: &Call<'_>, form: &Form) -> Option<Asked> {
    match Visit::open(call, form.one("interaction").ok()??)? {
        (Visit::Authorize { asked, .. }, true) => Some(*asked),
        (Visit::Authorize { .. } | Visit::Page { .. }, _) => None,
    }
}

fn read(
    call: &Call<'_>,
    request: &Request,
    login: Option<Login>,
) -> Result<(Asked, Option<Login>, Decision), ConsentError> {
    let form = login::own_form(call, request).ok_or(ConsentError::Foreign)?;
    let login = login.ok_or(ConsentError::Foreign)?;
    let sealed = form.field("interaction");
    let opened = call.server.sealing.open_until(Kind::Consent, sealed, call.now);
    let opened = opened.ok_or(ConsentError::Foreign)?;
    let mut from = Unpacker::new(&opened.contents);
    let asked = Asked::unpack(&mut from).ok_or(ConsentError::Foreign)?;
    let drawn_for = Login::unpack(&mut from).ok_or(ConsentError::Foreign)?;
    if drawn_for != login {
        return Err(ConsentError::Foreign);
    }
    if !opened.is_fresh {
        return Err(ConsentError::TooOld);
    }
    let decision = match form.one("decision").unwrap_or_default() {
        Some("deny") => Decision::Deny,
        Some("approve") => {
            Decision::Approve(asked.scope.only(|word| form.all("scope").any(|box_| box_ == word)))
        }
        Some(_) | None => return Err(ConsentError::Malformed),
    };
    Ok((asked, Some(login), decision))
}

/// The person chose; the store is asked whether the client is still what it was.
#[derive(Debug)]
pub(crate) struct AwaitingClient<'s> {
    call: Call<'s>,
    asked: Asked,
    login: Option<Login>,
    decision: Decision,
}

impl<'s> AwaitingClient<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let Self { call, asked, login, decision } = self;
        let (client, _) = found(record, Record::client);
        let bound = match Bound::bind(client, Some(&asked.redirect_uri), asked.state.clone()) {
            Ok(bound) => bound,
            Err(error) => return reply::unbound(&call, error),
        };
        match (decision, login) {
            (Decision::Show, login) => authorize::interact(call, &bound, asked, login),
            (Decision::Approve(scope), Some(login)) if !scope.is_empty() => {
                let grant = grant(&call, asked, &login, scope);
                Approved { call, bound, grant, rounds: 0 }.store()
            }
            // Nothing ticked is a no in other words.
            (Decision::Approve(_) | Decision::Deny, _) => reply::denied(&call, bound),
        }
    }
}

fn grant(call: &Call<'_>, asked: Asked, login: &Login, scope: ScopeSet) -> Grant {
    let policy = &call.server.policy;
    let until = call.now + policy.code_lifetime;
    let refresh_until = scope.contains(OFFLINE_ACCESS).then(|| call.now + policy.refresh_lifetime);
    let terms = Terms {
        id: GrantId::of(asked.id, login.id),
        client_id: asked.client_id,
        subject: login.subject.clone(),
        redirect_uri: asked.redirect_uri,
        challenge: asked.challenge,
        scope,
        nonce: asked.nonce,
        auth_time: login.at,
        born: call.now,
        refresh_until,
        dies: refresh_until.unwrap_or(until).max(until) + policy.access_token_lifetime,
    };
    Grant { terms, phase: Phase::Coded { until } }
}

/// The person agreed; nothing leaves until the grant is stored.
#[derive(Debug)]
pub(crate) struct Approved<'s> {
    call: Call<'s>,
    bound: Bound,
    grant: Grant,
    rounds: u8,
}

impl<'s> Approved<'s> {
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
        let Approved { call, bound, grant, rounds } = self.approved;
        match found(record, Record::grant) {
            (None, Expect::Absent) if self.again && rounds < MOST_ROUNDS => {
                Approved { call, bound, grant, rounds: rounds + 1 }.store()
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
        self.id == other.id
            && self.client_id == other.client_id
            && self.subject == other.subject
            && self.redirect_uri == other.redirect_uri
            && self.challenge == other.challenge
            && self.nonce == other.nonce
            && self.auth_time == other.auth_time
    }
}

/// Sends the browser back with the code ([RFC 6749 §4.1.2]).
///
/// [RFC 6749 §4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
fn send<'s>(call: &Call<'s>, bound: Bound, terms: &Terms, until: UnixTime) -> Turn<'s> {
    let scope = ScopeBits::of(&terms.scope, &terms.scope);
    let code = Name { grant: terms.id, turn: 0, until, scope };
    let code = call.server.sealing.name(Kind::Code, &code);
    Turn::Reply(bound.redirect(&call.server.policy, Ok(code)))
}
