//! 5. Who the user is.

use std::collections::BTreeSet;

use grantflow::client::{Asked, Client, Credentials, Error, KnownKeys, Profile, Seed, Tokens};
use grantflow::key::Algorithm;
use grantflow::scope::ScopeSet;
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::form::Form;
use grantflow::wire::http::{Headers, Response};
use grantflow::wire::jwks::public_jwk;
use grantflow_tests::{BEGINNING, CALLBACK, Owner, PUBLIC_ID, World, client, payload};
use serde_json::{Value, json};

use crate::common::{ask, of, redeem, took};

/// A whole login at a server that says this of itself and of the user; `change` is what its ID token
/// says otherwise.
fn login(issuer: &str, owner: Owner, change: &Value) -> Result<Tokens, Error> {
    let said = ServerMetadata {
        authorization_endpoint: format!("{issuer}/authorize"),
        token_endpoint: format!("{issuer}/token"),
        jwks_uri: Some(format!("{issuer}/jwks")),
        response_types_supported: vec!["code".into()],
        id_token_signing_alg_values_supported: vec!["RS256".into()],
        code_challenge_methods_supported: vec!["S256".into()],
        authorization_response_iss_parameter_supported: true,
        ..ServerMetadata::new(issuer)
    };
    let profile = Profile::new(issuer, PUBLIC_ID, CALLBACK, Credentials::Public).unwrap();
    let app = Client::new(profile, said).unwrap();
    let asked = Asked::of(ScopeSet::parse("openid").unwrap());
    let redirect = app.login(Seed::new([3; 32]), asked, BEGINNING);
    let query = redirect.url.split_once('?').unwrap().1;
    let sent = Form::parse(query.as_bytes()).unwrap();
    let back =
        grantflow_tests::query(&[("code", "c"), ("state", sent.field("state")), ("iss", issuer)]);
    let mut claims = json!({
        "iss": issuer, "sub": "alice", "aud": PUBLIC_ID, "nonce": sent.field("nonce"),
        "iat": BEGINNING.as_secs(), "exp": BEGINNING.as_secs() + 60,
    });
    claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let id_token = owner.token(Algorithm::Rs256, "JWT", &claims.to_string());
    let accepted =
        redirect.login.accept(&app, &back, BEGINNING).map_err(|e| Error::from(e.error))?;
    client::finish(accepted, &mut KnownKeys::new(), BEGINNING, |request| {
        let body = if request.url.ends_with("/jwks") {
            format!(r#"{{"keys":[{}]}}"#, public_jwk(&owner.public_key(Algorithm::Rs256)))
        } else {
            json!({"access_token": "a", "token_type": "Bearer", "id_token": id_token}).to_string()
        };
        let headers = Headers::new().with("content-type", "application/json");
        Response { status: 200, headers, body: body.into() }
    })
}

/// Whom an app keeps its own data under.
fn who(tokens: &Tokens) -> (String, String) {
    let identity = tokens.identity.as_ref().unwrap();
    (identity.iss.as_str().to_owned(), identity.sub.clone())
}

#[test]
fn a_66_the_same_name_at_two_servers_is_two_people() {
    let email = json!({"email": "alice@wonder.test", "email_verified": true});
    let one = login("https://as.test", Owner::Server, &email).unwrap();
    let other = login("https://evil.test", Owner::Stranger, &email).unwrap();
    let people = BTreeSet::from([who(&one), who(&other)]);
    assert_eq!(people.len(), 2, "though sub and email are the same");
    // And nobody says it is another's user.
    let lie = json!({"iss": "https://as.test"});
    let error = login("https://evil.test", Owner::Stranger, &lie).unwrap_err();
    assert_eq!(error.code(), "id_token_iss");
}

#[test]
fn a_66_the_same_name_at_one_server_is_one_person_whatever_else_is_said() {
    let one = login("https://as.test", Owner::Server, &json!({"email": "a@wonder.test"})).unwrap();
    let again =
        login("https://as.test", Owner::Server, &json!({"email": "b@wonder.test"})).unwrap();
    assert_eq!(who(&one), who(&again));
}

#[test]
fn a_84_the_server_says_the_nonce_it_was_sent_and_none_that_was_not() {
    let mut world = World::new();
    for nonce in [Some("n-0S6 é"), None] {
        let code = world.approve(&ask(&[("nonce", nonce)])).field("code").to_owned();
        let tokens = took(&mut world, &redeem(&code, &[]));
        let said = payload(&of(&tokens, "id_token"));
        assert_eq!(said.get("nonce").and_then(Value::as_str), nonce);
        // What else keeps a token from being taken for another: A-83, A-86.
        assert_eq!((&said["aud"], said.get("azp")), (&json!(grantflow_tests::CLIENT_ID), None));
        let hash =
            grantflow::wire::id_token::at_hash(Algorithm::Rs256, &of(&tokens, "access_token"));
        assert_eq!(said["at_hash"], json!(hash));
    }
}
