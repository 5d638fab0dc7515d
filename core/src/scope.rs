//! What a token may do, as a set of words ([RFC 6749 §3.3]).
//!
//! [RFC 6749 §3.3]: https://www.rfc-editor.org/rfc/rfc6749#section-3.3

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use crate::text::until;

/// `openid`: the client wants to know who the user is.
pub const OPENID: &str = "openid";

/// `offline_access`: the client wants to go on while the user is away
/// ([OpenID Connect Core §11](https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess)).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Most words in one `scope`.
pub const MOST_SCOPES: usize = 50;

/// A set of scopes, in the order they were asked for.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ScopeSet(Vec<String>);

/// Why a `scope` is not one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ScopeError {
    /// No word in it.
    Empty,
    /// A character that [RFC 6749 §3.3] keeps out.
    ///
    /// [RFC 6749 §3.3]: https://www.rfc-editor.org/rfc/rfc6749#section-3.3
    BadCharacter,
    /// More than [`MOST_SCOPES`] words.
    TooMany,
}

impl ScopeSet {
    /// Reads words parted by spaces or, as the guide has it, by a literal `+`.
    ///
    /// # Errors
    ///
    /// The first [`ScopeError`] that applies.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let mut words: Vec<String> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (word, more) = until(rest, b" +");
            rest = more.get(1..).unwrap_or_default();
            if !word.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) {
                return Err(ScopeError::BadCharacter);
            }
            if word.is_empty() || words.iter().any(|seen| seen == word) {
                continue;
            }
            if words.len() == MOST_SCOPES {
                return Err(ScopeError::TooMany);
            }
            words.push(word.to_owned());
        }
        if words.is_empty() { Err(ScopeError::Empty) } else { Ok(Self(words)) }
    }

    /// Whether `word` is in the set.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.0.iter().any(|scope| scope == word)
    }

    /// Whether every word is in `other` too.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.iter().all(|word| other.contains(word))
    }

    /// The words of both, those of `other` after ours, as many as a set may hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for word in other.iter() {
            if both.0.len() < MOST_SCOPES && !both.contains(word) {
                both.0.push(word.to_owned());
            }
        }
        both
    }

    /// Whether there is no word in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words that `keep` keeps, in order.
    #[must_use]
    pub fn only(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|word| keep(word)).cloned().collect())
    }

    /// The words, in the order they were asked for.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// As the wire spells it: words parted by one space.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for word in &self.0 {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_plus_signs_part_words() {
        let spaced = ScopeSet::parse("openid profile email").unwrap();
        assert_eq!(ScopeSet::parse("openid+profile+email").unwrap(), spaced);
        assert_eq!(spaced.to_text(), "openid profile email");
    }

    #[test]
    fn a_word_counts_once_and_keeps_its_place() {
        assert_eq!(ScopeSet::parse(" email  openid email").unwrap().to_text(), "email openid");
    }

    #[test]
    fn two_sets_make_one() {
        let set = |text| ScopeSet::parse(text).unwrap();
        assert_eq!(set("a b").and(&set("b c")).to_text(), "a b c");
        assert_eq!(ScopeSet::default().and(&set("a")), set("a"));
    }

    #[test]
    fn quotes_backslashes_and_controls_are_no_scope() {
        for odd in ["open\"id", "open\\id", "open\tid", "ópenid"] {
            assert_eq!(ScopeSet::parse(odd), Err(ScopeError::BadCharacter), "{odd}");
        }
        assert_eq!(ScopeSet::parse("  "), Err(ScopeError::Empty));
    }

    #[test]
    fn a_129_fifty_words_are_the_most() {
        let words = |n: usize| (0..n).map(|i| alloc::format!("s{i}")).collect::<Vec<_>>().join(" ");
        assert!(ScopeSet::parse(&words(50)).is_ok());
        assert_eq!(ScopeSet::parse(&words(51)), Err(ScopeError::TooMany));
    }
}
