//! Where records are kept: two questions, of which one is a compare-and-swap.

pub(crate) mod memory;

use std::fmt;
use std::future::Future;

use grantflow::server::{Expect, Key, Record, Swapped, Versioned};
use grantflow::time::UnixTime;

/// A place for records. A key holds one record; nothing ever spans two keys.
pub(crate) trait Store: Send + Sync + 'static {
    /// The record under `key`, and which state of it that is.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot say.
    fn read(&self, key: &Key)
    -> impl Future<Output = Result<Option<Versioned>, StoreError>> + Send;

    /// Stores `record` under `key` if `expect` still holds, in one step that nothing divides.
    ///
    /// The store may forget the record at `dies`, and never changes it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if nothing was stored and nothing was there to compare with.
    ///
    /// # Security
    ///
    /// [`Swapped::Held`] is said only of what survives everything the store promises to survive.
    fn swap(
        &self,
        key: &Key,
        expect: Expect,
        record: Record,
        dies: Option<UnixTime>,
    ) -> impl Future<Output = Result<Swapped, StoreError>> + Send;
}

/// The store cannot answer. Nothing was changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum StoreError {
    /// As many records as it may hold, all alive.
    Full,
    /// It broke while it was being changed.
    Broken,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the store is full",
            Self::Broken => "the store is broken",
        })
    }
}

impl std::error::Error for StoreError {}
