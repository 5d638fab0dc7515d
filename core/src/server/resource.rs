//! A token opens something.

use alloc::string::String;
use alloc::vec::Vec;

use super::access_token::Came;
use super::grant::Terms;
use super::handle::Call;
use super::name::Name;
use super::policy::Resource;
use super::proof::{ProofError, Shown};
use super::record::{Key, Record, Versioned};
use super::turn::{AfterRead, AfterVerify, Read, Turn, Verify, found};
use super::{identity, path, reply};
use crate::key::{Algorithm, PublicKey, Thumbprint};
use crate::scope::{OPENID, ScopeSet};
use crate::secret::Secret;
use crate::wire::bearer::{self, BearerError, Scheme};
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
    /// The token is bound to a key and came without a proof, or the other way round
    /// ([RFC 9449 §7.2](https://www.rfc-editor.org/rfc/rfc9449#section-7.2)).
    WrongScheme,
    /// The proof that goes with the token is not taken.
    Proof(ProofError),
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
        (Method::Get | Method::Head, _) | (Method::Post, Door::UserInfo) => {}
        (Method::Options, _) => return reply::preflight(&call, methods),
        (Method::Post | Method::Put | Method::Delete | Method::Other, _) => {
            return reply::wrong_method(&call, methods);
        }
    }
    let refuse = |error| reply::resource(&call, error, door);
    let (scheme, token) = match bearer::parse_any(request) {
        Ok(Some(came)) => came,
        Ok(None) => return refuse(ResourceError::Missing),
        Err(error) => return refuse(ResourceError::Malformed(error)),
    };
    let Some(came) = Came::read(&call, &token) else { return refuse(ResourceError::BadToken) };
    let mut questions = Vec::new();
    match (scheme, came.name().jkt) {
        (Scheme::Bearer, None) => {}
        (Scheme::Bearer, Some(_)) | (Scheme::Dpop, None) => {
            return refuse(ResourceError::WrongScheme);
        }
        (Scheme::Dpop, Some(jkt)) => match prove(&call, request, door, (&token, jkt)) {
            Ok(question) => {
                questions.push((question, ResourceError::Proof(ProofError::WrongSignature)));
            }
            Err(error) => return refuse(ResourceError::Proof(error)),
        },
    }
    let name = match came {
        Came::Named(name) => name,
        Came::Signed(signed) => {
            let name = signed.name;
            questions.push((signed.question(), ResourceError::BadToken));
            name
        }
    };
    AwaitingGrant { call, door, name, questions, asked: None }.ask()
}

/// Reads the proof that a token needs
/// ([RFC 9449 §7](https://www.rfc-editor.org/rfc/rfc9449#section-7)).
///
/// The store is not asked whether it came before: with the same token, to the same address and within
/// its five minutes it would open what it opened then, and here that changes nothing.
fn prove(
    call: &Call<'_>,
    request: &Request,
    door: Door<'_>,
    (token, jkt): (&Secret, Thumbprint),
) -> Result<(PublicKey, Secret), ProofError> {
    let path = match door {
        Door::UserInfo => path::USERINFO,
        Door::Host(resource) => resource.path.as_deref().unwrap_or_default(),
    };
    let url = call.server.policy.issuer.endpoint(path);
    let shown = Shown::read(call, request, &url)?.ok_or(ProofError::Missing)?;
    shown.goes_with(token, jkt)?;
    Ok(shown.question())
}

/// The token is ours; first the host is asked whether what is signed is, then the store whether what it
/// stands for lives.
pub(crate) struct AwaitingGrant<'s> {
    call: Call<'s>,
    door: Door<'s>,
    name: Name,
    /// What is still to be verified, and what is wrong if it is not good.
    questions: Vec<((PublicKey, Secret), ResourceError)>,
    /// What is wrong if the host says no.
    asked: Option<ResourceError>,
}

impl<'s> AwaitingGrant<'s> {
    /// The host has looked at a signature.
    pub(crate) fn verified(self, is_good: bool) -> Turn<'s> {
        match self.asked {
            Some(error) if !is_good => self.refuse(error),
            Some(_) | None => self.ask(),
        }
    }

    fn ask(mut self) -> Turn<'s> {
        let call = self.call;
        if let Some((question, error)) = self.questions.pop() {
            self.asked = Some(error);
            return Verify::ask(call, question, AfterVerify::Resource(self.into()));
        }
        if self.name.until <= call.now {
            return self.refuse(ResourceError::Expired);
        }
        let key = Key::Grant(self.name.grant);
        Read::ask(call, key, AfterRead::ResourceGrant(self.into()))
    }

    fn refuse(&self, error: ResourceError) -> Turn<'s> {
        reply::resource(&self.call, error, self.door)
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let (grant, _) = found(record, Record::grant);
        let (call, door, name) = (self.call, self.door, self.name);
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
        dpop_signing_alg_values_supported: Algorithm::ALL.map(|alg| alg.name().into()).into(),
    }
}
