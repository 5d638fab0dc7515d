//! 2. Codes and the token endpoint.

use std::time::Duration;

use grantflow::base64url;
use grantflow::server::grant::{Death, Phase};
use grantflow::server::{Declaration, Key, Policy, Record, path};
use grantflow::uri::Issuer;
use grantflow::wire::http::{Headers, Request};
use grantflow::wire::registration::ClientMetadata;
use grantflow_tests::{
    CALLBACK, CLIENT_ID, ISSUER, PUBLIC_ID, VERIFIER, World, basic, confidential, own_form,
    tasks_request,
};

use crate::common::{
    PKCE, WRONG_VERIFIER, ask, asked_of, assert_tells_nothing, bearer, dump, form, holds, of,
    offline, public, redeem, refresh, refused, revoke, took,
};

const PROVED: (&str, Option<&str>) = ("code_verifier", Some(VERIFIER));

fn code(world: &mut World) -> String {
    world.approve(&ask(PKCE)).field("code").to_owned()
}

fn opens(world: &mut World, token: &str) {
    let _ = world.send(&tasks_request(token)).access();
}

fn opens_nothing(world: &mut World, token: &str) {
    refused(world, &tasks_request(token), 401, "invalid_token");
}

#[test]
fn a_30_a_code_cannot_be_guessed_and_the_store_does_not_hold_it() {
    let mut world = World::new();
    let (one, other) = (code(&mut world), code(&mut world));
    let bytes = |code: &str| base64url::decode(code.strip_prefix("gfc_").unwrap()).unwrap();
    // The grant's 16 bytes of entropy, and 16 more at least that only who has the key can make.
    assert!(bytes(&one).len() >= 32 && one != other);
    let stored = dump(&world);
    for code in [&one, &other] {
        assert!(!holds(&stored, code.as_bytes()));
        let bytes = bytes(code);
        assert!(!holds(&stored, &bytes[bytes.len() - 8..]), "nor what proves it");
    }
    // One bit off is a code of nobody's, and costs no look at the store for it.
    for at in [0, 8, bytes(&one).len() - 1] {
        let mut bytes = bytes(&one);
        bytes[at] ^= 1;
        let guess = format!("gfc_{}", base64url::encode(bytes));
        let request = redeem(&guess, &[PROVED]);
        let (_, body) = refused(&mut world, &request, 400, "invalid_grant");
        assert_eq!(body["error_description"], "Invalid authorization code");
        assert_eq!(asked_of(&mut world, &request).0, ["read client", "end"]);
    }
}

#[test]
fn a_30_the_same_entropy_makes_the_same_code_and_other_entropy_another() {
    let (mut world, mut twin) = (World::new(), World::new());
    let one = code(&mut world);
    assert_eq!(one, code(&mut twin));
    assert_ne!(one, code(&mut twin));
    let _ = took(&mut world, &redeem(&one, &[PROVED]));
}

#[test]
fn a_31_a_code_that_is_spent_twice_takes_back_what_it_bought() {
    let mut world = World::new();
    let asked = ask(&[("scope", Some("openid offline_access"))]);
    let code = world.approve(&asked).field("code").to_owned();
    let first = took(&mut world, &redeem(&code, &[]));
    let access = of(&first, "access_token");
    opens(&mut world, &access);

    let replay = world.send(&redeem(&code, &[])).response();
    let words = r#"{"error":"invalid_grant","error_description":"Invalid authorization code"}"#;
    assert_eq!((replay.status, grantflow_tests::text(&replay)), (400, words));
    assert_tells_nothing(&replay);
    opens_nothing(&mut world, &access);
    refused(&mut world, &refresh(&of(&first, "refresh_token"), &[]), 400, "invalid_grant");
    let died = world.store.values().any(|found| match &found.record {
        Record::Grant(grant) => grant.phase == Phase::Dead { why: Death::Replayed },
        _ => false,
    });
    assert!(died, "and the record says why");
}

#[test]
fn a_31_a_code_that_is_spent_once_keeps_what_it_bought() {
    let mut world = World::new();
    let (one, other) = (code(&mut world), code(&mut world));
    let tokens = took(&mut world, &redeem(&one, &[PROVED]));
    let _ = took(&mut world, &redeem(&other, &[PROVED]));
    opens(&mut world, &of(&tokens, "access_token"));
}

