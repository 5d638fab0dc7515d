//! What a store keeps, and under which key.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::client::Client;
use super::grant::Grant;
use super::name::GrantId;
use crate::pack::{Packer, Unpacker};
use crate::time::UnixTime;

/// Where a record is kept. One record is one key; nothing ever spans two.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Key {
    /// A client, by its `client_id`.
    Client(String),
    /// A grant.
    Grant(GrantId),
    /// The apps of a developer, by subject.
    Developer(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(id) => write!(f, "client:{id}"),
            Self::Grant(id) => write!(f, "grant:{}", id.to_text()),
            Self::Developer(subject) => write!(f, "developer:{subject}"),
        }
    }
}

/// What a store keeps under a [`Key`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Record {
    /// Under [`Key::Client`].
    Client(Box<Client>),
    /// Under [`Key::Grant`].
    Grant(Box<Grant>),
    /// Under [`Key::Developer`]: the `client_id` of each app, oldest first.
    Developer(Vec<String>),
}

/// A record, and which state of it this is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Versioned {
    /// Goes up by one with each swap; the first is 1.
    pub version: u64,
    /// The record.
    pub record: Record,
}

/// Stored bytes that are not a record: damaged, or from a newer version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RecordError;

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stored bytes are not a record of this version")
    }
}

impl core::error::Error for RecordError {}

const VERSION: u8 = 1;

impl Record {
    /// The bytes to store.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let head = Packer::new().byte(VERSION);
        match self {
            Self::Client(client) => client.pack(head.byte(1)),
            Self::Grant(grant) => grant.pack(head.byte(2)),
            Self::Developer(apps) => head.byte(3).many(apps.iter(), |p, app| p.text(app)),
        }
        .finish()
    }

    /// Reads stored bytes.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if [`Record::encode`] did not make them.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut from = Unpacker::new(bytes);
        let record = Self::unpack(&mut from).ok_or(RecordError)?;
        if from.is_done() { Ok(record) } else { Err(RecordError) }
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        if from.byte()? != VERSION {
            return None;
        }
        match from.byte()? {
            1 => Client::unpack(from).map(|client| Self::Client(Box::new(client))),
            2 => Grant::unpack(from).map(|grant| Self::Grant(Box::new(grant))),
            3 => from.many(Unpacker::text).map(Self::Developer),
            _ => None,
        }
    }

    /// When a store may forget the record; `None` is never.
    #[must_use]
    pub fn dies(&self) -> Option<UnixTime> {
        match self {
            Self::Grant(grant) => Some(grant.terms.dies),
            // Removed and forgotten are the same to everyone who asks.
            Self::Client(client) => client.removed,
            Self::Developer(_) => None,
        }
    }

    pub(crate) fn client(self) -> Option<Client> {
        match self {
            Self::Client(client) => Some(*client),
            Self::Grant(_) | Self::Developer(_) => None,
        }
    }

    pub(crate) fn grant(self) -> Option<Grant> {
        match self {
            Self::Grant(grant) => Some(*grant),
            Self::Client(_) | Self::Developer(_) => None,
        }
    }

    pub(crate) fn apps(self) -> Option<Vec<String>> {
        match self {
            Self::Developer(apps) => Some(apps),
            Self::Client(_) | Self::Grant(_) => None,
        }
    }
}
