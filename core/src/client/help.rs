//! What every error means, why it comes about and what to do, as data.
//!
//! [`GROUPS`] is the whole table. The code does not run by it: an error says its own
//! [`code`](super::Error::code), [`stage`](super::Error::stage) and [`remedy`](super::Error::remedy),
//! and the tests hold those against the table, with nothing left over on either side. The page of
//! errors, the types of the npm package and the words of its `explain` are made from here. A program
//! that does not ask for the words does not carry them.

use super::remedy::{Remedy, Stage};

/// Makes rows: who meets the code, where and with what remedy; what happened; why; what to do.
macro_rules! table {
    ($($code:ident $met_by:ident [$($($stage:ident),+ => $remedy:ident);+] $(at $section:literal)?
        $happened:literal [$($why:literal),+ $(,)?] $fix:literal;)*) => {
        &[$(Help {
            code: stringify!($code),
            met_by: MetBy::$met_by,
            cases: &[$($((Stage::$stage, Remedy::$remedy)),+),+],
            section: table!(at $($section)?),
            happened: $happened,
            why: &[$($why),+],
            fix: $fix,
        }),*]
    };
    (at $section:literal) => { Some($section) };
    (at) => { None };
}

mod life;
mod login;
mod refusals;
mod setup;
#[cfg(test)]
mod tests;
mod tokens;

/// A code, and what there is to know about it. It holds no secret, for it knows of none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Help {
    /// The word for programs.
    pub code: &'static str,
    /// Who meets it.
    pub met_by: MetBy,
    /// The legs that fail with it, each with what helps there.
    pub cases: &'static [(Stage, Remedy)],
    /// What happened, in a sentence.
    pub happened: &'static str,
    /// The usual reasons, the likely ones first.
    pub why: &'static [&'static str],
    /// What to do.
    pub fix: &'static str,
    /// The section that it is from, such as `RFC 6749 §4.1.2`, if a specification says something of it.
    pub section: Option<&'static str>,
}

/// Who meets a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MetBy {
    /// Programs in Rust, and apps that use the npm package.
    All,
    /// Programs in Rust only: the npm package does not go there.
    Rust,
    /// Apps that use the npm package only: the core knows of no browser.
    Npm,
}

/// Codes that belong together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Group {
    /// What about.
    pub title: &'static str,
    /// The codes.
    pub rows: &'static [Help],
}

/// Every code, in the order in which things happen.
pub static GROUPS: &[Group] = &[
    Group { title: "Setting up", rows: setup::ROWS },
    Group { title: "Signing in", rows: login::ROWS },
    Group { title: "The server refuses", rows: refusals::ROWS },
    Group { title: "Tokens, and whose they are", rows: tokens::ROWS },
    Group { title: "Staying signed in", rows: life::ROWS },
];

impl Help {
    /// Every code there is.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        GROUPS.iter().flat_map(|group| group.rows)
    }

    /// What there is to know about a code; `None` if there is no such code.
    ///
    /// ```
    /// # use grantflow::client::help::Help;
    /// # use grantflow::client::callback::AcceptError;
    /// # use grantflow::client::Error;
    /// let error = Error::Accept(AcceptError::Expired);
    /// let help = Help::of(error.code()).unwrap();
    /// eprintln!("{} {}", help.happened, help.fix);
    /// ```
    #[must_use]
    pub fn of(code: &str) -> Option<&'static Self> {
        Self::all().find(|row| row.code == code)
    }
}
