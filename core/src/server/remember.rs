//! What a person lets an app have without being asked again.

use alloc::string::String;
use alloc::vec::Vec;

use super::ask::Asked;
use super::bound::Bound;
use super::grant::{self, MOST_RESOURCES};
use super::login::Login;
use super::policy::{ConsentRule, Policy};
use super::record::Key;
use crate::pack::{Packer, Unpacker};
use crate::scope::ScopeSet;
use crate::states::State;
use crate::time::UnixTime;

/// Most APIs for which the yes of one person to one app is remembered; the oldest goes first.
pub const MOST_REMEMBERED: usize = 2 * MOST_RESOURCES;

/// What a person lets an app have without being asked again, API by API.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remembered {
    /// One for each API, the one said last at the end.
    pub answers: Vec<Yes>,
}

/// What a person lets an app have at one API.
///
/// A yes that took in `offline_access` is the other condition under which
/// [OpenID Connect Core §11](https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess)
/// lets it be granted without `prompt=consent`; one that did not take it in is none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Yes {
    /// The API that tokens may be for; empty stands for tokens without such a limit.
    pub resource: String,
    /// What tokens may be good for.
    pub scope: ScopeSet,
    /// Claims that were asked for by name.
    pub claims: Vec<String>,
    /// The first instant at which the person is asked again.
    pub until: UnixTime,
}

/// What a request is about, as far as a yes to it can be remembered.
#[derive(Clone, Debug)]
pub(crate) struct Matter {
    /// As in [`Yes::resource`].
    resources: Vec<String>,
    scope: ScopeSet,
    claims: Vec<String>,
}

/// What a person ticked on a page, to be remembered.
#[derive(Clone, Debug)]
pub(crate) struct Ticked {
    /// All that was on the page.
    pub(crate) page: Matter,
    pub(crate) scope: ScopeSet,
    pub(crate) claims: Vec<String>,
    pub(crate) until: UnixTime,
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

impl Matter {
    pub(crate) fn of(asked: &Asked) -> Self {
        let mut resources = asked.resources.clone();
        if resources.is_empty() {
            resources.push(String::new());
        }
        Self { resources, scope: asked.scope.clone(), claims: asked.claims.names() }
    }
}

impl Remembered {
    /// Whether all of `wanted` was agreed to before, and not too long ago, at each API by itself.
    pub(crate) fn covers(&self, wanted: &Matter, now: UnixTime) -> bool {
        wanted.resources.iter().all(|resource| {
            let said = self.answers.iter().find(|yes| yes.resource == *resource);
            said.is_some_and(|yes| yes.covers(wanted, now))
        })
    }

    /// The same with the newest answer, which takes the place of older ones to all that was on the
    /// page; what was not on it stays.
    pub(crate) fn with(self, new: &Ticked, now: UnixTime) -> Self {
        let (answered, mut answers): (Vec<_>, Vec<_>) = self
            .answers
            .into_iter()
            .filter(|yes| now < yes.until && !yes.is_no())
            .partition(|yes| new.page.resources.contains(&yes.resource));
        answers.extend(new.page.resources.iter().map(|resource| {
            let before = answered.iter().find(|yes| yes.resource == *resource);
            Yes::of(resource, new, before)
        }));
        let too_many = answers.len().saturating_sub(MOST_REMEMBERED);
        Self { answers: answers.split_off(too_many) }
    }

    /// The same after a no: nothing may be had without being asked again.
    pub(crate) fn forgotten(mut self) -> Self {
        for yes in &mut self.answers {
            (yes.scope, yes.claims) = (ScopeSet::default(), Vec::new());
        }
        self
    }

    /// Whether anything of it is a yes.
    pub(crate) fn state(&self) -> State {
        if self.answers.iter().all(Yes::is_no) { State::Forgotten } else { State::Remembered }
    }

    /// When all of it is too old anyway.
    pub(crate) fn dies(&self) -> UnixTime {
        let last = self.answers.iter().map(|yes| yes.until).max();
        last.unwrap_or(UnixTime::from_secs(0))
    }

    pub(crate) fn pack(&self, to: Packer) -> Packer {
        to.many(self.answers.iter(), |p, yes| {
            p.text(&yes.resource)
                .text(&yes.scope.to_text())
                .many(yes.claims.iter(), |p, claim| p.text(claim))
                .u64(yes.until.as_secs())
        })
    }

