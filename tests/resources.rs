//! Tokens for one API and no other: resource indicators (RFC 8707), tokens that an API reads itself
//! (RFC 9068), APIs that ask about tokens (RFC 7662), and what an API says about itself (RFC 9728).

use grantflow::key::Algorithm;
use grantflow::server::{
    Declaration, Key, KeySet, Policy, Record, Resource, Scope, ServerKey, TokenFormat,
};
use grantflow::uri::Issuer;
use grantflow::wire::http::{Request, Response};
use grantflow::wire::registration::{ClientMetadata, GrantType};
use grantflow_tests::{
    CALLBACK, CLIENT_ID, CLIENT_SECRET, ISSUER, Owner, World, basic, confidential, header, json,
    payload, query, redirect_parameters, tasks_request, token_request,
};
use serde_json::{Value, json};

/// Reads its tokens itself.
const REPORTS: &str = "https://reports.test/";
/// Asks about its tokens, as the client of that name.
const MAIL: &str = "https://mail.test/";
/// Asks about its tokens, too, as another client.
const FILES: &str = "https://files.test/";
/// Is here.
const TASKS: &str = "https://as.test/api/tasks";
/// Is here, too.
const USERINFO: &str = "https://as.test/oauth2/userinfo";

// --- Which API a token is for -------------------------------------------------------------------

#[test]
fn a_117_a_token_for_one_api_is_good_at_that_and_no_other() {
    let mut world = world();
    let tokens = granted(&mut world, &[TASKS, USERINFO]);
    let both = tokens["access_token"].as_str().unwrap();
    assert!(opens(&mut world, "/api/tasks", both) && opens(&mut world, "/oauth2/userinfo", both));
    let refresh = tokens["refresh_token"].as_str().unwrap();
    for (resource, tasks, userinfo) in [(TASKS, true, false), (USERINFO, false, true)] {
        let one = ok(&mut world, &refreshed(refresh, &[("resource", resource)]));
        let one = one["access_token"].as_str().unwrap();
        assert_eq!(opens(&mut world, "/api/tasks", one), tasks, "{resource}");
        assert_eq!(opens(&mut world, "/oauth2/userinfo", one), userinfo, "{resource}");
    }
}

#[test]
fn a_token_for_nothing_in_particular_is_good_here() {
    let mut world = world();
    let tokens = granted(&mut world, &[]);
    let token = tokens["access_token"].as_str().unwrap();
    assert!(opens(&mut world, "/api/tasks", token) && opens(&mut world, "/oauth2/userinfo", token));
}

#[test]
fn a_43_no_token_is_for_more_than_was_granted_and_asking_costs_nothing() {
    let mut world = world();
    let code = code(&mut world, &[TASKS, MAIL]);
    let before = world.store.clone();
    for resource in [REPORTS, "https://unknown.test/", "https://as.test/api/tasks/"] {
        let response = world.send(&token_request(&code, &[("resource", resource)])).response();
        assert_eq!(refusal(&response), (400, "invalid_target".into()), "{resource}");
        assert_eq!(world.store, before, "the code is not consumed");
    }
    let tokens = json(&world.send(&token_request(&code, &[("resource", MAIL)])).response());
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let before = world.store.clone();
    let wider = world.send(&refreshed(refresh, &[("resource", REPORTS)])).response();
    assert_eq!(refusal(&wider), (400, "invalid_target".into()));
    assert_eq!(world.store, before, "and neither is the refresh token");
    let other = ok(&mut world, &refreshed(refresh, &[("resource", TASKS)]));
    assert!(opens(&mut world, "/api/tasks", other["access_token"].as_str().unwrap()));
}

#[test]
fn an_api_that_is_none_of_this_servers_is_refused_by_redirect() {
    let mut world = world();
    for resource in ["https://unknown.test/", "urn:x", "", "https://reports.test"] {
        let asked = asked(&[resource]);
        let url = format!("{ISSUER}/oauth2/authorize?{asked}");
        let answer = world.browse(Request::get(url));
        if resource.is_empty() {
            let _ = answer.login();
            continue;
        }
        let back = redirect_parameters(&answer.response());
        assert_eq!(back.one("error"), Ok(Some("invalid_target")), "{resource}");
    }
    // The same one often is one.
    let url = format!("{ISSUER}/oauth2/authorize?{}", asked(&[TASKS; 17]));
    let _ = world.browse(Request::get(url)).login();
}

