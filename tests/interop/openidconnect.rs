//! Rust's `openidconnect`, unmodified, against the binary: what it can do, and what it must refuse.
//!
//! The server is called by an `https` issuer, as behind a proxy that ends TLS, for the crate gives
//! no token back over plain HTTP ([RFC 7009 §2]). It has no words for a callback and its `iss`
//! ([RFC 9207]), for `private_key_jwt`, for access tokens that are JWTs ([RFC 9068]), and for what
//! becomes of a registration ([RFC 7592]).
//!
//! [RFC 7009 §2]: https://www.rfc-editor.org/rfc/rfc7009#section-2
//! [RFC 7592]: https://www.rfc-editor.org/rfc/rfc7592
//! [RFC 9068]: https://www.rfc-editor.org/rfc/rfc9068
//! [RFC 9207]: https://www.rfc-editor.org/rfc/rfc9207

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

#[path = "openidconnect/app.rs"]
mod app;
#[path = "openidconnect/browser.rs"]
mod browser;
#[path = "openidconnect/config.rs"]
mod config;
#[path = "openidconnect/registration.rs"]
mod registration;
#[path = "openidconnect/server.rs"]
mod server;
#[path = "openidconnect/tokens.rs"]
mod tokens;

use std::mem::discriminant;

use grantflow::base64url;
use openidconnect::core::{
    CoreAuthPrompt, CoreErrorResponseType, CoreIdToken, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreTokenType, CoreUserInfoClaims,
};
use openidconnect::{
    AuthType, ClaimsVerificationError, CsrfToken, DiscoveryError, IssuerUrl, LogoutRequest, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PostLogoutRedirectUrl, SignatureVerificationError,
    SubjectIdentifier, TokenResponse as _, UserInfoError,
};

use crate::app::{Answer, App, Attempt, Kind, LoggedIn, code_of, words};
use crate::browser::Browser;
use crate::config::{BASIC, GOODBYE, POST, PUBLIC, config, signed_with};
use crate::server::Server;

const PROFILE: &str = "profile email";
const OFFLINE: &str = "profile email offline_access";

#[test]
fn the_server_is_found_by_its_issuer_and_no_other() {
    let server = Server::start(&config(""));
    let found = CoreProviderMetadata::discover(&server.issuer, &server).unwrap();
    assert_eq!(found.issuer(), &server.issuer);
    let endpoint = |path: &str| format!("{}/oauth2/{path}", server.issuer.as_str());
    assert_eq!(found.authorization_endpoint().as_str(), endpoint("authorize"));
    assert_eq!(found.token_endpoint().unwrap().as_str(), endpoint("token"));
    assert_eq!(found.userinfo_endpoint().unwrap().as_str(), endpoint("userinfo"));
    assert!(found.registration_endpoint().is_none());
    // The crate leaves out what it does not understand.
    assert_eq!(found.jwks().keys().len(), 4);
    assert_eq!(found.id_token_signing_alg_values_supported().len(), 4);

    let slashed = IssuerUrl::new(format!("{}/", server.issuer.as_str())).unwrap();
    let refused = CoreProviderMetadata::discover(&slashed, &server);
    assert!(matches!(refused, Err(DiscoveryError::Validation(_))), "{refused:?}");
}

#[test]
fn a_confidential_app_signs_ada_in() {
    assert_signs_ada_in(&BASIC);
}

#[test]
fn an_app_that_posts_its_secret_signs_ada_in() {
    assert_signs_ada_in(&POST);
}

#[test]
fn a_public_app_signs_ada_in() {
    assert_signs_ada_in(&PUBLIC);
}

fn assert_signs_ada_in(kind: &Kind<'_>) {
    let server = Server::start(&config(""));
    let app = App::new(&server, kind);
    let LoggedIn { tokens, claims } = app.login(&mut Browser::new(&server), PROFILE);
    assert_eq!(tokens.token_type(), &CoreTokenType::Bearer);
    assert_eq!(tokens.expires_in().map(|time| time.as_secs()), Some(3600));
    assert_eq!(words(tokens.scopes()), "openid profile email");
    assert!(tokens.refresh_token().is_none());
    assert_eq!(claims.subject().as_str(), "ada-1815");
    assert!(server.lets_in(tokens.access_token()));

    let info = |subject: &str| {
        let subject = SubjectIdentifier::new(subject.into());
        let ask = app.client.user_info(tokens.access_token().clone(), Some(subject)).unwrap();
        ask.request::<_, _, _>(&server)
    };
    let ada: CoreUserInfoClaims = info("ada-1815").unwrap();
    assert_eq!(ada.name().and_then(|name| name.get(None)).unwrap().as_str(), "Ada Lovelace");
    assert_eq!(ada.email().unwrap().as_str(), "ada@example.com");
    assert_eq!(ada.email_verified(), Some(true));
    let other: Result<CoreUserInfoClaims, _> = info("eve");
    let wrong = ClaimsVerificationError::InvalidSubject(String::new());
    assert!(
        matches!(other, Err(UserInfoError::ClaimsVerification(found)) if is_like(&found, &wrong))
    );
}

#[test]
fn an_id_token_of_every_algorithm_is_believed() {
    let server = Server::start(&config(""));
    let mut ada = Browser::new(&server);
    for (name, alg) in [
        ("RS256", CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256),
        ("PS256", CoreJwsSigningAlgorithm::RsaSsaPssSha256),
        ("ES256", CoreJwsSigningAlgorithm::EcdsaP256Sha256),
        ("EdDSA", CoreJwsSigningAlgorithm::EdDsa),
    ] {
        let app = App::new(&server, &Kind { id: &signed_with(name), ..PUBLIC });
        let LoggedIn { tokens, claims } = app.login(&mut ada, PROFILE);
        assert_eq!(tokens.id_token().unwrap().signing_alg(), Ok(&alg));
        assert_eq!(claims.audiences()[0].as_str(), signed_with(name));
    }
}

