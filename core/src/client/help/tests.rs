use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::client::ask::ReturnToError;
use crate::client::callback::AcceptError;
use crate::client::codes::REFUSALS;
use crate::client::discover::DiscoverError;
use crate::client::identity::IdentityError;
use crate::client::login::RecordError;
use crate::client::profile::ProfileError;
use crate::client::redeem::RedeemError;
use crate::client::refresh::RefreshError;
use crate::client::register::{RegisterError, Registration};
use crate::client::resource::UserinfoError;
use crate::client::revoke::RevokeError;
use crate::client::session::Fault;
use crate::client::{Challenge, Error};
use crate::uri::UriError;
use crate::wire::callback::CallbackError;
use crate::wire::claims::ClaimError;
use crate::wire::discovery::MetadataError;
use crate::wire::error::ErrorBody;
use crate::wire::form::FormError;
use crate::wire::json::JsonError;
use crate::wire::jwks::JwksError;
use crate::wire::jws::JwsError;
use crate::wire::registration::{ClientInformation, ClientMetadataError};
use crate::wire::token::TokenResponseError;

/// A value for every variant; one that is left out does not compile.
macro_rules! every {
    ($($variant:pat => [$($value:expr),+ $(,)?]),+ $(,)?) => {{
        let is_there = |it: &_| match it { $($variant => (),)+ };
        let all = vec![$($($value),+),+];
        all.iter().for_each(is_there);
        all
    }};
}

/// The legs that are in [`faults`].
const fn is_there(error: &Error) {
    match error {
        Error::Profile(_)
        | Error::ReturnTo(_)
        | Error::Discover(_)
        | Error::Register(_)
        | Error::Record(_)
        | Error::Accept(_)
        | Error::Redeem(_)
        | Error::Identity(_)
        | Error::Refresh(_)
        | Error::Revoke(_)
        | Error::Userinfo(_) => {}
    }
}

/// Every fact that can end a login or a session.
fn faults() -> Vec<Fault> {
    let redeem = redeem();
    let answers = redeem.iter().filter(|it| **it != RedeemError::MissingIdToken);
    let answers: Vec<_> = answers.cloned().map(RefreshError::Answer).collect();
    let mut all = every![
        Fault::Leg(_) => [
            Fault::from(ReturnToError),
            Fault::from(RecordError),
            Fault::from(RevokeError::BadStatus(400)),
        ],
        Fault::Offline(_) => [
            Fault::Offline(Stage::Redeem),
            Fault::Offline(Stage::Identity),
            Fault::Offline(Stage::Refresh),
        ],
        Fault::Unreachable(_) => [Fault::Unreachable(String::new())],
        Fault::StorageDenied => [Fault::StorageDenied],
        Fault::LoginLoop(_) => [Fault::LoginLoop(String::new())],
        Fault::SignedOut => [Fault::SignedOut],
        Fault::TimedOut => [Fault::TimedOut],
        Fault::Aborted => [Fault::Aborted],
        Fault::PopupBlocked => [Fault::PopupBlocked],
        Fault::FrameRefused => [Fault::FrameRefused],
        Fault::NoRelay => [Fault::NoRelay],
        Fault::KeyLost => [Fault::KeyLost],
        Fault::PrivateKey => [Fault::PrivateKey],
        Fault::NoKey => [Fault::NoKey],
        Fault::BadKey => [Fault::BadKey],
        Fault::LogoutIncomplete => [Fault::LogoutIncomplete],
    ];
    all.extend(profile().into_iter().map(Fault::from));
    all.extend(discover().into_iter().map(Fault::from));
    all.extend(register().into_iter().map(Fault::from));
    all.extend(accept().into_iter().map(Fault::from));
    all.extend(redeem.into_iter().map(Fault::from));
    all.extend(identity().into_iter().map(Fault::from));
    all.extend(answers.into_iter().chain(refresh()).map(Fault::from));
    all.extend(userinfo().into_iter().map(Fault::from));
    for fault in &all {
        if let Fault::Leg(error) = fault {
            is_there(error);
        }
    }
    all
}

