//! JSON read strictly and in place, and written in the order given
//! ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)).
//!
//! A text is judged whole, once; what is then read from it stays a slice of it. Two readers that
//! disagree about a text are a way in, so what parsers are known to disagree about is refused.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;
use core::str::Chars;

use crate::text::{cut, has, number};

pub use self::writer::{Writer, quote};

mod judge;
#[cfg(test)]
mod tests;
mod writer;

/// Most bytes of a text.
pub const LONGEST_JSON: usize = 64 * 1024;
/// Most objects and arrays around a value.
pub const DEEPEST_JSON: usize = 16;
/// Most members of one object.
pub const MOST_MEMBERS: usize = 256;

/// Why a text is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum JsonError {
    /// Longer than [`LONGEST_JSON`].
    TooLong,
    /// Nested deeper than [`DEEPEST_JSON`].
    TooDeep,
    /// An object with more than [`MOST_MEMBERS`] members.
    TooManyMembers,
    /// A member twice in one object, however it is escaped
    /// ([RFC 8259 §4](https://www.rfc-editor.org/rfc/rfc8259#section-4)).
    Duplicate,
    /// Not UTF-8, or an escape that stands for half a character
    /// ([RFC 8259 §8](https://www.rfc-editor.org/rfc/rfc8259#section-8)).
    NotUtf8,
    /// Not JSON, or something before or after it.
    Syntax,
    /// JSON, but no object.
    NotAnObject,
}

/// A value of a text that was judged; copying it copies a reference.
#[derive(Clone, Copy)]
pub struct Value<'t>(&'t str);

/// An object of a text that was judged.
#[derive(Clone, Copy)]
pub struct Object<'t>(&'t str);

/// The elements of an array that are still to come.
#[derive(Clone)]
pub struct Array<'t>(&'t str);

/// Judges all of `bytes` and gives the one value they are.
///
/// # Errors
///
/// The first [`JsonError`] met.
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, JsonError> {
    if bytes.len() > LONGEST_JSON {
        return Err(JsonError::TooLong);
    }
    let text = core::str::from_utf8(bytes).map_err(|_| JsonError::NotUtf8)?;
    judge::whole(text).map(Value)
}

/// Judges all of `bytes` and gives the one object they are.
///
/// # Errors
///
/// The first [`JsonError`] met.
pub fn parse_object(bytes: &[u8]) -> Result<Object<'_>, JsonError> {
    parse(bytes)?.object().ok_or(JsonError::NotAnObject)
}

impl<'t> Value<'t> {
    /// The value as it was written.
    #[must_use]
    pub const fn text(self) -> &'t str {
        self.0
    }

    /// The string it is, unescaped; `None` of any other kind.
    #[must_use]
    pub fn string(self) -> Option<Cow<'t, str>> {
        self.0.strip_prefix('"')?.strip_suffix('"').map(plain)
    }

    /// The whole number it is, from 0 to 2⁶⁴ − 1, written in digits only: `1.0`, `1e3` and `"1"`
    /// are none.
    #[must_use]
    pub fn integer(self) -> Option<u64> {
        number(self.0)
    }

    /// The same of a number that may have decimals, which are dropped.
    #[must_use]
    pub fn whole(self) -> Option<u64> {
        let (whole, decimals) = cut(self.0, b'.').unwrap_or((self.0, ""));
        let is_plain = decimals.bytes().all(|b| b.is_ascii_digit());
        if is_plain { number(whole) } else { None }
    }

    /// `true` or `false`; `None` of any other kind.
    #[must_use]
    pub fn boolean(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// The object it is; `None` of any other kind.
    #[must_use]
    pub fn object(self) -> Option<Object<'t>> {
        self.0.starts_with('{').then_some(Object(self.0))
    }

    /// The elements of the array it is; `None` of any other kind.
    #[must_use]
    pub fn array(self) -> Option<Array<'t>> {
        self.0.strip_prefix('[').map(Array)
    }
}

impl<'t> Object<'t> {
    /// The object as it was written, braces included.
    #[must_use]
    pub const fn text(self) -> &'t str {
        self.0
    }

    /// The value of `name`, if the object has such a member.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Value<'t>> {
        self.raw().find(|(raw, _)| plain(raw) == name).map(|(_, value)| value)
    }

    /// Every member, in the order written.
    pub fn members(self) -> impl Iterator<Item = (Cow<'t, str>, Value<'t>)> {
        self.raw().map(|(raw, value)| (plain(raw), value))
    }

    fn raw(self) -> impl Iterator<Item = (&'t str, Value<'t>)> {
        let mut rest = self.0.strip_prefix('{').unwrap_or_default();
        core::iter::from_fn(move || {
            let (name, after) = split_value(rest)?;
            let (value, after) = split_value(after)?;
            rest = after;
            Some((name.strip_prefix('"')?.strip_suffix('"')?, Value(value)))
        })
    }
}

impl<'t> Iterator for Array<'t> {
    type Item = Value<'t>;

    fn next(&mut self) -> Option<Value<'t>> {
        let (value, rest) = split_value(self.0)?;
        self.0 = rest;
        Some(Value(value))
    }
}

/// The next value of a judged text and what follows it; `None` where a bracket closes.
fn split_value(text: &str) -> Option<(&str, &str)> {
    let is_between = |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':');
    let text = text.get(text.bytes().position(|byte| !is_between(byte))?..)?;
    let (mut end, mut depth, mut quoted, mut escaped) = (0, 0_usize, false, false);
    for byte in text.bytes() {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else {
            match byte {
                b'"' => quoted = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth > 0 => depth -= 1,
                b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => break,
                _ => {}
            }
        }
        end += 1;
    }
    if end == 0 { None } else { text.split_at_checked(end) }
}

fn plain(raw: &str) -> Cow<'_, str> {
    if has(raw, b'\\') { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) }
}

/// A judged string as it is meant.
fn unescape(raw: &str) -> String {
    let (mut text, mut chars) = (String::new(), raw.chars());
    while let Some(c) = next(&mut chars) {
        text.push(c);
    }
    text
}

/// Whether two judged strings mean the same; nothing is written out, for there may be many.
fn is_same(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.chars(), other.chars());
    loop {
        match (next(&mut one), next(&mut other)) {
            (None, None) => return true,
            (here, there) if here != there => return false,
            (_, _) => {}
        }
    }
}

/// The next character of a judged string.
fn next(chars: &mut Chars<'_>) -> Option<char> {
    let first = chars.next()?;
    if first != '\\' {
        return Some(first);
    }
    Some(match chars.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => escaped_char(chars),
        itself => itself,
    })
}

/// What follows `\u`: one unit of UTF-16, or `XXXX\uXXXX`, two that make one character.
fn escaped_char(chars: &mut Chars<'_>) -> char {
    let high = unit(chars);
    let code = if high & 0xfc00 == 0xd800 {
        let low = chars.nth(1).map_or(0, |_| unit(chars));
        0x1_0000 + ((high & 0x3ff) << 10) + (low & 0x3ff)
    } else {
        high
    };
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn unit(chars: &mut Chars<'_>) -> u32 {
    let mut unit = 0;
    for _ in 0..4 {
        unit = unit * 16 + chars.next().and_then(|c| c.to_digit(16)).unwrap_or_default();
    }
    unit
}

/// Texts hold tokens and claims, so they do not print.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(..)")
    }
}

/// Texts hold tokens and claims, so they do not print.
impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Object(..)")
    }
}

/// Texts hold tokens and claims, so they do not print.
impl fmt::Debug for Array<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Array(..)")
    }
}
