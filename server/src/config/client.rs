//! The `[[client]]` and `[[resource]]` tables: who may ask, and for what.

use std::fmt;

use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::{Declaration, Policy, Resource, TokenFormat, path};
use grantflow::uri::Parts;
use grantflow::wire::registration::{AuthMethod, ClientMetadata, ClientMetadataError};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::ConfigError;

/// An app, as [RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2) names its fields.
#[derive(Deserialize)]
pub(super) struct Client {
    #[serde(rename = "client_id")]
    id: String,
    #[serde(rename = "client_secret")]
    secret: Option<String>,
    /// What it says of itself.
    #[serde(flatten)]
    metadata: Map<String, Value>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("client_id", &self.id).finish_non_exhaustive()
    }
}

/// An API, beside the tasks that this server has itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceTable {
    identifier: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    format: Format,
    introspected_by: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Opaque,
    Jwt,
}

impl Client {
    pub(super) fn declaration(&self) -> Result<Declaration, ConfigError> {
        let id = &self.id;
        let wrong = |problem: String| ConfigError(format!("client {id:?}: {problem}"));
        let known = |name: &String| ClientMetadata::MEMBERS.contains(&name.as_str());
        if let Some(name) = self.metadata.keys().find(|name| !known(name)) {
            return Err(wrong(format!("there is no {name}")));
        }
        let said = Value::Object(self.metadata.clone()).to_string();
        let mut metadata = ClientMetadata::parse(said.as_bytes()).map_err(|error| {
            wrong(match error {
                ClientMetadataError::BadType(name) => format!("{name} is of the wrong type"),
                ClientMetadataError::Unsupported(name) => format!("{name} is not one I know"),
                ClientMetadataError::Json(_) | _ => "its table makes no sense".into(),
            })
        })?;
        // Registered over HTTP, a client without a word about it would have a secret.
        let usual = match (&self.secret, &metadata.jwks) {
            (Some(_), _) => AuthMethod::ClientSecretBasic,
            (None, Some(_)) => AuthMethod::PrivateKeyJwt,
            (None, None) => AuthMethod::None,
        };
        metadata.token_endpoint_auth_method.get_or_insert(usual);
        let client_secret = self.secret.as_deref().map(Secret::new);
        Ok(Declaration { client_id: id.clone(), client_secret, metadata, is_trusted: true })
    }
}

impl ResourceTable {
    pub(super) fn resource(&self, policy: &Policy) -> Result<Resource, ConfigError> {
        let identifier = &self.identifier;
        let wrong = |problem: &str| ConfigError(format!("resource {identifier:?}: {problem}"));
        if !Parts::of(identifier).is_ok_and(|parts| parts.is_safe_http()) {
            return Err(wrong("its identifier must be an https URL"));
        }
        let scope = match self.scope.as_str() {
            "" => ScopeSet::default(),
            scope => ScopeSet::parse(scope).map_err(|_| wrong("scope is not one"))?,
        };
        let format = match self.format {
            Format::Opaque => TokenFormat::Opaque,
            Format::Jwt => TokenFormat::Jwt,
        };
        Ok(Resource {
            identifier: identifier.clone(),
            // The one that is here is found again under its name.
            path: (policy.issuer.endpoint(path::TASKS) == *identifier).then(|| path::TASKS.into()),
            scope,
            format,
            introspected_by: self.introspected_by.clone(),
        })
    }
}
