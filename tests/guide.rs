//! The guide, byte for byte: every request, response, error and promise in it.

use grantflow::base64url;
use grantflow::key::Algorithm;
use grantflow::server::{Page, Show};
use grantflow::wire::form::Form;
use grantflow::wire::http::{Method, Request};
use grantflow_tests::{
    Answer, CALLBACK, CHALLENGE, CLIENT_ID, CLIENT_SECRET, ISSUER, Owner, PUBLIC_ID, VERIFIER,
    World, basic, guide_query, json, query, redirect_parameters, tasks_request, text,
    token_request,
};
use serde_json::json;

const PKCE: &str =
    "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

// --- Step 1: the authorization request ------------------------------------------------------

#[test]
fn step_1_the_request_as_the_guide_prints_it_asks_a_person_who_is_not_signed_in() {
    let mut world = World::new();
    let asked = format!(
        "response_type=code&client_id={CLIENT_ID}&redirect_uri={CALLBACK}&scope=openid+profile+email\
         &state=xyz{PKCE}"
    );
    let login = world.browse(Request::get(format!("{ISSUER}/oauth2/authorize?{asked}"))).login();
    assert_eq!(login.client_name.as_deref(), Some("My Task Management App"));
    assert_eq!(login.problem, None);
}

#[test]
fn step_1_each_required_parameter_is_required() {
    for (missing, redirects) in
        [("client_id", false), ("redirect_uri", false), ("response_type", true), ("scope", true)]
    {
        let mut world = World::new();
        let fields: Vec<_> = Form::parse(guide_query().as_bytes())
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != missing)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let fields: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let response = world.send(&authorize(&query(&fields))).response();
        let description = format!("Missing required parameter: {missing}");
        if redirects {
            let back = redirect_parameters(&response);
            assert_eq!(back.one("error").unwrap(), Some("invalid_request"));
            assert_eq!(back.one("error_description").unwrap(), Some(description.as_str()));
        } else {
            assert_eq!(response.status, 400);
            assert_eq!(response.headers.first("location"), None);
            assert_eq!(json(&response)["error_description"], description);
        }
    }
}

#[test]
fn step_1_scopes_are_parted_by_spaces_or_by_plus_signs() {
    for spelled in ["openid%20profile%20email", "openid+profile+email", "openid%2Bprofile%2Bemail"]
    {
        let mut world = World::new();
        let asked = format!(
            "response_type=code&client_id={CLIENT_ID}&redirect_uri={CALLBACK}&scope={spelled}"
        );
        let page = world.visit(&asked).consent();
        let scopes: Vec<_> = page.scopes.iter().map(|line| line.scope.as_str()).collect();
        assert_eq!(scopes, ["openid", "profile", "email"], "{spelled}");
    }
}

#[test]
fn step_1_the_challenge_method_must_be_s256() {
    for more in [
        format!("&code_challenge={CHALLENGE}"),
        format!("&code_challenge={CHALLENGE}&code_challenge_method=plain"),
        format!("&code_challenge={CHALLENGE}&code_challenge_method=s256"),
        "&code_challenge_method=S256".into(),
        "&code_challenge=tooshort&code_challenge_method=S256".into(),
        format!("&code_challenge={CHALLENGE}A&code_challenge_method=S256"),
    ] {
        let mut world = World::new();
        let response = world.send(&authorize(&format!("{}{more}", guide_query()))).response();
        let back = redirect_parameters(&response);
        assert_eq!(back.one("error").unwrap(), Some("invalid_request"), "{more}");
    }
}

#[test]
fn step_1_pkce_is_optional_for_an_app_with_a_secret_and_required_without() {
    let mut world = World::new();
    world.visit(&guide_query()).consent();
    let asked = guide_query().replace(CLIENT_ID, PUBLIC_ID);
    let response = world.send(&authorize(&asked)).response();
    let back = redirect_parameters(&response);
    assert_eq!(back.one("error").unwrap(), Some("invalid_request"));
    assert_eq!(
        back.one("error_description").unwrap(),
        Some("Missing required parameter: code_challenge")
    );
    world.visit(&format!("{asked}{PKCE}")).consent();
}

// --- Step 2: login, consent, redirect -------------------------------------------------------

#[test]
fn step_2_a_wrong_password_asks_again() {
    let mut world = World::new();
    let login = world.browse(authorize(&guide_query())).login();
    let again = world.sign_in(&login.interaction, "hearts").login();
    assert_eq!(again.username, "alice");
    assert!(again.problem.is_some());
    assert_eq!(world.cookie, None);
    assert_eq!(world.sign_in(&again.interaction, "wonderland").response().status, 303);
    assert!(world.cookie.is_some());
}

