//! 7. Tokens after issue.

use grantflow::key::Algorithm;
use grantflow::scope::ScopeSet;
use grantflow::server::{Policy, Resource, TokenFormat};
use grantflow::uri::Issuer;
use grantflow::wire::http::{Headers, Method, Request};
use grantflow_tests::{ISSUER, Owner, World, json, payload, query, tasks_request, text};

use crate::common::{ask, assert_tells_nothing, bearer, of, redeem, refused, revoke, tokens, took};

const USERINFO: &str = "/oauth2/userinfo";

#[test]
fn a_115_a_token_in_the_address_opens_nothing() {
    let mut world = World::new();
    let token = of(&tokens(&mut world), "access_token");
    for path in ["/api/tasks", USERINFO] {
        let url = format!("{ISSUER}{path}?access_token={token}");
        refused(&mut world, &Request::get(url.clone()), 401, "invalid_token");
        let both = Request { url, ..bearer(path, &token) };
        refused(&mut world, &both, 400, "invalid_request");
    }
    let mut both = Request::form(format!("{ISSUER}{USERINFO}"), query(&[("access_token", &token)]));
    both.headers.push("authorization", format!("Bearer {token}"));
    refused(&mut world, &both, 400, "invalid_request");
    let mut twice = bearer("/api/tasks", &token);
    twice.headers.push("authorization", format!("Bearer {token}"));
    refused(&mut world, &twice, 400, "invalid_request");
}

#[test]
fn a_115_a_token_in_the_header_or_the_form_opens_what_it_is_for() {
    let mut world = World::new();
    let token = of(&tokens(&mut world), "access_token");
    let _ = world.send(&bearer("/api/tasks", &token)).access();
    assert_eq!(took(&mut world, &bearer(USERINFO, &token))["sub"], "user-alice");
    let posted = Request::form(format!("{ISSUER}{USERINFO}"), query(&[("access_token", &token)]));
    assert_eq!(took(&mut world, &posted)["sub"], "user-alice");
}

#[test]
fn a_116_who_brings_no_token_is_told_of_no_error_and_who_brings_a_bad_one_is() {
    let mut world = World::new();
    let token = of(&tokens(&mut world), "access_token");
    let challenge = |world: &mut World, request: &Request, status: u16| {
        let before = world.store.clone();
        let response = world.send(request).response();
        assert_eq!(response.status, status, "{}", text(&response));
        assert_eq!(world.store, before);
        assert_tells_nothing(&response);
        (response.headers.first("www-authenticate").unwrap().to_owned(), response)
    };
    for path in ["/api/tasks", USERINFO] {
        let (bare, response) = challenge(&mut world, &Request::get(format!("{ISSUER}{path}")), 401);
        assert!(bare.starts_with("Bearer realm=") && !bare.contains("error"), "{bare}");
        assert!(response.body.is_empty());
        let half = token.len() / 2;
        for bad in ["x", &format!("{token}A"), &token[..half], &format!("gfa_{}", "A".repeat(80))] {
            let (said, response) = challenge(&mut world, &bearer(path, bad), 401);
            assert!(said.contains("error=\"invalid_token\""), "{said}");
            assert_eq!(json(&response)["error"], "invalid_token");
        }
    }
    // One that is good, but not for this: it lacks `openid`.
    let code = world.approve(&ask(&[("scope", Some("profile"))])).field("code").to_owned();
    let narrow = of(&took(&mut world, &redeem(&code, &[])), "access_token");
    let (said, response) = challenge(&mut world, &bearer(USERINFO, &narrow), 403);
    assert!(said.contains("error=\"insufficient_scope\"") && said.ends_with("scope=\"openid\""));
    assert_eq!(json(&response)["error"], "insufficient_scope");
    world.wait(3600);
    let (said, _) = challenge(&mut world, &bearer("/api/tasks", &token), 401);
    assert!(said.contains("error_description=\"The Access Token expired\""), "{said}");
}

#[test]
fn a_116_a_good_token_is_told_of_no_challenge() {
    let mut world = World::new();
    let token = of(&tokens(&mut world), "access_token");
    let access = world.send(&bearer("/api/tasks", &token)).access();
    assert_eq!(access.headers.first("www-authenticate"), None);
    assert_eq!(access.subject.as_deref(), Some("user-alice"));
}

/// A world whose tasks read their tokens themselves.
fn signed() -> World {
    let mut policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    policy.resources[0].format = TokenFormat::Jwt;
    policy.resources.push(Resource {
        identifier: "https://reports.test/".into(),
        path: None,
        scope: ScopeSet::default(),
        format: TokenFormat::Jwt,
        introspected_by: None,
    });
    World::with(policy)
}

fn token_for(world: &mut World, resource: &str) -> String {
    let code = world.approve(&ask(&[("resource", Some(resource))])).field("code").to_owned();
    of(&took(world, &redeem(&code, &[])), "access_token")
}

