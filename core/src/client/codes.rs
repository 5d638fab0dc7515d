//! The word for each error, and what helps: one table for all legs.

use super::callback::AcceptError;
use super::discover::DiscoverError;
use super::error::Error;
use super::identity::IdentityError;
use super::redeem::RedeemError;
use super::refresh::RefreshError;
use super::register::RegisterError;
use super::remedy::Remedy;
use super::resource::UserinfoError;
use crate::wire::callback::CallbackError;
use crate::wire::claims::ClaimError;
use crate::wire::discovery::MetadataError;
use crate::wire::dpop::USE_NONCE;
use crate::wire::error::ErrorBody;
use crate::wire::jws::JwsError;

/// Code and remedy; by reference, because a row in every arm is a kilobyte of wasm.
type Row = &'static (&'static str, Remedy);

pub(super) fn row(error: &Error) -> Row {
    match error {
        Error::Profile(_) => &("config_invalid", Remedy::FixConfig),
        Error::ReturnTo(_) => &("return_to_invalid", Remedy::FixConfig),
        Error::Discover(error) => discover(error),
        Error::Register(error) => register(error),
        Error::Record(_) => &("state_unknown", Remedy::LoginAgain),
        Error::Accept(error) => accept(error),
        Error::Redeem(error) => redeem(error),
        Error::Identity(error) => identity(*error),
        Error::Refresh(error) => refresh(error),
        Error::Revoke(_) => &("logout_incomplete", Remedy::Retry),
        Error::Userinfo(error) => userinfo(error),
    }
}

const fn discover(error: &DiscoverError) -> Row {
    match error {
        DiscoverError::BadStatus(_) => &("discovery_unreachable", Remedy::Retry),
        DiscoverError::BadMetadata(MetadataError::Json(_)) => {
            &("discovery_not_json", Remedy::FixConfig)
        }
        DiscoverError::BadMetadata(MetadataError::Missing(_)) => {
            &("metadata_missing", Remedy::FixConfig)
        }
        DiscoverError::BadMetadata(MetadataError::BadType(_) | MetadataError::BadEndpoint(_)) => {
            &("metadata_invalid", Remedy::FixConfig)
        }
        DiscoverError::WrongIssuer(_) => &("issuer_mismatch", Remedy::FixConfig),
        DiscoverError::NoCodeFlow
        | DiscoverError::NoS256
        | DiscoverError::NoAlgorithm
        | DiscoverError::NoProofs => &("unsupported", Remedy::FixConfig),
    }
}

fn register(error: &RegisterError) -> Row {
    match error {
        RegisterError::Refused(body) => match body.error.as_str() {
            "invalid_token" => &("token_rejected", Remedy::FixConfig),
            "invalid_redirect_uri" => &("redirect_uri_rejected", Remedy::FixConfig),
            "invalid_client_metadata" => &("client_metadata_rejected", Remedy::FixConfig),
            _ => refused(body),
        },
        RegisterError::BadStatus(401 | 403) => &("token_rejected", Remedy::FixConfig),
        RegisterError::BadStatus(500..) => &("server_error", Remedy::Retry),
        RegisterError::BadStatus(429) => &("rate_limited", Remedy::Retry),
        RegisterError::BadStatus(_) | RegisterError::NotJson | RegisterError::Malformed(_) => {
            &("registration_malformed", Remedy::Report)
        }
        RegisterError::Changed(..) => &("registration_changed", Remedy::FixConfig),
    }
}

fn accept(error: &AcceptError) -> Row {
    match error {
        AcceptError::Unreadable(CallbackError::Repeated) => &("param_repeated", Remedy::Report),
        AcceptError::Unreadable(
            CallbackError::Malformed(_)
            | CallbackError::TokenInFrontChannel
            | CallbackError::Neither
            | CallbackError::Both,
        ) => &("response_malformed", Remedy::Report),
        AcceptError::WrongState | AcceptError::ForeignLogin => {
            &("state_unknown", Remedy::LoginAgain)
        }
        AcceptError::Expired => &("state_expired", Remedy::LoginAgain),
        AcceptError::MissingIssuer => &("response_iss_missing", Remedy::Report),
        AcceptError::WrongIssuer => &("response_iss_mismatch", Remedy::Report),
        AcceptError::Refused(body) => refused(body),
    }
}

fn redeem(error: &RedeemError) -> Row {
    match error {
        RedeemError::Refused(body) => match body.error.as_str() {
            "invalid_grant" => &("grant_invalid", Remedy::LoginAgain),
            "invalid_client" => &("client_rejected", Remedy::FixConfig),
            "invalid_dpop_proof" | USE_NONCE => &("dpop_rejected", Remedy::Retry),
            _ => refused(body),
        },
        RedeemError::BadStatus(500..) => &("server_error", Remedy::Retry),
        RedeemError::BadStatus(429) => &("rate_limited", Remedy::Retry),
        RedeemError::BadStatus(_)
        | RedeemError::NotJson
        | RedeemError::Malformed(_)
        | RedeemError::BadScope => &("token_response_malformed", Remedy::Report),
        RedeemError::UnknownTokenType => &("token_type_unknown", Remedy::Report),
        RedeemError::MissingIdToken => &("id_token_missing", Remedy::Report),
    }
}

