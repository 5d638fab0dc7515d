//! What tabs tell each other, and what lies where all of them look: tokens, and a word that says
//! which ones are in force.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;
use core::time::Duration;

use zeroize::Zeroize as _;

use super::past::Past;
use super::state::Live;
use crate::base64url;
use crate::client::callback::storage_key;
use crate::client::dpop::ProofKey;
use crate::client::profile::Profile;
use crate::client::resource::{Identity, Tokens};
use crate::pack::{Packer, Unpacker};
use crate::scope::{OPENID, ScopeSet};
use crate::secret::Secret;
use crate::text::{cut, number, push_digits};
use crate::time::UnixTime;

const VERSION: u8 = 3;

/// What is written in place of a [`mark`] once the user is out.
pub(super) const OUT: &str = "-";

/// Tokens, and which of a session's they are.
#[derive(Debug)]
pub(super) struct Kept {
    /// The login they came from.
    pub(super) login: String,
    /// When that was.
    pub(super) born: UnixTime,
    /// How often they were refreshed.
    pub(super) turn: u32,
    /// When they came.
    pub(super) since: UnixTime,
    pub(super) tokens: Tokens,
}

/// A word from one tab to all others.
#[derive(Debug)]
pub(super) enum Word {
    /// Who has tokens?
    Ask,
    /// These are in force.
    Tokens(Box<Kept>),
    /// A session is over.
    Out(Past),
}

/// Says which refresh token is in force, and does not tell it: its place in the order, half a hash.
///
/// A tab whose own token has another mark was overtaken, and must not send what it has: the server
/// would take that for theft.
pub(super) fn mark(live: &Live) -> Secret {
    let tokens = live.session.tokens();
    let token = tokens.refresh_token.as_ref().unwrap_or(&tokens.access_token);
    let mut text = String::new();
    push_digits(&mut text, live.born.as_secs());
    text.push(' ');
    push_digits(&mut text, live.turn.into());
    text.push(' ');
    text.push_str(&storage_key(token.expose()));
    Secret::new(text)
}

/// Whether a mark says that others have what comes after the tokens that are here. Storage is slow
/// to show what another tab wrote: what it shows may be older.
pub(super) fn is_overtaken(live: &Live, found: &str) -> bool {
    let read = || {
        let (born, rest) = cut(found, b' ')?;
        Some((number(born)?, number(cut(rest, b' ')?.0)?))
    };
    let here = (live.born.as_secs(), u64::from(live.turn));
    !mark(live).matches(found) && read().is_none_or(|there| there >= here)
}

/// The record of tokens, for the store and for other tabs.
pub(super) fn record(live: &Live) -> Secret {
    let tokens = live.session.tokens();
    let secret = |packer: Packer, text: &Secret| packer.text(text.expose());
    let mut bytes = Packer::new()
        .byte(VERSION)
        .text(&live.login)
        .u64(live.born.as_secs())
        .u32(live.turn)
        .u64(live.session.since().as_secs())
        .text(tokens.access_token.expose())
        .maybe(tokens.expires_at, |packer, at| packer.u64(at.as_secs()))
        .text(&tokens.scope.to_text())
        .text(&tokens.granted.to_text())
        .text(&tokens.asked.to_text())
        .maybe(tokens.resource.as_deref(), Packer::text)
        .maybe(tokens.key.as_ref().map(ProofKey::jwk), Packer::text)
        .maybe(tokens.refresh_token.as_ref(), secret)
        .maybe(tokens.identity.as_ref().map(|identity| identity.sub.as_str()), Packer::text)
        .maybe(tokens.identity.as_ref().map(|identity| &identity.claims), secret)
        .maybe(tokens.id_token.as_ref(), secret)
        .finish();
    let text = Secret::new(base64url::encode(&bytes));
    bytes.zeroize();
    text
}

fn text<'b>(from: &mut Unpacker<'b>) -> Option<&'b str> {
    core::str::from_utf8(from.bytes()?).ok()
}

#[expect(clippy::option_option, reason = "outside: unreadable; inside: not there")]
fn maybe<'b>(from: &mut Unpacker<'b>) -> Option<Option<&'b str>> {
    if from.flag()? { text(from).map(Some) } else { Some(None) }
}

