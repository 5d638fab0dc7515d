//! An app that may ask for codes, as it is stored.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::entropy::keyed;
use crate::key::Algorithm;
use crate::pack::{Packer, Unpacker};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::uri::{self, Parts, RedirectUri};
use crate::wire::jwks::Jwks;
use crate::wire::registration::{ApplicationType, AuthMethod, GrantType};

/// An app that may ask for codes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Client {
    /// Its public identifier.
    pub client_id: String,
    /// What people are told it is called.
    pub name: String,
    /// Pages of its own for people to read.
    pub links: Links,
    /// Where it may be answered.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where people may go once they are signed out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// How it proves who it is.
    pub token_endpoint_auth_method: AuthMethod,
    /// The only algorithm its statements are signed with, if it said so.
    pub token_endpoint_auth_signing_alg: Option<Algorithm>,
    /// The keys its statements are signed with.
    pub jwks: Jwks,
    /// What it may come to the token endpoint with.
    pub grant_types: Vec<GrantType>,
    /// Where it runs.
    pub application_type: ApplicationType,
    /// What it may ask for; `None` is all that the server offers.
    pub scope: Option<ScopeSet>,
    /// What its ID tokens are signed with; `None` is what the server signs with anyway.
    pub id_token_signed_response_alg: Option<Algorithm>,
    /// How long ago a person may have signed in, if a request does not say.
    pub default_max_age: Option<Duration>,
    /// Whether it gets no token without the proof of a key
    /// ([RFC 9449 §5.2](https://www.rfc-editor.org/rfc/rfc9449#section-5.2)).
    pub dpop_bound_access_tokens: bool,
    /// Whether somebody whom the operator trusts vouches for it. Browsers are sent to one that
    /// nobody vouches for only by a person's own click
    /// ([RFC 9700 §4.11.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.11.2)).
    pub is_trusted: bool,
    /// When it was registered.
    pub born: UnixTime,
    /// When it was removed, if it was; everything it was granted died then.
    pub removed: Option<UnixTime>,
    /// The first instant at which it is as if it had been removed; `None` is never.
    pub until: Option<UnixTime>,
    pub(crate) secret: Option<SecretHash>,
}

/// Pages of an app for people to read, each `https` or on this machine.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Links {
    /// What it is.
    pub client_uri: Option<String>,
    /// How it uses what it learns.
    pub policy_uri: Option<String>,
    /// What it demands.
    pub tos_uri: Option<String>,
}

/// A client secret at rest: good for comparing only.
///
/// One hash, not a slow one: secrets are made by machines and hold 192 bits.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct SecretHash([u8; 32]);

