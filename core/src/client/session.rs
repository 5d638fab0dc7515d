//! Keeping a user signed in: one refresh at a time for all who want a token, and none lost to a bad
//! line.
//!
//! ```
//! # use grantflow::client::{Error, Session, session::{Delivery, Want}};
//! # use grantflow::secret::Secret;
//! # use grantflow::time::UnixTime;
//! # use grantflow::wire::http::{Request, Response};
//! # use core::time::Duration;
//! # fn token(session: &mut Session, send: impl Fn(&Request) -> Result<Response, Delivery>,
//! #          wait: impl Fn(UnixTime), now: UnixTime) -> Result<Secret, Error> {
//! loop {
//!     match session.want(now, Duration::from_secs(30)) {
//!         Want::Use(token) => return Ok(token),
//!         Want::Send(ask) => {
//!             let ask = ask.unsigned().expect("this client has no key");
//!             match send(ask.request()) {
//!                 Ok(response) => session.answer(ask, &response, now)?,
//!                 Err(delivery) => session.lost(&ask, delivery)?,
//!             }
//!         }
//!         Want::Wait(until) => wait(until),
//!         Want::SignIn(error) => return Err(error.into()),
//!     }
//! }
//! # }
//! ```

use alloc::boxed::Box;
use core::time::Duration;

use super::Error;
use super::credentials::Outgoing;
use super::profile::Client;
use super::redeem::RedeemError;
use super::refresh::{AwaitingRefresh, RefreshError, Renewal};
use super::resource::Tokens;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::wire::http::Response;

/// How often a refresh whose answer was lost is sent again.
pub const MOST_RETRIES: u8 = 1;

/// How long the others wait for one who asks: a task that asked may have been dropped.
pub const LONGEST_REFRESH: Duration = Duration::from_secs(30);

/// A user who is signed in, for as long as the server lets it be.
///
/// Not `Clone`: of two copies, each would spend the same refresh token, which servers take for theft.
#[derive(Debug)]
pub struct Session {
    client: Client,
    tokens: Tokens,
    state: State,
    /// How often the refresh token went out without an answer.
    lost: u8,
}

/// Where a session is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum State {
    /// Nothing is under way.
    Active,
    /// One of those who want a token has asked for it, at that time.
    Refreshing(UnixTime),
    /// The answer to the last refresh was lost.
    InDoubt,
    /// The user must sign in again.
    Ended(Ended),
}

/// Why a session is over.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Ended {
    /// The token is dead and nothing gets another.
    Expired,
    /// The answers were lost, and the token is dead.
    InDoubt,
    /// The server gives no more tokens.
    Refused(RefreshError),
}

/// What someone who wants a token is to do.
#[must_use]
#[derive(Debug)]
pub enum Want {
    /// Use this one.
    Use(Secret),
    /// Ask for the next one, for all; then come again.
    Send(Box<Outgoing<AwaitingRefresh>>),
    /// Someone asks already: come again when they have brought the answer, or at that time.
    Wait(UnixTime),
    /// Have the user sign in.
    SignIn(Ended),
}

/// How far a request without a response came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Delivery {
    /// It never left: no network, no name, no connection.
    NotSent,
    /// It may have arrived.
    Unknown,
}

impl Session {
    /// Keeps the tokens of a login.
    #[must_use]
    pub const fn new(client: Client, tokens: Tokens) -> Self {
        Self { client, tokens, state: State::Active, lost: 0 }
    }

    /// The tokens as they are now.
    #[must_use]
    pub const fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Where the session is.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Asks for a token that lives for `life` more, or at least lives.
    ///
    /// Of all who come while the token is too old, the first is told to send and the others to wait;
    /// whoever can do with the token as it is gets that.
    pub fn want(&mut self, now: UnixTime, life: Duration) -> Want {
        match self.state {
            State::Ended(ref why) => return Want::SignIn(why.clone()),
            State::Refreshing(since) if now < since + LONGEST_REFRESH => {
                let token = self.token_at(now);
                return token.map_or(Want::Wait(since + LONGEST_REFRESH), Want::Use);
            }
            State::Refreshing(_) => self.doubt(),
            State::Active | State::InDoubt => {}
        }
        if let Some(token) = self.token_at(now + life) {
            return Want::Use(token);
        }
        let may_ask = self.lost <= MOST_RETRIES;
        let ask = if may_ask {
            self.client.refresh(self.tokens.clone(), Renewal::default()).ok()
        } else {
            None
        };
        match (ask, self.token_at(now)) {
            (Some(ask), _) => {
                self.state = State::Refreshing(now);
                Want::Send(Box::new(ask))
            }
            (None, Some(token)) => Want::Use(token),
            (None, None) => {
                let why = if may_ask { Ended::Expired } else { Ended::InDoubt };
                self.state = State::Ended(why.clone());
                Want::SignIn(why)
            }
        }
    }