#[test]
fn a_request_names_sixteen_apis_at_most() {
    let mut policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    let names: Vec<String> = (0..17).map(|at| format!("https://api-{at}.test/")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    policy.resources = names.iter().map(|name| resource(name, TokenFormat::Opaque, None)).collect();
    let mut world = World::with(policy);
    world.register(&machine());
    let machine = |names: &[&str]| {
        let mut fields = vec![("grant_type", "client_credentials")];
        fields.extend(names.iter().map(|name| ("resource", *name)));
        let mut ask = Request::form(format!("{ISSUER}/oauth2/token"), query(&fields));
        ask.headers.push("authorization", basic("machine", CLIENT_SECRET));
        ask
    };
    assert_eq!(world.visit(&asked(&names[..16])).consent().resources, &names[..16]);
    let _ = ok(&mut world, &machine(&names[..16]));
    let url = format!("{ISSUER}/oauth2/authorize?{}", asked(&names));
    let back = redirect_parameters(&world.browse(Request::get(url)).response());
    assert_eq!(back.one("error"), Ok(Some("invalid_target")));
    let refused = refusal(&world.send(&machine(&names)).response());
    assert_eq!(refused, (400, "invalid_target".into()));
}

#[test]
fn the_person_sees_which_apis_the_tokens_will_be_for() {
    let mut world = world();
    let page = world.visit(&asked(&[MAIL, REPORTS])).consent();
    assert_eq!(page.resources, [MAIL, REPORTS]);
}

// --- Tokens that an API reads itself ------------------------------------------------------------

#[test]
fn an_api_that_wants_it_gets_tokens_that_say_what_they_are() {
    let mut world = world();
    let tokens = granted(&mut world, &[REPORTS]);
    let token = tokens["access_token"].as_str().unwrap();
    let key = Owner::Server.public_key(Algorithm::Rs256);
    assert_eq!(header(token), json!({"alg": "RS256", "kid": key.kid, "typ": "at+jwt"}));
    let said = payload(token);
    let expected = json!({
        "iss": ISSUER, "sub": "user-alice", "aud": REPORTS, "client_id": CLIENT_ID,
        "exp": 1_700_003_600, "iat": 1_700_000_000, "jti": said["jti"],
        "auth_time": 1_700_000_000, "acr": "urn:grantflow:acr:password",
    });
    assert_eq!(said, expected, "and what the scope says is for the client, not for the API");
    assert_eq!(tokens["scope"], "openid offline_access");
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = grantflow::base64url::decode(signature).unwrap();
    assert!(grantflow_tests::is_signed(&key, input.as_bytes(), &signature));
    // The ID token vouches for this very token.
    let id_token = payload(tokens["id_token"].as_str().unwrap());
    let at_hash = grantflow::wire::id_token::at_hash(Algorithm::Rs256, token);
    assert_eq!(id_token["at_hash"], at_hash);
    assert_eq!(header(tokens["id_token"].as_str().unwrap())["typ"], "JWT");
}

#[test]
fn such_a_token_says_only_what_means_something_to_its_api() {
    let mut policy = signed_policy();
    policy.scopes.push(Scope { word: "tasks".into(), meaning: "Work".into() });
    policy.resources[0].scope = grantflow::scope::ScopeSet::parse("email").unwrap();
    let mut world = World::with(policy);
    let fields = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email tasks"),
        ("resource", TASKS),
    ];
    let code = world.approve(&query(&fields)).one("code").unwrap().unwrap().to_owned();
    let tokens = json(&world.send(&token_request(&code, &[])).response());
    let said = payload(tokens["access_token"].as_str().unwrap());
    assert_eq!(said["scope"], "email tasks", "the API asks for the one and knows the other");
}

#[test]
fn what_is_signed_as_something_else_opens_nothing() {
    let mut world = signed_tasks();
    let tokens = granted(&mut world, &[TASKS]);
    let token = tokens["access_token"].as_str().unwrap();
    assert!(opens(&mut world, "/api/tasks", token));
    let said = payload(token).to_string();
    for (typ, is_taken) in [
        ("at+jwt", true),
        ("application/AT+JWT", true),
        ("JWT", false),
        ("text/at+jwt", false),
        ("application/at+jwt/x", false),
    ] {
        let again = Owner::Server.token(Algorithm::Rs256, typ, &said);
        assert_eq!(opens(&mut world, "/api/tasks", &again), is_taken, "{typ}");
    }
    // Nor does what the same keys sign under another name.
    let foreign = said.replace("\"https://as.test\"", "\"https://other.test\"");
    assert_ne!(foreign, said);
    let foreign = Owner::Server.token(Algorithm::Rs256, "at+jwt", &foreign);
    assert!(!opens(&mut world, "/api/tasks", &foreign));
}

