//! A token opens something.

use alloc::string::String;

use super::grant::Terms;
use super::handle::Call;
use super::identity;
use super::name::{Kind, Name};
use super::record::{Key, Record, Versioned};
use super::reply;
use super::turn::{AfterRead, Read, Turn, found};
use crate::scope::{OPENID, ScopeSet};
use crate::wire::bearer::{self, BearerError};
use crate::wire::http::{Headers, Method, Request};

/// The bearer may pass: whose token it is, and what it is good for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Access {
    /// Who agreed.
    pub subject: String,
    /// The app that holds the token.
    pub client_id: String,
    /// What the person agreed to.
    pub scope: ScopeSet,
    /// Header fields that the answer must carry.
    pub headers: Headers,
}

/// Why a token opens nothing, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ResourceError {
    /// No token. The answer names no error, for there is none
    /// ([RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).
    Missing,
    /// A token in the query, two tokens, or a header without one.
    Malformed(BearerError),
    /// This server never made the token, or what it stands for is dead.
    BadToken,
    /// The token is too old.
    Expired,
    /// The token is not good for this.
    InsufficientScope,
}

/// What the token is to open.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Door<'s> {
    /// The userinfo endpoint.
    UserInfo,
    /// A path whose contents are the host's.
    Host(&'s ScopeSet),
}

/// Reads the token of a request ([RFC 6750 §2](https://www.rfc-editor.org/rfc/rfc6750#section-2)).
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, door: Door<'s>) -> Turn<'s> {
    let methods = match door {
        Door::UserInfo => "GET, POST",
        Door::Host(_) => "GET",
    };
    match (request.method, door) {
        (Method::Get, _) | (Method::Post, Door::UserInfo) => {}
        (Method::Options, _) => return reply::preflight(methods),
        (Method::Post | Method::Other, _) => return reply::wrong_method(&call, methods),
    }
    let name = match bearer::parse(request) {
        Ok(Some(token)) => call.server.sealing.open_name(Kind::Access, token.expose()),
        Ok(None) => return reply::resource(ResourceError::Missing, door),
        Err(error) => return reply::resource(ResourceError::Malformed(error), door),
    };
    let Some(name) = name else { return reply::resource(ResourceError::BadToken, door) };
    if name.until <= call.now {
        return reply::resource(ResourceError::Expired, door);
    }
    let key = Key::Grant(name.grant);
    Read::ask(call, key, AfterRead::ResourceGrant(AwaitingGrant { call, door, name }.into()))
}

/// The token is ours and young; the store is asked whether what it stands for lives.
#[derive(Debug)]
pub(crate) struct AwaitingGrant<'s> {
    call: Call<'s>,
    door: Door<'s>,
    name: Name,
}

impl<'s> AwaitingGrant<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let Self { call, door, name } = self;
        let (grant, _) = found(record, Record::grant);
        let Some(grant) = grant.filter(|grant| grant.accepts(name.turn)) else {
            return reply::resource(ResourceError::BadToken, door);
        };
        let key = Key::Client(grant.terms.client_id.clone());
        let mut terms = grant.terms;
        terms.scope = name.scope.pick(&terms.scope);
        let waiting = AwaitingClient { call, door, terms };
        Read::ask(call, key, AfterRead::ResourceClient(waiting.into()))
    }
}

/// The grant lives; the store is asked whether its client still does.
#[derive(Debug)]
pub(crate) struct AwaitingClient<'s> {
    call: Call<'s>,
    door: Door<'s>,
    /// Their scope is the token's, which may be less than the grant's.
    terms: Terms,
}

impl<'s> AwaitingClient<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let Self { call, door, terms } = self;
        let (client, _) = found(record, Record::client);
        if client.is_none_or(|client| client.removed.is_some()) {
            return reply::resource(ResourceError::BadToken, door);
        }
        let good = match door {
            Door::UserInfo => terms.scope.contains(OPENID),
            Door::Host(needs) => needs.is_within(&terms.scope),
        };
        match door {
            _ if !good => reply::resource(ResourceError::InsufficientScope, door),
            Door::UserInfo => identity::user_info(call, terms),
            Door::Host(_) => Turn::Admit(Access {
                subject: terms.subject,
                client_id: terms.client_id,
                scope: terms.scope,
                headers: reply::private_headers(),
            }),
        }
    }
}
