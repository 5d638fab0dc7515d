//! Whoever sends a request proves that they hold a key, and a token of theirs is good for nothing
//! without it ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).

use alloc::string::String;
use core::time::Duration;

use super::authenticate::CLOCK_SKEW;
use super::declare::is_long;
use super::handle::Call;
use super::policy::NonceRule;
use super::record::Key;
use crate::key::{PublicKey, Thumbprint};
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::wire::dpop::{self, DpopError, Proof};
use crate::wire::http::Request;

/// How old a proof may be: its clock is the client's.
pub const LONGEST_PROOF: Duration = Duration::from_secs(300);

/// How long a nonce is good for.
pub const NONCE_LIFETIME: Duration = Duration::from_secs(300);

/// Why a proof is not taken, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ProofError {
    /// None came, and this client, or this token, needs one.
    Missing,
    /// More than one `DPoP` header.
    Repeated,
    /// It is none.
    Malformed(DpopError),
    /// An RSA key that costs the verifier time.
    LongKey,
    /// It was made for another verb.
    WrongMethod,
    /// It was made for another address.
    WrongUri,
    /// It does not show that it was made just now; the answer says how.
    WantsNonce,
    /// It was made for another token.
    WrongToken,
    /// What is asked with it is bound to another key.
    WrongKey,
    /// Its key has not signed it.
    WrongSignature,
    /// It was used before.
    Replayed,
}

/// A proof that fits its request; whether its key has signed it is still to be found out.
pub(crate) struct Shown {
    proof: Proof,
    text: Secret,
    /// The first instant at which nobody would take it any more.
    pub(crate) until: UnixTime,
}

impl Shown {
    /// Reads the proof of a request to `url`, if there is one
    /// ([RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3)).
    pub(crate) fn read(
        call: &Call<'_>,
        request: &Request,
        url: &str,
    ) -> Result<Option<Self>, ProofError> {
        let header = request.headers.one(dpop::HEADER).map_err(|_| ProofError::Repeated)?;
        let Some(text) = header else { return Ok(None) };
        let proof = Proof::parse(text).map_err(ProofError::Malformed)?;
        if is_long(&proof.key) {
            return Err(ProofError::LongKey);
        }
        if proof.htm != request.method.as_str() {
            return Err(ProofError::WrongMethod);
        }
        if !proof.is_for(url) {
            return Err(ProofError::WrongUri);
        }
        let until = good_until(call, &proof).ok_or(ProofError::WantsNonce)?;
        Ok(Some(Self { proof, text: Secret::new(text), until }))
    }

    /// The key that is said to be held.
    pub(crate) fn jkt(&self) -> Thumbprint {
        self.proof.key.thumbprint()
    }

    /// Whether it goes with this token
    /// ([RFC 9449 §7](https://www.rfc-editor.org/rfc/rfc9449#section-7)).
    pub(crate) fn goes_with(&self, token: &Secret, jkt: Thumbprint) -> Result<(), ProofError> {
        if !self.proof.is_with(token) {
            return Err(ProofError::WrongToken);
        }
        if self.jkt() == jkt { Ok(()) } else { Err(ProofError::WrongKey) }
    }

    /// Under which the store remembers that it was used.
    pub(crate) fn place(&self) -> Key {
        Key::Proof { jkt: self.jkt(), jti: self.proof.jti.clone() }
    }

    /// The question whether its key has signed it.
    pub(crate) fn question(&self) -> (PublicKey, Secret) {
        (self.proof.key.clone(), self.text.clone())
    }
}

/// Until when a proof shows that it was made just now; `None` if it does not.
///
/// A nonce of ours is a time of ours, whatever the client's clock says; without one the clock counts
/// ([RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3), step 11). So a client whose
/// clock is wrong is given a nonce, and gets on.
fn good_until(call: &Call<'_>, proof: &Proof) -> Option<UnixTime> {
    let until = match (&proof.nonce, call.server.policy.dpop_nonce) {
        (Some(nonce), _) => call.server.sealing.open_nonce(nonce)?,
        (None, NonceRule::Always) => return None,
        (None, NonceRule::WhenInDoubt) if proof.iat > call.now + CLOCK_SKEW => return None,
        (None, NonceRule::WhenInDoubt) => proof.iat + LONGEST_PROOF,
    };
    (call.now < until).then_some(until)
}

/// What the next proof shall hold
/// ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)).
pub(crate) fn nonce(call: &Call<'_>) -> String {
    call.server.sealing.nonce(call.now + NONCE_LIFETIME)
}
