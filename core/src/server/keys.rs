//! The keys that ID tokens are signed with, their public halves.

use alloc::vec::Vec;

use crate::key::PublicKey;
use crate::wire::jwks::Jwks;

/// Public signing keys; the private halves never enter the core.
#[derive(Clone, Debug)]
pub struct KeySet {
    jwks: Jwks,
}

/// A key that cannot be signed with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyError {
    /// An RSA key below 2048 bits, or with a small exponent.
    Weak,
    /// No `kid`, or one that another key has.
    BadKid,
}

impl KeySet {
    /// The keys to publish, of which the first signs.
    ///
    /// # Errors
    ///
    /// The first [`KeyError`] that applies.
    pub fn new(keys: Vec<PublicKey>) -> Result<Self, KeyError> {
        for (at, key) in keys.iter().enumerate() {
            if !key.is_strong() {
                return Err(KeyError::Weak);
            }
            if key.kid.is_none() || keys.iter().skip(at + 1).any(|other| other.kid == key.kid) {
                return Err(KeyError::BadKid);
            }
        }
        Ok(Self { jwks: Jwks { keys } })
    }

    pub(crate) fn signer(&self) -> Option<&PublicKey> {
        self.jwks.keys.first()
    }

    pub(crate) const fn jwks(&self) -> &Jwks {
        &self.jwks
    }
}
