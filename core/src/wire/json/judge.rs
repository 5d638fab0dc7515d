//! The one pass over a text that decides whether it is JSON.

use alloc::vec::Vec;

use super::{DEEPEST_JSON, JsonError, MOST_MEMBERS, is_same};

/// Judges all of `text` and gives the value in it, without the space around it.
pub(super) fn whole(text: &str) -> Result<&str, JsonError> {
    let mut judge = Judge { text, at: 0, names: Vec::new() };
    judge.space();
    let start = judge.at;
    judge.value(0)?;
    let value = text.get(start..judge.at).ok_or(JsonError::Syntax)?;
    judge.space();
    if judge.at == text.len() { Ok(value) } else { Err(JsonError::Syntax) }
}

struct Judge<'t> {
    text: &'t str,
    at: usize,
    /// The names met in every object that is still open, as written.
    names: Vec<&'t str>,
}

impl<'t> Judge<'t> {
    /// The next byte; NUL, which is never right outside a string, at the end.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == byte;
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.take(byte) { Ok(()) } else { Err(JsonError::Syntax) }
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), JsonError> {
        match self.peek() {
            b'{' | b'[' if depth == DEEPEST_JSON => Err(JsonError::TooDeep),
            b'{' => self.object(depth + 1),
            b'[' => self.array(depth + 1),
            b'"' => self.string().map(drop),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            _ => Err(JsonError::Syntax),
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), JsonError> {
        word.bytes().try_for_each(|byte| self.expect(byte))
    }

    fn object(&mut self, depth: usize) -> Result<(), JsonError> {
        let outer = self.names.len();
        self.at += 1;
        self.space();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.space();
            let name = self.string()?;
            let siblings = self.names.get(outer..).unwrap_or_default();
            if siblings.len() == MOST_MEMBERS {
                return Err(JsonError::TooManyMembers);
            }
            if siblings.iter().any(|sibling| is_same(sibling, name)) {
                return Err(JsonError::Duplicate);
            }
            self.names.push(name);
            self.space();
            self.expect(b':')?;
            self.space();
            self.value(depth)?;
            self.space();
            if !self.take(b',') {
                break;
            }
        }
        self.names.truncate(outer);
        self.expect(b'}')
    }

    fn array(&mut self, depth: usize) -> Result<(), JsonError> {
        self.at += 1;
        self.space();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.space();
            self.value(depth)?;
            self.space();
            if !self.take(b',') {
                return self.expect(b']');
            }
        }
    }

    /// Gives what is between the quotes, as written.
    fn string(&mut self) -> Result<&'t str, JsonError> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match self.peek() {
                b'"' => break,
                b'\\' => self.escape()?,
                0..=0x1f => return Err(JsonError::Syntax),
                _ => self.at += 1,
            }
        }
        let inner = self.text.get(start..self.at).ok_or(JsonError::Syntax)?;
        self.at += 1;
        Ok(inner)
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        let kind = self.peek();
        self.at += 1;
        match kind {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => match self.hex()? {
                0xd800..=0xdbff => {
                    self.literal("\\u").map_err(|_| JsonError::NotUtf8)?;
                    let low = self.hex()?;
                    if (0xdc00..=0xdfff).contains(&low) { Ok(()) } else { Err(JsonError::NotUtf8) }
                }
                0xdc00..=0xdfff => Err(JsonError::NotUtf8),
                _ => Ok(()),
            },
            _ => Err(JsonError::Syntax),
        }
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = char::from(self.peek()).to_digit(16).ok_or(JsonError::Syntax)?;
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<(), JsonError> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'-') {
                self.take(b'+');
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(JsonError::Syntax) }
    }
}
