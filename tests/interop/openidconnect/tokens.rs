//! What becomes of tokens after the login.

use grantflow::base64url;
use openidconnect::core::{
    CoreErrorResponseType, CoreJsonWebKey, CoreRevocableToken, CoreTokenType,
};
use openidconnect::{
    AccessToken, ConfigurationError, JsonWebKey as _, Nonce, OAuth2TokenResponse as _, Scope,
    TokenIntrospectionResponse as _, TokenResponse as _,
};
use serde_json::Value;

use crate::app::{App, LoggedIn, code_of, words};
use crate::browser::Browser;
use crate::config::{ARCHIVE, ARCHIVIST, BASIC, POST, PUBLIC, REPORTS, config};
use crate::server::Server;
use crate::{OFFLINE, PROFILE};

#[test]
fn a_refreshed_login_is_the_same_login() {
    let server = Server::start(&config("refresh_grace = 0"));
    let mut ada = Browser::new(&server);
    for kind in [BASIC, POST, PUBLIC] {
        let app = App::new(&server, &kind);
        let LoggedIn { tokens, claims } = app.login(&mut ada, OFFLINE);
        let next = app.refresh(&tokens).unwrap();
        assert_ne!(next.access_token().secret(), tokens.access_token().secret());
        assert_ne!(
            next.refresh_token().unwrap().secret(),
            tokens.refresh_token().unwrap().secret()
        );
        assert_eq!(next.scopes(), tokens.scopes());
        assert!(server.lets_in(next.access_token()));
        let without_nonce = |nonce: Option<&Nonce>| match nonce {
            None => Ok(()),
            Some(_) => Err("OpenID Connect Core 12.2 would rather have none".to_owned()),
        };
        let again = app.claims(&next, without_nonce).unwrap();
        assert_eq!(again.subject(), claims.subject());
        assert_eq!(again.auth_time().unwrap(), claims.auth_time().unwrap());

        // Whoever comes with the old one has stolen it, or was robbed.
        assert_eq!(code_of(app.refresh(&tokens)), CoreErrorResponseType::InvalidGrant);
        assert_eq!(code_of(app.refresh(&next)), CoreErrorResponseType::InvalidGrant);
        assert!(!server.lets_in(next.access_token()));
    }
}

#[test]
fn a_token_that_was_given_back_takes_the_other_with_it() {
    let server = Server::start(&config(""));
    let mut ada = Browser::new(&server);
    for kind in [BASIC, POST, PUBLIC] {
        let app = App::new(&server, &kind);
        for gives_refresh_token in [false, true] {
            let LoggedIn { tokens, .. } = app.login(&mut ada, OFFLINE);
            let given: CoreRevocableToken = match tokens.refresh_token() {
                Some(token) if gives_refresh_token => token.into(),
                Some(_) | None => tokens.access_token().into(),
            };
            // The second time changes nothing, and is no error.
            for _ in 0..2 {
                app.client.revoke_token(given.clone()).unwrap().request(&server).unwrap();
                assert!(!server.lets_in(tokens.access_token()));
                assert_eq!(code_of(app.refresh(&tokens)), CoreErrorResponseType::InvalidGrant);
            }
        }
    }
}

#[test]
fn an_app_learns_nothing_of_the_tokens_of_another_and_ends_none() {
    let server = Server::start(&config(""));
    let app = App::new(&server, &POST);
    let tokens = app.login(&mut Browser::new(&server), OFFLINE).tokens;
    let (token, refresh_token) = (tokens.access_token(), tokens.refresh_token().unwrap());
    for kind in [BASIC, PUBLIC] {
        let other = App::new(&server, &kind);
        for given in [token.into(), refresh_token.into()] {
            other.client.revoke_token(given).unwrap().request(&server).unwrap();
        }
        let said = other.client.introspect(token).request(&server);
        match kind.secret {
            Some(_) => assert!(!said.unwrap().active()),
            None => assert_eq!(code_of(said), CoreErrorResponseType::InvalidClient),
        }
        assert_eq!(code_of(other.refresh(&tokens)), CoreErrorResponseType::InvalidGrant);
    }
    assert!(server.lets_in(token));
    app.refresh(&tokens).unwrap();
}

#[test]
fn without_tls_ada_signs_in_but_no_token_is_given_back() {
    let server = Server::start_plain(&config(""));
    let app = App::new(&server, &BASIC);
    let LoggedIn { tokens, .. } = app.login(&mut Browser::new(&server), PROFILE);
    let refused = app.client.revoke_token(tokens.access_token().into()).unwrap_err();
    assert!(matches!(refused, ConfigurationError::InsecureUrl("revocation")), "{refused}");
}

