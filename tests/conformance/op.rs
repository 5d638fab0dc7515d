//! The modules of the Basic and the Form Post plan.

use grantflow::wire::callback::ResponseMode;
use grantflow::wire::http::Request;
use grantflow_tests::{CALLBACK, CHALLENGE, CLIENT_ID, ISSUER, VERIFIER, json, payload, text};
use serde_json::{Value, json};

use crate::suite::{
    AUTHORIZE, Back, CLAIMS_OF, POSTER, SECOND, Suite, about, authenticated, redemption, to_query,
};

/// One test for each module, in the plan's order.
macro_rules! plan {
    ($mode:expr) => {
        crate::op::plan!(@ $mode;
            oidcc_server
            oidcc_response_type_missing
            oidcc_idtoken_signature
            oidcc_idtoken_unsigned
            oidcc_userinfo_get
            oidcc_userinfo_post_header
            oidcc_userinfo_post_body
            oidcc_ensure_request_without_nonce_succeeds_for_code_flow
            oidcc_scope_profile
            oidcc_scope_email
            oidcc_scope_address
            oidcc_scope_phone
            oidcc_scope_all
            oidcc_ensure_other_scope_order_succeeds
            oidcc_alternate_happy_flow
            oidcc_display_page
            oidcc_display_popup
            oidcc_prompt_login
            oidcc_prompt_none_not_logged_in
            oidcc_prompt_none_logged_in
            oidcc_max_age_1
            oidcc_max_age_10000
            oidcc_ensure_request_with_unknown_parameter_succeeds
            oidcc_id_token_hint
            oidcc_login_hint
            oidcc_ui_locales
            oidcc_claims_locales
            oidcc_ensure_request_with_acr_values_succeeds
            oidcc_codereuse
            oidcc_codereuse_30seconds
            oidcc_ensure_registered_redirect_uri
            oidcc_ensure_post_request_succeeds
            oidcc_server_client_secret_post
            oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported
            oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported
            oidcc_claims_essential
            oidcc_ensure_request_object_with_redirect_uri
            oidcc_refresh_token
            oidcc_ensure_request_with_valid_pkce_succeeds
        );
    };
    (@ $mode:expr; $($module:ident)*) => {$(
        #[test]
        fn $module() {
            crate::op::$module($mode);
        }
    )*};
}

pub(crate) use plan;

pub(crate) fn oidcc_server(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let _ = suite.flow(&[]);
    assert_eq!(suite.sign_ins, 1);
}

pub(crate) fn oidcc_response_type_missing(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let ask = suite.ask(&[("response_type", None)]);
    assert_eq!(suite.error(&ask), "invalid_request");
}

pub(crate) fn oidcc_idtoken_signature(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let tokens = suite.flow(&[]);
    // RS256, a `kid`, and a signature that verifies: `id_token` looks at all three.
    let _ = suite.id_token(&tokens, CLIENT_ID);
}

pub(crate) fn oidcc_idtoken_unsigned(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let metadata = metadata(&mut suite);
    let algs = metadata["id_token_signing_alg_values_supported"].as_array().unwrap();
    assert!(!algs.contains(&json!("none")), "which is how the suite knows to leave it out");
}

pub(crate) fn oidcc_userinfo_get(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let tokens = suite.flow(&[]);
    let about = suite.userinfo(tokens["access_token"].as_str().unwrap());
    assert_eq!(about["sub"], "user-alice");
}

pub(crate) fn oidcc_userinfo_post_header(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let tokens = suite.flow(&[]);
    let mut request = Request::form(format!("{ISSUER}/oauth2/userinfo"), "");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    request.headers.push("authorization", bearer);
    assert_eq!(about(&suite.send(&request))["sub"], "user-alice");
}

pub(crate) fn oidcc_userinfo_post_body(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let tokens = suite.flow(&[]);
    let body = format!("access_token={}", tokens["access_token"].as_str().unwrap());
    let request = Request::form(format!("{ISSUER}/oauth2/userinfo"), body);
    assert_eq!(about(&suite.send(&request))["sub"], "user-alice");
}

pub(crate) fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let _ = suite.flow(&[("nonce", None)]);
}