#[test]
fn a_client_that_acts_for_itself_is_nobody_in_such_a_token() {
    let mut world = world();
    world.register(&machine());
    let form = query(&[("grant_type", "client_credentials"), ("resource", REPORTS)]);
    let mut ask = Request::form(format!("{ISSUER}/oauth2/token"), form);
    ask.headers.push("authorization", basic("machine", CLIENT_SECRET));
    let tokens = ok(&mut world, &ask);
    let said = payload(tokens["access_token"].as_str().unwrap());
    assert_eq!((&said["sub"], &said["client_id"]), (&json!("client:machine"), &json!("machine")));
    assert_eq!((said.get("auth_time"), said.get("acr"), said.get("scope")), (None, None, None));
    let mut unknown = ask.clone();
    unknown.body = query(&[("grant_type", "client_credentials"), ("resource", USERINFO)]).into();
    assert_eq!(refusal(&world.send(&unknown).response()), (400, "invalid_target".into()));
}

#[test]
fn a_24_nobody_in_the_directory_can_be_taken_for_such_a_client() {
    let mut world = world();
    let login = world.browse(Request::get(format!("{ISSUER}/oauth2/authorize?{}", asked(&[]))));
    let interaction = login.login().interaction;
    let fields =
        [("interaction", &*interaction), ("username", "alice"), ("password", "wonderland")];
    let mut turn = world.begin(&grantflow_tests::own_form("/oauth2/login", &fields));
    let grantflow::server::Turn::SignIn(ask) = turn else { panic!("{turn:?}") };
    turn = ask.answer(Some("client:machine".into()));
    let page = world.finish(turn).login();
    assert!(page.problem.is_some());
}

#[test]
fn a_signed_token_for_one_api_hides_nothing_of_another() {
    let mut world = world();
    let code = code(&mut world, &[REPORTS, MAIL]);
    let before = world.store.clone();
    let response = world.send(&token_request(&code, &[])).response();
    assert_eq!(refusal(&response), (400, "invalid_target".into()), "ask for one at a time");
    assert_eq!(world.store, before);
    let tokens = json(&world.send(&token_request(&code, &[("resource", REPORTS)])).response());
    assert_eq!(payload(tokens["access_token"].as_str().unwrap())["aud"], REPORTS);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let mail = ok(&mut world, &refreshed(refresh, &[("resource", MAIL)]));
    assert!(mail["access_token"].as_str().unwrap().starts_with("gfa_"));
}

#[test]
fn a_signed_token_is_revoked_and_asked_about_by_the_whole_of_it_only() {
    let mut world = signed_tasks();
    let tokens = granted(&mut world, &[TASKS]);
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    assert!(opens(&mut world, "/api/tasks", &token));
    let about =
        |world: &mut World, token: &str| ok(world, &errand("/oauth2/introspect", CLIENT_ID, token));
    assert_eq!(about(&mut world, &token)["aud"], TASKS);
    let jti = payload(&token)["jti"].as_str().unwrap().to_owned();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let mut forged = payload(&token);
    forged["sub"] = "user-mallory".into();
    let (head, _) = input.split_once('.').unwrap();
    let forged_input = format!("{head}.{}", grantflow::base64url::encode(forged.to_string()));
    let stranger = Owner::Stranger.sign(Algorithm::Rs256, input.as_bytes());
    for bad in [
        jti.clone(),
        format!("gfa_{jti}"),
        format!("{forged_input}.{signature}"),
        format!("{input}.{}", grantflow::base64url::encode(stranger)),
        format!("{input}."),
        tokens["id_token"].as_str().unwrap().to_owned(),
    ] {
        assert!(!opens(&mut world, "/api/tasks", &bad), "{bad}");
        assert_eq!(about(&mut world, &bad), json!({"active": false}), "{bad}");
        let revoked = world.send(&errand("/oauth2/revoke", CLIENT_ID, &bad)).response();
        assert_eq!(revoked.status, 200);
        assert!(opens(&mut world, "/api/tasks", &token), "nothing happened");
    }
    let revoked = world.send(&errand("/oauth2/revoke", CLIENT_ID, &token)).response();
    assert_eq!(revoked.status, 200);
    assert!(!opens(&mut world, "/api/tasks", &token));
    assert_eq!(about(&mut world, &token), json!({"active": false}));
}

