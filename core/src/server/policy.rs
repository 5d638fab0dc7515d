//! What a server is told once: its name, its lifetimes, its rules.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::path;
use crate::scope::ScopeSet;
use crate::uri::Issuer;

/// What a server is told once. The discovery document is made from the same value that enforces.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The server's name; every endpoint lies below it.
    pub issuer: Issuer,
    /// How long a code can be redeemed: 600 s.
    pub code_lifetime: Duration,
    /// How long an access token is good: 3600 s.
    pub access_token_lifetime: Duration,
    /// How long a grant can be refreshed, counted from consent and never again: 30 days.
    pub refresh_lifetime: Duration,
    /// How long the refresh token just spent gets the same answer again, for an answer may be lost
    /// on its way: 10 s.
    pub refresh_grace: Duration,
    /// How long an ID token may be taken for new: 3600 s.
    pub id_token_lifetime: Duration,
    /// How long a person stays signed in at the server: 12 hours.
    pub login_lifetime: Duration,
    /// How long a login or consent page may stay open: 15 minutes.
    pub interaction_lifetime: Duration,
    /// Who must use PKCE.
    pub pkce: PkceRule,
    /// What an app may ask for, and what that means to a person.
    pub scopes: Vec<Scope>,
    /// What bearer tokens open.
    pub resources: Vec<Resource>,
}

/// Who must use PKCE. A downgrade is refused under either rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PkceRule {
    /// Clients without a secret must, others may.
    PublicClients,
    /// Everyone must ([RFC 9700 §2.1.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.1.1)).
    Everyone,
}

/// A scope that this server offers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    /// The word on the wire.
    pub word: String,
    /// What it means to a person, for the consent page.
    pub meaning: String,
}

/// A path below the issuer that bearer tokens open; its contents are the host's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resource {
    /// The path, matched as it is.
    pub path: String,
    /// What a token must be good for.
    pub scope: ScopeSet,
}

impl Policy {
    /// The guide's server: codes for ten minutes, tokens for an hour, its scopes, the tasks.
    #[must_use]
    pub fn new(issuer: Issuer) -> Self {
        let scope =
            |(word, meaning): (&str, &str)| Scope { word: word.into(), meaning: meaning.into() };
        let scopes = [
            ("openid", "Know that it is you when you come back"),
            ("profile", "See your name and your profile"),
            ("email", "See your email address"),
            ("offline_access", "Stay signed in while you are away"),
        ];
        Self {
            issuer,
            code_lifetime: Duration::from_secs(600),
            access_token_lifetime: Duration::from_secs(3600),
            refresh_lifetime: Duration::from_secs(30 * 24 * 3600),
            refresh_grace: Duration::from_secs(10),
            id_token_lifetime: Duration::from_secs(3600),
            login_lifetime: Duration::from_secs(12 * 3600),
            interaction_lifetime: Duration::from_secs(15 * 60),
            pkce: PkceRule::PublicClients,
            scopes: scopes.map(scope).into(),
            resources: [Resource { path: path::TASKS.into(), scope: ScopeSet::default() }].into(),
        }
    }

    pub(crate) fn offers(&self, word: &str) -> bool {
        self.scopes.iter().any(|scope| scope.word == word)
    }
}
