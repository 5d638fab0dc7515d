//! Who there is, where they are, and what they know of each other.

use grantflow::time::UnixTime;
use serde::Serialize;

/// Where the app is.
pub const APP: &str = "https://app.example";
/// The authorization server, and its API.
pub const AS: &str = "https://as.example";
/// The server and the app that the attacker runs.
pub const EVIL: &str = "https://evil.example";
/// Where the app is answered.
pub const CALLBACK: &str = "https://app.example/callback";
/// The app, as both servers call it.
pub const CLIENT_ID: &str = "taskmaster";
/// The attacker's app at the honest server.
pub const EVIL_CLIENT: &str = "free-games";
/// Where the attacker's app is answered.
pub const EVIL_CALLBACK: &str = "https://evil.example/callback";
/// An API of the attacker's, for which the honest server gives tokens, as for any.
pub const CALENDAR: &str = "https://evil.example/calendar";
/// When every world begins: 2026-01-01T12:00:00Z.
pub const BEGINNING: UnixTime = UnixTime::from_secs(1_767_268_800);

/// Who has a browser.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// Whom the attacker is after.
    Alice,
    /// The attacker as somebody who has an account and a browser.
    Eve,
}

/// Between whom messages go.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Alice's browser.
    Alice,
    /// Eve's browser.
    Eve,
    /// The machine at [`APP`].
    App,
    /// The machine at [`AS`].
    As,
    /// The machine at [`EVIL`].
    Evil,
    /// The attacker's own hand.
    Attacker,
    /// Where no machine is.
    Nobody,
}

/// What the server's directory has of a person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) claims: &'static str,
    pub(crate) tasks: &'static [&'static str],
}

const ALICE: Account = Account {
    username: "alice",
    password: "wonderland",
    subject: "user-alice",
    claims: r#"{"name":"Alice Liddell","preferred_username":"alice","email":"alice@wonder.example","email_verified":true}"#,
    tasks: &["Follow the white rabbit", "Tea with the Hatter at six"],
};

const EVE: Account = Account {
    username: "eve",
    password: "nightshade",
    subject: "user-eve",
    claims: r#"{"name":"Eve","preferred_username":"eve","email":"eve@evil.example","email_verified":true}"#,
    tasks: &["Read what is not mine"],
};

impl Person {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Alice, Self::Eve];

    pub(crate) const fn account(self) -> &'static Account {
        match self {
            Self::Alice => &ALICE,
            Self::Eve => &EVE,
        }
    }

    /// What the honest server calls them.
    #[must_use]
    pub const fn subject(self) -> &'static str {
        self.account().subject
    }

    /// Their browser.
    #[must_use]
    pub const fn actor(self) -> Actor {
        match self {
            Self::Alice => Actor::Alice,
            Self::Eve => Actor::Eve,
        }
    }

    pub(crate) fn of_subject(subject: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|person| person.subject() == subject)
    }

    pub(crate) fn of_username(username: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|person| person.account().username == username)
    }
}

impl Actor {
    /// Whose machine answers at `url`; `None` if nobody's does.
    pub(crate) fn at(url: &str) -> Option<Self> {
        [(APP, Self::App), (AS, Self::As), (EVIL, Self::Evil)].into_iter().find_map(
            |(origin, actor)| {
                let rest = url.strip_prefix(origin)?;
                (rest.is_empty() || rest.starts_with(['/', '?', '#'])).then_some(actor)
            },
        )
    }

    /// Whether what they send and get is the attacker's to read.
    pub(crate) const fn is_attackers(self) -> bool {
        match self {
            Self::Eve | Self::Evil | Self::Attacker => true,
            Self::Alice | Self::App | Self::As | Self::Nobody => false,
        }
    }
}
