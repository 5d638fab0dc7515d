//! What an app says of itself becomes a client, or a reason why not.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::client::{Client, Links, SecretHash};
use crate::base64url;
use crate::entropy::Entropy;
use crate::key::{Material, PublicKey};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::uri::{Parts, RedirectUri, UriError};
use crate::wire::error::is_shown;
use crate::wire::registration::{ApplicationType, AuthMethod, ClientMetadata, GrantType};

/// Most bytes of an app's name.
pub const LONGEST_NAME: usize = 100;

/// Most redirect URIs of one app.
pub const MOST_REDIRECT_URIS: usize = 20;

/// Most keys of one app; each is tried on a statement that names none.
pub const MOST_CLIENT_KEYS: usize = 4;

/// Most bytes of an app's RSA modulus, which are 4096 bits: with longer ones it costs the verifier time.
pub const LONGEST_MODULUS: usize = 512;

/// An app as somebody declares it.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Its public identifier.
    pub client_id: String,
    /// Its secret, if its method needs one.
    pub client_secret: Option<Secret>,
    /// What it says of itself.
    pub metadata: ClientMetadata,
    /// Whether somebody whom the operator trusts vouches for it.
    pub is_trusted: bool,
}

/// Why an app is not registered, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DeclareError {
    /// `client_id` is empty, longer than 128 bytes, or not printable ASCII without `:`.
    BadClientId,
    /// A name of nothing but white space.
    NoName,
    /// A name longer than [`LONGEST_NAME`], or with characters in it that do not show, or that
    /// change the order of others.
    BadName,
    /// A page for people that is not at `https`; this is its name.
    BadLink(&'static str),
    /// A method that needs a secret, and no secret.
    MissingSecret,
    /// A secret, and a method that never shows it.
    UselessSecret,
    /// Statements signed with keys, and no key in `jwks`. A `jwks_uri` is never fetched.
    MissingKeys,
    /// More than [`MOST_CLIENT_KEYS`].
    TooManyKeys,
    /// An RSA key longer than [`LONGEST_MODULUS`].
    LongKey,
    /// It would act for itself, and cannot prove who it is
    /// ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).
    PublicCredentials,
    /// It would act for itself, and nobody whom the operator trusts vouches for it.
    UntrustedCredentials,
    /// `scope` is not one.
    BadScope,
    /// No redirect URI, and it would be sent codes.
    NoRedirectUri,
    /// More than [`MOST_REDIRECT_URIS`].
    TooManyRedirectUris,
    /// The redirect URI at this place, counted from 0, is not taken.
    BadRedirectUri(usize, UriError),
    /// The URI at this place of `post_logout_redirect_uris`, counted from 0, is not taken.
    BadPostLogoutRedirectUri(usize, UriError),
    /// A scheme of the app's own, and the app is not native.
    PrivateUseScheme,
}

