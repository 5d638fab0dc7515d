//! Text cut at ASCII characters: the standard library's searchers for `char` and `str` would be
//! kilobytes of wasm.

/// What is before the first `separator` and what is after it; the separator is ASCII.
pub(crate) fn cut(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What is before the first of `ends`, all ASCII, and the rest with it.
pub(crate) fn until<'t>(text: &'t str, ends: &[u8]) -> (&'t str, &'t str) {
    let at = text.bytes().position(|byte| ends.contains(&byte)).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
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
    }
}
