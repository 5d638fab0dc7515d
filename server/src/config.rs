//! What the operator says: the configuration file, in the words of RFC 7591 and OpenID Connect.

mod client;
mod policy;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use grantflow::key::Algorithm;
use grantflow::server::{Declaration, Policy};
use serde::Deserialize;
use serde_json::{Map, Value};

use self::client::{Client, ResourceTable};
use self::policy::PolicyTable;

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Where to listen.
    pub(crate) listen: Option<String>,
    /// What the server is called.
    pub(crate) issuer: Option<String>,
    /// Who may say for whom a request is: proxies in front, which name their peers in
    /// `X-Forwarded-For`.
    #[serde(default)]
    pub(crate) proxies: Vec<IpAddr>,
    /// Who may sign in.
    #[serde(default, rename = "user")]
    pub(crate) users: Vec<User>,
    /// Which apps may ask.
    #[serde(default, rename = "client")]
    clients: Vec<Client>,
    /// What tokens open.
    #[serde(default, rename = "resource")]
    resources: Vec<ResourceTable>,
    /// Where the signing keys are kept.
    pub(crate) keys: Option<PathBuf>,
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
    /// A [`ConfigError`] that names the line, but shows nothing of it but the name of a field: it may
    /// hold a secret.
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|text| format!("line {}: ", 1 + text.matches('\n').count()));
            // About a value the reader's own words would quote it.
            let about_a_name =
                ["unknown field", "missing field", "duplicate field", "duplicate key"];
            let problem = Some(error.message())
                .filter(|said| about_a_name.iter().any(|words| said.starts_with(words)))
                .unwrap_or("this is no TOML, or a value of the wrong kind");
            ConfigError(line.unwrap_or_default() + problem)
        })
    }

    /// Applies the `[policy]` table, and the `[[resource]]` ones.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] if a word is none that makes sense.
    pub(crate) fn amend(&self, policy: &mut Policy) -> Result<(), ConfigError> {
        self.policy.amend(policy)?;
        for said in &self.resources {
            let resource = said.resource(policy)?;
            policy.resources.retain(|other| other.identifier != resource.identifier);
            policy.resources.push(resource);
        }
        Ok(())
    }

    /// What a server that keeps no file of keys signs with.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] if one is no algorithm.
    pub(crate) fn algorithms(&self) -> Result<Vec<Algorithm>, ConfigError> {
        self.policy.algorithms()
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

#[cfg(test)]
mod tests {
    use grantflow::server::{Registration, TokenFormat};
    use grantflow::uri::Issuer;
    use grantflow::wire::registration::{ApplicationType, AuthMethod};

    use super::*;

    #[test]
    fn the_example_is_taken() {
        let file = File::parse(include_str!("../grantflow.toml")).unwrap();
        assert_eq!(file.users.len(), 2);
        assert_eq!(file.users[0].claims["email"], "ada@example.com");
        let clients = file.declarations().unwrap();
        let method = |at: usize| clients[at].metadata.token_endpoint_auth_method;
        assert_eq!(method(0), Some(AuthMethod::ClientSecretBasic));
        assert_eq!(method(1), Some(AuthMethod::None));
        assert_eq!(clients[2].metadata.application_type, Some(ApplicationType::Native));
        let mut policy = Policy::new(Issuer::parse("http://127.0.0.1:8080").unwrap());
        let before = policy.resources.clone();
        file.amend(&mut policy).unwrap();
        assert_eq!(policy.resources[0], before[0]);
        assert_eq!(policy.resources[1].format, TokenFormat::Jwt);
    }

    #[test]
    fn the_file_for_the_conformance_suite_is_taken() {
        let file = File::parse(include_str!("../conformance.toml")).unwrap();
        // The claims of every scope, and `sub`, which is the subject.
        assert_eq!(file.users[0].claims.len(), 19);
        assert_eq!(file.declarations().unwrap().len(), 3);
        let mut policy = Policy::new(Issuer::parse("https://op.example.com").unwrap());
        file.amend(&mut policy).unwrap();
        assert!(!policy.claims_in_id_token && policy.registration == Registration::Open);
    }

    #[test]
    fn the_examples_of_the_operators_guide_are_taken() {
        let page = include_str!("../../docs/guide-server.md");
        let blocks: Vec<&str> = page.split("```toml\n").skip(1).collect();
        assert_eq!(blocks.len(), 2);
        for block in blocks {
            let file = File::parse(block.split("```").next().unwrap()).unwrap();
            let mut policy = Policy::new(Issuer::parse("https://login.example").unwrap());
            file.amend(&mut policy).unwrap();
            for said in file.declarations().unwrap() {
                grantflow::server::Client::declare(&said, crate::host::now()).unwrap();
            }
            assert!(!file.algorithms().unwrap().is_empty());
            crate::directory::Directory::new(file.users).unwrap();
        }
    }

    #[test]
    fn an_unknown_name_is_an_error_that_says_the_line() {
        let error = File::parse("issuer = \"https://a.test\"\nisuer = \"x\"\n").unwrap_err();
        assert!(error.0.starts_with("line 2: unknown field `isuer`"), "{error}");
        assert!(File::parse("[policy]\ncode_lifetme = 3").is_err());
        let error = File::parse("[[user]]\npassword = \"x\"").unwrap_err();
        assert!(error.0.ends_with("missing field `username`"), "{error}");
        let error = File::parse("issuer = \"a\"\nissuer = \"b\"").unwrap_err();
        assert_eq!(error.0, "line 2: duplicate key");
        let odd = "[[client]]\nclient_id = \"a\"\nredirect_uris = []\nnam = 1";
        let error = File::parse(odd).unwrap().declarations().unwrap_err();
        assert_eq!(error.0, "client \"a\": there is no nam");
    }

    #[test]
    fn registration_needs_tokens_that_cannot_be_guessed() {
        let amend = |text: &str| {
            let mut policy = Policy::new(Issuer::parse("https://a.test").unwrap());
            let file = File::parse(&format!("[policy]\n{text}")).unwrap();
            file.amend(&mut policy).map(|()| policy.registration)
        };
        assert_eq!(amend(""), Ok(Registration::Off));
        assert_eq!(amend("registration = \"open\""), Ok(Registration::Open));
        assert!(amend("open_registration_lifetime = 0").is_err());
        assert!(amend("registration = \"token\"").is_err());
        let tokens = "registration = \"token\"\ninitial_access_tokens";
        assert!(amend(&format!("{tokens} = [\"short\"]")).is_err());
        let good = amend(&format!("{tokens} = [\"{}\"]", "x".repeat(22)));
        assert!(matches!(good, Ok(Registration::Token(tokens)) if tokens.len() == 1));
    }

    #[test]
    fn a_broken_line_is_not_shown_for_it_may_hold_a_secret() {
        for text in
            ["[[user]]\nusername = \"a\"\npassword = \"s3cret", "[[user]]\npassword = s3cret"]
        {
            let error = File::parse(text).unwrap_err();
            assert!(!error.0.contains("s3cret"), "{error}");
        }
        for (text, line) in [
            ("[policy]\ninitial_access_tokens = \"s3cret\"", 2),
            ("[[user]]\nusername = \"a\"\npassword = 5333333", 3),
            ("[[user]]\nusername = \"a\"\npassword = [\"s3cret\"]", 3),
            ("[[client]]\nclient_id = \"a\"\nclient_secret = 5333333", 3),
            ("[policy]\nregistration = \"s3cret\"", 2),
            ("[policy]\ncode_lifetime = \"s3cret\"", 2),
            ("[policy]\ncode_lifetime = -5333333", 2),
            ("issuer = 5333333", 1),
        ] {
            let error = File::parse(text).unwrap_err().0;
            assert!(!error.contains("s3cret") && !error.contains("5333333"), "{error}");
            assert!(error.starts_with("line "), "{error}");
            // A table that takes any claim is read whole before its fields are.
            assert!(error.starts_with(&format!("line {line}: ")) || text.contains("[["), "{error}");
        }
        for text in
            ["algorithms = [\"s3cret\"]", "scopes = [{ word = \"s3 cret\", meaning = \"\" }]"]
        {
            let file = File::parse(&format!("[policy]\n{text}")).unwrap();
            let mut policy = Policy::new(Issuer::parse("https://a.test").unwrap());
            let error = file.amend(&mut policy).and_then(|()| file.algorithms()).unwrap_err();
            assert!(!error.0.contains("cret"), "{error}");
        }
        let file = File::parse("[[user]]\nusername = \"a\"\npassword = \"s3cret\"").unwrap();
        assert!(!format!("{file:?}").contains("s3cret"));
    }

    #[test]
    fn words_that_no_specification_knows_are_refused() {
        for line in ["token_endpoint_auth_method = \"tls\"", "application_type = \"desktop\""] {
            let text = format!(
                "[[client]]\nclient_id = \"a\"\nredirect_uris = [\"https://a.test/cb\"]\n{line}"
            );
            assert!(File::parse(&text).unwrap().declarations().is_err(), "{line}");
        }
    }
}
