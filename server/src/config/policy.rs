//! The `[policy]` table: the names of the core's [`Policy`].

use std::fmt;
use std::time::Duration;

use grantflow::key::Algorithm;
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::{
    ConsentRule, InitialAccess, NonceRule, PkceRule, Policy, Registration, Scope,
};
use serde::Deserialize;

use super::ConfigError;

/// The names of [`Policy`]; lifetimes in seconds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyTable {
    code_lifetime: Option<u32>,
    access_token_lifetime: Option<u32>,
    id_token_lifetime: Option<u32>,
    refresh_lifetime: Option<u32>,
    refresh_grace: Option<u32>,
    login_lifetime: Option<u32>,
    interaction_lifetime: Option<u32>,
    pkce: Option<Pkce>,
    scopes: Option<Vec<ScopeTable>>,
    consent: Option<Consent>,
    consent_lifetime: Option<u32>,
    acr: Option<String>,
    claims_in_id_token: Option<bool>,
    registration: Option<Registers>,
    open_registration_lifetime: Option<u32>,
    #[serde(default)]
    initial_access_tokens: Vec<InitialToken>,
    dpop_nonce: Option<Nonce>,
    algorithms: Option<Vec<String>>,
}

/// What lets its holder register a client.
#[derive(Deserialize)]
#[serde(transparent)]
struct InitialToken(String);

impl fmt::Debug for InitialToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InitialToken(..)")
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Consent {
    Shown,
    Remembered,
    Always,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Registers {
    Off,
    Token,
    Open,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Pkce {
    PublicClients,
    Everyone,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Nonce {
    WhenInDoubt,
    Always,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeTable {
    word: String,
    meaning: String,
}

impl PolicyTable {
    /// Applies the table.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] if a scope is not a scope, or a lifetime is nothing.
    pub(super) fn amend(&self, policy: &mut Policy) -> Result<(), ConfigError> {
        let said = self;
        for (name, said, kept) in [
            ("code_lifetime", said.code_lifetime, &mut policy.code_lifetime),
            (
                "access_token_lifetime",
                said.access_token_lifetime,
                &mut policy.access_token_lifetime,
            ),
            ("id_token_lifetime", said.id_token_lifetime, &mut policy.id_token_lifetime),
            ("refresh_lifetime", said.refresh_lifetime, &mut policy.refresh_lifetime),
            ("consent_lifetime", said.consent_lifetime, &mut policy.consent_lifetime),
            ("login_lifetime", said.login_lifetime, &mut policy.login_lifetime),
            ("interaction_lifetime", said.interaction_lifetime, &mut policy.interaction_lifetime),
            (
                "open_registration_lifetime",
                said.open_registration_lifetime,
                &mut policy.open_registration_lifetime,
            ),
        ] {
            match said {
                None => {}
                Some(0) => return Err(ConfigError(format!("policy.{name} must not be 0"))),
                Some(seconds) => *kept = Duration::from_secs(seconds.into()),
            }
        }
        if let Some(seconds) = said.refresh_grace {
            policy.refresh_grace = Duration::from_secs(seconds.into());
        }
        policy.pkce = match said.pkce {
            None => policy.pkce,
            Some(Pkce::PublicClients) => PkceRule::PublicClients,
            Some(Pkce::Everyone) => PkceRule::Everyone,
        };
        policy.consent = match said.consent {
            None => policy.consent,
            Some(Consent::Shown) => ConsentRule::Shown,
            Some(Consent::Remembered) => ConsentRule::Remembered,
            Some(Consent::Always) => ConsentRule::Always,
        };
        policy.dpop_nonce = match said.dpop_nonce {
            None => policy.dpop_nonce,
            Some(Nonce::WhenInDoubt) => NonceRule::WhenInDoubt,
            Some(Nonce::Always) => NonceRule::Always,
        };
        if let Some(acr) = &said.acr {
            policy.acr = Some(acr.clone()).filter(|acr| !acr.is_empty());
        }
        policy.claims_in_id_token = said.claims_in_id_token.unwrap_or(policy.claims_in_id_token);
        policy.registration = said.registration()?;
        let is_one = |scope: &ScopeTable| {
            ScopeSet::parse(&scope.word).is_ok_and(|set| set.iter().count() == 1)
        };
        if let Some(at) = said.scopes.iter().flatten().position(|scope| !is_one(scope)) {
            return Err(ConfigError(format!("policy.scopes: number {} is not one scope", at + 1)));
        }
        if let Some(scopes) = &said.scopes {
            let scope = |s: &ScopeTable| Scope { word: s.word.clone(), meaning: s.meaning.clone() };
            policy.scopes = scopes.iter().map(scope).collect();
        }
        Ok(())
    }

    /// What a server that keeps no file of keys signs with.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] if one is no algorithm.
    pub(super) fn algorithms(&self) -> Result<Vec<Algorithm>, ConfigError> {
        let Some(names) = &self.algorithms else {
            // Keys for these cost nothing to make.
            return Ok(vec![Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa]);
        };
        let parse = |(at, name): (usize, &String)| {
            let known = Algorithm::ALL.map(Algorithm::name).join(", ");
            let wrong = format!("policy.algorithms: number {} is none of {known}", at + 1);
            Algorithm::parse(name).ok_or(ConfigError(wrong))
        };
        names.iter().enumerate().map(parse).collect()
    }

    fn registration(&self) -> Result<Registration, ConfigError> {
        let tokens = || {
            let taken =
                |InitialToken(token): &InitialToken| InitialAccess::new(&Secret::new(token));
            self.initial_access_tokens.iter().map(taken).collect()
        };
        // Short ones can be guessed.
        if self.initial_access_tokens.iter().any(|InitialToken(token)| token.len() < 22) {
            return Err(ConfigError("policy.initial_access_tokens: 22 characters or more".into()));
        }
        match self.registration.unwrap_or(Registers::Off) {
            Registers::Off => Ok(Registration::Off),
            Registers::Open => Ok(Registration::Open),
            Registers::Token if self.initial_access_tokens.is_empty() => {
                Err(ConfigError("policy.registration needs initial_access_tokens".into()))
            }
            Registers::Token => Ok(Registration::Token(tokens())),
        }
    }
}