#[test]
fn a_signed_token_ends_with_its_time_and_with_its_key() {
    let mut world = signed_tasks();
    let tokens = granted(&mut world, &[TASKS]);
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    world.wait(3599);
    assert!(opens(&mut world, "/api/tasks", &token));
    world.wait(1);
    let response = world.send(&tasks_request(&token)).response();
    assert_eq!(json(&response)["error_description"], "The Access Token expired");

    // A key that ends at once, for it has leaked.
    let end = Some(grantflow_tests::BEGINNING + std::time::Duration::from_secs(10));
    let old = Owner::Server.public_key(Algorithm::Rs256);
    let old = ServerKey { key: old, signs_until: end, published_until: end };
    let new = Owner::Server.public_key(Algorithm::Es256).into();
    let mut world = World::with_keys(signed_policy(), KeySet::new([old, new]).unwrap());
    let token = granted(&mut world, &[TASKS])["access_token"].as_str().unwrap().to_owned();
    world.wait(9);
    assert!(opens(&mut world, "/api/tasks", &token));
    world.wait(1);
    assert!(!opens(&mut world, "/api/tasks", &token));
    let token = granted(&mut world, &[TASKS])["access_token"].as_str().unwrap().to_owned();
    assert_eq!(header(&token)["alg"], "ES256");
    assert!(opens(&mut world, "/api/tasks", &token));
}

// --- APIs that ask about tokens -----------------------------------------------------------------

#[test]
fn an_api_is_told_about_tokens_for_itself_and_a_client_about_its_own() {
    let mut world = world();
    let mail = granted(&mut world, &[MAIL]);
    let anything = granted(&mut world, &[]);
    let files = granted(&mut world, &[FILES]);
    let inactive = json!({"active": false});
    for (who, tokens, may_know) in [
        ("mail-api", &mail, true),
        ("mail-api", &anything, true),
        ("mail-api", &files, false),
        ("files-api", &mail, false),
        ("files-api", &anything, true),
        ("files-api", &files, true),
        (CLIENT_ID, &mail, true),
        (CLIENT_ID, &files, true),
    ] {
        let ask = errand("/oauth2/introspect", who, tokens["access_token"].as_str().unwrap());
        let about = ok(&mut world, &ask);
        assert_eq!(about["active"], may_know, "{who}: {about}");
        if may_know {
            assert_eq!(
                (&about["sub"], &about["client_id"]),
                (&json!("user-alice"), &json!(CLIENT_ID))
            );
        } else {
            assert_eq!(about, inactive);
        }
    }
    // What gets the next tokens is nobody's business but the client's.
    let refresh = mail["refresh_token"].as_str().unwrap();
    assert_eq!(ok(&mut world, &errand("/oauth2/introspect", "mail-api", refresh)), inactive);
    assert_eq!(ok(&mut world, &errand("/oauth2/introspect", CLIENT_ID, refresh))["active"], true);
}

#[test]
fn an_api_is_told_that_a_token_is_dead_once_its_app_is_gone() {
    for is_removed in [true, false] {
        let mut world = world();
        let tokens = granted(&mut world, &[MAIL]);
        let ask =
            errand("/oauth2/introspect", "mail-api", tokens["access_token"].as_str().unwrap());
        assert_eq!(ok(&mut world, &ask)["active"], true);
        let found = world.store.get_mut(&Key::Client(CLIENT_ID.into())).unwrap();
        let Record::Client(client) = &mut found.record else { panic!() };
        let end = Some(world.now);
        if is_removed {
            client.removed = end;
        } else {
            client.until = end;
        }
        assert_eq!(ok(&mut world, &ask), json!({"active": false}), "{is_removed}");
        // A store may have forgotten it altogether.
        world.store.remove(&Key::Client(CLIENT_ID.into()));
        assert_eq!(ok(&mut world, &ask), json!({"active": false}), "{is_removed}");
    }
}

#[test]
fn a_114_an_api_that_is_told_about_a_token_still_cannot_end_it() {
    let mut world = world();
    let mail = granted(&mut world, &[MAIL]);
    let token = mail["access_token"].as_str().unwrap();
    let response = world.send(&errand("/oauth2/revoke", "mail-api", token)).response();
    assert_eq!(response.status, 200);
    let about = ok(&mut world, &errand("/oauth2/introspect", "mail-api", token));
    assert_eq!((&about["active"], &about["aud"]), (&json!(true), &json!(MAIL)));
}

// --- What an API says about itself --------------------------------------------------------------

#[test]
fn a_client_that_knows_only_the_api_finds_the_server() {
    let mut world = world();
    let response = world.send(&Request::get(TASKS)).response();
    let challenge = response.headers.first("www-authenticate").unwrap();
    let challenge = grantflow::client::Challenge::parse(challenge).unwrap();
    let about = challenge.resource_metadata.unwrap();
    assert_eq!(about, "https://as.test/.well-known/oauth-protected-resource/api/tasks");
    let response = world.send(&Request::get(about)).response();
    assert_eq!(response.headers.first("access-control-allow-origin"), Some("*"));
    let expected = json!({
        "resource": TASKS, "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "PS256"],
    });
    assert_eq!(json(&response), expected);
    let nowhere = format!("{ISSUER}/.well-known/oauth-protected-resource");
    for path in ["", "/", "/api", "/api/tasks/", "/oauth2/userinfo"] {
        let response = world.send(&Request::get(format!("{nowhere}{path}"))).response();
        assert_eq!(response.status, 404, "{path}");
    }
}

