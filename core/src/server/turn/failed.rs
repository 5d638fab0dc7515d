//! For whoever counts how often somebody fails.

use alloc::boxed::Box;
use core::fmt;

use super::Turn;
use crate::server::claimed::Claimed;

/// Somebody could not prove who they are: count it, and go on.
///
/// # Security
///
/// What is guessed here is a password, a client's secret or a token to register with. A host that
/// counts nothing lets everybody guess for ever; see [`Claimed`] for what to count by.
pub struct Failed<'s> {
    who: Claimed,
    next: Box<Turn<'s>>,
}

impl<'s> Failed<'s> {
    pub(crate) fn tell(who: Claimed, next: Turn<'s>) -> Turn<'s> {
        Turn::Failed(Self { who, next: Box::new(next) })
    }

    /// Who they said they are.
    #[must_use]
    pub const fn who(&self) -> &Claimed {
        &self.who
    }

    /// Goes on: to what they are told.
    pub fn go_on(self) -> Turn<'s> {
        *self.next
    }
}

/// Many a username is an address.
impl fmt::Debug for Failed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failed").field("who", &self.who).finish_non_exhaustive()
    }
}
