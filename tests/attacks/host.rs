//! 8. Registration, metadata, host.

use grantflow::client::{Asked, Client, Credentials, Profile, Seed};
use grantflow::scope::ScopeSet;
use grantflow::server::{Policy, Registration, Swapped, Turn};
use grantflow::time::UnixTime;
use grantflow::uri::Issuer;
use grantflow::wire::http::{Headers, Request};
use grantflow_tests::{
    Answer, BEGINNING, CALLBACK, ISSUER, PUBLIC_ID, VERIFIER, World, json, tasks_request, text,
};
use serde_json::{Value, json};

use crate::common::{
    PKCE, ask, asked_of, assert_tells_nothing, authorize, bearer, of, offline, redeem, refresh,
    refused, revoke, tokens, took,
};

const PROVED: (&str, Option<&str>) = ("code_verifier", Some(VERIFIER));

fn code(world: &mut World) -> String {
    world.approve(&ask(PKCE)).field("code").to_owned()
}

fn open() -> World {
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    World::with(Policy { registration: Registration::Open, ..policy })
}

fn register(said: &Value) -> Request {
    let headers = Headers::new().with("content-type", "application/json");
    Request { headers, ..Request::form(format!("{ISSUER}/oauth2/register"), said.to_string()) }
}

#[test]
fn a_40_a_store_that_fails_is_never_said_to_have_done_anything() {
    let mut world = World::new();
    let tokens = offline(&mut world);
    let (access, token) = (of(&tokens, "access_token"), of(&tokens, "refresh_token"));
    let code = code(&mut world);
    for request in [revoke(&access), revoke(&token), refresh(&token, &[]), redeem(&code, &[PROVED])]
    {
        let before = world.store.clone();
        let turn = world.until_swap(&request);
        let Turn::Swap(question) = turn else { panic!("{turn:?}") };
        let response = world.finish(question.unavailable()).response();
        let error = json(&response)["error"].clone();
        assert_eq!((response.status, error), (503, "temporarily_unavailable".into()));
        assert_eq!(response.headers.first("retry-after"), Some("1"));
        assert_eq!(world.store, before);
        assert_tells_nothing(&response);
        let _ = world.send(&tasks_request(&access)).access();
    }
    // The store is back.
    let _ = took(&mut world, &redeem(&code, &[PROVED]));
    let _ = took(&mut world, &refresh(&token, &[]));
    assert_eq!(world.send(&revoke(&token)).response().status, 200);
    refused(&mut world, &tasks_request(&access), 401, "invalid_token");
}

/// There is no question by which the core could ask a host to fetch something.
#[test]
fn a_121_nothing_is_fetched_that_a_client_names() {
    let internal = "https://169.254.169.254/latest";
    for (member, error) in [
        ("jwks_uri", "invalid_client_metadata"),
        ("client_uri", ""),
        ("policy_uri", ""),
        ("tos_uri", ""),
        ("logo_uri", ""),
        ("sector_identifier_uri", ""),
        ("initiate_login_uri", ""),
        ("request_uris", ""),
    ] {
        let uri = if member == "request_uris" { json!([internal]) } else { json!(internal) };
        let mut said = json!({"redirect_uris": [CALLBACK], member: uri});
        if !error.is_empty() {
            // Keys may be told, but not where they are.
            said["token_endpoint_auth_method"] = "private_key_jwt".into();
            refused(&mut open(), &register(&said), 400, error);
            continue;
        }
        let (asked, answer) = asked_of(&mut open(), &register(&said));
        assert_eq!(asked, ["swap client", "end"], "{member}");
        assert_eq!(answer.response().status, 201, "{member}");
    }
    let request = authorize(&ask(&[("request_uri", Some(internal))]));
    assert_eq!(asked_of(&mut World::new(), &request).0, ["read client", "end"]);
}

#[test]
fn a_121_keys_that_a_client_tells_are_taken() {
    use grantflow_tests::Owner;
    let key = grantflow::wire::jwks::public_jwk(
        &Owner::Client.public_key(grantflow::key::Algorithm::Es256),
    );
    let key: Value = serde_json::from_str(&key).unwrap();
    let said = json!({
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key]},
    });
    let response = open().send(&register(&said)).response();
    assert_eq!(response.status, 201, "{}", text(&response));
}

#[test]
fn a_123_who_asks_by_another_name_is_told_of_this_server() {
    let mut world = World::new();
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let calm = world.send(&Request::get(format!("{ISSUER}{path}"))).response();
        let mut spoofed = Request::get(format!("https://evil.test{path}"));
        for name in ["host", "x-forwarded-host", "x-host", "forwarded", "x-original-url"] {
            spoofed.headers.push(name, "evil.test");
        }
        let spoofed = world.send(&spoofed).response();
        assert_eq!(spoofed, calm);
        assert_eq!(json(&spoofed)["issuer"], ISSUER);
    }
}

// --- Time -----------------------------------------------------------------------------------------

