//! What an app may say about the person it wants to hear of, what it may want to know, and how long a
//! yes lasts.

use std::time::Duration;

use grantflow::key::Algorithm;
use grantflow::scope::ScopeSet;
use grantflow::server::{
    ConsentRule, Declaration, Key, KeySet, Page, Policy, Record, Registration, Resource, Scope,
    ServerKey, Swapped, TokenFormat, Turn,
};
use grantflow::uri::Issuer;
use grantflow::wire::form::{self, Form};
use grantflow::wire::http::{Headers, Method, Request, Response};
use grantflow::wire::registration::{ApplicationType, AuthMethod, ClientMetadata};
use grantflow_tests::{
    Answer, CALLBACK, CHALLENGE, CLIENT_ID, ISSUER, Owner, PUBLIC_ID, World, basic, confidential,
    header, json, own_form, payload, query, redirect_parameters, text, token_request,
};
use serde_json::{Value, json};

// --- Whom it is about ---------------------------------------------------------------------------

#[test]
fn a_20_a_hint_at_somebody_else_gets_no_answer_about_this_person() {
    let mut world = World::new();
    let alices = id_token(&mut world);
    let bobs = Owner::Server.token(Algorithm::Rs256, "JWT", &claims_of("user-bob", CLIENT_ID));
    assert_eq!(silently(&mut world, &alices), Ok(()));
    assert_eq!(silently(&mut world, &bobs), Err("login_required".into()));
    // Where pages may be shown the right person is asked to come; whoever comes instead is told on.
    let asked = format!("{}&id_token_hint={bobs}", ask(&[]));
    let login = world.browse(authorize(&asked)).login();
    let led_on = world.sign_in(&login.interaction, "wonderland").response();
    let back = world.browse(Request::get(led_on.headers.first("location").unwrap()));
    let back = redirect_parameters(&back.response());
    assert_eq!(back.one("error"), Ok(Some("login_required")));
}

