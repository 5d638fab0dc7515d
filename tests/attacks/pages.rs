//! 1. The authorization endpoint, once a person is there.

use grantflow::scope::ScopeSet;
use grantflow::server::page::DeveloperPage;
use grantflow::server::{Declaration, Page, Policy, Resource, TokenFormat, path};
use grantflow::uri::Issuer;
use grantflow::wire::http::{Headers, Request, Response};
use grantflow::wire::registration::{ClientMetadata, GrantType};
use grantflow_tests::{
    CLIENT_SECRET, ISSUER, World, basic, confidential, json, own_form, payload, query,
    redirect_parameters,
};

use crate::common::{ask, asked_of, assert_tells_nothing, authorize, sent_back, took};

fn get(path: &str) -> Request {
    Request::get(format!("{ISSUER}{path}"))
}

/// A request as Alice's browser sends it, but without the wish for a page.
fn alices(world: &World, change: crate::common::Change<'_>) -> Request {
    let mut request = authorize(&ask(change));
    request.headers.push("cookie", world.cookie.clone().unwrap_or_default());
    request
}

// --- Forms of our own -----------------------------------------------------------------------------

#[test]
fn a_14_no_form_of_ours_is_taken_without_what_only_our_page_holds() {
    let mut world = World::new();
    let page = world.visit(&ask(&[])).consent();
    let before = world.store.clone();
    let decision = ("decision", "approve");
    let other_login = {
        let cookie = world.cookie.take();
        let other = world.visit(&ask(&[])).consent().interaction;
        world.cookie = cookie;
        other
    };
    for fields in [
        &[decision, ("scope", "openid")][..],
        &[decision, ("interaction", "")],
        &[decision, ("interaction", "x")],
        // One that was drawn for another sign-in, and one with a letter changed.
        &[decision, ("interaction", &other_login)],
        &[decision, ("interaction", &format!("{}A", &page.interaction[1..]))],
    ] {
        let show = world.browse(own_form(path::CONSENT, fields)).page();
        let Page::Error(error) = show.page else { panic!("{show:?}") };
        assert_eq!((show.status, error.error), (403, "invalid_request"));
        assert_eq!(show.headers.first("location"), None);
        assert_eq!(world.store, before, "no grant, and so no code");
    }
    let fields = [("interaction", &*page.interaction), decision, ("scope", "openid")];
    for headers in [
        Headers::new().with("origin", "https://evil.test"),
        Headers::new().with("origin", "null"),
        Headers::new().with("origin", ISSUER).with("sec-fetch-site", "cross-site"),
        Headers::new().with("origin", ISSUER).with("sec-fetch-site", "same-site"),
    ] {
        let mut foreign = own_form(path::CONSENT, &fields);
        foreign.headers = headers.with("content-type", "application/x-www-form-urlencoded");
        let show = world.browse(foreign).page();
        assert!(matches!(show.page, Page::Error(_)) && show.status == 403);
        assert_eq!(world.store, before);
    }
}

#[test]
fn a_14_our_own_page_posts_its_form() {
    let mut world = World::new();
    let page = world.visit(&ask(&[])).consent();
    let back = world.decide(&page.interaction, "approve", &["openid"]).response();
    assert!(redirect_parameters(&back).field("code").starts_with("gfc_"));
}

#[test]
fn a_15_every_page_of_the_core_says_that_nobody_may_frame_it() {
    let mut world = World::new();
    let mut shown = vec![
        world.browse(get("/oauth2/authorize")).page(),
        world.browse(authorize(&ask(&[]))).page(),
    ];
    let _ = world.visit(&ask(&[])).consent();
    shown.push(world.browse(authorize(&ask(&[]))).page());
    shown.push(world.browse(get(path::DEVELOPER)).page());
    shown.push(world.browse(get(path::LOGOUT)).page());
    world.cookie = None;
    shown.push(world.browse(get(path::LOGOUT)).page());
    for show in shown {
        assert_eq!(show.headers.first("x-frame-options"), Some("DENY"), "{:?}", show.page);
        assert_eq!(show.headers.first("cache-control"), Some("no-store"));
        assert!(show.headers.first("referrer-policy").is_some());
    }
}

#[test]
fn a_16_a_browser_that_posted_something_is_sent_on_without_it() {
    let mut world = World::new();
    let mut sent_on: Vec<Response> = Vec::new();
    let posted = Request::form(format!("{ISSUER}/oauth2/authorize"), ask(&[]));
    sent_on.push(world.browse(posted).response());
    let login = world.browse(authorize(&ask(&[]))).login();
    let led_on = world.sign_in(&login.interaction, "wonderland").response();
    let page = world.browse(Request::get(led_on.headers.first("location").unwrap())).consent();
    sent_on.push(led_on);
    sent_on.push(world.decide(&page.interaction, "approve", &["openid"]).response());
    let page = world.visit(&ask(&[])).consent();
    sent_on.push(world.decide(&page.interaction, "deny", &[]).response());
    let Page::Developer(page) = world.browse(get(path::DEVELOPER)).page().page else { panic!() };
    sent_on.push(removal(&mut world, &page));
    sent_on.push(world.browse(authorize(&ask(&[("scope", None)]))).response());
    let Page::SignOut(page) = world.browse(get(path::LOGOUT)).page().page else { panic!() };
    let form = own_form(path::LOGOUT, &[("interaction", &page.interaction)]);
    sent_on.push(world.browse(form).response());
    for response in &sent_on {
        assert_eq!(response.status, 303, "{response:?}");
        let location = response.headers.first("location").unwrap();
        assert!(!location.contains("wonderland") && response.body.is_empty(), "{location}");
    }
    assert_eq!(sent_on.len(), 7);
}

