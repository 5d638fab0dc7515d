//! A client acts for itself: no person, no browser, no refresh token
//! ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).

use alloc::string::String;
use alloc::vec::Vec;

use super::client::Client;
use super::grant::{Grant, MOST_RESOURCES, Phase, Terms, Writer};
use super::handle::Call;
use super::identity;
use super::name::GrantId;
use crate::scope::{OFFLINE_ACCESS, OPENID, ScopeSet};

/// Why a client gets nothing for itself, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CredentialsError {
    /// A scope that is about a person, or that this client may not have.
    ForbiddenScope,
    /// `resource` names no API of this server's, or too many.
    UnknownResource,
}

/// The grant that a client gives itself. It lives from the first: nobody has to come back with a
/// code.
pub(crate) fn grant(
    call: &Call<'_>,
    client: &Client,
    scope: Option<ScopeSet>,
    resources: Vec<String>,
    (id, writer): (GrantId, Writer),
) -> Result<Grant, CredentialsError> {
    let policy = &call.server.policy;
    let is_personal =
        |word: &str| [OPENID, OFFLINE_ACCESS].contains(&word) || identity::is_personal(word);
    let may_have = |word: &str| policy.offers(word) && !is_personal(word);
    let allowed = client.scope.clone().unwrap_or_default().only(may_have);
    let scope = match scope {
        // What it does not ask for it gets only as far as somebody has written down.
        None => allowed,
        Some(scope) => {
            let is_allowed =
                |word: &str| may_have(word) && (client.scope.is_none() || allowed.contains(word));
            if !scope.iter().all(is_allowed) {
                return Err(CredentialsError::ForbiddenScope);
            }
            scope
        }
    };
    let is_known = |name: &String| policy.resource(name).is_some();
    if resources.len() > MOST_RESOURCES || !resources.iter().all(is_known) {
        return Err(CredentialsError::UnknownResource);
    }
    let terms = Terms {
        id,
        client_id: client.client_id.clone(),
        scope,
        resources,
        agreed: None,
        born: call.now,
        dies: call.now + policy.access_token_lifetime,
    };
    Ok(Grant { terms, phase: Phase::Live { turn: 0, turned: call.now, writer } })
}
