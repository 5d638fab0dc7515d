//! What must hold of a session at every moment.

use grantflow::server::Record;
use grantflow::server::grant::{Death, Phase};
use stateright::Property;

use super::{MOST_REQUESTS, State, Tab, Tabs};

/// All of them, and what must be possible.
pub(super) fn all() -> Vec<Property<Tabs>> {
    vec![
        Property::always("one refresh", |_, state: &State| !state.wrongs.double),
        Property::always("an answer", Tabs::every_tab_gets_an_answer),
        Property::always("no replay", Tabs::the_server_sees_no_theft),
        Property::always("staying signed in", |_, state: &State| !state.wrongs.out),
        Property::always("freshness", |_, state: &State| !state.wrongs.dead),
        Property::sometimes("Alice can still sign in", Tabs::the_next_token_is_used),
    ]
}

impl Tabs {
    /// Nobody waits for ever, and nobody asks for ever.
    fn every_tab_gets_an_answer(&self, state: &State) -> bool {
        let is_answered = |(tab, it): (usize, &Tab)| match it {
            Tab::Waiting(until) => self.is_answered(state, tab, *until),
            Tab::Idle | Tab::Away { .. } | Tab::Out | Tab::Closed => true,
        };
        state.arrived < MOST_REQUESTS && state.tabs.iter().enumerate().all(is_answered)
    }

    /// No refresh token is spent twice, but for the one just spent, while the server allows for it.
    fn the_server_sees_no_theft(&self, state: &State) -> bool {
        state.shelf.keys().all(|key| {
            let Some(record) = state.shelf.get(key) else { return true };
            match &self.host.records.get(record).record {
                Record::Grant(grant) => grant.phase != Phase::Dead { why: Death::Replayed },
                _ => true,
            }
        })
    }

    fn the_next_token_is_used(&self, state: &State) -> bool {
        state.arrived > 0
            && state.given.is_some_and(|token| {
                let now = self.now(state);
                self.facts.good(&self.host, token, &state.shelf, now).opens
            })
    }
}