#[test]
fn below_a_path_the_document_is_where_the_rfc_puts_it() {
    let policy = Policy::new(Issuer::parse("https://as.test/tenant").unwrap());
    let mut world = World::with(policy);
    let response = world.send(&Request::get("https://as.test/tenant/api/tasks")).response();
    let challenge = response.headers.first("www-authenticate").unwrap();
    let about = "https://as.test/.well-known/oauth-protected-resource/tenant/api/tasks";
    assert!(challenge.contains(&format!("resource_metadata=\"{about}\"")), "{challenge}");
    let said = json(&world.send(&Request::get(about)).response());
    assert_eq!(said["resource"], "https://as.test/tenant/api/tasks");
    assert_eq!(said["authorization_servers"], json!(["https://as.test/tenant"]));
}

// --- Helpers ------------------------------------------------------------------------------------

fn resource(identifier: &str, format: TokenFormat, introspected_by: Option<&str>) -> Resource {
    Resource {
        identifier: identifier.into(),
        path: None,
        scope: grantflow::scope::ScopeSet::default(),
        format,
        introspected_by: introspected_by.map(Into::into),
    }
}

/// A client that acts for itself.
fn machine() -> Declaration {
    Declaration {
        client_id: "machine".into(),
        metadata: ClientMetadata {
            grant_types: vec![GrantType::ClientCredentials],
            ..confidential().metadata
        },
        ..confidential()
    }
}

fn world() -> World {
    let mut policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    policy.scopes.push(Scope { word: "tasks".into(), meaning: "Work".into() });
    policy.resources.extend([
        resource(REPORTS, TokenFormat::Jwt, None),
        resource(MAIL, TokenFormat::Opaque, Some("mail-api")),
        resource(FILES, TokenFormat::Opaque, Some("files-api")),
    ]);
    let mut world = World::with(policy);
    for client_id in ["mail-api", "files-api"] {
        world.register(&Declaration {
            client_id: client_id.into(),
            metadata: ClientMetadata {
                grant_types: vec![GrantType::ClientCredentials],
                ..confidential().metadata
            },
            ..confidential()
        });
    }
    world
}

/// The tasks' tokens are signed, and they are here.
fn signed_policy() -> Policy {
    let mut policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    for resource in &mut policy.resources {
        resource.format = TokenFormat::Jwt;
    }
    policy
}

fn signed_tasks() -> World {
    World::with(signed_policy())
}

fn asked(resources: &[&str]) -> String {
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "openid offline_access"),
    ];
    fields.extend(resources.iter().map(|resource| ("resource", *resource)));
    query(&fields)
}

fn code(world: &mut World, resources: &[&str]) -> String {
    world.approve(&asked(resources)).one("code").unwrap().unwrap().into()
}

fn granted(world: &mut World, resources: &[&str]) -> Value {
    let code = code(world, resources);
    ok(world, &token_request(&code, &[]))
}

fn refreshed(token: &str, more: &[(&str, &str)]) -> Request {
    let form =
        query(&[&[("grant_type", "refresh_token"), ("refresh_token", token)], more].concat());
    let mut request = Request::form(format!("{ISSUER}/oauth2/token"), form);
    request.headers.push("authorization", basic(CLIENT_ID, CLIENT_SECRET));
    request
}

fn errand(path: &str, client_id: &str, token: &str) -> Request {
    let mut request = Request::form(format!("{ISSUER}{path}"), query(&[("token", token)]));
    request.headers.push("authorization", basic(client_id, CLIENT_SECRET));
    request
}

fn opens(world: &mut World, path: &str, token: &str) -> bool {
    let request = Request { url: format!("{ISSUER}{path}"), ..tasks_request(token) };
    match world.send(&request) {
        grantflow_tests::Answer::Admitted(_) => true,
        answer => answer.response().status == 200,
    }
}

fn ok(world: &mut World, request: &Request) -> Value {
    let response = world.send(request).response();
    assert_eq!(response.status, 200, "{}", grantflow_tests::text(&response));
    json(&response)
}

fn refusal(response: &Response) -> (u16, String) {
    (response.status, json(response)["error"].as_str().unwrap().to_owned())
}