#[test]
fn step_2_a_person_who_is_signed_in_goes_straight_to_consent() {
    let mut world = World::new();
    world.visit(&guide_query()).consent();
    let page = world.browse(authorize(&guide_query())).consent();
    assert_eq!(page.client_name, "My Task Management App");
    assert_eq!(page.username, "alice");
    assert_eq!(page.redirect_uri, CALLBACK);
}

#[test]
fn step_2_approval_goes_back_with_code_and_state() {
    let mut world = World::new();
    let page = world.visit(&format!("{}&state=xyz", guide_query())).consent();
    let response = world.decide(&page.interaction, "approve", &["openid"]).response();
    assert_eq!(response.status, 303);
    let location = response.headers.first("location").unwrap();
    assert!(location.starts_with(&format!("{CALLBACK}?code=gfc_")), "{location}");
    assert!(location.ends_with("&state=xyz&iss=https%3A%2F%2Fas.test"), "{location}");
}

#[test]
fn step_2_state_comes_back_only_if_it_was_sent_and_byte_for_byte() {
    let mut world = World::new();
    assert_eq!(world.approve(&guide_query()).one("state").unwrap(), None);
    let odd = "a b+c&d=é\"<%00>\n";
    let asked = format!("{}&{}", guide_query(), query(&[("state", odd)]));
    assert_eq!(world.approve(&asked).one("state").unwrap(), Some(odd));
}

#[test]
fn step_2_denial_goes_back_with_access_denied() {
    let mut world = World::new();
    let page = world.visit(&format!("{}&state=xyz", guide_query())).consent();
    let stored = world.store.len();
    let response = world.decide(&page.interaction, "deny", &["openid"]).response();
    let back = redirect_parameters(&response);
    assert_eq!(back.one("error").unwrap(), Some("access_denied"));
    assert_eq!(back.one("state").unwrap(), Some("xyz"));
    assert_eq!(back.one("code").unwrap(), None);
    assert_eq!(world.store.len(), stored, "a no stores nothing");
}

// --- Step 3: code for tokens ----------------------------------------------------------------

#[test]
fn step_3_the_success_response_has_the_guides_members_in_its_order() {
    let mut world = World::new();
    let code = world.code(PKCE);
    let response = world.send(&token_request(&code, &[("code_verifier", VERIFIER)])).response();
    assert_eq!(response.status, 200);
    assert_eq!(response.headers.first("cache-control"), Some("no-store"));
    assert_eq!(response.headers.first("pragma"), Some("no-cache"));
    let tokens = json(&response);
    let expected = format!(
        r#"{{"access_token":{},"token_type":"Bearer","expires_in":3600,"id_token":{},"scope":"openid profile email"}}"#,
        tokens["access_token"], tokens["id_token"]
    );
    assert_eq!(text(&response), expected);
}

#[test]
fn step_3_the_id_token_says_who_the_user_is_signed_with_rs256() {
    let mut world = World::new();
    let code = world.code("&nonce=n-0S6");
    let tokens = json(&world.send(&token_request(&code, &[])).response());
    let id_token = tokens["id_token"].as_str().unwrap();
    assert!(id_token.starts_with("eyJhbGciOiJSUzI1NiIs"), "as the guide prints it: {id_token}");
    let parts: Vec<&str> = id_token.split('.').collect();
    let part = |at: usize| base64url::decode(parts[at]).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&part(0)).unwrap();
    assert_eq!(header, json!({"alg": "RS256", "typ": "JWT", "kid": "server-RS256"}));
    let input = format!("{}.{}", parts[0], parts[1]);
    let key = Owner::Server.public_key(Algorithm::Rs256);
    assert!(grantflow_tests::is_signed(&key, input.as_bytes(), &part(2)));
    let claims: serde_json::Value = serde_json::from_slice(&part(1)).unwrap();
    let expected = json!({
        "iss": ISSUER, "sub": "user-alice", "aud": CLIENT_ID,
        "exp": 1_700_003_600, "iat": 1_700_000_000, "auth_time": 1_700_000_000,
        "acr": "urn:grantflow:acr:password", "nonce": "n-0S6", "at_hash": claims["at_hash"],
        "name": "Alice Liddell", "preferred_username": "alice",
        "email": "alice@wonder.test", "email_verified": true,
    });
    assert_eq!(claims, expected);
}