#[test]
fn a_32_a_replay_by_who_does_not_know_all_of_it_harms_nobody() {
    let mut world = World::new();
    let code = code(&mut world);
    let access = of(&took(&mut world, &redeem(&code, &[PROVED])), "access_token");
    let mut wrong_secret = form(&code, &[PROVED]);
    wrong_secret.headers.push("authorization", basic(CLIENT_ID, "guess"));
    for (request, status, error) in [
        (wrong_secret, 401, "invalid_client"),
        (redeem(&code, &[("code_verifier", Some(WRONG_VERIFIER))]), 400, "invalid_grant"),
        (redeem(&code, &[]), 400, "invalid_grant"),
        (
            redeem(&code, &[PROVED, ("redirect_uri", Some("https://evil.test/"))]),
            400,
            "invalid_grant",
        ),
        (public(&code, Some(VERIFIER)), 400, "invalid_grant"),
        (redeem(&format!("{code}A"), &[PROVED]), 400, "invalid_grant"),
    ] {
        refused(&mut world, &request, status, error);
        opens(&mut world, &access);
    }
}

#[test]
fn a_34_a_code_that_is_too_old_buys_nothing_to_the_second() {
    for lifetime in [600, 60] {
        let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
        let policy = Policy { code_lifetime: Duration::from_secs(lifetime), ..policy };
        let mut world = World::with(policy);
        let (early, late) = (code(&mut world), code(&mut world));
        world.wait(lifetime - 1);
        let tokens = took(&mut world, &redeem(&early, &[PROVED]));
        opens(&mut world, &of(&tokens, "access_token"));
        world.wait(1);
        let response = world.send(&redeem(&late, &[PROVED])).response();
        let words = r#"{"error":"invalid_grant","error_description":"Authorization code expired"}"#;
        assert_eq!((response.status, grantflow_tests::text(&response)), (400, words));
        assert_tells_nothing(&response);
    }
}

#[test]
fn a_36_a_code_is_redeemed_with_the_address_it_was_sent_to() {
    let other = "https://yourapp.com/other";
    let mut world = World::new();
    world.register(&Declaration {
        metadata: ClientMetadata {
            redirect_uris: vec![CALLBACK.into(), other.into()],
            ..confidential().metadata
        },
        ..confidential()
    });
    let code = code(&mut world);
    for wrong in [other, "https://yourapp.com/auth/callback/", "https://evil.test/"] {
        let request = redeem(&code, &[PROVED, ("redirect_uri", Some(wrong))]);
        let (_, body) = refused(&mut world, &request, 400, "invalid_grant");
        assert_eq!(body["error_description"], "Redirect URI mismatch");
    }
    let _ = took(&mut world, &redeem(&code, &[PROVED]));
}

#[test]
fn a_37_a_faulty_request_does_not_cost_the_code() {
    let mut world = World::new();
    let code = code(&mut world);
    for (change, error) in [
        (&[PROVED, ("redirect_uri", None)][..], "invalid_request"),
        (&[PROVED, ("grant_type", None)], "invalid_request"),
        (&[PROVED, ("grant_type", Some("password"))], "unsupported_grant_type"),
        (&[PROVED, ("resource", Some("https://unknown.test/"))], "invalid_target"),
        (&[PROVED, ("client_id", Some(PUBLIC_ID))], "invalid_request"),
        (&[("code_verifier", Some(WRONG_VERIFIER))], "invalid_grant"),
        (&[("code_verifier", None)], "invalid_grant"),
        (&[PROVED, ("redirect_uri", Some("https://evil.test/"))], "invalid_grant"),
    ] {
        refused(&mut world, &redeem(&code, change), 400, error);
    }
    refused(&mut world, &form(&code, &[PROVED]), 400, "invalid_request");
    let tokens = took(&mut world, &redeem(&code, &[PROVED]));
    opens(&mut world, &of(&tokens, "access_token"));
}

