//! Errors as JSON, which the facade throws as `AuthError`.

use grantflow::client::Error;
use grantflow::wire::json::Writer;

use crate::facts::kind;

/// What the facade throws.
#[derive(Debug)]
pub(crate) struct Fault(pub(crate) Writer);

impl Fault {
    /// The core's error.
    pub(crate) fn of(error: &Error) -> Self {
        let all = facts(error.code(), error.stage().as_str(), error.remedy().as_str())
            .maybe("subject", error.subject());
        let Some(body) = error.oauth() else { return Self(all) };
        let words = Writer::object()
            .string("error", &body.error)
            .maybe("description", body.error_description.as_deref());
        Self(all.raw("oauth", &words.finish()))
    }

    /// The same about a callback whose record waits for another.
    pub(crate) fn kept(self) -> Self {
        Self(self.0.boolean("kept", true))
    }

    /// An argument that cannot be.
    pub(crate) fn misuse(argument: &str) -> Self {
        Self(facts("config_invalid", "configure", "fix-config").string("subject", argument))
    }

    /// A step that was taken before.
    pub(crate) fn used() -> Self {
        Self(facts("already_used", "callback", "report"))
    }
}

impl<E: Into<Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::of(&error.into())
    }
}

fn facts(code: &str, stage: &str, remedy: &str) -> Writer {
    kind("fault").string("code", code).string("stage", stage).string("remedy", remedy)
}
