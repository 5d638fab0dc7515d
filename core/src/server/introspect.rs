//! A client asks what a token is good for ([RFC 7662]): its own, or one for an API that it serves.
//!
//! [RFC 7662]: https://www.rfc-editor.org/rfc/rfc7662

use alloc::string::String;

use super::grant::{Grant, Phase, Terms};
use super::handle::Call;
use super::name::Kind;
use super::own_token::AwaitingGrant;
use super::policy::{Policy, TokenFormat};
use super::record::{Key, Record, Versioned};
use super::reply;
use super::turn::{AfterRead, Read, Turn, found};
use crate::time::UnixTime;
use crate::wire::bearer::Scheme;
use crate::wire::introspection::Introspection;

/// Looks at a token of ours. Whoever asks about a token of its own has just proved that it is still
/// there; of whose else it is the store is asked, as it is where the token opens something.
pub(crate) fn begin(waiting: AwaitingGrant<'_>, grant: Grant) -> Turn<'_> {
    let AwaitingGrant { call, kind, name, client_id, .. } = &waiting;
    let (call, terms) = (*call, &grant.terms);
    let is_own = terms.client_id == *client_id;
    let is_served =
        || is_served_by(client_id, &name.audience.resources(terms), &call.server.policy);
    let may_know = is_own || (*kind == Kind::Access && is_served());
    if !may_know || call.now >= name.until || !lives(*kind, name.turn, &grant, call.now) {
        return inactive(&call);
    }
    if is_own {
        return answer(&waiting, terms);
    }
    let key = Key::Client(terms.client_id.clone());
    let waiting = AwaitingHolder { waiting, terms: grant.terms };
    Read::ask(call, key, AfterRead::IntrospectClient(waiting.into()))
}

/// The grant lives; the store is asked whether its client still does.
pub(crate) struct AwaitingHolder<'s> {
    waiting: AwaitingGrant<'s>,
    terms: Terms,
}

impl<'s> AwaitingHolder<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let (client, _) = found(record, Record::client);
        let call = self.waiting.call;
        match client.filter(|client| client.is_known(call.now)) {
            Some(_) => answer(&self.waiting, &self.terms),
            None => inactive(&call),
        }
    }
}

/// Answers about a token that is good
/// ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)).
fn answer<'s>(waiting: &AwaitingGrant<'s>, terms: &Terms) -> Turn<'s> {
    let AwaitingGrant { call, kind, name, .. } = waiting;
    let policy = &call.server.policy;
    let is_access = *kind == Kind::Access;
    let said = Introspection {
        active: true,
        scope: Some(name.scope.scope(terms).to_text()).filter(|text| !text.is_empty()),
        client_id: Some(terms.client_id.clone()),
        token_type: is_access.then(|| Scheme::of_token(name.jkt.as_ref()).name().into()),
        exp: Some(name.until),
        iat: is_access.then(|| made(name.until, terms, policy)),
        sub: terms.agreed.as_ref().map(|agreed| agreed.subject.clone()),
        aud: name.audience.resources(terms),
        iss: Some(policy.issuer.as_str().into()),
        jkt: name.jkt.map(|jkt| jkt.to_text()),
    };
    Turn::Reply(reply::json(call, 200, said.to_json()))
}

/// When the token was made. A grant's first is made no earlier than the grant itself.
fn made(until: UnixTime, terms: &Terms, policy: &Policy) -> UnixTime {
    let lifetime = policy.access_token_lifetime.as_secs();
    UnixTime::from_secs(until.as_secs().saturating_sub(lifetime)).max(terms.born)
}

/// Whether the client serves an API that the token is for: one that it names, or, if it names none,
/// any that reads opaque tokens.
fn is_served_by(client_id: &str, aud: &[String], policy: &Policy) -> bool {
    policy.resources.iter().any(|resource| {
        resource.introspected_by.as_deref() == Some(client_id)
            && (aud.contains(&resource.identifier)
                || (aud.is_empty() && resource.format == TokenFormat::Opaque))
    })
}

/// Every access token of a grant that lives is good; of the refresh tokens only the newest.
fn lives(kind: Kind, turn: u32, grant: &Grant, now: UnixTime) -> bool {
    let is_newest = match grant.phase {
        Phase::Live { turn: newest, .. } => turn == newest,
        Phase::Coded { .. } | Phase::Dead { .. } => false,
    };
    let until = grant.terms.agreed.as_ref().and_then(|agreed| agreed.refresh_until);
    let is_in_time = until.is_some_and(|until| now < until);
    grant.accepts(turn) && (kind == Kind::Access || (is_newest && is_in_time))
}

/// Nothing to be said of it: dead, unknown, or somebody else's
/// ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)).
pub(crate) fn inactive<'s>(call: &Call<'_>) -> Turn<'s> {
    Turn::Reply(reply::json(call, 200, Introspection::default().to_json()))
}
