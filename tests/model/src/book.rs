//! Values by number, and answers that were worked out before.
//!
//! A model's states hold numbers instead of texts and records, and the functions of the core are
//! pure: what one of them answered once it answers again. So a search of a million states calls the
//! core some thousand times.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

/// The number of a value in its [`Book`].
pub(crate) struct Id<T>(u32, PhantomData<fn() -> T>);

impl<T> Id<T> {
    pub(crate) const fn number(self) -> u32 {
        self.0
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Values that can be told apart by how they are spelled.
pub(crate) trait Spelled {
    /// Two values are the same if and only if this is.
    fn spell(&self) -> Vec<u8>;
}

impl Spelled for String {
    fn spell(&self) -> Vec<u8> {
        self.clone().into_bytes()
    }
}

/// Values, each under a number of its own.
pub(crate) struct Book<T>(Mutex<Pages<T>>);

struct Pages<T> {
    numbers: HashMap<Vec<u8>, Id<T>, Quick>,
    values: Vec<Arc<T>>,
}

impl<T: Spelled> Book<T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Pages { numbers: HashMap::default(), values: Vec::new() }))
    }

    /// The number of a value.
    pub(crate) fn id(&self, value: T) -> Id<T> {
        let spelling = value.spell();
        let mut pages = self.0.lock().unwrap();
        if let Some(id) = pages.numbers.get(&spelling) {
            return *id;
        }
        let id = Id(u32::try_from(pages.values.len()).unwrap(), PhantomData);
        pages.values.push(Arc::new(value));
        pages.numbers.insert(spelling, id);
        id
    }

    /// The value of a number.
    pub(crate) fn get(&self, id: Id<T>) -> Arc<T> {
        Arc::clone(&self.0.lock().unwrap().values[usize::try_from(id.0).unwrap()])
    }
}

/// What a pure function answered.
pub(crate) struct Memo<K, V>(Mutex<HashMap<K, V, Quick>>);

type Quick = BuildHasherDefault<Mix>;

/// A quick hash: nobody chooses the keys to make it slow.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 29);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Memo<K, V> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(HashMap::default()))
    }

    /// What it answers now.
    pub(crate) fn of(&self, key: &K, work_out: impl FnOnce() -> V) -> V {
        if let Some(known) = self.0.lock().unwrap().get(key) {
            return known.clone();
        }
        let value = work_out();
        self.0.lock().unwrap().insert(key.clone(), value.clone());
        value
    }
}
