//! The next tokens, asked for once for all who want them, and none lost to a bad line.

use alloc::boxed::Box;
use core::time::Duration;

pub use super::want::{Delivery, Ended, State, Want};
use crate::client::Error;
use crate::client::credentials::Outgoing;
use crate::client::profile::Client;
use crate::client::redeem::RedeemError;
use crate::client::refresh::{AwaitingRefresh, RefreshError, Renewal};
use crate::client::resource::Tokens;
use crate::secret::Secret;
use crate::text::number;
use crate::time::UnixTime;
use crate::wire::dpop::USE_NONCE;
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
    /// Unknown to a page that found the tokens and has not asked the server for anything yet.
    client: Option<Client>,
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
    /// What the last request for another token brought.
    other: Option<Box<Tokens>>,
}

impl Session {
    /// Keeps the tokens that a login has just brought.
    #[must_use]
    pub const fn new(client: Client, tokens: Tokens, now: UnixTime) -> Self {
        Self::of(Some(client), tokens, now)
    }

    /// Goes on with tokens that came at `since`, of a server that is still to be
    /// [met](Self::meet).
    pub(super) const fn restored(tokens: Tokens, since: UnixTime) -> Self {
        Self::of(None, tokens, since)
    }

    const fn of(client: Option<Client>, tokens: Tokens, since: UnixTime) -> Self {
        Self {
            client,
            tokens,
            since,
            state: State::Active,
            is_refused: false,
            is_in_doubt: false,
            asked: 0,
            held: 0,
            failures: 0,
            rests_until: None,
            other: None,
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

    /// Learns where the next tokens come from.
    pub(super) fn meet(&mut self, client: &Client) {
        self.client.get_or_insert_with(|| client.clone());
    }

    /// Takes tokens that are newer than whatever was asked for until now.
    pub(super) fn adopt(&mut self, tokens: Tokens, since: UnixTime) {
        let (client, asked) = (self.client.take(), self.asked);
        *self = Self { asked, held: asked, ..Self::of(client, tokens, since) };
    }

    /// All there is to tell two sessions with the same tokens apart.
    #[cfg(test)]
    pub(super) fn traits(&self) -> impl core::fmt::Debug + use<> {
        let flags = (self.is_refused, self.is_in_doubt, self.rests_until);
        (self.state.clone(), self.asked, self.held, self.failures, flags)
    }

    /// When the tokens came.
    pub(super) const fn since(&self) -> UnixTime {
        self.since
    }

    /// Which request brought the tokens.
    pub(super) const fn held(&self) -> u64 {
        self.held
    }

    /// Whether a refresh token went out, and nobody knows what became of it.
    pub(super) const fn is_in_doubt(&self) -> bool {
        self.is_in_doubt
    }

    /// The token, if it lives for `life` more, or for as much of that as a new one would.
    pub(super) fn fresh(&self, now: UnixTime, life: Duration) -> Option<Secret> {
        self.token_at(now + within_reach(life, self.since, self.tokens.expires_at))
    }

    /// Until when the server is left alone.
    pub(super) fn rests(&self, now: UnixTime) -> Option<UnixTime> {
        let is_near = |until: &UnixTime| now < *until && until.since(now) <= LONGEST_RETRY_AFTER;
        self.rests_until.filter(is_near)
    }

    /// Asks for a token that lives for `life` more, or at least lives.
    ///
    /// Of all who come while the token is too old, the first is told to send and the others to wait;
    /// whoever can do with the token as it is gets that.
    pub fn want(&mut self, now: UnixTime, life: Duration) -> Want {
        match self.under_way(now) {
            Err(why) => return Want::SignIn(why),
            Ok(Some(until)) => return self.token_at(now).map_or(Want::Wait(until), Want::Use),
            Ok(None) => {}
        }
        if let Some(token) = self.fresh(now, life) {
            return Want::Use(token);
        }
        if let Some(until) = self.rests(now) {
            return self.token_at(now).map_or(Want::Wait(until), Want::Use);
        }
        match (self.send(now, Renewal::default()), self.token_at(now)) {
            (Some(ask), _) => ask,
            (None, Some(token)) => Want::Use(token),
            (None, None) => {
                self.state = State::Ended(Ended::Expired);
                Want::SignIn(Ended::Expired)
            }
        }
    }

    /// Until when a request that is under way is waited for, if one is.
    fn under_way(&mut self, now: UnixTime) -> Result<Option<UnixTime>, Ended> {
        match self.state {
            State::Ended(ref why) => Err(why.clone()),
            // A clock that went back tells nothing about how long it has been.
            State::Refreshing(begun) if begun <= now && now < begun + LONGEST_REFRESH => {
                Ok(Some(begun + LONGEST_REFRESH))
            }
            State::Refreshing(_) => {
                self.fail(true, None, now);
                Ok(None)
            }
            State::Active | State::InDoubt => Ok(None),
        }
    }

    /// Asks for another token than the session's own: for another API, or good for less. It comes with
    /// the next refresh token, and leaves the session's own as it is.
    pub(super) fn want_other(&mut self, now: UnixTime, renewal: Renewal) -> Want {
        match self.under_way(now) {
            Err(why) => return Want::SignIn(why),
            Ok(Some(until)) => return Want::Wait(until),
            Ok(None) => {}
        }
        if let Some(until) = self.rests(now) {
            return Want::Wait(until);
        }
        self.send(now, renewal).unwrap_or(Want::SignIn(Ended::Expired))
    }

    /// What the last request for another token brought, once.
    pub(super) fn take_other(&mut self) -> Option<Box<Tokens>> {
        self.other.take()
    }

    fn send(&mut self, now: UnixTime, renewal: Renewal) -> Option<Want> {
        let tokens = self.tokens.clone();
        let mut ask = self.client.as_ref()?.refresh(tokens, renewal).ok()?;
        self.asked += 1;
        ask.question().number = self.asked;
        self.state = State::Refreshing(now);
        Some(Want::Send(Box::new(ask)))
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
        let is_other = ask.other().is_some();
        let is_over = matches!(self.state, State::Ended(_));
        match ask.answer(response, now) {
            // Late or not, these are newer than what is there.
            Ok(mut tokens) if number > self.held && !is_over && is_other => {
                self.tokens.refresh_token = tokens.refresh_token.take();
                (self.state, self.held, self.failures) = (State::Active, number, 0);
                (self.is_in_doubt, self.rests_until) = (false, None);
                self.other = Some(Box::new(tokens));
                Ok(())
            }
            Ok(tokens) if number > self.held && !is_over => {
                let (client, asked) = (self.client.clone(), self.asked);
                *self = Self { asked, held: number, ..Self::of(client, tokens, now) };
                Ok(())
            }
            // That one may not be had says nothing about the others.
            Err(unrefreshed) if is_current && is_other && unrefreshed.error.is_about_aim() => {
                self.rest();
                Err(unrefreshed.error.into())
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
    pub(super) fn token_at(&self, then: UnixTime) -> Option<Secret> {
        let is_live = self.tokens.expires_at.is_none_or(|end| then < end);
        (is_live && !self.is_refused).then(|| self.tokens.access_token.clone())
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
                // A browser may send a request again, and its proof is good once.
                "server_error" | "invalid_dpop_proof" | USE_NONCE => {
                    self.fail(true, retry_after, now);
                }
                _ => self.state = State::Ended(Ended::Refused(error.clone())),
            },
            RefreshError::BadScope
            | RefreshError::WrongIssuer
            | RefreshError::WrongSubject
            | RefreshError::WrongAudience
            | RefreshError::WrongLogin
            | RefreshError::BadIdToken
            // It has turned them, into what is of no use: asked again, it would see theft.
            | RefreshError::Answer(RedeemError::UnknownTokenType) => {
                self.state = State::Ended(Ended::Refused(error.clone()));
            }
            // The server, or something before it, fell over: the tokens may have turned.
            RefreshError::Answer(_)
            | RefreshError::InDoubt
            | RefreshError::NotSent
            | RefreshError::NoRefreshToken => self.fail(true, retry_after, now),
        }
    }
}

/// As much of `life` as a token that has just come can have: or every token would be too old.
pub(super) fn within_reach(life: Duration, since: UnixTime, end: Option<UnixTime>) -> Duration {
    end.map_or(life, |end| life.min(end.since(since) / 2))
}

#[cfg(test)]
#[path = "renewal_tests.rs"]
mod tests;