fn refresh(error: &RefreshError) -> Row {
    match error {
        RefreshError::Answer(RedeemError::Refused(body)) if body.error == "invalid_grant" => {
            &("session_revoked", Remedy::LoginAgain)
        }
        RefreshError::Answer(error) => redeem(error),
        RefreshError::NoRefreshToken => &("session_gone", Remedy::LoginAgain),
        RefreshError::NotSent => &("offline", Remedy::Retry),
        RefreshError::InDoubt => &("refresh_in_doubt", Remedy::Retry),
        RefreshError::BadScope => &("token_response_malformed", Remedy::Report),
        RefreshError::WrongIssuer => &("id_token_iss", Remedy::Report),
        RefreshError::WrongSubject => &("id_token_sub", Remedy::Report),
        RefreshError::WrongAudience => &("id_token_aud", Remedy::Report),
        RefreshError::WrongLogin => &("id_token_changed", Remedy::Report),
        RefreshError::BadIdToken => &("id_token_malformed", Remedy::Report),
    }
}

fn identity(error: IdentityError) -> Row {
    match error {
        IdentityError::Unreadable(JwsError::UnknownAlgorithm) | IdentityError::WrongAlgorithm => {
            &("id_token_alg", Remedy::Report)
        }
        IdentityError::BadClaims(ClaimError::BadClaim(claim)) => bad_claim(claim),
        IdentityError::Unreadable(JwsError::Encrypted) => &("unsupported", Remedy::FixConfig),
        IdentityError::Unreadable(_) | IdentityError::BadClaims(ClaimError::Malformed(_)) => {
            &("id_token_malformed", Remedy::Report)
        }
        IdentityError::WrongIssuer => &("id_token_iss", Remedy::Report),
        IdentityError::WrongAudience => &("id_token_aud", Remedy::Report),
        IdentityError::WrongAuthorizedParty => &("id_token_azp", Remedy::Report),
        IdentityError::Expired => &("id_token_expired", Remedy::LoginAgain),
        IdentityError::NotYet => &("id_token_iat", Remedy::Report),
        IdentityError::WrongNonce => &("id_token_nonce", Remedy::LoginAgain),
        IdentityError::StaleLogin => &("id_token_auth_time", Remedy::LoginAgain),
        IdentityError::WrongAccessToken => &("id_token_at_hash", Remedy::Report),
        IdentityError::NoJwksUri => &("metadata_missing", Remedy::FixConfig),
        IdentityError::BadKeysStatus(_) => &("keys_unreachable", Remedy::LoginAgain),
        IdentityError::BadKeys(_) => &("keys_malformed", Remedy::Report),
        IdentityError::KeyNotFound | IdentityError::AmbiguousKey => {
            &("key_not_found", Remedy::Report)
        }
        IdentityError::WrongSignature => &("id_token_signature", Remedy::Report),
    }
}

fn bad_claim(claim: &str) -> Row {
    match claim {
        "iss" => &("id_token_iss", Remedy::Report),
        "sub" => &("id_token_sub", Remedy::Report),
        "aud" => &("id_token_aud", Remedy::Report),
        "azp" => &("id_token_azp", Remedy::Report),
        "exp" => &("id_token_expired", Remedy::Report),
        "iat" | "nbf" => &("id_token_iat", Remedy::Report),
        "nonce" => &("id_token_nonce", Remedy::Report),
        "at_hash" => &("id_token_at_hash", Remedy::Report),
        "auth_time" => &("id_token_auth_time", Remedy::Report),
        _ => &("id_token_malformed", Remedy::Report),
    }
}

fn userinfo(error: &UserinfoError) -> Row {
    match error {
        UserinfoError::Challenged(challenge) => match challenge.error.as_deref() {
            Some("insufficient_scope") => &("insufficient_scope", Remedy::LoginAgain),
            Some(_) | None => &("token_rejected", Remedy::LoginAgain),
        },
        UserinfoError::BadStatus(_) => &("userinfo_unreachable", Remedy::Retry),
        UserinfoError::Malformed => &("userinfo_malformed", Remedy::Report),
        UserinfoError::WrongSubject => &("userinfo_sub_mismatch", Remedy::Report),
    }
}

/// The words a server may refuse with; one that is not here is told by [`Error::oauth`].
pub(super) static REFUSALS: [(&str, Remedy); 16] = [
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
    known.unwrap_or(&("server_refused", Remedy::Report))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_has_a_code_of_its_own() {
        let code = |error| Error::Identity(error).code();
        let missing = |claim| code(IdentityError::BadClaims(ClaimError::BadClaim(claim)));
        assert_eq!(missing("sub"), "id_token_sub");
        assert_eq!(missing("exp"), "id_token_expired");
        assert_eq!(missing("other"), "id_token_malformed");
        assert_eq!(code(IdentityError::Unreadable(JwsError::UnknownAlgorithm)), "id_token_alg");
        assert_eq!(code(IdentityError::Unreadable(JwsError::Critical)), "id_token_malformed");
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
}
