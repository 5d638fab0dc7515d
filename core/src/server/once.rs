//! A statement is good once: the store is to remember it before anything comes of it.

use alloc::boxed::Box;

use super::authenticate::{self, ClientAuthError, Purpose};
use super::client::Client;
use super::grant::Writer;
use super::handle::Call;
use super::issue::Decided;
use super::proof::ProofError;
use super::record::{Key, Record, Versioned};
use super::reply;
use super::token::{MOST_ROUNDS, TokenError};
use super::turn::{AfterRead, AfterSwap, Expect, Read, Swap, Swapped, Turn};
use crate::time::UnixTime;

/// What goes on once it is known that nobody has used the statement before.
pub(crate) enum Next<'s> {
    /// The client is believed.
    Client(Box<Client>, Purpose),
    /// The key is believed.
    Proof(Box<Decided<'s>>),
}

/// The statement is signed; the store is to remember it, so that it is used once.
pub(crate) struct AwaitingUse<'s> {
    call: Call<'s>,
    key: Key,
    /// When the statement is too old anyway.
    until: UnixTime,
    writer: Writer,
    next: Next<'s>,
    rounds: u8,
}

impl<'s> AwaitingUse<'s> {
    pub(crate) fn ask(
        call: Call<'s>,
        (key, until): (Key, UnixTime),
        writer: Writer,
        next: Next<'s>,
    ) -> Turn<'s> {
        Self { call, key, until, writer, next, rounds: 0 }.store()
    }

    fn store(self) -> Turn<'s> {
        let record = Record::Assertion { writer: self.writer, until: self.until };
        let place = (self.key.clone(), Expect::Absent);
        Swap::ask(self.call, place, record, AfterSwap::Assertion(self.into()))
    }

    pub(crate) fn swapped(self, swapped: Swapped) -> Turn<'s> {
        match swapped {
            Swapped::Held => self.go_on(),
            Swapped::Lost => self.refuse(),
            Swapped::Unknown => {
                Read::ask(self.call, self.key.clone(), AfterRead::Assertion(self.into()))
            }
        }
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        match record.map(|found| found.record) {
            Some(Record::Assertion { writer, .. }) if writer == self.writer => self.go_on(),
            Some(_) => self.refuse(),
            None if self.rounds < MOST_ROUNDS => Self { rounds: self.rounds + 1, ..self }.store(),
            None => reply::unavailable(&self.call),
        }
    }

    fn go_on(self) -> Turn<'s> {
        match self.next {
            Next::Client(client, purpose) => purpose.go_on(self.call, *client, self.writer),
            Next::Proof(decided) => decided.go_on(),
        }
    }

    fn refuse(self) -> Turn<'s> {
        match self.next {
            Next::Client(client, _) => {
                authenticate::refuse(&self.call, client.client_id, ClientAuthError::Replayed)
            }
            Next::Proof(_) => reply::token(&self.call, TokenError::Proof(ProofError::Replayed)),
        }
    }
}
