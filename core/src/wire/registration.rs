//! What a client says of itself when it is registered
//! ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2),
//! [OpenID Connect Registration §2](https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata)).

use alloc::string::String;
use alloc::vec::Vec;

pub use self::words::{ApplicationType, AuthMethod, GrantType};
use super::json::{self, JsonError, Object, Writer};
use super::jwks::Jwks;
use super::said::{Null, Said};
use crate::key::Algorithm;
use crate::secret::Secret;
use crate::time::UnixTime;

#[cfg(test)]
mod tests;
mod words;

/// What a client says of itself; a list that is empty and a member that is `None` were not said.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ClientMetadata {
    /// Where it may be answered, each a full URI.
    pub redirect_uris: Vec<String>,
    /// What people are told it is called.
    pub client_name: Option<String>,
    /// Its own page, for people to read.
    pub client_uri: Option<String>,
    /// How it uses what it learns, for people to read.
    pub policy_uri: Option<String>,
    /// What it demands of people, for people to read.
    pub tos_uri: Option<String>,
    /// How it proves who it is.
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// The only algorithm its statements are signed with.
    pub token_endpoint_auth_signing_alg: Option<Algorithm>,
    /// What it comes to the token endpoint with.
    pub grant_types: Vec<GrantType>,
    /// What it may ask for, words parted by spaces.
    pub scope: Option<String>,
    /// The keys its statements are signed with.
    pub jwks: Option<Jwks>,
    /// Where it runs.
    pub application_type: Option<ApplicationType>,
    /// What its ID tokens are signed with.
    pub id_token_signed_response_alg: Option<Algorithm>,
    /// Seconds since the person last signed in, if a request does not say.
    pub default_max_age: Option<u64>,
    /// Where people may go once they are signed out
    /// ([OpenID Connect RP-Initiated Logout §3.1](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#ClientMetadata)).
    pub post_logout_redirect_uris: Vec<String>,
    /// Whether each of its access tokens is to be bound to a key
    /// ([RFC 9449 §5.2](https://www.rfc-editor.org/rfc/rfc9449#section-5.2)).
    pub dpop_bound_access_tokens: Option<bool>,
}

/// Why the words of a client are not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClientMetadataError {
    /// Not JSON as we read it, or no object.
    Json(JsonError),
    /// A member of the wrong type.
    BadType(&'static str),
    /// A member that asks for what nobody here does.
    Unsupported(&'static str),
}

/// Members that promise a client what this code does not do. Left out silently, a client would
/// believe, for one, that its tokens are encrypted.
const UNSUPPORTED: [&str; 12] = [
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "introspection_signed_response_alg",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
    "authorization_signed_response_alg",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "request_object_encryption_alg",
];

/// The same, where only `true` asks for something.
const UNSUPPORTED_IF_TRUE: [&str; 3] = [
    "require_signed_request_object",
    "require_pushed_authorization_requests",
    "tls_client_certificate_bound_access_tokens",
];

impl ClientMetadata {
    /// The members that are read, for readers who refuse all others.
    pub const MEMBERS: [&str; 17] = [
        "redirect_uris",
        "client_name",
        "client_uri",
        "policy_uri",
        "tos_uri",
        "token_endpoint_auth_method",
        "token_endpoint_auth_signing_alg",
        "grant_types",
        "response_types",
        "subject_type",
        "scope",
        "jwks",
        "application_type",
        "id_token_signed_response_alg",
        "default_max_age",
        "post_logout_redirect_uris",
        "dpop_bound_access_tokens",
    ];

    /// Reads what a client says; members nobody knows are ignored
    /// ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)).
    ///
    /// # Errors
    ///
    /// The first [`ClientMetadataError`] that applies.
    pub fn parse(bytes: &[u8]) -> Result<Self, ClientMetadataError> {
        Self::read(json::parse_object(bytes).map_err(ClientMetadataError::Json)?)
    }

    fn read(object: Object<'_>) -> Result<Self, ClientMetadataError> {
        let said = said(object);
        if let Some(name) = UNSUPPORTED.into_iter().find(|name| said.get(name).is_some()) {
            return Err(ClientMetadataError::Unsupported(name));
        }
        for name in UNSUPPORTED_IF_TRUE {
            if said.get(name).is_some_and(|value| value.boolean() != Some(false)) {
                return Err(ClientMetadataError::Unsupported(name));
            }
        }
        // Which of the two would hold, each server would guess
        // (RFC 7591 §2).
        if said.get("jwks").is_some() && said.get("jwks_uri").is_some() {
            return Err(ClientMetadataError::Unsupported("jwks_uri"));
        }
        if said.string("subject_type")?.is_some_and(|kind| kind != "public") {
            return Err(ClientMetadataError::Unsupported("subject_type"));
        }
        if said.strings("response_types")?.iter().any(|kind| kind != "code") {
            return Err(ClientMetadataError::Unsupported("response_types"));
        }
        let grant_types = said.strings("grant_types")?;
        let grant_types = grant_types.iter().map(|name| GrantType::parse(name));
        let grant_types: Option<Vec<_>> = grant_types.collect();
        Ok(Self {
            redirect_uris: said.strings("redirect_uris")?,
            client_name: said.string("client_name")?,
            client_uri: said.string("client_uri")?,
            policy_uri: said.string("policy_uri")?,
            tos_uri: said.string("tos_uri")?,
            token_endpoint_auth_method: word(
                &said,
                "token_endpoint_auth_method",
                AuthMethod::parse,
            )?,
            token_endpoint_auth_signing_alg: word(
                &said,
                "token_endpoint_auth_signing_alg",
                Algorithm::parse,
            )?,
            grant_types: grant_types.ok_or(ClientMetadataError::Unsupported("grant_types"))?,
            scope: said.string("scope")?,
            jwks: match said.get("jwks") {
                Some(value) => {
                    let bad = ClientMetadataError::BadType("jwks");
                    Some(Jwks::parse(value.text().as_bytes()).map_err(|_| bad)?)
                }
                None => None,
            },
            application_type: word(&said, "application_type", ApplicationType::parse)?,
            id_token_signed_response_alg: word(
                &said,
                "id_token_signed_response_alg",
                Algorithm::parse_ours,
            )?,
            default_max_age: said.integer("default_max_age")?,
            post_logout_redirect_uris: said.strings("post_logout_redirect_uris")?,
            dpop_bound_access_tokens: said.boolean("dpop_bound_access_tokens")?,
        })
    }

    /// The words of the client, without what was not said.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.write(Writer::object()).finish()
    }

    fn write(&self, mut out: Writer) -> Writer {
        if !self.redirect_uris.is_empty() {
            out = out.strings("redirect_uris", &self.redirect_uris);
        }
        for (name, value) in [
            ("client_name", self.client_name.as_deref()),
            ("client_uri", self.client_uri.as_deref()),
            ("policy_uri", self.policy_uri.as_deref()),
            ("tos_uri", self.tos_uri.as_deref()),
            ("token_endpoint_auth_method", self.token_endpoint_auth_method.map(AuthMethod::name)),
            (
                "token_endpoint_auth_signing_alg",
                self.token_endpoint_auth_signing_alg.map(Algorithm::name),
            ),
            ("scope", self.scope.as_deref()),
            ("application_type", self.application_type.map(ApplicationType::name)),
            (
                "id_token_signed_response_alg",
                self.id_token_signed_response_alg.map(Algorithm::name),
            ),
        ] {
            out = out.maybe(name, value);
        }
        if !self.grant_types.is_empty() {
            out = out.strings("grant_types", self.grant_types.iter().map(|kind| kind.name()));
            let is_code = self.grant_types.contains(&GrantType::AuthorizationCode);
            out = out.strings("response_types", is_code.then_some("code"));
        }
        if let Some(jwks) = &self.jwks {
            out = out.raw("jwks", &jwks.to_json());
        }
        if let Some(seconds) = self.default_max_age {
            out = out.integer("default_max_age", seconds);
        }
        if !self.post_logout_redirect_uris.is_empty() {
            out = out.strings("post_logout_redirect_uris", &self.post_logout_redirect_uris);
        }
        if let Some(bound) = self.dpop_bound_access_tokens {
            out = out.boolean("dpop_bound_access_tokens", bound);
        }
        out
    }
}

