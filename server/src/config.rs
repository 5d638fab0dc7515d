//! What the operator says: the configuration file, in the words of RFC 7591 and OpenID Connect.

use std::fmt;
use std::time::Duration;

use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::{Declaration, PkceRule, Policy, Scope};
use grantflow::wire::registration::{ApplicationType, AuthMethod};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Where to listen.
    pub(crate) listen: Option<String>,
    /// What the server is called.
    pub(crate) issuer: Option<String>,
    /// Who may sign in.
    #[serde(default, rename = "user")]
    pub(crate) users: Vec<User>,
    /// Which apps may ask.
    #[serde(default, rename = "client")]
    clients: Vec<Client>,
    #[serde(default)]
    policy: PolicyTable,
}

/// Who may sign in.
#[derive(Deserialize)]
pub(crate) struct User {
    /// What the person types.
    pub(crate) username: String,
    /// What only the person knows.
    pub(crate) password: Option<String>,
    /// The same, as a PHC string of Argon2.
    pub(crate) password_hash: Option<String>,
    /// Who it is, for ever the same; the username unless said.
    pub(crate) subject: Option<String>,
    /// Standard claims.
    #[serde(flatten)]
    pub(crate) claims: Map<String, Value>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("username", &self.username).finish_non_exhaustive()
    }
}

/// An app, as [RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2) names its fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    #[serde(rename = "client_id")]
    id: String,
    #[serde(rename = "client_name")]
    name: Option<String>,
    #[serde(rename = "client_secret")]
    secret: Option<String>,
    redirect_uris: Vec<String>,
    scope: Option<String>,
    token_endpoint_auth_method: Option<String>,
    application_type: Option<String>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("client_id", &self.id).finish_non_exhaustive()
    }
}

/// The names of [`Policy`]; lifetimes in seconds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyTable {
    code_lifetime: Option<u32>,
    access_token_lifetime: Option<u32>,
    id_token_lifetime: Option<u32>,
    login_lifetime: Option<u32>,
    interaction_lifetime: Option<u32>,
    pkce: Option<Pkce>,
    scopes: Option<Vec<ScopeTable>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Pkce {
    PublicClients,
    Everyone,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeTable {
    word: String,
    meaning: String,
}

/// Why a configuration is not taken: one sentence for the operator, without any secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ConfigError(pub(crate) String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl File {
    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] that names the line, but does not show it: it may hold a secret.
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|text| format!("line {}: ", 1 + text.matches('\n').count()));
            ConfigError(line.unwrap_or_default() + error.message())
        })
    }

    /// Applies the `[policy]` table.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] if a scope is not a scope, or a lifetime is nothing.
    pub(crate) fn amend(&self, policy: &mut Policy) -> Result<(), ConfigError> {
        let said = &self.policy;
        for (name, said, kept) in [
            ("code_lifetime", said.code_lifetime, &mut policy.code_lifetime),
            (
                "access_token_lifetime",
                said.access_token_lifetime,
                &mut policy.access_token_lifetime,
            ),
            ("id_token_lifetime", said.id_token_lifetime, &mut policy.id_token_lifetime),
            ("login_lifetime", said.login_lifetime, &mut policy.login_lifetime),
            ("interaction_lifetime", said.interaction_lifetime, &mut policy.interaction_lifetime),
        ] {
            match said {
                None => {}
                Some(0) => return Err(ConfigError(format!("policy.{name} must not be 0"))),
                Some(seconds) => *kept = Duration::from_secs(seconds.into()),
            }
        }
        match said.pkce {
            None => {}
            Some(Pkce::PublicClients) => policy.pkce = PkceRule::PublicClients,
            Some(Pkce::Everyone) => policy.pkce = PkceRule::Everyone,
        }
        for scope in said.scopes.iter().flatten() {
            let one = ScopeSet::parse(&scope.word).is_ok_and(|set| set.iter().count() == 1);
            if !one {
                return Err(ConfigError(format!(
                    "policy.scopes: {:?} is not one scope",
                    scope.word
                )));
            }
        }
        if let Some(scopes) = &said.scopes {
            let scope = |s: &ScopeTable| Scope { word: s.word.clone(), meaning: s.meaning.clone() };
            policy.scopes = scopes.iter().map(scope).collect();
        }
        Ok(())
    }

    /// The apps that may ask.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] if a word is none that the specification knows.
    pub(crate) fn declarations(&self) -> Result<Vec<Declaration>, ConfigError> {
        self.clients.iter().map(Client::declaration).collect()
    }
}

impl Client {
    fn declaration(&self) -> Result<Declaration, ConfigError> {
        let id = &self.id;
        let wrong = |name: &str| ConfigError(format!("client {id:?}: {name} is not one I know"));
        let auth_method = match &self.token_endpoint_auth_method {
            Some(name) => {
                AuthMethod::parse(name).ok_or_else(|| wrong("token_endpoint_auth_method"))?
            }
            None if self.secret.is_some() => AuthMethod::ClientSecretBasic,
            None => AuthMethod::None,
        };
        let application_type = self.application_type.as_deref().unwrap_or("web");
        Ok(Declaration {
            client_id: id.clone(),
            client_secret: self.secret.as_deref().map(Secret::new),
            name: self.name.clone().unwrap_or_else(|| id.clone()),
            redirect_uris: self.redirect_uris.clone(),
            token_endpoint_auth_method: auth_method,
            application_type: ApplicationType::parse(application_type)
                .ok_or_else(|| wrong("application_type"))?,
            scope: match &self.scope {
                Some(scope) => Some(ScopeSet::parse(scope).map_err(|_| wrong("scope"))?),
                None => None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_taken() {
        let file = File::parse(include_str!("../grantflow.toml")).unwrap();
        assert_eq!(file.users.len(), 2);
        assert_eq!(file.users[0].claims["email"], "ada@example.com");
        let clients = file.declarations().unwrap();
        assert_eq!(clients[0].token_endpoint_auth_method, AuthMethod::ClientSecretBasic);
        assert_eq!(clients[1].token_endpoint_auth_method, AuthMethod::None);
        assert_eq!(clients[2].application_type, ApplicationType::Native);
    }

    #[test]
    fn an_unknown_name_is_an_error_that_says_the_line() {
        let error = File::parse("issuer = \"https://a.test\"\nisuer = \"x\"\n").unwrap_err();
        assert!(error.0.starts_with("line 2: unknown field `isuer`"), "{error}");
        assert!(File::parse("[policy]\ncode_lifetme = 3").is_err());
        assert!(File::parse("[[client]]\nclient_id = \"a\"\nredirect_uris = []\nnam = 1").is_err());
    }

    #[test]
    fn a_broken_line_is_not_shown_for_it_may_hold_a_secret() {
        for text in
            ["[[user]]\nusername = \"a\"\npassword = \"s3cret", "[[user]]\npassword = s3cret"]
        {
            let error = File::parse(text).unwrap_err();
            assert!(!error.0.contains("s3cret"), "{error}");
        }
        let file = File::parse("[[user]]\nusername = \"a\"\npassword = \"s3cret\"").unwrap();
        assert!(!format!("{file:?}").contains("s3cret"));
    }

    #[test]
    fn words_that_no_specification_knows_are_refused() {
        for line in [
            "token_endpoint_auth_method = \"tls\"",
            "application_type = \"desktop\"",
            "scope = \"\\u0000\"",
        ] {
            let text = format!(
                "[[client]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.test/cb\"]\n{line}"
            );
            assert!(File::parse(&text).unwrap().declarations().is_err(), "{line}");
        }
    }
}
