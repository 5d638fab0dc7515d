//! Every way a login fails, under one name that programs and help pages understand.

use core::fmt;

use super::authorize::ReturnToError;
use super::callback::AcceptError;
use super::discover::DiscoverError;
use super::identity::IdentityError;
use super::login::RecordError;
use super::profile::ProfileError;
use super::redeem::RedeemError;
use super::refresh::RefreshError;
use super::remedy::{Remedy, Stage};
use super::resource::UserinfoError;
use super::revoke::RevokeError;
use crate::wire::callback::CallbackError;
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

/// Code and remedy.
type Row = (&'static str, Remedy);

impl Error {
    /// A word for programs and help pages; the server's own word where it refused.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.row().0
    }

    /// What helps.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        self.row().1
    }

    /// The leg that failed.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Profile(_) => Stage::Configure,
            Self::Discover(_) => Stage::Discover,
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
            | Self::Redeem(RedeemError::Refused(body))
            | Self::Refresh(RefreshError::Answer(RedeemError::Refused(body))) => Some(body),
            Self::Profile(_)
            | Self::ReturnTo(_)
            | Self::Discover(_)
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
                DiscoverError::BadStatus(_) | DiscoverError::BadMetadata(_) => None,
            },
            Self::Identity(IdentityError::BadClaims(ClaimError::BadClaim(name))) => Some(name),
            Self::Record(_)
            | Self::Accept(_)
            | Self::Redeem(_)
            | Self::Identity(_)
            | Self::Refresh(_)
            | Self::Revoke(_)
            | Self::Userinfo(_) => None,
        }
    }

    fn row(&self) -> Row {
        match self {
            Self::Profile(_) => ("config_invalid", Remedy::FixConfig),
            Self::ReturnTo(_) => ("return_to_invalid", Remedy::FixConfig),
            Self::Discover(error) => discover(error),
            Self::Record(_) => ("state_unknown", Remedy::LoginAgain),
            Self::Accept(error) => accept(error),
            Self::Redeem(error) => redeem(error),
            Self::Identity(error) => identity(*error),
            Self::Refresh(error) => refresh(error),
            Self::Revoke(_) => ("logout_incomplete", Remedy::Retry),
            Self::Userinfo(error) => userinfo(error),
        }
    }
}

const fn discover(error: &DiscoverError) -> Row {
    match error {
        DiscoverError::BadStatus(_) => ("discovery_unreachable", Remedy::Retry),
        DiscoverError::BadMetadata(MetadataError::Json(_)) => {
            ("discovery_not_json", Remedy::FixConfig)
        }
        DiscoverError::BadMetadata(MetadataError::Missing(_)) => {
            ("metadata_missing", Remedy::FixConfig)
        }
        DiscoverError::BadMetadata(MetadataError::BadType(_) | MetadataError::BadEndpoint(_)) => {
            ("metadata_invalid", Remedy::FixConfig)
        }
        DiscoverError::WrongIssuer(_) => ("issuer_mismatch", Remedy::FixConfig),
        DiscoverError::NoCodeFlow | DiscoverError::NoS256 | DiscoverError::NoAlgorithm => {
            ("unsupported", Remedy::FixConfig)
        }
    }
}

fn accept(error: &AcceptError) -> Row {
    match error {
        AcceptError::Unreadable(CallbackError::Repeated) => ("param_repeated", Remedy::Report),
        AcceptError::Unreadable(
            CallbackError::Malformed(_)
            | CallbackError::TokenInFrontChannel
            | CallbackError::Neither
            | CallbackError::Both,
        ) => ("response_malformed", Remedy::Report),
        AcceptError::WrongState | AcceptError::ForeignLogin => {
            ("state_unknown", Remedy::LoginAgain)
        }
        AcceptError::Expired => ("state_expired", Remedy::LoginAgain),
        AcceptError::MissingIssuer => ("response_iss_missing", Remedy::Report),
        AcceptError::WrongIssuer => ("response_iss_mismatch", Remedy::Report),
        AcceptError::Refused(body) => refused(body),
    }
}

fn redeem(error: &RedeemError) -> Row {
    match error {
        RedeemError::Refused(body) => match body.error.as_str() {
            "invalid_grant" => ("grant_invalid", Remedy::LoginAgain),
            "invalid_client" => ("client_rejected", Remedy::FixConfig),
            _ => refused(body),
        },
        RedeemError::BadStatus(500..) => ("server_error", Remedy::Retry),
        RedeemError::BadStatus(429) => ("rate_limited", Remedy::Retry),
        RedeemError::BadStatus(_)
        | RedeemError::NotJson
        | RedeemError::Malformed(_)
        | RedeemError::BadScope => ("token_response_malformed", Remedy::Report),
        RedeemError::UnknownTokenType => ("token_type_unknown", Remedy::Report),
        RedeemError::MissingIdToken => ("id_token_missing", Remedy::Report),
    }
}

fn refresh(error: &RefreshError) -> Row {
    match error {
        RefreshError::Answer(RedeemError::Refused(body)) if body.error == "invalid_grant" => {
            ("session_revoked", Remedy::LoginAgain)
        }
        RefreshError::Answer(error) => redeem(error),
        RefreshError::BadScope => ("token_response_malformed", Remedy::Report),
        RefreshError::WrongSubject => ("id_token_sub", Remedy::Report),
    }
}

