//! The life of a token after the first: refresh, reuse, scopes, revocation, races.

use grantflow::server::Declaration;
use grantflow::wire::http::Request;
use grantflow::wire::registration::{AuthMethod, GrantType};
use grantflow_tests::{
    CHALLENGE, CLIENT_ID, CLIENT_SECRET, ISSUER, PUBLIC_ID, VERIFIER, World, basic, confidential,
    guide_query, json, own_form, query, redirect_parameters, tasks_request, token_request,
};
use serde_json::{Value, json};

#[test]
fn there_is_a_refresh_token_only_with_offline_access() {
    let mut world = World::new();
    let code = world.code("");
    let tokens = json(&world.send(&token_request(&code, &[])).response());
    assert_eq!(tokens.get("refresh_token"), None);
    let tokens = offline(&mut world);
    let names: Vec<_> = tokens.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]
    );
}

#[test]
fn a_110_a_refresh_makes_new_tokens_of_the_same_grant() {
    let mut world = World::new();
    let first = offline(&mut world);
    world.wait(3600);
    assert_eq!(world.send(&tasks_of(&first)).response().status, 401);
    let second = ok(&mut world, &refresh(&first, &[]));
    let access = world.send(&tasks_of(&second)).access();
    assert_eq!(access.subject.as_deref(), Some("user-alice"));
    for name in ["access_token", "refresh_token", "id_token"] {
        assert_ne!(first[name], second[name], "{name}");
    }
    assert_eq!((&second["expires_in"], &second["scope"]), (&json!(3600), &first["scope"]));
}

#[test]
fn a_111_a_refresh_whose_answer_was_lost_gets_the_same_answer_for_ten_seconds() {
    let mut world = World::new();
    let first = offline(&mut world);
    let second = ok(&mut world, &refresh(&first, &[]));
    world.wait(9);
    let again = ok(&mut world, &refresh(&first, &[]));
    for name in ["access_token", "refresh_token", "id_token"] {
        assert_eq!(again[name], second[name], "{name}");
    }
    assert_eq!(again["expires_in"], 3591);
}

#[test]
fn a_110_a_refresh_token_that_comes_back_later_kills_the_grant() {
    let mut world = World::new();
    let first = offline(&mut world);
    let second = ok(&mut world, &refresh(&first, &[]));
    world.wait(10);
    assert_eq!(error(&mut world, &refresh(&first, &[])), "invalid_grant");
    assert_eq!(error(&mut world, &refresh(&second, &[])), "invalid_grant");
    assert_eq!(world.send(&tasks_of(&second)).response().status, 401);
}

#[test]
fn a_113_a_scope_may_narrow_without_narrowing_the_grant_and_never_widens() {
    let mut world = World::new();
    let first = offline(&mut world);
    let before = world.store.clone();
    assert_eq!(error(&mut world, &refresh(&first, &[("scope", "openid admin")])), "invalid_scope");
    assert_eq!(error(&mut world, &refresh(&first, &[("scope", "\"")])), "invalid_scope");
    assert_eq!(world.store, before);
    let narrow = ok(&mut world, &refresh(&first, &[("scope", "email")]));
    assert_eq!(narrow["scope"], "email");
    assert_eq!(narrow.get("id_token"), None);
    assert_eq!(world.send(&tasks_of(&narrow)).access().scope.to_text(), "email");
    let less = ok(&mut world, &refresh(&narrow, &[("scope", "openid")]));
    assert!(!claims_of(&less).contains("alice@wonder.test"), "no more than was asked for");
    let whole = ok(&mut world, &refresh(&less, &[]));
    assert_eq!(whole["scope"], first["scope"]);
}

