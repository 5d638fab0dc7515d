//! JSON written compactly, members in the order given.

use alloc::string::String;
use core::fmt;

use crate::text::push_digits;

/// An object in the making.
#[must_use]
pub struct Writer {
    out: String,
}

impl Writer {
    /// An object without members yet.
    pub fn object() -> Self {
        Self { out: String::from("{") }
    }

    /// The same with a string more.
    pub fn string(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        quote(&mut self.out, value);
        self
    }

    /// The same with a string more, if there is one.
    pub fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.string(name, value),
            None => self,
        }
    }

    /// The same with a number more.
    pub fn integer(mut self, name: &str, value: u64) -> Self {
        self.name(name);
        push_digits(&mut self.out, value);
        self
    }

    /// The same with `true` or `false` more.
    pub fn boolean(self, name: &str, value: bool) -> Self {
        self.raw(name, if value { "true" } else { "false" })
    }

    /// The same with an array of strings more.
    pub fn strings<S: AsRef<str>>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        self.name(name);
        self.out.push('[');
        for (at, value) in values.into_iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            quote(&mut self.out, value.as_ref());
        }
        self.out.push(']');
        self
    }

    /// The same with a value more that is JSON already; nobody looks whether it is.
    pub fn raw(mut self, name: &str, json_text: &str) -> Self {
        self.name(name);
        self.out.push_str(json_text);
        self
    }

    /// The text of the object.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.out.push('}');
        self.out
    }

    fn name(&mut self, name: &str) {
        if self.out.len() > 1 {
            self.out.push(',');
        }
        quote(&mut self.out, name);
        self.out.push(':');
    }
}

/// Bodies hold tokens, so they do not print.
impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer(..)")
    }
}

/// Appends `text` as a JSON string
/// ([RFC 8259 §7](https://www.rfc-editor.org/rfc/rfc8259#section-7)).
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        let short = match c {
            '"' | '\\' => c,
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\0'..='\u{1f}' => {
                out.push_str(if c < '\u{10}' { "\\u000" } else { "\\u001" });
                out.extend(char::from_digit(u32::from(c) % 16, 16));
                continue;
            }
            _ => {
                out.push(c);
                continue;
            }
        };
        out.push('\\');
        out.push(short);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_compact_and_keeps_its_order() {
        let text = Writer::object()
            .string("b", "x\n")
            .integer("a", 1_700_000_000)
            .integer("zero", 0)
            .integer("most", u64::MAX)
            .boolean("yes", true)
            .maybe("none", None)
            .maybe("some", Some("é<>&"))
            .strings("list", ["p", "q"])
            .strings("empty", [""; 0])
            .raw("inner", &Writer::object().finish())
            .finish();
        assert_eq!(
            text,
            r#"{"b":"x\n","a":1700000000,"zero":0,"most":18446744073709551615,"yes":true,"some":"é<>&","list":["p","q"],"empty":[],"inner":{}}"#
        );
    }

    #[test]
    fn a_quoted_string_is_what_serde_json_writes() {
        let every: String = ('\0'..='\u{ff}').chain(['\u{2028}', '😀']).collect();
        let mut ours = String::new();
        quote(&mut ours, &every);
        assert_eq!(ours, serde_json::to_string(&every).unwrap());
    }
}
