//! The keys that the server signs with, their public halves: what each is for is a function of time.

use alloc::vec::Vec;

use crate::key::{Algorithm, PublicKey};
use crate::time::UnixTime;
use crate::wire::jwks::Jwks;

/// Public signing keys; the private halves never enter the core.
#[derive(Clone, Debug)]
pub struct KeySet {
    keys: Vec<ServerKey>,
}

/// A signing key, and how long it is for what.
///
/// A key is published before it signs and after it has stopped, so that nobody meets a signature
/// whose key they cannot find
/// ([OpenID Connect Core §10.1.1](https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys)).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerKey {
    /// The public half.
    pub key: PublicKey,
    /// The first instant at which it signs nothing more; `None` until there is a successor.
    pub signs_until: Option<UnixTime>,
    /// The first instant at which it is no longer published: what it signed must be too old then.
    pub published_until: Option<UnixTime>,
}

impl ServerKey {
    /// A key without an end.
    #[must_use]
    pub const fn new(key: PublicKey) -> Self {
        Self { key, signs_until: None, published_until: None }
    }

    fn signs(&self, now: UnixTime) -> bool {
        self.signs_until.is_none_or(|until| now < until)
    }

    fn is_published(&self, now: UnixTime) -> bool {
        self.published_until.is_none_or(|until| now < until)
    }
}

impl From<PublicKey> for ServerKey {
    fn from(key: PublicKey) -> Self {
        Self::new(key)
    }
}

/// A key that cannot be signed with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyError {
    /// An RSA key below 2048 bits, or with a small exponent.
    Weak,
    /// No `kid`, or one that another key has.
    BadKid,
    /// It would sign after it is no longer published.
    SignsUnpublished,
}

impl KeySet {
    /// The keys in the order in which they sign: of one algorithm, the first that may.
    ///
    /// A successor stands after the key that it follows: published at once, it signs from the
    /// moment when that one stops.
    ///
    /// # Errors
    ///
    /// The first [`KeyError`] that applies.
    pub fn new<K: Into<ServerKey>>(keys: impl IntoIterator<Item = K>) -> Result<Self, KeyError> {
        let keys: Vec<ServerKey> = keys.into_iter().map(Into::into).collect();
        for (at, ServerKey { key, signs_until, published_until }) in keys.iter().enumerate() {
            if !key.is_strong() {
                return Err(KeyError::Weak);
            }
            let is_twin = |other: &ServerKey| other.key.kid == key.kid;
            if key.kid.as_deref().is_none_or(str::is_empty) || keys.iter().skip(at + 1).any(is_twin)
            {
                return Err(KeyError::BadKid);
            }
            if published_until.is_some_and(|end| signs_until.is_none_or(|until| until > end)) {
                return Err(KeyError::SignsUnpublished);
            }
        }
        Ok(Self { keys })
    }

    /// The key that signs with `alg`.
    pub(crate) fn signer(&self, alg: Algorithm, now: UnixTime) -> Option<&PublicKey> {
        self.signers(now).find(|key| key.alg == alg)
    }

    /// The key that signs where nobody asked for an algorithm: RS256, which every client has to know
    /// ([OpenID Connect Core §15.1](https://openid.net/specs/openid-connect-core-1_0.html#ServerMTI)),
    /// or else the first.
    pub(crate) fn usual_signer(&self, now: UnixTime) -> Option<&PublicKey> {
        self.signer(Algorithm::Rs256, now).or_else(|| self.signers(now).next())
    }

    /// Each algorithm that the server signs with, the usual one first.
    pub(crate) fn algorithms(&self, now: UnixTime) -> Vec<Algorithm> {
        let mut algorithms: Vec<_> =
            self.usual_signer(now).map(|key| key.alg).into_iter().collect();
        for key in self.signers(now) {
            if !algorithms.contains(&key.alg) {
                algorithms.push(key.alg);
            }
        }
        algorithms
    }

    /// What is published.
    pub(crate) fn jwks(&self, now: UnixTime) -> Jwks {
        Jwks { keys: self.published(now).cloned().collect() }
    }