#[test]
fn a_112_a_stranger_refreshes_nothing_and_breaks_nothing() {
    let mut world = World::new();
    let first = offline(&mut world);
    let before = world.store.clone();
    let token = first["refresh_token"].as_str().unwrap();
    let fields =
        [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", PUBLIC_ID)];
    let stranger = Request::form(format!("{ISSUER}/oauth2/token"), query(&fields));
    assert_eq!(error(&mut world, &stranger), "invalid_grant");
    let mut nobody = refresh(&first, &[]);
    nobody.headers = stranger.headers.clone().with("authorization", basic(CLIENT_ID, "wrong"));
    assert_eq!(error(&mut world, &nobody), "invalid_client");
    for other in ["access_token", "id_token"] {
        let wrong = json!({ "refresh_token": first[other] });
        assert_eq!(error(&mut world, &refresh(&wrong, &[])), "invalid_grant");
    }
    assert_eq!(error(&mut world, &refresh(&json!({"refresh_token": ""}), &[])), "invalid_request");
    assert_eq!(world.store, before);
    let _ = ok(&mut world, &refresh(&first, &[]));
}

#[test]
fn refreshing_ends_thirty_days_after_consent() {
    let mut world = World::new();
    let first = offline(&mut world);
    world.wait(30 * 24 * 3600 - 1);
    let last = ok(&mut world, &refresh(&first, &[]));
    world.wait(1);
    assert_eq!(error(&mut world, &refresh(&last, &[])), "invalid_grant");
    let _ = world.send(&tasks_of(&last)).response();
}

#[test]
fn a_42_a_person_who_is_gone_refreshes_nothing() {
    let mut world = World::new();
    let first = offline(&mut world);
    let alice = world.alice.take();
    assert_eq!(error(&mut world, &refresh(&first, &[])), "invalid_grant");
    world.alice = alice;
    let _ = ok(&mut world, &refresh(&first, &[]));
}

#[test]
fn a_111_eight_refreshes_at_once_have_one_successor_and_one_answer() {
    let mut world = World::new();
    let first = offline(&mut world);
    let request = refresh(&first, &[]);
    let turns: Vec<_> = (0..8).map(|_| world.until_swap(&request)).collect();
    let answers: Vec<_> = turns.into_iter().map(|turn| world.finish(turn)).collect();
    let tokens: Vec<Value> = answers.into_iter().map(|answer| json(&answer.response())).collect();
    assert!(tokens[0]["refresh_token"].is_string());
    assert!(tokens.iter().all(|other| *other == tokens[0]), "{tokens:?}");
    let _ = ok(&mut world, &refresh(&tokens[7], &[]));
}

#[test]
fn a_refresh_that_races_a_revocation_leaves_nothing_alive() {
    for revoke_first in [true, false] {
        let mut world = World::new();
        let first = offline(&mut world);
        let refreshing = world.until_swap(&refresh(&first, &[]));
        let revoking = world.until_swap(&revoke(&first["refresh_token"]));
        let (refreshed, revoked) = if revoke_first {
            let revoked = world.finish(revoking);
            (world.finish(refreshing), revoked)
        } else {
            let refreshed = world.finish(refreshing);
            (refreshed, world.finish(revoking))
        };
        assert_eq!(revoked.response().status, 200);
        let refreshed = refreshed.response();
        assert_eq!(refreshed.status, if revoke_first { 400 } else { 200 });
        if refreshed.status == 200 {
            let tokens = json(&refreshed);
            assert_eq!(world.send(&tasks_of(&tokens)).response().status, 401);
            assert_eq!(error(&mut world, &refresh(&tokens, &[])), "invalid_grant");
        }
        assert_eq!(world.send(&tasks_of(&first)).response().status, 401);
    }
}

#[test]
fn a_114_either_token_given_back_ends_the_grant() {
    for which in ["access_token", "refresh_token"] {
        let mut world = World::new();
        let tokens = offline(&mut world);
        assert_eq!(world.send(&revoke(&tokens[which])).response().status, 200);
        assert_eq!(world.send(&tasks_of(&tokens)).response().status, 401);
        assert_eq!(error(&mut world, &refresh(&tokens, &[])), "invalid_grant");
        assert_eq!(world.send(&revoke(&tokens[which])).response().status, 200, "again");
    }
}

#[test]
fn an_access_token_that_is_too_old_ends_nothing() {
    let mut world = World::new();
    let first = offline(&mut world);
    world.wait(3600);
    let second = ok(&mut world, &refresh(&first, &[]));
    let before = world.store.clone();
    assert_eq!(world.send(&revoke(&first["access_token"])).response().status, 200);
    assert_eq!(world.store, before);
    let _ = world.send(&tasks_of(&second)).access();
    assert_eq!(ok(&mut world, &introspect(&first["access_token"])), json!({ "active": false }));
    // A refresh token that was spent is still the client's word that it wants no more.
    assert_eq!(world.send(&revoke(&first["refresh_token"])).response().status, 200);
    assert_eq!(world.send(&tasks_of(&second)).response().status, 401);
}

#[test]
fn a_wrong_hint_at_what_a_token_is_changes_nothing() {
    for (token, hint) in [
        ("access_token", "refresh_token"),
        ("refresh_token", "access_token"),
        ("access_token", "id_token"),
    ] {
        let mut world = World::new();
        let tokens = offline(&mut world);
        let fields = [("token", tokens[token].as_str().unwrap()), ("token_type_hint", hint)];
        let about = ok(&mut world, &as_client("/oauth2/introspect", &fields));
        assert_eq!(about["active"], true, "{token} {hint}");
        assert_eq!(world.send(&as_client("/oauth2/revoke", &fields)).response().status, 200);
        assert_eq!(world.send(&tasks_of(&tokens)).response().status, 401, "{token} {hint}");
    }
}

// --- A registration that is not what it was -------------------------------------------------------

/// The client as it is registered now.
fn registered(world: &mut World, change: impl FnOnce(&mut Declaration)) {
    let mut said = confidential();
    change(&mut said);
    world.register(&said);
}

#[test]
fn a_client_that_may_ask_for_less_now_is_given_less() {
    let narrow = |scope: &'static str| {
        move |said: &mut Declaration| said.metadata.scope = Some(scope.into())
    };
    let mut world = World::new();
    let first = offline(&mut world);
    let code = world.code("");
    registered(&mut world, narrow("openid email offline_access"));
    let second = ok(&mut world, &refresh(&first, &[]));
    assert_eq!(second["scope"], "openid offline_access email");
    assert_eq!(world.send(&tasks_of(&second)).access().scope.to_text(), second["scope"]);
    assert!(!claims_of(&second).contains("Alice"), "nor does the ID token say more");
    let redeemed = ok(&mut world, &token_request(&code, &[]));
    assert_eq!(redeemed["scope"], "openid email");
    // What is asked for is bound by it, too.
    let third = ok(&mut world, &refresh(&second, &[("scope", "openid profile")]));
    assert_eq!(third["scope"], "openid");
    let before = world.store.clone();
    assert_eq!(error(&mut world, &refresh(&third, &[("scope", "profile")])), "invalid_scope");
    assert_eq!(world.store, before, "and costs nothing");
    // Nothing is left of it, and nothing is spent.
    let code = world.approve(&guide_query().replace("profile+", "")).field("code").to_owned();
    registered(&mut world, narrow("address"));
    let before = world.store.clone();
    assert_eq!(error(&mut world, &token_request(&code, &[])), "invalid_scope");
    assert_eq!(error(&mut world, &refresh(&third, &[])), "invalid_scope");
    assert_eq!(world.store, before);
    // The grant is as it was, if the client may ask for all of it again.
    registered(&mut world, |_| {});
    assert_eq!(ok(&mut world, &refresh(&third, &[]))["scope"], first["scope"]);
}

