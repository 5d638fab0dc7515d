//! What an API says about itself
//! ([RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2)).

use alloc::string::String;
use alloc::vec::Vec;

use super::claims::{ClaimError, required};
use super::json::{self, Writer};
use super::said::{Null, Said};

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
    /// What proofs of a key are signed with
    /// ([RFC 9449 §5.1](https://www.rfc-editor.org/rfc/rfc9449#section-5.1)).
    pub dpop_signing_alg_values_supported: Vec<String>,
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
        let object = json::parse_object(bytes).map_err(ClaimError::Malformed)?;
        let said = Said { object, null: Null::Wrong, wrong: ClaimError::BadClaim };
        Ok(Self {
            resource: required(said.string("resource")?, "resource")?,
            authorization_servers: said.strings("authorization_servers")?,
            scopes_supported: said.strings("scopes_supported")?,
            bearer_methods_supported: said.strings("bearer_methods_supported")?,
            dpop_signing_alg_values_supported: said.strings("dpop_signing_alg_values_supported")?,
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
            ("dpop_signing_alg_values_supported", &self.dpop_signing_alg_values_supported),
        ] {
            if !values.is_empty() {
                out = out.strings(name, values);
            }
        }
        out.finish()
    }
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
