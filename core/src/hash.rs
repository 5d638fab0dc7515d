//! Hashes of short messages.
//!
//! The rounds are the `sha2` crate's; its buffers and traits would be 2 KB of wasm, and padding is a
//! few lines.

use alloc::vec::Vec;

use sha2::block_api::{compress256, compress512};
use zeroize::Zeroize as _;

/// SHA-256 of the parts, one after the other
/// (FIPS 180-4 §6.2).
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut state = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    let mut message = padded(parts, 64);
    compress256(&mut state, message.as_chunks().0);
    message.zeroize();
    let mut hash = [0; 32];
    for (bytes, word) in hash.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    hash
}

/// SHA-512 of a message
/// (FIPS 180-4 §6.4).
pub(crate) fn sha512(message: &[u8]) -> [u8; 64] {
    let mut state = [
        0x6a09_e667_f3bc_c908,
        0xbb67_ae85_84ca_a73b,
        0x3c6e_f372_fe94_f82b,
        0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1,
        0x9b05_688c_2b3e_6c1f,
        0x1f83_d9ab_fb41_bd6b,
        0x5be0_cd19_137e_2179,
    ];
    let mut message = padded(&[message], 128);
    compress512(&mut state, message.as_chunks().0);
    message.zeroize();
    let mut hash = [0; 64];
    for (bytes, word) in hash.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    hash
}

/// HMAC-SHA-256 of the parts, one after the other
/// (FIPS 198-1 §4).
pub(crate) fn hmac_sha256(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0x36; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to ^= from;
    }
    let mut inner: Vec<&[u8]> = Vec::new();
    inner.push(&block);
    inner.extend_from_slice(parts);
    let hash = sha256(&inner);
    for byte in &mut block {
        *byte ^= 0x36 ^ 0x5c;
    }
    let hash = sha256(&[&block, &hash]);
    block.zeroize();
    hash
}

/// The message, a one, zeros, and its length in bits; blocks of 64 bytes end in 8 bytes of it, blocks
/// of 128 in 16, of which the first 8 are zero.
fn padded(parts: &[&[u8]], block: usize) -> Vec<u8> {
    let mut message = Vec::new();
    for part in parts {
        message.extend_from_slice(part);
    }
    let bits = message.len() as u64 * 8;
    message.push(0x80);
    let whole = (message.len() + block / 8).next_multiple_of(block);
    message.resize(whole - 8, 0);
    message.extend_from_slice(&bits.to_be_bytes());
    message
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use sha2::{Digest as _, Sha256, Sha512};

    use super::*;

    #[test]
    fn every_length_hashes_as_the_crates_hash_it() {
        let message: Vec<u8> = (0..=255).cycle().take(600).collect();
        let key = [7; 32];
        for length in 0..=message.len() {
            let message = &message[..length];
            let (head, tail) = message.split_at(length / 3);
            assert_eq!(sha256(&[head, tail])[..], Sha256::digest(message)[..], "{length}");
            assert_eq!(sha512(message)[..], Sha512::digest(message)[..], "{length}");
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            mac.update(message);
            let theirs = mac.finalize().into_bytes();
            assert_eq!(hmac_sha256(&key, &[head, tail])[..], theirs[..], "{length}");
        }
    }

    #[test]
    fn the_vectors_of_the_standards_hold() {
        // FIPS 180-2 appendix B.1, and RFC 4231 §4.3 with its key in 32 bytes.
        assert_eq!(sha256(&[b"a", b"bc"])[..4], [0xba, 0x78, 0x16, 0xbf]);
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mac = hmac_sha256(&key, &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(mac[..4], [0x5b, 0xdc, 0xc1, 0x46]);
    }
}
