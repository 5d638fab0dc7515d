//! One request in, one turn out: which path is which leg.

use alloc::boxed::Box;

use super::keys::KeySet;
use super::login::{self, Login};
use super::name::SealingKeys;
use super::origin::AwaitingMark;
use super::own_token::{self, Errand};
use super::page::Show;
use super::policy::{Policy, Resource};
use super::resource::{self, Door};
use super::turn::Turn;
use super::{authorize, consent, developer, discover, logout, path, register, reply, token};
use crate::entropy::Entropy;
use crate::time::UnixTime;
use crate::wire::bearer::Scheme;
use crate::wire::http::{Headers, Request};
use crate::wire::resource_metadata;

/// Most bytes of a request body.
pub const LONGEST_BODY: usize = 64 * 1024;

/// An authorization server and OpenID provider.
///
/// It holds what it was told once and nothing else: no clock, no randomness, no store. Every answer
/// is a function of the request, the time, the entropy and the answers to its questions.
#[derive(Clone, Debug)]
pub struct AuthorizationServer {
    pub(crate) policy: Policy,
    pub(crate) sealing: SealingKeys,
    pub(crate) keys: KeySet,
}

/// One request: who answers it, when, and whether with pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'s> {
    pub(crate) server: &'s AuthorizationServer,
    pub(crate) now: UnixTime,
    pub(crate) wants_html: bool,
    /// Whether the script that asked from another origin may read the answer.
    pub(crate) is_cross_origin: bool,
    /// How a token was shown, if one was.
    pub(crate) scheme: Scheme,
}

impl AuthorizationServer {
    /// A server that keeps to `policy`.
    #[must_use]
    pub const fn new(policy: Policy, sealing: SealingKeys, keys: KeySet) -> Self {
        Self { policy, sealing, keys }
    }

    /// The same server with other keys.
    #[must_use]
    pub fn with_keys(&self, keys: KeySet) -> Self {
        Self { keys, ..self.clone() }
    }

    /// What the server was told.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether the server answers at this path, as it came in the request.
    #[must_use]
    pub fn owns(&self, path: &str) -> bool {
        self.route(path).is_some()
    }

    /// The person whom the request's cookie says is signed in here.
    ///
    /// A host with a login of its own ignores this, passes its own [`Login`] to
    /// [`AuthorizationServer::handle`], and never lets a request through to [`path::LOGIN`].
    #[must_use]
    pub fn session(&self, request: &Request, now: UnixTime) -> Option<Login> {
        login::session(&self.call(request, now), request)
    }