impl Kept {
    /// Reads what [`record`] wrote, as the tokens of this client from this server.
    pub(super) fn decode(text: &str, profile: &Profile) -> Option<Self> {
        let mut bytes = base64url::decode(text)?;
        let kept = Self::unpack(&mut Unpacker::new(&bytes), profile);
        bytes.zeroize();
        // Where `openid` was asked for, only a proved login made tokens.
        kept.filter(|kept| kept.tokens.identity.is_some() || !kept.tokens.asked.contains(OPENID))
    }

    fn unpack(from: &mut Unpacker<'_>, profile: &Profile) -> Option<Self> {
        if from.byte()? != VERSION {
            return None;
        }
        // Slices first: nothing is to be dropped where the bytes end too early.
        let login = text(from)?;
        let (born, turn, since) = (from.u64()?, from.u32()?, from.u64()?);
        let access_token = text(from)?;
        let expires_at = from.maybe(Unpacker::u64)?;
        let scopes = [text(from)?, text(from)?, text(from)?];
        let resource = maybe(from)?;
        let [jwk, refresh_token, sub, claims, id_token] =
            [maybe(from)?, maybe(from)?, maybe(from)?, maybe(from)?, maybe(from)?];
        let key = jwk.and_then(|jwk| ProofKey::parse(jwk, true));
        if !from.is_done() || key.is_some() != jwk.is_some() {
            return None;
        }
        let [scope, granted, asked] = scopes;
        let scopes = (ScopeSet::parse(scope), ScopeSet::parse(granted), ScopeSet::parse(asked));
        let (Ok(scope), Ok(granted), Ok(asked)) = scopes else { return None };
        let issuer = profile.issuer().as_str();
        let mut tokens = Tokens {
            access_token: Secret::new(access_token),
            expires_at: expires_at.map(UnixTime::from_secs),
            issuer: issuer.to_owned(),
            scope,
            granted,
            asked,
            resource: resource.map(str::to_owned),
            key,
            refresh_token: refresh_token.map(Secret::new),
            identity: None,
            id_token: id_token.map(Secret::new),
            return_to: String::new(),
        };
        if let (Some(sub), Some(claims)) = (sub, claims) {
            tokens.identity = Some(Identity {
                iss: issuer.to_owned(),
                sub: sub.to_owned(),
                client_id: profile.client_id().to_owned(),
                claims: Secret::new(claims),
            });
        }
        let (born, since) = (UnixTime::from_secs(born), UnixTime::from_secs(since));
        Some(Self { login: login.to_owned(), born, turn, since, tokens })
    }

    /// The same on a clock that may have been set back since: no token lives longer than it was
    /// given.
    pub(super) fn at(mut self, now: UnixTime) -> Self {
        if now < self.since {
            let life = self.tokens.expires_at.map(|end| end.since(self.since));
            self.tokens.expires_at = life.map(|life: Duration| now + life);
            self.since = now;
        }
        self
    }

    /// Whether these tokens came from an earlier login than those.
    pub(super) fn is_before(&self, live: &Live) -> bool {
        (self.born, &self.login) < (live.born, &live.login)
    }

    /// Whether these tokens replace those: of one login the last, of several the last login's.
    pub(super) fn follows(&self, live: &Live) -> bool {
        let of_these = (self.born, self.login.as_str(), self.turn);
        of_these > (live.born, live.login.as_str(), live.turn)
    }
}

/// Asks who has tokens.
pub(super) fn ask() -> Secret {
    Secret::new("?")
}

/// Says which tokens are in force, by their [`record`].
pub(super) fn tell(record: &Secret) -> Secret {
    let mut text = String::from("=");
    text.push_str(record.expose());
    Secret::new(text)
}

/// Says that a session is over.
pub(super) fn out(past: &Past) -> Secret {
    let mut text = String::from("-");
    text.push_str(&past.login);
    text.push(' ');
    push_digits(&mut text, past.before.as_secs());
    text.push(' ');
    push_digits(&mut text, past.turn.into());
    Secret::new(text)
}

impl Word {
    pub(super) fn parse(text: &str, profile: &Profile) -> Option<Self> {
        let (first, rest) = text.split_at_checked(1)?;
        match first {
            "?" => Some(Self::Ask),
            "=" => Kept::decode(rest, profile).map(|kept| Self::Tokens(Box::new(kept))),
            "-" => {
                let (login, rest) = cut(rest, b' ')?;
                let (before, turn) = cut(rest, b' ')?;
                let (before, turn) = (UnixTime::from_secs(number(before)?), number(turn)?);
                Some(Self::Out(Past::of(login.to_owned(), before, u32::try_from(turn).ok()?)))
            }
            _ => None,
        }
    }
}
