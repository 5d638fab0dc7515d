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
//!                 Err(delivery) => session.lost(&ask, delivery, now)?,
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
use crate::states;
use crate::text::number;
use crate::time::UnixTime;
use crate::wire::http::Response;

/// How long the others wait for one who asks: a task that asked may have been dropped.
pub const LONGEST_REFRESH: Duration = Duration::from_secs(30);

/// The longest time between two requests to a server that stumbles, unless it asks for more.
pub const LONGEST_REST: Duration = Duration::from_secs(60);

/// The longest rest that a server may ask for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// A user who is signed in, for as long as the server lets it be.
///
/// Not `Clone`: of two copies, each would spend the same refresh token, which servers take for theft.
#[derive(Debug)]
pub struct Session {
    client: Client,
    tokens: Tokens,
    /// When the tokens came.
    since: UnixTime,
    state: State,
    /// An API takes the access token no longer.
    is_refused: bool,
    /// A refresh token went out, and nobody knows what became of it.
    is_in_doubt: bool,
    /// The number of the last request, and of the one that brought the tokens.
    asked: u64,
    held: u64,
    /// Requests in a row that brought nothing.
    failures: u32,
    /// The server is left alone until then.
    rests_until: Option<UnixTime>,
}

/// Where a session is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum State {
    /// Nothing is under way.
    Active,
    /// One of those who want a token has asked for it, at that time.
    Refreshing(UnixTime),
    /// Nothing is under way, and the answer to a refresh was lost.
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
    /// Come again when someone else has brought the answer, or at that time.
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

impl State {
    /// Its name in the table of [transitions](states::TRANSITIONS).
    #[must_use]
    pub const fn name(&self) -> states::State {
        match self {
            Self::Active => states::State::Active,
            Self::Refreshing(_) => states::State::Refreshing,
            Self::InDoubt => states::State::InDoubt,
            Self::Ended(Ended::Expired) => states::State::Expired,
            Self::Ended(Ended::Refused(_)) => states::State::Refused,
        }
    }
}

