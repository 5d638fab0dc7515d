//! What an API says about itself
//! ([RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2)).

use alloc::string::String;
use alloc::vec::Vec;

use super::claims::ClaimError;
use super::json::{self, Object, Writer};

/// Where the document of an API at `path` is, below its origin
/// ([RFC 9728 §3.1](https://www.rfc-editor.org/rfc/rfc9728#section-3.1)).
pub const PREFIX: &str = "/.well-known/oauth-protected-resource";

/// What an API says about itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ResourceMetadata {
    /// Its name, which a client asks tokens for.
    pub resource: String,
    /// Whose tokens it takes.
    pub authorization_servers: Vec<String>,
    /// What a token may have to be good for.
    pub scopes_supported: Vec<String>,
    /// How a token is handed over.
    pub bearer_methods_supported: Vec<String>,
}

impl ResourceMetadata {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// The first [`ClaimError`] that applies.
    ///
    /// # Security
    ///
    /// Whoever asked must compare `resource` with what they asked about
    /// ([RFC 9728 §3.3](https://www.rfc-editor.org/rfc/rfc9728#section-3.3)).
    pub fn parse(bytes: &[u8]) -> Result<Self, ClaimError> {
        let said = json::parse_object(bytes).map_err(ClaimError::Malformed)?;
        let resource = said.get("resource").and_then(json::Value::string);
        Ok(Self {
            resource: resource.ok_or(ClaimError::BadClaim("resource"))?.into_owned(),
            authorization_servers: strings(said, "authorization_servers")?,
            scopes_supported: strings(said, "scopes_supported")?,
            bearer_methods_supported: strings(said, "bearer_methods_supported")?,
        })
    }

    /// The document, without what was not said.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = Writer::object().string("resource", &self.resource);
        for (name, values) in [
            ("authorization_servers", &self.authorization_servers),
            ("scopes_supported", &self.scopes_supported),
            ("bearer_methods_supported", &self.bearer_methods_supported),
        ] {
            if !values.is_empty() {
                out = out.strings(name, values);
            }
        }
        out.finish()
    }
}

fn strings(said: Object<'_>, name: &'static str) -> Result<Vec<String>, ClaimError> {
    let Some(value) = said.get(name) else { return Ok(Vec::new()) };
    let bad = ClaimError::BadClaim(name);
    let items = value.array().ok_or(bad)?;
    items.map(|item| item.string().map(Into::into).ok_or(bad)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_reads_and_writes_back() {
        let whole = r#"{"resource":"https://as.test/api/tasks","authorization_servers":["https://as.test"],"scopes_supported":["tasks"],"bearer_methods_supported":["header"]}"#;
        assert_eq!(ResourceMetadata::parse(whole.as_bytes()).unwrap().to_json(), whole);
        let least = r#"{"resource":"https://as.test/api/tasks"}"#;
        assert_eq!(ResourceMetadata::parse(least.as_bytes()).unwrap().to_json(), least);
        for (text, name) in
            [("{}", "resource"), (r#"{"resource":"x","scopes_supported":"y"}"#, "scopes_supported")]
        {
            let error = ClaimError::BadClaim(name);
            assert_eq!(ResourceMetadata::parse(text.as_bytes()), Err(error));
        }
    }
}