/// Asks for scopes, and finds every claim of theirs at the userinfo endpoint and no other.
fn scopes(mode: ResponseMode, scope: &str) {
    let mut suite = Suite::new(mode);
    let offered = metadata(&mut suite)["scopes_supported"].clone();
    let tokens = suite.flow(&[("scope", Some(scope))]);
    let about = suite.userinfo(tokens["access_token"].as_str().unwrap());
    let mut expected = vec!["sub"];
    for word in scope.split(' ') {
        assert!(offered.as_array().unwrap().contains(&json!(word)));
        let claims = CLAIMS_OF.iter().filter(|(name, _)| *name == word);
        expected.extend(claims.flat_map(|(_, claims)| *claims));
    }
    expected.sort_unstable();
    assert_eq!(about.keys().map(String::as_str).collect::<Vec<_>>(), expected);
}

pub(crate) fn oidcc_scope_profile(mode: ResponseMode) {
    scopes(mode, "openid profile");
}

pub(crate) fn oidcc_scope_email(mode: ResponseMode) {
    scopes(mode, "openid email");
}

pub(crate) fn oidcc_scope_address(mode: ResponseMode) {
    scopes(mode, "openid address");
}

pub(crate) fn oidcc_scope_phone(mode: ResponseMode) {
    scopes(mode, "openid phone");
}

pub(crate) fn oidcc_scope_all(mode: ResponseMode) {
    scopes(mode, "openid email phone address profile");
}

pub(crate) fn oidcc_ensure_other_scope_order_succeeds(mode: ResponseMode) {
    scopes(mode, "email openid");
}

pub(crate) fn oidcc_alternate_happy_flow(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let ask = suite.ask(&[("scope", Some("email openid"))]);
    let mut backwards: Vec<_> = to_query(&ask).split('&').map(str::to_owned).collect();
    backwards.reverse();
    let request = Request::get(format!("{AUTHORIZE}?{}", backwards.join("&")));
    let login = suite.world.browse(request).login();
    assert_eq!(login.problem, None);
    let code = suite.code(&ask);
    let _ = suite.redeem(&ask, &code, &[]);
}

pub(crate) fn oidcc_display_page(mode: ResponseMode) {
    let _ = Suite::new(mode).flow(&[("display", Some("page"))]);
}

pub(crate) fn oidcc_display_popup(mode: ResponseMode) {
    let _ = Suite::new(mode).flow(&[("display", Some("popup"))]);
}

pub(crate) fn oidcc_prompt_login(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let first = suite.flow(&[]);
    suite.world.wait(1);
    let second = suite.flow(&[("prompt", Some("login"))]);
    assert_eq!(suite.sign_ins, 2);
    assert!(auth_time(&second) > auth_time(&first));
}

pub(crate) fn oidcc_prompt_none_not_logged_in(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let state = format!("{}-._~", "s".repeat(124));
    let ask = suite.ask(&[("prompt", Some("none")), ("state", Some(&state))]);
    assert_eq!(suite.error(&ask), "login_required");
    assert_eq!(suite.pages, 0);
}

