//! The person says yes or no, and the browser goes back to the app.

use alloc::string::String;
use alloc::vec::Vec;

use super::ask::{AskError, Asked};
use super::authorize::{self, Prompt};
use super::bound::Bound;
use super::handle::Call;
use super::login::{self, Login, Visit};
use super::name::Kind;
use super::record::{Key, Record, Versioned};
use super::remember::{self, Remembered};
use super::token::MOST_ROUNDS;
use super::turn::{AfterRead, AfterSwap, Read, Swap, Swapped, Turn, found};
use super::{approve, reply};
use crate::pack::Unpacker;
use crate::scope::ScopeSet;
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
enum Decision {
    /// Nothing yet: they have just signed in.
    Show,
    /// Nothing yet: the app's request came without cookies, and now comes with them.
    Begin(Prompt),
    Deny,
    Approve {
        scope: ScopeSet,
        claims: Vec<String>,
    },
}

/// Shows the consent page after a login, or reads what the person chose on it.
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, login: Option<Login>) -> Turn<'s> {
    let answer = match request.method {
        Method::Get | Method::Head => Form::parse(request.query().as_bytes())
            .ok()
            .and_then(|form| revisit(&call, &form))
            .ok_or(ConsentError::Foreign)
            .map(|(asked, decision)| (asked, login, decision)),
        Method::Post => read(&call, request, login),
        Method::Put | Method::Delete | Method::Options | Method::Other => {
            return reply::wrong_method(&call, "GET, POST");
        }
    };
    let (asked, login, decision) = match answer {
        Ok(answer) => answer,
        Err(error) => return reply::consent(&call, error),
    };
    let key = Key::Client(asked.client_id.clone());
    let waiting = AwaitingClient { call, asked, login, decision };
    Read::ask(call, key, AfterRead::Consent(waiting.into()))
}

/// The request that waited for a login, or for cookies.
fn revisit(call: &Call<'_>, form: &Form) -> Option<(Asked, Decision)> {
    match Visit::open(call, form.one("interaction").ok()??)? {
        (Visit::Authorize { asked, .. }, true) => Some((*asked, Decision::Show)),
        (Visit::Posted { asked, prompt }, true) => Some((*asked, Decision::Begin(prompt))),
        (Visit::Authorize { .. } | Visit::Posted { .. } | Visit::Developer, _) => None,
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
    let ticked = |field, word: &str| form.all(field).any(|box_| box_ == word);
    let decision = match form.one("decision").unwrap_or_default() {
        Some("deny") => Decision::Deny,
        Some("approve") => Decision::Approve {
            scope: asked.scope.only(|word| ticked("scope", word)),
            claims: asked.claims.names().into_iter().filter(|name| ticked("claim", name)).collect(),
        },
        Some(_) | None => return Err(ConsentError::Malformed),
    };
    Ok((asked, Some(login), decision))
}

/// The person chose; the store is asked whether the client is still what it was.
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
        let bound = match Bound::bind(client, asked.back.clone(), call.now) {
            Ok(bound) => bound,
            Err(error) => return reply::unbound(&call, error),
        };
        match (decision, login) {
            // Whoever signed in for this request is not whom the app asked for. To ask once more
            // would be to ask for ever.
            (Decision::Show, Some(login)) if !asked.is_about(&login) => {
                reply::bound(&call, bound, AskError::OtherPerson)
            }
            (Decision::Show, login) => {
                authorize::proceed(call, bound, asked, login, Prompt::Allowed)
            }
            (Decision::Approve { scope, claims }, Some(login)) if !scope.is_empty() => {
                approve::anew(call, bound, asked, &login, scope, &claims)
            }
            (Decision::Begin(prompt), login) => {
                authorize::proceed(call, bound, asked, login, prompt)
            }
            // Nothing ticked is a no in other words.
            (Decision::Approve { .. } | Decision::Deny, login) => deny(call, bound, login.as_ref()),
        }
    }
}

/// The person said no, so what they said before is forgotten, too.
fn deny<'s>(call: Call<'s>, bound: Bound, login: Option<&Login>) -> Turn<'s> {
    let place = login.and_then(|login| remember::place(&call.server.policy, &bound, login));
    let Some(key) = place else { return reply::denied(&call, bound) };
    Denied { call, bound, key, rounds: 0 }.ask()
}

/// The person said no; what they said before is being forgotten.
pub(crate) struct Denied<'s> {
    call: Call<'s>,
    bound: Bound,
    key: Key,
    rounds: u8,
}

impl<'s> Denied<'s> {
    pub(crate) fn into_bound(self) -> Bound {
        self.bound
    }

    fn ask(self) -> Turn<'s> {
        Read::ask(self.call, self.key.clone(), AfterRead::Denied(self.into()))
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let (remembered, expect) = found(record, Record::remembered);
        let forgotten = remembered.clone().map(Remembered::forgotten);
        match forgotten {
            Some(forgotten) if remembered.as_ref() != Some(&forgotten) => {
                let (call, place) = (self.call, (self.key.clone(), expect));
                let record = Record::Consent(forgotten.into());
                Swap::ask(call, place, record, AfterSwap::Denied(self.into()))
            }
            Some(_) | None => reply::denied(&self.call, self.bound),
        }
    }

    pub(crate) fn swapped(self, swapped: Swapped) -> Turn<'s> {
        match swapped {
            Swapped::Held => reply::denied(&self.call, self.bound),
            Swapped::Lost | Swapped::Unknown if self.rounds < MOST_ROUNDS => {
                Self { rounds: self.rounds + 1, ..self }.ask()
            }
            Swapped::Lost | Swapped::Unknown => {
                reply::bound(&self.call, self.bound, AskError::Unavailable)
            }
        }
    }
}
