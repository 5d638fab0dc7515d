//! One login, as the tests of every leg meet it.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use super::ask::{Asked, ReturnTo};
use super::callback::AwaitingCallback;
use super::credentials::Credentials;
use super::identity::{Proof, Unproven};
use super::keys::KnownKeys;
use super::login::Seed;
use super::profile::{Client, Profile};
use super::redeem::Accepted;
use super::resource::Tokens;
use crate::key::Algorithm;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::wire::discovery::ServerMetadata;
use crate::wire::http::{Headers, Response};
use crate::wire::id_token::{IdClaims, at_hash};
use crate::wire::jws::{assemble, signing_input};
use crate::wire::token::TokenResponse;

pub(super) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

/// The `state` of the login whose seed is 32 sevens.
pub(super) const STATE: &str = "2KUMs9LmqQw5-omVpm6khHxpI_K1B7e3MbKazF57mtM";

/// The public half of a key.
pub(super) const KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","ext":true,"key_ops":["verify"]}"#;

pub(super) fn profile() -> Profile {
    let credentials = Credentials::Public;
    Profile::new("https://as.test", "app", "https://app.test/cb", credentials).unwrap()
}

pub(super) fn metadata() -> ServerMetadata {
    ServerMetadata {
        authorization_endpoint: "https://as.test/oauth2/authorize".into(),
        token_endpoint: "https://as.test/oauth2/token".into(),
        jwks_uri: Some("https://as.test/oauth2/jwks".into()),
        userinfo_endpoint: Some("https://as.test/oauth2/userinfo".into()),
        response_types_supported: vec!["code".into()],
        id_token_signing_alg_values_supported: vec!["RS256".into(), "ES256".into()],
        code_challenge_methods_supported: vec!["S256".into()],
        authorization_response_iss_parameter_supported: true,
        ..ServerMetadata::new("https://as.test")
    }
}

pub(super) fn client() -> Client {
    Client::new(profile(), metadata()).unwrap()
}

pub(super) fn asked() -> Asked {
    Asked {
        return_to: ReturnTo::parse("/tasks?open=1").unwrap(),
        max_age: Some(Duration::from_secs(600)),
        ..Asked::of(ScopeSet::parse("openid profile").unwrap())
    }
}

pub(super) fn awaiting() -> AwaitingCallback {
    client().login(Seed::new([7; 32]), asked(), NOW).login
}

pub(super) fn accepted() -> Accepted {
    let code = Secret::new("c");
    let (login, server) = (awaiting().login, client().server());
    Accepted { login, server, credentials: Credentials::Public, code }
}

pub(super) fn json_response(status: u16, body: &str) -> Response {
    let headers = Headers::new().with("content-type", "application/json; charset=utf-8");
    Response { status, headers, body: body.as_bytes().to_vec() }
}

/// What a server says that wants `nonce` in the proof of a key.
pub(super) fn wants_nonce(nonce: &str) -> Response {
    let mut response = json_response(400, r#"{"error":"use_dpop_nonce"}"#);
    response.headers.push("DPoP-Nonce", nonce);
    response
}

/// What an honest server says about Alice.
pub(super) fn claims() -> IdClaims {
    IdClaims {
        iss: "https://as.test".into(),
        sub: "alice".into(),
        aud: vec!["app".into()],
        azp: None,
        exp: NOW + Duration::from_secs(3600),
        iat: NOW,
        nonce: Some(awaiting().login.seed.nonce().expose().into()),
        at_hash: Some(at_hash(Algorithm::Rs256, "at")),
        auth_time: Some(NOW),
        text: String::new(),
    }
}

pub(super) fn unproven_token(id_token: String) -> Unproven {
    let tokens = TokenResponse {
        access_token: Secret::new("at"),
        token_type: "Bearer".into(),
        expires_in: Some(3600),
        refresh_token: None,
        id_token: Some(Secret::new(id_token)),
        scope: None,
    };
    let expires_at = Some(NOW + Duration::from_secs(3600));
    let (login, server) = (awaiting().login, client().server());
    Unproven { login, server, tokens, scope: None, expires_at }
}

pub(super) fn unproven(claims_json: &str) -> Unproven {
    let input = signing_input(Algorithm::Rs256, "k1", "JWT", claims_json);
    unproven_token(assemble(&input, b"signature"))
}

pub(super) fn jwks(kids: &[&str]) -> String {
    let keys: Vec<String> = kids
        .iter()
        .map(|kid| {
            let n = crate::base64url::encode([0xc5; 256]);
            alloc::format!(
                r#"{{"kty":"RSA","alg":"RS256","use":"sig","kid":"{kid}","n":"{n}","e":"AQAB"}}"#
            )
        })
        .collect();
    alloc::format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

pub(super) fn tokens() -> Tokens {
    let proof = unproven(&claims().to_json()).proof(&KnownKeys::new(), NOW).unwrap();
    let Proof::Keys(keys) = proof else { panic!("no keys wanted") };
    let proof =
        keys.answer(&json_response(200, &jwks(&["k1"])), &mut KnownKeys::new(), NOW).unwrap();
    let Proof::Signature(verdict) = proof else { panic!("no verdict wanted") };
    let Proof::Done(tokens) = verdict.answer(true).unwrap() else { panic!("not done") };
    *tokens
}
