//! What a login asks of its host once the user is back; a host is a loop over it.
//!
//! ```
//! # use grantflow::client::{Error, KnownKeys, PrivateKey, ProofKey, Tokens, Turn, Verify};
//! # use grantflow::entropy::Entropy;
//! # use grantflow::time::UnixTime;
//! # use grantflow::wire::http::{Request, Response};
//! # fn host(mut turn: Turn, send: impl Fn(&Request) -> Response, random: impl Fn() -> Entropy,
//! #         sign: impl Fn(&PrivateKey, &str) -> Vec<u8>,
//! #         prove: impl Fn(&ProofKey, &str) -> Vec<u8>, verify: impl Fn(&Verify) -> bool,
//! #         known: &mut KnownKeys, now: UnixTime) -> Result<Tokens, Error> {
//! loop {
//!     turn = match turn {
//!         Turn::Send(ask) => {
//!             let response = send(ask.request());
//!             ask.answer(&response, known, now)?
//!         }
//!         Turn::Sign(ask) => {
//!             let ask = ask.assertion(&random(), now);
//!             let signature = sign(ask.key(), ask.input());
//!             ask.answer(&signature)
//!         }
//!         Turn::Prove(ask) => {
//!             let ask = ask.proof(&random(), now);
//!             let signature = prove(ask.key(), ask.input());
//!             ask.answer(&signature)
//!         }
//!         Turn::Verify(ask) => {
//!             let is_good = verify(&ask);
//!             ask.answer(is_good)?
//!         }
//!         Turn::Done(tokens) => return Ok(*tokens),
//!     }
//! }
//! # }
//! ```

use alloc::boxed::Box;

use super::Error;
use super::credentials::{AwaitingSignature, Outgoing, PrivateKey, Unsigned};
use super::dpop::{AwaitingProof, ProofKey, Unbound};
use super::identity::{AwaitingKeys, AwaitingVerdict, Proof};
use super::keys::KnownKeys;
use super::redeem::{Accepted, AwaitingTokens};
use super::resource::Tokens;
use crate::entropy::Entropy;
use crate::key::Algorithm;
use crate::states::State;
use crate::time::UnixTime;
use crate::wire::http::{Request, Response};

/// What a login needs next.
#[must_use]
#[derive(Debug)]
pub enum Turn {
    /// Send a request and bring the response.
    Send(Send),
    /// Sign who the client is; asked only of a client with a key.
    Sign(Sign),
    /// Prove the key that tokens are bound to; asked only where there is one
    /// ([`Profile::bound_to`](super::Profile::bound_to)) and the server takes it.
    Prove(Prove),
    /// Say whether a signature is good.
    Verify(Verify),
    /// Finished.
    Done(Box<Tokens>),
}

/// A request whose response the login waits for.
#[derive(Debug)]
pub struct Send(Sent);

#[derive(Debug)]
enum Sent {
    Tokens(Box<AwaitingTokens>),
    Keys(Box<AwaitingKeys>),
}

/// A request that the client signs.
#[derive(Debug)]
pub struct Sign(Box<Unsigned<AwaitingTokens>>);

/// A signature that the login waits for.
#[derive(Debug)]
pub struct Signing(Box<AwaitingSignature<AwaitingTokens>>);

/// A request with which a key is proved.
#[derive(Debug)]
pub struct Prove(Box<Unbound<AwaitingTokens>>);

/// The signature of a proof that the login waits for.
#[derive(Debug)]
pub struct Proving(Box<AwaitingProof<AwaitingTokens>>);

/// A signature whose verdict the login waits for.
#[derive(Debug)]
pub struct Verify(Box<AwaitingVerdict>);

impl Turn {
    /// Where the login is, in the table of [transitions](crate::states::TRANSITIONS).
    #[must_use]
    pub const fn state(&self) -> State {
        match self {
            Self::Send(Send(Sent::Tokens(_))) => State::AwaitingTokens,
            Self::Send(Send(Sent::Keys(_))) => State::AwaitingKeys,
            Self::Sign(_) => State::AwaitingSignature,
            Self::Prove(_) => State::AwaitingProof,
            Self::Verify(_) => State::AwaitingVerdict,
            Self::Done(_) => State::Done,
        }
    }
}