impl Client {
    /// Takes an app as it is declared. What it leaves out is as
    /// [RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2) has it, but that it may
    /// always refresh: that takes a person's yes to `offline_access` anyway.
    ///
    /// # Errors
    ///
    /// The first [`DeclareError`] that applies.
    pub fn declare(said: &Declaration, now: UnixTime) -> Result<Self, DeclareError> {
        let Declaration { client_id, client_secret, metadata, is_trusted } = said;
        let id_is_good = |b: u8| b.is_ascii_graphic() && b != b':';
        if !(1..=128).contains(&client_id.len()) || !client_id.bytes().all(id_is_good) {
            return Err(DeclareError::BadClientId);
        }
        let name = name(metadata.client_name.as_deref().unwrap_or(client_id))?;
        let links = links(metadata)?;
        let method = metadata.token_endpoint_auth_method.unwrap_or(AuthMethod::ClientSecretBasic);
        let keys = metadata.jwks.as_ref().map_or(0, |jwks| jwks.keys.len());
        match client_secret {
            Some(secret) if method.has_secret() && !secret.expose().is_empty() => {}
            Some(_) | None if method.has_secret() => return Err(DeclareError::MissingSecret),
            Some(_) => return Err(DeclareError::UselessSecret),
            None if method == AuthMethod::PrivateKeyJwt && keys == 0 => {
                return Err(DeclareError::MissingKeys);
            }
            None => {}
        }
        if keys > MOST_CLIENT_KEYS {
            return Err(DeclareError::TooManyKeys);
        }
        if metadata.jwks.iter().flat_map(|jwks| &jwks.keys).any(is_long) {
            return Err(DeclareError::LongKey);
        }
        let grant_types = match metadata.grant_types.as_slice() {
            [] => GrantType::USUAL.into(),
            said => said.to_owned(),
        };
        if grant_types.contains(&GrantType::ClientCredentials) && method == AuthMethod::None {
            return Err(DeclareError::PublicCredentials);
        }
        if grant_types.contains(&GrantType::ClientCredentials) && !is_trusted {
            return Err(DeclareError::UntrustedCredentials);
        }
        let scope = metadata.scope.as_deref().map(ScopeSet::parse).transpose();
        let application_type = metadata.application_type.unwrap_or(ApplicationType::Web);
        let (redirects, exits) = (&metadata.redirect_uris, &metadata.post_logout_redirect_uris);
        let redirect_uris = uris(redirects, application_type, DeclareError::BadRedirectUri)?;
        if redirect_uris.is_empty() && grant_types.contains(&GrantType::AuthorizationCode) {
            return Err(DeclareError::NoRedirectUri);
        }
        Ok(Self {
            client_id: client_id.clone(),
            name,
            links,
            redirect_uris,
            post_logout_redirect_uris: uris(
                exits,
                application_type,
                DeclareError::BadPostLogoutRedirectUri,
            )?,
            token_endpoint_auth_method: method,
            token_endpoint_auth_signing_alg: metadata.token_endpoint_auth_signing_alg,
            jwks: metadata.jwks.clone().unwrap_or_default(),
            grant_types,
            application_type,
            scope: scope.map_err(|_| DeclareError::BadScope)?,
            id_token_signed_response_alg: metadata.id_token_signed_response_alg,
            default_max_age: metadata.default_max_age.map(Duration::from_secs),
            dpop_bound_access_tokens: metadata.dpop_bound_access_tokens == Some(true),
            is_trusted: *is_trusted,
            born: now,
            removed: None,
            until: None,
            secret: client_secret.as_ref().map(|secret| SecretHash::of(client_id, secret)),
        })
    }

    /// What the client says of itself, as it was taken.
    #[must_use]
    pub fn metadata(&self) -> ClientMetadata {
        let texts = |uris: &[RedirectUri]| uris.iter().map(|uri| uri.as_str().to_owned()).collect();
        let Links { client_uri, policy_uri, tos_uri } = self.links.clone();
        ClientMetadata {
            redirect_uris: texts(&self.redirect_uris),
            client_name: Some(self.name.clone()),
            client_uri,
            policy_uri,
            tos_uri,
            token_endpoint_auth_method: Some(self.token_endpoint_auth_method),
            token_endpoint_auth_signing_alg: self.token_endpoint_auth_signing_alg,
            grant_types: self.grant_types.clone(),
            scope: self.scope.as_ref().map(ScopeSet::to_text),
            jwks: Some(self.jwks.clone()).filter(|jwks| !jwks.keys.is_empty()),
            application_type: Some(self.application_type),
            id_token_signed_response_alg: self.id_token_signed_response_alg,
            default_max_age: self.default_max_age.map(|age| age.as_secs()),
            post_logout_redirect_uris: texts(&self.post_logout_redirect_uris),
            dpop_bound_access_tokens: self.dpop_bound_access_tokens.then_some(true),
        }
    }
}

fn name(said: &str) -> Result<String, DeclareError> {
    let name = said.trim();
    if name.is_empty() {
        return Err(DeclareError::NoName);
    }
    if name.len() > LONGEST_NAME || !name.chars().all(is_shown) {
        return Err(DeclareError::BadName);
    }
    Ok(name.to_owned())
}

