//! Damage done to messages on purpose, the same in every run, to see that nothing panics.

use alloc::vec::Vec;

/// Numbers that look random (xorshift).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// `count` copies of `whole`, each with one to three bytes changed, added or cut out.
pub(crate) fn mangled(whole: &[u8], count: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut dice = Dice::new(count as u64);
    (0..count).map(move |_| {
        let mut bytes = whole.to_vec();
        for _ in 0..=dice.below(3) {
            let at = dice.below(bytes.len());
            let other = whole[dice.below(whole.len())];
            match dice.below(12) {
                0 | 1 => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
                2..=5 => bytes[at] = other,
                6..=8 => bytes.insert(at, other),
                9 | 10 if bytes.len() > 8 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        bytes
    })
}
