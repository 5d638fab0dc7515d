//! Why an input, a configuration or a trace is not taken. Nothing has changed then.

use core::fmt;

use serde::Serialize;

use crate::prelude::*;

/// Why something is not taken.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Fault {
    /// A word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn no_message(number: u32) -> Self {
        Self::new("no_such_message", format!("There is no message {number}."))
    }

    pub(crate) fn no_page(wanted: &str) -> Self {
        Self::new("no_such_page", format!("The browser shows no page with {wanted}."))
    }

    pub(crate) fn no_address() -> Self {
        let message = "That is no address: one begins with https:// and a host, and has no spaces.";
        Self::new("not_an_address", message)
    }

    pub(crate) fn too_long(what: &str) -> Self {
        Self::new("too_long", format!("{what} is longer than a world takes."))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl core::error::Error for Fault {}