impl Accepted {
    /// Finishes the login, step by step.
    pub fn finish(self) -> Turn {
        self.exchange().into()
    }
}

impl Send {
    /// What to send.
    #[must_use]
    pub fn request(&self) -> &Request {
        match &self.0 {
            Sent::Tokens(ask) => ask.request(),
            Sent::Keys(ask) => ask.request(),
        }
    }

    /// Whether no cache may answer.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        match &self.0 {
            Sent::Tokens(_) => true,
            Sent::Keys(ask) => ask.is_refetch(),
        }
    }

    /// Takes the response, and notes in `known` what keys the server has.
    ///
    /// A server that wants a nonce of its own in the proof of a key is asked once more, with that nonce
    /// ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)).
    ///
    /// # Errors
    ///
    /// The [`Error`] of the leg that did not like it.
    pub fn answer(
        self,
        response: &Response,
        known: &mut KnownKeys,
        now: UnixTime,
    ) -> Result<Turn, Error> {
        let proof = match self.0 {
            Sent::Tokens(ask) => match ask.again(response) {
                Ok(outgoing) => return Ok(outgoing.into()),
                Err(ask) => ask.answer(response, now)?.proof(known, now)?,
            },
            Sent::Keys(ask) => ask.answer(response, known, now)?,
        };
        Ok(proof.into())
    }
}

impl Sign {
    /// Says what is to be signed, good for this one request.
    #[must_use]
    pub fn assertion(self, entropy: &Entropy, now: UnixTime) -> Signing {
        Signing(Box::new(self.0.assertion(entropy, now)))
    }
}

impl Signing {
    /// What to sign with.
    #[must_use]
    pub const fn key(&self) -> &PrivateKey {
        self.0.key()
    }

    /// What to sign.
    #[must_use]
    pub fn input(&self) -> &str {
        self.0.input()
    }

    /// Takes the signature.
    pub fn answer(self, signature: &[u8]) -> Turn {
        self.0.answer(signature).into()
    }
}

impl Prove {
    /// Says what is to be signed, good for this one request.
    #[must_use]
    pub fn proof(self, entropy: &Entropy, now: UnixTime) -> Proving {
        Proving(Box::new(self.0.proof(entropy, now)))
    }
}

impl Proving {
    /// What to sign with: its private half.
    #[must_use]
    pub const fn key(&self) -> &ProofKey {
        self.0.key()
    }

    /// What to sign.
    #[must_use]
    pub fn input(&self) -> &str {
        self.0.input()
    }

    /// Takes the signature.
    pub fn answer(self, signature: &[u8]) -> Turn {
        Outgoing::Send(self.0.answer(signature)).into()
    }
}

impl Verify {
    /// The algorithm.
    #[must_use]
    pub fn alg(&self) -> Algorithm {
        self.0.alg()
    }

    /// The server's key, as JSON.
    #[must_use]
    pub fn jwk(&self) -> &str {
        self.0.jwk()
    }

    /// What was signed.
    #[must_use]
    pub fn input(&self) -> &str {
        self.0.input()
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.signature()
    }

    /// Takes the verdict.
    ///
    /// # Errors
    ///
    /// The [`Error`] of a bad signature that no other key can have made.
    ///
    /// # Security
    ///
    /// As with [`AwaitingVerdict::answer`]: `true` means that the signature was verified.
    pub fn answer(self, is_good: bool) -> Result<Turn, Error> {
        Ok(self.0.answer(is_good)?.into())
    }
}

impl From<Outgoing<AwaitingTokens>> for Turn {
    fn from(outgoing: Outgoing<AwaitingTokens>) -> Self {
        match outgoing {
            Outgoing::Send(ask) => Self::Send(Send(Sent::Tokens(Box::new(ask)))),
            Outgoing::Sign(ask) => Self::Sign(Sign(Box::new(ask))),
            Outgoing::Prove(ask) => Self::Prove(Prove(Box::new(ask))),
        }
    }
}

impl From<Proof> for Turn {
    fn from(proof: Proof) -> Self {
        match proof {
            Proof::Keys(ask) => Self::Send(Send(Sent::Keys(ask))),
            Proof::Signature(ask) => Self::Verify(Verify(ask)),
            Proof::Done(tokens) => Self::Done(tokens),
        }
    }
}

#[cfg(test)]
#[path = "turn_tests.rs"]
mod tests;
