//! A client asks what a token of its own is good for ([RFC 7662]).
//!
//! [RFC 7662]: https://www.rfc-editor.org/rfc/rfc7662

use super::grant::{Grant, Phase};
use super::name::Kind;
use super::own_token::AwaitingGrant;
use super::reply;
use super::turn::Turn;
use crate::time::UnixTime;
use crate::wire::http::Response;
use crate::wire::json::Writer;

/// Answers about a token whose client is believed to be its owner
/// ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)).
pub(crate) fn answer<'s>(waiting: &AwaitingGrant<'s>, grant: &Grant) -> Turn<'s> {
    let AwaitingGrant { call, kind, name, .. } = waiting;
    if call.now >= name.until || !lives(*kind, name.turn, grant, call.now) {
        return Turn::Reply(inactive());
    }
    let terms = &grant.terms;
    let token_type = if *kind == Kind::Access { Some("Bearer") } else { None };
    let body = Writer::object()
        .boolean("active", true)
        .string("scope", &name.scope.pick(&terms.scope).to_text())
        .string("client_id", &terms.client_id)
        .maybe("token_type", token_type)
        .integer("exp", name.until.as_secs())
        .string("sub", &terms.subject)
        .string("iss", call.server.policy.issuer.as_str());
    Turn::Reply(reply::json(200, body.finish()))
}

/// Every access token of a grant that lives is good; of the refresh tokens only the newest.
fn lives(kind: Kind, turn: u32, grant: &Grant, now: UnixTime) -> bool {
    let is_newest = match grant.phase {
        Phase::Live { turn: newest, .. } => turn == newest,
        Phase::Coded { .. } | Phase::Dead { .. } => false,
    };
    let is_in_time = grant.terms.refresh_until.is_some_and(|until| now < until);
    grant.accepts(turn) && (kind == Kind::Access || (is_newest && is_in_time))
}

/// Nothing to be said of it: dead, unknown, or somebody else's
/// ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)).
pub(crate) fn inactive() -> Response {
    reply::json(200, Writer::object().boolean("active", false).finish())
}
