//! Hosts by number, which a browser reads before it looks for a name.

use crate::text::{has, number, until};

/// Whether a browser takes `host` of an `http` or `https` URI for what it looks like: an address in
/// brackets, four numbers as everybody spells them, or a name that does not end in a number
/// ([URL §3.5](https://url.spec.whatwg.org/#host-parsing)).
pub(super) fn is_web_host(host: &str) -> bool {
    is_host(host) && (!ends_in_a_number(host) || is_ipv4(host))
}

/// The same of a scheme of an app's own, where a number is a name like any other.
pub(super) fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(is_ipv6),
        None => !has(host, b'[') && !has(host, b']'),
    }
}

/// `10.0.1` is an address to a browser, and so is `0x7f.1`; a dot at the end is none.
fn ends_in_a_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.bytes().rposition(|b| b == b'.').map_or(0, |at| at + 1);
    match host.as_bytes().get(last..).unwrap_or_default() {
        [b'0', b'x' | b'X', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        digits => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
    }
}

fn is_ipv4(host: &str) -> bool {
    let is_byte = |part: &str| number(part).is_some_and(|number| number < 256);
    parts(host, b'.', is_byte) == Some(4)
}

/// Eight groups of up to four hexadecimal digits, or fewer with `::` in the place of zeros, as short as
/// it can be, which is how browsers spell it
/// ([RFC 5952 §4](https://www.rfc-editor.org/rfc/rfc5952#section-4)); capitals may be.
fn is_ipv6(text: &str) -> bool {
    // How many groups there are, and how many zeros at most in a row.
    let groups = |text: &str| {
        let (mut zeros, mut most) = (0, 0);
        let is_group = |group: &str| {
            zeros = if group == "0" { zeros + 1 } else { 0 };
            most = zeros.max(most);
            group.len() <= 4 && group.bytes().all(|b| b.is_ascii_hexdigit())
        };
        let count = if text.is_empty() { 0 } else { parts(text, b':', is_group)? };
        Some((count, most))
    };
    let bytes = text.as_bytes();
    let Some(gap) = bytes.windows(2).position(|pair| pair == b"::") else {
        return matches!(groups(text), Some((8, 0 | 1)));
    };
    let (before, after) =
        (text.get(..gap).unwrap_or_default(), text.get(gap + 2..).unwrap_or_default());
    let (Some((left, zeros_left)), Some((right, zeros_right))) = (groups(before), groups(after))
    else {
        return false;
    };
    let is_whole = before != "0" && !before.ends_with(":0") && !after.starts_with('0');
    is_whole
        && left + right <= 6
        && zeros_left + left + right < 8
        && zeros_right + left + right <= 8
}

/// How many parts there are, if each is good, there is something in it, and no zero before it.
fn parts(text: &str, separator: u8, mut is_good: impl FnMut(&str) -> bool) -> Option<u8> {
    let (mut count, mut rest) = (0_u8, text);
    loop {
        let (part, after) = until(rest, &[separator]);
        if part.is_empty() || (part.len() > 1 && part.starts_with('0')) || !is_good(part) {
            return None;
        }
        count = count.saturating_add(1);
        match after.get(1..) {
            Some(after) => rest = after,
            None => return Some(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::Ipv6Addr;

    #[test]
    fn a_host_by_number_is_spelled_as_everybody_spells_it() {
        for good in [
            "a.test",
            "a.test.",
            "1.a",
            "a1",
            "0xg",
            "127.0.0.1",
            "10.0.0.255",
            "0.0.0.0",
            "[::1]",
            "[::]",
            "[2001:db8::1]",
            "[1:2:3:4:5:6:7:8]",
            "[1::]",
            "[0:2:3:4:5:6:7:8]",
            "[2001:DB8::a]",
        ] {
            assert!(is_web_host(good), "{good}");
        }
        for bad in [
            "10.0.1",
            "127.1",
            "1",
            "2130706433",
            "0x7f.1",
            "0x7f000001",
            "a.0x",
            "a.0X1f",
            "127.0.0.1.",
            "256.1.1.1",
            "1.2.3.4.5",
            "a.1",
            "01.2.3.4",
            "1..2.3",
            ".1.2.3",
            "a[b",
            "a]b",
            "[",
            "[]",
            "[::1",
            "[:1]",
            "[::2:3:4:5:6:7:8]",
            "[1:]",
            "[:::]",
            "[1::2::3]",
            "[1:2:3:4:5:6:7]",
            "[1:2:3:4:5:6:7:8:9]",
            "[1:2:3:4:5:6:7::8]x",
            "[::1]]",
            "[2001:d)8::1]",
            "[12345::]",
            "[g::]",
            "[a.test]",
            "[::01]",
            "[::ffff:127.0.0.1]",
            "[fe80::1%25eth0]",
        ] {
            assert!(!is_web_host(bad), "{bad}");
        }
        assert!(is_host("oauth2.0") && !is_host("[oauth2.0]") && !is_host("a]"));
    }

    #[test]
    fn what_is_in_brackets_is_an_address_to_the_standard_library_too() {
        // Every text of up to nine such pieces; the shorter end in empty ones.
        let pieces = ["", ":", "0", ":0", ":1"];
        let mut taken = 0;
        for mut at in 0..5_usize.pow(9) {
            let mut text = alloc::string::String::new();
            for _ in 0..9 {
                text.push_str(pieces[at % 5]);
                at /= 5;
            }
            let text = text.as_str();
            if is_ipv6(text) {
                let address: Ipv6Addr = text.parse().unwrap();
                assert_eq!(alloc::format!("{address}"), text);
                taken += 1;
            } else if let Ok(address) = text.parse::<Ipv6Addr>() {
                assert_ne!(alloc::format!("{address}"), text, "as browsers spell it");
            }
        }
        assert!(taken > 500, "{taken}");
    }
}
