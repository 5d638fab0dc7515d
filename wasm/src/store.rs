//! What the server remembers: one map, swapped record by record, saved and brought back whole.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use grantflow::server::{Expect, Key, Record, Swapped, Versioned};
use grantflow::time::UnixTime;

/// The name of the format, and its version.
const HEAD: &[u8] = b"grantflow snapshot 1\n";

/// Records under their keys' texts, in that order.
#[derive(Debug, Default)]
pub(crate) struct Store(Vec<(String, Versioned)>);

/// Bytes that [`Store::snapshot`] did not make: damaged, or from another version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SnapshotError;

impl Store {
    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(there, _)| there.as_str().cmp(key))
    }

    /// What is under `key`.
    pub(crate) fn find(&self, key: &Key) -> Option<Versioned> {
        let at = self.place(&key.to_string()).ok()?;
        self.0.get(at).map(|(_, found)| found.clone())
    }

    /// Stores `record` if what is under `key` is what is expected, and forgets what died by `now`.
    pub(crate) fn swap(
        &mut self,
        key: &Key,
        expect: Expect,
        record: &Record,
        now: UnixTime,
    ) -> Swapped {
        let there = self.find(key).map(|found| found.version);
        if there.map_or(Expect::Absent, Expect::Version) != expect {
            return Swapped::Lost;
        }
        self.put(key, record.clone());
        self.0.retain(|(_, found)| found.record.dies().is_none_or(|dies| now < dies));
        Swapped::Held
    }

    /// Stores `record` whatever is there, one version up.
    pub(crate) fn put(&mut self, key: &Key, record: Record) {
        let key = key.to_string();
        match self.place(&key) {
            Ok(at) => {
                if let Some((_, found)) = self.0.get_mut(at) {
                    *found = Versioned { version: found.version + 1, record };
                }
            }
            Err(at) => self.0.insert(at, (key, Versioned { version: 1, record })),
        }
    }

    /// Everything, as bytes.
    pub(crate) fn snapshot(&self) -> Vec<u8> {
        let mut bytes = HEAD.to_vec();
        for (key, found) in &self.0 {
            push(&mut bytes, key.as_bytes());
            bytes.extend_from_slice(&found.version.to_be_bytes());
            push(&mut bytes, &found.record.encode());
        }
        bytes
    }

    /// Everything that was there when `bytes` were taken.
    pub(crate) fn restore(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let mut rest = bytes.strip_prefix(HEAD).ok_or(SnapshotError)?;
        let mut store = Self::default();
        while !rest.is_empty() {
            let (key, found) = entry(&mut rest).ok_or(SnapshotError)?;
            if store.0.last().is_some_and(|(last, _)| *last >= key) {
                return Err(SnapshotError);
            }
            store.0.push((key, found));
        }
        Ok(store)
    }
}

fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    // No key or record comes near 4 GiB in a memory of 4 GiB.
    bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(part);
}

fn entry(rest: &mut &[u8]) -> Option<(String, Versioned)> {
    let key = core::str::from_utf8(part(rest)?).ok()?.into();
    let version = u64::from_be_bytes(take(rest, 8)?.try_into().ok()?);
    let record = Record::decode(part(rest)?).ok()?;
    Some((key, Versioned { version, record }))
}

fn part<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = u32::from_be_bytes(take(rest, 4)?.try_into().ok()?);
    take(rest, usize::try_from(length).ok()?)
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_000);

    #[test]
    fn a_swap_happens_once_for_each_state_it_expects() {
        let mut store = Store::default();
        let mut swap = |expect| store.swap(&key("ada"), expect, &apps("a"), NOW);
        assert_eq!(swap(Expect::Version(1)), Swapped::Lost);
        assert_eq!(swap(Expect::Absent), Swapped::Held);
        assert_eq!(swap(Expect::Absent), Swapped::Lost);
        assert_eq!(swap(Expect::Version(1)), Swapped::Held);
        assert_eq!(swap(Expect::Version(1)), Swapped::Lost);
        assert_eq!(store.find(&key("ada")).unwrap().version, 2);
    }

    #[test]
    fn a_snapshot_brings_back_records_and_their_versions() {
        let store = full();
        let back = Store::restore(&store.snapshot()).unwrap();
        for name in ["ada", "bob", "eve"] {
            assert_eq!(back.find(&key(name)), store.find(&key(name)), "{name}");
        }
        assert_eq!(back.find(&key("bob")).unwrap().version, 2);
        assert_eq!(back.snapshot(), store.snapshot());
    }

    #[test]
    fn bytes_that_are_no_snapshot_are_refused() {
        let good = full().snapshot();
        let whole: Vec<usize> = (0..3).map(|count| first(count).snapshot().len()).collect();
        for end in (0..good.len()).filter(|end| !whole.contains(end)) {
            assert!(Store::restore(&good[..end]).is_err(), "{end} bytes");
        }
        let twice = [&good, &good[HEAD.len()..]].concat();
        assert_eq!(Store::restore(&twice).err(), Some(SnapshotError));
        let mut newer = good;
        newer[HEAD.len() - 2] = b'2';
        assert_eq!(Store::restore(&newer).err(), Some(SnapshotError));
    }

    fn key(subject: &str) -> Key {
        Key::Developer(subject.into())
    }

    fn apps(id: &str) -> Record {
        Record::Developer([id.into()].into())
    }

    fn full() -> Store {
        first(3)
    }

    fn first(count: usize) -> Store {
        let mut store = Store::default();
        for name in ["ada", "bob", "eve"].into_iter().take(count) {
            store.put(&key(name), apps(name));
            if name == "bob" {
                store.put(&key(name), apps("another"));
            }
        }
        store
    }
}
