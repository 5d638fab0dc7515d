//! What an app knows about itself before it has spoken to anybody.

use alloc::borrow::ToOwned as _;
use alloc::string::String;

use super::credentials::{Credentials, Letter};
use super::dpop::ProofKey;
use crate::key::Algorithm;
use crate::uri::{Issuer, RedirectUri, UriError};

/// What is wrong with a configuration, member by member.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ProfileError {
    /// The issuer is not `https`, nor `http` on this machine, or has a query or fragment.
    Issuer(UriError),
    /// The client id is empty, longer than 256 bytes or not printable ASCII
    /// ([RFC 6749 appendix A.1](https://www.rfc-editor.org/rfc/rfc6749#appendix-A.1)).
    ClientId,
    /// The redirect URI is relative, unsafe or has a fragment.
    RedirectUri(UriError),
    /// A secret is configured and empty.
    EmptySecret,
    /// A key is configured and its name is empty.
    NoKeyId,
}

/// One client of one server, as the developer configured it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Profile {
    pub(super) issuer: Issuer,
    pub(super) client_id: String,
    pub(super) redirect_uri: RedirectUri,
    pub(super) credentials: Credentials,
    pub(super) algorithms: Algorithms,
    pub(super) dpop: Option<ProofKey>,
}

impl Profile {
    /// Takes a configuration that can work.
    ///
    /// # Errors
    ///
    /// The first [`ProfileError`] that applies.
    pub fn new(
        issuer: &str,
        client_id: &str,
        redirect_uri: &str,
        credentials: Credentials,
    ) -> Result<Self, ProfileError> {
        let issuer = Issuer::parse(issuer).map_err(ProfileError::Issuer)?;
        let printable = client_id.bytes().all(|b| matches!(b, 0x20..=0x7e));
        if client_id.is_empty() || client_id.len() > 256 || !printable {
            return Err(ProfileError::ClientId);
        }
        let redirect_uri = RedirectUri::parse(redirect_uri).map_err(ProfileError::RedirectUri)?;
        match &credentials {
            Credentials::Basic(secret) | Credentials::Post(secret)
                if secret.expose().is_empty() =>
            {
                return Err(ProfileError::EmptySecret);
            }
            Credentials::PrivateKey(key) if key.kid.is_empty() => {
                return Err(ProfileError::NoKeyId);
            }
            Credentials::Public
            | Credentials::Basic(_)
            | Credentials::Post(_)
            | Credentials::PrivateKey(_) => {}
        }
        let client_id = client_id.to_owned();
        let algorithms = Algorithms::ALL;
        Ok(Self { issuer, client_id, redirect_uri, credentials, algorithms, dpop: None })
    }

    /// The same, with tokens that are bound to a key if the server does that.
    #[must_use]
    pub fn bound_to(mut self, key: ProofKey) -> Self {
        self.dpop = Some(key);
        self
    }

    /// The same, believing ID tokens signed with `algorithms` only.
    #[must_use]
    pub fn only_signed_with(mut self, algorithms: &[Algorithm]) -> Self {
        self.algorithms = Algorithms::of(algorithms);
        self
    }

    /// Whom it trusts to say who the user is.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// What the server calls it.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Where the server answers it.
    #[must_use]
    pub const fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }
}

/// What a login has to know of its server once the user is back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Server {
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: Option<String>,
    pub(super) algorithms: Algorithms,
    pub(super) dpop: Option<ProofKey>,
}

/// A client that knows its server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Client {
    pub(super) profile: Profile,
    pub(super) endpoints: Endpoints,
    pub(super) algorithms: Algorithms,
    /// What it takes proofs of a key with, if it binds tokens to one.
    pub(super) proofs: Algorithms,
    pub(super) iss_promised: bool,
}

/// Where the server does what; all from one document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Endpoints {
    pub(super) authorization: String,
    pub(super) token: String,
    pub(super) jwks: Option<String>,
    pub(super) userinfo: Option<String>,
    pub(super) end_session: Option<String>,
    pub(super) revocation: Option<String>,
}

impl Client {
    /// What the app knows about itself.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Where a user is sent to sign out, if the server has such a page.
    #[must_use]
    pub fn end_session_endpoint(&self) -> Option<&str> {
        self.endpoints.end_session.as_deref()
    }