fn profile() -> Vec<ProfileError> {
    every![
        ProfileError::Issuer(_) => [ProfileError::Issuer(UriError::Malformed)],
        ProfileError::ClientId => [ProfileError::ClientId],
        ProfileError::RedirectUri(_) => [ProfileError::RedirectUri(UriError::Malformed)],
        ProfileError::EmptySecret => [ProfileError::EmptySecret],
        ProfileError::NoKeyId => [ProfileError::NoKeyId],
    ]
}

fn discover() -> Vec<DiscoverError> {
    let metadata = every![
        MetadataError::Json(_) => [MetadataError::Json(JsonError::Syntax)],
        MetadataError::Missing(_) => [MetadataError::Missing("issuer")],
        MetadataError::BadType(_) => [MetadataError::BadType("issuer")],
        MetadataError::BadEndpoint(_) => [MetadataError::BadEndpoint("jwks_uri")],
    ];
    let mut all = every![
        DiscoverError::BadMetadata(_) => [DiscoverError::BadMetadata(metadata[0])],
        DiscoverError::BadStatus(_) => [DiscoverError::BadStatus(404)],
        DiscoverError::WrongIssuer(_) => [DiscoverError::WrongIssuer(String::new())],
        DiscoverError::NoCodeFlow => [DiscoverError::NoCodeFlow],
        DiscoverError::NoS256 => [DiscoverError::NoS256],
        DiscoverError::NoAlgorithm => [DiscoverError::NoAlgorithm],
        DiscoverError::NoProofs => [DiscoverError::NoProofs],
    ];
    all.extend(metadata.into_iter().map(DiscoverError::BadMetadata));
    all
}

