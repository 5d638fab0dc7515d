//! Damage done to inputs, the same in every run: what a stable compiler can do of libFuzzer's work.

use std::sync::LazyLock;

/// The words of the protocol, as libFuzzer reads them, too.
const DICTIONARY: &str = include_str!("../dictionary");

/// Most bytes of what comes out.
pub const LONGEST: usize = 4096;

/// Numbers that look random (xorshift).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The same seed, the same numbers.
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or_default()
    }
}

/// A damaged copy of one of `inputs`, of which there is at least one.
pub fn damaged(inputs: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = inputs[dice.below(inputs.len())].clone();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + 1 + dice.below(16)).min(bytes.len());
        match dice.below(10) {
            0 | 1 => {
                let byte = dice.byte();
                bytes.splice(at..bytes.len().min(at + 1), [byte]);
            }
            2 => bytes.insert(at, dice.byte()),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let copy = bytes[at..end].to_vec();
                let to = dice.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            5 | 6 => {
                let word = dice.below(WORDS.len());
                let end = if dice.below(2) == 0 { at } else { end };
                bytes.splice(at..end, WORDS[word].iter().copied());
            }
            7 => {
                let other = &inputs[dice.below(inputs.len())];
                let from = dice.below(other.len() + 1);
                bytes.splice(at.., other[from..].iter().copied());
            }
            8 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            _ => bytes.truncate(at),
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

static WORDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let quoted = |line: &str| line.strip_prefix('"')?.strip_suffix('"').map(unescaped);
    DICTIONARY.lines().filter_map(quoted).collect()
});

/// A word as it is meant: `\xAB`, `\\` and `\"` stand for one byte.
fn unescaped(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.strip_prefix(b"x").and_then(|digits| digits.get(..2));
        let hex = hex.and_then(|digits| std::str::from_utf8(digits).ok());
        let hex = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let (byte, length) = match (first, hex, after) {
            (b'\\', Some(byte), _) => (byte, 4),
            (b'\\', None, [escaped, ..]) => (*escaped, 2),
            _ => (*first, 1),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    bytes
}
