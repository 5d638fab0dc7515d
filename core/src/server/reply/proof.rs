//! Refusals of proofs that somebody holds a key
//! ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5),
//! [§7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)).

use alloc::string::String;

use super::resource::say;
use super::{Refusal, refusal};
use crate::key::Algorithm;
use crate::server::handle::Call;
use crate::server::proof::{self, ProofError};
use crate::wire::bearer::Scheme;
use crate::wire::dpop;
use crate::wire::http::Headers;

impl From<ProofError> for Refusal {
    fn from(error: ProofError) -> Self {
        let error_description = match error {
            ProofError::WantsNonce => {
                return refusal(400, dpop::USE_NONCE, "Put the nonce of DPoP-Nonce into the proof");
            }
            // Of a code or a token that is bound to a key, which is what is wrong then.
            ProofError::WrongKey => {
                return refusal(
                    400,
                    "invalid_grant",
                    "Bound to another key than that of the proof",
                );
            }
            ProofError::Missing => "Missing required header: DPoP",
            ProofError::Repeated => "More than one DPoP header",
            ProofError::Malformed(_) => "Malformed proof",
            ProofError::LongKey => "The key of the proof is too long",
            ProofError::WrongMethod => "The proof is for another method: htm",
            ProofError::WrongUri => "The proof is for another address: htu",
            ProofError::WrongToken => "The proof is for another access token: ath",
            ProofError::WrongSignature => "The signature of the proof is wrong",
            ProofError::Replayed => "The proof was used before: jti",
        };
        refusal(400, "invalid_dpop_proof", error_description)
    }
}

/// The same where a token would open something.
pub(super) fn at_resource(error: ProofError) -> Refusal {
    match error {
        ProofError::WrongKey => refusal(401, "invalid_token", "Invalid access token"),
        ProofError::Missing
        | ProofError::Repeated
        | ProofError::Malformed(_)
        | ProofError::LongKey
        | ProofError::WrongMethod
        | ProofError::WrongUri
        | ProofError::WantsNonce
        | ProofError::WrongToken
        | ProofError::WrongSignature
        | ProofError::Replayed => Refusal { status: 401, ..error.into() },
    }
}

/// Adds what the next proof shall hold, if that is what is wrong
/// ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)).
pub(super) fn with_nonce(call: &Call<'_>, error: ProofError, headers: &mut Headers) {
    if error == ProofError::WantsNonce {
        headers.push(dpop::NONCE_HEADER, proof::nonce(call));
    }
}

/// What the proofs that are taken are signed with, as a challenge of its own or as a part of one.
pub(super) fn algs(challenge: &mut String) {
    say(challenge, "algs", &Algorithm::ALL.map(Algorithm::name).join(" "));
}

/// That a token may come with a proof, too.
pub(super) fn also() -> String {
    let mut challenge = String::from(Scheme::Dpop.name());
    challenge.push_str(" realm=\"grantflow\"");
    algs(&mut challenge);
    challenge
}
