//! Randomness as the host brings it.

use core::fmt;

use zeroize::Zeroize as _;

use crate::hash::hmac_sha256;

/// 32 random bytes, spent once.
///
/// One call takes one `Entropy`; what the call needs several of, it derives with labels. It is not
/// `Clone`, so the same bytes cannot be spent on two calls by accident.
///
/// # Security
///
/// The bytes must come from the operating system's or the browser's cryptographic generator.
pub struct Entropy([u8; 32]);

impl Entropy {
    /// Takes custody of 32 fresh random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The value named `label`: the same for the same bytes, unrelated to every other label's.
    #[must_use]
    pub fn derive(&self, label: &str) -> [u8; 32] {
        keyed(&self.0, &[label.as_bytes()])
    }

    /// The first 16 bytes of the value named `label`.
    pub(crate) fn derive_id(&self, label: &str) -> [u8; 16] {
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(self.derive(label)) {
            *to = from;
        }
        id
    }
}

impl Drop for Entropy {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(..)")
    }
}

/// HMAC-SHA-256 of `parts`, one after the other, under `key`.
pub(crate) fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    hmac_sha256(key, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_part_values_and_bytes_fix_them() {
        let one = Entropy::new([7; 32]);
        assert_eq!(one.derive("state"), Entropy::new([7; 32]).derive("state"));
        assert_ne!(one.derive("state"), one.derive("nonce"));
        assert_ne!(one.derive("state"), Entropy::new([8; 32]).derive("state"));
    }

    #[test]
    fn entropy_never_prints() {
        assert_eq!(alloc::format!("{:?}", Entropy::new([7; 32])), "Entropy(..)");
    }
}
