//! Records in the memory of one process, gone when it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use grantflow::server::{Expect, Key, Record, Swapped, Versioned};
use grantflow::time::UnixTime;

use super::{Store, StoreError};

/// Most records; each takes about half a kilobyte.
const MOST_RECORDS: usize = 500_000;

/// Most records that one swap forgets: bounds the work that a quiet night leaves behind.
const MOST_BURIED: usize = 8;

/// Records in memory, as many as may be and no more.
///
/// There is no timer: each new record first sweeps out a few whose time has come. When all are
/// alive there is no room, for forgetting a live one could make a spent code good again.
#[derive(Debug)]
pub(crate) struct Memory {
    room: usize,
    clock: fn() -> UnixTime,
    records: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    records: BTreeMap<Key, (Versioned, Option<UnixTime>)>,
    by_death: BTreeSet<(UnixTime, Key)>,
}

impl Memory {
    /// An empty store that buries by `clock`.
    pub(crate) const fn new(clock: fn() -> UnixTime) -> Self {
        Self::with_room(MOST_RECORDS, clock)
    }

    const fn with_room(room: usize, clock: fn() -> UnixTime) -> Self {
        let kept = Kept { records: BTreeMap::new(), by_death: BTreeSet::new() };
        Self { room, clock, records: Mutex::new(kept) }
    }

    fn lock(&self) -> Result<MutexGuard<'_, Kept>, StoreError> {
        self.records.lock().map_err(|_| StoreError::Broken)
    }
}

impl Store for Memory {
    async fn read(&self, key: &Key) -> Result<Option<Versioned>, StoreError> {
        Ok(self.lock()?.records.get(key).map(|(versioned, _)| versioned.clone()))
    }

    async fn swap(
        &self,
        key: &Key,
        expect: Expect,
        record: Record,
        dies: Option<UnixTime>,
    ) -> Result<Swapped, StoreError> {
        let mut kept = self.lock()?;
        let there = kept.records.get(key).map(|(versioned, dies)| (versioned.version, *dies));
        let version = match (expect, there) {
            (Expect::Absent, None) => {
                kept.bury((self.clock)());
                if kept.records.len() >= self.room {
                    return Err(StoreError::Full);
                }
                1
            }
            (Expect::Version(expected), Some((version, _))) if expected == version => version + 1,
            (Expect::Absent | Expect::Version(_), _) => return Ok(Swapped::Lost),
        };
        if let Some((_, Some(died))) = there {
            kept.by_death.remove(&(died, key.clone()));
        }
        if let Some(dies) = dies {
            kept.by_death.insert((dies, key.clone()));
        }
        kept.records.insert(key.clone(), (Versioned { version, record }, dies));
        Ok(Swapped::Held)
    }
}

impl Kept {
    fn bury(&mut self, now: UnixTime) {
        for _ in 0..MOST_BURIED {
            if self.by_death.first().is_none_or(|(dies, _)| *dies > now) {
                return;
            }
            if let Some((_, key)) = self.by_death.pop_first() {
                self.records.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1000);

    #[tokio::test]
    async fn a_swap_holds_only_against_what_it_expects() {
        let store = Memory::new(|| NOW);
        assert_eq!(store.read(&key(1)).await, Ok(None));
        assert_eq!(put(&store, 1, Expect::Version(1), None).await, Ok(Swapped::Lost));
        assert_eq!(put(&store, 1, Expect::Absent, None).await, Ok(Swapped::Held));
        assert_eq!(put(&store, 1, Expect::Absent, None).await, Ok(Swapped::Lost));
        assert_eq!(put(&store, 1, Expect::Version(1), None).await, Ok(Swapped::Held));
        assert_eq!(put(&store, 1, Expect::Version(1), None).await, Ok(Swapped::Lost));
        assert_eq!(store.read(&key(1)).await.unwrap().unwrap().version, 2);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn eight_racers_on_one_record_have_one_winner() {
        let store = Arc::new(Memory::new(|| NOW));
        for round in 0..200 {
            let expect = if round == 0 { Expect::Absent } else { Expect::Version(round) };
            let racers: Vec<_> = (0..8)
                .map(|_| {
                    let store = Arc::clone(&store);
                    tokio::spawn(async move { put(&store, 1, expect, None).await })
                })
                .collect();
            let mut winners = 0;
            for racer in racers {
                winners += usize::from(racer.await.unwrap() == Ok(Swapped::Held));
            }
            assert_eq!(winners, 1);
        }
    }

    #[tokio::test]
    async fn the_dead_make_room_and_the_living_never_do() {
        let store = Memory::with_room(2, || NOW);
        put(&store, 1, Expect::Absent, Some(NOW)).await.unwrap();
        put(&store, 2, Expect::Absent, Some(UnixTime::from_secs(1001))).await.unwrap();
        assert_eq!(put(&store, 3, Expect::Absent, None).await, Ok(Swapped::Held));
        assert_eq!(store.read(&key(1)).await, Ok(None));
        assert_eq!(put(&store, 4, Expect::Absent, None).await, Err(StoreError::Full));
        assert!(store.read(&key(2)).await.unwrap().is_some());
        assert_eq!(put(&store, 2, Expect::Version(1), None).await, Ok(Swapped::Held));
    }

    #[tokio::test]
    async fn a_record_whose_death_moved_is_buried_at_the_later_time() {
        let store = Memory::new(|| NOW);
        put(&store, 1, Expect::Absent, Some(NOW)).await.unwrap();
        put(&store, 1, Expect::Version(1), Some(UnixTime::from_secs(2000))).await.unwrap();
        put(&store, 2, Expect::Absent, None).await.unwrap();
        assert!(store.read(&key(1)).await.unwrap().is_some());
    }

    async fn put(
        store: &Memory,
        name: u8,
        expect: Expect,
        dies: Option<UnixTime>,
    ) -> Result<Swapped, StoreError> {
        store.swap(&key(name), expect, Record::Developer(vec![]), dies).await
    }

    fn key(name: u8) -> Key {
        Key::Developer(name.to_string())
    }
}