impl Session {
    /// Keeps the tokens that a login has just brought.
    #[must_use]
    pub const fn new(client: Client, tokens: Tokens, now: UnixTime) -> Self {
        Self {
            client,
            tokens,
            since: now,
            state: State::Active,
            is_refused: false,
            is_in_doubt: false,
            asked: 0,
            held: 0,
            failures: 0,
            rests_until: None,
        }
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
            // A clock that went back tells nothing about how long it has been.
            State::Refreshing(begun) if begun <= now && now < begun + LONGEST_REFRESH => {
                return self.token_at(now).map_or(Want::Wait(begun + LONGEST_REFRESH), Want::Use);
            }
            State::Refreshing(_) => self.fail(true, None, now),
            State::Active | State::InDoubt => {}
        }
        if let Some(token) = self.token_at(now + self.within_reach(life)) {
            return Want::Use(token);
        }
        let is_near = |until: &UnixTime| now < *until && until.since(now) <= LONGEST_RETRY_AFTER;
        if let Some(until) = self.rests_until.filter(is_near) {
            return self.token_at(now).map_or(Want::Wait(until), Want::Use);
        }
        match (self.client.refresh(self.tokens.clone(), Renewal::default()), self.token_at(now)) {
            (Ok(mut ask), _) => {
                self.asked += 1;
                ask.question().number = self.asked;
                self.state = State::Refreshing(now);
                Want::Send(Box::new(ask))
            }
            (Err(_), Some(token)) => Want::Use(token),
            (Err(_), None) => {
                self.state = State::Ended(Ended::Expired);
                Want::SignIn(Ended::Expired)
            }
        }
    }

    /// Brings the answer to whoever waits.
    ///
    /// # Errors
    ///
    /// The [`Error`] of an answer that is no set of tokens; the session is over only if the server
    /// said that it is ([`state`](Self::state)). What comes too late to matter is no error.
    pub fn answer(
        &mut self,
        ask: AwaitingRefresh,
        response: &Response,
        now: UnixTime,
    ) -> Result<(), Error> {
        let (number, is_current) = (ask.number, self.is_current(&ask));
        let is_over = matches!(self.state, State::Ended(_));
        match ask.answer(response, now) {
            // Late or not, these are newer than what is there.
            Ok(tokens) if number > self.held && !is_over => {
                let (client, asked) = (self.client.clone(), self.asked);
                *self = Self { asked, held: number, ..Self::new(client, tokens, now) };
                Ok(())
            }
            Err(unrefreshed) if is_current => {
                self.judge(&unrefreshed.error, response, now);
                Err(unrefreshed.error.into())
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Says that no answer came.
    ///
    /// # Errors
    ///
    /// `offline` or `refresh_in_doubt`, for the one who asked; the session goes on.
    pub fn lost(
        &mut self,
        ask: &AwaitingRefresh,
        delivery: Delivery,
        now: UnixTime,
    ) -> Result<(), Error> {
        if !self.is_current(ask) {
            return Ok(());
        }
        match delivery {
            Delivery::NotSent => {
                self.rest();
                Err(RefreshError::NotSent.into())
            }
            Delivery::Unknown => {
                self.fail(true, None, now);
                Err(RefreshError::InDoubt.into())
            }
        }
    }

    /// Takes a request back that was never sent, for want of a signature or of anything else.
    pub fn give_back(&mut self, mut ask: Outgoing<AwaitingRefresh>) {
        if self.is_current(ask.question()) {
            self.rest();
        }
    }

    /// Hears that an API has called this access token invalid: it is not handed out again, and the
    /// next one who [wants](Self::want) a token asks for another. A token of before is past.
    pub fn refuse(&mut self, access_token: &Secret) {
        self.is_refused |= self.tokens.access_token == *access_token;
    }

    /// The token, if it is good for something then.
    fn token_at(&self, then: UnixTime) -> Option<Secret> {
        let is_live = self.tokens.expires_at.is_none_or(|end| then < end);
        (is_live && !self.is_refused).then(|| self.tokens.access_token.clone())
    }

    /// As much of `life` as a token that has just come can have: or every token would be too old.
    fn within_reach(&self, life: Duration) -> Duration {
        let whole = self.tokens.expires_at.map(|end| end.since(self.since));
        whole.map_or(life, |whole| life.min(whole / 2))
    }

    /// Whether it is this request that all wait for.
    fn is_current(&self, ask: &AwaitingRefresh) -> bool {
        matches!(self.state, State::Refreshing(_)) && ask.number == self.asked
    }

    /// Nothing is under way any more.
    fn rest(&mut self) {
        self.state = if self.is_in_doubt { State::InDoubt } else { State::Active };
    }

    /// A request brought nothing. The first time it is sent again at once, while a server with a
    /// grace window still gives the same answer; then ever more seldom.
    fn fail(&mut self, is_in_doubt: bool, retry_after: Option<Duration>, now: UnixTime) {
        self.is_in_doubt |= is_in_doubt;
        let seconds = 1_u64.checked_shl(self.failures).unwrap_or(u64::MAX);
        let rest = Duration::from_secs(seconds).min(LONGEST_REST);
        let rest = if self.failures == 0 { Duration::ZERO } else { rest };
        self.failures = self.failures.saturating_add(1);
        self.rests_until = Some(now + retry_after.unwrap_or(rest));
        self.rest();
    }

    fn judge(&mut self, error: &RefreshError, response: &Response, now: UnixTime) {
        let retry_after = response.headers.first("retry-after").and_then(number);
        let retry_after = retry_after.map(|s| Duration::from_secs(s).min(LONGEST_RETRY_AFTER));
        match error {
            // Nothing was done with the request.
            RefreshError::Answer(RedeemError::BadStatus(429 | 503)) => {
                self.fail(false, retry_after, now);
            }
            RefreshError::Answer(RedeemError::Refused(body)) => match body.error.as_str() {
                "temporarily_unavailable" => self.fail(false, retry_after, now),
                "server_error" => self.fail(true, retry_after, now),
                _ => self.state = State::Ended(Ended::Refused(error.clone())),
            },
            // The server, or something before it, fell over: the tokens may have turned.
            RefreshError::Answer(_)
            | RefreshError::InDoubt
            | RefreshError::NotSent
            | RefreshError::NoRefreshToken => self.fail(true, retry_after, now),
            RefreshError::BadScope
            | RefreshError::WrongIssuer
            | RefreshError::WrongSubject
            | RefreshError::WrongAudience
            | RefreshError::WrongLogin
            | RefreshError::BadIdToken => {
                self.state = State::Ended(Ended::Refused(error.clone()));
            }
        }
    }
}

impl From<Ended> for Error {
    fn from(why: Ended) -> Self {
        match why {
            Ended::Expired => RefreshError::NoRefreshToken.into(),
            Ended::Refused(error) => error.into(),
        }
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