#[test]
fn step_3_there_is_an_id_token_only_with_openid() {
    let mut world = World::new();
    let asked = guide_query().replace("openid+", "");
    let code = world.approve(&asked).one("code").unwrap().unwrap().to_owned();
    let tokens = json(&world.send(&token_request(&code, &[])).response());
    assert_eq!(tokens.get("id_token"), None);
    assert_eq!(tokens["scope"], "profile email");
}

#[test]
fn step_3_the_granted_scope_may_be_less_than_was_asked() {
    let mut world = World::new();
    let page = world.visit(&guide_query()).consent();
    let response =
        world.decide(&page.interaction, "approve", &["openid", "email", "admin"]).response();
    let code = redirect_parameters(&response).one("code").unwrap().unwrap().to_owned();
    let tokens = json(&world.send(&token_request(&code, &[])).response());
    assert_eq!(tokens["scope"], "openid email", "what was ticked, and nothing that was not asked");
    let payload = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: serde_json::Value =
        serde_json::from_slice(&base64url::decode(payload).unwrap()).unwrap();
    assert_eq!(claims.get("name"), None);
    assert_eq!(claims["email"], "alice@wonder.test");
}

#[test]
fn step_3_a_code_is_good_for_ten_minutes_and_not_a_second_longer() {
    let mut world = World::new();
    let (early, late) = (world.code(""), world.code(""));
    world.wait(599);
    assert_eq!(world.send(&token_request(&early, &[])).response().status, 200);
    world.wait(1);
    let response = world.send(&token_request(&late, &[])).response();
    assert_eq!(response.status, 400);
    assert_eq!(
        text(&response),
        r#"{"error":"invalid_grant","error_description":"Authorization code expired"}"#
    );
    world.now = grantflow_tests::BEGINNING;
    let response = world.send(&token_request(&late, &[])).response();
    assert_eq!(json(&response)["error_description"], "Authorization code expired");
}

#[test]
fn step_3_a_code_is_good_once_and_a_replay_kills_what_it_bought() {
    let mut world = World::new();
    let code = world.code("");
    let tokens = json(&world.send(&token_request(&code, &[])).response());
    let access_token = tokens["access_token"].as_str().unwrap();
    world.send(&tasks_request(access_token)).access();
    let response = world.send(&token_request(&code, &[])).response();
    assert_eq!((response.status, &json(&response)["error"]), (400, &json!("invalid_grant")));
    assert_eq!(world.send(&tasks_request(access_token)).response().status, 401);
}

#[test]
fn step_3_a_stranger_can_neither_redeem_a_code_nor_spoil_it() {
    let mut world = World::new();
    let code = world.code(PKCE);
    let before = world.store.clone();
    let mut stranger = token_request(&code, &[("code_verifier", VERIFIER)]);
    stranger.headers =
        Request::form("", "").headers.with("authorization", basic(CLIENT_ID, "wrong"));
    assert_eq!(world.send(&stranger).response().status, 401);
    let wrong = "a".repeat(43);
    for verifier in [None, Some(wrong.as_str()), Some("short")] {
        let more: Vec<_> = verifier.map(|v| ("code_verifier", v)).into_iter().collect();
        let response = world.send(&token_request(&code, &more)).response();
        assert_eq!(json(&response)["error_description"], "Invalid code verifier");
    }
    assert_eq!(world.store, before);
    let rightful = token_request(&code, &[("code_verifier", VERIFIER)]);
    assert_eq!(world.send(&rightful).response().status, 200);
}

#[test]
fn step_3_the_redirect_uri_must_match_the_original_one() {
    let mut world = World::new();
    let code = world.code("");
    let mut request = token_request(&code, &[]);
    request.body = query(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", "https://yourapp.com/other"),
    ])
    .into_bytes();
    let response = world.send(&request).response();
    assert_eq!(
        text(&response),
        r#"{"error":"invalid_grant","error_description":"Redirect URI mismatch"}"#
    );
}

#[test]
fn step_3_a_public_app_redeems_with_its_verifier_alone() {
    let mut world = World::new();
    let asked = format!("{}{PKCE}", guide_query().replace(CLIENT_ID, PUBLIC_ID));
    let code = world.approve(&asked).one("code").unwrap().unwrap().to_owned();
    let body = query(&[
        ("grant_type", "authorization_code"),
        ("client_id", PUBLIC_ID),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]);
    let response = world.send(&Request::form(format!("{ISSUER}/oauth2/token"), body)).response();
    assert_eq!(response.status, 200);
}