#[test]
fn a_claim_that_a_client_may_not_ask_for_any_more_is_not_let_out() {
    let claims = json!({
        "userinfo": {"phone_number": null}, "id_token": {"phone_number": null},
    });
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", grantflow_tests::CALLBACK),
        ("scope", "openid"),
        ("claims", &claims.to_string()),
    ]);
    for (scope, is_let_out) in [("openid phone", true), ("openid", false)] {
        let mut world = World::new();
        let page = world.visit(&asked).consent();
        let fields = [
            ("interaction", &*page.interaction),
            ("decision", "approve"),
            ("scope", "openid"),
            ("claim", "phone_number"),
        ];
        let back = world.browse(own_form("/oauth2/consent", &fields)).response();
        let code = redirect_parameters(&back).field("code").to_owned();
        registered(&mut world, |said| said.metadata.scope = Some(scope.into()));
        let tokens = ok(&mut world, &token_request(&code, &[]));
        assert_eq!(claims_of(&tokens).contains("+44 1"), is_let_out, "{scope}");
        let mut userinfo = tasks_of(&tokens);
        userinfo.url = format!("{ISSUER}/oauth2/userinfo");
        let about = json(&world.send(&userinfo).response());
        assert_eq!(about.get("phone_number").is_some(), is_let_out, "{scope}");
    }
}

