//! Hosts by number, which a browser reads before it looks for a name.

use crate::text::{before_last, cut, has, number};

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
    let before = before_last(host, b'.');
    let last =
        if before.len() == host.len() { host } else { host.get(before.len() + 1..).unwrap_or("") };
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    match hex {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        None => !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()),
    }
}

fn is_ipv4(host: &str) -> bool {
    let (mut count, mut rest) = (0, host);
    loop {
        let (part, after) =
            cut(rest, b'.').map_or((rest, None), |(part, after)| (part, Some(after)));
        let is_plain = part == "0" || !part.starts_with('0');
        if !is_plain || number(part).is_none_or(|number| number > 255) {
            return false;
        }
        count += 1;
        match after {
            Some(after) => rest = after,
            None => return count == 4,
        }
    }
}

/// Eight groups of up to four hexadecimal digits, or fewer with `::` in the place of zeros, as short as
/// it can be, which is how browsers spell it
/// ([RFC 5952 §4](https://www.rfc-editor.org/rfc/rfc5952#section-4)); capitals may be.
fn is_ipv6(text: &str) -> bool {
    let mut groups = 0;
    // The zeros just read, and the most there were in a row before `::` and after it.
    let (mut zeros, mut most_before, mut most) = (0, None, 0);
    let (mut rest, mut is_after_gap) = (text, false);
    if let Some(after) = text.strip_prefix("::") {
        (most_before, rest, is_after_gap) = (Some(0), after, true);
    }
    while !(rest.is_empty() && most_before.is_some()) {
        let (group, after) =
            cut(rest, b':').map_or((rest, None), |(group, after)| (group, Some(after)));
        let is_plain = group == "0" || !group.starts_with('0');
        let is_hex = group.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_plain || !is_hex || !(1..=4).contains(&group.len()) || (is_after_gap && group == "0")
        {
            return false;
        }
        groups += 1;
        is_after_gap = false;
        zeros = if group == "0" { zeros + 1 } else { 0 };
        most = zeros.max(most);
        let Some(after) = after else { break };
        rest = after;
        if let Some(after) = rest.strip_prefix(':') {
            if most_before.is_some() || zeros > 0 {
                return false;
            }
            (most_before, most, rest, is_after_gap) = (Some(most), 0, after, true);
        } else if rest.is_empty() {
            return false;
        }
    }
    match most_before {
        Some(before) => groups <= 6 && before < 8 - groups && most <= 8 - groups,
        None => groups == 8 && most < 2,
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