// --- Step 4: the access token ---------------------------------------------------------------

#[test]
fn step_4_a_token_opens_the_tasks_for_an_hour_and_not_a_second_longer() {
    let mut world = World::new();
    let code = world.code("");
    let tokens = json(&world.send(&token_request(&code, &[])).response());
    let access_token = tokens["access_token"].as_str().unwrap();
    world.wait(3599);
    let access = world.send(&tasks_request(access_token)).access();
    let who = (access.subject.as_deref(), access.client_id.as_str());
    assert_eq!(who, (Some("user-alice"), CLIENT_ID));
    world.wait(1);
    let response = world.send(&tasks_request(access_token)).response();
    assert_eq!(response.status, 401);
    assert_eq!(
        text(&response),
        r#"{"error":"invalid_token","error_description":"The Access Token expired"}"#
    );
}

#[test]
fn step_4_without_a_token_there_is_a_challenge_and_no_error() {
    let mut world = World::new();
    let response = world.send(&Request::get(format!("{ISSUER}/api/tasks"))).response();
    assert_eq!(response.status, 401);
    let about = "https://as.test/.well-known/oauth-protected-resource/api/tasks";
    let challenge = format!("Bearer realm=\"grantflow\", resource_metadata=\"{about}\"");
    assert_eq!(response.headers.first("www-authenticate"), Some(challenge.as_str()));
    let response = world.send(&tasks_request("abc123def456...")).response();
    assert_eq!(response.status, 401);
    assert!(
        response.headers.first("www-authenticate").unwrap().contains("error=\"invalid_token\"")
    );
}

// --- Error handling -------------------------------------------------------------------------

#[test]
fn error_invalid_authorization_request() {
    let response = World::new().send(&authorize("response_type=code")).response();
    assert_eq!(response.status, 400);
    assert_eq!(
        text(&response),
        r#"{"error":"invalid_request","error_description":"Missing required parameter: client_id"}"#
    );
}

#[test]
fn error_invalid_client_is_one_answer_for_every_reason() {
    let mut world = World::new();
    let code = world.code("");
    let with = |header: &str| {
        let mut request = token_request(&code, &[]);
        request.headers = Request::form("", "").headers.with("authorization", header);
        request
    };
    for header in [
        basic(CLIENT_ID, "wrong"),
        basic("nobody", CLIENT_SECRET),
        basic(PUBLIC_ID, ""),
        basic(CLIENT_ID, ""),
        "Basic !!!".into(),
        "Bearer x".into(),
    ] {
        let response = world.send(&with(&header)).response();
        assert_eq!(response.status, 401, "{header}");
        assert_eq!(
            text(&response),
            r#"{"error":"invalid_client","error_description":"Invalid client credentials"}"#
        );
        assert!(response.headers.first("www-authenticate").unwrap().starts_with("Basic realm="));
    }
    assert_eq!(world.send(&token_request(&code, &[])).response().status, 200, "nothing was spent");
}

#[test]
fn error_authorization_code_expired() {
    let mut world = World::new();
    let code = world.code("");
    world.wait(600);
    let response = world.send(&token_request(&code, &[])).response();
    assert_eq!(response.status, 400);
    assert_eq!(
        text(&response),
        r#"{"error":"invalid_grant","error_description":"Authorization code expired"}"#
    );
}

#[test]
fn error_invalid_redirect_uri() {
    for other in [
        "https://evil.test/cb",
        "https://yourapp.com/auth/callback/",
        "https://yourapp.com/auth/callback?x=1",
        "https://yourapp.com/auth/CALLBACK",
        "https://yourapp.com/auth%2Fcallback",
        "https://yourapp.com/auth/callback#x",
        "https://user@yourapp.com/auth/callback",
        "javascript:alert(1)",
    ] {
        let mut world = World::new();
        let asked = query(&[
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("redirect_uri", other),
            ("scope", "openid"),
        ]);
        let response = world.send(&authorize(&asked)).response();
        assert_eq!(response.status, 400);
        assert_eq!(response.headers.first("location"), None);
        assert_eq!(
            text(&response),
            r#"{"error":"invalid_request","error_description":"Invalid redirect URI"}"#
        );
    }
}

#[test]
fn error_pkce_validation_failed() {
    let mut world = World::new();
    let code = world.code(PKCE);
    let wrong = VERIFIER.replace('d', "e");
    let response = world.send(&token_request(&code, &[("code_verifier", &wrong)])).response();
    assert_eq!(response.status, 400);
    assert_eq!(
        text(&response),
        r#"{"error":"invalid_grant","error_description":"Invalid code verifier"}"#
    );
}

