//! A refresh token becomes the next tokens.

use alloc::string::String;
use core::time::Duration;

use super::grant::{Death, Grant, Phase, Writer};
use crate::scope::ScopeSet;
use crate::step::Step;
use crate::time::UnixTime;

/// Why a refresh token bought nothing, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RefreshError {
    /// This server never made the token, or has forgotten it.
    UnknownToken,
    /// The token was issued to another client.
    WrongClient,
    /// The client asks for more than the person agreed to.
    WiderScope,
    /// The grant was ended.
    Dead,
    /// The grant is past its lifetime, which refreshing does not prolong.
    Expired,
    /// The token was spent before, and not just now; everything it led to is now dead.
    Spent,
}

/// A request to refresh, its client already believed.
#[derive(Debug)]
pub struct Refreshing {
    /// The client that asks.
    pub client_id: String,
    /// The generation of the refresh token.
    pub turn: u32,
    /// The `scope` parameter, if sent.
    pub scope: Option<ScopeSet>,
    /// The mark this request leaves in the record.
    pub writer: Writer,
}

impl Grant {
    /// Trades a refresh token for the next generation of tokens ([RFC 6749 §6]).
    ///
    /// The token is spent ([RFC 9700 §4.14.2]). Spent again within `grace` it gets the same answer,
    /// for the first may have been lost on its way; later than that it has leaked, and the grant
    /// dies. A stranger's attempt, and one that asks for too much, changes nothing.
    ///
    /// # Errors
    ///
    /// The first [`RefreshError`] that applies.
    ///
    /// [RFC 6749 §6]: https://www.rfc-editor.org/rfc/rfc6749#section-6
    /// [RFC 9700 §4.14.2]: https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
    pub fn refresh(
        self,
        ask: &Refreshing,
        now: UnixTime,
        grace: Duration,
    ) -> Step<Self, Result<(), RefreshError>> {
        if let Err(error) = self.admit(ask) {
            return Step { next: self, output: Err(error) };
        }
        let until = self.terms.agreed.as_ref().and_then(|agreed| agreed.refresh_until);
        let expired = until.is_none_or(|until| until <= now);
        let is_just_spent = |turn: u32| turn.checked_sub(1) == Some(ask.turn);
        let (phase, output) = match self.phase {
            Phase::Coded { .. } => (self.phase, Err(RefreshError::UnknownToken)),
            Phase::Dead { why: Death::Expired } => (self.phase, Err(RefreshError::Expired)),
            Phase::Dead { why: Death::Replayed | Death::Revoked } => {
                (self.phase, Err(RefreshError::Dead))
            }
            Phase::Live { .. } if expired => {
                (Phase::Dead { why: Death::Expired }, Err(RefreshError::Expired))
            }
            Phase::Live { turn, .. } if turn == ask.turn => match turn.checked_add(1) {
                Some(turn) => (Phase::Live { turn, turned: now, writer: ask.writer }, Ok(())),
                // There is no number for a next generation.
                None => (Phase::Dead { why: Death::Expired }, Err(RefreshError::Expired)),
            },
            Phase::Live { turn, turned, .. } if is_just_spent(turn) && now < turned + grace => {
                (self.phase, Ok(()))
            }
            Phase::Live { turn, writer, .. } if is_just_spent(turn) && writer == ask.writer => {
                (self.phase, Ok(()))
            }
            Phase::Live { .. } => (Phase::Dead { why: Death::Replayed }, Err(RefreshError::Spent)),
        };
        Step { next: Self { phase, ..self }, output }
    }

