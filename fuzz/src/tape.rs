//! Bytes read as decisions: any bytes are a story, and a byte more or less changes little of it.

/// What is left of the bytes; at their end, everything is zero.
#[derive(Clone, Copy, Debug)]
pub struct Tape<'b>(&'b [u8]);

impl<'b> Tape<'b> {
    /// A tape at its beginning.
    pub const fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub const fn is_done(self) -> bool {
        self.0.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// Yes or no.
    pub fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of them, unless there are none; zero is the one made last.
    pub fn latest<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let back = self.byte();
        if from.is_empty() {
            return None;
        }
        from.get(from.len() - 1 - usize::from(back) % from.len()).cloned()
    }

    /// So many bytes as the next byte says, or as there are.
    pub fn bytes(&mut self) -> &'b [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    /// The same as text.
    pub fn text(&mut self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'b [u8] {
        std::mem::take(&mut self.0)
    }
}
