//! Every refusal on the wire: its status, its code, its words, and that it changes nothing.

use grantflow::server::{Declaration, Page, PkceRule, Policy};
use grantflow::uri::Issuer;
use grantflow::wire::http::{Headers, Method, Request, Response};
use grantflow::wire::registration::{ApplicationType, ClientMetadata};
use grantflow_tests::{
    CALLBACK, CHALLENGE, CLIENT_ID, CLIENT_SECRET, ISSUER, PUBLIC_ID, VERIFIER, World, basic,
    confidential, json, query, redirect_parameters, text, token_request,
};

/// Parameters to set (`Some`) or leave out (`None`).
type Change<'c> = &'c [(&'c str, Option<&'c str>)];

// --- The authorization endpoint -------------------------------------------------------------

#[test]
fn what_is_bound_to_nobody_is_never_redirected() {
    let long = "a".repeat(9000);
    let rows: &[(Change<'_>, &str, &str)] = &[
        (&[("client_id", None)], "", "Missing required parameter: client_id"),
        (&[("client_id", Some(""))], "", "Missing required parameter: client_id"),
        (&[("client_id", Some("nobody"))], "", "Unknown client"),
        (&[], "&client_id=x", "Unknown client"),
        (&[("redirect_uri", None)], "", "Missing required parameter: redirect_uri"),
        (&[("redirect_uri", Some("https://evil.test/cb"))], "", "Invalid redirect URI"),
        (&[("redirect_uri", Some("not a uri"))], "", "Invalid redirect URI"),
        (
            &[("redirect_uri", Some("https://yourapp.com/auth/callback#x"))],
            "",
            "Invalid redirect URI",
        ),
        (&[], "&redirect_uri=https://evil.test/cb", "Invalid redirect URI"),
        (&[], "&x=%zz", "Malformed request"),
        (&[], "&x=%ff", "Malformed request"),
        (&[("state", Some(&long))], "", "Malformed request"),
        // The order of the checks: client, then redirect URI, then anything else.
        (&[("client_id", Some("nobody")), ("response_type", Some("token"))], "", "Unknown client"),
        (
            &[("redirect_uri", Some("https://evil.test/cb")), ("scope", Some("\""))],
            "",
            "Invalid redirect URI",
        ),
        (
            &[("redirect_uri", Some("https://evil.test/cb")), ("prompt", Some("none"))],
            "",
            "Invalid redirect URI",
        ),
    ];
    for (change, more, description) in rows {
        let mut world = World::new();
        let before = world.store.clone();
        let asked = format!("{}{more}", changed(authorization(), change));
        let response =
            world.send(&Request::get(format!("{ISSUER}/oauth2/authorize?{asked}"))).response();
        assert_eq!((response.status, response.headers.first("location")), (400, None), "{asked}");
        assert_eq!(json(&response)["error"], "invalid_request");
        assert_eq!(json(&response)["error_description"], *description, "{asked}");
        assert_eq!(response.headers.first("access-control-allow-origin"), None);
        assert_eq!(world.store, before);
    }
}

#[test]
fn what_is_bound_is_refused_by_redirect() {
    let rows: &[(Change<'_>, &str, &str)] = &[
        (&[], "&scope=openid", "invalid_request"),
        (&[], "&foo=1&foo=2", "invalid_request"),
        (&[("response_type", None)], "", "invalid_request"),
        (&[("response_type", Some("token"))], "", "unsupported_response_type"),
        (&[("response_type", Some("code id_token"))], "", "unsupported_response_type"),
        (&[("response_mode", Some("fragment"))], "", "invalid_request"),
        (&[("scope", None)], "", "invalid_request"),
        (&[("scope", Some("   "))], "", "invalid_scope"),
        (&[("scope", Some("openid admin"))], "", "invalid_scope"),
        (&[("scope", Some("openid \"x\""))], "", "invalid_scope"),
        (&[("code_challenge", Some(CHALLENGE))], "", "invalid_request"),
        (
            &[("code_challenge", Some(VERIFIER)), ("code_challenge_method", Some("plain"))],
            "",
            "invalid_request",
        ),
        (
            &[("code_challenge", Some("x")), ("code_challenge_method", Some("S256"))],
            "",
            "invalid_request",
        ),
        (&[("code_challenge_method", Some("S256"))], "", "invalid_request"),
        (&[("client_id", Some(PUBLIC_ID))], "", "invalid_request"),
        (&[("prompt", Some("none"))], "", "login_required"),
        (&[("prompt", Some("none login"))], "", "invalid_request"),
        (&[("prompt", Some("dance"))], "", "invalid_request"),
        (&[("max_age", Some("-1"))], "", "invalid_request"),
        (&[("max_age", Some("+1"))], "", "invalid_request"),
        (&[("max_age", Some(" 1"))], "", "invalid_request"),
        (&[("max_age", Some("1.0"))], "", "invalid_request"),
        (&[("max_age", Some("18446744073709551616"))], "", "invalid_request"),
        (&[("request", Some("eyJ"))], "", "request_not_supported"),
        (&[("request_uri", Some("https://a.test/r"))], "", "request_uri_not_supported"),
        (&[("registration", Some("{}"))], "", "registration_not_supported"),
    ];
    for (change, more, error) in rows {
        let mut world = World::new();
        let before = world.store.clone();
        let asked = format!("{}&state=s{more}", changed(authorization(), change));
        for request in [
            Request::get(format!("{ISSUER}/oauth2/authorize?{asked}")),
            Request::form(format!("{ISSUER}/oauth2/authorize"), asked.clone()),
        ] {
            let mut response = world.send(&request).response();
            // A posted request begins again with the browser's cookies, if nothing is wrong with it.
            let location = response.headers.first("location").unwrap().to_owned();
            if location.starts_with(ISSUER) {
                assert_eq!(*error, "login_required");
                response = world.send(&Request::get(location)).response();
            }
            assert_eq!(response.headers.first("cache-control"), Some("no-store"));
            assert_eq!(response.headers.first("referrer-policy"), Some("no-referrer"));
            assert_eq!(response.headers.first("access-control-allow-origin"), None);
            let back = redirect_parameters(&response);
            assert!(response.headers.first("location").unwrap().starts_with(CALLBACK));
            assert_eq!(back.one("error").unwrap(), Some(*error), "{asked}");
            assert!(back.one("error_description").unwrap().is_some());
            assert_eq!(back.one("state").unwrap(), Some("s"));
            assert_eq!(back.one("iss").unwrap(), Some(ISSUER));
            assert_eq!(world.store, before);
        }
    }
}

#[test]
fn a_03_another_port_of_this_machine_is_taken_from_a_native_app_only() {
    let registered = ["http://127.0.0.1/cb", "http://[::1]:7000/cb", "https://yourapp.com/native"];
    for (kind, is_native) in [(ApplicationType::Native, true), (ApplicationType::Web, false)] {
        let mut world = World::new();
        world.register(&Declaration {
            client_id: "app".into(),
            metadata: ClientMetadata {
                application_type: Some(kind),
                redirect_uris: registered.map(Into::into).into(),
                ..confidential().metadata
            },
            ..confidential()
        });
        for (uri, is_taken) in [
            ("http://127.0.0.1/cb", true),
            ("http://[::1]:7000/cb", true),
            // A claimed address of an app that is native is one like any other.
            ("https://yourapp.com/native", true),
            ("http://127.0.0.1:51004/cb", is_native),
            ("http://[::1]:51004/cb", is_native),
            ("http://[::1]/cb", is_native),
            ("http://127.0.0.1:51004/cb2", false),
            ("http://127.0.0.1:51004/cb?x=1", false),
            ("http://127.0.0.1:0x1/cb", false),
            ("http://127.0.0.2:51004/cb", false),
            ("http://localhost:51004/cb", false),
            ("https://127.0.0.1:51004/cb", false),
            ("https://yourapp.com:51004/native", false),
        ] {
            let change = [("client_id", Some("app")), ("redirect_uri", Some(uri))];
            let asked = changed(authorization(), &change);
            let answer = world.browse(Request::get(format!("{ISSUER}/oauth2/authorize?{asked}")));
            let shown = answer.page();
            match shown.page {
                Page::Login(_) => assert!(is_taken, "{uri}"),
                Page::Error(error) => {
                    assert!(!is_taken, "{uri}");
                    assert_eq!(
                        (shown.status, error.error_description),
                        (400, "Invalid redirect URI")
                    );
                    assert_eq!(shown.headers.first("location"), None);
                }
                page => panic!("{page:?}"),
            }
        }
        // Where the code went is where it is redeemed, the port included.
        if is_native {
            let uri = "http://127.0.0.1:51004/cb";
            let change = [("client_id", Some("app")), ("redirect_uri", Some(uri))];
            let code = world.approve(&changed(authorization(), &change)).field("code").to_owned();
            for (uri, status) in [("http://127.0.0.1:51005/cb", 400), (uri, 200)] {
                let fields =
                    [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", uri)];
                let mut request = Request::form(format!("{ISSUER}/oauth2/token"), query(&fields));
                request.headers.push("authorization", basic("app", CLIENT_SECRET));
                assert_eq!(world.send(&request).response().status, status, "{uri}");
            }
        }
    }
}

#[test]
fn a_state_that_is_there_twice_does_not_come_back() {
    let mut world = World::new();
    let asked = format!("{}&state=a&state=b", changed(authorization(), &[]));
    let response =
        world.send(&Request::get(format!("{ISSUER}/oauth2/authorize?{asked}"))).response();
    let back = redirect_parameters(&response);
    assert_eq!(
        (back.one("error").unwrap(), back.one("state").unwrap()),
        (Some("invalid_request"), None)
    );
}

#[test]
fn a_09_unknown_parameters_are_ignored_and_empty_ones_are_absent() {
    let mut world = World::new();
    let asked = changed(authorization(), &[]);
    let _ = world.visit(&format!("{asked}&foo=bar&code_challenge=&prompt=")).consent();
}

#[test]
fn a_22_a_query_and_a_body_are_not_mixed() {
    let mut world = World::new();
    let asked = changed(authorization(), &[]);
    let before = world.store.clone();
    for name in ["client_id", "redirect_uri", "scope", "foo"] {
        let url = format!("{ISSUER}/oauth2/authorize?{name}=x");
        let response = world.send(&Request::form(url, asked.clone())).response();
        assert_eq!((response.status, response.headers.first("location")), (400, None), "{name}");
        assert_eq!(json(&response)["error"], "invalid_request");
    }
    assert_eq!(world.store, before);
    // In one place it is a request like any other.
    let whole = Request::form(format!("{ISSUER}/oauth2/authorize"), asked);
    let begun = world.browse(whole).response();
    let _ = world.browse(Request::get(begun.headers.first("location").unwrap())).login();
}

#[test]
fn a_policy_can_require_pkce_of_everyone() {
    let policy = Policy { pkce: PkceRule::Everyone, ..Policy::new(Issuer::parse(ISSUER).unwrap()) };
    let mut world = World::with(policy);
    let asked = changed(authorization(), &[]);
    let response =
        world.send(&Request::get(format!("{ISSUER}/oauth2/authorize?{asked}"))).response();
    assert_eq!(redirect_parameters(&response).one("error").unwrap(), Some("invalid_request"));
}

// --- The token endpoint ---------------------------------------------------------------------

#[test]
fn a_token_request_is_refused_by_its_row() {
    let other = "https://yourapp.com/other";
    let long = "a".repeat(129);
    let rows: &[(Change<'_>, Option<String>, u16, &str, &str)] = &[
        (
            &[("grant_type", None)],
            right(),
            400,
            "invalid_request",
            "Missing required parameter: grant_type",
        ),
        (
            &[("grant_type", Some("password"))],
            right(),
            400,
            "unsupported_grant_type",
            "grant_type must be authorization_code, refresh_token or client_credentials",
        ),
        (&[], None, 400, "invalid_request", "Client authentication required"),
        (&[], Some("Basic".into()), 401, "invalid_client", "Invalid client credentials"),
        (&[], Some("Basic %%%".into()), 401, "invalid_client", "Invalid client credentials"),
        (&[], Some("Digest x".into()), 401, "invalid_client", "Invalid client credentials"),
        (&[], Some(basic("nobody", "x")), 401, "invalid_client", "Invalid client credentials"),
        (&[], Some(basic(CLIENT_ID, "x")), 401, "invalid_client", "Invalid client credentials"),
        (&[], Some(basic(PUBLIC_ID, "x")), 401, "invalid_client", "Invalid client credentials"),
        (
            &[("client_id", Some(CLIENT_ID))],
            None,
            401,
            "invalid_client",
            "Invalid client credentials",
        ),
        (
            &[("client_id", Some(CLIENT_ID)), ("client_secret", Some(CLIENT_SECRET))],
            None,
            401,
            "invalid_client",
            "Invalid client credentials",
        ),
        (
            &[("client_secret", Some(CLIENT_SECRET))],
            right(),
            400,
            "invalid_request",
            "More than one client authentication",
        ),
        (
            &[("client_assertion", Some("x"))],
            right(),
            400,
            "invalid_request",
            "More than one client authentication",
        ),
        (
            &[("client_id", Some(PUBLIC_ID))],
            right(),
            400,
            "invalid_request",
            "More than one client authentication",
        ),
        (&[("code", None)], right(), 400, "invalid_request", "Missing required parameter: code"),
        (&[("code", Some("x"))], right(), 400, "invalid_grant", "Invalid authorization code"),
        (
            &[("redirect_uri", None)],
            right(),
            400,
            "invalid_request",
            "Missing required parameter: redirect_uri",
        ),
        (&[("redirect_uri", Some(other))], right(), 400, "invalid_grant", "Redirect URI mismatch"),
        (&[("code_verifier", None)], right(), 400, "invalid_grant", "Invalid code verifier"),
        (
            &[("code_verifier", Some("short"))],
            right(),
            400,
            "invalid_grant",
            "Invalid code verifier",
        ),
        (&[("code_verifier", Some(&long))], right(), 400, "invalid_grant", "Invalid code verifier"),
    ];
    let mut world = World::new();
    let code = world.code(&format!("&code_challenge={CHALLENGE}&code_challenge_method=S256"));
    let before = world.store.clone();
    let whole = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    for (change, header, status, error, description) in rows {
        let mut request =
            Request::form(format!("{ISSUER}/oauth2/token"), changed(whole.to_vec(), change));
        request.headers.push("origin", "https://yourapp.com");
        if let Some(header) = header {
            request.headers.push("authorization", header.clone());
        }
        let response = world.send(&request).response();
        let expected = format!(r#"{{"error":"{error}","error_description":"{description}"}}"#);
        assert_eq!((response.status, text(&response)), (*status, expected.as_str()), "{change:?}");
        assert_eq!(response.headers.first("cache-control"), Some("no-store"));
        assert_eq!(response.headers.first("pragma"), Some("no-cache"));
        assert_eq!(response.headers.first("access-control-allow-origin"), Some("*"));
        let challenge = response.headers.first("www-authenticate");
        assert_eq!(challenge.is_some(), *status == 401);
        assert_eq!(world.store, before, "{change:?}");
    }
    let mut bare = token_request(&code, &[("code_verifier", VERIFIER), ("client_id", CLIENT_ID)]);
    bare.headers = right_headers();
    assert_eq!(world.send(&bare).response().status, 200, "and the code is still good");
}

#[test]
fn a_grant_type_of_another_specification_is_none_here() {
    let mut world = World::new();
    let before = world.store.clone();
    for kind in ["device_code", "token-exchange", "saml2-bearer", "jwt-bearer"] {
        let kind = format!("urn:ietf:params:oauth:grant-type:{kind}");
        let change = [("grant_type", Some(&*kind)), ("assertion", Some("x"))];
        let mut request = Request::form(format!("{ISSUER}/oauth2/token"), changed(vec![], &change));
        request.headers = right_headers();
        let response = world.send(&request).response();
        assert_eq!(response.status, 400);
        assert_eq!(json(&response)["error"], "unsupported_grant_type", "{kind}");
    }
    assert_eq!(world.store, before);
}

#[test]
fn a_35_a_code_of_another_client_is_an_unknown_code() {
    let mut world = World::new();
    let pkce = format!("&code_challenge={CHALLENGE}&code_challenge_method=S256");
    let code = world.code(&pkce);
    let before = world.store.clone();
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", PUBLIC_ID),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let request = Request::form(format!("{ISSUER}/oauth2/token"), query(&fields));
    let response = world.send(&request).response();
    let expected = r#"{"error":"invalid_grant","error_description":"Invalid authorization code"}"#;
    assert_eq!((response.status, text(&response)), (400, expected));
    assert_eq!(world.store, before);
    let rightful = token_request(&code, &[("code_verifier", VERIFIER)]);
    assert_eq!(world.send(&rightful).response().status, 200);
}

#[test]
fn a_39_the_token_endpoint_refuses_what_is_no_posted_form() {
    let mut world = World::new();
    let code = world.code("");
    let before = world.store.clone();
    let good = token_request(&code, &[]);
    let typed = |media_type: &str| Request {
        headers: Headers::new()
            .with("authorization", basic(CLIENT_ID, CLIENT_SECRET))
            .with("content-type", media_type),
        ..good.clone()
    };
    let refused = |world: &mut World, request: &Request, status: u16| -> Response {
        let response = world.send(request).response();
        assert_eq!(
            (response.status, json(&response)["error"].as_str()),
            (status, Some("invalid_request"))
        );
        response
    };
    for method in [Method::Get, Method::Head, Method::Other] {
        let response = refused(&mut world, &Request { method, ..good.clone() }, 405);
        assert_eq!(response.headers.first("allow"), Some("POST"));
    }
    refused(&mut world, &typed("application/json"), 400);
    refused(&mut world, &typed("application/json, application/x-www-form-urlencoded"), 400);
    let mut twice = good.clone();
    twice.body.extend_from_slice(b"&redirect_uri=x");
    refused(&mut world, &twice, 400);
    refused(&mut world, &Request { body: b"a=%zz".to_vec(), ..good.clone() }, 400);
    refused(&mut world, &Request { body: vec![0xff; 10], ..good.clone() }, 400);
    refused(&mut world, &Request { body: vec![b'a'; 64 * 1024 + 1], ..good.clone() }, 413);
    let in_query = format!("{}?{}", good.url, String::from_utf8(good.body.clone()).unwrap());
    refused(&mut world, &Request { url: in_query, body: Vec::new(), ..good.clone() }, 400);
    let preflight = world.send(&Request { method: Method::Options, ..good.clone() }).response();
    assert_eq!((preflight.status, preflight.body.len()), (204, 0));
    assert_eq!(world.store, before);
    assert_eq!(world.send(&good).response().status, 200);
}

// --- Resources ------------------------------------------------------------------------------

#[test]
fn a_token_that_opens_nothing_is_told_why() {
    let mut world = World::new();
    let code = world.code("");
    let tokens = json(&world.send(&token_request(&code, &[])).response());
    let token = tokens["access_token"].as_str().unwrap();
    let forged = format!("{}A", &token[..token.len() - 1]);
    let rows = [
        ("/api/tasks".to_owned(), None, 401, None),
        ("/api/tasks".to_owned(), Some("Bearer x".to_owned()), 401, Some("invalid_token")),
        ("/api/tasks".to_owned(), Some(format!("Bearer {forged}")), 401, Some("invalid_token")),
        ("/api/tasks".to_owned(), Some(format!("Bearer {code}")), 401, Some("invalid_token")),
        ("/api/tasks".to_owned(), Some(format!("Basic {token}")), 401, None),
        ("/api/tasks".to_owned(), Some("Bearer".to_owned()), 400, Some("invalid_request")),
        (format!("/api/tasks?access_token={token}"), None, 401, Some("invalid_token")),
        (format!("/oauth2/userinfo?access_token={token}"), None, 401, Some("invalid_token")),
        (
            format!("/api/tasks?access_token={token}"),
            Some(format!("Bearer {token}")),
            400,
            Some("invalid_request"),
        ),
    ];
    for (path, header, status, error) in rows {
        let mut request = Request::get(format!("{ISSUER}{path}"));
        if let Some(header) = &header {
            request.headers.push("authorization", header.clone());
        }
        let response = world.send(&request).response();
        let challenge = response.headers.first("www-authenticate").unwrap();
        assert_eq!(response.status, status, "{path} {header:?}");
        assert!(challenge.starts_with("Bearer realm=\"grantflow\""));
        match error {
            Some(error) => {
                assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
            }
            None => assert!(!challenge.contains("error"), "{challenge}"),
        }
    }
}

#[test]
fn userinfo_needs_openid() {
    let mut world = World::new();
    let asked = changed(authorization(), &[("scope", Some("profile email"))]);
    let code = world.approve(&asked).one("code").unwrap().unwrap().to_owned();
    let tokens = json(&world.send(&token_request(&code, &[])).response());
    let mut request = Request::get(format!("{ISSUER}/oauth2/userinfo"));
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    request.headers.push("authorization", bearer);
    let response = world.send(&request).response();
    let challenge = response.headers.first("www-authenticate").unwrap();
    assert_eq!(response.status, 403);
    assert!(challenge.contains("error=\"insufficient_scope\""));
    assert!(challenge.ends_with("scope=\"openid\""), "{challenge}");
}

// --- Everywhere -----------------------------------------------------------------------------

#[test]
fn a_125_paths_match_as_they_are() {
    for path in [
        "/oauth2/token/",
        "//oauth2/token",
        "/oauth2/%74oken",
        "/OAUTH2/token",
        "/oauth2/./token",
        "/oauth2",
        "/",
    ] {
        let mut world = World::new();
        let before = world.store.clone();
        assert!(!world.server.owns(path));
        for request in [Request::get(format!("{ISSUER}{path}")), Request::form(path, "a=b")] {
            let response = world.send(&request).response();
            assert_eq!(response.status, 404, "{path}");
            assert_eq!(json(&response)["error"], "not_found");
        }
        assert_eq!(world.store, before);
    }
    // As it is, it is found.
    let mut world = World::new();
    assert!(world.server.owns("/oauth2/token"));
    let response = world.send(&Request::form(format!("{ISSUER}/oauth2/token"), "a=b")).response();
    assert_eq!(response.status, 400);
}

#[test]
fn a_23_no_answer_echoes_what_was_sent() {
    let echo = "<script>alert(1)</script>";
    for name in [
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "prompt",
        "request",
        "code_challenge",
    ] {
        let mut world = World::new();
        let before = world.store.clone();
        let asked = changed(authorization(), &[(name, Some(echo))]);
        let response =
            world.send(&Request::get(format!("{ISSUER}/oauth2/authorize?{asked}"))).response();
        assert!(!text(&response).contains("alert"), "{name}");
        let words = if let Some(location) = response.headers.first("location") {
            assert!(!location.contains("alert"), "{name}");
            redirect_parameters(&response).field("error_description").to_owned()
        } else {
            assert_eq!(
                (response.status, &json(&response)["error"]),
                (400, &"invalid_request".into())
            );
            json(&response)["error_description"].as_str().unwrap().to_owned()
        };
        let is_ours = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        assert!(!words.is_empty() && words.chars().all(is_ours), "{words}");
        assert_eq!(world.store, before);
    }
    for name in ["grant_type", "code", "redirect_uri", "code_verifier", "scope", "resource"] {
        let mut world = World::new();
        let code = world.code("");
        let mut request = token_request(&code, &[]);
        let whole =
            [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", CALLBACK)];
        request.body = changed(whole.to_vec(), &[(name, Some(echo))]).into();
        let before = world.store.clone();
        let response = world.send(&request).response();
        assert!(!text(&response).contains("alert"), "{name}");
        if name != "scope" {
            assert_eq!(response.status, 400, "{name}");
            assert_eq!(world.store, before);
        }
    }
}

/// The one thing that comes back as it was sent, for the app to compare.
#[test]
fn a_23_state_comes_back_where_it_can_do_no_harm() {
    let mut world = World::new();
    let echo = "<script>alert(1)</script>";
    let asked = changed(authorization(), &[("state", Some(echo)), ("response_type", Some("x"))]);
    let request = Request::get(format!("{ISSUER}/oauth2/authorize?{asked}"));
    let response = world.send(&request).response();
    assert!(!response.headers.first("location").unwrap().contains('<') && response.body.is_empty());
    assert_eq!(redirect_parameters(&response).one("state"), Ok(Some(echo)));
}

fn authorization() -> Vec<(&'static str, &'static str)> {
    vec![
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email"),
    ]
}

fn changed<'c>(mut fields: Vec<(&'c str, &'c str)>, change: Change<'c>) -> String {
    for (name, value) in change {
        fields.retain(|(n, _)| n != name);
        fields.extend(value.map(|value| (*name, value)));
    }
    query(&fields)
}

#[expect(clippy::unnecessary_wraps, reason = "a column of a table")]
fn right() -> Option<String> {
    Some(basic(CLIENT_ID, CLIENT_SECRET))
}

fn right_headers() -> Headers {
    token_request("", &[]).headers
}