    /// The token, if it lives then.
    fn token_at(&self, then: UnixTime) -> Option<Secret> {
        let is_live = self.tokens.expires_at.is_none_or(|end| then < end);
        is_live.then(|| self.tokens.access_token.clone())
    }

    /// Whether the tokens are those that were asked about; others have come since if not.
    fn is_about(&self, ask: &AwaitingRefresh) -> bool {
        ask.tokens().refresh_token == self.tokens.refresh_token
    }

    fn doubt(&mut self) {
        self.state = State::InDoubt;
        self.lost = self.lost.saturating_add(1);
    }

    /// Brings the answer to whoever waits.
    ///
    /// # Errors
    ///
    /// The [`Error`] of an answer that is no set of tokens; the session is over only if the server
    /// said that it is ([`state`](Self::state)).
    pub fn answer(
        &mut self,
        ask: AwaitingRefresh,
        response: &Response,
        now: UnixTime,
    ) -> Result<(), Error> {
        if !self.is_about(&ask) {
            return Ok(());
        }
        let error = match ask.answer(response, now) {
            Ok(tokens) => {
                (self.tokens, self.state, self.lost) = (tokens, State::Active, 0);
                return Ok(());
            }
            Err(unrefreshed) => unrefreshed.error,
        };
        match &error {
            // Nothing was done with the request.
            RefreshError::Answer(RedeemError::BadStatus(429)) => self.state = State::Active,
            RefreshError::Answer(RedeemError::Refused(body))
                if !matches!(body.error.as_str(), "temporarily_unavailable" | "server_error") =>
            {
                self.state = State::Ended(Ended::Refused(error.clone()));
            }
            // The server, or something before it, fell over: the tokens may have turned.
            RefreshError::Answer(_)
            | RefreshError::InDoubt
            | RefreshError::NotSent
            | RefreshError::NoRefreshToken => self.doubt(),
            RefreshError::BadScope
            | RefreshError::WrongIssuer
            | RefreshError::WrongSubject
            | RefreshError::WrongAudience
            | RefreshError::WrongLogin
            | RefreshError::BadIdToken => {
                self.state = State::Ended(Ended::Refused(error.clone()));
            }
        }
        Err(error.into())
    }

    /// Says that no answer came.
    ///
    /// # Errors
    ///
    /// `offline` or `refresh_in_doubt`, for the one who asked; the session goes on.
    pub fn lost(&mut self, ask: &AwaitingRefresh, delivery: Delivery) -> Result<(), Error> {
        if !self.is_about(ask) {
            return Ok(());
        }
        match delivery {
            Delivery::NotSent => {
                self.state = State::Active;
                Err(RefreshError::NotSent.into())
            }
            Delivery::Unknown => {
                self.doubt();
                Err(RefreshError::InDoubt.into())
            }
        }
    }
}

