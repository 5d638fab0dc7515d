//! Text cut at ASCII characters: the standard library's searchers for `char` and `str` would be
//! kilobytes of wasm.

use alloc::string::String;

/// What is before the first `separator` and what is after it; the separator is ASCII.
pub(crate) fn cut(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What is before the first of `ends`, all ASCII, and the rest with it.
#[expect(clippy::manual_contains, reason = "`contains` is 400 bytes of wasm more")]
pub(crate) fn until<'t>(text: &'t str, ends: &[u8]) -> (&'t str, &'t str) {
    let at =
        text.bytes().position(|byte| ends.iter().any(|end| *end == byte)).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// What is before the last `separator`, which is ASCII; all of it if there is none.
pub(crate) fn before_last(text: &str, separator: u8) -> &str {
    let end = text.bytes().rposition(|byte| byte == separator).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Whether `byte`, which is ASCII, is in it.
pub(crate) fn has(text: &str, byte: u8) -> bool {
    text.bytes().any(|other| other == byte)
}

/// All of them, one after the other; `concat` would be a kilobyte of wasm.
pub(crate) fn joined(parts: &[&str]) -> String {
    let mut all = String::new();
    for part in parts {
        all.push_str(part);
    }
    all
}

/// The number that digits alone spell, if there are any and it is below 2⁶⁴.
pub(crate) fn number(text: &str) -> Option<u64> {
    let mut sum: u64 = 0;
    for digit in text.bytes() {
        if !digit.is_ascii_digit() || sum > u64::MAX / 10 {
            return None;
        }
        sum = (sum * 10).checked_add(u64::from(digit - b'0'))?;
    }
    (!text.is_empty()).then_some(sum)
}

/// Appends a number in digits; the standard library's way would be a kilobyte of wasm.
pub(crate) fn push_digits(out: &mut String, number: u64) {
    if number > 9 {
        push_digits(out, number / 10);
    }
    out.extend(char::from_digit(u32::try_from(number % 10).unwrap_or_default(), 10));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_the_first_separator_only() {
        assert_eq!(cut("é=b=c", b'='), Some(("é", "b=c")));
        assert_eq!(cut("=", b'='), Some(("", "")));
        assert_eq!(cut("é", b'='), None);
        assert_eq!(until("é/?", b"?/"), ("é", "/?"));
        assert_eq!(until("é", b"?/"), ("é", ""));
        assert!(has("é=", b'=') && !has("é", b'='));
        assert_eq!(before_last("é.b.c", b'.'), "é.b");
        assert_eq!(before_last("é", b'.'), "é");
    }

    #[test]
    fn a_number_has_digits_only_and_fits() {
        for text in ["0", "007", "18446744073709551615"] {
            assert_eq!(number(text), text.parse().ok());
        }
        for text in
            ["", "+1", "-1", "1 ", "1.0", "é", "18446744073709551616", "99999999999999999999"]
        {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
