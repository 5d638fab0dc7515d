//! Errors as JSON, which the facade throws as `AuthError`.

use alloc::boxed::Box;

use grantflow::client::Error;
#[cfg(feature = "session")]
use grantflow::client::session;
use grantflow::wire::error::ErrorBody;
use grantflow::wire::json::Writer;

use crate::question::kind;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The core's error.
    Core(Box<Error>),
    /// The core's error about a callback whose record waits for another.
    #[cfg(feature = "flow")]
    Kept(Box<Error>),
    /// An argument that cannot be.
    Misuse(&'static str),
    /// A step that was taken before.
    #[cfg(feature = "flow")]
    Used,
}

impl Fault {
    /// What the facade throws.
    pub(crate) fn facts(&self) -> Writer {
        match self {
            Self::Core(error) => of(error),
            #[cfg(feature = "flow")]
            Self::Kept(error) => of(error).boolean("kept", true),
            Self::Misuse(argument) => {
                facts("config_invalid", "configure", "fix-config").string("subject", argument)
            }
            #[cfg(feature = "flow")]
            Self::Used => facts("already_used", "callback", "report"),
        }
    }
}

impl<E: Into<Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Core(Box::new(error.into()))
    }
}

fn of(error: &Error) -> Writer {
    let all = facts(error.code(), error.stage().as_str(), error.remedy().as_str())
        .maybe("subject", error.subject());
    with_words(all, error.oauth())
}

/// What a session came to.
#[cfg(feature = "session")]
pub(crate) fn of_session(fault: &session::Fault) -> Writer {
    let all = facts(fault.code(), fault.stage().as_str(), fault.remedy().as_str())
        .maybe("subject", fault.subject());
    with_words(all, fault.oauth())
}

fn facts(code: &str, stage: &str, remedy: &str) -> Writer {
    kind("fault").string("code", code).string("stage", stage).string("remedy", remedy)
}

fn with_words(all: Writer, words: Option<&ErrorBody>) -> Writer {
    let Some(body) = words else { return all };
    let words = Writer::object()
        .string("error", &body.error)
        .maybe("description", body.error_description.as_deref());
    all.raw("oauth", &words.finish())
}