/// Whether a key costs the verifier time.
pub(crate) fn is_long(key: &PublicKey) -> bool {
    match &key.material {
        Material::Rsa { n, .. } => n.len() > LONGEST_MODULUS,
        Material::P256 { .. } | Material::Ed25519 { .. } => false,
    }
}

fn links(metadata: &ClientMetadata) -> Result<Links, DeclareError> {
    let link = |uri: &Option<String>, member| match uri {
        Some(uri) if !Parts::of(uri).is_ok_and(|parts| parts.is_safe_http()) => {
            Err(DeclareError::BadLink(member))
        }
        Some(_) | None => Ok(uri.clone()),
    };
    Ok(Links {
        client_uri: link(&metadata.client_uri, "client_uri")?,
        policy_uri: link(&metadata.policy_uri, "policy_uri")?,
        tos_uri: link(&metadata.tos_uri, "tos_uri")?,
    })
}

fn uris(
    said: &[String],
    application_type: ApplicationType,
    bad: impl Fn(usize, UriError) -> DeclareError,
) -> Result<Vec<RedirectUri>, DeclareError> {
    let mut uris: Vec<RedirectUri> = Vec::new();
    for (at, text) in said.iter().enumerate() {
        let uri = RedirectUri::parse(text).map_err(|error| bad(at, error))?;
        let is_http = Parts::of(text).is_ok_and(|parts| parts.is_safe_http());
        if !is_http && application_type == ApplicationType::Web {
            return Err(DeclareError::PrivateUseScheme);
        }
        if uris.len() == MOST_REDIRECT_URIS {
            return Err(DeclareError::TooManyRedirectUris);
        }
        if !uris.contains(&uri) {
            uris.push(uri);
        }
    }
    Ok(uris)
}

