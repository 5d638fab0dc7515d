//! 1. The authorization endpoint.

use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::{Declaration, InitialAccess, Policy, Record, Registration};
use grantflow::uri::Issuer;
use grantflow::wire::http::{Headers, Request};
use grantflow::wire::registration::ClientMetadata;
use grantflow_tests::{
    CALLBACK, CLIENT_ID, ISSUER, World, confidential, json, payload, query, redirect_parameters,
    tasks_request,
};
use serde_json::json;

use crate::common::{ask, authorize, holds, of, redeem, refused, sent_back, took};

/// Another address of the same app.
const OTHER: &str = "https://yourapp.com/other";

fn with_uris(uris: &[&str]) -> World {
    let mut world = World::new();
    world.register(&Declaration {
        metadata: ClientMetadata {
            redirect_uris: uris.iter().map(|uri| (*uri).into()).collect(),
            ..confidential().metadata
        },
        ..confidential()
    });
    world
}

// --- Where the code goes ------------------------------------------------------------------------

#[test]
fn a_01_a_code_goes_to_no_address_that_is_not_registered() {
    let mut world = World::new();
    let _ = world.visit(&ask(&[])).consent();
    // Whoever is signed in, and whatever else is asked.
    for more in [&[][..], &[("prompt", Some("none"))], &[("response_mode", Some("form_post"))]] {
        let change = [&[("redirect_uri", Some("https://evil.test/cb"))], more].concat();
        let mut request = authorize(&ask(&change));
        request.headers.push("cookie", world.cookie.clone().unwrap());
        let (_, body) = refused(&mut world, &request, 400, "invalid_request");
        assert_eq!(body["error_description"], "Invalid redirect URI");
    }
}

#[test]
fn a_01_the_registered_address_gets_the_code() {
    let mut world = World::new();
    let back = world.approve(&ask(&[]));
    assert!(back.field("code").starts_with("gfc_") && back.field("state") == "s");
}

#[test]
fn a_02_what_looks_like_a_registered_address_is_another() {
    for other in [
        "https://yourapp.com/auth/callback/",
        "https://yourapp.com/auth/callback?x=1",
        "https://yourapp.com/auth/callback?",
        "https://yourapp.com/auth/callback#x",
        "https://yourapp.com/auth/callback#",
        "https://yourapp.com/auth/CALLBACK",
        "https://YOURAPP.com/auth/callback",
        "HTTPS://yourapp.com/auth/callback",
        "https://yourapp.com/auth%2Fcallback",
        "https://yourapp.com/auth/%63allback",
        "https://yourapp.com/auth/./callback",
        "https://yourapp.com/auth/x/../callback",
        "https://yourapp.com//auth/callback",
        "https://yourapp.com:443/auth/callback",
        "https://yourapp.com./auth/callback",
        "https://yourapp.com@evil.test/auth/callback",
        "https://yourapp.com.evil.test/auth/callback",
        "https://user@yourapp.com/auth/callback",
        "http://yourapp.com/auth/callback",
        "https://yourapp.com/auth/callback ",
        " https://yourapp.com/auth/callback",
        "https://yourapp.com/auth/callback\n",
        "https://yourapp.com/auth/callbac",
        "/auth/callback",
    ] {
        let request = authorize(&ask(&[("redirect_uri", Some(other))]));
        let (_, body) = refused(&mut World::new(), &request, 400, "invalid_request");
        assert_eq!(body["error_description"], "Invalid redirect URI", "{other}");
    }
}

#[test]
fn a_02_each_address_is_taken_as_it_was_registered() {
    let odd = ["https://yourapp.com/a%2Fb?x=1", "https://YOURAPP.com:443/A/./b", OTHER];
    let mut world = with_uris(&odd);
    for uri in odd {
        let page = world.visit(&ask(&[("redirect_uri", Some(uri))])).consent();
        let back = world.decide(&page.interaction, "approve", &["openid"]).response();
        let location = back.headers.first("location").unwrap();
        assert!(location.starts_with(uri), "{location}");
    }
}

#[test]
fn a_04_no_address_is_picked_for_a_request_without_one() {
    for registered in [&[CALLBACK, OTHER][..], &[CALLBACK]] {
        for value in [None, Some("")] {
            let request = authorize(&ask(&[("redirect_uri", value)]));
            let (_, body) = refused(&mut with_uris(registered), &request, 400, "invalid_request");
            let words = "Missing required parameter: redirect_uri";
            assert_eq!(body["error_description"], words);
        }
    }
}