#[test]
fn a_client_that_may_not_refresh_any_more_does_not() {
    let mut world = World::new();
    let first = offline(&mut world);
    let code = {
        let asked = guide_query().replace("openid", "openid+offline_access");
        world.approve(&asked).field("code").to_owned()
    };
    registered(&mut world, |said| {
        said.metadata.grant_types = vec![GrantType::AuthorizationCode];
    });
    assert_eq!(error(&mut world, &refresh(&first, &[])), "unauthorized_client");
    let tokens = ok(&mut world, &token_request(&code, &[]));
    assert_eq!(
        (tokens.get("refresh_token"), &tokens["scope"]),
        (None, &json!("openid profile email"))
    );
}

#[test]
fn a_50_a_client_that_became_public_redeems_no_code_without_a_verifier() {
    let mut world = World::new();
    let bare = world.code("");
    let proved = world.code(&format!("&code_challenge={CHALLENGE}&code_challenge_method=S256"));
    registered(&mut world, |said| {
        said.client_secret = None;
        said.metadata.token_endpoint_auth_method = Some(AuthMethod::None);
    });
    let redeem = |code: &str, more: &[(&str, &str)]| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", grantflow_tests::CALLBACK),
            ("client_id", CLIENT_ID),
        ];
        Request::form(format!("{ISSUER}/oauth2/token"), query(&[&fields, more].concat()))
    };
    let before = world.store.clone();
    for more in [&[][..], &[("code_verifier", VERIFIER)]] {
        let response = world.send(&redeem(&bare, more)).response();
        let expected = json!({
            "error": "invalid_grant", "error_description": "Invalid code verifier",
        });
        assert_eq!(json(&response), expected);
    }
    assert_eq!(world.store, before);
    let _ = ok(&mut world, &redeem(&proved, &[("code_verifier", VERIFIER)]));
}

#[test]
fn a_114_nobody_gives_back_the_token_of_somebody_else() {
    let mut world = World::new();
    let tokens = offline(&mut world);
    let before = world.store.clone();
    let token = tokens["refresh_token"].as_str().unwrap();
    let fields = [("token", token), ("client_id", PUBLIC_ID)];
    let stranger = Request::form(format!("{ISSUER}/oauth2/revoke"), query(&fields));
    assert_eq!(world.send(&stranger).response().status, 200, "and is not told so");
    assert_eq!(world.send(&revoke(&json!("unknown"))).response().status, 200);
    let mut nobody = revoke(&tokens["refresh_token"]);
    nobody.headers = stranger.headers.clone();
    assert_eq!(error(&mut world, &nobody), "invalid_request");
    assert_eq!(error(&mut world, &revoke(&json!(""))), "invalid_request");
    assert_eq!(world.store, before);
}

#[test]
fn a_client_is_told_what_its_own_living_tokens_are_good_for() {
    let mut world = World::new();
    let tokens = offline(&mut world);
    let about = ok(&mut world, &introspect(&tokens["access_token"]));
    let expected = json!({
        "active": true, "scope": tokens["scope"], "client_id": CLIENT_ID, "token_type": "Bearer",
        "exp": 1_700_003_600, "iat": 1_700_000_000, "sub": "user-alice", "iss": ISSUER,
    });
    assert_eq!(about, expected);
    let about = ok(&mut world, &introspect(&tokens["refresh_token"]));
    assert_eq!((&about["active"], about.get("token_type")), (&json!(true), None));
    let next = ok(&mut world, &refresh(&tokens, &[("scope", "email")]));
    assert_eq!(ok(&mut world, &introspect(&next["access_token"]))["scope"], "email");
    let inactive = json!({ "active": false });
    assert_eq!(ok(&mut world, &introspect(&tokens["refresh_token"])), inactive, "spent");
    assert_eq!(ok(&mut world, &introspect(&json!("unknown"))), inactive);
    world.wait(3600);
    assert_eq!(ok(&mut world, &introspect(&next["access_token"])), inactive, "too old");
    let _ = world.send(&revoke(&next["refresh_token"])).response();
    assert_eq!(ok(&mut world, &introspect(&next["refresh_token"])), inactive, "given back");
}