/// A fresh `client_id` and a secret of 192 bits.
///
/// Together they are short enough for `base64` to print them on one line, as the guide's `curl`
/// needs ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
pub(crate) fn credentials(entropy: &Entropy) -> (String, Secret) {
    let client_id = base64url::encode(entropy.derive_id("client_id"));
    let [secret @ .., _, _, _, _, _, _, _, _] = entropy.derive("client_secret");
    let secret: [u8; 24] = secret;
    (client_id, Secret::new(base64url::encode(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Algorithm;
    use crate::wire::jwks::Jwks;

    #[test]
    fn credentials_fit_one_line_of_base64() {
        let (id, secret) = credentials(&Entropy::new([7; 32]));
        assert!(id.len() + secret.expose().len() <= 56);
        assert!((id.len() + 1 + secret.expose().len()).div_ceil(3) * 4 <= 76);
    }

    #[test]
    fn an_app_is_taken_as_it_declares_itself_or_told_what_is_wrong() {
        let uris = |n: usize| (0..n).map(|i| alloc::format!("https://a.test/{i}")).collect();
        let keys = |n: usize| {
            let material = Material::Ed25519 { x: [1; 32] };
            let key = PublicKey { kid: None, alg: Algorithm::EdDsa, material };
            Some(Jwks { keys: alloc::vec![key; n] })
        };
        let rsa = |bytes: usize| {
            let material = Material::Rsa { n: alloc::vec![0xff; bytes], e: [1, 0, 1].into() };
            Some(Jwks { keys: [PublicKey { kid: None, alg: Algorithm::Rs256, material }].into() })
        };
        let rows: &[(Change<'_>, Option<DeclareError>)] = &[
            (&|_| {}, None),
            (&|d| d.metadata.client_name = None, None),
            (&|d| d.client_id = "a:b".into(), Some(DeclareError::BadClientId)),
            (&|d| d.metadata.client_name = Some("  ".into()), Some(DeclareError::NoName)),
            (&|d| d.metadata.client_name = Some("a".repeat(101)), Some(DeclareError::BadName)),
            (
                &|d| d.metadata.client_name = Some("Bank\u{202e}".into()),
                Some(DeclareError::BadName),
            ),
            (
                &|d| d.metadata.policy_uri = Some("javascript:alert(1)".into()),
                Some(DeclareError::BadLink("policy_uri")),
            ),
            (&|d| d.client_secret = None, Some(DeclareError::MissingSecret)),
            (&|d| d.client_secret = Some(Secret::new("")), Some(DeclareError::MissingSecret)),
            (&|d| with(d, AuthMethod::None), Some(DeclareError::UselessSecret)),
            (&|d| with(d, AuthMethod::PrivateKeyJwt), Some(DeclareError::UselessSecret)),
            (
                &|d| {
                    with(d, AuthMethod::PrivateKeyJwt);
                    d.client_secret = None;
                },
                Some(DeclareError::MissingKeys),
            ),
            (&|d| d.metadata.jwks = keys(4), None),
            (&|d| d.metadata.jwks = keys(5), Some(DeclareError::TooManyKeys)),
            (&|d| d.metadata.jwks = rsa(512), None),
            (&|d| d.metadata.jwks = rsa(513), Some(DeclareError::LongKey)),
            (
                &|d| {
                    with(d, AuthMethod::None);
                    d.client_secret = None;
                    d.metadata.grant_types = [GrantType::ClientCredentials].into();
                },
                Some(DeclareError::PublicCredentials),
            ),
            (&acts_for_itself, None),
            (
                &|d| {
                    acts_for_itself(d);
                    d.is_trusted = false;
                },
                Some(DeclareError::UntrustedCredentials),
            ),
            (&|d| d.metadata.scope = Some("\"".into()), Some(DeclareError::BadScope)),
            (&|d| d.metadata.redirect_uris.clear(), Some(DeclareError::NoRedirectUri)),
            (
                &|d| d.metadata.redirect_uris.push("javascript:alert(1)".into()),
                Some(DeclareError::BadRedirectUri(1, UriError::ForbiddenScheme)),
            ),
            (
                &|d| d.metadata.post_logout_redirect_uris.push("http://a.test/bye".into()),
                Some(DeclareError::BadPostLogoutRedirectUri(0, UriError::ForbiddenScheme)),
            ),
            (
                &|d| d.metadata.redirect_uris.push("com.example:/cb".into()),
                Some(DeclareError::PrivateUseScheme),
            ),
            (&|d| d.metadata.redirect_uris = uris(20), None),
            (&|d| d.metadata.redirect_uris = uris(21), Some(DeclareError::TooManyRedirectUris)),
        ];
        for (at, (change, error)) in rows.iter().enumerate() {
            let mut said = declaration();
            change(&mut said);
            assert_eq!(Client::declare(&said, NOW).err(), *error, "row {at}");
        }
    }

    #[test]
    fn a_client_says_of_itself_what_it_was_taken_as() {
        let client = Client::declare(&declaration(), NOW).unwrap();
        let metadata = client.metadata();
        assert_eq!(metadata.grant_types, GrantType::USUAL);
        let said = Declaration { metadata, ..declaration() };
        assert_eq!(Client::declare(&said, NOW), Ok(client));
    }

    #[test]
    fn a_107_a_secret_is_kept_as_a_hash_that_does_not_show_equals() {
        let one = Client::declare(&declaration(), NOW).unwrap();
        let other = Declaration { client_id: "other".into(), ..declaration() };
        let other = Client::declare(&other, NOW).unwrap();
        assert_ne!(one.secret, other.secret);
        assert!(!alloc::format!("{one:?}").contains("s3cret"));
    }

    type Change<'c> = &'c dyn Fn(&mut Declaration);

    const NOW: UnixTime = UnixTime::from_secs(0);

    fn acts_for_itself(declaration: &mut Declaration) {
        declaration.metadata.redirect_uris.clear();
        declaration.metadata.grant_types = [GrantType::ClientCredentials].into();
    }

    fn with(declaration: &mut Declaration, method: AuthMethod) {
        declaration.metadata.token_endpoint_auth_method = Some(method);
    }

    fn declaration() -> Declaration {
        Declaration {
            client_id: "app".into(),
            client_secret: Some(Secret::new("s3cret")),
            metadata: ClientMetadata {
                client_name: Some("My Task Management App".into()),
                redirect_uris: ["https://yourapp.com/auth/callback".into()].into(),
                ..ClientMetadata::default()
            },
            is_trusted: true,
        }
    }
}
