//! What a person lets an app have without being asked again.

use alloc::string::String;
use alloc::vec::Vec;

use super::ask::Asked;
use super::bound::Bound;
use super::login::Login;
use super::policy::{ConsentRule, Policy};
use super::record::Key;
use crate::pack::{Packer, Unpacker};
use crate::scope::ScopeSet;
use crate::time::UnixTime;

/// What a person lets an app have without being asked again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remembered {
    /// What tokens may be good for.
    pub scope: ScopeSet,
    /// Claims that were asked for by name.
    pub claims: Vec<String>,
    /// The APIs that tokens may be for; an empty name stands for tokens without such a limit.
    pub resources: Vec<String>,
    /// The first instant at which the person is asked again.
    pub until: UnixTime,
}

/// Where the yes of this person to this app is remembered, if it may be at all.
///
/// Whoever answers at a loopback address or a scheme of an app's own need not be the app that was
/// agreed to, and one that nobody vouches for shall be seen by a person each time
/// ([RFC 8252 §8.6](https://www.rfc-editor.org/rfc/rfc8252#section-8.6)).
pub(crate) fn place(policy: &Policy, bound: &Bound, login: &Login) -> Option<Key> {
    let client = bound.client();
    let may = policy.consent != ConsentRule::Always
        && client.is_trusted
        && client.is_known_at(&bound.back().redirect_uri);
    may.then(|| Key::Consent {
        subject: login.subject.clone(),
        client_id: client.client_id.clone(),
    })
}

impl Remembered {
    /// What a yes to `asked` agrees to, or to a part of it.
    pub(crate) fn of(asked: &Asked, scope: ScopeSet, claims: Vec<String>, until: UnixTime) -> Self {
        let mut resources = asked.resources.clone();
        if resources.is_empty() {
            resources.push(String::new());
        }
        Self { scope, claims, resources, until }
    }

    /// Whether all of `wanted` was agreed to before, and not too long ago.
    pub(crate) fn covers(&self, wanted: &Self, now: UnixTime) -> bool {
        let has = |all: &[String], some: &[String]| some.iter().all(|one| all.contains(one));
        now < self.until
            && wanted.scope.is_within(&self.scope)
            && has(&self.claims, &wanted.claims)
            && has(&self.resources, &wanted.resources)
    }

    /// All of both, if this is still good; what is asked anew begins a new time.
    pub(crate) fn and(self, new: Self, now: UnixTime) -> Self {
        if self.until <= now {
            return new;
        }
        let joined = |mut all: Vec<String>, some: Vec<String>| {
            for one in some {
                if !all.contains(&one) {
                    all.push(one);
                }
            }
            all
        };
        Self {
            // As many words as a set can hold: then the newest are asked for again.
            scope: self.scope.and(&new.scope),
            claims: joined(self.claims, new.claims),
            resources: joined(self.resources, new.resources),
            until: new.until,
        }
    }

    pub(crate) fn pack(&self, to: Packer) -> Packer {
        to.text(&self.scope.to_text())
            .many(self.claims.iter(), |p, claim| p.text(claim))
            .many(self.resources.iter(), |p, resource| p.text(resource))
            .u64(self.until.as_secs())
    }

    pub(crate) fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self {
            scope: ScopeSet::parse(&from.text()?).ok()?,
            claims: from.many(Unpacker::text)?,
            resources: from.many(Unpacker::text)?,
            until: UnixTime::from_secs(from.u64()?),
        })
    }
}
