//! Everything random, from a seed and a counter.

use grantflow::entropy::Entropy;
use sha2::{Digest as _, Sha256};

use crate::prelude::*;

/// Where bytes come from: other ones at each call, and the same in every world of the seed.
#[derive(Debug)]
pub(crate) struct Source {
    root: Entropy,
    drawn: u64,
}

impl Source {
    pub(crate) fn new(seed: &str) -> Self {
        Self { root: Entropy::new(Sha256::digest(seed).into()), drawn: 0 }
    }

    /// What has this name in the world of the seed: a key, a secret.
    pub(crate) fn named(&self, name: &str) -> [u8; 32] {
        self.root.derive(name)
    }

    /// The next 32 bytes.
    pub(crate) fn next(&mut self) -> [u8; 32] {
        self.drawn += 1;
        self.root.derive(&format!("draw {}", self.drawn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_bytes_in_the_same_order() {
        let (mut one, mut same, mut other) = (Source::new("a"), Source::new("a"), Source::new("b"));
        let first = one.next();
        assert_eq!(first, same.next());
        assert_ne!(first, one.next());
        assert_ne!(first, other.next());
        assert_eq!(one.named("key"), same.named("key"));
    }
}
