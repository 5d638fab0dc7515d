//! One request in, one turn out: which path is which leg.

use alloc::boxed::Box;

use super::keys::KeySet;
use super::login::{self, Login};
use super::name::SealingKeys;
use super::own_token::{self, Errand};
use super::page::Show;
use super::policy::Policy;
use super::resource::{self, Door};
use super::turn::Turn;
use super::{authorize, consent, developer, discover, logout, path, reply, token};
use crate::entropy::Entropy;
use crate::time::UnixTime;
use crate::wire::http::Request;

/// Most bytes of a request body.
pub const LONGEST_BODY: usize = 64 * 1024;

/// An authorization server and OpenID provider.
///
/// It holds what it was told once and nothing else: no clock, no randomness, no store. Every answer
/// is a function of the request, the time, the entropy and the answers to its questions.
#[derive(Debug)]
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
    /// Whether scripts of other origins may read the answer: never where cookies count
    /// ([RFC 9700 §2.6](https://www.rfc-editor.org/rfc/rfc9700#section-2.6)).
    pub(crate) is_cross_origin: bool,
}

impl AuthorizationServer {
    /// A server that keeps to `policy`.
    #[must_use]
    pub const fn new(policy: Policy, sealing: SealingKeys, keys: KeySet) -> Self {
        Self { policy, sealing, keys }
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
        login::session(&self.call(request, now, None), request)
    }

    /// Answers a request, or asks the first question that the answer needs.
    pub fn handle(
        &self,
        request: &Request,
        now: UnixTime,
        entropy: Entropy,
        login: Option<Login>,
    ) -> Turn<'_> {
        let route = self.route(request.path());
        let call = self.call(request, now, route.as_ref());
        if request.body.len() > LONGEST_BODY {
            return reply::too_large(&call);
        }
        match route {
            None => reply::not_found(&call),
            Some(Route::Authorize) => authorize::begin(call, request, entropy, login),
            Some(Route::Login) => login::begin(call, request, entropy),
            Some(Route::Consent) => consent::begin(call, request, login),
            Some(Route::OwnToken(errand)) => own_token::begin(call, request, errand),
            Some(Route::Token) => token::begin(call, request, entropy),
            Some(Route::Door(door)) => resource::begin(call, request, door),
            Some(Route::Jwks) => discover::jwks(&call, request),
            Some(Route::Metadata) => discover::metadata(&call, request),
            Some(Route::Logout) => logout::begin(call, request, login),
            Some(Route::Developer) => developer::begin(call, request, &entropy, login),
        }
    }

    fn call(&self, request: &Request, now: UnixTime, route: Option<&Route<'_>>) -> Call<'_> {
        let is_cross_origin = route.is_some_and(Route::is_cross_origin);
        Call { server: self, now, wants_html: request.wants_html(), is_cross_origin }
    }

    /// Paths match as sent: nothing is decoded, no slash is added or dropped.
    fn route(&self, path: &str) -> Option<Route<'_>> {
        let base = self.policy.issuer.path();
        let after = |name: &str| path.strip_prefix(name).is_some_and(|rest| rest == base);
        if after(path::SERVER_METADATA) || after(path::OPENID_CONFIGURATION) {
            return Some(Route::Metadata);
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
            path::DEVELOPER => Route::Developer,
            other => {
                let resource = self.policy.resources.iter().find(|r| r.path == other)?;
                Route::Door(Door::Host(&resource.scope))
            }
        })
    }
}

enum Route<'s> {
    Authorize,
    Login,
    Consent,
    Token,
    OwnToken(Errand),
    Door(Door<'s>),
    Jwks,
    Metadata,
    Logout,
    Developer,
}

impl Route<'_> {
    const fn is_cross_origin(&self) -> bool {
        match self {
            Self::Token | Self::OwnToken(_) | Self::Door(_) | Self::Jwks | Self::Metadata => true,
            Self::Authorize | Self::Login | Self::Consent | Self::Logout | Self::Developer => false,
        }
    }
}

impl From<Show> for Turn<'_> {
    fn from(show: Show) -> Self {
        Self::Show(Box::new(show))
    }
}