/// A second request that may show nothing, and what is the same in both answers.
fn silently(mode: ResponseMode, changes: impl Fn(&str) -> Vec<(&'static str, String)>) {
    let mut suite = Suite::new(mode);
    let first = suite.flow(&[]);
    suite.world.wait(1);
    let before = suite.pages;
    let changes = changes(first["id_token"].as_str().unwrap());
    let changes: Vec<_> =
        changes.iter().map(|(name, value)| (*name, Some(value.as_str()))).collect();
    let second = suite.flow(&changes);
    assert_eq!(suite.pages, before, "nobody was asked anything");
    assert_eq!(auth_time(&second), auth_time(&first));
    let sub = |tokens: &serde_json::Map<String, Value>| claims(tokens)["sub"].clone();
    assert_eq!(sub(&second), sub(&first));
}

pub(crate) fn oidcc_prompt_none_logged_in(mode: ResponseMode) {
    silently(mode, |_| vec![("prompt", "none".into())]);
}

pub(crate) fn oidcc_id_token_hint(mode: ResponseMode) {
    silently(mode, |hint| vec![("prompt", "none".into()), ("id_token_hint", hint.into())]);
}

pub(crate) fn oidcc_max_age_1(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let first = suite.flow(&[]);
    suite.world.wait(2);
    let second = suite.flow(&[("max_age", Some("1"))]);
    assert_eq!(suite.sign_ins, 2);
    assert!(auth_time(&second) > auth_time(&first));
    assert!(suite.world.now.as_secs() - auth_time(&second) <= 1);
}

pub(crate) fn oidcc_max_age_10000(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let first = suite.flow(&[("max_age", Some("15000"))]);
    suite.world.wait(1);
    let second = suite.flow(&[("max_age", Some("10000"))]);
    assert_eq!(suite.sign_ins, 1);
    assert_eq!(auth_time(&second), auth_time(&first));
    assert_eq!(claims(&second)["sub"], claims(&first)["sub"]);
}

pub(crate) fn oidcc_ensure_request_with_unknown_parameter_succeeds(mode: ResponseMode) {
    let _ = Suite::new(mode).flow(&[("extra", Some("foobar"))]);
}

pub(crate) fn oidcc_login_hint(mode: ResponseMode) {
    let _ = Suite::new(mode).flow(&[("login_hint", Some("buffy@as.test"))]);
}

pub(crate) fn oidcc_ui_locales(mode: ResponseMode) {
    let _ = Suite::new(mode).flow(&[("ui_locales", Some("se"))]);
}

pub(crate) fn oidcc_claims_locales(mode: ResponseMode) {
    let _ = Suite::new(mode).flow(&[("claims_locales", Some("se"))]);
}

pub(crate) fn oidcc_ensure_request_with_acr_values_succeeds(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let offered = metadata(&mut suite)["acr_values_supported"].clone();
    let offered: Vec<&str> =
        offered.as_array().unwrap().iter().map(|acr| acr.as_str().unwrap()).collect();
    let tokens = suite.flow(&[("acr_values", Some(&offered.join(" ")))]);
    let claims = claims(&tokens);
    assert!(offered.contains(&claims["acr"].as_str().unwrap()));
    let _ = suite.flow(&[("acr_values", Some("1 2"))]);
}

/// Redeems a code twice, the second time `later`.
fn reuse(mode: ResponseMode, later: u64) -> (Suite, String) {
    let mut suite = Suite::new(mode);
    let ask = suite.ask(&[]);
    let code = suite.code(&ask);
    let tokens = suite.redeem(&ask, &code, &[]);
    suite.world.wait(later);
    let response = suite.send(&redemption(&ask, &code, &[]));
    assert_eq!((response.status, &json(&response)["error"]), (400, &json!("invalid_grant")));
    (suite, tokens["access_token"].as_str().unwrap().into())
}

pub(crate) fn oidcc_codereuse(mode: ResponseMode) {
    let _ = reuse(mode, 0);
}

pub(crate) fn oidcc_codereuse_30seconds(mode: ResponseMode) {
    let (mut suite, token) = reuse(mode, 30);
    let mut request = Request::get(format!("{ISSUER}/oauth2/userinfo"));
    request.headers.push("authorization", format!("Bearer {token}"));
    assert_eq!(suite.send(&request).status, 401, "what the code bought first is dead");
}

pub(crate) fn oidcc_ensure_registered_redirect_uri(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let longer = format!("{CALLBACK}/abcdefghij");
    let ask = suite.ask(&[("redirect_uri", Some(&longer))]);
    let Back::ErrorPage(error) = suite.visit(&ask) else { panic!("it was sent somewhere") };
    assert_eq!(error, "invalid_request");
}

pub(crate) fn oidcc_ensure_post_request_succeeds(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let ask = suite.ask(&[]);
    let back = suite.visit_by_post(&ask).answer();
    let code = Suite::code_in(&back, &ask);
    let _ = suite.redeem(&ask, &code, &[]);
}

pub(crate) fn oidcc_server_client_secret_post(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let methods = metadata(&mut suite)["token_endpoint_auth_methods_supported"].clone();
    assert!(methods.as_array().unwrap().contains(&json!("client_secret_post")));
    let _ = suite.flow(&[("client_id", Some(POSTER))]);
}

pub(crate) fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(
    mode: ResponseMode,
) {
    let mut suite = Suite::new(mode);
    assert_eq!(metadata(&mut suite)["request_uri_parameter_supported"], false);
    let ask = suite.ask(&[("request_uri", Some("https://suite.test/object#sha256"))]);
    assert_eq!(suite.error(&ask), "request_uri_not_supported");
}

/// An unsigned request object.
fn object(members: &Value) -> String {
    let part = |text: &str| grantflow::base64url::encode(text);
    format!("{}.{}.", part(r#"{"alg":"none"}"#), part(&members.to_string()))
}

pub(crate) fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    mode: ResponseMode,
) {
    let mut suite = Suite::new(mode);
    assert_eq!(metadata(&mut suite)["request_parameter_supported"], false);
    let request = object(&json!({"state": "inside", "nonce": "inside", "client_id": CLIENT_ID}));
    let changes = [("state", None), ("nonce", None), ("request", Some(request.as_str()))];
    let ask = suite.ask(&changes);
    assert_eq!(suite.error(&ask), "request_not_supported");
}

pub(crate) fn oidcc_ensure_request_object_with_redirect_uri(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let request = object(&json!({"redirect_uri": CALLBACK, "client_id": CLIENT_ID}));
    let outside = format!("{CALLBACK}_invalid");
    let ask = suite.ask(&[("redirect_uri", Some(&outside)), ("request", Some(&request))]);
    let Back::ErrorPage(error) = suite.visit(&ask) else { panic!("it was sent somewhere") };
    assert_eq!(error, "invalid_request");
}

pub(crate) fn oidcc_claims_essential(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let wanted = r#"{"userinfo":{"name":{"essential":true}}}"#;
    let tokens = suite.flow(&[("claims", Some(wanted))]);
    let about = suite.userinfo(tokens["access_token"].as_str().unwrap());
    assert_eq!(about["name"], "Alice Liddell");
    assert_eq!(about.len(), 2);
}

pub(crate) fn oidcc_refresh_token(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let metadata = metadata(&mut suite);
    let has = |list: &str, word: &str| metadata[list].as_array().unwrap().contains(&json!(word));
    assert!(has("grant_types_supported", "refresh_token"));
    assert!(has("scopes_supported", "offline_access"));
    let mut newest = Vec::new();
    for (client_id, nonce) in [(CLIENT_ID, "n"), (SECOND, &*"n".repeat(43))] {
        let scope = "openid offline_access";
        let first = suite.flow(&[
            ("client_id", Some(client_id)),
            ("nonce", Some(nonce)),
            ("scope", Some(scope)),
            ("prompt", Some("consent")),
        ]);
        suite.world.wait(1);
        let token = first["refresh_token"].as_str().unwrap();
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        if client_id == CLIENT_ID {
            fields.push(("scope", scope));
        }
        let response = suite.send(&authenticated(client_id, "/oauth2/token", fields));
        let second = Suite::tokens(&response);
        let (before, after) = (claims(&first), suite.id_token(&second, client_id));
        for name in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(before[name], after[name], "{name}");
        }
        assert_ne!(before["iat"], after["iat"]);
        assert!(after.get("nonce").is_none_or(|again| *again == before["nonce"]));
        let _ = suite.userinfo(second["access_token"].as_str().unwrap());
        newest.push(second["refresh_token"].as_str().unwrap().to_owned());
    }
    let theirs = vec![("grant_type", "refresh_token"), ("refresh_token", newest[1].as_str())];
    let response = suite.send(&authenticated(CLIENT_ID, "/oauth2/token", theirs.clone()));
    assert_eq!((response.status, &json(&response)["error"]), (400, &json!("invalid_grant")));
    let rightful = suite.send(&authenticated(SECOND, "/oauth2/token", theirs));
    assert_eq!(rightful.status, 200, "{}", text(&rightful));
}

pub(crate) fn oidcc_ensure_request_with_valid_pkce_succeeds(mode: ResponseMode) {
    let mut suite = Suite::new(mode);
    let pkce = [("code_challenge", Some(CHALLENGE)), ("code_challenge_method", Some("S256"))];
    let ask = suite.ask(&pkce);
    let code = suite.code(&ask);
    let _ = suite.redeem(&ask, &code, &[("code_verifier", VERIFIER)]);

    let longest = format!("{}-._~", "a".repeat(124));
    let challenge = grantflow::pkce::Challenge::of(&longest).to_text();
    let pkce = [("code_challenge", Some(challenge.as_str())), pkce[1]];
    let ask = suite.ask(&pkce);
    let code = suite.code(&ask);
    let _ = suite.redeem(&ask, &code, &[("code_verifier", &longest)]);
}

fn metadata(suite: &mut Suite) -> Value {
    json(&suite.send(&Request::get(format!("{ISSUER}/.well-known/openid-configuration"))))
}

fn claims(tokens: &serde_json::Map<String, Value>) -> Value {
    payload(tokens["id_token"].as_str().unwrap())
}

fn auth_time(tokens: &serde_json::Map<String, Value>) -> u64 {
    claims(tokens)["auth_time"].as_u64().unwrap()
}