#[test]
fn a_20_a_hint_may_be_too_old_but_not_forged_and_not_another_clients() {
    let mut world = World::new();
    let alices = id_token(&mut world);
    world.wait(7 * 3600);
    assert_eq!(silently(&mut world, &alices), Ok(()), "it says who somebody was");
    let claims = claims_of("user-alice", CLIENT_ID);
    let (input, signature) = alices.rsplit_once('.').unwrap();
    let other_claims = grantflow::base64url::encode(&claims);
    let stranger = Owner::Stranger.sign(Algorithm::Rs256, input.as_bytes());
    for forged in [
        format!("{}.{other_claims}.{signature}", input.split('.').next().unwrap()),
        format!("{input}.{}", grantflow::base64url::encode(stranger)),
        format!("{}.{other_claims}.", grantflow::base64url::encode(r#"{"alg":"none"}"#)),
        Owner::Server.token(Algorithm::Rs256, "JWT", &claims_of("user-alice", PUBLIC_ID)),
        Owner::Server.token(Algorithm::Rs256, "JWT", &claims.replace(ISSUER, "https://evil.test")),
        "x".into(),
        "x.y.z".into(),
    ] {
        assert_eq!(silently(&mut world, &forged), Err("invalid_request".into()), "{forged}");
        let asked = format!("{}&id_token_hint={forged}", ask(&[]));
        let back = redirect_parameters(&world.browse(authorize(&asked)).response());
        assert_eq!(back.one("error"), Ok(Some("invalid_request")));
    }
}

#[test]
fn a_hint_under_a_key_that_is_gone_says_nothing_and_stops_nobody() {
    let (mut world, hint) = hint_under_a_key_that_is_gone();
    assert_eq!(silently(&mut world, &hint), Err("login_required".into()));
    let asked = format!("{}&id_token_hint={hint}", ask(&[]));
    let _ = world.visit(&asked).consent();
    assert_eq!(header(&id_token(&mut world))["alg"], "EdDSA");
}

#[test]
fn an_app_may_want_to_hear_of_one_person_only() {
    let mut world = World::new();
    let _ = id_token(&mut world);
    for (claims, error) in [
        (json!({"id_token": {"sub": {"value": "user-alice"}}}), None),
        (json!({"userinfo": {"sub": {"value": "user-alice"}}}), None),
        (json!({"id_token": {"sub": {"value": "user-bob"}}}), Some("login_required")),
        (json!({"id_token": {"sub": {"values": ["a", "b"]}}}), Some("invalid_request")),
        (json!({"id_token": {"sub": {"values": ["user-alice", 7]}}}), Some("invalid_request")),
        (json!({"id_token": {"sub": {"values": []}}}), None),
        (json!({"id_token": {"sub": {"essential": true}}}), None),
        // Nobody is called that.
        (json!({"id_token": {"sub": {"value": 7}}}), Some("login_required")),
        (json!({"id_token": {"sub": {"value": null}}}), Some("login_required")),
        (json!({"id_token": {"sub": {"value": ["user-alice"]}}}), Some("login_required")),
        // One person may be demanded twice, and two may not.
        (
            json!({
                "id_token": {"sub": {"value": "user-alice"}},
                "userinfo": {"sub": {"value": "user-alice"}},
            }),
            None,
        ),
        (
            json!({
                "id_token": {"sub": {"value": "user-alice"}},
                "userinfo": {"sub": {"value": "user-bob"}},
            }),
            Some("invalid_request"),
        ),
    ] {
        let asked = ask(&[("claims", &claims.to_string()), ("prompt", "none")]);
        let back = redirect_parameters(&world.browse(authorize(&asked)).response());
        assert_eq!(back.one("error").unwrap(), error, "{claims}");
    }
    let bobs = Owner::Server.token(Algorithm::Rs256, "JWT", &claims_of("user-bob", CLIENT_ID));
    let claims = json!({"id_token": {"sub": {"value": "user-alice"}}}).to_string();
    let asked = ask(&[("claims", &claims), ("id_token_hint", &bobs)]);
    let back = redirect_parameters(&world.browse(authorize(&asked)).response());
    assert_eq!(back.one("error"), Ok(Some("invalid_request")), "two people at once");
}

#[test]
fn nobody_signs_in_as_somebody_whom_there_cannot_be() {
    let mut world = World::new();
    let claims = json!({"id_token": {"sub": {"value": 7}}}).to_string();
    for is_signed_in in [false, true] {
        if is_signed_in {
            let _ = id_token(&mut world);
        }
        let back = world.browse(authorize(&ask(&[("claims", &claims)]))).response();
        assert_eq!(redirect_parameters(&back).one("error"), Ok(Some("login_required")));
    }
}

#[test]
fn a_person_who_is_demanded_is_demanded_even_if_the_hint_says_nothing() {
    let (mut world, hint) = hint_under_a_key_that_is_gone();
    world.cookie = None;
    let mallory = |world: &mut World, interaction: &str| {
        let fields =
            [("interaction", interaction), ("username", "mallory"), ("password", "wonderland")];
        let led_on = world.browse(own_form("/oauth2/login", &fields)).response();
        world.browse(Request::get(location(&led_on)))
    };
    let hinted = ask(&[("id_token_hint", &hint)]);
    let login = world.browse(authorize(&hinted)).login();
    let _ = mallory(&mut world, &login.interaction).consent();
    let claims = json!({"id_token": {"sub": {"value": "user-alice"}}}).to_string();
    let demanded = format!("{hinted}&{}", query(&[("claims", &claims)]));
    let login = world.browse(authorize(&demanded)).login();
    let back = redirect_parameters(&mallory(&mut world, &login.interaction).response());
    assert_eq!(back.one("error"), Ok(Some("login_required")));
}

#[test]
fn a_hint_that_nobody_can_look_at_costs_nothing() {
    let mut world = World::new();
    let hint = id_token(&mut world);
    let before = world.store.clone();
    let asked = ask(&[("prompt", "none"), ("id_token_hint", &hint)]);
    let mut request = authorize(&asked);
    request.headers.push("cookie", world.cookie.clone().unwrap());
    let mut turn = world.begin(&request);
    while !matches!(turn, Turn::Verify(_)) {
        turn = world.step(turn).unwrap();
    }
    let Turn::Verify(question) = turn else { panic!() };
    let back = redirect_parameters(&world.finish(question.unavailable()).response());
    assert_eq!(back.one("error"), Ok(Some("temporarily_unavailable")));
    assert_eq!(world.store, before);
}

#[test]
fn a_subject_has_255_characters_of_ascii_at_most() {
    let long = |count: usize| "s".repeat(count);
    for (subject, is_taken) in [
        (long(1), true),
        (long(255), true),
        (long(256), false),
        (String::new(), false),
        ("ünïcode".into(), false),
        ("client:app".into(), false),
    ] {
        let mut world = World::new();
        let login = world.browse(authorize(&ask(&[]))).login();
        let fields = [("interaction", &*login.interaction), ("username", "x"), ("password", "x")];
        let turn = world.begin(&own_form("/oauth2/login", &fields));
        let Turn::SignIn(question) = turn else { panic!("{turn:?}") };
        let turn = question.answer(Some(subject.clone()));
        match world.finish(turn) {
            Answer::Response(response) => assert!(is_taken && response.status == 303, "{subject}"),
            answer => assert!(!is_taken && answer.login().problem.is_some(), "{subject}"),
        }
    }
}

#[test]
fn a_hint_at_a_username_fills_it_in_and_proves_nothing() {
    let mut world = World::new();
    let login = world.browse(authorize(&ask(&[("login_hint", "alice@wonder.test")]))).login();
    assert_eq!(login.username, "alice@wonder.test");
    // Whoever is signed in already is not who is hinted at, and goes on.
    let _ = id_token(&mut world);
    let _ = world.browse(authorize(&ask(&[("login_hint", "bob")]))).consent();
}

#[test]
fn a_person_may_have_to_choose_who_they_are() {
    let mut world = World::new();
    let _ = id_token(&mut world);
    world.wait(1);
    let login = world.browse(authorize(&ask(&[("prompt", "select_account")]))).login();
    let led_on = world.sign_in(&login.interaction, "wonderland").response();
    let _ = world.browse(Request::get(location(&led_on))).consent();
}

// --- What an app wants to know ------------------------------------------------------------------

#[test]
fn a_claim_that_is_asked_for_by_name_is_agreed_to_by_name_and_comes_where_it_was_asked_for() {
    let mut world = World::new();
    let claims = json!({
        "userinfo": {"email": null, "shoe_size": null},
        "id_token": {"phone_number": {"essential": true}, "auth_time": {"essential": true}},
    });
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("claims", &claims.to_string()),
    ]);
    let page = world.visit(&asked).consent();
    assert_eq!(page.claims, ["email", "phone_number"]);
    let tokens = approve(&mut world, &page.interaction, &["email", "phone_number"]);
    let said = payload(tokens["id_token"].as_str().unwrap());
    assert_eq!(said["phone_number"], "+44 1");
    assert_eq!(said.get("email"), None);
    let about = userinfo(&mut world, &tokens);
    assert_eq!(about, json!({"sub": "user-alice", "email": "alice@wonder.test"}));

    let page = world.visit(&asked).consent();
    let tokens = approve(&mut world, &page.interaction, &["email", "name"]);
    assert_eq!(payload(tokens["id_token"].as_str().unwrap()).get("phone_number"), None);
    assert_eq!(userinfo(&mut world, &tokens), about, "a box that was not there adds nothing");
}

#[test]
fn an_app_asks_by_name_for_no_more_than_it_may_ask_for_by_scope() {
    let mut world = World::new();
    world.register(&Declaration {
        metadata: ClientMetadata { scope: Some("openid email".into()), ..confidential().metadata },
        ..confidential()
    });
    let claims = json!({"userinfo": {"email": null, "name": null, "phone_number": null}});
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("claims", &claims.to_string()),
    ]);
    assert_eq!(world.visit(&asked).consent().claims, ["email"]);
    let mut world = World::new();
    for odd in ["x", "[]", "{\"userinfo\":7}", "{\"userinfo\":{\"name\":true}}"] {
        let asked = ask(&[("claims", odd)]);
        let back = redirect_parameters(&world.browse(authorize(&asked)).response());
        assert_eq!(back.one("error"), Ok(Some("invalid_request")), "{odd}");
    }
}

