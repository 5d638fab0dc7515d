//! Which pages of other origins may read what this server answers.
//!
//! Metadata and keys are for everybody; where a cookie counts, nobody may
//! ([RFC 9700 §2.6](https://www.rfc-editor.org/rfc/rfc9700#section-2.6)). Tokens are for the pages of
//! registered apps: an origin is marked when a browser is sent back to it with a code, and the mark
//! outlives the tokens that the code can buy.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::bound::Back;
use super::client::Client;
use super::handle::{self, Call};
use super::login::Login;
use super::policy::Policy;
use super::record::{Key, Record, Versioned};
use super::turn::{AfterRead, Read, Turn, found};
use crate::entropy::Entropy;
use crate::pack::{Packer, Unpacker};
use crate::time::UnixTime;
use crate::uri;
use crate::wire::http::Request;

/// Where the pages of the app run that is answered at this address, if they are pages.
pub(crate) fn of(back: &Back) -> Option<String> {
    uri::web_origin(&back.redirect_uri)
}

/// The mark of an origin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mark {
    /// How long pages there may read answers; `None` is for ever.
    pub until: Option<UnixTime>,
}

impl Mark {
    fn is_good(self, now: UnixTime) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    pub(crate) fn pack(self, to: Packer) -> Packer {
        to.maybe(self.until, |p, until| p.u64(until.as_secs()))
    }

    pub(crate) fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self { until: from.maybe(Unpacker::u64)?.map(UnixTime::from_secs) })
    }
}

/// The mark that an origin needs now; `None` if the one it has will do.
pub(crate) fn renewed(mark: Option<Mark>, call: &Call<'_>) -> Option<Mark> {
    let lifetime = lifetime(&call.server.policy);
    // Once in half a lifetime is often enough.
    let will_do = mark.is_some_and(|mark| mark.is_good(call.now + lifetime / 2));
    (!will_do).then(|| Mark { until: Some(call.now + lifetime) })
}

/// Twice what tokens can live, so that a mark of which half is gone still outlives them.
fn lifetime(policy: &Policy) -> Duration {
    let first = policy.refresh_lifetime.max(policy.code_lifetime);
    first.saturating_add(policy.access_token_lifetime).saturating_mul(2)
}

impl Client {
    /// The records to store for a client that an operator declares: itself, and marks that do not
    /// end for the origins of its pages.
    pub fn records(self) -> impl Iterator<Item = (Key, Record)> {
        let marks: Vec<_> = self.origins().map(Key::Origin).collect();
        let client = (Key::Client(self.client_id.clone()), Record::Client(Box::new(self)));
        let mark = |key| (key, Record::Origin(Mark { until: None }));
        core::iter::once(client).chain(marks.into_iter().map(mark))
    }
}

/// A page of another origin asks; the store is asked whether it may read the answer.
pub(crate) struct AwaitingMark<'s> {
    call: Call<'s>,
    request: Request,
    entropy: Entropy,
    login: Option<Login>,
}

impl<'s> AwaitingMark<'s> {
    pub(crate) fn ask(
        call: Call<'s>,
        origin: &str,
        request: &Request,
        entropy: Entropy,
        login: Option<Login>,
    ) -> Turn<'s> {
        let key = Key::Origin(origin.into());
        let waiting = Self { call, request: request.clone(), entropy, login };
        Read::ask(call, key, AfterRead::Origin(waiting.into()))
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let Self { call, request, entropy, login } = self;
        let (mark, _) = found(record, Record::mark);
        let is_good = mark.is_some_and(|mark| mark.is_good(call.now));
        handle::dispatch(Call { is_cross_origin: is_good, ..call }, &request, entropy, login)
    }
}