#[test]
fn a_04_the_app_says_which_of_its_addresses_it_means() {
    let mut world = with_uris(&[CALLBACK, OTHER]);
    for uri in [CALLBACK, OTHER] {
        let page = world.visit(&ask(&[("redirect_uri", Some(uri))])).consent();
        let back = world.decide(&page.interaction, "approve", &["openid"]).response();
        let expected = format!("{uri}?code=");
        assert!(back.headers.first("location").unwrap().starts_with(&expected));
    }
}

/// Nor does it come out of a store that somebody wrote into.
#[test]
fn a_05_an_address_that_runs_script_or_hides_where_it_goes_is_neither_registered_nor_used() {
    let mut world = registering();
    for uri in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a.test/x",
        "https://a.test/cb#x",
        "https://user:pass@a.test/cb",
        "https://a.test/c\u{0}b",
        "https://a.test/c\nb",
        "http://a.test/cb",
        "//a.test/cb",
    ] {
        let said = json!({"client_name": "App", "redirect_uris": [CALLBACK, uri]});
        let (response, _) = refused(&mut world, &register(&said), 400, "invalid_redirect_uri");
        assert!(!holds(&response.body, b"alert"), "no echo");
    }
    let key = world.store.keys().find(|key| key.to_string() == format!("client:{CLIENT_ID}"));
    let stored = world.store[key.unwrap()].record.encode();
    for evil in ["javascript:alert(1)//123456789012", "https://yourapp.com/auth#callback"] {
        assert_eq!(evil.len(), CALLBACK.len());
        let at = stored.windows(evil.len()).position(|part| part == CALLBACK.as_bytes()).unwrap();
        let mut swapped = stored.clone();
        swapped[at..at + evil.len()].copy_from_slice(evil.as_bytes());
        assert!(Record::decode(&swapped).is_err(), "a store that was written into is not believed");
    }
}

#[test]
fn a_05_an_address_with_tls_is_registered_and_used() {
    let mut world = registering();
    let said = json!({"client_name": "App", "redirect_uris": [CALLBACK]});
    let known = json(&world.send(&register(&said)).response());
    let id = of(&known, "client_id");
    assert!(world.approve(&ask(&[("client_id", Some(&id))])).field("code").starts_with("gfc_"));
}

fn registering() -> World {
    let tokens = vec![InitialAccess::new(&Secret::new("initial"))];
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    World::with(Policy { registration: Registration::Token(tokens), ..policy })
}

fn register(said: &serde_json::Value) -> Request {
    let headers = Headers::new()
        .with("content-type", "application/json")
        .with("authorization", "Bearer initial");
    Request { headers, ..Request::form(format!("{ISSUER}/oauth2/register"), said.to_string()) }
}

#[test]
fn a_06_no_error_is_a_redirect_before_client_and_address_are_good() {
    let nobody = [("client_id", Some("nobody"))];
    let evil = [("redirect_uri", Some("https://evil.test/cb"))];
    let faults = [
        ("response_type", Some("token")),
        ("response_mode", Some("fragment")),
        ("scope", Some("\"")),
        ("prompt", Some("none")),
        ("request", Some("eyJ")),
        ("code_challenge_method", Some("plain")),
        ("max_age", Some("x")),
        ("claims", Some("{")),
    ];
    for fault in faults {
        for (wrong, words) in [(nobody, "Unknown client"), (evil, "Invalid redirect URI")] {
            let request = authorize(&ask(&[wrong[0], fault]));
            let (_, body) = refused(&mut World::new(), &request, 400, "invalid_request");
            assert_eq!(body["error_description"], words, "{fault:?}");
        }
        let both = authorize(&ask(&[nobody[0], evil[0], fault]));
        let (_, body) = refused(&mut World::new(), &both, 400, "invalid_request");
        assert_eq!(body["error_description"], "Unknown client");
    }
}

#[test]
fn a_06_with_client_and_address_good_the_app_hears_of_the_error() {
    let request = authorize(&ask(&[("response_type", Some("token"))]));
    let back = sent_back(&mut World::new(), &request, "unsupported_response_type");
    assert_eq!(back.one("state"), Ok(Some("s")));
}

// --- What is asked ------------------------------------------------------------------------------