#[test]
fn an_acr_that_no_sign_in_has_is_an_error_only_if_the_app_cannot_do_without_it() {
    let acr = "urn:grantflow:acr:password";
    let mut world = World::new();
    for (claims, error) in [
        (json!({"id_token": {"acr": {"essential": true, "values": ["gold", acr]}}}), None),
        (json!({"id_token": {"acr": {"values": ["gold"]}}}), None),
        (json!({"id_token": {"acr": {"essential": true}}}), None),
        (
            json!({"id_token": {"acr": {"essential": true, "values": ["gold"]}}}),
            Some("unmet_authentication_requirements"),
        ),
        (
            json!({"id_token": {"acr": {"essential": true, "value": "gold"}}}),
            Some("unmet_authentication_requirements"),
        ),
    ] {
        let asked = ask(&[("claims", &claims.to_string())]);
        match error {
            None => {
                let page = world.visit(&asked).consent();
                let tokens = approve(&mut world, &page.interaction, &[]);
                assert_eq!(payload(tokens["id_token"].as_str().unwrap())["acr"], acr);
            }
            Some(error) => {
                let back = redirect_parameters(&world.browse(authorize(&asked)).response());
                assert_eq!(back.one("error"), Ok(Some(error)), "{claims}");
            }
        }
    }
    let policy = Policy { acr: None, ..Policy::new(Issuer::parse(ISSUER).unwrap()) };
    let mut world = World::with(policy);
    assert_eq!(payload(&id_token(&mut world)).get("acr"), None);
    let claims = json!({"id_token": {"acr": {"essential": true}}}).to_string();
    let back =
        redirect_parameters(&world.browse(authorize(&ask(&[("claims", &claims)]))).response());
    assert_eq!(back.one("error"), Ok(Some("unmet_authentication_requirements")));
}

#[test]
fn a_client_gets_its_id_tokens_signed_as_it_wants() {
    let keys = Algorithm::ALL.map(|alg| Owner::Server.public_key(alg));
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    let mut world = World::with_keys(policy, KeySet::new(keys).unwrap());
    assert_eq!(header(&id_token(&mut world))["alg"], "RS256");
    for alg in Algorithm::ALL {
        world.register(&Declaration {
            metadata: ClientMetadata {
                id_token_signed_response_alg: Some(alg),
                ..confidential().metadata
            },
            ..confidential()
        });
        let token = id_token(&mut world);
        let expected = json!({"alg": alg.name(), "kid": Owner::Server.kid(alg), "typ": "JWT"});
        assert_eq!(header(&token), expected);
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = grantflow::base64url::decode(signature).unwrap();
        let key = Owner::Server.public_key(alg);
        assert!(grantflow_tests::is_signed(&key, input.as_bytes(), &signature));
    }
    let document = Request::get(format!("{ISSUER}/.well-known/openid-configuration"));
    let metadata = json(&world.send(&document).response());
    let algs = json!(["RS256", "ES256", "EdDSA", "PS256"]);
    assert_eq!(metadata["id_token_signing_alg_values_supported"], algs);
    // One that nobody signs with costs an answer, and not the code.
    let mut world = World::new();
    world.register(&Declaration {
        metadata: ClientMetadata {
            id_token_signed_response_alg: Some(Algorithm::EdDsa),
            ..confidential().metadata
        },
        ..confidential()
    });
    let code = world.code("");
    let before = world.store.clone();
    assert_eq!(world.send(&token_request(&code, &[])).response().status, 503);
    assert_eq!(world.store, before);
}

#[test]
fn a_client_may_say_once_how_long_ago_a_sign_in_may_be() {
    let mut world = World::new();
    world.register(&Declaration {
        metadata: ClientMetadata { default_max_age: Some(60), ..confidential().metadata },
        ..confidential()
    });
    let _ = world.visit(&ask(&[])).consent();
    world.wait(60);
    let _ = world.browse(authorize(&ask(&[]))).page();
    world.wait(1);
    let _ = world.browse(authorize(&ask(&[]))).login();
    let _ = world.browse(authorize(&ask(&[("max_age", "100")]))).consent();
}

// --- How long a yes lasts -----------------------------------------------------------------------