#[test]
fn error_a_verifier_nobody_asked_for_is_a_downgrade_and_refused() {
    let mut world = World::new();
    let code = world.code("");
    let response = world.send(&token_request(&code, &[("code_verifier", VERIFIER)])).response();
    assert_eq!(json(&response)["error_description"], "Invalid code verifier");
    assert_eq!(world.send(&token_request(&code, &[])).response().status, 200);
}

#[test]
fn errors_are_pages_for_people_with_the_same_two_fields() {
    let Show { page, status, headers } =
        World::new().browse(authorize("response_type=code")).page();
    let Page::Error(error) = page else { panic!("{page:?}") };
    assert_eq!((status, error.error), (400, "invalid_request"));
    assert_eq!(error.error_description, "Missing required parameter: client_id");
    assert_eq!(headers.first("x-frame-options"), Some("DENY"));
    assert_eq!(headers.first("referrer-policy"), Some("no-referrer"));
    assert_eq!(headers.first("cache-control"), Some("no-store"));
}

// --- Around the guide -----------------------------------------------------------------------

#[test]
fn a_13_a_consent_form_is_taken_from_the_browser_it_was_drawn_for_only() {
    let mut world = World::new();
    let page = world.visit(&guide_query()).consent();
    let stored = world.store.len();
    let alices = world.cookie.take();
    let refused = |answer: Answer| assert_eq!(answer.page().status, 403);
    refused(world.decide(&page.interaction, "approve", &["openid"]));
    world.visit(&guide_query()).consent();
    refused(world.decide(&page.interaction, "approve", &["openid"]));
    world.cookie = alices;
    let mut foreign = grantflow_tests::own_form(
        "/oauth2/consent",
        &[("interaction", &page.interaction), ("decision", "approve"), ("scope", "openid")],
    );
    foreign.headers = Request::form("", "").headers.with("origin", "https://evil.test");
    refused(world.browse(foreign));
    assert_eq!(world.store.len(), stored);
    assert_eq!(world.decide(&page.interaction, "approve", &["openid"]).response().status, 303);
}

#[test]
fn a_13_a_button_pressed_twice_makes_one_grant_and_one_code() {
    let mut world = World::new();
    let page = world.visit(&guide_query()).consent();
    let first = world.decide(&page.interaction, "approve", &["openid"]).response();
    let second = world.decide(&page.interaction, "approve", &["openid"]).response();
    assert_eq!(first.headers.first("location"), second.headers.first("location"));
    let code = redirect_parameters(&first).one("code").unwrap().unwrap().to_owned();
    assert_eq!(world.send(&token_request(&code, &[])).response().status, 200);
    let third = world.decide(&page.interaction, "approve", &["openid"]).page();
    assert_eq!(third.status, 400, "a code that is spent is not sent again");
}

#[test]
fn the_token_endpoint_takes_a_posted_form_and_nothing_else() {
    let mut world = World::new();
    let code = world.code("");
    let get = Request { method: Method::Get, ..token_request(&code, &[]) };
    let response = world.send(&get).response();
    assert_eq!((response.status, response.headers.first("allow")), (405, Some("POST")));
    let mut twice = token_request(&code, &[]);
    twice.body.extend_from_slice(b"&code=x");
    assert_eq!(json(&world.send(&twice).response())["error"], "invalid_request");
    let mut nobody = token_request(&code, &[]);
    nobody.headers = Request::form("", "").headers;
    let response = world.send(&nobody).response();
    assert_eq!(
        text(&response),
        r#"{"error":"invalid_request","error_description":"Client authentication required"}"#
    );
    let mut both = token_request(&code, &[("client_secret", CLIENT_SECRET)]);
    both.headers = token_request(&code, &[]).headers;
    assert_eq!(world.send(&both).response().status, 400);
}

#[test]
fn a_42_a_person_who_is_gone_gets_no_tokens() {
    let mut world = World::new();
    let code = world.code("");
    let before = world.store.clone();
    let alice = world.alice.take();
    let response = world.send(&token_request(&code, &[])).response();
    assert_eq!((response.status, &json(&response)["error"]), (400, &json!("invalid_grant")));
    assert_eq!(world.store, before);
    world.alice = alice;
    assert_eq!(world.send(&token_request(&code, &[])).response().status, 200);
}

fn authorize(query: &str) -> Request {
    Request::get(format!("{ISSUER}/oauth2/authorize?{query}"))
}
