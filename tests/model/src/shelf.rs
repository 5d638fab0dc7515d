//! The records of a state, and the only two things that can be done with them.

use grantflow::server::{Expect, Key, Versioned};

use crate::book::Id;
use crate::host::{Flight, Host, Place, Store};

/// Records under their keys; those that no request changes are the host's.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Shelf(Vec<(Id<Key>, Id<Versioned>)>);

impl Shelf {
    pub(crate) fn get(&self, key: Id<Key>) -> Option<Id<Versioned>> {
        self.0.iter().find(|(there, _)| *there == key).map(|(_, record)| *record)
    }

    pub(crate) fn put(&mut self, key: Id<Key>, record: Id<Versioned>) {
        self.forget(key);
        self.0.push((key, record));
        self.0.sort_unstable();
    }

    pub(crate) fn forget(&mut self, key: Id<Key>) {
        self.0.retain(|(there, _)| *there != key);
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = Id<Key>> {
        self.0.iter().map(|(key, _)| *key)
    }

    /// Whether what a swap expects is what is there.
    pub(crate) fn is_as_expected(&self, host: &Host, place: Place) -> bool {
        let there = self.get(place.key).map(|record| host.records.get(record).version);
        there.map_or(Expect::Absent, Expect::Version) == place.expect
    }
}

/// An honest store, over which requests go one after the other.
pub(crate) struct Honest<'h> {
    pub(crate) host: &'h Host,
    pub(crate) shelf: Shelf,
}

impl Store for Honest<'_> {
    fn read(&self, key: Id<Key>, _: &Flight) -> Option<Id<Versioned>> {
        self.shelf.get(key)
    }

    fn swap(&mut self, place: Place, _: &Flight) -> bool {
        let holds = self.shelf.is_as_expected(self.host, place);
        if holds {
            self.shelf.put(place.key, place.then);
        }
        holds
    }
}