    /// The published key that a signature of ours says it is from.
    pub(crate) fn find(
        &self,
        alg: Algorithm,
        kid: Option<&str>,
        now: UnixTime,
    ) -> Option<&PublicKey> {
        self.published(now).find(|key| key.alg == alg && key.kid.as_deref() == kid)
    }

    fn signers(&self, now: UnixTime) -> impl Iterator<Item = &PublicKey> {
        self.keys.iter().filter(move |key| key.signs(now)).map(|key| &key.key)
    }

    fn published(&self, now: UnixTime) -> impl Iterator<Item = &PublicKey> {
        self.keys.iter().filter(move |key| key.is_published(now)).map(|key| &key.key)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec;

    use super::*;
    use crate::key::Material;

    #[test]
    fn a_successor_is_published_at_once_and_signs_when_its_turn_comes() {
        let old = ServerKey {
            signs_until: Some(at(100)),
            published_until: Some(at(200)),
            ..key("old", Algorithm::EdDsa).into()
        };
        let keys = KeySet::new([old, key("new", Algorithm::EdDsa).into()]).unwrap();
        for (now, signer, published) in [
            (99, "old", &["old", "new"][..]),
            (100, "new", &["old", "new"]),
            (199, "new", &["old", "new"]),
            (200, "new", &["new"]),
        ] {
            let now = at(now);
            let signs = keys.signer(Algorithm::EdDsa, now).unwrap();
            assert_eq!(signs.kid.as_deref(), Some(signer));
            let kids = keys.jwks(now).keys.into_iter().filter_map(|key| key.kid);
            assert_eq!(kids.collect::<Vec<String>>(), published);
            let old = keys.find(Algorithm::EdDsa, Some("old"), now);
            assert_eq!(old.is_some(), published.contains(&"old"));
        }
    }

    #[test]
    fn a_client_that_does_not_choose_gets_rs256_or_else_what_there_is() {
        let all = KeySet::new([key("e", Algorithm::EdDsa), rsa("r"), key("f", Algorithm::EdDsa)]);
        let all = all.unwrap();
        assert_eq!(all.algorithms(at(0)), [Algorithm::Rs256, Algorithm::EdDsa]);
        assert_eq!(all.usual_signer(at(0)).unwrap().kid.as_deref(), Some("r"));
        let one = KeySet::new([key("e", Algorithm::EdDsa)]).unwrap();
        assert_eq!(one.usual_signer(at(0)).unwrap().kid.as_deref(), Some("e"));
        assert!(KeySet::new(Vec::<PublicKey>::new()).unwrap().usual_signer(at(0)).is_none());
    }

    #[test]
    fn a_88_a_91_a_key_must_be_strong_have_a_name_of_its_own_and_be_published_while_it_signs() {
        let twins = [key("k", Algorithm::EdDsa), key("k", Algorithm::EdDsa)];
        assert_eq!(KeySet::new(twins).err(), Some(KeyError::BadKid));
        let nameless = PublicKey { kid: None, ..key("", Algorithm::EdDsa) };
        assert_eq!(KeySet::new([nameless]).err(), Some(KeyError::BadKid));
        let weak = PublicKey {
            material: Material::Rsa { n: vec![0xff; 128], e: vec![1, 0, 1] },
            ..rsa("r")
        };
        assert_eq!(KeySet::new([weak]).err(), Some(KeyError::Weak));
        let hidden = |signs_until| {
            let published_until = Some(at(100));
            let key = key("k", Algorithm::EdDsa);
            KeySet::new([ServerKey { key, signs_until, published_until }]).err()
        };
        assert_eq!(hidden(None), Some(KeyError::SignsUnpublished));
        assert_eq!(hidden(Some(at(101))), Some(KeyError::SignsUnpublished));
        assert_eq!(hidden(Some(at(100))), None);
    }

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(seconds)
    }

    fn key(kid: &str, alg: Algorithm) -> PublicKey {
        PublicKey { kid: Some(kid.into()), alg, material: Material::Ed25519 { x: [1; 32] } }
    }

    fn rsa(kid: &str) -> PublicKey {
        let material = Material::Rsa { n: vec![0xff; 256], e: vec![1, 0, 1] };
        PublicKey { kid: Some(kid.into()), alg: Algorithm::Rs256, material }
    }
}
