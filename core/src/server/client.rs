//! An app that may ask for codes, and how it proves who it is.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::entropy::keyed;
use crate::pack::{Packer, Unpacker};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::uri::RedirectUri;
use crate::wire::credentials;
use crate::wire::form::Form;
use crate::wire::http::Headers;
use crate::wire::registration::{ApplicationType, AuthMethod};

/// An app that may ask for codes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Client {
    /// Its public identifier.
    pub client_id: String,
    /// What people are told it is called.
    pub name: String,
    /// Where it may be answered.
    pub redirect_uris: Vec<RedirectUri>,
    /// How it proves who it is.
    pub token_endpoint_auth_method: AuthMethod,
    /// Where it runs.
    pub application_type: ApplicationType,
    /// What it may ask for; `None` is all that the server offers.
    pub scope: Option<ScopeSet>,
    /// When it was registered.
    pub born: UnixTime,
    /// When it was removed, if it was; everything it was granted died then.
    pub removed: Option<UnixTime>,
    pub(crate) secret: Option<SecretHash>,
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
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// Who a request says it is from, not yet believed.
#[derive(Debug)]
pub(crate) struct Presented {
    pub(crate) client_id: String,
    pub(crate) method: AuthMethod,
    pub(crate) secret: Option<Secret>,
}

/// Why nobody can be made out to be asking.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PresentedError {
    /// No `client_id` anywhere.
    Missing,
    /// The `Authorization` header is not Basic, or not well made.
    MalformedBasic,
    /// Two proofs, or two names ([RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)).
    TwoMethods,
    /// A parameter or the header was there twice.
    Repeated,
    /// A client assertion, which this server does not take.
    Assertion,
}

impl Presented {
    /// Reads the header and the form of a request that needs a client
    /// ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
    pub(crate) fn parse(headers: &Headers, form: &Form) -> Result<Self, PresentedError> {
        let header = headers.one("authorization").map_err(|_| PresentedError::Repeated)?;
        let one = |name| form.one(name).map_err(|_| PresentedError::Repeated);
        let (id, secret) = (one("client_id")?, one("client_secret")?);
        let assertion = one("client_assertion")?.is_some();
        let Some(header) = header else {
            let client_id = id.map(ToOwned::to_owned);
            return match (client_id, secret) {
                (_, Some(_)) if assertion => Err(PresentedError::TwoMethods),
                (_, None) if assertion => Err(PresentedError::Assertion),
                (None, _) => Err(PresentedError::Missing),
                (Some(client_id), None) => {
                    Ok(Self { client_id, method: AuthMethod::None, secret: None })
                }
                (Some(client_id), Some(secret)) => {
                    let secret = Some(Secret::new(secret));
                    Ok(Self { client_id, method: AuthMethod::ClientSecretPost, secret })
                }
            };
        };
        let (client_id, basic) =
            credentials::parse_basic(header).map_err(|_| PresentedError::MalformedBasic)?;
        if secret.is_some() || assertion || id.is_some_and(|id| id != client_id) {
            return Err(PresentedError::TwoMethods);
        }
        Ok(Self { client_id, method: AuthMethod::ClientSecretBasic, secret: Some(basic) })
    }
}

/// Why a client is not believed. The wire says the same for all of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClientAuthError {
    /// Nobody by that name, or removed.
    UnknownClient,
    /// Not the method the client is registered with.
    WrongMethod,
    /// The secret is wrong or missing.
    WrongSecret,
}

impl Client {
    /// Whether the client has a secret to keep.
    #[must_use]
    pub const fn is_confidential(&self) -> bool {
        self.secret.is_some()
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

    pub(crate) fn pack(&self, to: Packer) -> Packer {
        to.text(&self.client_id)
            .text(&self.name)
            .many(self.redirect_uris.iter(), |p, uri| p.text(uri.as_str()))
            .byte(match self.token_endpoint_auth_method {
                AuthMethod::None => 0,
                AuthMethod::ClientSecretBasic => 1,
                AuthMethod::ClientSecretPost => 2,
            })
            .byte(match self.application_type {
                ApplicationType::Web => 0,
                ApplicationType::Native => 1,
            })
            .maybe(self.scope.as_ref(), |p, scope| p.text(&scope.to_text()))
            .u64(self.born.as_secs())
            .maybe(self.removed, |p, at| p.u64(at.as_secs()))
            .maybe(self.secret, |p, SecretHash(hash)| p.array(hash))
    }

    pub(crate) fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self {
            client_id: from.text()?,
            name: from.text()?,
            redirect_uris: from.many(|f| RedirectUri::parse(&f.text()?).ok())?,
            token_endpoint_auth_method: match from.byte()? {
                0 => AuthMethod::None,
                1 => AuthMethod::ClientSecretBasic,
                2 => AuthMethod::ClientSecretPost,
                _ => return None,
            },
            application_type: match from.byte()? {
                0 => ApplicationType::Web,
                1 => ApplicationType::Native,
                _ => return None,
            },
            scope: from.maybe(|f| ScopeSet::parse(&f.text()?).ok())?,
            born: UnixTime::from_secs(from.u64()?),
            removed: from.maybe(|f| f.u64().map(UnixTime::from_secs))?,
            secret: from.maybe(|f| f.array().map(SecretHash))?,
        })
    }
}

/// The client that `presented` proves to be, if it is the one in the store.
///
/// # Errors
///
/// The first [`ClientAuthError`] that applies, after the same work for each.
///
/// # Security
///
/// A client that nobody registered costs the same hash as a wrong secret, so time does not tell
/// which clients exist.
pub(crate) fn authenticate(
    found: Option<Client>,
    presented: &Presented,
) -> Result<Client, ClientAuthError> {
    let nothing = Secret::new("");
    let secret = presented.secret.as_ref().unwrap_or(&nothing);
    let offered = SecretHash::of(&presented.client_id, secret);
    let client =
        found.filter(|client| client.removed.is_none()).ok_or(ClientAuthError::UnknownClient)?;
    if client.token_endpoint_auth_method != presented.method {
        return Err(ClientAuthError::WrongMethod);
    }
    let proven = match client.secret {
        Some(kept) => kept.0.ct_eq(&offered.0).into(),
        None => presented.method == AuthMethod::None,
    };
    if proven { Ok(client) } else { Err(ClientAuthError::WrongSecret) }
}
