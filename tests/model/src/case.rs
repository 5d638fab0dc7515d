//! One thing to look at, whichever model it belongs to.

use grantflow_world::{Property, World};

use crate::check::{self, Verdict};
use crate::defence::{Defence, Defences};
use crate::design::Design;
use crate::{flow, race, session};

/// A model with its attacker and its bounds.
pub(crate) struct Case {
    kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// What can be taken away.
    pub(crate) removable: Defences,
    /// Of what three at once are taken away, too.
    pub(crate) behind: Defences,
    /// What is broken although nothing is taken away.
    pub(crate) limits: &'static [&'static str],
}

enum Kind {
    Flow(flow::Lineup),
    Race(race::Lineup),
    Session(session::Lineup),
    Design(Design),
}

/// What stands behind each other on the way of a callback to the app.
const BEHIND: Defences = Defences::of(&[
    Defence::State,
    Defence::Iss,
    Defence::Nonce,
    Defence::TokenIssuer,
    Defence::Signature,
    Defence::IdToken,
    Defence::Challenge,
    Defence::Verifier,
    Defence::Client,
]);

/// Everything there is to look at.
pub(crate) fn all(is_deep: bool) -> Vec<Case> {
    let flows = flow::lineups(is_deep).into_iter().chain(flow::limits()).map(|it| Case {
        name: it.name,
        about: it.about,
        removable: it.removable,
        limits: it.limits,
        behind: if is_deep { it.removable } else { it.removable.and(BEHIND) },
        kind: Kind::Flow(it),
    });
    let races = race::lineups(is_deep).into_iter().map(|it| Case {
        name: it.name,
        about: it.about,
        removable: it.removable,
        limits: &[],
        behind: if is_deep { it.removable } else { Defences::NONE },
        kind: Kind::Race(it),
    });
    let sessions = session::lineups(is_deep).into_iter().map(|it| Case {
        name: it.name,
        about: it.about,
        removable: it.removable,
        limits: it.limits,
        behind: Defences::NONE,
        kind: Kind::Session(it),
    });
    flows.chain(races).chain(sessions).chain(designs()).collect()
}

/// Designs that are broken, and must be seen to be.
fn designs() -> [Case; 2] {
    let case = |name, about, limits, design| Case {
        name,
        about,
        removable: Defences::NONE,
        behind: Defences::NONE,
        limits,
        kind: Kind::Design(design),
    };
    [
        case(
            "design: check, then mark",
            "not ours: a server that reads, then marks the code as spent, then inserts tokens",
            &["one answer", "revocation"],
            Design::CheckThenMark,
        ),
        case(
            "design: take, then insert",
            "not ours: a server that takes the code, then checks the request, then inserts tokens",
            &["revocation", "no effect"],
            Design::TakeThenInsert,
        ),
    ]
}

impl Case {
    /// Searches it to its end, without these defences.
    pub(crate) fn search(&self, off: Defences) -> Verdict {
        match &self.kind {
            Kind::Flow(it) => check::search(it.flow(off)),
            Kind::Race(it) => check::search(it.race(off)),
            Kind::Session(it) => check::search(it.tabs(off)),
            Kind::Design(it) => check::search(*it),
        }
    }

    /// The shortest way to where the property does not hold.
    pub(crate) fn trace(&self, off: Defences, property: &str) -> Vec<String> {
        match &self.kind {
            Kind::Flow(it) => check::trace(&it.flow(off), property),
            Kind::Race(it) => check::trace(&it.race(off), property),
            Kind::Session(it) => check::trace(&it.tabs(off), property),
            Kind::Design(it) => check::trace(it, property),
        }
        .unwrap_or_default()
    }

    /// Whether it is the flow that is looked at.
    pub(crate) const fn is_flow(&self) -> bool {
        matches!(self.kind, Kind::Flow(_))
    }

    /// The same in the demo's World, or why it cannot be told there; `None` if it is another model's.
    pub(crate) fn told(
        &self,
        off: Defences,
        property: Property,
        (seed, without): (&str, grantflow_world::Defences),
    ) -> Option<Result<World, String>> {
        let Kind::Flow(it) = &self.kind else { return None };
        let flow = it.flow(off);
        let acts = check::path(&flow, property.name())?;
        Some(flow.tell(&acts, (seed, without), property))
    }
}