#[test]
fn nobody_is_told_about_the_tokens_of_somebody_else() {
    let mut world = World::new();
    let tokens = offline(&mut world);
    let other = Declaration { client_id: "other".into(), ..confidential() };
    world.register(&other);
    let mut asked = introspect(&tokens["access_token"]);
    asked.headers =
        Request::form("", "").headers.with("authorization", basic("other", CLIENT_SECRET));
    assert_eq!(ok(&mut world, &asked), json!({ "active": false }));
    let token = tokens["access_token"].as_str().unwrap();
    let fields = [("token", token), ("client_id", PUBLIC_ID)];
    let public = Request::form(format!("{ISSUER}/oauth2/introspect"), query(&fields));
    assert_eq!(error(&mut world, &public), "invalid_client");
}

#[test]
fn a_112_a_public_app_refreshes_without_a_secret() {
    let mut world = World::new();
    let pkce = format!("&code_challenge={CHALLENGE}&code_challenge_method=S256");
    let asked = format!("{}{pkce}", guide_query().replace(CLIENT_ID, PUBLIC_ID));
    let asked = asked.replace("openid", "openid+offline_access");
    let code = world.approve(&asked).one("code").unwrap().unwrap().to_owned();
    let public = |fields: &[(&str, &str)]| {
        let fields = [fields, &[("client_id", PUBLIC_ID)]].concat();
        Request::form(format!("{ISSUER}/oauth2/token"), query(&fields))
    };
    let redeem = public(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", grantflow_tests::CALLBACK),
        ("code_verifier", VERIFIER),
    ]);
    let tokens = ok(&mut world, &redeem);
    let token = tokens["refresh_token"].as_str().unwrap();
    let again = public(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
    assert_eq!(ok(&mut world, &again)["token_type"], "Bearer");
}

fn claims_of(tokens: &Value) -> String {
    let payload = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap();
    String::from_utf8(grantflow::base64url::decode(payload).unwrap()).unwrap()
}

fn offline(world: &mut World) -> Value {
    let asked = guide_query().replace("openid", "openid+offline_access");
    let code = world.approve(&asked).one("code").unwrap().unwrap().to_owned();
    ok(world, &token_request(&code, &[]))
}

fn refresh(tokens: &Value, more: &[(&str, &str)]) -> Request {
    let token = tokens["refresh_token"].as_str().unwrap();
    let fields = [&[("grant_type", "refresh_token"), ("refresh_token", token)], more].concat();
    as_client("/oauth2/token", &fields)
}

fn revoke(token: &Value) -> Request {
    as_client("/oauth2/revoke", &[("token", token.as_str().unwrap())])
}

fn introspect(token: &Value) -> Request {
    as_client("/oauth2/introspect", &[("token", token.as_str().unwrap())])
}

fn as_client(path: &str, fields: &[(&str, &str)]) -> Request {
    let mut request = Request::form(format!("{ISSUER}{path}"), query(fields));
    request.headers.push("authorization", basic(CLIENT_ID, CLIENT_SECRET));
    request
}

fn tasks_of(tokens: &Value) -> Request {
    tasks_request(tokens["access_token"].as_str().unwrap())
}

fn ok(world: &mut World, request: &Request) -> Value {
    let response = world.send(request).response();
    let body = json(&response);
    assert_eq!(response.status, 200, "{body}");
    body
}

fn error(world: &mut World, request: &Request) -> String {
    let response = world.send(request).response();
    assert!(response.status >= 400);
    json(&response)["error"].as_str().unwrap().into()
}
