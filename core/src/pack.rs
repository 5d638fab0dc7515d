//! The bytes of a stored record or a sealed form: lengths before contents, nothing optional.

use alloc::string::String;
use alloc::vec::Vec;

/// Writes values one after the other.
#[derive(Debug, Default)]
pub(crate) struct Packer(Vec<u8>);

impl Packer {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn byte(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub(crate) fn u32(self, value: u32) -> Self {
        self.array(value.to_be_bytes())
    }

    pub(crate) fn u64(self, value: u64) -> Self {
        self.array(value.to_be_bytes())
    }

    pub(crate) fn array<const N: usize>(mut self, value: [u8; N]) -> Self {
        self.0.extend_from_slice(&value);
        self
    }

    pub(crate) fn bytes(mut self, value: &[u8]) -> Self {
        // Nothing that long gets in: every reader of input stops at 64 KiB.
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        self = self.u32(length);
        self.0.extend_from_slice(value);
        self
    }

    pub(crate) fn text(self, value: &str) -> Self {
        self.bytes(value.as_bytes())
    }

    /// One byte that says whether it is there, then the value.
    pub(crate) fn maybe<T>(self, value: Option<T>, pack: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            None => self.byte(0),
            Some(value) => pack(self.byte(1), value),
        }
    }

    pub(crate) fn many<T>(
        self,
        values: impl ExactSizeIterator<Item = T>,
        pack: impl Fn(Self, T) -> Self,
    ) -> Self {
        let count = u32::try_from(values.len()).unwrap_or(u32::MAX);
        values.fold(self.u32(count), pack)
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads the same values in the same order; `None` at the first byte that does not fit.
#[derive(Debug)]
pub(crate) struct Unpacker<'b>(&'b [u8]);

impl<'b> Unpacker<'b> {
    pub(crate) const fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn slice(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.slice(N)?.try_into().ok()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    /// One byte that says yes or no.
    pub(crate) fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        self.slice(length)
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        core::str::from_utf8(self.bytes()?).ok().map(String::from)
    }

    #[expect(clippy::option_option, reason = "outside: unreadable; inside: not there")]
    pub(crate) fn maybe<T>(
        &mut self,
        unpack: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.flag()? { unpack(self).map(Some) } else { Some(None) }
    }

    pub(crate) fn many<T>(
        &mut self,
        mut unpack: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = self.u32()?;
        (0..count).map(|_| unpack(self)).collect()
    }

    /// Whether everything was read; bytes left over are as wrong as bytes missing.
    pub(crate) const fn is_done(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_unpacks_and_nothing_else_does() {
        let packed = Packer::new()
            .byte(7)
            .u64(1 << 40)
            .text("ünïcode")
            .maybe(Some("x"), Packer::text)
            .maybe(None, |p, ()| p)
            .many(["a", "b"].iter(), |p, word| p.text(word))
            .finish();
        let unpack = |bytes: &[u8]| {
            let mut from = Unpacker::new(bytes);
            let all = (
                from.byte()?,
                from.u64()?,
                from.text()?,
                from.maybe(Unpacker::text)?,
                from.maybe(Unpacker::text)?,
                from.many(Unpacker::text)?,
            );
            from.is_done().then_some(all)
        };
        let (byte, long, text, some, none, many) = unpack(&packed).unwrap();
        assert_eq!((byte, long, text.as_str()), (7, 1 << 40, "ünïcode"));
        assert_eq!((some.as_deref(), none), (Some("x"), None));
        assert_eq!(many, ["a", "b"]);
        for shorter in 0..packed.len() {
            assert!(unpack(&packed[..shorter]).is_none());
        }
        assert!(unpack(&[packed.as_slice(), &[0]].concat()).is_none());
    }

    #[test]
    fn a_length_that_lies_is_refused_without_reserving_for_it() {
        assert!(Unpacker::new(&[0xff; 8]).bytes().is_none());
        assert!(Unpacker::new(&[0xff; 8]).many(Unpacker::u64).is_none());
    }
}