#[test]
fn a_08_a_parameter_that_is_there_twice_is_an_error() {
    for name in [
        "response_type",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "code_challenge",
        "code_challenge_method",
        "response_mode",
        "login_hint",
        "claims",
    ] {
        let twice = query(&[(name, "a"), (name, "a")]);
        let request = authorize(&format!("{}&{twice}", ask(&[(name, None)])));
        let back = sent_back(&mut World::new(), &request, "invalid_request");
        let state = (name != "state").then_some("s");
        assert_eq!(back.one("state").unwrap(), state, "{name}: which of two is nobody's guess");
    }
    for (name, value) in [("client_id", CLIENT_ID), ("redirect_uri", CALLBACK)] {
        let request = authorize(&format!("{}&{}", ask(&[]), query(&[(name, value)])));
        refused(&mut World::new(), &request, 400, "invalid_request");
    }
}

#[test]
fn a_08_a_parameter_without_a_value_is_one_that_is_not_there() {
    let mut world = World::new();
    let back =
        world.approve(&format!("{}&prompt=&code_challenge=&nonce=", ask(&[("state", Some(""))])));
    assert_eq!(back.one("state"), Ok(None));
    let tokens = took(&mut world, &redeem(back.field("code"), &[]));
    assert_eq!(payload(tokens["id_token"].as_str().unwrap()).get("nonce"), None);
}

#[test]
fn a_09_a_parameter_that_nobody_knows_is_an_error_only_if_it_is_there_twice() {
    let request = authorize(&format!("{}&foo=1&foo=2", ask(&[])));
    sent_back(&mut World::new(), &request, "invalid_request");
}

#[test]
fn a_10_no_token_comes_by_redirect_and_no_error_by_fragment() {
    for kind in
        ["token", "id_token", "code token", "code id_token", "id_token token", "none", "CODE"]
    {
        let request = authorize(&ask(&[("response_type", Some(kind))]));
        sent_back(&mut World::new(), &request, "unsupported_response_type");
    }
    sent_back(&mut World::new(), &authorize(&ask(&[("response_type", None)])), "invalid_request");
    for mode in ["fragment", "web_message", "jwt", "query.jwt", "QUERY"] {
        let request = authorize(&ask(&[("response_mode", Some(mode))]));
        sent_back(&mut World::new(), &request, "invalid_request");
    }
}

#[test]
fn a_10_a_code_comes_by_query_or_by_form() {
    let mut world = World::new();
    let back = world.approve(&ask(&[("response_mode", Some("query"))]));
    assert!(!back.field("code").is_empty());
    let page = world.visit(&ask(&[("response_mode", Some("form_post"))])).consent();
    let form = world.decide(&page.interaction, "approve", &["openid"]).response();
    assert_eq!((form.status, form.headers.first("location")), (200, None));
    assert!(holds(&form.body, b"name=\"code\"") && !holds(&form.body, b"token"));
}

#[test]
fn a_11_nothing_is_granted_that_is_not_asked_for_allowed_and_agreed_to() {
    let mut world = World::new();
    sent_back(&mut world, &authorize(&ask(&[("scope", Some("openid admin"))])), "invalid_scope");
    world.register(&Declaration {
        metadata: ClientMetadata { scope: Some("openid email".into()), ..confidential().metadata },
        ..confidential()
    });
    sent_back(&mut world, &authorize(&ask(&[("scope", Some("openid phone"))])), "invalid_scope");
    // Boxes that were not on the page do not count.
    let page = world.visit(&ask(&[("scope", Some("openid"))])).consent();
    let boxes = ["openid", "email", "phone", "admin", "offline_access"];
    let back = redirect_parameters(&world.decide(&page.interaction, "approve", &boxes).response());
    let tokens = took(&mut world, &redeem(back.field("code"), &[]));
    assert_eq!((tokens["scope"].as_str(), tokens.get("refresh_token")), (Some("openid"), None));
    let claims = payload(tokens["id_token"].as_str().unwrap()).to_string();
    assert!(!claims.contains("wonder.test"), "{claims}");
    let access = world.send(&tasks_request(tokens["access_token"].as_str().unwrap())).access();
    assert_eq!(access.scope, ScopeSet::parse("openid").unwrap());
}

#[test]
fn a_11_what_was_agreed_to_is_granted_and_said() {
    let mut world = World::new();
    let code = world.approve(&ask(&[])).field("code").to_owned();
    let tokens = took(&mut world, &redeem(&code, &[]));
    assert_eq!(tokens["scope"], "openid profile email");
    let claims = payload(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["email"], "alice@wonder.test");
}