/// What a server says of a client that it has registered
/// ([RFC 7591 §3.2.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.2.1)).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientInformation {
    /// What the server calls it.
    pub client_id: String,
    /// What only the two know, if the client needs such a thing. Shown where it is made, and not
    /// again by a server that keeps a hash.
    pub client_secret: Option<Secret>,
    /// When it was registered.
    pub client_id_issued_at: Option<UnixTime>,
    /// When the secret ends; `None` is never.
    pub client_secret_expires_at: Option<UnixTime>,
    /// What lets the client read, change and end its registration
    /// ([RFC 7592 §3](https://www.rfc-editor.org/rfc/rfc7592#section-3)).
    pub registration_access_token: Option<Secret>,
    /// Where it does that.
    pub registration_client_uri: Option<String>,
    /// What holds of it, which may be less than it asked for.
    pub metadata: ClientMetadata,
}

impl ClientInformation {
    /// Reads the answer of a server.
    ///
    /// # Errors
    ///
    /// The first [`ClientMetadataError`] that applies.
    pub fn parse(bytes: &[u8]) -> Result<Self, ClientMetadataError> {
        let object = json::parse_object(bytes).map_err(ClientMetadataError::Json)?;
        let said = said(object);
        let client_id = said.string("client_id")?.filter(|id| !id.is_empty());
        Ok(Self {
            client_id: client_id.ok_or(ClientMetadataError::BadType("client_id"))?,
            client_secret: said.string("client_secret")?.map(Secret::new),
            client_id_issued_at: said.integer("client_id_issued_at")?.map(UnixTime::from_secs),
            client_secret_expires_at: said
                .integer("client_secret_expires_at")?
                .filter(|end| *end != 0)
                .map(UnixTime::from_secs),
            registration_access_token: said.string("registration_access_token")?.map(Secret::new),
            registration_client_uri: said.string("registration_client_uri")?,
            metadata: ClientMetadata::read(object)?,
        })
    }

    /// The answer.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = Writer::object().string("client_id", &self.client_id);
        if let Some(secret) = &self.client_secret {
            let end = self.client_secret_expires_at.map_or(0, UnixTime::as_secs);
            out = out.string("client_secret", secret.expose());
            out = out.integer("client_secret_expires_at", end);
        }
        if let Some(at) = self.client_id_issued_at {
            out = out.integer("client_id_issued_at", at.as_secs());
        }
        let token = self.registration_access_token.as_ref().map(Secret::expose);
        out = out.maybe("registration_access_token", token);
        out = out.maybe("registration_client_uri", self.registration_client_uri.as_deref());
        self.metadata.write(out).finish()
    }
}

/// `null` was not said, as RFC 7592 §2.2 has it.
const fn said(object: Object<'_>) -> Said<'_, ClientMetadataError> {
    Said { object, null: Null::NotSaid, wrong: ClientMetadataError::BadType }
}

/// A word of a list that both sides know.
fn word<T>(
    said: &Said<'_, ClientMetadataError>,
    name: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, ClientMetadataError> {
    let Some(text) = said.string(name)? else { return Ok(None) };
    parse(&text).map(Some).ok_or(ClientMetadataError::Unsupported(name))
}
