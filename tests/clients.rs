//! How clients come to be and prove who they are: registration, statements signed with a key of their
//! own, and acting for nobody but themselves.

use grantflow::key::Algorithm;
use grantflow::secret::Secret;
use grantflow::server::{
    Client, Declaration, InitialAccess, Key, Policy, Record, Registration, Scope, Swapped, Turn,
    Versioned,
};
use grantflow::uri::Issuer;
use grantflow::wire::assertion::{self, Assertion};
use grantflow::wire::http::{Method, Request, Response};
use grantflow::wire::jwks::{Jwks, public_jwk};
use grantflow::wire::registration::{AuthMethod, ClientMetadata, GrantType};
use grantflow_tests::{
    CALLBACK, CLIENT_ID, CLIENT_SECRET, ISSUER, Owner, PUBLIC_ID, World, basic, confidential, json,
    payload, query, tasks_request, text,
};
use serde_json::{Value, json};

// --- Statements signed with a key ---------------------------------------------------------------

/// A client that proves itself with a key.
const KEYED: &str = "keyed";

#[test]
fn a_106_a_statement_signed_with_the_clients_key_proves_it_once() {
    for alg in Algorithm::ALL {
        let mut world = keyed_world();
        let said = statement(&world, "jti-1");
        let request = machine(KEYED, &signed(Owner::Client, alg, &said), &[]);
        let tokens = world.send(&request).response();
        assert_eq!(tokens.status, 200, "{alg:?}: {}", text(&tokens));
        let before = world.store.clone();
        assert_eq!(refusal(&world.send(&request).response()), (401, "invalid_client".into()));
        assert_eq!(world.store, before);
        let again = Assertion { jti: "jti-2".into(), ..said };
        let request = machine(KEYED, &signed(Owner::Client, alg, &again), &[]);
        assert_eq!(world.send(&request).response().status, 200);
    }
}

