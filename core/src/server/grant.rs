//! What a person agreed to, and how much of it is spent: one record, changed one swap at a time.

use alloc::string::String;

use super::name::GrantId;
use crate::pack::{Packer, Unpacker};
use crate::pkce::Challenge;
use crate::scope::ScopeSet;
use crate::time::UnixTime;

/// What a person agreed to, and how much of it is spent.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Grant {
    /// Fixed when the person agreed.
    pub terms: Terms,
    /// Where in its life the grant is.
    pub phase: Phase,
}

/// The facts a grant was given for; they never change.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Terms {
    /// Its name.
    pub id: GrantId,
    /// The client the code was issued to.
    pub client_id: String,
    /// Who agreed.
    pub subject: String,
    /// Where the code was sent, byte for byte.
    pub redirect_uri: String,
    /// What the verifier must answer, if the client used PKCE.
    pub challenge: Option<Challenge>,
    /// What the person agreed to, which may be less than was asked.
    pub scope: ScopeSet,
    /// `nonce`, to go into the ID token.
    pub nonce: Option<String>,
    /// When the person last proved who they are.
    pub auth_time: UnixTime,
    /// When the person agreed.
    pub born: UnixTime,
    /// The first instant at which it cannot be refreshed; `None` is never at all.
    pub refresh_until: Option<UnixTime>,
    /// When nothing of it can be good any more, and a store may forget it.
    pub dies: UnixTime,
}

/// The life of a grant, in the order it happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Phase {
    /// A code is out.
    Coded {
        /// The first instant at which the code is too old.
        until: UnixTime,
    },
    /// The code was redeemed; its tokens live.
    Live {
        /// Which generation of tokens is the newest.
        turn: u32,
        /// When that generation was made.
        turned: UnixTime,
        /// Who made it, so that a request whose swap got no answer knows its own work.
        writer: Writer,
    },
    /// It never comes back. Kept until it dies, so that a replay is recognised.
    Dead {
        /// Why.
        why: Death,
    },
}

/// Why a grant is dead.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Death {
    /// Its code was seen to be too old; a clock that goes back revives nothing.
    Expired,
    /// Its code, or a refresh token, was spent twice.
    Replayed,
    /// The client or the person ended it.
    Revoked,
}

/// A mark of the request that wrote a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Writer(pub(crate) [u8; 16]);

impl Grant {
    /// Whether an access token of generation `turn` is good for anything.
    #[must_use]
    pub const fn accepts(&self, turn: u32) -> bool {
        match self.phase {
            Phase::Live { turn: newest, .. } => turn <= newest,
            Phase::Coded { .. } | Phase::Dead { .. } => false,
        }
    }

    pub(crate) fn pack(&self, to: Packer) -> Packer {
        let Terms { id, client_id, subject, redirect_uri, challenge, .. } = &self.terms;
        let Terms { scope, nonce, auth_time, born, refresh_until, dies, .. } = &self.terms;
        let to = to
            .array(id.0)
            .text(client_id)
            .text(subject)
            .text(redirect_uri)
            .maybe(challenge.as_ref(), |p, challenge| p.array(*challenge.as_bytes()))
            .text(&scope.to_text())
            .maybe(nonce.as_deref(), Packer::text)
            .u64(auth_time.as_secs())
            .u64(born.as_secs())
            .maybe(*refresh_until, |p, until| p.u64(until.as_secs()))
            .u64(dies.as_secs());
        match self.phase {
            Phase::Coded { until } => to.byte(0).u64(until.as_secs()),
            Phase::Live { turn, turned, writer } => {
                to.byte(1).u32(turn).u64(turned.as_secs()).array(writer.0)
            }
            Phase::Dead { why: Death::Expired } => to.byte(2),
            Phase::Dead { why: Death::Replayed } => to.byte(3),
            Phase::Dead { why: Death::Revoked } => to.byte(4),
        }
    }

    pub(crate) fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let terms = Terms {
            id: GrantId(from.array()?),
            client_id: from.text()?,
            subject: from.text()?,
            redirect_uri: from.text()?,
            challenge: from.maybe(|f| f.array().map(Challenge::from_bytes))?,
            scope: ScopeSet::parse(&from.text()?).ok()?,
            nonce: from.maybe(Unpacker::text)?,
            auth_time: UnixTime::from_secs(from.u64()?),
            born: UnixTime::from_secs(from.u64()?),
            refresh_until: from.maybe(|f| f.u64().map(UnixTime::from_secs))?,
            dies: UnixTime::from_secs(from.u64()?),
        };
        let phase = match from.byte()? {
            0 => Phase::Coded { until: UnixTime::from_secs(from.u64()?) },
            1 => Phase::Live {
                turn: from.u32()?,
                turned: UnixTime::from_secs(from.u64()?),
                writer: Writer(from.array()?),
            },
            2 => Phase::Dead { why: Death::Expired },
            3 => Phase::Dead { why: Death::Replayed },
            4 => Phase::Dead { why: Death::Revoked },
            _ => return None,
        };
        Some(Self { terms, phase })
    }
}