#[test]
fn an_app_asks_what_its_tokens_are_good_for() {
    let server = Server::start(&config(""));
    let mut ada = Browser::new(&server);
    for kind in [BASIC, POST] {
        let app = App::new(&server, &kind);
        let LoggedIn { tokens, .. } = app.login(&mut ada, OFFLINE);
        let ask = |token: &AccessToken| app.client.introspect(token).request(&server).unwrap();
        let said = ask(tokens.access_token());
        assert!(said.active());
        assert_eq!(said.client_id().unwrap().as_str(), kind.id);
        assert_eq!(said.iss(), Some(server.issuer.as_str()));
        assert_eq!(said.sub(), Some("ada-1815"));
        assert_eq!(words(said.scopes()), "openid profile email offline_access");
        assert_eq!(said.token_type(), Some(&CoreTokenType::Bearer));
        assert_eq!((said.exp().unwrap() - said.iat().unwrap()).num_seconds(), 3600);

        // The crate has a word for access tokens only, but a token is a token.
        let refresh_token = AccessToken::new(tokens.refresh_token().unwrap().secret().clone());
        assert!(ask(&refresh_token).active());
        app.client.revoke_token((&refresh_token).into()).unwrap().request(&server).unwrap();
        for dead in [tokens.access_token(), &refresh_token, &AccessToken::new("none".into())] {
            let said = ask(dead);
            assert_eq!((said.active(), said.sub(), said.exp()), (false, None, None));
        }
    }
}

#[test]
fn an_app_gets_a_token_of_its_own() {
    let server = Server::start(&config(""));
    for kind in [BASIC, POST] {
        let app = App::new(&server, &kind);
        let ask = app.client.exchange_client_credentials().unwrap();
        let ask = ask.add_scope(Scope::new("reports".into())).add_extra_param("resource", REPORTS);
        let tokens = ask.request(&server).unwrap();
        assert!(tokens.refresh_token().is_none() && tokens.id_token().is_none());
        assert_is_for_reports(&app, tokens.access_token(), &format!("client:{}", kind.id));
    }
}

#[test]
fn a_token_for_an_api_opens_nothing_else() {
    let server = Server::start(&config(""));
    let mut ada = Browser::new(&server);
    let app = App::new(&server, &BASIC);
    let scope = "offline_access reports";
    let ask = |ada: &mut Browser<'_>, resource| {
        let attempt = app.ask(ada, scope, |ask| ask.add_extra_param("resource", resource));
        app.redeem(&attempt.unwrap(), Some(resource)).unwrap()
    };
    let first = ask(&mut ada, REPORTS);
    assert_is_for_reports(&app, first.access_token(), "ada-1815");
    let refresh = app.client.exchange_refresh_token(first.refresh_token().unwrap()).unwrap();
    let next = refresh.add_extra_param("resource", REPORTS).request(&server).unwrap();
    assert_is_for_reports(&app, next.access_token(), "ada-1815");

    let archivist = App::new(&server, &ARCHIVIST);
    let tokens = ask(&mut ada, ARCHIVE);
    let said = archivist.client.introspect(tokens.access_token()).request(&server).unwrap();
    assert_eq!(said.aud().unwrap(), &[ARCHIVE]);
    assert_eq!(said.client_id().unwrap().as_str(), BASIC.id);
    let said = archivist.client.introspect(next.access_token()).request(&server).unwrap();
    assert!(!said.active());

    let elsewhere = app.ask(&mut ada, scope, |ask| ask.add_extra_param("resource", ARCHIVE));
    let target = CoreErrorResponseType::Extension("invalid_target".into());
    assert_eq!(code_of(app.redeem(&elsewhere.unwrap(), Some(REPORTS))), target);
}

/// The API finds this in its token, by the keys that the crate has of the server ([RFC 9068 §4]).
///
/// [RFC 9068 §4]: https://www.rfc-editor.org/rfc/rfc9068#section-4
fn assert_is_for_reports(app: &App<'_>, token: &AccessToken, subject: &str) {
    let (message, signature) = token.secret().rsplit_once('.').unwrap();
    let (header, claims) = message.split_once('.').unwrap();
    let read = |part: &str| -> Value {
        serde_json::from_slice(&base64url::decode(part).unwrap()).unwrap()
    };
    let (header, claims) = (read(header), read(claims));
    assert_eq!(header["typ"], "at+jwt");
    let is_named =
        |key: &&CoreJsonWebKey| key.key_id().is_some_and(|id| header["kid"] == id.as_str());
    let key = app.metadata.jwks().keys().iter().find(is_named).unwrap();
    let alg = serde_json::from_value(header["alg"].clone()).unwrap();
    let signature = base64url::decode(signature).unwrap();
    assert_eq!(key.verify_signature(&alg, message.as_bytes(), &signature), Ok(()));
    for (name, value) in [
        ("iss", app.server.issuer.as_str()),
        ("aud", REPORTS),
        ("sub", subject),
        ("client_id", app.client.client_id()),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert!(!app.server.lets_in(token));
}