#[test]
fn an_ed25519_key_is_one_by_its_newer_name_too() {
    let mut world = keyed_world();
    let said = statement(&world, "j").to_json();
    let kid = Owner::Client.kid(Algorithm::EdDsa);
    let part = |json: &str| grantflow::base64url::encode(json);
    let input =
        format!("{}.{}", part(&format!(r#"{{"alg":"Ed25519","kid":"{kid}"}}"#)), part(&said));
    let signature = Owner::Client.sign(Algorithm::EdDsa, input.as_bytes());
    let request =
        machine(KEYED, &format!("{input}.{}", grantflow::base64url::encode(signature)), &[]);
    assert_eq!(world.send(&request).response().status, 200);
    let algs = &metadata(&mut world)["token_endpoint_auth_signing_alg_values_supported"];
    assert!(algs.as_array().unwrap().contains(&json!("Ed25519")), "{algs}");
}

#[test]
fn a_106_a_statement_that_is_not_for_here_and_now_proves_nothing() {
    let mut world = keyed_world();
    let good = statement(&world, "j");
    let now = world.now;
    let at = |seconds: i64| {
        grantflow::time::UnixTime::from_secs(now.as_secs().checked_add_signed(seconds).unwrap())
    };
    let before = world.store.clone();
    let wrong = [
        Assertion { aud: vec!["https://evil.test".into()], ..good.clone() },
        Assertion { aud: vec![format!("{ISSUER}/oauth2/token")], ..good.clone() },
        Assertion { aud: vec![format!("{ISSUER}/")], ..good.clone() },
        Assertion { aud: vec![ISSUER.into(), "https://evil.test".into()], ..good.clone() },
        Assertion { iss: PUBLIC_ID.into(), ..good.clone() },
        Assertion { iss: PUBLIC_ID.into(), sub: PUBLIC_ID.into(), ..good.clone() },
        Assertion { iss: "nobody".into(), sub: "nobody".into(), ..good.clone() },
        Assertion { exp: at(0), ..good.clone() },
        Assertion { exp: at(361), ..good.clone() },
        Assertion { iat: Some(at(61)), ..good.clone() },
        Assertion { nbf: Some(at(61)), ..good.clone() },
    ];
    for said in wrong {
        let request = machine(&said.sub, &signed(Owner::Client, Algorithm::Es256, &said), &[]);
        let refused = refusal(&world.send(&request).response());
        assert_eq!(refused, (401, "invalid_client".into()), "{said:?}");
    }
    for said in [
        Assertion { exp: at(360), jti: "1".into(), ..good.clone() },
        Assertion { exp: at(1), iat: Some(at(60)), nbf: Some(at(60)), jti: "2".into(), ..good },
    ] {
        let request = machine(KEYED, &signed(Owner::Client, Algorithm::Es256, &said), &[]);
        assert_eq!(world.send(&request).response().status, 200, "{said:?}");
    }
    assert_eq!(world.store.keys().filter(|key| !before.contains_key(key)).count(), 4);
}

#[test]
fn a_statement_that_another_signed_or_nobody_proves_nothing() {
    let mut world = keyed_world();
    let said = statement(&world, "j");
    let before = world.store.clone();
    let stranger = signed(Owner::Stranger, Algorithm::Rs256, &said);
    let header = |json: &str| grantflow::base64url::encode(json);
    let (head, rest) = stranger.split_once('.').unwrap();
    // The name of the client's key over a stranger's signature, a key that the header brings along,
    // no signature at all, and none of an asymmetric kind.
    let named = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, Owner::Client.kid(Algorithm::Rs256));
    let brought = r#"{"alg":"RS256","jwk":{"kty":"RSA"}}"#;
    let texts = [
        stranger.clone(),
        format!("{}.{rest}", header(&named)),
        format!("{}.{rest}", header(brought)),
        format!("{}.{}.", header(r#"{"alg":"none"}"#), rest.split('.').next().unwrap()),
        format!("{}.{rest}", header(r#"{"alg":"HS256"}"#)),
        format!("{head}.{rest}.x"),
        "x".into(),
    ];
    for assertion in texts {
        let request = machine(KEYED, &assertion, &[]);
        let refused = refusal(&world.send(&request).response());
        assert_eq!(refused, (401, "invalid_client".into()), "{assertion}");
    }
    assert_eq!(world.store, before);
}

#[test]
fn a_statement_without_the_name_of_a_key_is_tried_on_each_that_can_have_signed_it() {
    let mut world = World::new();
    let alg = Algorithm::EdDsa;
    let strangers = grantflow::key::PublicKey { kid: None, ..Owner::Stranger.public_key(alg) };
    let own = grantflow::key::PublicKey { kid: None, ..Owner::Client.public_key(alg) };
    world.register(&keyed(Jwks { keys: vec![own, strangers] }));
    let said = statement(&world, "j");
    let input = grantflow::wire::jws::signing_input(alg, "", "JWT", &said.to_json());
    let input = {
        let payload = input.split_once('.').unwrap().1;
        format!("{}.{payload}", grantflow::base64url::encode(r#"{"alg":"EdDSA"}"#))
    };
    let text = grantflow::wire::jws::assemble(&input, &Owner::Client.sign(alg, input.as_bytes()));
    assert_eq!(world.send(&machine(KEYED, &text, &[])).response().status, 200);
}

#[test]
fn a_client_may_bind_itself_to_one_algorithm() {
    let mut world = World::new();
    let mut said = keyed(every_key(Owner::Client));
    said.metadata.token_endpoint_auth_signing_alg = Some(Algorithm::EdDsa);
    world.register(&said);
    for (alg, status) in [(Algorithm::Rs256, 401), (Algorithm::EdDsa, 200)] {
        let said = statement(&world, alg.name());
        let request = machine(KEYED, &signed(Owner::Client, alg, &said), &[]);
        assert_eq!(world.send(&request).response().status, status, "{alg:?}");
    }
}

#[test]
fn a_statement_is_one_method_and_goes_with_no_other() {
    let mut world = keyed_world();
    let text = signed(Owner::Client, Algorithm::Es256, &statement(&world, "j"));
    for (more, header, expected) in [
        (&[("client_secret", "x")][..], None, (400, "invalid_request")),
        (&[("client_id", CLIENT_ID)][..], None, (400, "invalid_request")),
        (&[], Some(basic(KEYED, "x")), (400, "invalid_request")),
        (&[("client_assertion_type", "urn:other")][..], None, (401, "invalid_client")),
    ] {
        let mut request = machine(KEYED, &text, more);
        if let Some(header) = header {
            request.headers.push("authorization", header);
        }
        let (status, error) = refusal(&world.send(&request).response());
        assert_eq!((status, error.as_str()), expected, "{more:?}");
    }
    // The right statement of a client that is registered for another method.
    let said = Assertion { iss: CLIENT_ID.into(), sub: CLIENT_ID.into(), ..statement(&world, "k") };
    let request = machine(CLIENT_ID, &signed(Owner::Client, Algorithm::Es256, &said), &[]);
    assert_eq!(refusal(&world.send(&request).response()), (401, "invalid_client".into()));
    // And a client with a key that comes with its name alone, or with a secret.
    let mut request = machine(KEYED, &text, &[]);
    request.body = query(&[("grant_type", "client_credentials"), ("client_id", KEYED)]).into();
    assert_eq!(refusal(&world.send(&request).response()), (401, "invalid_client".into()));
    request.headers.push("authorization", basic(KEYED, ""));
    assert_eq!(refusal(&world.send(&request).response()), (401, "invalid_client".into()));
}

#[test]
fn of_two_who_bring_the_same_statement_at_once_one_is_believed() {
    let mut world = keyed_world();
    let text = signed(Owner::Client, Algorithm::Es256, &statement(&world, "j"));
    let request = machine(KEYED, &text, &[]);
    let (one, other) = (world.until_swap(&request), world.until_swap(&request));
    assert_eq!(world.finish(one).response().status, 200);
    assert_eq!(refusal(&world.finish(other).response()), (401, "invalid_client".into()));
}

#[test]
fn a_statement_whose_use_may_or_may_not_be_stored_is_settled_by_reading_again() {
    for really in [true, false] {
        let mut world = keyed_world();
        let text = signed(Owner::Client, Algorithm::Es256, &statement(&world, "j"));
        let Turn::Swap(ask) = world.until_swap(&machine(KEYED, &text, &[])) else { panic!() };
        assert!(matches!(ask.key(), Key::Assertion { .. }));
        if really {
            assert_eq!(world.swap(&ask), Swapped::Held);
        }
        let turn = ask.answer(Swapped::Unknown);
        assert_eq!(world.finish(turn).response().status, 200, "{really}");
        let again = machine(KEYED, &text, &[]);
        assert_eq!(world.send(&again).response().status, 401, "{really}");
    }
}

#[test]
fn a_106_a_statement_that_another_used_while_nobody_knew_is_not_believed() {
    let mut world = keyed_world();
    let text = signed(Owner::Client, Algorithm::Es256, &statement(&world, "j"));
    let request = machine(KEYED, &text, &[]);
    let (one, other) = (world.until_swap(&request), world.until_swap(&request));
    let Turn::Swap(ask) = one else { panic!() };
    assert_eq!(world.finish(other).response().status, 200);
    let turn = ask.answer(Swapped::Unknown);
    assert_eq!(refusal(&world.finish(turn).response()), (401, "invalid_client".into()));
}

#[test]
fn a_store_that_never_says_whether_a_statement_is_kept_is_asked_nine_times() {
    let mut world = keyed_world();
    let text = signed(Owner::Client, Algorithm::Es256, &statement(&world, "j"));
    let mut turn = world.until_swap(&machine(KEYED, &text, &[]));
    let mut swaps = 0;
    while swaps < 100 {
        turn = match turn {
            Turn::Swap(ask) => {
                swaps += 1;
                ask.answer(Swapped::Unknown)
            }
            turn => match world.step(turn) {
                Ok(turn) => turn,
                Err(answer) => {
                    assert_eq!(answer.response().status, 503);
                    break;
                }
            },
        };
    }
    assert_eq!(swaps, 9);
}

#[test]
fn a_client_with_a_key_redeems_revokes_and_asks_about_tokens_as_any_other() {
    let mut world = keyed_world();
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", KEYED),
        ("redirect_uri", CALLBACK),
        ("scope", "openid offline_access"),
    ]);
    let code = world.approve(&asked).one("code").unwrap().unwrap().to_owned();
    let mut jti = 0;
    let mut send = |world: &mut World, path: &str, fields: &[(&str, &str)]| {
        jti += 1;
        let text =
            signed(Owner::Client, Algorithm::Ps256, &statement(world, &format!("jti-{jti}")));
        let proof = [("client_assertion_type", assertion::TYPE), ("client_assertion", &*text)];
        let form = query(&[fields, &proof].concat());
        world.send(&Request::form(format!("{ISSUER}{path}"), form)).response()
    };
    let redeem =
        [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
    let tokens = json(&send(&mut world, "/oauth2/token", &redeem));
    let access = tokens["access_token"].as_str().unwrap();
    let about = json(&send(&mut world, "/oauth2/introspect", &[("token", access)]));
    assert_eq!(about["active"], true);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(send(&mut world, "/oauth2/revoke", &[("token", refresh)]).status, 200);
    assert_eq!(world.send(&tasks_request(access)).response().status, 401);
}

// --- Acting for nobody but oneself --------------------------------------------------------------

#[test]
fn a_client_gets_a_token_for_itself_that_is_nobodys_and_is_never_refreshed() {
    let mut world = machines();
    let response = world.send(&credentials(&[("scope", "tasks")])).response();
    let tokens = json(&response);
    let expected = json!({
        "access_token": tokens["access_token"], "token_type": "Bearer", "expires_in": 3600,
        "scope": "tasks",
    });
    assert_eq!((response.status, &tokens), (200, &expected));
    let token = tokens["access_token"].as_str().unwrap();
    let access = world.send(&tasks_request(token)).access();
    assert_eq!((access.subject, access.client_id.as_str()), (None, "machine"));
    let mut userinfo = tasks_request(token);
    userinfo.url = format!("{ISSUER}/oauth2/userinfo");
    assert_eq!(world.send(&userinfo).response().status, 403);
    world.wait(3600);
    assert_eq!(world.send(&tasks_request(token)).response().status, 401);
}

#[test]
fn what_a_client_gets_for_itself_says_nothing_about_a_person() {
    let mut world = machines();
    let before = world.store.clone();
    for (scope, error) in [
        ("openid", "invalid_scope"),
        ("offline_access", "invalid_scope"),
        ("profile tasks", "invalid_scope"),
        ("email", "invalid_scope"),
        ("unheard-of", "invalid_scope"),
        ("reports", "invalid_scope"),
        ("\"", "invalid_scope"),
    ] {
        let response = world.send(&credentials(&[("scope", scope)])).response();
        assert_eq!(refusal(&response), (400, error.into()), "{scope}");
    }
    assert_eq!(world.store, before);
    // Nothing asked for is what it may have, and that is written down.
    let tokens = json(&world.send(&credentials(&[])).response());
    assert_eq!(tokens["scope"], "tasks");
    // What it gets can be given back, and asked about.
    let token = tokens["access_token"].as_str().unwrap();
    let about = |world: &mut World| {
        let form = query(&[("token", token)]);
        let mut ask = Request::form(format!("{ISSUER}/oauth2/introspect"), form);
        ask.headers.push("authorization", basic("machine", CLIENT_SECRET));
        json(&world.send(&ask).response())
    };
    assert_eq!(about(&mut world).get("sub"), None, "it is about nobody");
    assert_eq!(about(&mut world)["client_id"], "machine");
    let mut revoke = Request::form(format!("{ISSUER}/oauth2/revoke"), query(&[("token", token)]));
    revoke.headers.push("authorization", basic("machine", CLIENT_SECRET));
    assert_eq!(world.send(&revoke).response().status, 200);
    assert_eq!(about(&mut world), json!({"active": false}));
}

#[test]
fn who_is_registered_for_something_else_gets_nothing_here() {
    let mut world = machines();
    let mut ask = credentials(&[]);
    ask.headers =
        Request::form("", "").headers.with("authorization", basic(CLIENT_ID, CLIENT_SECRET));
    let expected = (400, "unauthorized_client".into());
    assert_eq!(refusal(&world.send(&ask).response()), expected);
    for grant_type in ["authorization_code", "refresh_token"] {
        let form = query(&[("grant_type", grant_type), ("code", "x"), ("refresh_token", "x")]);
        let mut ask = Request::form(format!("{ISSUER}/oauth2/token"), form);
        ask.headers.push("authorization", basic("machine", CLIENT_SECRET));
        assert_eq!(refusal(&world.send(&ask).response()), expected, "{grant_type}");
    }
    let form = query(&[("grant_type", "client_credentials"), ("client_id", PUBLIC_ID)]);
    let ask = Request::form(format!("{ISSUER}/oauth2/token"), form);
    assert_eq!(refusal(&world.send(&ask).response()), expected);
    let ask = query(&[
        ("response_type", "code"),
        ("client_id", "machine"),
        ("redirect_uri", CALLBACK),
        ("scope", "tasks"),
    ]);
    let response = world.send(&Request::get(format!("{ISSUER}/oauth2/authorize?{ask}"))).response();
    let back = grantflow_tests::redirect_parameters(&response);
    assert_eq!(back.one("error"), Ok(Some("unauthorized_client")));
}

#[test]
fn a_client_that_may_not_refresh_gets_no_refresh_token() {
    let mut world = World::new();
    let mut said = confidential();
    said.metadata.grant_types = vec![GrantType::AuthorizationCode];
    world.register(&said);
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "openid offline_access"),
    ]);
    let code = world.approve(&asked).one("code").unwrap().unwrap().to_owned();
    let tokens = json(&world.send(&grantflow_tests::token_request(&code, &[])).response());
    assert_eq!(tokens["scope"], "openid");
    assert_eq!(tokens.get("refresh_token"), None);
}

// --- Registration over HTTP ---------------------------------------------------------------------

const INITIAL: &str = "an-initial-access-token-made-by-a-machine";

#[test]
fn a_120_nobody_registers_unless_the_policy_lets_them() {
    let mut world = World::new();
    let before = world.store.clone();
    assert_eq!(world.send(&register(None, &app())).response().status, 404);
    assert_eq!(metadata(&mut world).get("registration_endpoint"), None);

    let mut world =
        registering(Registration::Token(vec![InitialAccess::new(&Secret::new(INITIAL))]));
    let bare = world.send(&register(None, &app())).response();
    let challenge = bare.headers.first("www-authenticate");
    assert_eq!((bare.status, challenge), (401, Some("Bearer realm=\"grantflow\"")));
    assert!(bare.body.is_empty(), "who brought no token hears of no error");
    let wrong = world.send(&register(Some("another"), &app())).response();
    assert_eq!(refusal(&wrong), (401, "invalid_token".into()));
    let challenge = wrong.headers.first("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    let odd = world.send(&register(Some(""), &app())).response();
    assert_eq!(refusal(&odd), (400, "invalid_request".into()));
    let in_query = Request {
        url: format!("{ISSUER}/oauth2/register?access_token={INITIAL}"),
        ..register(None, &app())
    };
    assert_eq!(world.send(&in_query).response().status, 401);
    assert_eq!(world.store, before, "nothing is stored");
    assert_eq!(world.send(&register(Some(INITIAL), &app())).response().status, 201);

    let mut world = registering(Registration::Open);
    assert_eq!(world.send(&register(None, &app())).response().status, 201);
    let endpoint = metadata(&mut world)["registration_endpoint"].clone();
    assert_eq!(endpoint, format!("{ISSUER}/oauth2/register"));
}

#[test]
fn an_app_that_registers_is_told_what_holds_of_it_and_signs_people_in() {
    let mut world = registering(Registration::Open);
    let response = world.send(&register(None, &app())).response();
    assert_eq!(response.headers.first("cache-control"), Some("no-store"));
    let said = json(&response);
    assert_eq!(said["client_secret_expires_at"], world.now.as_secs() + 30 * 24 * 3600);
    assert_eq!(said["client_id_issued_at"], world.now.as_secs());
    assert_eq!(said["client_name"], "Self-made");
    assert_eq!(said["redirect_uris"], json!([CALLBACK]));
    assert_eq!(said["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(said["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(said["response_types"], json!(["code"]));
    let (id, secret) =
        (said["client_id"].as_str().unwrap(), said["client_secret"].as_str().unwrap());
    let stored = format!("{:?}", world.store.get(&Key::Client(id.into())).unwrap());
    assert!(!stored.contains(secret), "it is kept as a hash");
    let tokens = sign_in(&mut world, id, Some(secret));
    assert!(tokens["id_token"].is_string());
}

#[test]
fn an_app_without_a_secret_registers_as_what_it_is() {
    let mut world = registering(Registration::Open);
    let public = json!({
        "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
        "application_type": "native", "logo_uri": "https://x.test/ignored",
    });
    let said = json(&world.send(&register(None, &public)).response());
    assert_eq!(said.get("client_secret"), None);
    assert_eq!(said.get("client_secret_expires_at"), None);
    assert_eq!(said.get("logo_uri"), None, "what is not kept is not said");
    assert_eq!(said["client_name"], said["client_id"]);
    let keyed = json!({
        "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt",
        "jwks": serde_json::from_str::<Value>(&every_key(Owner::Client).to_json()).unwrap(),
    });
    let said = json(&world.send(&register(None, &keyed)).response());
    assert_eq!(said["jwks"]["keys"].as_array().unwrap().len(), 4);
}

#[test]
fn the_conformance_suite_registers_with_keys_that_have_no_name() {
    let mut world = registering(Registration::Open);
    let mut key: Value =
        serde_json::from_str(&public_jwk(&Owner::Client.public_key(Algorithm::Rs256))).unwrap();
    key.as_object_mut().unwrap().retain(|name, _| ["kty", "n", "e"].contains(&name.as_str()));
    let suite = json!({
        "client_name": "suite", "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"], "redirect_uris": [CALLBACK], "contacts": ["a@suite.test"],
        "jwks": {"keys": [key]}, "token_endpoint_auth_method": "client_secret_basic",
        "post_logout_redirect_uris": ["https://suite.test/post_logout_redirect"],
    });
    let response = world.send(&register(None, &suite)).response();
    assert_eq!(response.status, 201, "{}", text(&response));
    let said = json(&response);
    for member in ["client_secret", "registration_client_uri", "registration_access_token"] {
        assert!(said[member].is_string(), "{member}");
    }
}

#[test]
fn what_makes_no_client_is_refused_in_the_words_of_the_rfc() {
    let mut world = registering(Registration::Open);
    let before = world.store.clone();
    let metadata = "invalid_client_metadata";
    for (change, error) in [
        (json!({"redirect_uris": []}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["javascript:alert(1)"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["http://a.test/cb"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["https://a.test/cb#x"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["com.example:/cb"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": "https://a.test/cb"}), metadata),
        (json!({"client_name": "Bank\u{202e}"}), metadata),
        (json!({"client_uri": "javascript:alert(1)"}), metadata),
        (json!({"policy_uri": "data:text/html,x"}), metadata),
        (json!({"response_types": ["token"]}), metadata),
        (json!({"grant_types": ["password"]}), metadata),
        (json!({"token_endpoint_auth_method": "tls_client_auth"}), metadata),
        (json!({"token_endpoint_auth_method": "private_key_jwt"}), metadata),
        (
            json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://a.test/j"}),
            metadata,
        ),
        (
            json!({"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]}),
            metadata,
        ),
        (
            json!({
                "jwks_uri": "https://a.test/j",
                "jwks": serde_json::from_str::<Value>(&every_key(Owner::Client).to_json()).unwrap(),
            }),
            metadata,
        ),
        (json!({"token_endpoint_auth_method": "client_secret_jwt"}), metadata),
        (json!({"require_pushed_authorization_requests": true}), metadata),
        (json!({"require_signed_request_object": true}), metadata),
        (json!({"tls_client_certificate_bound_access_tokens": true}), metadata),
        (json!({"id_token_signed_response_alg": "none"}), metadata),
        (json!({"id_token_signed_response_alg": "PS256"}), metadata),
        (json!({"id_token_encrypted_response_alg": "RSA-OAEP"}), metadata),
        (json!({"subject_type": "pairwise"}), metadata),
        (json!({"scope": "openid admin"}), metadata),
        (json!({"post_logout_redirect_uris": ["javascript:alert(1)"]}), metadata),
        (json!({"default_max_age": "soon"}), metadata),
    ] {
        let mut said = app();
        said.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let response = world.send(&register(None, &said)).response();
        assert_eq!(refusal(&response), (400, error.into()), "{change}");
        assert!(!text(&response).contains("alert"), "no echo");
    }
    let mut broken = register(None, &app());
    for body in ["", "{", "[]", r#"{"redirect_uris":[],"redirect_uris":[]}"#] {
        broken.body = body.into();
        assert_eq!(refusal(&world.send(&broken).response()), (400, metadata.into()), "{body}");
    }
    assert_eq!(world.store, before);
}

#[test]
fn a_client_that_nobody_vouches_for_never_acts_for_itself() {
    let mut world = registering(Registration::Open);
    let itself = json!({"grant_types": ["client_credentials"]});
    let both = json!({
        "grant_types": ["authorization_code", "client_credentials"], "redirect_uris": [CALLBACK],
    });
    let words = "client_credentials is not for clients that register by themselves";
    for said in [&itself, &both] {
        let response = world.send(&register(None, said)).response();
        assert_eq!(refusal(&response), (400, "invalid_client_metadata".into()));
        assert_eq!(json(&response)["error_description"], words);
    }
    // Nor does it become one that does.
    let known = json(&world.send(&register(None, &app())).response());
    let (uri, token) =
        (known["registration_client_uri"].as_str(), known["registration_access_token"].as_str());
    for mut said in [itself.clone(), both] {
        said["client_id"] = known["client_id"].clone();
        let put = manage(Method::Put, uri.unwrap(), token, Some(&said));
        let response = world.send(&put).response();
        assert_eq!(refusal(&response), (400, "invalid_client_metadata".into()));
    }
    // And one that is stored as such all the same gets nothing.
    let said = Declaration {
        client_id: "machine".into(),
        metadata: ClientMetadata {
            grant_types: vec![GrantType::ClientCredentials],
            ..confidential().metadata
        },
        ..confidential()
    };
    for (is_trusted, status) in [(true, 200), (false, 400)] {
        let mut client = Client::declare(&said, world.now).unwrap();
        client.is_trusted = is_trusted;
        let record = Record::Client(client.into());
        world.store.insert(Key::Client("machine".into()), Versioned { version: 1, record });
        let response = world.send(&credentials(&[])).response();
        assert_eq!(response.status, status);
        if !is_trusted {
            assert_eq!(refusal(&response), (400, "unauthorized_client".into()));
        }
    }
    // Whoever is vouched for may still ask for it.
    let tokens = Registration::Token(vec![InitialAccess::new(&Secret::new(INITIAL))]);
    let mut world = registering(tokens);
    assert_eq!(world.send(&register(Some(INITIAL), &itself)).response().status, 201);
}

#[test]
fn a_120_an_open_registration_ends_and_the_store_may_forget_it() {
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    let lifetime = std::time::Duration::from_secs(1000);
    let mut world = World::with(Policy {
        registration: Registration::Open,
        open_registration_lifetime: lifetime,
        ..policy
    });
    let end = world.now + lifetime;
    let known = json(&world.send(&register(None, &app())).response());
    assert_eq!(known["client_secret_expires_at"], end.as_secs());
    let (id, secret) = (known["client_id"].as_str().unwrap(), known["client_secret"].as_str());
    let dies = |world: &World| world.store[&Key::Client(id.into())].record.dies();
    assert_eq!(dies(&world), Some(end));
    let uri = known["registration_client_uri"].as_str().unwrap();
    let token = known["registration_access_token"].as_str();

    // A change does not put it off.
    world.wait(500);
    let change = json!({"client_id": id, "redirect_uris": [CALLBACK]});
    let changed = world.send(&manage(Method::Put, uri, token, Some(&change))).response();
    assert_eq!(changed.status, 200);
    assert_eq!(dies(&world), Some(end));
    world.wait(499);
    let tokens = sign_in(&mut world, id, secret);
    let tasks = tasks_request(tokens["access_token"].as_str().unwrap());
    let _ = world.send(&tasks).access();

    world.wait(1);
    assert_eq!(world.send(&tasks).response().status, 401);
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", id),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
    ]);
    let refused = world.send(&Request::get(format!("{ISSUER}/oauth2/authorize?{asked}")));
    assert_eq!(json(&refused.response())["error_description"], "Unknown client");
    let mut code = Request::form(
        format!("{ISSUER}/oauth2/token"),
        query(&[("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", CALLBACK)]),
    );
    code.headers.push("authorization", basic(id, secret.unwrap()));
    assert_eq!(refusal(&world.send(&code).response()), (401, "invalid_client".into()));
    for method in [Method::Get, Method::Delete] {
        assert_eq!(world.send(&manage(method, uri, token, None)).response().status, 401);
    }
    // Whoever brings a token, or is declared by the operator, does not end.
    let tokens = Registration::Token(vec![InitialAccess::new(&Secret::new(INITIAL))]);
    let mut world = registering(tokens);
    let known = json(&world.send(&register(Some(INITIAL), &app())).response());
    assert_eq!(known["client_secret_expires_at"], 0);
    assert!(world.store.iter().all(|(key, found)| match key {
        Key::Client(_) => found.record.dies().is_none(),
        _ => true,
    }));
}

#[test]
fn a_120_a_registration_holds_so_much_and_no_more() {
    let mut world = registering(Registration::Open);
    let uri = |at: usize, long: usize| format!("https://yourapp.com/{at}/{}", "a".repeat(long));
    let of = |long: usize| -> Vec<String> { (0..20).map(|at| uri(at, long)).collect() };
    let said = |uris: &[String]| json!({"redirect_uris": uris, "client_name": "App"});
    assert_eq!(world.send(&register(None, &said(&of(300)))).response().status, 201);
    let largest = world.store.iter().filter(|(key, _)| matches!(key, Key::Client(_)));
    let largest = largest.map(|(_, found)| found.record.encode().len()).max().unwrap();
    assert!(largest <= 8192, "{largest}");
    // As many bytes as are left, and one more.
    let mut uris = of(300);
    uris[0].push_str(&"a".repeat(8192 - largest));
    assert_eq!(world.send(&register(None, &said(&uris))).response().status, 201);
    uris[0].push('a');
    let before = world.store.clone();
    let response = world.send(&register(None, &said(&uris))).response();
    assert_eq!(refusal(&response), (400, "invalid_client_metadata".into()));
    assert_eq!(json(&response)["error_description"], "Client metadata is too large");

    let key = |bits: usize| {
        let n = grantflow::base64url::encode(vec![0xff; bits / 8]);
        json!({"kty": "RSA", "n": n, "e": "AQAB"})
    };
    let keyed = |keys: &[Value]| json!({"redirect_uris": [CALLBACK], "jwks": {"keys": keys}});
    let five: Vec<Value> = (0..5).map(|_| key(2048)).collect();
    for (keys, words) in [
        (five.as_slice(), "jwks has too many keys"),
        (&[key(4104)], "jwks has a key that is too long"),
    ] {
        let response = world.send(&register(None, &keyed(keys))).response();
        assert_eq!(refusal(&response), (400, "invalid_client_metadata".into()));
        assert_eq!(json(&response)["error_description"], words);
    }
    assert_eq!(world.store, before);
    let four: Vec<Value> = (0..4).map(|_| key(4096)).collect();
    assert_eq!(world.send(&register(None, &keyed(&four))).response().status, 201);
}

#[test]
fn of_four_keys_without_a_name_each_is_tried() {
    let alg = Algorithm::EdDsa;
    let nameless = |owner: Owner| grantflow::key::PublicKey { kid: None, ..owner.public_key(alg) };
    for at in 0..grantflow::server::declare::MOST_CLIENT_KEYS {
        let mut world = World::new();
        let mut keys = vec![nameless(Owner::Stranger); 4];
        keys[at] = nameless(Owner::Client);
        world.register(&keyed(Jwks { keys }));
        let said = statement(&world, "j").to_json();
        let part = |json: &str| grantflow::base64url::encode(json);
        let input = format!("{}.{}", part(r#"{"alg":"EdDSA"}"#), part(&said));
        let text =
            grantflow::wire::jws::assemble(&input, &Owner::Client.sign(alg, input.as_bytes()));
        assert_eq!(world.send(&machine(KEYED, &text, &[])).response().status, 200, "{at}");
    }
}

#[test]
fn a_120_a_registration_is_read_changed_and_ended_with_its_own_token_only() {
    let mut world = registering(Registration::Open);
    let first = json(&world.send(&register(None, &app())).response());
    let other = json(&world.send(&register(None, &app())).response());
    let uri = first["registration_client_uri"].as_str().unwrap().to_owned();
    let token = first["registration_access_token"].as_str().unwrap().to_owned();

    let said = json(&world.send(&manage(Method::Get, &uri, Some(&token), None)).response());
    assert_eq!(said["client_id"], first["client_id"]);
    assert_eq!(said.get("client_secret"), None, "a hash cannot be shown");
    assert_eq!(said["registration_access_token"], token);

    let before = world.store.clone();
    let others = other["registration_access_token"].as_str().unwrap();
    let nobody = format!("{ISSUER}/oauth2/register?client_id=nobody");
    for (uri, token, status) in [
        (&uri, None, 401),
        (&uri, Some("x"), 401),
        (&uri, Some(others), 401),
        (&nobody, Some(token.as_str()), 401),
    ] {
        for method in [Method::Get, Method::Delete] {
            let response = world.send(&manage(method, uri, token, None)).response();
            assert_eq!(response.status, status);
        }
        let response = world.send(&manage(Method::Put, uri, token, Some(&first))).response();
        assert_eq!(response.status, status);
    }
    for (method, uri, allow) in [
        (Method::Post, &uri, "GET, PUT, DELETE"),
        (Method::Get, &format!("{ISSUER}/oauth2/register"), "POST"),
    ] {
        let response = world.send(&manage(method, uri, Some(&token), None)).response();
        assert_eq!((response.status, response.headers.first("allow")), (405, Some(allow)));
    }
    assert_eq!(world.store, before);

    let response = world.send(&manage(Method::Delete, &uri, Some(&token), None)).response();
    assert_eq!((response.status, response.body.len()), (204, 0));
    let gone = world.send(&manage(Method::Get, &uri, Some(&token), None)).response();
    assert_eq!(gone.status, 401);
}

#[test]
fn a_changed_registration_keeps_its_name_and_secret_and_nothing_that_it_leaves_out() {
    let mut world = registering(Registration::Open);
    let mut said = app();
    said["post_logout_redirect_uris"] = json!(["https://yourapp.com/bye"]);
    let first = json(&world.send(&register(None, &said)).response());
    let uri = first["registration_client_uri"].as_str().unwrap().to_owned();
    let token = first["registration_access_token"].as_str().unwrap().to_owned();
    let id = first["client_id"].as_str().unwrap();
    let put = |world: &mut World, body: &Value| {
        world.send(&manage(Method::Put, &uri, Some(&token), Some(body))).response()
    };
    for wrong in [
        json!({"redirect_uris": [CALLBACK]}),
        json!({"client_id": "other", "redirect_uris": [CALLBACK]}),
        json!({"client_id": id, "client_secret": "other", "redirect_uris": [CALLBACK]}),
        json!({"client_id": id, "redirect_uris": ["javascript:alert(1)"]}),
    ] {
        assert_eq!(put(&mut world, &wrong).status, 400, "{wrong}");
    }
    let new = json!({
        "client_id": id, "client_secret": first["client_secret"], "client_name": "Renamed",
        "redirect_uris": [CALLBACK],
    });
    let second = json(&put(&mut world, &new));
    assert_eq!(second["client_name"], "Renamed");
    assert_eq!(second.get("post_logout_redirect_uris"), None);
    assert_eq!(second.get("client_secret"), None, "it has not changed");
    assert_eq!(second["client_id_issued_at"], first["client_id_issued_at"]);
    let _ = sign_in(&mut world, id, first["client_secret"].as_str());
    // One that never had a secret and now needs one is told it, this once.
    let public = json!({
        "client_id": id, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
    });
    assert_eq!(json(&put(&mut world, &public)).get("client_secret"), None);
    let again = json(&put(&mut world, &json!({"client_id": id, "redirect_uris": [CALLBACK]})));
    let _ = sign_in(&mut world, id, again["client_secret"].as_str());
}

#[test]
fn a_07_browsers_go_to_an_app_nobody_vouches_for_only_by_a_persons_click() {
    let mut world = registering(Registration::Open);
    let said = json(&world.send(&register(None, &app())).response());
    let id = said["client_id"].as_str().unwrap();
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", id),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
    ]);
    for trap in ["&prompt=none", "&scope=x", "&response_mode=fragment", "&max_age=x"] {
        let url = format!("{ISSUER}/oauth2/authorize?{asked}{trap}");
        let page = world.browse(Request::get(url)).page();
        let grantflow::server::Page::Leave(page) = page.page else { panic!("{page:?}") };
        assert!(page.location.starts_with(CALLBACK) && page.location.contains("error="));
    }
    let url = format!("{ISSUER}/oauth2/authorize?{asked}&prompt=none&response_mode=form_post");
    assert_eq!(world.browse(Request::get(url)).page().status, 400);
    // What a person said yes to they said yes to; but only for once.
    let page = world.visit(&asked).consent();
    assert!(!page.is_trusted);
    let back = world.decide(&page.interaction, "approve", &["openid"]).response();
    assert_eq!(back.status, 303);
    let url = format!("{ISSUER}/oauth2/authorize?{asked}&prompt=none");
    let page = world.browse(Request::get(url)).page();
    assert!(matches!(page.page, grantflow::server::Page::Leave(_)), "nothing is remembered");
}

// --- Helpers ------------------------------------------------------------------------------------

fn every_key(owner: Owner) -> Jwks {
    Jwks { keys: Algorithm::ALL.map(|alg| owner.public_key(alg)).into() }
}

fn keyed(jwks: Jwks) -> Declaration {
    Declaration {
        client_id: KEYED.into(),
        client_secret: None,
        metadata: ClientMetadata {
            token_endpoint_auth_method: Some(AuthMethod::PrivateKeyJwt),
            grant_types: GrantType::ALL.into(),
            jwks: Some(jwks),
            ..confidential().metadata
        },
        ..confidential()
    }
}

fn keyed_world() -> World {
    let mut world = World::new();
    world.register(&keyed(every_key(Owner::Client)));
    world
}

fn statement(world: &World, jti: &str) -> Assertion {
    Assertion {
        iss: KEYED.into(),
        sub: KEYED.into(),
        aud: vec![ISSUER.into()],
        exp: world.now + std::time::Duration::from_secs(60),
        iat: Some(world.now),
        nbf: None,
        jti: jti.into(),
    }
}

fn signed(owner: Owner, alg: Algorithm, said: &Assertion) -> String {
    owner.token(alg, "JWT", &said.to_json())
}

/// A request for a token for itself, proved by a statement.
fn machine(client_id: &str, assertion: &str, more: &[(&str, &str)]) -> Request {
    let mut fields = vec![("grant_type", "client_credentials"), ("client_assertion", assertion)];
    if !more.iter().any(|(name, _)| *name == "client_id") {
        fields.push(("client_id", client_id));
    }
    if !more.iter().any(|(name, _)| *name == "client_assertion_type") {
        fields.push(("client_assertion_type", assertion::TYPE));
    }
    fields.extend(more);
    Request::form(format!("{ISSUER}/oauth2/token"), query(&fields))
}

/// Two APIs, and a client that acts for itself at one of them.
fn machines() -> World {
    let mut policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    for word in ["tasks", "reports"] {
        policy.scopes.push(Scope { word: word.into(), meaning: "Work".into() });
    }
    let mut world = World::with(policy);
    world.register(&Declaration {
        client_id: "machine".into(),
        metadata: ClientMetadata {
            grant_types: vec![GrantType::ClientCredentials],
            scope: Some("tasks openid email".into()),
            ..confidential().metadata
        },
        ..confidential()
    });
    world
}

fn credentials(more: &[(&str, &str)]) -> Request {
    let form = query(&[&[("grant_type", "client_credentials")], more].concat());
    let mut request = Request::form(format!("{ISSUER}/oauth2/token"), form);
    request.headers.push("authorization", basic("machine", CLIENT_SECRET));
    request
}

fn registering(registration: Registration) -> World {
    World::with(Policy { registration, ..Policy::new(Issuer::parse(ISSUER).unwrap()) })
}

fn app() -> Value {
    json!({"client_name": "Self-made", "redirect_uris": [CALLBACK]})
}

fn register(token: Option<&str>, said: &Value) -> Request {
    manage(Method::Post, &format!("{ISSUER}/oauth2/register"), token, Some(said))
}

fn manage(method: Method, uri: &str, token: Option<&str>, said: Option<&Value>) -> Request {
    let mut request = Request { method, ..Request::get(uri) };
    if let Some(token) = token {
        request.headers.push("authorization", format!("Bearer {token}"));
    }
    if let Some(said) = said {
        request.headers.push("content-type", "application/json");
        request.body = said.to_string().into();
    }
    request
}

fn metadata(world: &mut World) -> Value {
    let document = Request::get(format!("{ISSUER}/.well-known/openid-configuration"));
    json(&world.send(&document).response())
}

/// Signs Alice in at a client that was registered over HTTP.
fn sign_in(world: &mut World, id: &str, secret: Option<&str>) -> Value {
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", id),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
    ]);
    let code = world.approve(&asked).one("code").unwrap().unwrap().to_owned();
    let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
    let mut request = Request::form(format!("{ISSUER}/oauth2/token"), query(&form));
    request.headers.push("authorization", basic(id, secret.unwrap()));
    let response = world.send(&request).response();
    assert_eq!(response.status, 200, "{}", text(&response));
    let tokens = json(&response);
    assert_eq!(payload(tokens["id_token"].as_str().unwrap())["aud"], id);
    tokens
}

fn refusal(response: &Response) -> (u16, String) {
    (response.status, json(response)["error"].as_str().unwrap().to_owned())
}
