//! A code becomes tokens, once.

use alloc::string::String;

use super::grant::{Death, Grant, Phase, Terms, Writer};
use crate::secret::Secret;
use crate::step::Step;
use crate::time::UnixTime;

/// Why a code bought nothing, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RedeemError {
    /// This server never made the code, or has forgotten it.
    UnknownCode,
    /// The code was issued to another client.
    WrongClient,
    /// `redirect_uri` is not, byte for byte, the one the code was sent to.
    WrongRedirectUri,
    /// `code_verifier` does not answer the challenge, or only one of the two was sent, or neither by a
    /// client that proves nothing else.
    WrongVerifier,
    /// The code is older than its lifetime.
    Expired,
    /// The code was spent before; its tokens are now dead.
    Spent,
}

/// A request to redeem a code, its client already believed.
#[derive(Debug)]
pub struct Redemption {
    /// The client that asks.
    pub client_id: String,
    /// Whether it has proved who it is. One that cannot needs a verifier, even if it could when it
    /// asked for the code ([RFC 7636 §4.6](https://www.rfc-editor.org/rfc/rfc7636#section-4.6)).
    pub is_confidential: bool,
    /// The `redirect_uri` parameter.
    pub redirect_uri: String,
    /// The `code_verifier` parameter, if sent.
    pub code_verifier: Option<Secret>,
    /// The first instant at which the code is too old, as the code itself says.
    pub until: UnixTime,
    /// The mark this request leaves in the record.
    pub writer: Writer,
}

impl Grant {
    /// Redeems the code for the first generation of tokens, at most once
    /// ([RFC 6749 §4.1.3], [RFC 7636 §4.6]).
    ///
    /// A stranger's attempt changes nothing. The rightful client's second attempt kills what the
    /// first one bought, for then the code has leaked ([RFC 6749 §4.1.2]). A code once seen too old
    /// stays too old, whatever the clock says later.
    ///
    /// # Errors
    ///
    /// The first [`RedeemError`] that applies.
    ///
    /// [RFC 6749 §4.1.2]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
    /// [RFC 6749 §4.1.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
    /// [RFC 7636 §4.6]: https://www.rfc-editor.org/rfc/rfc7636#section-4.6
    pub fn redeem(self, ask: &Redemption, now: UnixTime) -> Step<Self, Result<(), RedeemError>> {
        if let Err(error) = self.terms.admit(ask) {
            return Step { next: self, output: Err(error) };
        }
        let live = Phase::Live { turn: 0, turned: now, writer: ask.writer };
        let (phase, output) = match self.phase {
            // The code of an earlier grant of that name, which the store has forgotten.
            Phase::Coded { until } if until != ask.until => {
                (self.phase, Err(RedeemError::UnknownCode))
            }
            Phase::Coded { until } if now < until => (live, Ok(())),
            Phase::Coded { .. } | Phase::Dead { why: Death::Expired } => {
                (Phase::Dead { why: Death::Expired }, Err(RedeemError::Expired))
            }
            Phase::Live { writer, .. } if writer == ask.writer => (self.phase, Ok(())),
            Phase::Live { .. } => (Phase::Dead { why: Death::Replayed }, Err(RedeemError::Spent)),
            Phase::Dead { why: Death::Replayed | Death::Revoked } => {
                (self.phase, Err(RedeemError::Spent))
            }
        };
        Step { next: Self { phase, ..self }, output }
    }
}