#[test]
fn an_id_token_that_was_changed_is_refused() {
    let server = Server::start(&config(""));
    let mut ada = Browser::new(&server);
    let app = App::new(&server, &BASIC);
    let attempt = app.ask(&mut ada, PROFILE, |ask| ask).unwrap();
    let tokens = app.redeem(&attempt, None).unwrap();
    let good = tokens.id_token().unwrap().to_string();
    let [header, claims, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let eve = String::from_utf8(base64url::decode(claims).unwrap()).unwrap();
    let eve = base64url::encode(eve.replace("ada-1815", "eve"));
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let unsigned = base64url::encode("{\"alg\":\"none\"}");

    let verifier = app.client.id_token_verifier();
    let bad = SignatureVerificationError::CryptoError(String::new());
    for (token, refusal) in [
        (format!("{header}.{eve}.{signature}"), &bad),
        (format!("{header}.{claims}.{first}{}", &signature[1..]), &bad),
        (format!("{unsigned}.{claims}."), &SignatureVerificationError::NoSignature),
    ] {
        let refused = token.parse::<CoreIdToken>().unwrap().into_claims(&verifier, &attempt.nonce);
        let ClaimsVerificationError::SignatureVerification(found) = refused.unwrap_err() else {
            panic!("the signature of {token} is not what is wrong with it")
        };
        assert!(is_like(&found, refusal), "{found}");
    }

    let wrong = app.claims(&tokens, &Nonce::new("of-another-login".into())).unwrap_err();
    assert!(is_like(&wrong, &ClaimsVerificationError::InvalidNonce(String::new())), "{wrong}");
}

#[test]
fn a_code_is_worth_nothing_to_others_and_is_spent_once() {
    let server = Server::start(&config(""));
    let mut ada = Browser::new(&server);
    let others = App::new(&server, &Kind { id: &signed_with("RS256"), ..PUBLIC });
    for kind in [BASIC, POST, PUBLIC] {
        let app = App::new(&server, &kind);
        let attempt = app.ask(&mut ada, PROFILE, |ask| ask).unwrap();
        let verifier = PkceCodeChallenge::new_random_sha256().1.into_secret();
        let guess = Attempt { verifier, ..attempt.clone() };
        assert_eq!(code_of(app.redeem(&guess, None)), CoreErrorResponseType::InvalidGrant);
        assert_eq!(code_of(others.redeem(&attempt, None)), CoreErrorResponseType::InvalidGrant);
        let tokens = app.redeem(&attempt, None).unwrap();
        assert!(server.lets_in(tokens.access_token()));
        assert_eq!(code_of(app.redeem(&attempt, None)), CoreErrorResponseType::InvalidGrant);
        assert!(!server.lets_in(tokens.access_token()));
    }
}

#[test]
fn a_wrong_secret_is_refused_and_the_right_one_by_the_wrong_method() {
    let server = Server::start(&config(""));
    let mut ada = Browser::new(&server);
    for wrong in [
        Kind { secret: Some("wrong"), ..BASIC },
        Kind { secret: Some("wrong"), ..POST },
        Kind { auth: AuthType::RequestBody, ..BASIC },
        Kind { auth: AuthType::BasicAuth, ..POST },
        Kind { secret: None, ..BASIC },
    ] {
        let app = App::new(&server, &wrong);
        let attempt = app.ask(&mut ada, PROFILE, |ask| ask).unwrap();
        assert_eq!(code_of(app.redeem(&attempt, None)), CoreErrorResponseType::InvalidClient);
    }
}

#[test]
fn the_app_hears_that_ada_said_no() {
    let server = Server::start(&config(""));
    let mut ada = Browser::new(&server);
    ada.decision = "deny";
    let refused = App::new(&server, &BASIC).ask(&mut ada, PROFILE, |ask| ask);
    assert_eq!(refused.map(|attempt| attempt.code).unwrap_err(), "access_denied");
}

#[test]
fn ada_signs_out_and_the_app_hears_of_it() {
    let server = Server::start(&config(""));
    let mut ada = Browser::new(&server);
    let app = App::new(&server, &BASIC);
    let LoggedIn { tokens, .. } = app.login(&mut ada, PROFILE);
    let silent = |ada: &mut Browser<'_>, scope| {
        app.ask(ada, scope, |ask| ask.add_prompt(CoreAuthPrompt::None)).map(|attempt| attempt.code)
    };
    assert!(silent(&mut ada, PROFILE).is_ok());
    assert_eq!(silent(&mut ada, "reports").unwrap_err(), "consent_required");

    let endpoint = app.metadata.additional_metadata().end_session_endpoint.clone().unwrap();
    let state = CsrfToken::new_random();
    let ask = LogoutRequest::from(endpoint)
        .set_id_token_hint(tokens.id_token().unwrap())
        .set_client_id(app.client.client_id().clone())
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(GOODBYE.into()).unwrap())
        .set_state(state.clone());
    let back = ada.visit(&ask.http_get_url());
    assert!(back.as_str().starts_with(GOODBYE), "{back}");
    assert_eq!(Answer::of(&back).one("state"), Some(state.secret().as_str()));
    assert_eq!(silent(&mut ada, PROFILE).unwrap_err(), "login_required");
}

/// The same refusal, in whatever words.
fn is_like<T>(one: &T, other: &T) -> bool {
    discriminant(one) == discriminant(other)
}