#[test]
fn a_yes_is_remembered_for_what_it_was_said_to_and_for_no_longer_than_the_policy_has_it() {
    let mut world = remembering();
    let first = world.visit(&ask(&[])).consent();
    let _ = approve(&mut world, &first.interaction, &[]);
    assert!(went_back(&mut world, &ask(&[])), "nobody is asked the same again");
    assert!(went_back(&mut world, &ask(&[]).replace("+email", "")), "nor for less");
    for more in [
        ask(&[]).replace("email", "email+phone"),
        format!("{}&resource=https%3A%2F%2Fas.test%2Fapi%2Ftasks", ask(&[])),
        ask(&[("claims", r#"{"userinfo":{"phone_number":null}}"#)]),
        ask(&[("prompt", "consent")]),
    ] {
        assert!(!went_back(&mut world, &more), "{more}");
    }
    // What is said yes to later is added to what was, if it was not asked again.
    let more = world.visit(&ask(&[]).replace("profile+email", "phone")).consent();
    let scopes = ["openid", "phone"];
    let _ = world.decide(&more.interaction, "approve", &scopes).response();
    assert!(went_back(&mut world, &ask(&[]).replace("email", "email+phone")));
    // And after its time it is as if nothing had been said.
    world.wait(90 * 24 * 3600);
    let login = world.browse(authorize(&ask(&[]))).login();
    let led_on = world.sign_in(&login.interaction, "wonderland").response();
    let page = world.browse(Request::get(led_on.headers.first("location").unwrap()));
    let _ = page.consent();
}

#[test]
fn a_yes_for_one_api_is_none_for_another() {
    let mail = "https://mail.test/";
    let trash = "https://trash.test/";
    let mut world = at_apis(&[mail, trash]);
    let asked = |scope: &str, apis: &[&str]| {
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("redirect_uri", CALLBACK),
            ("scope", scope),
        ];
        fields.extend(apis.iter().map(|api| ("resource", *api)));
        query(&fields)
    };
    let _ = world.approve(&asked("read", &[mail]));
    let _ = world.approve(&asked("delete", &[trash]));
    assert!(went_back(&mut world, &asked("read", &[mail])));
    assert!(went_back(&mut world, &asked("delete", &[trash])));
    for (scope, apis) in [
        ("delete", &[mail][..]),
        ("read", &[trash]),
        ("read delete", &[mail]),
        ("read", &[mail, trash]),
        ("delete", &[mail, trash]),
        ("read", &[]),
        ("delete", &[]),
    ] {
        assert!(!went_back(&mut world, &asked(scope, apis)), "{scope} {apis:?}");
        let silent = format!("{}&prompt=none", asked(scope, apis));
        let back = redirect_parameters(&world.browse(authorize(&silent)).response());
        assert_eq!(back.one("error"), Ok(Some("consent_required")));
    }
    let _ = world.approve(&asked("read delete", &[mail, trash]));
    assert!(went_back(&mut world, &asked("delete", &[mail])));
    assert!(went_back(&mut world, &asked("read", &[mail, trash])));
}

#[test]
fn a_smaller_yes_takes_the_place_of_a_larger_one() {
    let mut world = World::new();
    let claims = json!({"userinfo": {"phone_number": null}}).to_string();
    let asked = ask(&[("claims", &claims)]);
    let silent = |world: &mut World, asked: &str| {
        let asked = format!("{asked}&prompt=none");
        let back = redirect_parameters(&world.browse(authorize(&asked)).response());
        back.one("error").unwrap().map(str::to_owned)
    };
    let page = world.visit(&asked).consent();
    let _ = approve(&mut world, &page.interaction, &["phone_number"]);
    assert_eq!(silent(&mut world, &asked), None);
    // Another page asks for one word, and says nothing about the rest.
    let address = ask(&[]).replace("openid+profile+email", "openid+address");
    let _ = world.approve(&address);
    assert_eq!(silent(&mut world, &asked), None);
    // The person sees all of it again, and unticks the email and the phone.
    let page = world.visit(&asked).consent();
    let _ = world.decide(&page.interaction, "approve", &["openid", "profile"]).response();
    assert_eq!(silent(&mut world, &asked).as_deref(), Some("consent_required"));
    assert_eq!(silent(&mut world, &ask(&[])).as_deref(), Some("consent_required"));
    let less = ask(&[]).replace("+email", "");
    assert_eq!(silent(&mut world, &less), None);
    let claim = format!("{less}&{}", query(&[("claims", &claims)]));
    assert_eq!(silent(&mut world, &claim).as_deref(), Some("consent_required"));
    assert_eq!(silent(&mut world, &address), None, "what was not on the page stays");
}

#[test]
fn a_yes_to_stay_signed_in_is_remembered_only_if_it_was_said() {
    let mut world = remembering();
    let _ = world.approve(&ask(&[]));
    let offline = ask(&[]).replace("openid", "openid+offline_access");
    assert!(!went_back(&mut world, &offline));
    // It is on the page and left unticked.
    let page = world.visit(&offline).consent();
    let scopes = ["openid", "profile", "email"];
    let _ = world.decide(&page.interaction, "approve", &scopes).response();
    assert!(!went_back(&mut world, &offline));
    let _ = world.approve(&offline);
    let silent = format!("{offline}&prompt=none");
    let back = redirect_parameters(&world.browse(authorize(&silent)).response());
    let tokens = json(&world.send(&token_request(back.field("code"), &[])).response());
    assert!(tokens["refresh_token"].is_string());
}

#[test]
fn nobody_is_remembered_to_have_answered_for_ever_more_apis() {
    let apis: Vec<String> = (0..40).map(|at| format!("https://api-{at}.test/")).collect();
    let apis: Vec<&str> = apis.iter().map(String::as_str).collect();
    let mut world = at_apis(&apis);
    let at = |api: &str| query(&[("resource", api)]);
    let asked = ask(&[]);
    for api in &apis {
        let _ = world.approve(&format!("{asked}&{}", at(api)));
    }
    let remembered = world.store.iter().find(|(key, _)| matches!(key, Key::Consent { .. }));
    let Record::Consent(remembered) = &remembered.unwrap().1.record else { panic!() };
    assert_eq!(remembered.answers.len(), grantflow::server::remember::MOST_REMEMBERED);
    for (api, is_remembered) in [(apis[0], false), (apis[7], false), (apis[8], true)] {
        let asked = format!("{asked}&{}", at(api));
        assert_eq!(went_back(&mut world, &asked), is_remembered, "{api}");
    }
}

#[test]
fn a_second_form_of_a_page_with_another_choice_gets_no_code() {
    let mut world = remembering();
    let claims = json!({"userinfo": {"phone_number": null}}).to_string();
    let asked = ask(&[("claims", &claims)]);
    let page = world.visit(&asked).consent();
    let choose = |world: &mut World, scopes: &[&str], claims: &[&str]| {
        let mut fields = vec![("interaction", page.interaction.as_str()), ("decision", "approve")];
        fields.extend(scopes.iter().map(|scope| ("scope", *scope)));
        fields.extend(claims.iter().map(|claim| ("claim", *claim)));
        world.browse(own_form("/oauth2/consent", &fields))
    };
    let first = choose(&mut world, &["openid"], &[]).response();
    let after_the_first = world.store.clone();
    for (scopes, claims) in [(&["openid", "email"][..], &[][..]), (&["openid"], &["phone_number"])]
    {
        let page = choose(&mut world, scopes, claims).page();
        assert_eq!(page.status, 400);
        let Page::Error(error) = page.page else { panic!("{page:?}") };
        assert_eq!(error.error_description, "You answered already. Go back to the app");
        assert_eq!(world.store, after_the_first, "and nothing of it is remembered");
    }
    world.wait(1);
    let again = choose(&mut world, &["openid"], &[]).response();
    assert_eq!(location(&again), location(&first));
}

#[test]
fn a_no_forgets_the_yes_before_it() {
    let mut world = remembering();
    let page = world.visit(&ask(&[])).consent();
    let _ = approve(&mut world, &page.interaction, &[]);
    assert!(went_back(&mut world, &ask(&[])));
    let page = world.visit(&ask(&[("prompt", "consent")])).consent();
    let back = redirect_parameters(&world.decide(&page.interaction, "deny", &[]).response());
    assert_eq!(back.one("error"), Ok(Some("access_denied")));
    assert!(!went_back(&mut world, &ask(&[])));
    assert_eq!(silently(&mut world, ""), Err("consent_required".into()));
}

#[test]
fn a_12_an_app_that_somebody_else_could_pass_for_always_meets_a_person() {
    let app = |client_id: &str, uri: &str, application_type| Declaration {
        client_id: client_id.into(),
        client_secret: None,
        metadata: ClientMetadata {
            redirect_uris: vec![uri.into()],
            token_endpoint_auth_method: Some(AuthMethod::None),
            application_type: Some(application_type),
            ..ClientMetadata::default()
        },
        is_trusted: true,
    };
    let native = ApplicationType::Native;
    for (app, is_remembered) in [
        (app("loopback", "http://127.0.0.1/cb", native), false),
        (app("localhost", "http://localhost:3000/cb", ApplicationType::Web), false),
        (app("scheme", "com.example.app:/cb", native), false),
        (app("web", "https://spa.test/cb", ApplicationType::Web), true),
        (
            Declaration { is_trusted: false, ..app("x", "https://x.test", ApplicationType::Web) },
            false,
        ),
    ] {
        let mut world = remembering();
        world.register(&app);
        let asked = query(&[
            ("response_type", "code"),
            ("client_id", &app.client_id),
            ("redirect_uri", &app.metadata.redirect_uris[0]),
            ("scope", "openid"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let page = world.visit(&asked).consent();
        let _ = world.decide(&page.interaction, "approve", &["openid"]).response();
        assert_eq!(went_back(&mut world, &asked), is_remembered, "{}", app.client_id);
    }
}

#[test]
fn a_request_that_another_site_posts_begins_again_with_the_browsers_cookies() {
    let mut world = World::new();
    let _ = id_token(&mut world);
    world.wait(1);
    let mut posted = |more: &[(&str, &str)]| {
        let mut request = Request::form(format!("{ISSUER}/oauth2/authorize"), ask(more));
        request.headers.push("sec-fetch-site", "cross-site");
        let response = world.send(&request).response();
        assert_eq!(response.status, 303);
        let location = response.headers.first("location").unwrap().to_owned();
        assert!(location.starts_with("https://as.test/oauth2/consent?interaction="), "{location}");
        world.browse(Request::get(location))
    };
    let back = redirect_parameters(&posted(&[("prompt", "none")]).response());
    assert!(back.one("code").unwrap().is_some(), "nobody had to type anything");
    let page = posted(&[]).consent();
    assert_eq!(page.client_name, "My Task Management App");
    let _ = posted(&[("prompt", "login")]).login();
}

#[test]
fn a_request_that_another_site_posted_is_no_login_page() {
    let mut world = World::new();
    let request = Request::form(format!("{ISSUER}/oauth2/authorize"), ask(&[]));
    let location = location(&world.send(&request).response()).to_owned();
    let (_, query) = location.split_once('?').unwrap();
    let interaction = Form::parse(query.as_bytes()).unwrap().field("interaction").to_owned();
    for seconds in [0, 901] {
        world.wait(seconds);
        assert_eq!(world.sign_in(&interaction, "wonderland").page().status, 403);
        assert_eq!(world.cookie, None);
    }
}

#[test]
fn by_the_guides_policy_a_yes_is_remembered_only_for_an_app_that_forbids_pages() {
    let mut world = World::new();
    let page = world.visit(&ask(&[])).consent();
    let _ = approve(&mut world, &page.interaction, &[]);
    assert!(!went_back(&mut world, &ask(&[])), "the user will see the requested permissions");
    assert_eq!(silently(&mut world, ""), Ok(()));
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    let mut world = World::with(Policy { consent: ConsentRule::Always, ..policy });
    let page = world.visit(&ask(&[])).consent();
    let _ = approve(&mut world, &page.interaction, &[]);
    assert_eq!(silently(&mut world, ""), Err("consent_required".into()));
}

#[test]
fn one_persons_yes_is_not_anothers_and_one_apps_is_not_anothers() {
    let mut world = remembering();
    let page = world.visit(&ask(&[])).consent();
    let _ = approve(&mut world, &page.interaction, &[]);
    let pkce = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let other_app = ask(&pkce).replace(CLIENT_ID, PUBLIC_ID);
    assert!(!went_back(&mut world, &other_app));
    world.cookie = None;
    let login = world.browse(authorize(&ask(&[]))).login();
    let fields = [
        ("interaction", login.interaction.as_str()),
        ("username", "mallory"),
        ("password", "wonderland"),
    ];
    let led_on = world.browse(own_form("/oauth2/login", &fields)).response();
    let _ = world.browse(Request::get(led_on.headers.first("location").unwrap())).consent();
}

#[test]
fn two_who_say_yes_at_once_are_both_remembered() {
    let mut world = remembering();
    let one = world.visit(&ask(&[])).consent();
    let other = world.visit(&ask(&[]).replace("email", "phone")).consent();
    let form = |world: &World, interaction: &str, scope: &str| {
        let fields = [("interaction", interaction), ("decision", "approve"), ("scope", scope)];
        let mut request = own_form("/oauth2/consent", &fields);
        request.headers.push("cookie", world.cookie.clone().unwrap());
        request
    };
    let first = form(&world, &one.interaction, "email");
    let second = form(&world, &other.interaction, "phone");
    let (first, second) =
        (until_remembered(&mut world, &first), until_remembered(&mut world, &second));
    assert_eq!(world.finish(first).response().status, 303);
    assert_eq!(world.finish(second).response().status, 303);
    assert!(went_back(&mut world, &ask(&[]).replace("openid+profile+email", "email+phone")));
}

#[test]
fn a_yes_that_may_or_may_not_be_remembered_is_settled_by_reading_again() {
    for really in [true, false] {
        let mut world = remembering();
        let page = world.visit(&ask(&[])).consent();
        let fields = [
            ("interaction", page.interaction.as_str()),
            ("decision", "approve"),
            ("scope", "openid"),
        ];
        let mut request = own_form("/oauth2/consent", &fields);
        request.headers.push("cookie", world.cookie.clone().unwrap());
        let Turn::Swap(question) = until_remembered(&mut world, &request) else { panic!() };
        if really {
            assert_eq!(world.swap(&question), Swapped::Held);
        }
        let turn = question.answer(Swapped::Unknown);
        assert_eq!(world.finish(turn).response().status, 303, "{really}");
        assert!(went_back(&mut world, &ask(&[]).replace("+profile+email", "")), "{really}");
    }
}

// --- In a form ----------------------------------------------------------------------------------

#[test]
fn an_answer_in_a_form_posts_itself_and_runs_no_other_script() {
    let mut world = World::new();
    let asked = ask(&[("response_mode", "form_post"), ("state", "\"><script>x</script>")]);
    let page = world.visit(&asked).consent();
    let response = world.decide(&page.interaction, "approve", &["openid"]).response();
    assert_eq!((response.status, response.headers.first("location")), (200, None));
    let policy = response.headers.first("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("form-action"), "browsers would apply it to the app's next redirect");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "strict-origin"),
        ("x-frame-options", "DENY"),
        ("content-type", "text/html; charset=utf-8"),
    ] {
        assert_eq!(response.headers.first(name), Some(value));
    }
    let html = text(&response);
    assert!(html.contains(&format!("action=\"{CALLBACK}\"")));
    assert_eq!(html.matches("<script").count(), 1, "{html}");
}

// --- Signing out --------------------------------------------------------------------------------

const GOODBYE: &str = "https://yourapp.com/bye?from=here";

#[test]
fn a_118_only_a_registered_address_of_a_client_that_is_known_is_gone_to() {
    let mut world = goodbye_world();
    let hint = id_token(&mut world);
    for (fields, words) in [
        (&[("post_logout_redirect_uri", GOODBYE)][..], "Invalid post_logout_redirect_uri"),
        (
            &[("id_token_hint", &*hint), ("post_logout_redirect_uri", "https://yourapp.com/bye")],
            "Invalid post_logout_redirect_uri",
        ),
        (
            &[("client_id", PUBLIC_ID), ("post_logout_redirect_uri", GOODBYE)],
            "Invalid post_logout_redirect_uri",
        ),
        (&[("client_id", "nobody"), ("post_logout_redirect_uri", GOODBYE)], "Unknown client"),
        (&[("id_token_hint", &*hint), ("client_id", PUBLIC_ID)], "Unknown client"),
        (&[("id_token_hint", "x")], "Invalid id_token_hint"),
        (&[("state", "a"), ("state", "b")], "Malformed request"),
    ] {
        let page = world.browse(logout(fields)).page();
        let Page::Error(error) = page.page else { panic!("{page:?}") };
        assert_eq!((page.status, error.error_description), (400, words), "{fields:?}");
        assert_eq!(page.headers.first("set-cookie"), None, "nobody is signed out");
    }
    assert_eq!(silently(&mut world, ""), Ok(()));
}

#[test]
fn a_118_browsers_go_to_an_app_nobody_vouches_for_only_by_a_persons_click() {
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    let mut world = World::with(Policy { registration: Registration::Open, ..policy });
    let said = json!({"redirect_uris": [CALLBACK], "post_logout_redirect_uris": [GOODBYE]});
    let mut register = Request::form(format!("{ISSUER}/oauth2/register"), said.to_string());
    register.headers = Headers::new().with("content-type", "application/json");
    let known = json(&world.send(&register).response());
    let (id, secret) = (known["client_id"].as_str().unwrap(), known["client_secret"].as_str());
    let leaves = |answer: Answer| {
        let show = answer.page();
        let Page::Leave(page) = &show.page else { panic!("{show:?}") };
        assert_eq!(page.redirect_uri, GOODBYE);
        assert_eq!(page.location, "https://yourapp.com/bye?from=here&state=s");
        show
    };
    // Nobody is signed in.
    let fields = [("client_id", id), ("post_logout_redirect_uri", GOODBYE), ("state", "s")];
    let page = leaves(world.browse(logout(&fields)));
    assert_eq!((page.status, page.headers.first("location")), (200, None));

    // Somebody is, and no ID token says that the app knows them.
    let mut code =
        token_request(world.approve(&ask(&[]).replace(CLIENT_ID, id)).field("code"), &[]);
    code.headers = Headers::new()
        .with("content-type", "application/x-www-form-urlencoded")
        .with("authorization", basic(id, secret.unwrap()));
    let tokens = json(&world.send(&code).response());
    let Page::SignOut(page) = world.browse(logout(&fields)).page().page else { panic!() };
    let form = own_form("/oauth2/logout", &[("interaction", &page.interaction)]);
    let cookie = world.cookie.clone();
    let response = world.browse(form).response();
    assert_eq!(location(&response), format!("{ISSUER}/oauth2/logout"), "and not the app's page");
    assert!(response.headers.first("set-cookie").unwrap().contains("Max-Age=0"));
    let end = world.browse(Request::get(location(&response))).page();
    assert_eq!(end.page, Page::SignedOut);

    // An ID token does.
    world.cookie = cookie;
    let hint = tokens["id_token"].as_str().unwrap();
    let fields = [("id_token_hint", hint), ("post_logout_redirect_uri", GOODBYE), ("state", "s")];
    let page = leaves(world.browse(logout(&fields)));
    assert!(page.headers.first("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(silently(&mut world, ""), Err("login_required".into()));
}

#[test]
fn the_button_that_signs_out_works_however_long_the_way_on_is() {
    let mut world = goodbye_world();
    let uri = format!("https://yourapp.com/{}", "b".repeat(2048 - 20));
    world.register(&Declaration {
        metadata: ClientMetadata {
            post_logout_redirect_uris: vec![uri.clone()],
            ..confidential().metadata
        },
        ..confidential()
    });
    sign_in_as_somebody_long(&mut world);
    let with = |state: &str| {
        logout(&[("client_id", CLIENT_ID), ("post_logout_redirect_uri", &uri), ("state", state)])
    };
    let left = grantflow::server::logout::LONGEST_EXIT - uri.len() - "?state=".len();
    // In a URL such a character takes three.
    for (state, is_taken) in [
        ("s".repeat(left), true),
        ("s".repeat(left + 1), false),
        ("/".repeat(left / 3), true),
        ("/".repeat(left / 3 + 1), false),
        ("s".repeat(8192), false),
    ] {
        let shown = world.browse(with(&state)).page();
        if !is_taken {
            let Page::Error(error) = shown.page else { panic!("{shown:?}") };
            assert_eq!((shown.status, error.error_description), (400, "Malformed request"));
            continue;
        }
        let Page::SignOut(page) = shown.page else { panic!("{shown:?}") };
        assert!(page.interaction.len() <= form::LONGEST_VALUE, "{}", page.interaction.len());
        let cookie = world.cookie.clone();
        let form = own_form("/oauth2/logout", &[("interaction", &page.interaction)]);
        let response = world.browse(form).response();
        assert_eq!(location(&response), grantflow::wire::logout::after(&uri, Some(&state)));
        world.cookie = cookie;
    }
}

#[test]
fn a_hint_at_who_signs_out_is_not_listened_to() {
    let mut world = goodbye_world();
    let _ = id_token(&mut world);
    let fields = [("logout_hint", "user-alice"), ("ui_locales", "en")];
    let Page::SignOut(page) = world.browse(logout(&fields)).page().page else { panic!() };
    assert_eq!((page.username.as_str(), page.client_name), ("alice", None));
    assert_eq!(silently(&mut world, ""), Ok(()), "nobody is signed out by it");
}

#[test]
fn without_proof_of_who_it_is_the_person_is_asked_and_then_goes_where_the_app_said() {
    let mut world = goodbye_world();
    let _ = id_token(&mut world);
    let fields =
        [("client_id", CLIENT_ID), ("post_logout_redirect_uri", GOODBYE), ("state", "s&t")];
    let Page::SignOut(page) = world.browse(logout(&fields)).page().page else { panic!() };
    assert_eq!(page.client_name.as_deref(), Some("My Task Management App"));
    let form = own_form("/oauth2/logout", &[("interaction", &page.interaction)]);
    let response = world.browse(form).response();
    assert_eq!(location(&response), "https://yourapp.com/bye?from=here&state=s%26t");
    assert!(response.headers.first("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(silently(&mut world, ""), Err("login_required".into()));
    // Nobody is signed in any more, so there is nothing to ask.
    let response = world.browse(logout(&fields)).response();
    assert_eq!(location(&response), "https://yourapp.com/bye?from=here&state=s%26t");
}

#[test]
fn an_id_token_of_somebody_else_or_of_long_ago_signs_this_person_out_only_by_a_click() {
    let mut world = goodbye_world();
    let hint = id_token(&mut world);
    let bobs = Owner::Server.token(Algorithm::Rs256, "JWT", &claims_of("user-bob", CLIENT_ID));
    let fields = [("id_token_hint", bobs.as_str()), ("post_logout_redirect_uri", GOODBYE)];
    assert!(matches!(world.browse(logout(&fields)).page().page, Page::SignOut(_)));
    world.wait(11 * 3600);
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", GOODBYE)];
    let response = world.browse(logout(&fields)).response();
    assert_eq!(location(&response), GOODBYE, "an old one is still the person's");
}

#[test]
fn an_app_that_posts_its_request_gets_no_further_than_one_that_links_to_it() {
    let mut world = goodbye_world();
    let hint = id_token(&mut world);
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", GOODBYE)];
    let mut posted = Request::form(format!("{ISSUER}/oauth2/logout"), query(&fields));
    posted.headers.push("origin", "https://yourapp.com");
    posted.headers.push("sec-fetch-site", "cross-site");
    // Browsers leave the cookie out of it.
    let cookie = world.cookie.take();
    let response = world.browse(posted).response();
    assert_eq!(response.headers.first("set-cookie"), None);
    world.cookie = cookie;
    let response = world.browse(Request::get(location(&response))).response();
    assert_eq!(location(&response), GOODBYE);
    assert_eq!(silently(&mut world, ""), Err("login_required".into()));
}

// --- Who may read what --------------------------------------------------------------------------

#[test]
fn a_126_an_origin_may_read_answers_from_the_first_code_on_and_as_long_as_tokens_live() {
    let mut world = World::new();
    world.store.retain(|key, _| !matches!(key, Key::Origin(_)));
    let may_read = |world: &mut World, origin: &str| {
        let mut preflight = Request::form(format!("{ISSUER}/oauth2/token"), "");
        preflight.method = Method::Options;
        preflight.headers.push("origin", origin);
        let response = world.send(&preflight).response();
        assert_eq!(response.status, 204);
        response.headers.first("access-control-allow-origin") == Some("*")
    };
    let app = "https://yourapp.com";
    assert!(!may_read(&mut world, app));
    let _ = id_token(&mut world);
    for (origin, expected) in [
        (app, true),
        ("https://evil.test", false),
        ("http://yourapp.com", false),
        ("https://yourapp.com:444", false),
        ("null", false),
        (ISSUER, false),
    ] {
        assert_eq!(may_read(&mut world, origin), expected, "{origin}");
    }
    let long = 2 * (30 * 24 * 3600 + 3600);
    world.wait(long - 1);
    assert!(may_read(&mut world, app));
    world.wait(1);
    assert!(!may_read(&mut world, app));
    // Whoever goes on signing people in is not forgotten.
    for _ in 0..3 {
        world.cookie = None;
        let _ = id_token(&mut world);
        world.wait(long / 2 + 1);
        assert!(may_read(&mut world, app));
    }
}

#[test]
fn a_126_pages_where_a_cookie_counts_are_for_nobody_elses_scripts() {
    let mut world = World::new();
    for path in
        ["/oauth2/authorize", "/oauth2/login", "/oauth2/consent", "/oauth2/logout", "/developer"]
    {
        let mut request = Request::get(format!("{ISSUER}{path}"));
        request.headers.push("origin", "https://yourapp.com");
        let headers = match world.send(&request) {
            Answer::Page(show) => show.headers,
            answer => answer.response().headers,
        };
        assert_eq!(headers.first("access-control-allow-origin"), None, "{path}");
    }
}

// --- Helpers ------------------------------------------------------------------------------------

/// The guide's request, and more.
fn ask(more: &[(&str, &str)]) -> String {
    let guide = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email"),
    ];
    query(&[&guide, more].concat())
}

fn authorize(asked: &str) -> Request {
    Request::get(format!("{ISSUER}/oauth2/authorize?{asked}"))
}

fn logout(fields: &[(&str, &str)]) -> Request {
    Request::get(format!("{ISSUER}/oauth2/logout?{}", query(fields)))
}

fn location(response: &Response) -> &str {
    assert_eq!(response.status, 303);
    response.headers.first("location").unwrap()
}

/// Alice agrees to everything; her ID token.
fn id_token(world: &mut World) -> String {
    let code = world.code("");
    let tokens = json(&world.send(&token_request(&code, &[])).response());
    tokens["id_token"].as_str().unwrap().into()
}

/// Asks without pages, with a hint if it is not empty; the error, if it is one.
fn silently(world: &mut World, hint: &str) -> Result<(), String> {
    let asked = ask(&[("prompt", "none"), ("id_token_hint", hint)]);
    let back: Form = redirect_parameters(&world.browse(authorize(&asked)).response());
    back.one("error").unwrap().map_or(Ok(()), |error| Err(error.to_owned()))
}

/// Whether the request went straight back with a code.
fn went_back(world: &mut World, asked: &str) -> bool {
    match world.browse(authorize(asked)) {
        Answer::Response(response) => redirect_parameters(&response).one("code").unwrap().is_some(),
        Answer::Page(show) => {
            assert!(matches!(show.page, Page::Consent(_)), "{show:?}");
            false
        }
        Answer::Admitted(access) => panic!("{access:?}"),
    }
}

/// Approves every scope and these claims; the tokens.
fn approve(world: &mut World, interaction: &str, claims: &[&str]) -> Value {
    let mut fields = vec![("interaction", interaction), ("decision", "approve")];
    fields.extend(["openid", "profile", "email"].map(|scope| ("scope", scope)));
    fields.extend(claims.iter().map(|claim| ("claim", *claim)));
    let response = world.browse(own_form("/oauth2/consent", &fields)).response();
    let code = redirect_parameters(&response).one("code").unwrap().unwrap().to_owned();
    let response = world.send(&token_request(&code, &[])).response();
    assert_eq!(response.status, 200, "{}", text(&response));
    json(&response)
}

fn userinfo(world: &mut World, tokens: &Value) -> Value {
    let mut request = Request::get(format!("{ISSUER}/oauth2/userinfo"));
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    request.headers.push("authorization", bearer);
    json(&world.send(&request).response())
}

/// A world whose hint, of Alice, is signed with a key that is not published any more.
fn hint_under_a_key_that_is_gone() -> (World, String) {
    let until = Some(grantflow_tests::BEGINNING + Duration::from_secs(100));
    let old = Owner::Server.public_key(Algorithm::Rs256);
    let old = ServerKey { key: old, signs_until: until, published_until: until };
    let new = Owner::Server.public_key(Algorithm::EdDsa).into();
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    let mut world = World::with_keys(policy, KeySet::new([old, new]).unwrap());
    let hint = id_token(&mut world);
    world.wait(100);
    (world, hint)
}

/// A server that remembers, with these APIs and the words `read` and `delete`.
fn at_apis(identifiers: &[&str]) -> World {
    let mut policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    policy.consent = ConsentRule::Remembered;
    for word in ["read", "delete"] {
        policy.scopes.push(Scope { word: word.into(), meaning: "Work".into() });
    }
    policy.resources.extend(identifiers.iter().map(|identifier| Resource {
        identifier: (*identifier).into(),
        path: None,
        scope: ScopeSet::default(),
        format: TokenFormat::Opaque,
        introspected_by: None,
    }));
    World::with(policy)
}

/// Answers questions up to the one that stores a yes.
fn until_remembered(world: &mut World, request: &Request) -> Turn<'static> {
    let mut turn = world.begin(request);
    loop {
        if let Turn::Swap(question) = &turn
            && matches!(question.key(), Key::Consent { .. })
        {
            return turn;
        }
        turn = world.step(turn).unwrap();
    }
}

/// Signs somebody in who is called as long as may be.
fn sign_in_as_somebody_long(world: &mut World) {
    let login = world.browse(authorize(&ask(&[]))).login();
    let username = "u".repeat(255);
    let fields = [("interaction", &*login.interaction), ("username", &username), ("password", "x")];
    let Turn::SignIn(question) = world.begin(&own_form("/oauth2/login", &fields)) else { panic!() };
    let turn = question.answer(Some("s".repeat(255)));
    let response = world.finish(turn).response();
    let set = response.headers.first("set-cookie").unwrap();
    world.cookie = set.split(';').next().map(String::from);
}

fn remembering() -> World {
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    World::with(Policy { consent: ConsentRule::Remembered, ..policy })
}

fn goodbye_world() -> World {
    let mut world = World::new();
    world.register(&Declaration {
        metadata: ClientMetadata {
            post_logout_redirect_uris: vec![GOODBYE.into()],
            ..confidential().metadata
        },
        ..confidential()
    });
    world
}

fn claims_of(sub: &str, aud: &str) -> String {
    json!({"iss": ISSUER, "sub": sub, "aud": aud, "iat": 1, "exp": 2}).to_string()
}
