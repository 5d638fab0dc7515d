//! What a server says about itself
//! ([OpenID Connect Discovery §3](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata),
//! [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).

use alloc::string::String;
use alloc::vec::Vec;

use super::json::{self, JsonError, Writer};
use super::said::{Null, Said};
use crate::uri::Parts;

/// Why a document is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MetadataError {
    /// Not JSON as we read it; often the page of some other server.
    Json(JsonError),
    /// A member without which nobody can sign in.
    Missing(&'static str),
    /// A member of the wrong type.
    BadType(&'static str),
    /// An endpoint that is no `https` URI, nor `http` on this machine.
    BadEndpoint(&'static str),
}

/// The member that promises `iss` in every redirect back.
const ISS_PROMISED: &str = "authorization_response_iss_parameter_supported";
/// Endpoints that need not be there.
const ENDPOINTS: &[&str] = &[
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "registration_endpoint",
];
/// Lists of strings.
const LISTS: &[&str] = &[
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "dpop_signing_alg_values_supported",
    "acr_values_supported",
    "code_challenge_methods_supported",
    "claims_supported",
];
/// What is `true`, `false` or not said.
const FLAGS: &[&str] = &[
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "claims_parameter_supported",
];

/// The metadata of a server; a list that is empty and a flag that is `None` were not said.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ServerMetadata {
    /// The server's name.
    pub issuer: String,
    /// Where a user is sent.
    pub authorization_endpoint: String,
    /// Where a code is redeemed.
    pub token_endpoint: String,
    /// Where the public keys are.
    pub jwks_uri: Option<String>,
    /// Where an access token buys claims.
    pub userinfo_endpoint: Option<String>,
    /// Where a user is sent to sign out.
    pub end_session_endpoint: Option<String>,
    /// Where a token is given back ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009#section-2)).
    pub revocation_endpoint: Option<String>,
    /// Where an API asks about a token
    /// ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662#section-2)).
    pub introspection_endpoint: Option<String>,
    /// Where a client registers ([RFC 7591](https://www.rfc-editor.org/rfc/rfc7591#section-3)).
    pub registration_endpoint: Option<String>,
    /// Scopes to ask for.
    pub scopes_supported: Vec<String>,
    /// Values of `response_type`.
    pub response_types_supported: Vec<String>,
    /// Values of `response_mode`.
    pub response_modes_supported: Vec<String>,
    /// Values of `grant_type`.
    pub grant_types_supported: Vec<String>,
    /// How `sub` is chosen.
    pub subject_types_supported: Vec<String>,
    /// What ID tokens are signed with.
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// How a client proves itself.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// The same for giving tokens back.
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    /// The same for asking about tokens.
    pub introspection_endpoint_auth_methods_supported: Vec<String>,
    /// What the statements of clients are signed with
    /// ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// The same for giving tokens back.
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// The same for asking about tokens.
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// What proofs of a key are signed with
    /// ([RFC 9449 §5.1](https://www.rfc-editor.org/rfc/rfc9449#section-5.1)).
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// Values of `acr`.
    pub acr_values_supported: Vec<String>,
    /// Methods of PKCE ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636#section-4.3)).
    pub code_challenge_methods_supported: Vec<String>,
    /// Claims there may be.
    pub claims_supported: Vec<String>,
    /// Whether every redirect back names the issuer
    /// ([RFC 9207 §3](https://www.rfc-editor.org/rfc/rfc9207#section-3)).
    pub authorization_response_iss_parameter_supported: bool,
    /// Whether `request` is taken.
    pub request_parameter_supported: Option<bool>,
    /// Whether `request_uri` is taken.
    pub request_uri_parameter_supported: Option<bool>,
    /// Whether `claims` is taken.
    pub claims_parameter_supported: Option<bool>,
}

impl ServerMetadata {
    /// Metadata that says no more than a name.
    #[must_use]
    pub fn new(issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), ..Self::default() }
    }

    /// Reads a document.
    ///
    /// # Errors
    ///
    /// The first [`MetadataError`] that applies. No endpoint comes out that a browser or a secret
    /// could not safely be sent to.
    ///
    /// # Security
    ///
    /// Whoever asked must compare `issuer` with whom they asked
    /// ([RFC 8414 §3.3](https://www.rfc-editor.org/rfc/rfc8414#section-3.3)).
    pub fn parse(bytes: &[u8]) -> Result<Self, MetadataError> {
        let judged = Judged::parse(bytes)?;
        let mut it = Self::new(judged.text("issuer").unwrap_or_default());
        it.authorization_endpoint = judged.text("authorization_endpoint").unwrap_or_default();
        it.token_endpoint = judged.text("token_endpoint").unwrap_or_default();
        for (name, member) in it.endpoints() {
            *member = judged.text(name);
        }
        for (name, list) in it.lists() {
            *list = judged.list(name);
        }
        it.authorization_response_iss_parameter_supported =
            judged.flag(ISS_PROMISED).unwrap_or_default();
        for (name, flag) in it.flags() {
            *flag = judged.flag(name);
        }
        Ok(it)
    }

    /// The document as it is published, without what was not said.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut said = self.clone();
        let mut out = Writer::object()
            .string("issuer", &said.issuer)
            .string("authorization_endpoint", &said.authorization_endpoint)
            .string("token_endpoint", &said.token_endpoint);
        for (name, endpoint) in said.endpoints() {
            out = out.maybe(name, endpoint.as_deref());
        }
        for (name, values) in said.lists() {
            if !values.is_empty() {
                out = out.strings(name, &*values);
            }
        }
        if said.authorization_response_iss_parameter_supported {
            out = out.boolean(ISS_PROMISED, true);
        }
        for (name, flag) in said.flags() {
            if let Some(flag) = *flag {
                out = out.boolean(name, flag);
            }
        }
        out.finish()
    }

    fn endpoints(&mut self) -> impl Iterator<Item = (&'static str, &mut Option<String>)> {
        ENDPOINTS.iter().copied().zip([
            &mut self.jwks_uri,
            &mut self.userinfo_endpoint,
            &mut self.end_session_endpoint,
            &mut self.revocation_endpoint,
            &mut self.introspection_endpoint,
            &mut self.registration_endpoint,
        ])
    }

    fn lists(&mut self) -> impl Iterator<Item = (&'static str, &mut Vec<String>)> {
        LISTS.iter().copied().zip([
            &mut self.scopes_supported,
            &mut self.response_types_supported,
            &mut self.response_modes_supported,
            &mut self.grant_types_supported,
            &mut self.subject_types_supported,
            &mut self.id_token_signing_alg_values_supported,
            &mut self.token_endpoint_auth_methods_supported,
            &mut self.revocation_endpoint_auth_methods_supported,
            &mut self.introspection_endpoint_auth_methods_supported,
            &mut self.token_endpoint_auth_signing_alg_values_supported,
            &mut self.revocation_endpoint_auth_signing_alg_values_supported,
            &mut self.introspection_endpoint_auth_signing_alg_values_supported,
            &mut self.dpop_signing_alg_values_supported,
            &mut self.acr_values_supported,
            &mut self.code_challenge_methods_supported,
            &mut self.claims_supported,
        ])
    }

    fn flags(&mut self) -> impl Iterator<Item = (&'static str, &mut Option<bool>)> {
        FLAGS.iter().copied().zip([
            &mut self.request_parameter_supported,
            &mut self.request_uri_parameter_supported,
            &mut self.claims_parameter_supported,
        ])
    }
}