fn removal(world: &mut World, page: &DeveloperPage) -> Response {
    let fields = [("interaction", &*page.interaction), ("action", "remove"), ("client_id", "x")];
    world.browse(own_form(path::DEVELOPER, &fields)).response()
}

// --- Without a page -------------------------------------------------------------------------------

#[test]
fn a_19_who_forbids_pages_hears_why_there_is_no_code() {
    let mut world = World::new();
    let silent = ("prompt", Some("none"));
    let back = sent_back(&mut world, &alices(&World::new(), &[silent]), "login_required");
    assert_eq!(back.one("state"), Ok(Some("s")));
    for both in ["none login", "none consent", "login none", "none select_account", "none x"] {
        let request = alices(&world, &[("prompt", Some(both))]);
        sent_back(&mut world, &request, "invalid_request");
    }
    // Somebody is signed in now.
    let _ = world.visit(&ask(&[])).consent();
    let request = alices(&world, &[silent]);
    sent_back(&mut world, &request, "consent_required");
    world.wait(10);
    let request = alices(&world, &[silent, ("max_age", Some("9"))]);
    sent_back(&mut world, &request, "login_required");
    let who = r#"{"id_token":{"sub":{"value":"user-bob"}}}"#;
    let request = alices(&world, &[silent, ("claims", Some(who))]);
    sent_back(&mut world, &request, "login_required");
}

#[test]
fn a_19_who_forbids_pages_gets_a_code_if_no_page_is_needed() {
    let mut world = World::new();
    let _ = world.approve(&ask(&[]));
    let request = alices(&world, &[("prompt", Some("none"))]);
    let back = redirect_parameters(&world.send(&request).response());
    assert!(back.field("code").starts_with("gfc_") && back.one("error") == Ok(None));
}

// --- Request objects ------------------------------------------------------------------------------

#[test]
fn a_21_a_request_object_is_refused_by_name_and_never_fetched() {
    let object = "eyJhbGciOiJub25lIn0.eyJzY29wZSI6Im9wZW5pZCJ9.";
    for (name, value, error) in [
        ("request", object, "request_not_supported"),
        ("request", "x", "request_not_supported"),
        ("request_uri", "https://169.254.169.254/", "request_uri_not_supported"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", "request_uri_not_supported"),
        ("registration", r#"{"jwks_uri":"https://evil.test/"}"#, "registration_not_supported"),
    ] {
        let request = authorize(&ask(&[(name, Some(value))]));
        sent_back(&mut World::new(), &request, error);
        let (asked, _) = asked_of(&mut World::new(), &request);
        assert_eq!(asked, ["read client", "end"], "{name}");
    }
    let about = get("/.well-known/openid-configuration");
    let about = json(&World::new().send(&about).response());
    // What is left out would be true (OpenID Connect Discovery §3).
    for flag in ["request_parameter_supported", "request_uri_parameter_supported"] {
        assert_eq!(about[flag], false, "{flag}");
    }
}

#[test]
fn a_21_the_same_request_without_one_is_taken() {
    let mut world = World::new();
    let back = world.approve(&ask(&[("request", Some("")), ("request_uri", None)]));
    assert!(back.field("code").starts_with("gfc_"));
}

// --- People and clients ---------------------------------------------------------------------------

/// What a client that acts for itself is called in a token begins with what no person's name may.
#[test]
fn a_24_a_client_called_like_a_person_is_not_that_person() {
    let mut policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    let api = "https://reports.test/";
    policy.resources.push(Resource {
        identifier: api.into(),
        path: None,
        scope: ScopeSet::default(),
        format: TokenFormat::Jwt,
        introspected_by: None,
    });
    let mut world = World::with(policy);
    let _ = world.approve(&ask(&[]));
    let machine = ClientMetadata {
        grant_types: vec![GrantType::ClientCredentials],
        ..confidential().metadata
    };
    let app = Declaration { client_id: "user-alice".into(), metadata: machine, ..confidential() };
    world.register(&app);
    let mut own = |more: &[(&str, &str)]| {
        let fields = [&[("grant_type", "client_credentials")], more].concat();
        let mut request = Request::form(format!("{ISSUER}/oauth2/token"), query(&fields));
        request.headers.push("authorization", basic("user-alice", CLIENT_SECRET));
        took(&mut world, &request)
    };
    let signed = payload(own(&[("resource", api)])["access_token"].as_str().unwrap());
    assert_eq!(
        (&signed["sub"], &signed["client_id"]),
        (&"client:user-alice".into(), &"user-alice".into())
    );
    let named = own(&[]);
    let mut info = get("/oauth2/userinfo");
    let token = named["access_token"].as_str().unwrap();
    info.headers.push("authorization", format!("Bearer {token}"));
    let refused = world.send(&info).response();
    let challenge = refused.headers.first("www-authenticate").unwrap();
    assert_eq!(refused.status, 403);
    assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
    assert_tells_nothing(&refused);
}

#[test]
fn a_24_the_person_of_that_name_is_still_herself() {
    let mut world = World::new();
    let app = Declaration { client_id: "user-alice".into(), ..confidential() };
    world.register(&app);
    let code = world.approve(&ask(&[("client_id", Some("user-alice"))])).field("code").to_owned();
    let mut request = crate::common::form(&code, &[]);
    request.headers.push("authorization", basic("user-alice", CLIENT_SECRET));
    let said = payload(took(&mut world, &request)["id_token"].as_str().unwrap());
    assert_eq!((&said["sub"], &said["aud"]), (&"user-alice".into(), &"user-alice".into()));
}
