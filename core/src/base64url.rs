//! base64url without padding, the one encoding of every random or signed value
//! ([RFC 7515 §2](https://www.rfc-editor.org/rfc/rfc7515#section-2)).
//!
//! Written out, because the crate that `wire/credentials.rs` uses would be a tenth of the client's
//! wasm.

use alloc::string::String;
use alloc::vec::Vec;

/// Encodes without padding.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    encode_slice(bytes.as_ref())
}

fn encode_slice(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut count) = (0, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 6 {
            count -= 6;
            text.push(digit(bits >> count));
        }
    }
    if count > 0 {
        text.push(digit(bits << (6 - count)));
    }
    text
}

/// Decodes strictly: no padding, no white space, no spare bits.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0, 0);
    for byte in text.bytes() {
        bits = bits << 6 | value(byte)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            let [byte, ..] = (bits >> count).to_le_bytes();
            bytes.push(byte);
        }
    }
    // Six bits over are a digit of their own; the others must all be zero.
    (count < 6 && bits & ((1 << count) - 1) == 0).then_some(bytes)
}

/// The digit of the lowest six bits.
fn digit(bits: u32) -> char {
    let [byte, ..] = (bits & 63).to_le_bytes();
    char::from(match byte {
        ..26 => b'A' + byte,
        26..52 => b'a' - 26 + byte,
        52..62 => byte - 52 + b'0',
        62 => b'-',
        63.. => b'_',
    })
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn a_89_decoding_is_strict() {
        assert_eq!(decode("AQID").as_deref(), Some(&[1, 2, 3][..]));
        for odd in ["AQI=", "AQ ID", "AR", "A", "AAAAA", "AAC", "AQID\n", "é", "+/AA"] {
            assert_eq!(decode(odd), None, "{odd}");
        }
    }

    #[test]
    fn both_ways_agree_with_the_crate() {
        let every: Vec<u8> = (0..=255).rev().collect();
        for length in 0..=every.len() {
            let text = encode(&every[..length]);
            assert_eq!(text, URL_SAFE_NO_PAD.encode(&every[..length]));
            assert_eq!(decode(&text).as_deref(), Some(&every[..length]));
        }
    }

    #[test]
    fn a_damaged_text_is_taken_only_if_the_crate_takes_it() {
        for length in 0..7 {
            let whole = encode(&[0xa5; 7][..length]);
            for end in 0..=whole.len() {
                for digit in (0..128_u8).map(char::from) {
                    let (head, tail) = whole.split_at(end);
                    for tail in [tail, tail.get(1..).unwrap_or_default(), ""] {
                        let text = alloc::format!("{head}{digit}{tail}");
                        assert_eq!(decode(&text), URL_SAFE_NO_PAD.decode(&text).ok(), "{text}");
                    }
                }
            }
        }
    }
}
