//! What a store keeps, and under which key.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::client::Client;
use super::grant::{Grant, Writer};
use super::name::GrantId;
use super::origin::Mark;
use super::remember::Remembered;
use crate::key::Thumbprint;
use crate::pack::{Packer, Unpacker};
use crate::states::{Machine, State};
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
    /// What a person lets an app have without being asked again.
    Consent {
        /// The person.
        subject: String,
        /// The app.
        client_id: String,
    },
    /// A statement by which a client has proved itself.
    Assertion {
        /// The client.
        client_id: String,
        /// The statement's name.
        jti: String,
    },
    /// A proof of a key that was used.
    Proof {
        /// The key.
        jkt: Thumbprint,
        /// The proof's name.
        jti: String,
    },
    /// A place where pages of registered apps run, as browsers spell it in `Origin`.
    Origin(String),
}

impl Key {
    /// Whose states are kept under it, in the table of
    /// [transitions](crate::states::TRANSITIONS).
    #[must_use]
    pub const fn machine(&self) -> Machine {
        match self {
            Self::Client(_) => Machine::Client,
            Self::Grant(_) => Machine::Grant,
            Self::Developer(_) => Machine::Apps,
            Self::Consent { .. } => Machine::Consent,
            Self::Assertion { .. } | Self::Proof { .. } => Machine::Assertion,
            Self::Origin(_) => Machine::Origin,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(id) => write!(f, "client:{id}"),
            Self::Grant(id) => write!(f, "grant:{}", id.to_text()),
            Self::Developer(subject) => write!(f, "developer:{subject}"),
            // Whatever is in the first part, the two cannot be taken for another two.
            Self::Consent { subject, client_id } => {
                write!(f, "consent:{}:{subject}:{client_id}", subject.len())
            }
            Self::Assertion { client_id, jti } => {
                write!(f, "assertion:{}:{client_id}:{jti}", client_id.len())
            }
            Self::Proof { jkt, jti } => write!(f, "proof:{}:{jti}", jkt.to_text()),
            Self::Origin(origin) => write!(f, "origin:{origin}"),
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
    /// Under [`Key::Consent`].
    Consent(Box<Remembered>),
    /// Under [`Key::Assertion`] or [`Key::Proof`].
    Assertion {
        /// Who stored it.
        writer: Writer,
        /// When the statement is too old anyway.
        until: UnixTime,
    },
    /// Under [`Key::Origin`].
    Origin(Mark),
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

const VERSION: u8 = 4;

impl Record {
    /// The bytes to store.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let head = Packer::new().byte(VERSION);
        match self {
            Self::Client(client) => client.pack(head.byte(1)),
            Self::Grant(grant) => grant.pack(head.byte(2)),
            Self::Developer(apps) => head.byte(3).many(apps.iter(), |p, app| p.text(app)),
            Self::Consent(remembered) => remembered.pack(head.byte(4)),
            Self::Assertion { writer, until } => head.byte(5).array(writer.0).u64(until.as_secs()),
            Self::Origin(mark) => mark.pack(head.byte(6)),
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
            4 => Remembered::unpack(from).map(|it| Self::Consent(Box::new(it))),
            5 => Some(Self::Assertion {
                writer: Writer(from.array()?),
                until: UnixTime::from_secs(from.u64()?),
            }),
            6 => Mark::unpack(from).map(Self::Origin),
            _ => None,
        }
    }

    /// When a store may forget the record; `None` is never.
    #[must_use]
    pub fn dies(&self) -> Option<UnixTime> {
        match self {
            Self::Grant(grant) => Some(grant.terms.dies),
            // Removed and forgotten are the same to everyone who asks.
            Self::Client(client) => client.ends(),
            Self::Developer(_) => None,
            Self::Consent(remembered) => Some(remembered.dies()),
            Self::Assertion { until, .. } => Some(*until),
            Self::Origin(mark) => mark.until,
        }
    }

    /// Where in its life it is as stored, in the table of
    /// [transitions](crate::states::TRANSITIONS). What ends by time alone is judged when it is used.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::Grant(grant) => grant.phase.state(),
            Self::Client(client) if client.removed.is_some() => State::Removed,
            Self::Client(_) => State::Registered,
            Self::Developer(_) => State::Listed,
            Self::Consent(remembered) => remembered.state(),
            Self::Assertion { .. } => State::Used,
            Self::Origin(_) => State::Marked,
        }
    }

    pub(crate) fn client(self) -> Option<Client> {
        if let Self::Client(client) = self { Some(*client) } else { None }
    }

    pub(crate) fn grant(self) -> Option<Grant> {
        if let Self::Grant(grant) = self { Some(*grant) } else { None }
    }

    pub(crate) fn apps(self) -> Option<Vec<String>> {
        if let Self::Developer(apps) = self { Some(apps) } else { None }
    }

    pub(crate) fn remembered(self) -> Option<Remembered> {
        if let Self::Consent(remembered) = self { Some(*remembered) } else { None }
    }

    pub(crate) fn mark(self) -> Option<Mark> {
        if let Self::Origin(mark) = self { Some(mark) } else { None }
    }
}