fn register() -> Vec<RegisterError> {
    let information = ClientInformation::parse(br#"{"client_id":"c1"}"#).unwrap();
    let registered = Registration { issuer: String::new(), information };
    let mut all = every![
        RegisterError::Refused(_) => [
            RegisterError::Refused(said("invalid_token")),
            RegisterError::Refused(said("invalid_redirect_uri")),
            RegisterError::Refused(said("invalid_client_metadata")),
        ],
        RegisterError::BadStatus(_) => [
            RegisterError::BadStatus(302),
            RegisterError::BadStatus(401),
            RegisterError::BadStatus(403),
            RegisterError::BadStatus(429),
            RegisterError::BadStatus(500),
        ],
        RegisterError::NotJson => [RegisterError::NotJson],
        RegisterError::Malformed(_) => [RegisterError::Malformed(ClientMetadataError::Json(JsonError::Syntax))],
        RegisterError::Changed(..) => [RegisterError::Changed("scope", Box::new(registered))],
    ];
    all.extend(refusals().map(RegisterError::Refused));
    all
}

fn accept() -> Vec<AcceptError> {
    let unreadable = every![
        CallbackError::Malformed(_) => [CallbackError::Malformed(FormError::TooLong)],
        CallbackError::Repeated => [CallbackError::Repeated],
        CallbackError::TokenInFrontChannel => [CallbackError::TokenInFrontChannel],
        CallbackError::Neither => [CallbackError::Neither],
        CallbackError::Both => [CallbackError::Both],
    ];
    let mut all = every![
        AcceptError::Unreadable(_) => [AcceptError::Unreadable(CallbackError::Both)],
        AcceptError::WrongState => [AcceptError::WrongState],
        AcceptError::ForeignLogin => [AcceptError::ForeignLogin],
        AcceptError::Expired => [AcceptError::Expired],
        AcceptError::MissingIssuer => [AcceptError::MissingIssuer],
        AcceptError::WrongIssuer => [AcceptError::WrongIssuer],
        AcceptError::Refused(_) => [AcceptError::Refused(said("brewing_tea"))],
    ];
    all.extend(unreadable.into_iter().map(AcceptError::Unreadable));
    all.extend(refusals().map(AcceptError::Refused));
    all
}

fn redeem() -> Vec<RedeemError> {
    let mut all = every![
        RedeemError::Refused(_) => [
            RedeemError::Refused(said("invalid_grant")),
            RedeemError::Refused(said("invalid_client")),
            RedeemError::Refused(said("invalid_dpop_proof")),
        ],
        RedeemError::BadStatus(_) => [
            RedeemError::BadStatus(302),
            RedeemError::BadStatus(429),
            RedeemError::BadStatus(500),
        ],
        RedeemError::NotJson => [RedeemError::NotJson],
        RedeemError::Malformed(_) => [RedeemError::Malformed(TokenResponseError::Missing("access_token"))],
        RedeemError::UnknownTokenType => [RedeemError::UnknownTokenType],
        RedeemError::BadScope => [RedeemError::BadScope],
        // A refresh need not bring one.
        RedeemError::MissingIdToken => [RedeemError::MissingIdToken],
    ];
    all.extend(refusals().map(RedeemError::Refused));
    all
}

fn identity() -> Vec<IdentityError> {
    let unreadable = every![
        JwsError::TooLong => [JwsError::TooLong],
        JwsError::Encrypted => [JwsError::Encrypted],
        JwsError::Malformed => [JwsError::Malformed],
        JwsError::Header(_) => [JwsError::Header(JsonError::Syntax)],
        JwsError::BadMember(_) => [JwsError::BadMember("kid")],
        JwsError::UnknownAlgorithm => [JwsError::UnknownAlgorithm],
        JwsError::Critical => [JwsError::Critical],
    ];
    let claims = every![
        ClaimError::Malformed(_) => [ClaimError::Malformed(JsonError::Syntax)],
        ClaimError::BadClaim(_) => [
            ClaimError::BadClaim("iss"),
            ClaimError::BadClaim("sub"),
            ClaimError::BadClaim("aud"),
            ClaimError::BadClaim("azp"),
            ClaimError::BadClaim("exp"),
            ClaimError::BadClaim("iat"),
            ClaimError::BadClaim("nbf"),
            ClaimError::BadClaim("nonce"),
            ClaimError::BadClaim("at_hash"),
            ClaimError::BadClaim("auth_time"),
            ClaimError::BadClaim("name"),
        ],
    ];
    let mut all = every![
        IdentityError::Unreadable(_) => [IdentityError::Unreadable(JwsError::Malformed)],
        IdentityError::WrongAlgorithm => [IdentityError::WrongAlgorithm],
        IdentityError::BadClaims(_) => [IdentityError::BadClaims(ClaimError::Malformed(JsonError::Syntax))],
        IdentityError::WrongIssuer => [IdentityError::WrongIssuer],
        IdentityError::WrongAudience => [IdentityError::WrongAudience],
        IdentityError::WrongAuthorizedParty => [IdentityError::WrongAuthorizedParty],
        IdentityError::Expired => [IdentityError::Expired],
        IdentityError::NotYet => [IdentityError::NotYet],
        IdentityError::WrongNonce => [IdentityError::WrongNonce],
        IdentityError::StaleLogin => [IdentityError::StaleLogin],
        IdentityError::WrongAccessToken => [IdentityError::WrongAccessToken],
        IdentityError::NoJwksUri => [IdentityError::NoJwksUri],
        IdentityError::BadKeysStatus(_) => [IdentityError::BadKeysStatus(404)],
        IdentityError::BadKeys(_) => [IdentityError::BadKeys(JwksError::Json(JsonError::Syntax))],
        IdentityError::KeyNotFound => [IdentityError::KeyNotFound],
        IdentityError::AmbiguousKey => [IdentityError::AmbiguousKey],
        IdentityError::WrongSignature => [IdentityError::WrongSignature],
    ];
    all.extend(unreadable.into_iter().map(IdentityError::Unreadable));
    all.extend(claims.into_iter().map(IdentityError::BadClaims));
    all
}

/// What a refresh adds to the errors of redeeming.
fn refresh() -> Vec<RefreshError> {
    every![
        RefreshError::Answer(_) => [RefreshError::Answer(RedeemError::NotJson)],
        RefreshError::NoRefreshToken => [RefreshError::NoRefreshToken],
        RefreshError::NotSent => [RefreshError::NotSent],
        RefreshError::InDoubt => [RefreshError::InDoubt],
        RefreshError::BadScope => [RefreshError::BadScope],
        RefreshError::WrongIssuer => [RefreshError::WrongIssuer],
        RefreshError::WrongSubject => [RefreshError::WrongSubject],
        RefreshError::WrongAudience => [RefreshError::WrongAudience],
        RefreshError::WrongLogin => [RefreshError::WrongLogin],
        RefreshError::BadIdToken => [RefreshError::BadIdToken],
    ]
}

fn userinfo() -> Vec<UserinfoError> {
    let challenge = |error: Option<&str>| {
        UserinfoError::Challenged(Challenge {
            error: error.map(Into::into),
            ..Challenge::default()
        })
    };
    every![
        UserinfoError::Challenged(_) => [
            challenge(None),
            challenge(Some("invalid_token")),
            challenge(Some("insufficient_scope")),
        ],
        UserinfoError::BadStatus(_) => [UserinfoError::BadStatus(500)],
        UserinfoError::Malformed => [UserinfoError::Malformed],
        UserinfoError::WrongSubject => [UserinfoError::WrongSubject],
    ]
}

fn refusals() -> impl Iterator<Item = ErrorBody> {
    REFUSALS.iter().map(|(word, _)| said(word)).chain([said("brewing_tea")])
}

fn said(word: &str) -> ErrorBody {
    ErrorBody::new(word, "why")
}

type Cases = BTreeMap<String, BTreeSet<(&'static str, &'static str)>>;

fn spelt(cases: impl IntoIterator<Item = (String, Stage, Remedy)>) -> Cases {
    let mut all = Cases::new();
    for (code, stage, remedy) in cases {
        all.entry(code).or_default().insert((stage.as_str(), remedy.as_str()));
    }
    all
}

#[test]
fn the_table_has_every_code_with_every_stage_and_remedy_and_no_other() {
    let met = faults().into_iter().map(|it| (it.code().to_owned(), it.stage(), it.remedy()));
    let rows = Help::all().filter(|row| row.met_by != MetBy::Npm);
    let told = rows.flat_map(|row| {
        row.cases.iter().map(|(stage, remedy)| (row.code.to_owned(), *stage, *remedy))
    });
    assert_eq!(spelt(told), spelt(met));
}

#[test]
fn no_code_is_written_down_that_the_table_does_not_have() {
    for text in [include_str!("../codes.rs"), include_str!("../session/fault.rs")] {
        let text = text.split("#[cfg(test)]").next().unwrap();
        let mut count = 0;
        for (code, rest) in text.split("(\"").filter_map(|rest| rest.split_once("\", ")) {
            if ["Remedy::", "Stage::", "*stage"].iter().any(|next| rest.starts_with(next)) {
                count += 1;
                assert!(Help::of(code).is_some(), "{code} is not in the table");
            }
        }
        assert!(count >= 10, "{count} codes are found");
    }
}

#[test]
fn a_code_is_there_once_and_reads_well() {
    let mut seen = BTreeSet::new();
    for row in Help::all() {
        let Help { code, cases, happened, why, fix, .. } = row;
        assert!(seen.insert(code), "{code} is there twice");
        assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code}");
        assert_eq!(Help::of(code), Some(row));
        assert!(!cases.is_empty() && !why.is_empty(), "{code}");
        for sentence in why.iter().chain([happened, fix]) {
            let is_whole = sentence.ends_with('.') && !sentence.contains(['\n', '|', '<', '>']);
            assert!(is_whole && !sentence.contains("  "), "{code}: {sentence}");
        }
    }
    assert_eq!(Help::of("brewing_tea"), None);
}