    pub(super) fn server(&self) -> Server {
        Server {
            token_endpoint: self.endpoints.token.clone(),
            jwks_uri: self.endpoints.jwks.clone(),
            algorithms: self.algorithms,
            dpop: self.profile.dpop.clone(),
        }
    }

    /// The key that tokens are bound to, if they are.
    #[must_use]
    pub const fn proof_key(&self) -> Option<&ProofKey> {
        self.profile.dpop.as_ref()
    }

    /// Whether the server binds tokens to keys of this kind.
    pub(super) const fn takes(&self, key: &ProofKey) -> bool {
        self.proofs.contains(key.alg)
    }

    /// Whether the server binds tokens to keys.
    pub(super) const fn takes_proofs(&self) -> bool {
        !self.proofs.is_empty()
    }

    /// A form of this client's to one of the server's own endpoints.
    pub(super) fn letter(&self, endpoint: &str, form: String) -> Letter {
        let Profile { issuer, client_id, credentials, .. } = &self.profile;
        credentials.letter((issuer.as_str(), client_id), endpoint, form)
    }

    /// Where the server's keys are, if it has any.
    #[must_use]
    pub fn jwks_uri(&self) -> Option<&str> {
        self.endpoints.jwks.as_deref()
    }
}

/// A set of signature algorithms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Algorithms(u8);

impl Algorithms {
    pub(super) const ALL: Self = Self(0b1111);

    pub(super) fn of(algorithms: &[Algorithm]) -> Self {
        Self(algorithms.iter().fold(0, |set, alg| set | Self::bit(*alg)))
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn contains(self, alg: Algorithm) -> bool {
        self.0 & Self::bit(alg) != 0
    }

    const fn bit(alg: Algorithm) -> u8 {
        match alg {
            Algorithm::Rs256 => 1,
            Algorithm::Es256 => 2,
            Algorithm::EdDsa => 4,
            Algorithm::Ps256 => 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::credentials::PrivateKey;
    use crate::secret::Secret;

    fn profile(issuer: &str, client_id: &str, uri: &str) -> Result<Profile, ProfileError> {
        Profile::new(issuer, client_id, uri, Credentials::Public)
    }

    #[test]
    fn a_configuration_that_cannot_work_names_the_member_at_once() {
        let (issuer, uri) = ("https://as.test", "https://app.test/cb");
        assert!(profile(issuer, "app", uri).is_ok());
        assert!(profile("http://localhost:8080", "app", "http://127.0.0.1/cb").is_ok());
        for (issuer, client_id, uri, why) in [
            ("http://as.test", "app", uri, ProfileError::Issuer(UriError::ForbiddenScheme)),
            ("as.test", "app", uri, ProfileError::Issuer(UriError::Malformed)),
            (issuer, "", uri, ProfileError::ClientId),
            (issuer, "a\nb", uri, ProfileError::ClientId),
            (issuer, "app", "/cb", ProfileError::RedirectUri(UriError::Malformed)),
            (issuer, "app", "https://app.test/#", ProfileError::RedirectUri(UriError::HasFragment)),
        ] {
            assert_eq!(profile(issuer, client_id, uri).err(), Some(why));
        }
        let empty = Credentials::Basic(Secret::new(""));
        assert_eq!(Profile::new(issuer, "app", uri, empty).err(), Some(ProfileError::EmptySecret));
        let key = PrivateKey { alg: Algorithm::Es256, kid: String::new() };
        let nameless = Profile::new(issuer, "app", uri, Credentials::PrivateKey(key));
        assert_eq!(nameless.err(), Some(ProfileError::NoKeyId));
    }

    #[test]
    fn a_set_of_algorithms_holds_what_was_put_in() {
        let two = Algorithms::of(&[Algorithm::Es256, Algorithm::Ps256]);
        assert!(two.contains(Algorithm::Es256) && two.contains(Algorithm::Ps256));
        assert!(!two.contains(Algorithm::Rs256) && !two.contains(Algorithm::EdDsa));
        assert!(two.and(Algorithms::of(&[Algorithm::Rs256])).is_empty());
    }
}