    fn admit(&self, ask: &Refreshing) -> Result<(), RefreshError> {
        if ask.client_id != self.terms.client_id {
            return Err(RefreshError::WrongClient);
        }
        match &ask.scope {
            Some(scope) if !scope.is_within(&self.terms.scope) => Err(RefreshError::WiderScope),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::testing::{NOW, terms};

    #[test]
    fn each_refresh_makes_the_next_generation() {
        let first = live(0).refresh(&ask(0), NOW, GRACE);
        assert_eq!(first.output, Ok(()));
        assert!(matches!(first.next.phase, Phase::Live { turn: 1, turned: NOW, .. }));
        let second = first.next.refresh(&ask(1), LATER, GRACE);
        assert!(matches!(second.next.phase, Phase::Live { turn: 2, turned: LATER, .. }));
    }

    #[test]
    fn the_token_just_spent_gets_the_same_answer_for_ten_seconds_and_then_kills() {
        let spent = live(1);
        let again = spent.clone().refresh(&ask(0), NOW + Duration::from_secs(9), GRACE);
        assert_eq!((again.output, again.next.phase), (Ok(()), spent.phase));
        let late = spent.refresh(&ask(0), NOW + GRACE, GRACE);
        assert_eq!(late.output, Err(RefreshError::Spent));
        assert_eq!(late.next.phase, Phase::Dead { why: Death::Replayed });
    }

    #[test]
    fn an_older_token_kills_at_once() {
        let late = live(2).refresh(&ask(0), NOW, GRACE);
        assert_eq!(late.output, Err(RefreshError::Spent));
        assert_eq!(late.next.refresh(&ask(2), NOW, GRACE).output, Err(RefreshError::Dead));
    }

    #[test]
    fn the_last_generation_there_is_a_number_for_is_the_last() {
        let end = |step: Step<Grant, Result<(), RefreshError>>| (step.output, step.next.phase);
        let dead = |why, error| (Err(error), Phase::Dead { why });
        let last = live(u32::MAX).refresh(&ask(u32::MAX), NOW, GRACE);
        assert_eq!(end(last), dead(Death::Expired, RefreshError::Expired));
        let again = live(u32::MAX).refresh(&ask(u32::MAX - 1), NOW, GRACE);
        assert_eq!(again.output, Ok(()));
        let never_made = live(0).refresh(&ask(u32::MAX), NOW, GRACE);
        assert_eq!(end(never_made), dead(Death::Replayed, RefreshError::Spent));
    }

    #[test]
    fn a_stranger_or_a_greedy_request_changes_nothing() {
        let other = Refreshing { client_id: "evil".into(), ..ask(0) };
        let step = live(1).refresh(&other, LATER, GRACE);
        assert_eq!((step.output, step.next), (Err(RefreshError::WrongClient), live(1)));
        let greedy = Refreshing { scope: ScopeSet::parse("openid email").ok(), ..ask(1) };
        let step = live(1).refresh(&greedy, LATER, GRACE);
        assert_eq!((step.output, step.next), (Err(RefreshError::WiderScope), live(1)));
    }

    #[test]
    fn refreshing_does_not_prolong_the_grant() {
        let until = NOW + Duration::from_secs(1000);
        let last = live(0).refresh(&ask(0), NOW + Duration::from_secs(999), GRACE);
        assert_eq!(last.output, Ok(()));
        let late = last.next.refresh(&ask(1), until, GRACE);
        assert_eq!(late.output, Err(RefreshError::Expired));
        assert_eq!(late.next.refresh(&ask(1), NOW, GRACE).output, Err(RefreshError::Expired));
    }

    #[test]
    fn who_made_the_generation_gets_its_answer_however_late() {
        let first = live(0).refresh(&ask(0), NOW, GRACE).next;
        let again = first.clone().refresh(&ask(0), LATER, GRACE);
        assert_eq!((again.output, again.next), (Ok(()), first));
    }

    #[test]
    fn less_than_was_granted_may_be_asked_for() {
        for scope in ["openid", "offline_access openid"] {
            let less = Refreshing { scope: ScopeSet::parse(scope).ok(), ..ask(0) };
            assert_eq!(live(0).refresh(&less, NOW, GRACE).output, Ok(()), "{scope}");
        }
    }

    const LATER: UnixTime = UnixTime::from_secs(1_700_000_500);
    const GRACE: Duration = Duration::from_secs(10);

    fn live(turn: u32) -> Grant {
        let dies = NOW + Duration::from_secs(4600);
        let terms = terms("openid offline_access", true, dies);
        Grant { terms, phase: Phase::Live { turn, turned: NOW, writer: Writer([0; 16]) } }
    }

    fn ask(turn: u32) -> Refreshing {
        Refreshing {
            client_id: "app".into(),
            turn,
            scope: None,
            // Another one than that of the record.
            writer: Writer([turn.to_be_bytes()[3] | 0x80; 16]),
        }
    }
}