#[test]
fn a_130_what_was_once_too_old_stays_so_when_the_clock_goes_back() {
    let back_to_the_beginning = |world: &mut World| world.now = BEGINNING;
    // A code.
    let mut world = World::new();
    let code = code(&mut world);
    world.wait(600);
    for _ in 0..2 {
        let response = world.send(&redeem(&code, &[PROVED])).response();
        assert_eq!(json(&response)["error_description"], "Authorization code expired");
        assert_tells_nothing(&response);
        back_to_the_beginning(&mut world);
    }
    // A refresh token, and with it all that it could make.
    let mut world = World::new();
    let tokens = offline(&mut world);
    world.wait(30 * 24 * 3600);
    for _ in 0..2 {
        let response = world.send(&refresh(&of(&tokens, "refresh_token"), &[])).response();
        let error = (response.status, json(&response)["error"].clone());
        assert_eq!(error, (400, "invalid_grant".into()));
        back_to_the_beginning(&mut world);
    }
    refused(&mut world, &tasks_request(&of(&tokens, "access_token")), 401, "invalid_token");
    // A login that waits in a browser.
    let about = Request::get(format!("{ISSUER}/.well-known/openid-configuration"));
    let ask = Profile::new(ISSUER, PUBLIC_ID, CALLBACK, Credentials::Public).unwrap().discover();
    let client: Client = ask.answer(&world.send(&about).response()).unwrap();
    let asked = Asked::of(ScopeSet::parse("openid").unwrap());
    let redirect = client.login(Seed::new([1; 32]), asked, BEGINNING);
    let query = world.approve(redirect.url.split_once('?').unwrap().1);
    let back = format!("code={}&state={}&iss={ISSUER}", query.field("code"), query.field("state"));
    let late = UnixTime::from_secs(BEGINNING.as_secs() + 900);
    let over = redirect.login.accept(&client, &back, late).unwrap_err();
    assert!(over.kept.is_none(), "there is nothing left that an earlier clock could finish");
}

/// What a clock that goes back cannot revive it does not kill either. An access token is a name that
/// no one writes anything about when it is used, so it lives by the clock alone.
#[test]
fn a_130_what_was_not_too_old_lives_on_when_the_clock_goes_back() {
    let mut world = World::new();
    let (code, kept) = (code(&mut world), offline(&mut world));
    let access = of(&tokens(&mut world), "access_token");
    world.wait(599);
    world.now = BEGINNING;
    let _ = took(&mut world, &redeem(&code, &[PROVED]));
    let _ = took(&mut world, &refresh(&of(&kept, "refresh_token"), &[]));
    let _ = world.send(&bearer("/api/tasks", &access)).access();
    world.wait(3600);
    refused(&mut world, &bearer("/api/tasks", &access), 401, "invalid_token");
    world.now = BEGINNING;
    let _ = world.send(&bearer("/api/tasks", &access)).access();
}

// --- Crashes --------------------------------------------------------------------------------------

/// Sends a request and stops at its `at`-th question: before it is answered, or after the store has
/// done what was asked and nobody was told. `None` once it ends before that.
fn crash(world: &mut World, request: &Request, at: usize, is_done: bool) -> Option<()> {
    let mut turn = world.begin(request);
    for _ in 0..at {
        turn = world.step(turn).ok()?;
    }
    if is_done && let Turn::Swap(question) = &turn {
        assert_eq!(world.swap(question), Swapped::Held);
    }
    (!matches!(turn, Turn::Reply(_) | Turn::Show(_) | Turn::Admit(_))).then_some(())
}

#[test]
fn a_131_a_crash_between_consuming_and_answering_sells_a_code_at_most_once() {
    for is_done in [false, true] {
        let mut ends = [0, 0];
        for at in 0.. {
            let mut world = World::new();
            let code = code(&mut world);
            let request = redeem(&code, &[PROVED]);
            if crash(&mut world, &request, at, is_done).is_none() {
                break;
            }
            // Nothing was sent. The app tries again, and then once more.
            let mut sold = 0;
            for _ in 0..3 {
                match world.send(&request) {
                    Answer::Response(response) if response.status == 200 => sold += 1,
                    answer => {
                        let response = answer.response();
                        let error = (response.status, json(&response)["error"].clone());
                        assert_eq!(error, (400, "invalid_grant".into()));
                        assert_tells_nothing(&response);
                    }
                }
            }
            ends[sold] += 1;
        }
        // It was consumed at one boundary only: the swap.
        assert_eq!(ends[0], i32::from(is_done), "{ends:?}");
        assert!(ends[1] > 2, "{ends:?}");
    }
}

#[test]
fn a_131_a_crash_in_the_middle_of_a_refresh_is_made_good_by_asking_again() {
    for is_done in [false, true] {
        for at in 0.. {
            let mut world = World::new();
            let token = of(&offline(&mut world), "refresh_token");
            let request = refresh(&token, &[]);
            if crash(&mut world, &request, at, is_done).is_none() {
                assert!(at > 2);
                break;
            }
            let again = took(&mut world, &request);
            let same = took(&mut world, &request);
            assert_eq!(again["refresh_token"], same["refresh_token"], "one successor");
            let _ = took(&mut world, &refresh(&of(&again, "refresh_token"), &[]));
        }
    }
}
