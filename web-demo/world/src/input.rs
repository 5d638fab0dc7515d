//! All that can be done in a world. A log of these is the whole of it.

use serde::Serialize;

use crate::cast::{Actor, Person};
use crate::defence::Defences;
use crate::prelude::*;

/// What a world is made with.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Everything random comes from it.
    pub seed: String,
    /// What kind of client the app is.
    pub app: AppKind,
    /// Whether the app lets people sign in with the attacker's server, too.
    #[serde(default)]
    pub offers_evil: bool,
    /// What is taken away.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeSet<crate::Defence>"))]
    pub without: Defences,
}

/// What kind of client the app is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AppKind {
    /// A page: its logins are in the browser, and it has no secret.
    #[default]
    Public,
    /// A server with a secret: its logins are in a session, which a cookie names.
    Confidential,
}

/// One thing that is done.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Input {
    /// Somebody types an address, or follows a link that the attacker wrote.
    Open {
        /// Who.
        who: Person,
        /// Where to; what is in `{{ }}` is filled in as in [`Input::Send`].
        url: String,
    },
    /// A button of the page that is shown.
    Press {
        /// Who.
        who: Person,
        /// Which.
        button: Button,
        /// With which server to sign in; the honest one unless told otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Option<String>,
        /// For which API, if the app asks for tokens for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<String>,
    },
    /// The form of the login page.
    LogIn {
        /// Who.
        who: Person,
        /// What they type.
        username: String,
        /// What they type.
        password: String,
    },
    /// The form of the consent page.
    Approve {
        /// Who.
        who: Person,
        /// What is ticked.
        scopes: Vec<String>,
    },
    /// The other button of the consent page.
    Deny {
        /// Who.
        who: Person,
    },
    /// The half of a message that is in flight arrives.
    Deliver {
        /// Which.
        message: u32,
    },
    /// It never arrives.
    Drop {
        /// Which.
        message: u32,
    },
    /// The request is sent once more; who sent it first does not see the answer.
    Duplicate {
        /// Which.
        message: u32,
    },
    /// The half that is in flight is changed.
    Edit {
        /// Which.
        message: u32,
        /// To what.
        edit: Edit,
    },
    /// The attacker comes to read a message: in a log, in a history, on a phone.
    Leak {
        /// Which.
        message: u32,
    },
    /// The attacker sends a request. In it, `{{7.code}}` is the value `code` of message 7, which he
    /// must have seen, `{{7.answer.code}}` that of its answer, whatever was asked, and `{{forged.x}}`
    /// a token that he has [forged](Input::Forge).
    Send {
        /// What.
        request: SentRequest,
    },
    /// The attacker writes an ID token and signs it, or says that it needs no signature.
    Forge {
        /// What to call it.
        name: String,
        /// `EdDSA`, with the key of his own server, or `none`.
        alg: String,
        /// The claims, as JSON.
        claims: String,
    },
    /// The attacker's server answers so at a path from now on.
    Serve {
        /// Which path.
        path: String,
        /// How.
        answer: SentAnswer,
    },
    /// Time passes.
    Wait {
        /// How much.
        seconds: u32,
    },
    /// Whether messages arrive at once.
    Network {
        /// If not, each waits for [`Input::Deliver`].
        automatic: bool,
    },
    /// Requests to an actor and a path wait, in automatic mode, too.
    Hold {
        /// To whom.
        to: Actor,
        /// The path.
        path: String,
        /// Or no longer.
        on: bool,
    },
}

/// What can be pressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Button {
    /// On the app's page.
    SignIn,
    /// On the app's page, and on the server's page that asks whether to.
    SignOut,
    /// On the app's page: gets the tasks from the API.
    LoadTasks,
    /// On the app's page: shows the tasks to the calendar, which is the attacker's.
    ShareCalendar,
    /// On the page that asks whether to go on to an app that nobody vouches for.
    GoOn,
}

/// A request that the attacker writes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SentRequest {
    /// The verb.
    pub method: String,
    /// Absolute.
    pub url: String,
    /// Fields in order.
    pub headers: Vec<(String, String)>,
    /// Empty if there is none.
    pub body: String,
}

/// An answer that the attacker's server gives.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SentAnswer {
    /// The status code.
    pub status: u16,
    /// Fields in order.
    pub headers: Vec<(String, String)>,
    /// Empty if there is none.
    pub body: String,
}

/// What to change; what is left out stays.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Of a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Of a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// All of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<(String, String)>>,
    /// All of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Input {
    /// Whose doing it is.
    #[must_use]
    pub const fn by(&self) -> By {
        match self {
            Self::Open { who, .. }
            | Self::Press { who, .. }
            | Self::LogIn { who, .. }
            | Self::Approve { who, .. }
            | Self::Deny { who } => match who {
                Person::Alice => By::Alice,
                Person::Eve => By::Eve,
            },
            Self::Deliver { .. }
            | Self::Drop { .. }
            | Self::Duplicate { .. }
            | Self::Edit { .. }
            | Self::Network { .. }
            | Self::Hold { .. } => By::Network,
            Self::Leak { .. } | Self::Send { .. } | Self::Forge { .. } | Self::Serve { .. } => {
                By::Attacker
            }
            Self::Wait { .. } => By::Clock,
        }
    }
}

/// Whose doing an input is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Alice's.
    Alice,
    /// Eve's.
    Eve,
    /// The attacker's.
    Attacker,
    /// The network's.
    Network,
    /// The clock's.
    Clock,
}
