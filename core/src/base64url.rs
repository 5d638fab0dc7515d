//! base64url without padding, the one encoding of every random or signed value
//! ([RFC 7515 §2](https://www.rfc-editor.org/rfc/rfc7515#section-2)).

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Encodes without padding.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes strictly: no padding, no white space, no spare bits.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_is_strict() {
        assert_eq!(decode("AQID").as_deref(), Some(&[1, 2, 3][..]));
        for odd in ["AQI=", "AQ ID", "AR", "A", "+/AA"] {
            assert_eq!(decode(odd), None, "{odd}");
        }
    }
}
