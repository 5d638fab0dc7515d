//! What the server asks of its host. Each question can be answered once, and only as asked.

use alloc::boxed::Box;

use super::page::Show;
use super::resource::Access;
use crate::wire::http::Response;

pub use self::failed::Failed;
pub(crate) use self::keys::{AfterSign, AfterVerify};
pub use self::keys::{Sign, Verify};
pub(crate) use self::people::AfterClaims;
pub use self::people::{Claims, SignIn};
pub(crate) use self::store::{AfterRead, AfterSwap, found};
pub use self::store::{Expect, Read, Swap, Swapped};

mod failed;
mod keys;
mod people;
mod store;

/// What happens next: a question to answer, or the end.
///
/// # Security
///
/// None of them prints a token, a code, or anything that is known about a person but their subject.
/// What a question waits for cannot print at all, for it may hold any of these.
#[must_use = "answer the question, or send the reply"]
#[derive(Debug)]
pub enum Turn<'s> {
    /// Bring the record under [`Read::key`].
    Read(Read<'s>),
    /// Store a record if what is there has not changed.
    Swap(Swap<'s>),
    /// Sign [`Sign::input`] with the key [`Sign::kid`].
    Sign(Sign<'s>),
    /// Is [`Verify::signature`] over [`Verify::input`] good?
    Verify(Verify<'s>),
    /// Is this the person they say they are?
    SignIn(SignIn<'s>),
    /// What is known about a person?
    Claims(Claims<'s>),
    /// Count that somebody could not prove who they are.
    Failed(Failed<'s>),
    /// The end: draw a page.
    Show(Box<Show>),
    /// The end: the bearer may pass; answer with the resource.
    Admit(Access),
    /// The end: send this.
    Reply(Response),
}
