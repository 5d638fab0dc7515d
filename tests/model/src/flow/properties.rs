//! What must hold, and the order of a staged search.

use stateright::Property;

use crate::host::Person;

use super::{Act, At, Done, Flow, Login, State};

/// All of them, and what must be possible.
pub(super) fn all() -> Vec<Property<Flow>> {
    vec![
        Property::always("authorization", Flow::nothing_is_stolen),
        Property::always("authentication", Flow::nobody_else_is_alice),
        Property::always("session integrity", Flow::alice_is_where_she_began),
        Property::always("one answer", |_, state: &State| {
            state.grants.iter().all(|grant| grant.answers <= 1)
        }),
        Property::always("one callback", |_, state: &State| !state.wrongs.twice),
        Property::always("proved identity", |_, state: &State| !state.wrongs.unproven),
        Property::always("no effect", |_, state: &State| !state.wrongs.disturbed),
        Property::always("freshness", |_, state: &State| !state.wrongs.stale),
        Property::always("revocation", Flow::nothing_survives_a_replay),
        Property::sometimes("Alice can still sign in", Flow::alice_can_sign_in),
        Property::sometimes("a code is good in its last second", |flow: &Flow, state: &State| {
            state.last_seconds.0 || !flow.lineup.clock.contains(&599)
        }),
        Property::sometimes("a login is good in its last second", |flow: &Flow, state: &State| {
            state.last_seconds.1 || !flow.lineup.clock.contains(&899)
        }),
    ]
}

impl Flow {
    fn done(state: &State) -> impl Iterator<Item = (usize, Done)> + '_ {
        state.logins.iter().enumerate().filter_map(|(slot, login)| match login {
            Login::Done(done) => Some((slot, *done)),
            Login::Unbegun | Login::Away | Login::Sent(_) | Login::Over => None,
        })
    }

    /// The attacker holds nothing that opens Alice's tasks through the app, be it a token or a code.
    fn nothing_is_stolen(&self, state: &State) -> bool {
        let now = self.now(state);
        !state.wrongs.stolen
            && state.grants.iter().filter(|grant| grant.is_known).all(|grant| {
                let code = self.server.issued.get(grant.issued).code;
                !self.server.opens_alices(code, grant, now)
            })
    }

    /// Nobody but Alice is signed in as Alice.
    fn nobody_else_is_alice(&self, state: &State) -> bool {
        let is_known = |done: &Done| done.iss == At::Honest || self.app.forgets_issuers();
        Self::done(state).all(|(_, done)| {
            done.browser == Person::Alice || done.sub != Person::Alice || !is_known(&done)
        })
    }

    /// Alice's browser ends up with what Alice began, and as who she is there.
    fn alice_is_where_she_began(&self, state: &State) -> bool {
        Self::done(state).filter(|(_, done)| done.browser == Person::Alice).all(|(slot, done)| {
            let began = self.lineup.slots[slot];
            began.person == Person::Alice
                && done.iss == began.at
                && (began.at == At::Evil || done.sub == Person::Alice)
        })
    }

    /// What a code bought that its owner spent twice is dead.
    fn nothing_survives_a_replay(&self, state: &State) -> bool {
        let now = self.now(state);
        state.grants.iter().filter(|grant| grant.is_ended).all(|grant| {
            grant.token.is_none_or(|token| self.server.whose(token, grant, now).is_none())
        })
    }

    fn alice_can_sign_in(&self, state: &State) -> bool {
        Self::done(state).any(|(slot, done)| {
            self.lineup.slots[slot].at == At::Honest
                && done.browser == Person::Alice
                && done.sub == Person::Alice
        })
    }

    /// Preparations only add to what can happen next, so all can be moved to the front, in one order.
    pub(super) fn place(act: &Act) -> (u8, u32) {
        let slot = |slot: usize| u32::try_from(slot).unwrap();
        match *act {
            Act::Begin(it) => (0, slot(it)),
            Act::Agree(it) => (1, slot(it)),
            Act::Lure(request) => (2, request.number()),
            Act::Own(request) => (3, request.number()),
            _ => (4, 0),
        }
    }

    pub(super) fn is_in_order(state: &State, act: &Act) -> bool {
        Self::place(act) >= state.stage
    }
}
