//! Questions for whoever holds keys.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Turn;
use crate::key::{Algorithm, PublicKey};
use crate::secret::Secret;
use crate::server::bound::Bound;
use crate::server::handle::Call;
use crate::server::{authenticate, authorize, issue, logout, own_token, reply, resource, token};
use crate::text;
use crate::wire::jwks::public_jwk;
use crate::wire::jws::Jws;

/// Sign [`Sign::input`] with the key [`Sign::kid`].
pub struct Sign<'s> {
    call: Call<'s>,
    kid: String,
    alg: Algorithm,
    input: String,
    next: AfterSign<'s>,
}

pub(crate) enum AfterSign<'s> {
    AccessToken(Box<issue::Draft<'s>>),
    IdToken(Box<issue::Draft<'s>>),
}

impl<'s> Sign<'s> {
    pub(crate) fn ask(
        call: Call<'s>,
        (kid, alg): (String, Algorithm),
        input: String,
        next: AfterSign<'s>,
    ) -> Turn<'s> {
        Turn::Sign(Self { call, kid, alg, input, next })
    }

    /// Which key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Which algorithm.
    #[must_use]
    pub const fn alg(&self) -> Algorithm {
        self.alg
    }

    /// The bytes to sign ([RFC 7515 §5.1](https://www.rfc-editor.org/rfc/rfc7515#section-5.1)).
    #[must_use]
    pub fn input(&self) -> &[u8] {
        self.input.as_bytes()
    }

    /// Goes on with the signature, in the form of
    /// [RFC 7518 §3](https://www.rfc-editor.org/rfc/rfc7518#section-3).
    pub fn answer(self, signature: impl AsRef<[u8]>) -> Turn<'s> {
        match self.next {
            AfterSign::AccessToken(draft) => {
                draft.with_access_token(&self.input, signature.as_ref())
            }
            AfterSign::IdToken(draft) => draft.with_id_token(&self.input, signature.as_ref()),
        }
    }

    /// Ends with 503, for the signer cannot be asked. Nothing of the grant was consumed: a code or a
    /// refresh token is as good as before. The statement by which a client proved itself was, for it
    /// is good once: the client makes another.
    pub fn unavailable(self) -> Turn<'s> {
        reply::unavailable(&self.call)
    }
}

/// What is to be signed says who somebody is.
impl fmt::Debug for Sign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kid, alg, .. } = self;
        f.debug_struct("Sign").field("kid", kid).field("alg", alg).finish_non_exhaustive()
    }
}

/// Is [`Verify::signature`] over [`Verify::input`] good?
pub struct Verify<'s> {
    call: Call<'s>,
    key: Box<PublicKey>,
    /// The whole token.
    text: Secret,
    signature: Vec<u8>,
    next: AfterVerify<'s>,
}

pub(crate) enum AfterVerify<'s> {
    Assertion(Box<authenticate::AwaitingVerdict<'s>>),
    Authorize(Box<authorize::Hinted<'s>>),
    Logout(Box<logout::Asked<'s>>),
    OwnToken(Box<own_token::AwaitingGrant<'s>>),
    Proof(Box<token::AwaitingProof<'s>>),
    Resource(Box<resource::AwaitingGrant<'s>>),
}

impl<'s> Verify<'s> {
    pub(crate) fn ask(
        call: Call<'s>,
        (key, text): (PublicKey, Secret),
        next: AfterVerify<'s>,
    ) -> Turn<'s> {
        let signature = Jws::parse(text.expose()).map(|jws| jws.signature).unwrap_or_default();
        Turn::Verify(Self { call, key: key.into(), text, signature, next })
    }

    /// With which algorithm.
    #[must_use]
    pub fn alg(&self) -> Algorithm {
        self.key.alg
    }

    /// The key of whoever is said to have signed.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The same as JSON ([RFC 7517 §4](https://www.rfc-editor.org/rfc/rfc7517#section-4)).
    #[must_use]
    pub fn jwk(&self) -> String {
        public_jwk(&self.key)
    }

    /// What was signed.
    #[must_use]
    pub fn input(&self) -> &[u8] {
        text::before_last(self.text.expose(), b'.').as_bytes()
    }

    /// The signature, in the form of
    /// [RFC 7518 §3](https://www.rfc-editor.org/rfc/rfc7518#section-3).
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Goes on, knowing whether the signature is good.
    ///
    /// # Security
    ///
    /// `true` says that it was verified with [`Verify::key`] and [`Verify::alg`]. Say it without
    /// looking, and anyone can be any client.
    pub fn answer(self, is_good: bool) -> Turn<'s> {
        match self.next {
            AfterVerify::Assertion(waiting) => waiting.resume(is_good),
            AfterVerify::Authorize(waiting) => waiting.resume(is_good),
            AfterVerify::Logout(waiting) => waiting.verified(is_good),
            AfterVerify::OwnToken(waiting) => waiting.verified(is_good),
            AfterVerify::Proof(waiting) => waiting.resume(is_good),
            AfterVerify::Resource(waiting) => waiting.verified(is_good),
        }
    }

    /// Ends the request, for nobody can be asked: with 503, or, where an app asks for a person's
    /// permission and is known, by telling the app. Nothing was consumed.
    pub fn unavailable(self) -> Turn<'s> {
        reply::unanswered(&self.call, self.next.into_bound())
    }
}

/// What was signed is good for something, or says who somebody is.
impl fmt::Debug for Verify<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verify").field("key", &self.key).finish_non_exhaustive()
    }
}

impl AfterVerify<'_> {
    /// The app that is waiting for an answer by way of the browser, if one is.
    fn into_bound(self) -> Option<Bound> {
        match self {
            Self::Authorize(waiting) => Some(waiting.into_bound()),
            Self::Assertion(_)
            | Self::Logout(_)
            | Self::OwnToken(_)
            | Self::Proof(_)
            | Self::Resource(_) => None,
        }
    }
}