impl SecretHash {
    /// Salted with the client's name, so that equal secrets do not show.
    pub(crate) fn of(client_id: &str, secret: &Secret) -> Self {
        let salt: [u8; 32] = Sha256::digest(client_id).into();
        Self(keyed(&salt, &[secret.expose().as_bytes()]))
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    pub(crate) fn is_of(&self, client_id: &str, secret: &Secret) -> bool {
        self.is(&Self::of(client_id, secret))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

impl Client {
    /// Whether the client can prove who it is.
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        self.token_endpoint_auth_method != AuthMethod::None
    }

    /// Whether it may come to the token endpoint with this. One that nobody vouches for acts for
    /// people who said yes to it, and never for itself.
    #[must_use]
    pub fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
            && (self.is_trusted || grant_type != GrantType::ClientCredentials)
    }

    /// Whether there still is such a client; what it was granted lives no longer than it does.
    #[must_use]
    pub fn is_known(&self, now: UnixTime) -> bool {
        self.removed.is_none() && self.until.is_none_or(|until| now < until)
    }

    /// When nobody knows it any more; `None` is never.
    #[must_use]
    pub fn ends(&self) -> Option<UnixTime> {
        self.removed.into_iter().chain(self.until).min()
    }

    /// Whether it may be answered at `asked`: byte for byte, but for the port of a native app's
    /// loopback address ([RFC 9700 §2.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.1)).
    #[must_use]
    pub fn may_be_answered_at(&self, asked: &str) -> bool {
        let twins = self.application_type == ApplicationType::Native;
        self.redirect_uris
            .iter()
            .any(|uri| uri.is_exactly(asked) || (twins && uri.is_loopback_twin(asked)))
    }

    /// Whether whoever answers at `redirect_uri` can be nobody else: another program on the
    /// person's machine can take over a loopback port or a scheme of an app's own
    /// ([RFC 8252 §8.6](https://www.rfc-editor.org/rfc/rfc8252#section-8.6)).
    #[must_use]
    pub fn is_known_at(&self, redirect_uri: &str) -> bool {
        let is_https = Parts::of(redirect_uri).is_ok_and(|parts| parts.scheme == "https");
        self.is_confidential() || is_https
    }

    /// Where pages of the app run, as browsers spell it in `Origin`.
    pub fn origins(&self) -> impl Iterator<Item = String> {
        self.redirect_uris.iter().filter_map(|uri| uri::web_origin(uri.as_str()))
    }

    pub(crate) fn pack(&self, to: Packer) -> Packer {
        let maybe = |p: Packer, text: &Option<String>| p.maybe(text.as_deref(), Packer::text);
        let to = to.text(&self.client_id).text(&self.name);
        let Links { client_uri, policy_uri, tos_uri } = &self.links;
        let to = [client_uri, policy_uri, tos_uri].into_iter().fold(to, maybe);
        let uris =
            |p: Packer, uris: &Vec<RedirectUri>| p.many(uris.iter(), |p, uri| p.text(uri.as_str()));
        let to = [&self.redirect_uris, &self.post_logout_redirect_uris].into_iter().fold(to, uris);
        to.text(self.token_endpoint_auth_method.name())
            .maybe(self.token_endpoint_auth_signing_alg, |p, alg| p.text(alg.name()))
            .text(&self.jwks.to_json())
            .many(self.grant_types.iter(), |p, kind| p.text(kind.name()))
            .text(self.application_type.name())
            .maybe(self.scope.as_ref(), |p, scope| p.text(&scope.to_text()))
            .maybe(self.id_token_signed_response_alg, |p, alg| p.text(alg.name()))
            .maybe(self.default_max_age, |p, age| p.u64(age.as_secs()))
            .byte(u8::from(self.dpop_bound_access_tokens))
            .byte(u8::from(self.is_trusted))
            .u64(self.born.as_secs())
            .maybe(self.removed, |p, at| p.u64(at.as_secs()))
            .maybe(self.until, |p, at| p.u64(at.as_secs()))
            .maybe(self.secret, |p, SecretHash(hash)| p.array(hash))
    }

    pub(crate) fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let alg = |f: &mut Unpacker<'_>| Algorithm::parse(&f.text()?);
        let uris = |f: &mut Unpacker<'_>| f.many(|f| RedirectUri::parse(&f.text()?).ok());
        Some(Self {
            client_id: from.text()?,
            name: from.text()?,
            links: Links {
                client_uri: from.maybe(Unpacker::text)?,
                policy_uri: from.maybe(Unpacker::text)?,
                tos_uri: from.maybe(Unpacker::text)?,
            },
            redirect_uris: uris(from)?,
            post_logout_redirect_uris: uris(from)?,
            token_endpoint_auth_method: AuthMethod::parse(&from.text()?)?,
            token_endpoint_auth_signing_alg: from.maybe(alg)?,
            jwks: Jwks::parse(from.bytes()?).ok()?,
            grant_types: from.many(|f| GrantType::parse(&f.text()?))?,
            application_type: ApplicationType::parse(&from.text()?)?,
            scope: from.maybe(|f| ScopeSet::parse(&f.text()?).ok())?,
            id_token_signed_response_alg: from.maybe(alg)?,
            default_max_age: from.maybe(Unpacker::u64)?.map(Duration::from_secs),
            dpop_bound_access_tokens: from.flag()?,
            is_trusted: from.flag()?,
            born: UnixTime::from_secs(from.u64()?),
            removed: from.maybe(|f| f.u64().map(UnixTime::from_secs))?,
            until: from.maybe(|f| f.u64().map(UnixTime::from_secs))?,
            secret: from.maybe(|f| f.array().map(SecretHash))?,
        })
    }
}
