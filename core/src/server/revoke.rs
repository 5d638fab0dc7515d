//! A client gives its tokens back ([RFC 7009]).
//!
//! [RFC 7009]: https://www.rfc-editor.org/rfc/rfc7009

use super::grant::{Death, Grant, Phase};
use super::own_token::{AwaitingGrant, Errand};
use super::record::{Key, Record};
use super::turn::{AfterSwap, Expect, Swap, Swapped, Turn};

impl Grant {
    /// Ends the grant and every token of it, the access tokens that it made before included
    /// ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1)).
    #[must_use]
    pub fn revoke(self) -> Self {
        let phase = match self.phase {
            Phase::Coded { .. } | Phase::Live { .. } => Phase::Dead { why: Death::Revoked },
            Phase::Dead { .. } => self.phase,
        };
        Self { phase, ..self }
    }
}

/// Ends the grant of a token whose client is believed to be its owner.
pub(crate) fn decide(waiting: AwaitingGrant<'_>, grant: Grant, expect: Expect) -> Turn<'_> {
    let before = grant.phase;
    let next = grant.revoke();
    if next.phase == before {
        return Errand::Revoke.nothing(&waiting.call);
    }
    let place = (Key::Grant(next.terms.id), expect);
    let record = Record::Grant(next.into());
    Swap::ask(waiting.call, place, record, AfterSwap::Revoke(AwaitingSwap(waiting).into()))
}

/// The grant is being ended; nothing is said before the store has it.
pub(crate) struct AwaitingSwap<'s>(AwaitingGrant<'s>);

impl<'s> AwaitingSwap<'s> {
    pub(crate) fn resume(self, swapped: Swapped) -> Turn<'s> {
        match swapped {
            Swapped::Held => Errand::Revoke.nothing(&self.0.call),
            Swapped::Lost | Swapped::Unknown => self.0.ask_again(),
        }
    }
}
