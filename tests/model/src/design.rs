//! Two ways to redeem a code that others have shipped, and that a race breaks. They are here to show
//! that the model sees such things; it looks at them as it looks at ours.

use stateright::{Model, Property};

/// How a server redeems a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Design {
    /// Reads that the code is unspent, marks it spent, inserts the tokens.
    CheckThenMark,
    /// Takes the code away, then looks whether the request is right, then inserts the tokens; whoever
    /// finds no code deletes the tokens it bought.
    TakeThenInsert,
}

/// Who comes with the code.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Who {
    App,
    /// A thief of all that the app knows.
    Thief,
    /// A thief who lacks the verifier.
    Guesser,
}

const ALL: [Who; 3] = [Who::App, Who::Thief, Who::Guesser];

/// Where a request is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum At {
    Idle,
    /// It has seen that the code is good.
    Seen,
    /// It has marked the code, or taken it away.
    Holds,
    /// It has found no code, and deleted the tokens.
    Deleted,
    Refused,
    /// It was told that the code was spent, and that what it bought is dead.
    Spent,
    Tokens,
}

/// All that can be told of a moment.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct State {
    is_spent: bool,
    /// Tokens in the store.
    tokens: u8,
    requests: [At; 3],
    /// A request that was refused has used the code up.
    is_burnt: bool,
}

impl Design {
    fn step(self, state: &mut State, who: usize) {
        let proves = ALL[who] != Who::Guesser;
        state.requests[who] = match (self, state.requests[who]) {
            (Self::CheckThenMark, At::Idle) if !proves => At::Refused,
            (Self::CheckThenMark, At::Idle) if state.is_spent => {
                state.tokens = 0;
                At::Spent
            }
            (Self::CheckThenMark, At::Idle) => At::Seen,
            (Self::TakeThenInsert, At::Idle) if state.is_spent => {
                state.tokens = 0;
                At::Deleted
            }
            (Self::CheckThenMark, At::Seen) | (Self::TakeThenInsert, At::Idle) => {
                state.is_spent = true;
                At::Holds
            }
            (Self::TakeThenInsert, At::Holds) if !proves => {
                state.is_burnt = true;
                At::Refused
            }
            (_, At::Deleted) => At::Spent,
            (_, At::Holds) => {
                state.tokens += 1;
                At::Tokens
            }
            (_, there) => there,
        };
    }
}

impl Model for Design {
    type State = State;
    type Action = usize;

    fn init_states(&self) -> Vec<State> {
        vec![State { is_spent: false, tokens: 0, requests: [At::Idle; 3], is_burnt: false }]
    }

    fn actions(&self, state: &State, acts: &mut Vec<usize>) {
        let is_over = |at: At| matches!(at, At::Refused | At::Spent | At::Tokens);
        acts.extend((0..ALL.len()).filter(|who| !is_over(state.requests[*who])));
    }

    fn next_state(&self, last: &State, who: usize) -> Option<State> {
        let mut state = last.clone();
        self.step(&mut state, who);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("one answer", |_, state: &State| {
                state.requests.iter().filter(|at| **at == At::Tokens).count() <= 1
            }),
            Property::always("revocation", |_, state: &State| {
                let is_quiet = !state.requests.contains(&At::Holds);
                let is_told = state.requests.contains(&At::Spent);
                !(is_quiet && is_told && state.tokens > 0)
            }),
            Property::always("no effect", |_, state: &State| !state.is_burnt),
            Property::sometimes("Alice can still sign in", |_, state: &State| {
                state.requests[0] == At::Tokens
            }),
        ]
    }

    fn format_action(&self, who: &usize) -> String {
        let name = match ALL[*who] {
            Who::App => "the app",
            Who::Thief => "a thief of all it knows",
            Who::Guesser => "a thief without a verifier",
        };
        format!("{name}: its next step")
    }
}
