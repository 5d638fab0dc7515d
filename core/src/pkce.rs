//! Proof that the one who redeems is the one who asked ([RFC 7636]).
//!
//! [RFC 7636]: https://www.rfc-editor.org/rfc/rfc7636

use alloc::string::String;
use core::fmt;

use subtle::ConstantTimeEq as _;

use crate::base64url;
use crate::hash::sha256;
use crate::secret::Secret;

/// The one method there is; `plain` protects nobody.
pub const METHOD: &str = "S256";

/// Fewest bytes of a verifier ([RFC 7636 §4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
pub const SHORTEST_VERIFIER: usize = 43;

/// Most bytes of a verifier ([RFC 7636 §4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
pub const LONGEST_VERIFIER: usize = 128;

/// The `S256` challenge the client sent when it asked for the code.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// The challenge that `verifier` answers.
    #[must_use]
    pub fn of(verifier: &str) -> Self {
        Self(sha256(&[verifier.as_bytes()]))
    }

    /// Reads `code_challenge`: 43 characters of base64url
    /// ([RFC 7636 §4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2)).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decode(text)?.try_into().ok().map(Self)
    }

    /// Whether `verifier` answers this challenge
    /// ([RFC 7636 §4.6](https://www.rfc-editor.org/rfc/rfc7636#section-4.6)).
    ///
    /// Length and hash decide, not the alphabet: a verifier made by a careless shell command holds
    /// a newline, and proves as much as any other.
    #[must_use]
    pub fn is_answered_by(&self, verifier: &Secret) -> bool {
        let length = verifier.expose().len();
        let fits = (SHORTEST_VERIFIER..=LONGEST_VERIFIER).contains(&length);
        fits & bool::from(Self::of(verifier.expose()).0.ct_eq(&self.0))
    }

    /// The 32 bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The challenge whose hash is `bytes`.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// As the wire spells it.
    #[must_use]
    pub fn to_text(&self) -> String {
        base64url::encode(self.0)
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Challenge({})", self.to_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn rfc_7636_appendix_b_verifier_answers_its_challenge() {
        let challenge = Challenge::parse(CHALLENGE).unwrap();
        assert_eq!(Challenge::of(VERIFIER).to_text(), CHALLENGE);
        assert!(challenge.is_answered_by(&Secret::new(VERIFIER)));
        assert!(!challenge.is_answered_by(&Secret::new(VERIFIER.replace('d', "e"))));
    }

    #[test]
    fn a_verifier_is_judged_by_length_and_hash_only() {
        let answers =
            |verifier: String| Challenge::of(&verifier).is_answered_by(&Secret::new(verifier));
        assert!(!answers("a".repeat(42)));
        assert!(answers("a".repeat(43)));
        assert!(answers("a".repeat(128)));
        assert!(!answers("a".repeat(129)));
        assert!(answers("a".repeat(64) + "\n" + &"b".repeat(60)));
    }

    #[test]
    fn a_challenge_is_43_characters_of_base64url() {
        for odd in
            ["", &CHALLENGE[1..], &alloc::format!("{CHALLENGE}A"), &CHALLENGE.replace('-', "+")]
        {
            assert!(Challenge::parse(odd).is_none(), "{odd}");
        }
        assert!(Challenge::parse(&alloc::format!("{CHALLENGE}=")).is_none());
        // It is no secret: it was in a URL.
        let printed = alloc::format!("{:?}", Challenge::parse(CHALLENGE).unwrap());
        assert_eq!(printed, alloc::format!("Challenge({CHALLENGE})"));
    }
}