    pub(crate) fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        let answers = from.many(|f| {
            Some(Yes {
                resource: f.text()?,
                scope: grant::scope(&f.text()?)?,
                claims: f.many(Unpacker::text)?,
                until: UnixTime::from_secs(f.u64()?),
            })
        })?;
        Some(Self { answers })
    }
}

impl Yes {
    fn of(resource: &str, new: &Ticked, before: Option<&Self>) -> Self {
        let Ticked { page, scope, claims, until } = new;
        let mut yes = Self {
            resource: resource.into(),
            scope: scope.clone(),
            claims: claims.clone(),
            until: *until,
        };
        if let Some(before) = before {
            let words = before.scope.only(|word| !page.scope.contains(word));
            let names = before.claims.iter().filter(|name| !page.claims.contains(name));
            let names: Vec<String> = names.cloned().collect();
            // What stays lasts no longer than was said of it.
            if !words.is_empty() || !names.is_empty() {
                yes.until = yes.until.min(before.until);
            }
            // As many words as a set can hold: then the oldest are asked for again.
            yes.scope = yes.scope.and(&words);
            yes.claims.extend(names);
        }
        yes
    }

    fn covers(&self, wanted: &Matter, now: UnixTime) -> bool {
        now < self.until
            && wanted.scope.is_within(&self.scope)
            && wanted.claims.iter().all(|claim| self.claims.contains(claim))
    }

    const fn is_no(&self) -> bool {
        self.scope.is_empty() && self.claims.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn a_newer_answer_takes_the_place_of_what_it_was_asked_with_and_of_nothing_else() {
        let all = Remembered { answers: Vec::new() };
        let all = all.with(&ticked(&["a"], "read delete", "read delete", 90), at(0));
        let all = all.with(&ticked(&["a", "b"], "read send", "send", 100), at(10));
        let said: Vec<_> = all.answers.iter().map(|y| (&*y.resource, y.scope.to_text())).collect();
        assert_eq!(said, [("a", "send delete".into()), ("b", "send".into())]);
        assert_eq!(all.answers[0].until, at(90), "what stays lasts no longer");
        assert_eq!(all.answers[1].until, at(100));
        assert_eq!(all.dies(), at(100));
        assert!(all.covers(&matter(&["a"], "delete send"), at(89)));
        assert!(!all.covers(&matter(&["a"], "delete send"), at(90)));
        assert!(all.covers(&matter(&["a", "b"], "send"), at(89)));
        assert!(!all.covers(&matter(&["a", "b"], "send"), at(90)), "each by itself");
        assert!(!all.covers(&matter(&["b"], "delete"), at(10)));
        assert!(!all.covers(&matter(&[""], "send"), at(10)), "nor for all of them");
    }

    #[test]
    fn the_same_answer_twice_is_the_same_answer() {
        let once = Remembered { answers: Vec::new() }
            .with(&ticked(&["a"], "read delete", "read", 90), at(0))
            .with(&ticked(&["b", "a"], "send", "send", 100), at(10));
        let new = ticked(&["a", "c"], "read", "read", 120);
        let once = once.with(&new, at(30));
        assert_eq!(once.clone().with(&new, at(30)), once);
    }

    #[test]
    fn a_no_leaves_nothing_and_the_oldest_answers_make_room() {
        let mut all = Remembered { answers: Vec::new() };
        for n in 0..=MOST_REMEMBERED {
            all = all.with(&ticked(&[&format!("{n}")], "read", "read", 90), at(0));
        }
        assert_eq!(all.answers.len(), MOST_REMEMBERED);
        assert!(!all.covers(&matter(&["0"], "read"), at(0)));
        assert!(all.covers(&matter(&["1"], "read"), at(0)));
        let none = all.forgotten();
        assert!(!none.covers(&matter(&["1"], "read"), at(0)));
        assert_eq!(none.dies(), at(90), "so that no clock that goes back revives it");
        let new = none.with(&ticked(&["x"], "read", "read", 90), at(0));
        assert_eq!(new.answers.len(), 1);
    }

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(seconds)
    }

    fn matter(resources: &[&str], scope: &str) -> Matter {
        Matter {
            resources: resources.iter().map(|name| String::from(*name)).collect(),
            scope: ScopeSet::parse(scope).unwrap(),
            claims: Vec::new(),
        }
    }

    fn ticked(resources: &[&str], page: &str, scope: &str, until: u64) -> Ticked {
        let scope = ScopeSet::parse(scope).unwrap();
        Ticked { page: matter(resources, page), scope, claims: Vec::new(), until: at(until) }
    }
}