/// Whether a member is as it must be, if it is there.
type Judge = fn(&Said<'_, MetadataError>, &'static str) -> Result<(), MetadataError>;

/// A document in which every member is of its type and every endpoint safe, read in place: a client
/// needs half of it, and the whole struct is 3 KB of wasm.
#[derive(Clone, Copy)]
pub(crate) struct Judged<'t>(Said<'t, MetadataError>);

impl<'t> Judged<'t> {
    pub(crate) fn parse(bytes: &'t [u8]) -> Result<Self, MetadataError> {
        let object = json::parse_object(bytes).map_err(MetadataError::Json)?;
        let said = Said { object, null: Null::Wrong, wrong: MetadataError::BadType };
        for name in ["issuer", "authorization_endpoint", "token_endpoint"] {
            said.get(name).ok_or(MetadataError::Missing(name))?;
        }
        let all: [(&[&'static str], Judge); 6] = [
            (&["issuer"], |said, name| said.string(name).map(drop)),
            (&["authorization_endpoint", "token_endpoint"], endpoint),
            (ENDPOINTS, endpoint),
            (LISTS, |said, name| said.strings(name).map(drop)),
            (&[ISS_PROMISED], |said, name| said.boolean(name).map(drop)),
            (FLAGS, |said, name| said.boolean(name).map(drop)),
        ];
        for (names, judge) in all {
            for name in names {
                judge(&said, name)?;
            }
        }
        Ok(Self(said))
    }

    /// A member that is a string.
    pub(crate) fn text(&self, name: &'static str) -> Option<String> {
        self.0.string(name).unwrap_or_default()
    }

    /// A list of strings, empty if it was not said.
    pub(crate) fn list(&self, name: &'static str) -> Vec<String> {
        self.0.strings(name).unwrap_or_default()
    }

    /// Whether every redirect back names the issuer.
    pub(crate) fn promises_iss(&self) -> bool {
        self.flag(ISS_PROMISED) == Some(true)
    }

    fn flag(&self, name: &'static str) -> Option<bool> {
        self.0.boolean(name).unwrap_or_default()
    }
}

fn endpoint(said: &Said<'_, MetadataError>, name: &'static str) -> Result<(), MetadataError> {
    match said.string(name)? {
        Some(text) if !Parts::of(&text).is_ok_and(|parts| parts.is_safe_http()) => {
            Err(MetadataError::BadEndpoint(name))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::mangle::mangled;

    const WHOLE: &str = r#"{"issuer":"https://as.test","authorization_endpoint":"https://as.test/a","token_endpoint":"https://as.test/t","jwks_uri":"https://as.test/j","userinfo_endpoint":"https://as.test/u","end_session_endpoint":"https://as.test/e","revocation_endpoint":"https://as.test/r","introspection_endpoint":"https://as.test/i","registration_endpoint":"https://as.test/n","scopes_supported":["openid"],"response_types_supported":["code"],"response_modes_supported":["query"],"grant_types_supported":["authorization_code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"],"token_endpoint_auth_methods_supported":["none","client_secret_basic"],"revocation_endpoint_auth_methods_supported":["none"],"introspection_endpoint_auth_methods_supported":["client_secret_basic"],"token_endpoint_auth_signing_alg_values_supported":["RS256"],"revocation_endpoint_auth_signing_alg_values_supported":["ES256"],"introspection_endpoint_auth_signing_alg_values_supported":["EdDSA"],"acr_values_supported":["1"],"code_challenge_methods_supported":["S256"],"claims_supported":["sub"],"authorization_response_iss_parameter_supported":true,"request_parameter_supported":false,"request_uri_parameter_supported":false,"claims_parameter_supported":false}"#;

    #[test]
    fn a_document_reads_and_writes_back() {
        let metadata = ServerMetadata::parse(WHOLE.as_bytes()).unwrap();
        assert_eq!(metadata.to_json(), WHOLE);
        assert!(metadata.authorization_response_iss_parameter_supported);
        assert_eq!(metadata.token_endpoint_auth_methods_supported, ["none", "client_secret_basic"]);
    }

    #[test]
    fn three_members_are_enough_and_none_of_them_may_be_missing() {
        let text = r#"{"issuer":"https://as.test","authorization_endpoint":"http://localhost:1/a","token_endpoint":"http://127.0.0.1/t"}"#;
        let metadata = ServerMetadata::parse(text.as_bytes()).unwrap();
        assert_eq!(metadata.to_json(), text);
        assert_eq!(metadata.jwks_uri, None);
        for name in ["issuer", "authorization_endpoint", "token_endpoint"] {
            let without = text.replace(name, "x");
            let error = MetadataError::Missing(name);
            assert_eq!(ServerMetadata::parse(without.as_bytes()), Err(error));
        }
    }

    #[test]
    fn a_member_of_the_wrong_type_is_an_error_that_names_it() {
        for name in
            serde_json::from_str::<serde_json::Value>(WHOLE).unwrap().as_object().unwrap().keys()
        {
            for wrong in ["1", "null", "[1]", "{}"] {
                let members: serde_json::Map<_, _> = serde_json::from_str(WHOLE).unwrap();
                let mut text = Writer::object();
                for (other, value) in members.iter().filter(|(other, _)| *other != name) {
                    text = text.raw(other, &alloc::format!("{value}"));
                }
                match ServerMetadata::parse(text.raw(name, wrong).finish().as_bytes()) {
                    Err(MetadataError::BadType(named)) => assert_eq!(named, name),
                    other => panic!("{name} {wrong}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn no_endpoint_leads_where_a_browser_or_a_secret_must_not_go() {
        for bad in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "http://as.test/a",
            "ftp://as.test/a",
            "https://as.test/a#x",
            "https://user@as.test/a",
            "https:///a",
            "/a",
            "",
            "https://as.test/a b",
            "https://as.test/$(calc)|x",
        ] {
            let text = Writer::object().string("x", bad).finish();
            let bad = text.strip_prefix(r#"{"x":"#).and_then(|t| t.strip_suffix('}')).unwrap();
            for (name, good) in [
                ("authorization_endpoint", r#""https://as.test/a""#),
                ("jwks_uri", r#""https://as.test/j""#),
                ("end_session_endpoint", r#""https://as.test/e""#),
            ] {
                let text = WHOLE.replace(good, bad);
                let error = MetadataError::BadEndpoint(name);
                assert_eq!(ServerMetadata::parse(text.as_bytes()), Err(error), "{bad}");
            }
        }
    }

    #[test]
    fn a_damaged_document_parses_to_a_document_or_not_at_all() {
        for bytes in mangled(WHOLE.as_bytes(), 5_000) {
            if let Ok(metadata) = ServerMetadata::parse(&bytes) {
                assert_eq!(ServerMetadata::parse(metadata.to_json().as_bytes()), Ok(metadata));
            }
        }
        assert_eq!(
            ServerMetadata::parse(b"<!doctype html>"),
            Err(MetadataError::Json(JsonError::Syntax))
        );
    }
}
