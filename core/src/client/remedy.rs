//! Where a login failed, and what helps.

/// The leg that failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// Before anything was sent.
    Configure,
    /// Finding the server.
    Discover,
    /// Introducing the client to it.
    Register,
    /// Sending the user away.
    Authorize,
    /// The user coming back.
    Callback,
    /// The code for tokens.
    Redeem,
    /// Who the user is.
    Identity,
    /// Using the token.
    Resource,
    /// The next tokens.
    Refresh,
    /// Giving the tokens back.
    Revoke,
}

impl Stage {
    /// As programs spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configure => "configure",
            Self::Discover => "discover",
            Self::Register => "register",
            Self::Authorize => "authorize",
            Self::Callback => "callback",
            Self::Redeem => "redeem",
            Self::Identity => "identity",
            Self::Resource => "resource",
            Self::Refresh => "refresh",
            Self::Revoke => "revoke",
        }
    }
}

/// What helps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Remedy {
    /// The same again, a little later.
    Retry,
    /// A new login.
    LoginAgain,
    /// The developer changes the configuration, of the app or of the server.
    FixConfig,
    /// The user decides otherwise.
    AskUser,
    /// Nothing: someone tampers, or a server is broken.
    Report,
}

impl Remedy {
    /// As programs spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::LoginAgain => "login-again",
            Self::FixConfig => "fix-config",
            Self::AskUser => "ask-user",
            Self::Report => "report",
        }
    }
}