impl From<Ended> for Error {
    fn from(why: Ended) -> Self {
        match why {
            Ended::Expired => RefreshError::NoRefreshToken.into(),
            Ended::InDoubt => RefreshError::InDoubt.into(),
            Ended::Refused(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::{NOW, client, json_response, tokens};

    const LIFE: Duration = Duration::from_secs(30);

    /// A session whose token lives for an hour, and then.
    fn session() -> Session {
        let refresh_token = Some(Secret::new("rt1"));
        Session::new(client(), Tokens { refresh_token, ..tokens() })
    }

    fn late() -> UnixTime {
        NOW + Duration::from_secs(3600)
    }

    fn asked(session: &mut Session, now: UnixTime) -> AwaitingRefresh {
        match session.want(now, LIFE) {
            Want::Send(ask) => ask.unsigned().unwrap(),
            Want::Use(_) | Want::Wait(_) | Want::SignIn(_) => panic!("nothing is asked for"),
        }
    }

    fn used(session: &mut Session, now: UnixTime) -> Secret {
        match session.want(now, LIFE) {
            Want::Use(token) => token,
            Want::Send(_) | Want::Wait(_) | Want::SignIn(_) => panic!("no token"),
        }
    }

    fn ended(session: &mut Session, now: UnixTime) -> &'static str {
        match session.want(now, LIFE) {
            Want::SignIn(why) => Error::from(why).code(),
            Want::Use(_) | Want::Send(_) | Want::Wait(_) => panic!("not over"),
        }
    }

    fn next() -> Response {
        let body = r#"{"access_token":"at2","token_type":"Bearer","expires_in":3600,"refresh_token":"rt2"}"#;
        json_response(200, body)
    }

    #[test]
    fn a_token_with_life_in_it_is_used_and_an_old_one_is_asked_for_once() {
        let mut session = session();
        assert!(used(&mut session, NOW).matches("at"));
        let soon = UnixTime::from_secs(late().as_secs() - 10);
        let ask = asked(&mut session, soon);
        assert!(used(&mut session, soon).matches("at"), "who comes meanwhile takes what lives");
        for _ in 0..3 {
            let Want::Wait(until) = session.want(late(), LIFE) else { panic!("asked twice") };
            assert_eq!(until, soon + LONGEST_REFRESH);
        }
        session.answer(ask, &next(), late()).unwrap();
        assert!(used(&mut session, late()).matches("at2"));
        assert_eq!(session.state(), &State::Active);
    }

    #[test]
    fn a_request_that_never_left_changes_nothing() {
        let mut session = session();
        for _ in 0..5 {
            let ask = asked(&mut session, late());
            let error = session.lost(&ask, Delivery::NotSent).unwrap_err();
            assert_eq!(error.code(), "offline");
        }
        let ask = asked(&mut session, late());
        session.answer(ask, &next(), late()).unwrap();
        assert!(used(&mut session, late()).matches("at2"));
    }

    #[test]
    fn a_lost_answer_is_asked_for_once_more_and_then_the_token_is_used_up() {
        let mut session = session();
        let soon = UnixTime::from_secs(late().as_secs() - 10);
        for _ in 0..=MOST_RETRIES {
            let ask = asked(&mut session, soon);
            let error = session.lost(&ask, Delivery::Unknown).unwrap_err();
            assert_eq!((error.code(), session.state()), ("refresh_in_doubt", &State::InDoubt));
        }
        assert!(used(&mut session, soon).matches("at"));
        assert_eq!(ended(&mut session, late()), "refresh_in_doubt");
        assert_eq!(session.state(), &State::Ended(Ended::InDoubt));
    }

    #[test]
    fn a_doubt_ends_with_the_first_answer() {
        let mut session = session();
        let ask = asked(&mut session, late());
        session.lost(&ask, Delivery::Unknown).unwrap_err();
        let ask = asked(&mut session, late());
        session.answer(ask, &next(), late()).unwrap();
        assert_eq!((session.state(), session.lost), (&State::Active, 0));
    }

    #[test]
    fn one_who_asked_and_vanished_holds_nobody_up() {
        let mut session = session();
        let vanished = asked(&mut session, late());
        let then = late() + LONGEST_REFRESH;
        let ask = asked(&mut session, then);
        session.answer(ask, &next(), then).unwrap();
        session
            .answer(vanished, &json_response(400, r#"{"error":"invalid_grant"}"#), then)
            .unwrap();
        assert!(used(&mut session, then).matches("at2"), "an answer to what is past is past");
    }

    #[test]
    fn only_the_server_ends_a_session_and_its_stumbling_does_not() {
        for (status, body, state) in [
            (503, "", State::InDoubt),
            (200, "<html>", State::InDoubt),
            (404, "", State::InDoubt),
            (400, r#"{"error":"server_error"}"#, State::InDoubt),
            (429, "", State::Active),
        ] {
            let mut session = session();
            let ask = asked(&mut session, late());
            session.answer(ask, &json_response(status, body), late()).unwrap_err();
            assert_eq!(session.state(), &state, "{status} {body}");
        }
        let mut session = session();
        let ask = asked(&mut session, late());
        let refusal = json_response(400, r#"{"error":"invalid_grant"}"#);
        let error = session.answer(ask, &refusal, late()).unwrap_err();
        assert_eq!(error.code(), "session_revoked");
        assert_eq!(ended(&mut session, NOW), "session_revoked", "the access token died with it");
    }

    #[test]
    fn without_a_refresh_token_a_session_ends_with_its_token() {
        let mut session = Session::new(client(), tokens());
        let soon = UnixTime::from_secs(late().as_secs() - 10);
        assert!(used(&mut session, soon).matches("at"));
        assert_eq!(ended(&mut session, late()), "session_gone");
    }
}
