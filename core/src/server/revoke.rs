//! A client gives its tokens back ([RFC 7009]).
//!
//! [RFC 7009]: https://www.rfc-editor.org/rfc/rfc7009

use alloc::string::String;

use super::client::{self, Presented};
use super::grant::{Death, Grant, Phase};
use super::handle::Call;
use super::name::{Kind, Name};
use super::record::{Key, Record, Versioned};
use super::reply;
use super::token::{self, TokenError};
use super::turn::{AfterRead, AfterSwap, Read, Swap, Swapped, Turn, found};
use crate::secret::Secret;
use crate::step::Step;
use crate::wire::http::Request;

impl Grant {
    /// Ends the grant and every token of it, if `client_id` is the one it was given to
    /// ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1)).
    ///
    /// A stranger ends nothing, and is not told so.
    pub fn revoke(self, client_id: &str) -> Step<Self, ()> {
        let phase = match self.phase {
            Phase::Coded { .. } | Phase::Live { .. } if self.terms.client_id == client_id => {
                Phase::Dead { why: Death::Revoked }
            }
            Phase::Coded { .. } | Phase::Live { .. } | Phase::Dead { .. } => self.phase,
        };
        Step { next: Self { phase, ..self }, output: () }
    }
}

/// Reads a revocation request
/// ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1)).
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request) -> Turn<'s> {
    let (form, presented) = match token::read(request) {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let Some(token) = form.one("token").unwrap_or_default() else {
        return reply::token(TokenError::MissingToken);
    };
    let key = Key::Client(presented.client_id.clone());
    let waiting = AwaitingClient { call, token: Secret::new(token), presented };
    Read::ask(call, key, AfterRead::RevokeClient(waiting.into()))
}

/// Somebody says which client they are; the store is asked what that client can prove.
#[derive(Debug)]
pub(crate) struct AwaitingClient<'s> {
    call: Call<'s>,
    token: Secret,
    presented: Presented,
}

impl<'s> AwaitingClient<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let Self { call, token, presented } = self;
        let (found, _) = found(record, Record::client);
        let client = match client::authenticate(found, &presented) {
            Ok(client) => client,
            Err(error) => return reply::token(TokenError::Client(error)),
        };
        let open = |kind| call.server.sealing.open_name(kind, token.expose());
        match open(Kind::Refresh).or_else(|| open(Kind::Access)) {
            Some(name) => AwaitingGrant { call, client_id: client.client_id, name }.ask(),
            // A token that is none is as good as revoked (RFC 7009 §2.2).
            None => Turn::Reply(reply::done()),
        }
    }
}

/// The client is believed and the token is ours; the store is asked what it stands for.
#[derive(Debug)]
pub(crate) struct AwaitingGrant<'s> {
    call: Call<'s>,
    client_id: String,
    name: Name,
}

impl<'s> AwaitingGrant<'s> {
    fn ask(self) -> Turn<'s> {
        let key = Key::Grant(self.name.grant);
        Read::ask(self.call, key, AfterRead::RevokeGrant(self.into()))
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let (Some(grant), expect) = found(record, Record::grant) else {
            return Turn::Reply(reply::done());
        };
        let before = grant.phase;
        let Step { next, output: () } = grant.revoke(&self.client_id);
        if next.phase == before {
            return Turn::Reply(reply::done());
        }
        let place = (Key::Grant(next.terms.id), expect);
        let waiting = AwaitingSwap(self);
        Swap::ask(
            waiting.0.call,
            place,
            Record::Grant(next.into()),
            AfterSwap::Revoke(waiting.into()),
        )
    }
}

/// The grant is being ended; nothing is said before the store has it.
#[derive(Debug)]
pub(crate) struct AwaitingSwap<'s>(AwaitingGrant<'s>);

impl<'s> AwaitingSwap<'s> {
    pub(crate) fn resume(self, swapped: Swapped) -> Turn<'s> {
        match swapped {
            Swapped::Held => Turn::Reply(reply::done()),
            // Each round ends here or finds the grant further on, and phases are few.
            Swapped::Lost | Swapped::Unknown => self.0.ask(),
        }
    }
}