#[test]
fn a_117_a_token_of_another_server_or_for_another_api_opens_nothing() {
    let mut world = signed();
    let tasks = format!("{ISSUER}/api/tasks");
    let token = token_for(&mut world, &tasks);
    let mut claims = payload(&token);
    let made = |owner: Owner, claims: &serde_json::Value| {
        owner.token(Algorithm::Rs256, "at+jwt", &claims.to_string())
    };
    let mut foreign = vec![
        // Another server's, and another server's that says it is ours.
        made(Owner::Stranger, &claims),
        // Ours, for somebody else.
        token_for(&mut world, "https://reports.test/"),
        // Opaque, and of a server with other secrets.
        of(&tokens(&mut other_server()), "access_token"),
    ];
    claims["iss"] = "https://evil.test".into();
    foreign.push(made(Owner::Server, &claims));
    foreign.push(made(Owner::Stranger, &claims));
    for foreign in foreign {
        let before = world.store.clone();
        let response = world.send(&bearer("/api/tasks", &foreign)).response();
        assert_eq!((response.status, &json(&response)["error"]), (401, &"invalid_token".into()));
        assert_eq!(world.store, before);
        assert_tells_nothing(&response);
    }
}

fn other_server() -> World {
    let mut world = World::new();
    let policy = world.server.policy().clone();
    let keys =
        grantflow::server::KeySet::new([Owner::Server.public_key(Algorithm::Rs256)]).unwrap();
    let sealing = grantflow::server::SealingKeys::new([8; 32]);
    world.server =
        Box::leak(Box::new(grantflow::server::AuthorizationServer::new(policy, sealing, keys)));
    world
}

#[test]
fn a_117_a_token_of_this_server_for_this_api_opens_it() {
    let mut world = signed();
    let token = token_for(&mut world, &format!("{ISSUER}/api/tasks"));
    assert_eq!(world.send(&tasks_request(&token)).access().subject.as_deref(), Some("user-alice"));
}

#[test]
fn a_118_a_hint_that_was_tampered_with_signs_nobody_out_and_leads_nowhere() {
    let mut world = World::new();
    let hint = of(&tokens(&mut world), "id_token");
    let (input, signature) = hint.rsplit_once('.').unwrap();
    let other = grantflow::base64url::encode(payload(&hint).to_string().replace("alice", "mallo"));
    let header = input.split_once('.').unwrap().0;
    let stranger = Owner::Stranger.sign(Algorithm::Rs256, input.as_bytes());
    for forged in [
        format!("{header}.{other}.{signature}"),
        format!("{input}.{}", grantflow::base64url::encode(stranger)),
        format!("{input}."),
        "x".into(),
    ] {
        let fields = query(&[
            ("id_token_hint", &forged),
            ("post_logout_redirect_uri", "https://evil.test/"),
        ]);
        let mut request = Request::get(format!("{ISSUER}/oauth2/logout?{fields}"));
        request.headers.push("cookie", world.cookie.clone().unwrap());
        let (response, body) = refused(&mut world, &request, 400, "invalid_request");
        assert_eq!(body["error_description"], "Invalid id_token_hint");
        assert_eq!(response.headers.first("set-cookie"), None);
    }
    let mut silent = crate::common::authorize(&ask(&[("prompt", Some("none"))]));
    silent.headers.push("cookie", world.cookie.clone().unwrap());
    assert_eq!(world.send(&silent).response().status, 303, "Alice is still signed in");
}

#[test]
fn a_118_the_apps_own_hint_signs_its_user_out() {
    let mut world = World::new();
    let hint = of(&tokens(&mut world), "id_token");
    let fields = query(&[("id_token_hint", &*hint)]);
    let out = Request::get(format!("{ISSUER}/oauth2/logout?{fields}"));
    let response = world.browse(out).response();
    assert!(response.headers.first("set-cookie").unwrap().contains("Max-Age=0"));
    let end = world.browse(Request::get(response.headers.first("location").unwrap())).page();
    assert_eq!(end.page, grantflow::server::Page::SignedOut);
}

#[test]
fn a_114_only_its_own_client_gives_a_token_back() {
    let mut world = World::new();
    let token = of(&tokens(&mut world), "access_token");
    let stranger = query(&[("token", &*token), ("client_id", grantflow_tests::PUBLIC_ID)]);
    let before = world.store.clone();
    let response =
        world.send(&Request::form(format!("{ISSUER}/oauth2/revoke"), stranger)).response();
    assert_eq!((response.status, response.body.len()), (200, 0), "and is told nothing");
    assert_eq!(world.store, before);
    let _ = world.send(&bearer("/api/tasks", &token)).access();
    let get = Request { method: Method::Get, ..revoke(&token) };
    refused(&mut world, &get, 405, "invalid_request");

    let response = world.send(&revoke(&token)).response();
    assert_eq!((response.status, response.body.len()), (200, 0));
    refused(&mut world, &bearer("/api/tasks", &token), 401, "invalid_token");
    let headers = Headers::new().with("content-type", "application/x-www-form-urlencoded");
    let nobody = Request { headers, ..revoke(&token) };
    refused(&mut world, &nobody, 400, "invalid_request");
}
