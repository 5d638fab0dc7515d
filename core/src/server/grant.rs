//! What a person agreed to, and how much of it is spent: one record, changed one swap at a time.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::name::GrantId;
use crate::pack::{Packer, Unpacker};
use crate::pkce::Challenge;
use crate::scope::ScopeSet;
use crate::states::State;
use crate::time::UnixTime;

/// Most APIs that one grant can be for.
pub const MOST_RESOURCES: usize = 16;

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
    /// The client that holds it.
    pub client_id: String,
    /// What tokens may be good for, which may be less than was asked.
    pub scope: ScopeSet,
    /// The APIs that tokens may be for; empty is every one that reads opaque tokens.
    pub resources: Vec<String>,
    /// What a person agreed to; `None` where a client acts for itself
    /// ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).
    pub agreed: Option<Agreement>,
    /// When it was given.
    pub born: UnixTime,
    /// When nothing of it can be good any more, and a store may forget it.
    pub dies: UnixTime,
}

/// What a person agreed to in a browser, and how they got there.
#[derive(Clone, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Agreement {
    /// Who agreed.
    pub subject: String,
    /// When they last proved who they are.
    pub auth_time: UnixTime,
    /// Where the code was sent, byte for byte.
    pub redirect_uri: String,
    /// What the verifier must answer, if the client used PKCE.
    pub challenge: Option<Challenge>,
    /// `nonce`, to go into the ID token.
    pub nonce: Option<String>,
    /// Claims to let out beyond those of the scopes.
    pub claims: AskedClaims,
    /// The first instant at which it cannot be refreshed; `None` is never at all.
    pub refresh_until: Option<UnixTime>,
}

/// `nonce` is between the client and the person's browser, so it does not print.
impl fmt::Debug for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agreement")
            .field("subject", &self.subject)
            .field("auth_time", &self.auth_time)
            .field("redirect_uri", &self.redirect_uri)
            .field("challenge", &self.challenge)
            .field("claims", &self.claims)
            .field("refresh_until", &self.refresh_until)
            .finish_non_exhaustive()
    }
}

/// Claims asked for by name, beyond those of the scopes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AskedClaims {
    /// For the userinfo endpoint.
    pub userinfo: Vec<String>,
    /// For the ID token.
    pub id_token: Vec<String>,
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

impl Phase {
    /// Its name in the table of [transitions](crate::states::TRANSITIONS).
    #[must_use]
    pub const fn state(&self) -> State {
        match self {
            Self::Coded { .. } => State::Coded,
            Self::Live { .. } => State::Live,
            Self::Dead { why: Death::Expired } => State::Expired,
            Self::Dead { why: Death::Replayed } => State::Replayed,
            Self::Dead { why: Death::Revoked } => State::Revoked,
        }
    }
}

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
        let Terms { id, client_id, scope, resources, agreed, born, dies } = &self.terms;
        let to = to
            .array(id.0)
            .text(client_id)
            .text(&scope.to_text())
            .many(resources.iter(), |p, resource| p.text(resource))
            .maybe(agreed.as_ref(), |p, agreed| agreed.pack(p))
            .u64(born.as_secs())
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
            scope: scope(&from.text()?)?,
            resources: from.many(Unpacker::text)?,
            agreed: from.maybe(Agreement::unpack)?,
            born: UnixTime::from_secs(from.u64()?),
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

/// Reads words as they are stored. There may be none: a client that acts for itself may have been
/// granted nothing in particular.
pub(crate) fn scope(text: &str) -> Option<ScopeSet> {
    if text.is_empty() { Some(ScopeSet::default()) } else { ScopeSet::parse(text).ok() }
}

impl Agreement {
    fn pack(&self, to: Packer) -> Packer {
        let names = |p: Packer, names: &Vec<String>| p.many(names.iter(), |p, name| p.text(name));
        let to = to
            .text(&self.subject)
            .u64(self.auth_time.as_secs())
            .text(&self.redirect_uri)
            .maybe(self.challenge.as_ref(), |p, challenge| p.array(*challenge.as_bytes()))
            .maybe(self.nonce.as_deref(), Packer::text);
        let AskedClaims { userinfo, id_token } = &self.claims;
        names(names(to, userinfo), id_token)
            .maybe(self.refresh_until, |p, until| p.u64(until.as_secs()))
    }

    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self {
            subject: from.text()?,
            auth_time: UnixTime::from_secs(from.u64()?),
            redirect_uri: from.text()?,
            challenge: from.maybe(|f| f.array().map(Challenge::from_bytes))?,
            nonce: from.maybe(Unpacker::text)?,
            claims: AskedClaims {
                userinfo: from.many(Unpacker::text)?,
                id_token: from.many(Unpacker::text)?,
            },
            refresh_until: from.maybe(|f| f.u64().map(UnixTime::from_secs))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::server::testing::{NOW, terms};

    fn grants() -> impl Iterator<Item = Grant> {
        let mut whole = terms("openid email", true, NOW);
        whole.resources = ["https://api.test".into(), "https://b.test".into()].into();
        let agreed = whole.agreed.as_mut().unwrap();
        agreed.challenge = Some(Challenge::from_bytes([5; 32]));
        agreed.nonce = Some("the-nonce".into());
        agreed.claims =
            AskedClaims { userinfo: ["name".into()].into(), id_token: ["email".into()].into() };
        let own = Terms { agreed: None, scope: ScopeSet::default(), ..terms("x", false, NOW) };
        let phases = [
            Phase::Coded { until: NOW },
            Phase::Live { turn: 7, turned: NOW, writer: Writer([6; 16]) },
            Phase::Dead { why: Death::Expired },
            Phase::Dead { why: Death::Replayed },
            Phase::Dead { why: Death::Revoked },
        ];
        [whole, own]
            .into_iter()
            .flat_map(move |terms| phases.map(|phase| Grant { terms: terms.clone(), phase }))
    }

    #[test]
    fn a_grant_is_read_as_it_was_written() {
        for grant in grants() {
            let bytes = grant.pack(Packer::new()).finish();
            let mut from = Unpacker::new(&bytes);
            assert_eq!(Grant::unpack(&mut from), Some(grant));
            assert!(from.is_done());
        }
    }

    #[test]
    fn only_a_living_grant_accepts_tokens_and_none_of_a_generation_to_come() {
        for grant in grants() {
            let is_live = matches!(grant.phase, Phase::Live { .. });
            assert_eq!([0, 7, 8].map(|turn| grant.accepts(turn)), [is_live, is_live, false]);
        }
    }

    #[test]
    fn an_agreement_prints_all_but_its_nonce() {
        let printed = format!("{:?}", grants().next().unwrap());
        assert!(printed.contains("alice") && printed.contains("https://app.test/cb"), "{printed}");
        assert!(!printed.contains("the-nonce"));
    }
}
