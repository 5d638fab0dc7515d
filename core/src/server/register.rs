//! An app introduces itself.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use super::client::{Client, SecretHash};
use crate::base64url;
use crate::entropy::Entropy;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::uri::{Parts, RedirectUri, UriError};
use crate::wire::error::is_shown;
use crate::wire::registration::{ApplicationType, AuthMethod};

/// Most bytes of an app's name.
pub const LONGEST_NAME: usize = 100;

/// Most redirect URIs of one app.
pub const MOST_REDIRECT_URIS: usize = 20;

/// What an app says of itself ([RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)).
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Its public identifier.
    pub client_id: String,
    /// Its secret; a public client has none.
    pub client_secret: Option<Secret>,
    /// What people are told it is called: `client_name`.
    pub name: String,
    /// Where it may be answered, each a full URI.
    pub redirect_uris: Vec<String>,
    /// How it proves who it is.
    pub token_endpoint_auth_method: AuthMethod,
    /// Where it runs.
    pub application_type: ApplicationType,
    /// What it may ask for; `None` is all that the server offers.
    pub scope: Option<ScopeSet>,
}

/// Why an app is not registered, in the order the checks run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RegistrationError {
    /// No name, or only white space.
    NoName,
    /// A name longer than [`LONGEST_NAME`], or with characters in it that do not show, or that
    /// change the order of others.
    BadName,
    /// `client_id` is empty, longer than 128 bytes, or not printable ASCII without `:`.
    BadClientId,
    /// No redirect URI.
    NoRedirectUri,
    /// More than [`MOST_REDIRECT_URIS`].
    TooManyRedirectUris,
    /// The redirect URI at this place, counted from 0, is not taken.
    BadRedirectUri(usize, UriError),
    /// A scheme of the app's own, and the app is not native.
    PrivateUseScheme,
    /// A method that needs a secret, and no secret.
    MissingSecret,
    /// A secret, and a method that never shows it.
    UselessSecret,
}

impl Client {
    /// Takes an app as it declares itself.
    ///
    /// # Errors
    ///
    /// The first [`RegistrationError`] that applies.
    pub fn declare(said: &Declaration, now: UnixTime) -> Result<Self, RegistrationError> {
        let name = said.name.trim();
        if name.is_empty() {
            return Err(RegistrationError::NoName);
        }
        if name.len() > LONGEST_NAME || !name.chars().all(is_shown) {
            return Err(RegistrationError::BadName);
        }
        let id_is_good = |b: u8| b.is_ascii_graphic() && b != b':';
        if !(1..=128).contains(&said.client_id.len()) || !said.client_id.bytes().all(id_is_good) {
            return Err(RegistrationError::BadClientId);
        }
        match (said.token_endpoint_auth_method, &said.client_secret) {
            (AuthMethod::None, None) => {}
            (AuthMethod::None, Some(_)) => return Err(RegistrationError::UselessSecret),
            (_, Some(secret)) if !secret.expose().is_empty() => {}
            (AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost, _) => {
                return Err(RegistrationError::MissingSecret);
            }
        }
        Ok(Self {
            client_id: said.client_id.clone(),
            name: name.to_owned(),
            redirect_uris: redirect_uris(&said.redirect_uris, said.application_type)?,
            token_endpoint_auth_method: said.token_endpoint_auth_method,
            application_type: said.application_type,
            scope: said.scope.clone(),
            born: now,
            removed: None,
            secret: said.client_secret.as_ref().map(|s| SecretHash::of(&said.client_id, s)),
        })
    }
}

fn redirect_uris(
    said: &[String],
    application_type: ApplicationType,
) -> Result<Vec<RedirectUri>, RegistrationError> {
    let mut uris: Vec<RedirectUri> = Vec::new();
    for (at, text) in said.iter().enumerate() {
        let uri = RedirectUri::parse(text).map_err(|e| RegistrationError::BadRedirectUri(at, e))?;
        let is_http = Parts::of(text).is_ok_and(|parts| parts.is_safe_http());
        if !is_http && application_type == ApplicationType::Web {
            return Err(RegistrationError::PrivateUseScheme);
        }
        if !uris.contains(&uri) {
            uris.push(uri);
        }
    }
    match uris.len() {
        0 => Err(RegistrationError::NoRedirectUri),
        1..=MOST_REDIRECT_URIS => Ok(uris),
        _ => Err(RegistrationError::TooManyRedirectUris),
    }
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

    #[test]
    fn credentials_fit_one_line_of_base64() {
        let (id, secret) = credentials(&Entropy::new([7; 32]));
        assert!(id.len() + secret.expose().len() <= 56);
        assert!((id.len() + 1 + secret.expose().len()).div_ceil(3) * 4 <= 76);
    }

    #[test]
    fn an_app_is_taken_as_it_declares_itself_or_told_what_is_wrong() {
        let declare = |change: fn(&mut Declaration)| {
            let mut said = declaration();
            change(&mut said);
            Client::declare(&said, UnixTime::from_secs(0)).err()
        };
        assert_eq!(declare(|_| {}), None);
        assert_eq!(declare(|d| d.name = "  ".into()), Some(RegistrationError::NoName));
        assert_eq!(declare(|d| d.name = "a".repeat(101)), Some(RegistrationError::BadName));
        assert_eq!(declare(|d| d.name = "Bank\u{202e}".into()), Some(RegistrationError::BadName));
        assert_eq!(declare(|d| d.client_id = "a:b".into()), Some(RegistrationError::BadClientId));
        assert_eq!(declare(|d| d.redirect_uris.clear()), Some(RegistrationError::NoRedirectUri));
        assert_eq!(
            declare(|d| d.redirect_uris.push("javascript:alert(1)".into())),
            Some(RegistrationError::BadRedirectUri(1, UriError::ForbiddenScheme))
        );
        assert_eq!(
            declare(|d| d.redirect_uris.push("com.example:/cb".into())),
            Some(RegistrationError::PrivateUseScheme)
        );
        assert_eq!(
            declare(|d| d.redirect_uris =
                (0..21).map(|i| alloc::format!("https://a.test/{i}")).collect()),
            Some(RegistrationError::TooManyRedirectUris)
        );
        assert_eq!(declare(|d| d.client_secret = None), Some(RegistrationError::MissingSecret));
        assert_eq!(
            declare(|d| d.client_secret = Some(Secret::new(""))),
            Some(RegistrationError::MissingSecret)
        );
        assert_eq!(
            declare(|d| d.token_endpoint_auth_method = AuthMethod::None),
            Some(RegistrationError::UselessSecret)
        );
    }

    #[test]
    fn a_secret_is_kept_as_a_hash_that_does_not_show_equals() {
        let one = Client::declare(&declaration(), UnixTime::from_secs(0)).unwrap();
        let other = Declaration { client_id: "other".into(), ..declaration() };
        let other = Client::declare(&other, UnixTime::from_secs(0)).unwrap();
        assert_ne!(one.secret, other.secret);
        assert!(!alloc::format!("{one:?}").contains("s3cret"));
    }

    fn declaration() -> Declaration {
        Declaration {
            client_id: "app".into(),
            client_secret: Some(Secret::new("s3cret")),
            name: "My Task Management App".into(),
            redirect_uris: ["https://yourapp.com/auth/callback".into()].into(),
            token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
            application_type: ApplicationType::Web,
            scope: None,
        }
    }
}