impl Terms {
    fn admit(&self, ask: &Redemption) -> Result<(), RedeemError> {
        if ask.client_id != self.client_id {
            return Err(RedeemError::WrongClient);
        }
        // Where nobody agreed to anything there was no code.
        let agreed = self.agreed.as_ref().ok_or(RedeemError::UnknownCode)?;
        if ask.redirect_uri != agreed.redirect_uri {
            return Err(RedeemError::WrongRedirectUri);
        }
        match (&agreed.challenge, &ask.code_verifier) {
            (None, None) if ask.is_confidential => Ok(()),
            (Some(challenge), Some(verifier)) if challenge.is_answered_by(verifier) => Ok(()),
            (Some(_) | None, _) => Err(RedeemError::WrongVerifier),
        }
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::pkce::Challenge;
    use crate::server::testing::{NOW, terms};

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    #[test]
    fn the_code_of_a_forgotten_grant_buys_nothing_of_its_successor() {
        let until = NOW + Duration::from_secs(60);
        let earlier = ask(until);
        let later = ask(until + Duration::from_secs(1));
        let step = coded(later.until).redeem(&earlier, NOW);
        assert_eq!(step.output, Err(RedeemError::UnknownCode));
        assert_eq!(step.next, coded(later.until));
        assert_eq!(step.next.redeem(&later, NOW).output, Ok(()));
    }

    #[test]
    fn a_code_is_good_until_its_last_second() {
        let until = NOW + Duration::from_secs(60);
        let last = NOW + Duration::from_secs(59);
        let step = coded(until).redeem(&ask(until), last);
        let live = Phase::Live { turn: 0, turned: last, writer: Writer([2; 16]) };
        assert_eq!((step.output, step.next.phase), (Ok(()), live));
        let step = coded(until).redeem(&ask(until), until);
        assert_eq!(step.output, Err(RedeemError::Expired));
        assert_eq!(step.next.phase, Phase::Dead { why: Death::Expired });
    }

    #[test]
    fn a_code_is_spent_once_whoever_asks_again() {
        let until = NOW + Duration::from_secs(60);
        let live = coded(until).redeem(&ask(until), NOW).next;
        // Its own answer was lost on the way to the store.
        let step = live.clone().redeem(&ask(until), NOW);
        assert_eq!((step.output, &step.next), (Ok(()), &live));
        let other = Redemption { writer: Writer([3; 16]), ..ask(until) };
        let step = live.redeem(&other, NOW);
        assert_eq!(step.output, Err(RedeemError::Spent));
        assert_eq!(step.next.phase, Phase::Dead { why: Death::Replayed });
    }

    #[test]
    fn who_cannot_show_what_belongs_to_the_code_changes_nothing() {
        let until = NOW + Duration::from_secs(60);
        let mut bound = coded(until);
        bound.terms.agreed.as_mut().unwrap().challenge = Some(Challenge::of(VERIFIER));
        let with = |code_verifier: Option<&str>| Redemption {
            code_verifier: code_verifier.map(Secret::new),
            ..ask(until)
        };
        for (grant, ask, error) in [
            (coded(until), with(Some("x")), RedeemError::WrongVerifier),
            (bound.clone(), with(None), RedeemError::WrongVerifier),
            (bound.clone(), with(Some("x")), RedeemError::WrongVerifier),
            (
                coded(until),
                Redemption { is_confidential: false, ..ask(until) },
                RedeemError::WrongVerifier,
            ),
            (
                coded(until),
                Redemption { client_id: "evil".into(), ..ask(until) },
                RedeemError::WrongClient,
            ),
            (
                coded(until),
                Redemption { redirect_uri: "https://app.test/cb2".into(), ..ask(until) },
                RedeemError::WrongRedirectUri,
            ),
        ] {
            let step = grant.clone().redeem(&ask, NOW);
            assert_eq!((step.output, step.next), (Err(error), grant));
        }
        let right = with(Some(VERIFIER));
        assert_eq!(bound.redeem(&right, NOW).output, Ok(()));
    }

    fn coded(until: UnixTime) -> Grant {
        Grant { terms: terms("openid", false, until), phase: Phase::Coded { until } }
    }

    fn ask(until: UnixTime) -> Redemption {
        Redemption {
            client_id: "app".into(),
            is_confidential: true,
            redirect_uri: "https://app.test/cb".into(),
            code_verifier: None,
            until,
            writer: Writer([2; 16]),
        }
    }
}
