//! Every code that only programs in Rust can meet, met. `tests/npm/codes.test.mjs` meets all the others.

use std::collections::BTreeSet;

use grantflow::client::help::{Help, MetBy};
use grantflow::client::{
    Asked, AwaitingRegistration, Client, Credentials, Error, KnownKeys, Profile, Seed, Tokens,
};
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::wire::discovery::ServerMetadata;
use grantflow::wire::http::{Headers, Response};
use grantflow::wire::registration::ClientMetadata;
use grantflow_tests::{CALLBACK, ISSUER, PUBLIC_ID, World, client, redirect_parameters};

#[test]
fn every_code_of_programs_in_rust_is_met() {
    let mut met = BTreeSet::new();
    for (code, error) in registrations().into_iter().chain(claims()) {
        let help = Help::of(code).unwrap();
        assert_eq!(error.code(), code, "{error:?}");
        assert!(help.cases.contains(&(error.stage(), error.remedy())), "{error:?}");
        let told = format!("{error} {error:?} {:?}", error.oauth());
        assert!(!told.contains(TOKEN), "{told}");
        if help.met_by == MetBy::Rust {
            met.insert(code);
        }
    }
    let all = Help::all().filter(|help| help.met_by == MetBy::Rust).map(|help| help.code);
    assert_eq!(met, all.collect());
}

/// What a registration is asked with.
const TOKEN: &str = "the-initial-access-token";

fn registrations() -> Vec<(&'static str, Error)> {
    let refused = |error: &str| format!(r#"{{"error":"{error}","error_description":"Not here"}}"#);
    let registered = r#"{"client_id":"c1","redirect_uris":["https://other.test/cb"]}"#;
    [
        ("redirect_uri_rejected", 400, refused("invalid_redirect_uri")),
        ("client_metadata_rejected", 400, refused("invalid_client_metadata")),
        ("token_rejected", 401, refused("invalid_token")),
        ("token_rejected", 403, String::new()),
        ("registration_changed", 201, registered.into()),
        ("registration_malformed", 201, "[]".into()),
        ("registration_malformed", 302, String::new()),
        ("access_denied", 403, refused("access_denied")),
        ("rate_limited", 429, String::new()),
        ("server_error", 502, String::new()),
    ]
    .map(|(code, status, body)| {
        let asked =
            ClientMetadata { redirect_uris: vec![CALLBACK.into()], ..ClientMetadata::default() };
        let server = ServerMetadata {
            registration_endpoint: Some(format!("{ISSUER}/oauth2/register")),
            ..ServerMetadata::new(ISSUER)
        };
        let ask = AwaitingRegistration::of(asked, &server, Some(&Secret::new(TOKEN))).unwrap();
        (code, ask.answer(&answer(status, &body, None)).unwrap_err().into())
    })
    .into()
}

fn claims() -> Vec<(&'static str, Error)> {
    let (client, tokens) = signed_in();
    let ask = || client.userinfo(&tokens).unwrap();
    let challenge = |error| Some(format!("Bearer error=\"{error}\""));
    [
        ("token_rejected", 401, "", challenge("invalid_token")),
        ("insufficient_scope", 403, "", challenge("insufficient_scope")),
        ("userinfo_unreachable", 500, "", None),
        ("userinfo_malformed", 200, "{}", None),
        ("userinfo_sub_mismatch", 200, r#"{"sub":"mallory"}"#, None),
    ]
    .map(|(code, status, body, challenge)| {
        let response = answer(status, body, challenge);
        (code, ask().answer(&response).unwrap_err().into())
    })
    .into()
}

fn answer(status: u16, body: &str, challenge: Option<String>) -> Response {
    let mut headers = Headers::new().with("content-type", "application/json");
    if let Some(challenge) = challenge {
        headers.push("www-authenticate", challenge);
    }
    Response { status, headers, body: body.into() }
}

/// Alice, at our server.
fn signed_in() -> (Client, Tokens) {
    let mut world = World::new();
    let profile = Profile::new(ISSUER, PUBLIC_ID, CALLBACK, Credentials::Public).unwrap();
    let app = client::discover(profile, |request| world.send(request).response()).unwrap();
    let asked = Asked::of(ScopeSet::parse("openid").unwrap());
    let redirect = client::login(&app, Seed::new([1; 32]), asked, world.now);
    let page = world.visit(redirect.url.split_once('?').unwrap().1).consent();
    let back = world.decide(&page.interaction, "approve", &["openid"]).response();
    assert!(redirect_parameters(&back).one("code").unwrap().is_some());
    let back = back.headers.first("location").unwrap();
    let accepted = client::accept(redirect.login, &app, back, world.now).unwrap();
    let now = world.now;
    let tokens = client::finish(accepted, &mut KnownKeys::new(), now, |request| {
        world.send(request).response()
    });
    (app, tokens.unwrap())
}
