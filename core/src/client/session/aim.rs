//! Other tokens than the session's own: for another of the APIs that the user agreed to, or good for
//! less ([RFC 8707 §2.2](https://www.rfc-editor.org/rfc/rfc8707#section-2.2)).
//!
//! They are kept in memory, each as long as it lives and the session does.

use core::time::Duration;

use super::Machine;
use super::effect::{Effect, Settled};
use super::fault::Fault;
use super::input::Ticket;
use super::lease::Wanted;
use super::renewal::within_reach;
use crate::client::refresh::Renewal;
use crate::client::resource::Tokens;
use crate::secret::Secret;
use crate::time::UnixTime;

/// Most kinds of token at once; the oldest goes.
const MOST_AIMS: usize = 16;

/// A kind of token.
#[derive(Debug)]
pub(super) struct Aim {
    /// Its number, which no other ever has; that of the session's own is 0.
    number: u32,
    renewal: Renewal,
}

/// A token of such a kind. It is gone with the login that it came from.
#[derive(Debug)]
pub(super) struct Other {
    aim: u32,
    token: Secret,
    since: UnixTime,
    until: Option<UnixTime>,
}

impl Other {
    #[cfg(test)]
    pub(super) fn token(&self) -> &str {
        self.token.expose()
    }

    /// The token, if it lives for `life` more, or for as much of that as a new one would.
    fn fresh(&self, now: UnixTime, life: Duration) -> Option<Secret> {
        let life = within_reach(life, self.since, self.until);
        self.until.is_none_or(|end| now + life < end).then(|| self.token.clone())
    }
}

impl Machine {
    pub(super) fn want_other(&mut self, ticket: Ticket, life: Duration, renewal: Renewal) {
        let own = self.live.as_ref().map(|live| live.session.tokens());
        let is_own = own.is_some_and(|tokens| {
            renewal.scope.as_ref().is_none_or(|scope| *scope == tokens.scope)
                && (renewal.resource.is_none() || renewal.resource == tokens.resource)
        });
        let aim = if is_own || renewal == Renewal::default() { 0 } else { self.number_of(renewal) };
        self.wanted.push(Wanted { ticket, life, aim });
        self.serve();
    }

    fn known_number(&self, renewal: &Renewal) -> Option<u32> {
        self.aims.iter().find(|aim| aim.renewal == *renewal).map(|aim| aim.number)
    }

    fn number_of(&mut self, renewal: Renewal) -> u32 {
        if let Some(number) = self.known_number(&renewal) {
            return number;
        }
        if self.aims.len() == MOST_AIMS {
            let gone = self.aims.remove(0).number;
            self.fail_aim(Some(gone), &Fault::Aborted);
            if let Some(live) = &mut self.live {
                live.others.retain(|other| other.aim != gone);
            }
        }
        self.last_aim += 1;
        self.aims.push(Aim { number: self.last_aim, renewal });
        self.last_aim
    }

    /// The token that will do for someone; never one of another kind.
    pub(super) fn token_for(&self, wanted: Wanted, life: Duration) -> Option<Secret> {
        let (now, there) = (self.clock.now(), self.live.as_ref()?);
        match wanted.aim {
            0 => there.session.fresh(now, life),
            aim => there.others.iter().find(|other| other.aim == aim)?.fresh(now, life),
        }
    }

    /// The kind of token that the first who waits for another wants.
    pub(super) fn next_aim(&self) -> Option<Renewal> {
        let wanted = self.wanted.iter().find(|wanted| wanted.aim != 0)?;
        let aim = self.aims.iter().find(|aim| aim.number == wanted.aim)?;
        Some(aim.renewal.clone())
    }

    /// Keeps what a refresh has brought beside the next refresh token.
    pub(super) fn keep_other(&mut self, renewal: &Renewal, tokens: Tokens) {
        let since = self.clock.now();
        let aim = self.known_number(renewal);
        let (Some(aim), Some(live)) = (aim, &mut self.live) else { return };
        live.others.retain(|other| other.aim != aim);
        let Tokens { access_token: token, expires_at: until, .. } = tokens;
        live.others.push(Other { aim, token: token.clone(), since, until });
        // However short its life is, no other would have a longer one.
        for wanted in core::mem::take(&mut self.wanted) {
            if wanted.aim == aim {
                self.push(Effect::Settle(wanted.ticket, Ok(Settled::Token(token.clone()))));
            } else {
                self.wanted.push(wanted);
            }
        }
    }

    /// Nobody gets a token of this kind.
    pub(super) fn fail_other(&mut self, renewal: &Renewal, fault: &Fault) {
        // A kind that went has failed already, and the session's own is another.
        if let Some(number) = self.known_number(renewal) {
            self.fail_aim(Some(number), fault);
        }
    }

    /// Settles everyone who waits for a token of this kind, or of any.
    pub(super) fn fail_aim(&mut self, number: Option<u32>, fault: &Fault) {
        for wanted in core::mem::take(&mut self.wanted) {
            if number.is_none_or(|number| number == wanted.aim) {
                // A token that lives, if not long enough, is better than none.
                let token = self.token_for(wanted, Duration::ZERO);
                let result = token.map_or_else(|| Err(fault.clone()), |t| Ok(Settled::Token(t)));
                self.push(Effect::Settle(wanted.ticket, result));
            } else {
                self.wanted.push(wanted);
            }
        }
    }

    /// An API has called this token invalid.
    pub(super) fn refuse(&mut self, token: &Secret) {
        if let Some(live) = &mut self.live {
            live.others.retain(|other| other.token != *token);
            live.session.refuse(token);
        }
    }
}