    /// Answers a request, or asks the first question that the answer needs.
    ///
    /// A `now` that goes back revives no code and no refresh token. All else lives by it alone, so a
    /// host whose clock may be set back does not follow it.
    pub fn handle(
        &self,
        request: &Request,
        now: UnixTime,
        entropy: Entropy,
        login: Option<Login>,
    ) -> Turn<'_> {
        let readers = self.route(request.path()).map_or(Readers::Own, |route| route.readers());
        let call = self.call(request, now);
        match readers {
            Readers::Own => dispatch(call, request, entropy, login),
            Readers::Everybody => {
                dispatch(Call { is_cross_origin: true, ..call }, request, entropy, login)
            }
            Readers::Apps => match self.foreign_origin(&request.headers) {
                Some(origin) => AwaitingMark::ask(call, origin, request, entropy, login),
                None => dispatch(call, request, entropy, login),
            },
        }
    }

    /// Where the page runs that asks, if that is not here.
    fn foreign_origin<'r>(&self, headers: &'r Headers) -> Option<&'r str> {
        let origin = headers.one("origin").ok()??;
        (origin != self.policy.issuer.origin()).then_some(origin)
    }

    pub(crate) fn call(&self, request: &Request, now: UnixTime) -> Call<'_> {
        let scheme = request.headers.first("authorization").and_then(Scheme::of);
        Call {
            server: self,
            now,
            wants_html: request.wants_html(),
            is_cross_origin: false,
            scheme: scheme.unwrap_or(Scheme::Bearer),
        }
    }

    /// Paths match as sent: nothing is decoded, no slash is added or dropped.
    pub(crate) fn route(&self, path: &str) -> Option<Route<'_>> {
        let base = self.policy.issuer.path();
        let after = |name: &str| path.strip_prefix(name).and_then(|rest| rest.strip_prefix(base));
        if [path::SERVER_METADATA, path::OPENID_CONFIGURATION].iter().any(|n| after(n) == Some(""))
        {
            return Some(Route::Metadata);
        }
        let here = |local: &str| self.policy.resources.iter().find(|r| r.is_at(local));
        if let Some(local) = after(resource_metadata::PREFIX) {
            return here(local).map(Route::ResourceMetadata);
        }
        let local = path.strip_prefix(base)?;
        Some(match local {
            path::AUTHORIZE => Route::Authorize,
            path::LOGIN => Route::Login,
            path::CONSENT => Route::Consent,
            path::TOKEN => Route::Token,
            path::REVOKE => Route::OwnToken(Errand::Revoke),
            path::INTROSPECT => Route::OwnToken(Errand::Introspect),
            path::USERINFO => Route::Door(Door::UserInfo),
            path::JWKS => Route::Jwks,
            path::OPENID_CONFIGURATION | path::SERVER_METADATA => Route::Metadata,
            path::LOGOUT => Route::Logout,
            path::REGISTER => Route::Register,
            path::DEVELOPER => Route::Developer,
            other => Route::Door(Door::Host(here(other)?)),
        })
    }
}

/// Hands a request to its leg.
pub(crate) fn dispatch<'s>(
    call: Call<'s>,
    request: &Request,
    entropy: Entropy,
    login: Option<Login>,
) -> Turn<'s> {
    if request.body.len() > LONGEST_BODY {
        return reply::too_large(&call);
    }
    match call.server.route(request.path()) {
        None => reply::not_found(&call),
        Some(Route::Authorize) => authorize::begin(call, request, entropy, login),
        Some(Route::Login) => login::begin(call, request, entropy),
        Some(Route::Consent) => consent::begin(call, request, login),
        Some(Route::OwnToken(errand)) => own_token::begin(call, request, &entropy, errand),
        Some(Route::Token) => token::begin(call, request, &entropy),
        Some(Route::Door(door)) => resource::begin(call, request, door),
        Some(Route::ResourceMetadata(about)) => discover::resource(&call, request, about),
        Some(Route::Jwks) => discover::jwks(&call, request),
        Some(Route::Metadata) => discover::metadata(&call, request),
        Some(Route::Logout) => logout::begin(call, request, login),
        Some(Route::Register) => register::begin(call, request, &entropy),
        Some(Route::Developer) => developer::begin(call, request, &entropy, login),
    }
}

/// What answers at a path.
pub(crate) enum Route<'s> {
    Authorize,
    Login,
    Consent,
    Token,
    OwnToken(Errand),
    Door(Door<'s>),
    ResourceMetadata(&'s Resource),
    Jwks,
    Metadata,
    Logout,
    Register,
    Developer,
}

/// Whose scripts may read an answer.
enum Readers {
    /// Our own, for a cookie counts here.
    Own,
    /// Those of registered apps.
    Apps,
    /// Everybody's: there is no secret in it, or it takes one to get it that no browser brings along.
    Everybody,
}

impl Route<'_> {
    const fn readers(&self) -> Readers {
        match self {
            Self::Token | Self::OwnToken(_) | Self::Door(_) => Readers::Apps,
            Self::Jwks | Self::Metadata | Self::ResourceMetadata(_) | Self::Register => {
                Readers::Everybody
            }
            Self::Authorize | Self::Login | Self::Consent | Self::Logout | Self::Developer => {
                Readers::Own
            }
        }
    }
}

impl From<Show> for Turn<'_> {
    fn from(show: Show) -> Self {
        Self::Show(Box::new(show))
    }
}