#[test]
fn a_41_what_is_made_for_one_thing_is_good_for_no_other() {
    let mut world = World::new();
    let page = world.visit(&ask(&[])).consent().interaction;
    let cookie = world.cookie.clone().unwrap();
    let cookie = cookie.split_once('=').unwrap().1;
    let tokens = offline(&mut world);
    let (access, other) = (of(&tokens, "access_token"), of(&tokens, "refresh_token"));
    let id_token = of(&tokens, "id_token");
    let code = code(&mut world);
    let bare = |token: &str| token.split_once('_').unwrap().1.to_owned();
    let named = |prefix: &str, token: &str| format!("{prefix}{}", bare(token));
    for wrong in [
        access.clone(),
        other.clone(),
        id_token.clone(),
        page.clone(),
        cookie.to_owned(),
        bare(&code),
        named("gfc_", &access),
        named("gfc_", &other),
        format!("gfc_{page}"),
        format!("gfc_{cookie}"),
    ] {
        refused(&mut world, &redeem(&wrong, &[]), 400, "invalid_grant");
    }
    for wrong in [
        access.clone(),
        code.clone(),
        id_token.clone(),
        named("gfr_", &code),
        named("gfr_", &access),
    ] {
        refused(&mut world, &refresh(&wrong, &[]), 400, "invalid_grant");
    }
    for wrong in
        [other.clone(), code.clone(), id_token, named("gfa_", &code), named("gfa_", &other)]
    {
        refused(&mut world, &tasks_request(&wrong), 401, "invalid_token");
        let before = world.store.clone();
        if wrong != other {
            assert_eq!(world.send(&revoke(&wrong)).response().status, 200);
        }
        assert_eq!(world.store, before, "it is not given back as another either");
    }
    for wrong in [&code, &access, &other] {
        let fields =
            [("interaction", wrong.as_str()), ("decision", "approve"), ("scope", "openid")];
        assert_eq!(world.browse(own_form(path::CONSENT, &fields)).page().status, 403);
    }
    // And each is still good for what it was made for.
    opens(&mut world, &access);
    let _ = took(&mut world, &refresh(&other, &[]));
    let _ = took(&mut world, &redeem(&code, &[PROVED]));
}

/// Records are told apart, too: under the key of a grant there is a grant or nothing.
#[test]
fn a_41_a_record_of_another_kind_is_no_grant() {
    let mut world = World::new();
    let code = code(&mut world);
    let kept = world.store.clone();
    let client = kept.iter().find(|(key, _)| matches!(key, Key::Client(_))).unwrap().1;
    for (key, found) in &mut world.store {
        if matches!(key, Key::Grant(_)) {
            found.record = client.record.clone();
        }
    }
    refused(&mut world, &redeem(&code, &[PROVED]), 400, "invalid_grant");
    world.store = kept;
    let _ = took(&mut world, &redeem(&code, &[PROVED]));
}

#[test]
fn a_42_who_is_gone_between_code_and_token_gets_none_and_neither_does_an_app_that_is() {
    // A person, asked about at redemption and at each refresh.
    let mut world = World::new();
    let (code, tokens) = (code(&mut world), offline(&mut world));
    let fresh = of(&tokens, "refresh_token");
    let alice = world.alice.take();
    refused(&mut world, &redeem(&code, &[PROVED]), 400, "invalid_grant");
    refused(&mut world, &refresh(&fresh, &[]), 400, "invalid_grant");
    let info = bearer("/oauth2/userinfo", &of(&tokens, "access_token"));
    refused(&mut world, &info, 401, "invalid_token");
    // An app: removed, or at the end of its registration.
    world.alice = alice;
    let kept = world.store.clone();
    let now = world.now;
    for ends in [true, false] {
        world.store.clone_from(&kept);
        for found in world.store.values_mut() {
            if let Record::Client(client) = &mut found.record {
                (client.removed, client.until) = (ends.then_some(now), (!ends).then_some(now));
            }
        }
        refused(&mut world, &redeem(&code, &[PROVED]), 401, "invalid_client");
        refused(&mut world, &refresh(&fresh, &[]), 401, "invalid_client");
        opens_nothing(&mut world, &of(&tokens, "access_token"));
    }
}

#[test]
fn a_42_who_is_back_gets_what_was_kept() {
    let mut world = World::new();
    let (code, tokens) = (code(&mut world), offline(&mut world));
    let alice = world.alice.take();
    refused(&mut world, &redeem(&code, &[PROVED]), 400, "invalid_grant");
    world.alice = alice;
    let _ = took(&mut world, &redeem(&code, &[PROVED]));
    let _ = took(&mut world, &refresh(&of(&tokens, "refresh_token"), &[]));
}

/// What scripts and forms send that is no form.
#[test]
fn a_39_parameters_in_the_address_are_none() {
    let mut world = World::new();
    let code = code(&mut world);
    let good = redeem(&code, &[PROVED]);
    let in_address = Request {
        url: format!("{}?{}", good.url, String::from_utf8(good.body.clone()).unwrap()),
        body: Vec::new(),
        ..good.clone()
    };
    refused(&mut world, &in_address, 400, "invalid_request");
    let split = Request { url: format!("{}?code=x&client_id=x", good.url), ..good };
    let _ = took(&mut world, &split);
    let json = Request {
        headers: Headers::new().with("content-type", "application/json"),
        body: b"{}".to_vec(),
        ..split
    };
    refused(&mut world, &json, 400, "invalid_request");
}
