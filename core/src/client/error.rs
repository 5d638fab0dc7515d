//! Every way a login fails, under one name that programs and help pages understand.

use core::fmt;

use super::ask::ReturnToError;
use super::callback::AcceptError;
use super::codes;
use super::discover::DiscoverError;
use super::identity::IdentityError;
use super::login::RecordError;
use super::profile::ProfileError;
use super::redeem::RedeemError;
use super::refresh::RefreshError;
use super::register::RegisterError;
use super::remedy::{Remedy, Stage};
use super::resource::UserinfoError;
use super::revoke::RevokeError;
use crate::wire::claims::ClaimError;
use crate::wire::discovery::MetadataError;
use crate::wire::error::ErrorBody;
use crate::wire::jws::JwsError;

/// Why a login failed: the fact, as the leg that met it has it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot work.
    Profile(ProfileError),
    /// The path to return to could lead to another site.
    ReturnTo(ReturnToError),
    /// The server cannot be used.
    Discover(DiscoverError),
    /// The server does not take the client.
    Register(RegisterError),
    /// The stored login cannot be read.
    Record(RecordError),
    /// The callback is not believed.
    Accept(AcceptError),
    /// The code bought nothing.
    Redeem(RedeemError),
    /// The identity is not believed.
    Identity(IdentityError),
    /// There are no next tokens.
    Refresh(RefreshError),
    /// The tokens may still live.
    Revoke(RevokeError),
    /// The claims of `userinfo` are not taken.
    Userinfo(UserinfoError),
}

impl Error {
    /// A word for programs and help pages; the server's own word where it refused.
    #[must_use]
    pub fn code(&self) -> &'static str {
        codes::row(self).0
    }

    /// What helps.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        codes::row(self).1
    }

    /// The leg that failed.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Profile(_) => Stage::Configure,
            Self::Discover(_) => Stage::Discover,
            Self::Register(_) => Stage::Register,
            Self::ReturnTo(_) => Stage::Authorize,
            Self::Record(_) | Self::Accept(_) => Stage::Callback,
            Self::Redeem(_) => Stage::Redeem,
            Self::Refresh(_) => Stage::Refresh,
            Self::Revoke(_) => Stage::Revoke,
            Self::Identity(_) => Stage::Identity,
            Self::Userinfo(_) => Stage::Resource,
        }
    }

    /// The words of the server, if it refused; `state` and `iss` were right, or it is a response.
    #[must_use]
    pub const fn oauth(&self) -> Option<&ErrorBody> {
        match self {
            Self::Accept(AcceptError::Refused(body))
            | Self::Register(RegisterError::Refused(body))
            | Self::Redeem(RedeemError::Refused(body))
            | Self::Refresh(RefreshError::Answer(RedeemError::Refused(body))) => Some(body),
            Self::Profile(_)
            | Self::ReturnTo(_)
            | Self::Discover(_)
            | Self::Register(_)
            | Self::Record(_)
            | Self::Accept(_)
            | Self::Redeem(_)
            | Self::Identity(_)
            | Self::Refresh(_)
            | Self::Revoke(_)
            | Self::Userinfo(_) => None,
        }
    }

    /// What the code is about: the member, endpoint or claim, where there is one to name.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Profile(error) => Some(match error {
                ProfileError::Issuer(_) => "issuer",
                ProfileError::ClientId => "client_id",
                ProfileError::RedirectUri(_) => "redirect_uri",
                ProfileError::EmptySecret => "client_secret",
                ProfileError::NoKeyId => "kid",
            }),
            Self::ReturnTo(_) => Some("return_to"),
            Self::Discover(error) => match error {
                DiscoverError::BadMetadata(
                    MetadataError::Missing(name)
                    | MetadataError::BadType(name)
                    | MetadataError::BadEndpoint(name),
                ) => Some(name),
                DiscoverError::WrongIssuer(found) => Some(found),
                DiscoverError::NoCodeFlow => Some("response_types_supported"),
                DiscoverError::NoS256 => Some("code_challenge_methods_supported"),
                DiscoverError::NoAlgorithm => Some("id_token_signing_alg_values_supported"),
                DiscoverError::NoProofs => Some("dpop_signing_alg_values_supported"),
                DiscoverError::BadStatus(_) | DiscoverError::BadMetadata(_) => None,
            },
            Self::Register(RegisterError::Changed(member, _)) => Some(member),
            Self::Identity(IdentityError::BadClaims(ClaimError::BadClaim(name))) => Some(name),
            Self::Identity(IdentityError::Unreadable(JwsError::Encrypted)) => {
                Some("id_token_encrypted_response_alg")
            }
            Self::Register(_)
            | Self::Record(_)
            | Self::Accept(_)
            | Self::Redeem(_)
            | Self::Identity(_)
            | Self::Refresh(_)
            | Self::Revoke(_)
            | Self::Userinfo(_) => None,
        }
    }
}

macro_rules! from {
    ($($leg:ident($error:ty)),*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::$leg(error)
            }
        }
    )*};
}

from!(
    Profile(ProfileError),
    ReturnTo(ReturnToError),
    Discover(DiscoverError),
    Register(RegisterError),
    Record(RecordError),
    Accept(AcceptError),
    Redeem(RedeemError),
    Identity(IdentityError),
    Refresh(RefreshError),
    Revoke(RevokeError),
    Userinfo(UserinfoError)
);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::JsonError;

    #[test]
    fn an_error_names_what_must_be_fixed() {
        let missing = MetadataError::Missing("token_endpoint");
        let error = Error::Discover(DiscoverError::BadMetadata(missing));
        assert_eq!((error.code(), error.subject()), ("metadata_missing", Some("token_endpoint")));
        let error = Error::Discover(DiscoverError::WrongIssuer("https://b.test".into()));
        assert_eq!((error.code(), error.subject()), ("issuer_mismatch", Some("https://b.test")));
        let html = MetadataError::Json(JsonError::Syntax);
        assert_eq!(Error::Discover(DiscoverError::BadMetadata(html)).code(), "discovery_not_json");
    }
}
