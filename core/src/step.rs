//! One turn of a machine.

/// What one turn leaves behind: the state to keep, and what to do about it.
///
/// Store `next` before acting on `output`; a crash in between must not leave a spent code unspent.
#[must_use = "store `next`, then act on `output`"]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step<State, Output> {
    /// The state to store.
    pub next: State,
    /// What the caller does next.
    pub output: Output,
}