fn identity(error: IdentityError) -> Row {
    let code = match error {
        IdentityError::Unreadable(JwsError::UnknownAlgorithm) | IdentityError::WrongAlgorithm => {
            "id_token_alg"
        }
        IdentityError::BadClaims(ClaimError::BadClaim(claim)) => bad_claim(claim),
        IdentityError::Unreadable(_) | IdentityError::BadClaims(ClaimError::Malformed(_)) => {
            "id_token_malformed"
        }
        IdentityError::WrongIssuer => "id_token_iss",
        IdentityError::WrongAudience => "id_token_aud",
        IdentityError::WrongAuthorizedParty => "id_token_azp",
        IdentityError::Expired => return ("id_token_expired", Remedy::LoginAgain),
        IdentityError::NotYet => "id_token_iat",
        IdentityError::WrongNonce => return ("id_token_nonce", Remedy::LoginAgain),
        IdentityError::StaleLogin => return ("id_token_auth_time", Remedy::LoginAgain),
        IdentityError::WrongAccessToken => "id_token_at_hash",
        IdentityError::NoJwksUri => return ("metadata_missing", Remedy::FixConfig),
        IdentityError::BadKeysStatus(_) => return ("keys_unreachable", Remedy::LoginAgain),
        IdentityError::BadKeys(_) => "keys_malformed",
        IdentityError::KeyNotFound | IdentityError::AmbiguousKey => "key_not_found",
        IdentityError::WrongSignature => "id_token_signature",
    };
    (code, Remedy::Report)
}

fn bad_claim(claim: &str) -> &'static str {
    match claim {
        "iss" => "id_token_iss",
        "sub" => "id_token_sub",
        "aud" => "id_token_aud",
        "azp" => "id_token_azp",
        "exp" => "id_token_expired",
        "iat" | "nbf" => "id_token_iat",
        "nonce" => "id_token_nonce",
        "at_hash" => "id_token_at_hash",
        "auth_time" => "id_token_auth_time",
        _ => "id_token_malformed",
    }
}

fn userinfo(error: &UserinfoError) -> Row {
    match error {
        UserinfoError::Challenged(challenge) => match challenge.error.as_deref() {
            Some("insufficient_scope") => ("insufficient_scope", Remedy::LoginAgain),
            Some(_) | None => ("token_rejected", Remedy::LoginAgain),
        },
        UserinfoError::BadStatus(_) => ("userinfo_unreachable", Remedy::Retry),
        UserinfoError::Malformed => ("userinfo_malformed", Remedy::Report),
        UserinfoError::WrongSubject => ("userinfo_sub_mismatch", Remedy::Report),
    }
}

/// The words a server may refuse with; one that is not here is told by [`Error::oauth`].
const REFUSALS: [Row; 16] = [
    ("access_denied", Remedy::AskUser),
    ("login_required", Remedy::LoginAgain),
    ("consent_required", Remedy::LoginAgain),
    ("interaction_required", Remedy::LoginAgain),
    ("account_selection_required", Remedy::LoginAgain),
    ("server_error", Remedy::Retry),
    ("temporarily_unavailable", Remedy::Retry),
    ("invalid_request", Remedy::Report),
    ("invalid_scope", Remedy::FixConfig),
    ("unauthorized_client", Remedy::FixConfig),
    ("unsupported_response_type", Remedy::FixConfig),
    ("unsupported_grant_type", Remedy::FixConfig),
    ("invalid_target", Remedy::FixConfig),
    ("request_not_supported", Remedy::FixConfig),
    ("request_uri_not_supported", Remedy::FixConfig),
    ("registration_not_supported", Remedy::FixConfig),
];

fn refused(body: &ErrorBody) -> Row {
    let known = REFUSALS.iter().find(|(code, _)| *code == body.error);
    known.copied().unwrap_or(("server_refused", Remedy::Report))
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
    fn every_claim_has_a_code_of_its_own() {
        let code = |error| Error::Identity(error).code();
        let missing = |claim| code(IdentityError::BadClaims(ClaimError::BadClaim(claim)));
        assert_eq!(missing("sub"), "id_token_sub");
        assert_eq!(missing("exp"), "id_token_expired");
        assert_eq!(missing("other"), "id_token_malformed");
        assert_eq!(code(IdentityError::Unreadable(JwsError::UnknownAlgorithm)), "id_token_alg");
        assert_eq!(code(IdentityError::Unreadable(JwsError::Encrypted)), "id_token_malformed");
        assert_eq!(code(IdentityError::KeyNotFound), "key_not_found");
    }

    #[test]
    fn a_refusal_keeps_the_word_of_the_server() {
        let refused = |word: &str| ErrorBody::new(word, "why");
        for (row, _) in REFUSALS {
            assert_eq!(Error::Accept(AcceptError::Refused(refused(row))).code(), row);
        }
        let spent = Error::Redeem(RedeemError::Refused(refused("invalid_grant")));
        assert_eq!((spent.code(), spent.remedy()), ("grant_invalid", Remedy::LoginAgain));
        assert_eq!(spent.oauth(), Some(&refused("invalid_grant")));
        let odd = Error::Accept(AcceptError::Refused(refused("brewing_tea")));
        assert_eq!(odd.code(), "server_refused");
        assert_eq!(odd.oauth().unwrap().error, "brewing_tea");
    }

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
