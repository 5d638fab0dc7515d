//! A token opens something.

use alloc::string::String;

use super::access_token::Came;
use super::grant::Terms;
use super::handle::Call;
use super::name::Name;
use super::policy::Resource;
use super::record::{Key, Record, Versioned};
use super::turn::{AfterRead, AfterVerify, Read, Turn, Verify, found};
use super::{identity, path, reply};
use crate::scope::{OPENID, ScopeSet};
use crate::wire::bearer::{self, BearerError};
use crate::wire::http::{Headers, Method, Request};
use crate::wire::resource_metadata::ResourceMetadata;

/// The bearer may pass: whose token it is, and what it is good for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Access {
    /// Who agreed; `None` where the app acts for itself.
    pub subject: Option<String>,
    /// The app that holds the token.
    pub client_id: String,
    /// What was granted.
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
    /// This server never made the token, what it stands for is dead, or it is for another API.
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
    Host(&'s Resource),
}

/// Reads the token of a request ([RFC 6750 §2](https://www.rfc-editor.org/rfc/rfc6750#section-2)).
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, door: Door<'s>) -> Turn<'s> {
    let methods = match door {
        Door::UserInfo => "GET, POST",
        Door::Host(_) => "GET",
    };
    match (request.method, door) {
        (Method::Get, _) | (Method::Post, Door::UserInfo) => {}
        (Method::Options, _) => return reply::preflight(&call, methods),
        (Method::Post | Method::Put | Method::Delete | Method::Other, _) => {
            return reply::wrong_method(&call, methods);
        }
    }
    let refuse = |error| reply::resource(&call, error, door);
    let came = match bearer::parse(request) {
        Ok(Some(token)) => Came::read(&call, &token),
        Ok(None) => return refuse(ResourceError::Missing),
        Err(error) => return refuse(ResourceError::Malformed(error)),
    };
    let Some(came) = came else { return refuse(ResourceError::BadToken) };
    match came {
        Came::Named(name) => AwaitingGrant { call, door, name }.ask(),
        Came::Signed(signed) => {
            let waiting = AwaitingGrant { call, door, name: signed.name };
            Verify::ask(call, signed.question(), AfterVerify::Resource(waiting.into()))
        }
    }
}

/// The token is ours; the store is asked whether what it stands for lives.
pub(crate) struct AwaitingGrant<'s> {
    call: Call<'s>,
    door: Door<'s>,
    name: Name,
}

impl<'s> AwaitingGrant<'s> {
    /// The host has looked at the signature of a signed token.
    pub(crate) fn verified(self, is_good: bool) -> Turn<'s> {
        if is_good { self.ask() } else { self.refuse(ResourceError::BadToken) }
    }

    fn ask(self) -> Turn<'s> {
        if self.name.until <= self.call.now {
            return self.refuse(ResourceError::Expired);
        }
        let key = Key::Grant(self.name.grant);
        Read::ask(self.call, key, AfterRead::ResourceGrant(self.into()))
    }

    fn refuse(&self, error: ResourceError) -> Turn<'s> {
        reply::resource(&self.call, error, self.door)
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let (grant, _) = found(record, Record::grant);
        let Self { call, door, name } = self;
        let grant = grant.filter(|grant| {
            grant.accepts(name.turn) && is_for(&name.audience.resources(&grant.terms), &call, door)
        });
        let Some(grant) = grant else { return self.refuse(ResourceError::BadToken) };
        let key = Key::Client(grant.terms.client_id.clone());
        let mut terms = grant.terms;
        terms.scope = name.scope.scope(&terms);
        let waiting = AwaitingClient { call, door, terms };
        Read::ask(call, key, AfterRead::ResourceClient(waiting.into()))
    }
}

/// Whether a token for `audience` is for this door; one for nothing in particular is for all
/// ([RFC 9700 §2.3](https://www.rfc-editor.org/rfc/rfc9700#section-2.3)).
fn is_for(audience: &[String], call: &Call<'_>, door: Door<'_>) -> bool {
    let has = |name: &str| audience.iter().any(|resource| resource == name);
    audience.is_empty()
        || match door {
            Door::UserInfo => has(&call.server.policy.issuer.endpoint(path::USERINFO)),
            Door::Host(resource) => has(&resource.identifier),
        }
}

/// The grant lives; the store is asked whether its client still does.
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
        let Some(client) = client.filter(|client| client.is_known(call.now)) else {
            return reply::resource(&call, ResourceError::BadToken, door);
        };
        let good = match door {
            Door::UserInfo => terms.scope.contains(OPENID),
            Door::Host(resource) => resource.scope.is_within(&terms.scope),
        };
        match (door, terms.agreed) {
            (Door::Host(_), agreed) if good => Turn::Admit(Access {
                subject: agreed.map(|agreed| agreed.subject),
                client_id: terms.client_id,
                scope: terms.scope,
                headers: reply::private_headers(&call),
            }),
            (Door::UserInfo, Some(agreed)) if good => {
                identity::user_info(call, &client, agreed, terms.scope)
            }
            (_, _) => reply::resource(&call, ResourceError::InsufficientScope, door),
        }
    }
}

/// What the API says about itself
/// ([RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2)).
pub(crate) fn metadata(call: &Call<'_>, resource: &Resource) -> ResourceMetadata {
    ResourceMetadata {
        resource: resource.identifier.clone(),
        authorization_servers: [call.server.policy.issuer.as_str().into()].into(),
        scopes_supported: resource.scope.iter().map(Into::into).collect(),
        bearer_methods_supported: ["header".into()].into(),
    }
}
