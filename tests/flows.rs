//! What people and hosts do around the guide: developers, sign-out, prompts, races, faults.

use std::collections::BTreeSet;
use std::time::Duration;

use grantflow::key::Algorithm;
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::page::{DeveloperPage, RegisteredPage, WarningKind};
use grantflow::server::{
    ConsentRule, Declaration, InitialAccess, Key, KeySet, Page, Policy, Registration, Resource,
    Swapped, TokenFormat, Turn, path,
};
use grantflow::states;
use grantflow::time::UnixTime;
use grantflow::uri::Issuer;
use grantflow::wire::http::{Headers, Method, Request, Response};
use grantflow::wire::registration::ClientMetadata;
use grantflow_tests::states::taken;
use grantflow_tests::{
    Answer, CALLBACK, CHALLENGE, CLIENT_ID, CLIENT_SECRET, ISSUER, Owner, World, basic,
    confidential, guide_query, json, keyed, own_form, query, redirect_parameters, tasks_request,
    text, token_request,
};
use serde_json::json;

// --- The developer page ---------------------------------------------------------------------

#[test]
fn a_developer_signs_in_registers_an_app_and_signs_a_user_in_with_it() {
    let mut world = World::new();
    let page = developer(&mut world);
    assert_eq!(page.apps, []);
    let form = [
        ("action", "create"),
        ("name", "My Task Management App"),
        ("redirect_uris", "https://yourapp.com/auth/callback\r\nhttps://yourapp.com/other\r\n"),
        ("kind", "confidential"),
    ];
    let registered = registered(post(&mut world, &page, &form));
    let app = registered.app;
    assert_eq!(app.redirect_uris, [CALLBACK, "https://yourapp.com/other"]);
    let secret = registered.client_secret.unwrap();

    let asked = guide_query().replace(CLIENT_ID, &app.client_id);
    let code = world.approve(&asked).one("code").unwrap().unwrap().to_owned();
    let mut request = token_request(&code, &[]);
    request.headers =
        Request::form("", "").headers.with("authorization", basic(&app.client_id, secret.expose()));
    assert_eq!(world.send(&request).response().status, 200);
    assert_eq!(developer(&mut world).apps, [app]);
    let stored = format!("{:?}", world.store);
    assert!(!stored.contains(secret.expose()), "the secret is stored as a hash");
}

#[test]
fn a_public_app_gets_no_secret() {
    let mut world = World::new();
    let page = developer(&mut world);
    let form = [
        ("action", "create"),
        ("name", "SPA"),
        ("redirect_uris", "http://localhost:5173/cb"),
        ("kind", "public"),
    ];
    let registered = registered(post(&mut world, &page, &form));
    assert_eq!(registered.client_secret, None);
    assert!(!registered.app.confidential);
}

#[test]
fn a_form_that_is_wrong_comes_back_as_typed_and_registers_nothing() {
    let mut world = World::new();
    let page = developer(&mut world);
    let stored = world.store.clone();
    for (name, uris, field, warning) in [
        ("", CALLBACK, "name", None),
        ("App", "", "redirect_uris", None),
        ("App", "http://shop.example/cb", "redirect_uris", Some("http")),
        ("App", "https://*.a.test/cb", "redirect_uris", Some("wildcard")),
        ("App", "https://a.test/cb#x", "redirect_uris", Some("fragment")),
        ("App", "javascript:alert(1)", "redirect_uris", None),
        ("App", "com.example.app:/cb", "redirect_uris", None),
    ] {
        let form = [
            ("action", "create"),
            ("name", name),
            ("redirect_uris", uris),
            ("kind", "confidential"),
        ];
        let Page::Developer(again) = post(&mut world, &page, &form).page().page else {
            panic!("{uris}")
        };
        let problem = again.problem.unwrap();
        assert_eq!(problem.field, field, "{name} {uris}");
        assert_eq!(problem.warning.map(WarningKind::name), warning, "{uris}");
        assert!(problem.uri.is_none_or(|uri| uri == uris));
        assert_eq!((again.typed.name.as_str(), again.typed.redirect_uris.as_str()), (name, uris));
        assert_eq!(world.store, stored);
    }
}

#[test]
fn the_one_of_many_redirect_uris_that_is_wrong_is_named() {
    let mut world = World::new();
    let page = developer(&mut world);
    let uris = "https://a.test/cb\r\nhttp://shop.example/cb\r\nhttps://b.test/cb";
    let form = [("action", "create"), ("name", "App"), ("redirect_uris", uris)];
    let Page::Developer(again) = post(&mut world, &page, &form).page().page else { panic!() };
    assert_eq!(again.problem.unwrap().uri.as_deref(), Some("http://shop.example/cb"));
}

#[test]
fn redirect_uris_that_differ_by_a_slash_are_taken_and_told() {
    let mut world = World::new();
    let page = developer(&mut world);
    let twin = format!("{CALLBACK}/");
    let uris = format!("{CALLBACK}\r\n{twin}\r\nhttps://a.test/*");
    let form = [("action", "create"), ("name", "App"), ("redirect_uris", &*uris)];
    let app = registered(post(&mut world, &page, &form)).app;
    assert_eq!(app.redirect_uris.len(), 3);
    let [wildcard, twins] = &*app.warnings else { panic!("{app:?}") };
    assert_eq!((wildcard.kind, twins.kind), (WarningKind::Wildcard, WarningKind::Twin));
    assert_eq!(
        (&*wildcard.uris, &*twins.uris),
        (&["https://a.test/*".into()][..], &[CALLBACK.into(), twin][..])
    );
    assert_eq!(developer(&mut world).apps, [app]);
}

#[test]
fn a_secret_made_anew_ends_the_one_before_and_nothing_else() {
    let mut world = World::new();
    let (id, old) = create(&mut world, "confidential");
    let asked = guide_query().replace(CLIENT_ID, &id);
    let mut codes = || world.approve(&asked).one("code").unwrap().unwrap().to_owned();
    let (before, with_old, with_new) = (codes(), codes(), codes());
    let redeem = |code: &str, secret: &Secret| {
        let mut request = token_request(code, &[]);
        let headers = Request::form("", "").headers;
        request.headers = headers.with("authorization", basic(&id, secret.expose()));
        request
    };
    let tokens = json(&world.send(&redeem(&before, &old)).response());
    let tasks = tasks_request(tokens["access_token"].as_str().unwrap());

    let shown = rotate(&mut world, &id).page();
    assert_eq!(shown.headers.first("cache-control"), Some("no-store"));
    let Page::Registered(page) = shown.page else { panic!() };
    assert!(!page.is_new);
    assert_eq!(page.app.client_id, id);
    let new = page.client_secret.unwrap();
    assert_ne!(old, new);
    let refused = world.send(&redeem(&with_old, &old)).response();
    assert_eq!((refused.status, &json(&refused)["error"]), (401, &json!("invalid_client")));
    // The codes that were out are good, and so are the tokens.
    for code in [with_old, with_new] {
        assert_eq!(world.send(&redeem(&code, &new)).response().status, 200);
    }
    let _ = world.send(&tasks).access();
    assert_eq!(developer(&mut world).apps, [page.app]);
    let stored = format!("{:?}", world.store);
    assert!(!stored.contains(new.expose()), "the secret is stored as a hash");
}

#[test]
fn no_secret_is_made_anew_of_an_app_that_is_not_ones_own_or_public_or_gone() {
    let mut world = World::new();
    let (public, _) = create(&mut world, "public");
    let (gone, _) = create(&mut world, "confidential");
    let page = developer(&mut world);
    let _ = post(&mut world, &page, &[("action", "remove"), ("client_id", &gone)]).response();
    let (alices, _) = create(&mut world, "confidential");
    world.cookie = None;
    let login = world.browse(get(path::DEVELOPER)).login();
    world.cookie = sign_in_as(&mut world, "mallory", &login.interaction);
    let (mallorys, _) = create(&mut world, "confidential");
    let stored = world.store.clone();
    for id in [&alices, &public, &gone, CLIENT_ID, "nobody", ""] {
        let back = rotate(&mut world, id).response();
        assert_eq!(back.status, 303);
        assert_eq!(back.headers.first("location"), Some("https://as.test/developer"));
    }
    world.cookie = None;
    for id in [&public, &gone, &mallorys] {
        assert_eq!(rotate(&mut world, id).response().status, 303);
    }
    assert_eq!(world.store, stored);
}

#[test]
fn a_14_another_site_and_another_login_make_no_secret_anew() {
    let mut world = World::new();
    let (id, _) = create(&mut world, "confidential");
    let page = developer(&mut world);
    let stored = world.store.clone();
    let fields = rotation(&page, &id);
    assert_eq!(world.browse(foreign_form(path::DEVELOPER, &fields)).page().status, 403);
    let forged = [("interaction", "forged"), ("action", "rotate"), ("client_id", &*id)];
    assert_eq!(world.browse(own_form(path::DEVELOPER, &forged)).page().status, 403);
    // A link with the fields in it, or a browser that looks ahead, is shown the list.
    let link = format!("{}?{}", path::DEVELOPER, query(&fields));
    for method in [Method::Get, Method::Head] {
        let shown = world.browse(Request { method, ..get(&link) }).page().page;
        assert!(matches!(shown, Page::Developer(_)), "{shown:?}");
    }
    world.cookie = None;
    let _ = developer(&mut world);
    assert_eq!(world.browse(own_form(path::DEVELOPER, &fields)).page().status, 403);
    assert_eq!(world.store, stored);
}

#[test]
fn of_two_who_make_a_secret_anew_at_once_one_is_shown_it_and_the_other_is_told() {
    let mut world = World::new();
    let (id, _) = create(&mut world, "confidential");
    let page = developer(&mut world);
    let fields = rotation(&page, &id);
    let mut form = own_form(path::DEVELOPER, &fields);
    form.headers.push("cookie", world.cookie.clone().unwrap());
    let [late, first] = [(); 2].map(|()| to_swap(&mut world, &form));
    let won = registered(world.finish(first)).client_secret.unwrap();
    assert_eq!(world.finish(late).response().status, 503);
    let code = world.approve(&guide_query().replace(CLIENT_ID, &id));
    let mut request = token_request(code.one("code").unwrap().unwrap(), &[]);
    request.headers = Request::form("", "").headers.with("authorization", basic(&id, won.expose()));
    assert_eq!(world.send(&request).response().status, 200);
}

#[test]
fn a_store_that_never_answers_shows_no_secret_and_is_asked_once() {
    for swapped in [Swapped::Lost, Swapped::Unknown] {
        let mut world = World::new();
        let (id, _) = create(&mut world, "confidential");
        let page = developer(&mut world);
        let fields = rotation(&page, &id);
        let mut form = own_form(path::DEVELOPER, &fields);
        form.headers.push("cookie", world.cookie.clone().unwrap());
        let Turn::Swap(swap) = to_swap(&mut world, &form) else { panic!() };
        let answer = world.finish(swap.answer(swapped)).response();
        assert_eq!(answer.status, 503, "{answer:?}");
    }
}

#[test]
fn an_app_that_is_removed_can_neither_ask_nor_redeem_nor_use_its_tokens() {
    let mut world = World::new();
    let page = developer(&mut world);
    let form = [
        ("action", "create"),
        ("name", "App"),
        ("redirect_uris", CALLBACK),
        ("kind", "confidential"),
    ];
    let registered = registered(post(&mut world, &page, &form));
    let (id, secret) = (registered.app.client_id, registered.client_secret.unwrap());
    let asked = guide_query().replace(CLIENT_ID, &id);
    let mut codes = [world.approve(&asked), world.approve(&asked)]
        .map(|form| form.one("code").unwrap().unwrap().to_owned())
        .map(|code| {
            let mut request = token_request(&code, &[]);
            let headers = Request::form("", "").headers;
            request.headers = headers.with("authorization", basic(&id, secret.expose()));
            request
        });
    let tokens = json(&world.send(&codes[0]).response());
    let tasks = tasks_request(tokens["access_token"].as_str().unwrap());
    let _ = world.send(&tasks).access();

    let page = developer(&mut world);
    let removed = post(&mut world, &page, &[("action", "remove"), ("client_id", &id)]);
    assert_eq!(removed.response().status, 303);
    assert_eq!(developer(&mut world).apps, []);
    assert_eq!(world.send(&tasks).response().status, 401);
    assert_eq!(json(&world.send(&codes[1]).response())["error"], "invalid_client");
    codes.reverse();
    let refused =
        world.send(&Request::get(format!("{ISSUER}/oauth2/authorize?{asked}"))).response();
    assert_eq!(json(&refused)["error_description"], "Unknown client");
}

#[test]
fn nobody_removes_an_app_of_somebody_else() {
    let mut world = World::new();
    let page = developer(&mut world);
    let stored = world.store.clone();
    let form = [("action", "remove"), ("client_id", CLIENT_ID)];
    assert_eq!(post(&mut world, &page, &form).response().status, 303);
    assert_eq!(world.store, stored);
}

#[test]
fn a_14_a_developer_form_from_another_site_or_another_login_is_refused() {
    let mut world = World::new();
    let page = developer(&mut world);
    let stored = world.store.clone();
    let fields = [
        ("interaction", page.interaction.as_str()),
        ("action", "create"),
        ("name", "Evil"),
        ("redirect_uris", "https://evil.test/cb"),
        ("kind", "public"),
    ];
    assert_eq!(world.browse(foreign_form(path::DEVELOPER, &fields)).page().status, 403);
    world.cookie = None;
    let _ = developer(&mut world);
    assert_eq!(world.browse(own_form(path::DEVELOPER, &fields)).page().status, 403);
    assert_eq!(world.store, stored);
}

// --- Sign-out and prompts -------------------------------------------------------------------

#[test]
fn a_118_signing_out_needs_the_form_and_ends_the_login() {
    let mut world = World::new();
    let _ = world.visit(&guide_query()).consent();
    let Page::SignOut(page) = world.browse(get(path::LOGOUT)).page().page else { panic!() };
    assert_eq!(page.username, "alice");
    let Page::SignOut(_) = world.browse(own_form(path::LOGOUT, &[])).page().page else { panic!() };
    let forged = [("interaction", "forged")];
    assert_eq!(world.browse(own_form(path::LOGOUT, &forged)).page().status, 403);
    let fields = [("interaction", page.interaction.as_str())];
    assert_eq!(world.browse(own_form(path::LOGOUT, &fields)).response().status, 303);
    assert_eq!(world.browse(get(path::LOGOUT)).page().page, Page::SignedOut);
    let _ = world.browse(get(&format!("{}?{}", path::AUTHORIZE, guide_query()))).login();
}

#[test]
fn a_118_another_site_signs_nobody_out() {
    let mut world = World::new();
    let _ = world.visit(&guide_query()).consent();
    let Page::SignOut(page) = world.browse(get(path::LOGOUT)).page().page else { panic!() };
    // A form of another site comes without the cookie, and must not make the browser drop it.
    let alices = world.cookie.take();
    let foreign = |fields: &[(&str, &str)]| foreign_form(path::LOGOUT, fields);
    let refused = world.browse(foreign(&[("interaction", &page.interaction)])).page();
    assert_eq!((refused.status, refused.headers.first("set-cookie")), (403, None));
    // Nothing in it says that it is ours: it is an app's request, which browsers bring back with
    // the cookie, and then the person is asked.
    let led_back = world.browse(foreign(&[])).response();
    let location = led_back.headers.first("location");
    assert_eq!(location, Some("https://as.test/oauth2/logout"));
    assert_eq!((led_back.status, led_back.headers.first("set-cookie")), (303, None));
    world.cookie = alices;
    let Page::SignOut(_) = world.browse(get(path::LOGOUT)).page().page else { panic!() };
    let page = developer(&mut world);
    let fields = [("interaction", page.interaction.as_str())];
    assert_eq!(world.browse(own_form(path::LOGOUT, &fields)).page().status, 403, "another page's");
}

#[test]
fn a_14_a_login_form_with_an_origin_that_any_site_can_make_is_refused() {
    let mut world = World::new();
    let login = world.browse(get(path::DEVELOPER)).login();
    let fields = [
        ("interaction", login.interaction.as_str()),
        ("username", "alice"),
        ("password", "wonderland"),
    ];
    let headers = || Request::form("", "").headers;
    for foreign in [
        headers().with("origin", "null"),
        headers().with("origin", "null").with("sec-fetch-site", "cross-site"),
        headers().with("origin", ISSUER).with("sec-fetch-site", "same-site"),
        headers().with("sec-fetch-site", "cross-site"),
        headers().with("origin", "https://as.test.evil.test"),
    ] {
        let form = Request { headers: foreign, ..own_form(path::LOGIN, &fields) };
        assert_eq!(world.browse(form).page().status, 403);
        assert_eq!(world.cookie, None);
    }
    let private = headers().with("origin", "null").with("sec-fetch-site", "same-origin");
    let form = Request { headers: private, ..own_form(path::LOGIN, &fields) };
    assert_eq!(world.browse(form).response().status, 303);
}

/// A-13: a request that waits for a login can be handed on as a link, and must not be shared.
#[test]
fn a_13_two_people_on_one_interaction_never_get_each_others_code() {
    for mallory_first in [true, false] {
        let mut world = World::new();
        let login = world.browse(get(&format!("{}?{}", path::AUTHORIZE, guide_query()))).login();
        let link = world.sign_in(&login.interaction, "wonderland").response();
        let link = link.headers.first("location").unwrap().to_owned();
        let alice = world.cookie.take();
        let mallory = sign_in_as(&mut world, "mallory", &login.interaction);
        let mut codes = [(alice, "user-alice"), (mallory, "user-mallory")];
        if mallory_first {
            codes.reverse();
        }
        let codes = codes.map(|(cookie, subject)| {
            world.cookie = cookie;
            let page = world.browse(Request::get(link.as_str())).consent();
            let back = world.decide(&page.interaction, "approve", &["openid"]).response();
            (redirect_parameters(&back).one("code").unwrap().unwrap().to_owned(), subject)
        });
        for (code, subject) in codes {
            let tokens = json(&world.send(&token_request(&code, &[])).response());
            let tasks = tasks_request(tokens["access_token"].as_str().unwrap());
            assert_eq!(world.send(&tasks).access().subject.as_deref(), Some(subject));
        }
    }
}

#[test]
fn a_request_as_long_as_may_be_can_be_answered() {
    let mut world = World::new();
    let state = "s".repeat(3072 - "openid profile email".len());
    let asked = format!("{}&state={state}", guide_query());
    assert_eq!(world.approve(&asked).one("state").unwrap(), Some(state.as_str()));
    let longer = format!("{}?{asked}s", path::AUTHORIZE);
    let back = redirect_parameters(&world.browse(get(&longer)).response());
    assert_eq!(back.one("error_description").unwrap(), Some("The request is too long"));
}

#[test]
fn a_store_that_never_answers_a_swap_ends_in_an_answer_to_the_app() {
    let mut world = World::new();
    let page = world.visit(&guide_query()).consent();
    let fields =
        [("interaction", page.interaction.as_str()), ("decision", "approve"), ("scope", "openid")];
    let mut form = own_form(path::CONSENT, &fields);
    form.headers.push("cookie", world.cookie.clone().unwrap());
    let mut turn = world.begin(&form);
    for _ in 0..100 {
        turn = match turn {
            Turn::Swap(q) => q.answer(Swapped::Unknown),
            turn => match world.step(turn) {
                Ok(turn) => turn,
                Err(answer) => {
                    let back = redirect_parameters(&answer.response());
                    assert_eq!(back.one("error"), Ok(Some("temporarily_unavailable")));
                    return;
                }
            },
        };
    }
    panic!("still asking");
}

#[test]
fn a_developer_has_fifty_apps_and_the_store_no_more() {
    let mut world = World::new();
    let form =
        [("action", "create"), ("name", "App"), ("redirect_uris", CALLBACK), ("kind", "public")];
    for _ in 0..50 {
        let page = developer(&mut world);
        let _ = registered(post(&mut world, &page, &form));
    }
    let page = developer(&mut world);
    let before = world.store.clone();
    let Page::Developer(full) = post(&mut world, &page, &form).page().page else { panic!() };
    assert_eq!(full.problem.as_ref().unwrap().field, "name");
    assert_eq!(world.store, before);
    let id = full.apps[0].client_id.clone();
    let _ = post(&mut world, &full, &[("action", "remove"), ("client_id", &id)]).response();
    let removed = world.store.iter().find(|(key, _)| key.to_string() == format!("client:{id}"));
    assert_eq!(removed.unwrap().1.record.dies(), Some(world.now), "a store may forget it");
}

#[test]
fn a_login_ends_after_twelve_hours_and_a_forged_cookie_is_none() {
    let mut world = World::new();
    let _ = world.visit(&guide_query()).consent();
    let authorize = format!("{}?{}", path::AUTHORIZE, guide_query());
    world.wait(12 * 3600 - 1);
    let _ = world.browse(get(&authorize)).consent();
    world.wait(1);
    let _ = world.browse(get(&authorize)).login();
    world.cookie = Some("__Host-grantflow=AAAA".into());
    let _ = world.browse(get(&authorize)).login();
}

#[test]
fn a_19_prompt_none_never_shows_a_page() {
    let mut world = World::new();
    let silent = format!("{}?{}&prompt=none&state=s", path::AUTHORIZE, guide_query());
    let back = redirect_parameters(&world.browse(get(&silent)).response());
    assert_eq!(back.one("error").unwrap(), Some("login_required"));
    let _ = world.visit(&guide_query()).consent();
    let back = redirect_parameters(&world.browse(get(&silent)).response());
    assert_eq!(back.one("error").unwrap(), Some("consent_required"));
    assert_eq!(back.one("state").unwrap(), Some("s"));
    let both = silent.replace("prompt=none", "prompt=none+login");
    let back = redirect_parameters(&world.browse(get(&both)).response());
    assert_eq!(back.one("error").unwrap(), Some("invalid_request"));
}

#[test]
fn a_18_prompt_login_and_max_age_ask_a_person_who_is_signed_in_again() {
    let mut world = World::new();
    let _ = world.visit(&guide_query()).consent();
    world.wait(10);
    for more in ["&prompt=login", "&max_age=9"] {
        let asked = format!("{}?{}{more}", path::AUTHORIZE, guide_query());
        let login = world.browse(get(&asked)).login();
        let response = world.sign_in(&login.interaction, "wonderland").response();
        let _ = world.browse(Request::get(response.headers.first("location").unwrap())).consent();
        world.wait(10);
    }
    let asked = format!("{}?{}&max_age=10", path::AUTHORIZE, guide_query());
    let _ = world.browse(get(&asked)).consent();
}

// --- Races and faults -----------------------------------------------------------------------

#[test]
fn a_33_two_redemptions_that_both_read_before_either_writes_have_one_winner() {
    let mut world = World::new();
    let code = world.code("");
    let request = token_request(&code, &[]);
    let first = world.until_swap(&request);
    let second = world.until_swap(&request);
    let first = world.finish(first).response();
    let second = world.finish(second).response();
    assert_eq!((first.status, second.status), (200, 400));
    assert_eq!(json(&second)["error"], "invalid_grant");
    assert!(!text(&second).contains("gfa_"));
    // Two codes at once do not get in each other's way.
    let requests = [world.code(""), world.code("")].map(|code| token_request(&code, &[]));
    let turns = requests.each_ref().map(|request| world.until_swap(request));
    for turn in turns {
        assert_eq!(world.finish(turn).response().status, 200);
    }
}

#[test]
fn a_swap_without_an_answer_is_settled_by_reading_again() {
    for happened in [true, false] {
        let mut world = World::new();
        let code = world.code("");
        let Turn::Swap(swap) = world.until_swap(&token_request(&code, &[])) else { panic!() };
        if happened {
            assert_eq!(world.swap(&swap), Swapped::Held);
        }
        let response = world.finish(swap.answer(Swapped::Unknown)).response();
        assert_eq!(response.status, 200, "happened: {happened}");
        let tokens = json(&response);
        let _ = world.send(&tasks_request(tokens["access_token"].as_str().unwrap())).access();
    }
}

#[test]
fn a_40_a_host_that_cannot_answer_consumes_nothing() {
    let mut world = World::new();
    let code = world.code("");
    let request = token_request(&code, &[]);
    let before = world.store.clone();
    for steps in 0.. {
        let mut turn = world.begin(&request);
        for _ in 0..steps {
            turn = world.step(turn).unwrap();
        }
        let is_swap = matches!(turn, Turn::Swap(_));
        let Err(answer) = world.step(unavailable(turn)) else { panic!() };
        let response = answer.response();
        assert_eq!((response.status, response.headers.first("retry-after")), (503, Some("1")));
        assert_eq!(json(&response)["error"], "temporarily_unavailable");
        assert_eq!(world.store, before, "after {steps} answers");
        if is_swap {
            break;
        }
    }
    assert_eq!(world.send(&request).response().status, 200);
}

/// Sends a request again and again, its host failing at each question in turn, until there is none
/// left; what came of each, the whole answer last. What was stored before a fault may have to stay.
fn failing(world: &mut World, request: &Request, stays: bool) -> Vec<(&'static str, Answer)> {
    let mut answers = Vec::new();
    let before = world.store.clone();
    'next: for steps in 0.. {
        if !stays {
            world.store.clone_from(&before);
        }
        let mut turn = world.begin(request);
        for _ in 0..steps {
            turn = match world.step(turn) {
                Ok(turn) => turn,
                Err(answer) => {
                    answers.push(("end", answer));
                    break 'next;
                }
            };
        }
        let question = match &turn {
            Turn::Read(q) => match q.key() {
                Key::Client(_) => "read client",
                Key::Consent { .. } => "read consent",
                Key::Origin(_) => "read origin",
                Key::Grant(_) => "read grant",
                Key::Developer(_) | Key::Assertion { .. } | Key::Proof { .. } => {
                    panic!("{turn:?}")
                }
            },
            Turn::Swap(q) => match q.key() {
                Key::Consent { .. } => "swap consent",
                Key::Origin(_) => "swap origin",
                Key::Grant(_) => "swap grant",
                Key::Client(_) | Key::Developer(_) | Key::Assertion { .. } | Key::Proof { .. } => {
                    panic!("{turn:?}")
                }
            },
            Turn::Verify(_) => "verify",
            Turn::Sign(_) | Turn::SignIn(_) | Turn::Claims(_) | Turn::Failed(_) => {
                panic!("{turn:?}")
            }
            // The whole answer comes of one step more.
            Turn::Show(_) | Turn::Admit(_) | Turn::Reply(_) => continue,
        };
        let answer = world.finish(unavailable(turn));
        answers.push((question, answer));
    }
    answers
}

#[test]
fn an_app_that_is_known_is_told_that_the_host_cannot_answer() {
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    let policy = Policy { consent: ConsentRule::Remembered, ..policy };
    let told = |answer: Answer| {
        let response = answer.response();
        assert!(response.headers.first("location").unwrap().starts_with(CALLBACK));
        let back = redirect_parameters(&response);
        assert_eq!(back.one("error"), Ok(Some("temporarily_unavailable")));
        assert_eq!((back.one("state"), back.one("iss")), (Ok(Some("s")), Ok(Some(ISSUER))));
        assert_eq!(response.headers.first("retry-after"), None, "it is the app that tries again");
    };
    let with_cookie = |world: &World, mut request: Request| {
        request.headers.push("cookie", world.cookie.clone().unwrap());
        request
    };
    let approved =
        ["read client", "swap grant", "read consent", "swap consent", "read origin", "swap origin"];
    // The one grant of the page is found again.
    let again = ["read client", "swap grant", "read grant", "read consent", "read origin"];
    let denied = ["read client", "read consent"];
    for (decision, rounds) in
        [("approve", [&approved[..], &again[..]]), ("deny", [&denied, &denied])]
    {
        let mut world = World::with(policy.clone());
        let page = world.visit(&format!("{}&state=s", guide_query())).consent();
        world.store.retain(|key, _| !matches!(key, Key::Origin(_)));
        let fields = [
            ("interaction", &*page.interaction),
            ("decision", decision),
            ("scope", "openid"),
            ("scope", "email"),
        ];
        let form = with_cookie(&world, own_form(path::CONSENT, &fields));
        for questions in rounds {
            let mut seen = Vec::new();
            for (question, answer) in failing(&mut world, &form, false) {
                match question {
                    "read client" => assert_eq!(answer.response().status, 503),
                    "end" => {
                        let back = redirect_parameters(&answer.response());
                        let error = (decision == "deny").then_some("access_denied");
                        assert_eq!(back.one("error").unwrap(), error);
                        assert_eq!(back.one("code").unwrap().is_some(), decision == "approve");
                        continue;
                    }
                    _ => told(answer),
                }
                seen.push(question);
            }
            assert_eq!(seen, questions, "{decision}");
        }
        // What was stored before a fault may stay: the next try makes do with it.
        let mut world = World::with(policy.clone());
        let page = world.visit(&guide_query()).consent();
        let fields =
            [("interaction", &*page.interaction), ("decision", decision), ("scope", "openid")];
        let form = with_cookie(&world, own_form(path::CONSENT, &fields));
        let (_, last) = failing(&mut world, &form, true).pop().unwrap();
        let back = redirect_parameters(&last.response());
        assert_eq!(back.one("code").unwrap().is_some(), decision == "approve");
    }
    // Where there is a yes to forget, and where there is one to be found.
    for prompt in ["", "none"] {
        let mut world = World::with(policy.clone());
        let tokens = {
            let code = world.code("");
            json(&world.send(&token_request(&code, &[])).response())
        };
        let hint = tokens["id_token"].as_str().unwrap();
        let more = query(&[("state", "s"), ("prompt", prompt), ("id_token_hint", hint)]);
        let asked = get(&format!("{}?{}&{more}", path::AUTHORIZE, guide_query()));
        let asked = with_cookie(&world, asked);
        let before = world.store.clone();
        let mut seen = Vec::new();
        for (question, answer) in failing(&mut world, &asked, true) {
            seen.push(question);
            match question {
                "read client" => assert_eq!(answer.response().status, 503),
                "end" => assert!(!redirect_parameters(&answer.response()).field("code").is_empty()),
                _ => told(answer),
            }
        }
        assert_eq!(
            seen,
            ["read client", "verify", "read consent", "swap grant", "read origin", "end"]
        );
        let kept = before.iter().all(|(key, found)| world.store.get(key) == Some(found));
        assert!(kept, "nothing that was there is consumed");
        let page = world.visit(&format!("{}&state=s&prompt=consent", guide_query())).consent();
        let fields = [("interaction", &*page.interaction), ("decision", "deny")];
        let form = with_cookie(&world, own_form(path::CONSENT, &fields));
        let seen: Vec<_> =
            failing(&mut world, &form, false).into_iter().map(|(question, _)| question).collect();
        assert_eq!(seen, ["read client", "read consent", "swap consent", "end"]);
    }
}

#[test]
fn a_07_a_host_that_cannot_answer_sends_nobody_to_an_app_nobody_vouches_for() {
    let mut world = World::new();
    world.register(&Declaration { is_trusted: false, ..confidential() });
    let page = world.visit(&guide_query()).consent();
    let form_post = world.visit(&format!("{}&response_mode=form_post", guide_query())).consent();
    for (page, is_form) in [(page, false), (form_post, true)] {
        let fields =
            [("interaction", &*page.interaction), ("decision", "approve"), ("scope", "openid")];
        let mut form = own_form(path::CONSENT, &fields);
        form.headers.push("cookie", world.cookie.clone().unwrap());
        form.headers.push("accept", "text/html");
        let turn = world.until_swap(&form);
        let show = world.finish(unavailable(turn)).page();
        match show.page {
            Page::Leave(page) => {
                assert!(!is_form && page.location.contains("error=temporarily_unavailable"));
            }
            Page::Error(error) => {
                let expected = (true, 503, "temporarily_unavailable");
                assert_eq!((is_form, show.status, error.error), expected);
            }
            page => panic!("{page:?}"),
        }
    }
}

// --- What prints ----------------------------------------------------------------------------

/// A world of which nothing that is marked may print.
struct Watched {
    world: World,
    /// Which turns there have been.
    seen: BTreeSet<&'static str>,
}

impl Watched {
    /// Sends a request as a browser does, and looks at each turn as a log would.
    fn send(&mut self, mut request: Request) -> Answer {
        request.headers.push("accept", "text/html");
        if let Some(cookie) = &self.world.cookie {
            request.headers.push("cookie", cookie.clone());
        }
        let mut turn = self.world.begin(&request);
        loop {
            self.look(&turn);
            let next = match turn {
                Turn::SignIn(question) => Ok(question.answer(Some("user-alice".into()))),
                turn => self.world.step(turn),
            };
            turn = match next {
                Ok(turn) => turn,
                Err(answer) => break self.kept(answer),
            };
        }
    }

    fn kept(&mut self, answer: Answer) -> Answer {
        if let Answer::Response(response) = &answer
            && let Some(set) = response.headers.first("set-cookie")
        {
            self.world.cookie = set.split(';').next().map(String::from);
        }
        answer
    }

    fn look(&mut self, turn: &Turn<'_>) {
        let printed = format!("{turn:?}{turn:#?}");
        for marker in ["m4rk", "gfc_", "gfa_", "gfr_", "gfm_", "eyJ"] {
            assert!(!printed.contains(marker), "{marker}: {printed}");
        }
        // Whatever is sealed or hashed or signed is long and looks like this.
        let is_digit = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let longest = printed.split(|c| !is_digit(c)).map(str::len).max();
        assert!(longest < Some(40), "{printed}");
        self.seen.insert(match turn {
            Turn::Read(_) => "read",
            Turn::Swap(_) => "swap",
            Turn::Sign(_) => "sign",
            Turn::Verify(_) => "verify",
            Turn::SignIn(_) => "sign in",
            Turn::Claims(_) => "claims",
            Turn::Failed(_) => "failed",
            Turn::Show(show) => match show.page {
                Page::Login(_) => "login page",
                Page::Consent(_) => "consent page",
                Page::Leave(_) => "leave page",
                Page::Developer(_) => "developer page",
                Page::Registered(_) => "registered page",
                Page::SignOut(_) => "sign-out page",
                Page::SignedOut => "signed-out page",
                Page::Error(_) => "error page",
            },
            Turn::Admit(_) => "admit",
            Turn::Reply(_) => "reply",
        });
    }

    fn get(&mut self, path: &str) -> Answer {
        self.send(get(path))
    }

    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(own_form(path, fields))
    }

    fn client(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut request = Request::form(format!("{ISSUER}{path}"), query(fields));
        request.headers.push("authorization", basic(CLIENT_ID, "m4rk-secret"));
        self.send(request).response()
    }
}

#[test]
fn a_127_no_turn_of_any_flow_prints_a_secret_or_what_is_known_about_a_person() {
    let mut policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    policy.resources[0].format = TokenFormat::Jwt;
    let initial = InitialAccess::new(&Secret::new("m4rk-initial"));
    policy.registration = Registration::Token(vec![initial]);
    let mut world = World::with(policy);
    world.alice = Some(r#"{"email":"m4rk@x.test","name":"m4rk","phone_number":"m4rk"}"#.into());
    let bye = "https://yourapp.com/bye";
    let app = Declaration {
        client_secret: Some(Secret::new("m4rk-secret")),
        metadata: ClientMetadata {
            post_logout_redirect_uris: vec![bye.into()],
            ..confidential().metadata
        },
        ..confidential()
    };
    world.register(&app);
    world.register(&Declaration {
        client_id: "unvouched".into(),
        is_trusted: false,
        ..app.clone()
    });
    world.register(&keyed(app));
    let mut it = Watched { world, seen: BTreeSet::new() };

    // Everything in a request that is the person's, the app's or a secret is marked.
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email offline_access"),
        ("state", "m4rk-state"),
        ("nonce", "m4rk-nonce"),
        ("login_hint", "m4rk-hint"),
        ("claims", r#"{"id_token":{"phone_number":null}}"#),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let authorize = format!("{}?{asked}", path::AUTHORIZE);
    let login = it.get(&authorize).login();
    let fields = [
        ("interaction", &*login.interaction),
        ("username", "m4rk-name@x.test"),
        ("password", "m4rk-password"),
    ];
    let led_on = it.post(path::LOGIN, &fields).response();
    let led_on = led_on.headers.first("location").unwrap().to_owned();
    let page = it.send(Request::get(led_on)).consent();
    let mut fields = vec![("interaction", &*page.interaction), ("decision", "approve")];
    fields.extend(page.scopes.iter().map(|line| ("scope", line.scope.as_str())));
    fields.push(("claim", "phone_number"));
    let back = redirect_parameters(&it.post(path::CONSENT, &fields).response());
    let code = back.field("code").to_owned();
    let redeem = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", grantflow_tests::VERIFIER),
    ];
    let tokens = json(&it.client(path::TOKEN, &redeem));
    let id_token = tokens["id_token"].as_str().unwrap().to_owned();
    assert!(grantflow_tests::payload(&id_token)["phone_number"] == "m4rk");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let mut wrong = Request::form(format!("{ISSUER}{}", path::TOKEN), query(&fields));
    wrong.headers.push("authorization", basic(CLIENT_ID, "m4rk-wrong"));
    assert_eq!(it.send(wrong).response().status, 401);
    let tokens = json(&it.client(path::TOKEN, &fields));
    let access = tokens["access_token"].as_str().unwrap();
    for path in [path::USERINFO, path::TASKS] {
        let mut request = get(path);
        request.headers.push("authorization", format!("Bearer {access}"));
        let _ = it.send(request);
    }

    // An API that reads its tokens itself, and a client that signs for itself.
    let own = asked.replace(CLIENT_ID, "keyed");
    let own = format!("{own}&{}", query(&[("resource", &format!("{ISSUER}{}", path::TASKS))]));
    let page = it.get(&format!("{}?{own}", path::AUTHORIZE)).consent();
    let fields =
        [("interaction", &*page.interaction), ("decision", "approve"), ("scope", "openid")];
    let back = redirect_parameters(&it.post(path::CONSENT, &fields).response());
    let said = json!({
        "iss": "keyed", "sub": "keyed", "aud": ISSUER, "jti": "1",
        "exp": it.world.now.as_secs() + 60,
    });
    let said = Owner::Client.token(Algorithm::EdDsa, "JWT", &said.to_string());
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", back.field("code")),
        ("redirect_uri", CALLBACK),
        ("code_verifier", grantflow_tests::VERIFIER),
        ("client_assertion_type", grantflow::wire::assertion::TYPE),
        ("client_assertion", &said),
    ];
    let form = Request::form(format!("{ISSUER}{}", path::TOKEN), query(&fields));
    let signed = json(&it.send(form).response());
    let mut tasks = tasks_request(signed["access_token"].as_str().unwrap());
    tasks.headers.push("x", "m4rk");
    let _ = it.send(tasks).access();
    for path in [path::INTROSPECT, path::REVOKE] {
        for token in [access, tokens["refresh_token"].as_str().unwrap()] {
            assert_eq!(it.client(path, &[("token", token)]).status, 200);
        }
    }

    // A yes that is remembered, a no, and an app nobody vouches for.
    let hinted = format!("{authorize}&prompt=none&id_token_hint={id_token}");
    let _ = it.get(&hinted).response();
    let page = it.get(&authorize).consent();
    let fields = [("interaction", &*page.interaction), ("decision", "deny")];
    let _ = it.post(path::CONSENT, &fields).response();
    let _ = it.get(&hinted.replace(CLIENT_ID, "unvouched")).page();
    let _ = it.get(&format!("{authorize}&client_id=m4rk")).page();

    // Registration.
    let said = json!({"redirect_uris": [CALLBACK]}).to_string();
    let mut register = Request::form(format!("{ISSUER}{}", path::REGISTER), said);
    register.headers = Headers::new().with("authorization", "Bearer m4rk-initial");
    let known = json(&it.send(register).response());
    let mut manage = Request::get(known["registration_client_uri"].as_str().unwrap());
    let token = known["registration_access_token"].as_str().unwrap();
    manage.headers.push("authorization", format!("Bearer {token}"));
    assert_eq!(it.send(manage).response().status, 200);
    let Page::Developer(page) = it.get(path::DEVELOPER).page().page else { panic!() };
    let fields = [
        ("interaction", &*page.interaction),
        ("action", "create"),
        ("name", "App"),
        ("redirect_uris", CALLBACK),
        ("kind", "confidential"),
    ];
    let _ = it.post(path::DEVELOPER, &fields).page();

    // And out.
    let fields = [("client_id", CLIENT_ID), ("post_logout_redirect_uri", bye), ("state", "m4rk")];
    let out = format!("{}?{}", path::LOGOUT, query(&fields));
    let Page::SignOut(page) = it.get(&out).page().page else { panic!() };
    let _ = it.get(&out.replace(CLIENT_ID, "unvouched"));
    let cookie = it.world.cookie.clone();
    let _ = it.post(path::LOGOUT, &[("interaction", &page.interaction)]).response();
    it.world.cookie = cookie;
    let _ = it.get(&format!("{out}&id_token_hint={id_token}")).response();
    let _ = it.get(path::LOGOUT).page();
    let all = [
        "admit",
        "claims",
        "consent page",
        "developer page",
        "error page",
        "failed",
        "leave page",
        "login page",
        "read",
        "registered page",
        "reply",
        "sign",
        "sign in",
        "sign-out page",
        "signed-out page",
        "swap",
        "verify",
    ];
    assert!(it.seen.iter().eq(&all), "{:?}", it.seen);
}

// --- Limits ---------------------------------------------------------------------------------

#[test]
fn the_largest_page_there_can_be_is_taken_back() {
    let apis: Vec<String> = (0..16).map(|at| format!("https://{at}.test/")).collect();
    let mut policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    policy.resources = apis
        .iter()
        .map(|identifier| Resource {
            identifier: identifier.clone(),
            path: None,
            scope: ScopeSet::default(),
            format: TokenFormat::Opaque,
            introspected_by: None,
        })
        .collect();
    let mut world = World::with(policy);
    let (client_id, subject) = ("c".repeat(128), "s".repeat(255));
    let uri = format!("https://yourapp.com/{}", "r".repeat(2048 - 20));
    world.register(&Declaration {
        client_id: client_id.clone(),
        metadata: ClientMetadata {
            redirect_uris: vec![uri.clone()],
            client_name: Some("n".repeat(100)),
            ..confidential().metadata
        },
        ..confidential()
    });
    let said = json!({"iss": ISSUER, "sub": subject, "aud": client_id, "iat": 1, "exp": 2});
    let hint = Owner::Server.token(Algorithm::Rs256, "JWT", &said.to_string());
    let claims = json!({
        "userinfo": {"email": null, "name": null, "phone_number": null},
        "id_token": {"sub": {"value": subject}, "email": null, "name": null, "phone_number": null},
    })
    .to_string();
    let fixed = [
        ("response_type", "code"),
        ("client_id", &*client_id),
        ("redirect_uri", &*uri),
        ("id_token_hint", &*hint),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("response_mode", "form_post"),
        ("max_age", "86400"),
    ];
    let mut free = vec![
        ("scope", "openid profile email address phone offline_access"),
        ("nonce", "n"),
        ("login_hint", "l"),
        ("claims", &*claims),
    ];
    free.extend(apis.iter().map(|api| ("resource", api.as_str())));
    let used = free.iter().map(|(_, value)| value.len()).sum::<usize>() + subject.len();
    let state = "s".repeat(grantflow::server::ask::LONGEST_ASK - used);
    let asked = |state: &str| {
        let fields = [&fixed[..], &free, &[("state", state)]].concat();
        get(&format!("{}?{}", path::AUTHORIZE, query(&fields)))
    };
    let refused = world.browse(asked(&format!("{state}s"))).response();
    assert!(text(&refused).contains("The request is too long"));

    let login = world.browse(asked(&state)).login();
    let username = "u".repeat(255);
    let fields = [("interaction", &*login.interaction), ("username", &username), ("password", "x")];
    let Turn::SignIn(question) = world.begin(&own_form(path::LOGIN, &fields)) else { panic!() };
    let turn = question.answer(Some(subject));
    let response = world.finish(turn).response();
    let set = response.headers.first("set-cookie").unwrap();
    world.cookie = set.split(';').next().map(String::from);
    let led_on = Request::get(response.headers.first("location").unwrap());
    let page = world.browse(led_on).consent();
    assert!(page.interaction.len() > 7500, "it is nearly full: {}", page.interaction.len());
    let mut fields = vec![("interaction", &*page.interaction), ("decision", "approve")];
    fields.extend(page.scopes.iter().map(|line| ("scope", line.scope.as_str())));
    fields.extend(page.claims.iter().map(|claim| ("claim", claim.as_str())));
    let response = world.browse(own_form(path::CONSENT, &fields)).response();
    assert!(text(&response).contains("name=\"code\""), "{}", text(&response));
}

#[test]
fn lifetimes_of_every_length_make_no_time_that_cannot_be() {
    let extremes = [
        Duration::ZERO,
        Duration::from_nanos(1),
        Duration::from_secs(1),
        Duration::from_secs(3600),
        Duration::from_secs(u64::MAX / 2 + 1),
        Duration::MAX,
    ];
    let lifetimes = |pick: &mut dyn FnMut() -> Duration| Policy {
        code_lifetime: pick(),
        access_token_lifetime: pick(),
        refresh_lifetime: pick(),
        refresh_grace: pick(),
        id_token_lifetime: pick(),
        login_lifetime: pick(),
        interaction_lifetime: pick(),
        consent_lifetime: pick(),
        open_registration_lifetime: pick(),
        consent: ConsentRule::Remembered,
        registration: Registration::Open,
        ..Policy::new(Issuer::parse(ISSUER).unwrap())
    };
    let mut ends = [0; 2];
    for all in extremes {
        ends[usize::from(lives_a_whole_life(lifetimes(&mut || all)))] += 1;
    }
    let mut seed = 7_u32;
    for _ in 0..300 {
        let policy = lifetimes(&mut || {
            // Numerical Recipes' generator: any will do.
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            extremes[seed as usize / 65_536 % extremes.len()]
        });
        ends[usize::from(lives_a_whole_life(policy))] += 1;
    }
    assert!(ends.iter().all(|count| *count > 5), "some get tokens, and some lifetimes are none");
}

/// Registers, signs in, agrees, redeems, refreshes, asks about, gives back and signs out, however each
/// ends; whether there were tokens.
fn lives_a_whole_life(policy: Policy) -> bool {
    let keys = KeySet::new([Owner::Server.public_key(Algorithm::EdDsa)]).unwrap();
    let mut world = World::with_keys(policy, keys);
    world.now = UnixTime::from_secs(u64::MAX / 2 - 1);
    let said = json!({"redirect_uris": [CALLBACK]}).to_string();
    let mut register = Request::form(format!("{ISSUER}{}", path::REGISTER), said);
    register.headers = Headers::new().with("content-type", "application/json");
    let known = json(&world.send(&register).response());
    let of = |name: &str| known[name].as_str().unwrap().to_owned();
    let mut got_tokens = false;
    for (id, secret) in
        [(CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned()), (of("client_id"), of("client_secret"))]
    {
        let asked =
            guide_query().replace(CLIENT_ID, &id).replace("openid", "openid+offline_access");
        let mut next = world.browse(get(&format!("{}?{asked}&max_age=0", path::AUTHORIZE)));
        let mut code = String::new();
        for _ in 0..4 {
            next = match next {
                Answer::Page(show) => match show.page {
                    Page::Login(page) => world.sign_in(&page.interaction, "wonderland"),
                    Page::Consent(page) => {
                        let scopes = ["openid", "email", "offline_access"];
                        world.decide(&page.interaction, "approve", &scopes)
                    }
                    _ => break,
                },
                Answer::Response(response) => {
                    let Some(location) = response.headers.first("location") else { break };
                    if location.starts_with(CALLBACK) {
                        code = String::from(redirect_parameters(&response).field("code"));
                        break;
                    }
                    world.browse(Request::get(location))
                }
                Answer::Admitted(_) => break,
            };
        }
        let post = |world: &mut World, path: &str, fields: &[(&str, &str)]| {
            let mut request = Request::form(format!("{ISSUER}{path}"), query(fields));
            request.headers.push("authorization", basic(&id, &secret));
            world.send(&request).response()
        };
        let redeem =
            [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
        let answer = post(&mut world, path::TOKEN, &redeem);
        if answer.status != 200 {
            continue;
        }
        got_tokens = true;
        let tokens = json(&answer);
        let token = tokens["access_token"].as_str().unwrap();
        let _ = world.send(&tasks_request(token));
        let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
        for _ in 0..2 {
            let _ = post(&mut world, path::TOKEN, &fields);
            world.wait(1);
        }
        for path in [path::INTROSPECT, path::REVOKE] {
            let _ = post(&mut world, path, &[("token", token)]);
            let _ = post(&mut world, path, &[("token", &refresh)]);
        }
        let _ = world.browse(get(path::DEVELOPER));
        let _ = world.browse(get(path::LOGOUT));
    }
    got_tokens
}

fn unavailable(turn: Turn<'static>) -> Turn<'static> {
    match turn {
        Turn::Read(q) => q.unavailable(),
        Turn::Swap(q) => q.unavailable(),
        Turn::Sign(q) => q.unavailable(),
        Turn::Verify(q) => q.unavailable(),
        Turn::SignIn(q) => q.unavailable(),
        Turn::Claims(q) => q.unavailable(),
        Turn::Failed(_) | Turn::Show(_) | Turn::Admit(_) | Turn::Reply(_) => {
            panic!("no question: {turn:?}")
        }
    }
}

/// Another person's browser: its cookie after signing in.
fn sign_in_as(world: &mut World, username: &str, interaction: &str) -> Option<String> {
    let fields = [("interaction", interaction), ("username", username), ("password", "wonderland")];
    let response = world.browse(own_form(path::LOGIN, &fields)).response();
    assert_eq!(response.status, 303);
    world.cookie.take()
}

fn get(path: &str) -> Request {
    Request::get(format!("{ISSUER}{path}"))
}

fn developer(world: &mut World) -> DeveloperPage {
    let mut show = world.browse(get(path::DEVELOPER)).page();
    if let Page::Login(login) = &show.page {
        let response = world.sign_in(&login.interaction, "wonderland").response();
        assert_eq!(response.headers.first("location"), Some("https://as.test/developer"));
        show = world.browse(get(path::DEVELOPER)).page();
    }
    let Page::Developer(page) = show.page else { panic!("{show:?}") };
    page
}

fn post(world: &mut World, page: &DeveloperPage, fields: &[(&str, &str)]) -> Answer {
    let fields = [&[("interaction", page.interaction.as_str())], fields].concat();
    world.browse(own_form(path::DEVELOPER, &fields))
}

/// A form of ours as another site would have the browser post it.
fn foreign_form(path: &str, fields: &[(&str, &str)]) -> Request {
    let headers = Request::form("", "").headers.with("origin", "https://evil.test");
    Request { headers, ..own_form(path, fields) }
}

fn rotation<'a>(page: &'a DeveloperPage, client_id: &'a str) -> [(&'a str, &'a str); 3] {
    [("interaction", &page.interaction), ("action", "rotate"), ("client_id", client_id)]
}

/// An app of whoever is signed in, and its secret; of a public one, an empty one.
fn create(world: &mut World, kind: &str) -> (String, Secret) {
    let page = developer(world);
    let form = [("action", "create"), ("name", "App"), ("redirect_uris", CALLBACK), ("kind", kind)];
    let page = registered(post(world, &page, &form));
    assert!(page.is_new);
    (page.app.client_id, page.client_secret.unwrap_or_else(|| Secret::new("")))
}

/// A request up to the first swap that it wants.
fn to_swap(world: &mut World, request: &Request) -> Turn<'static> {
    let mut turn = world.begin(request);
    while !matches!(turn, Turn::Swap(_)) {
        turn = world.step(turn).unwrap();
    }
    turn
}

fn rotate(world: &mut World, client_id: &str) -> Answer {
    let page = developer(world);
    world.browse(own_form(path::DEVELOPER, &rotation(&page, client_id)))
}

fn registered(answer: Answer) -> RegisteredPage {
    let show = answer.page();
    let Page::Registered(page) = show.page else { panic!("{show:?}") };
    page
}

#[test]
fn an_app_below_the_issuer_is_told_from_the_servers_own_pages() {
    let mut world = World::new();
    let home = format!("{ISSUER}/app/");
    let metadata = ClientMetadata { redirect_uris: vec![home.clone()], ..confidential().metadata };
    world.register(&Declaration { client_id: "below".into(), metadata, ..confidential() });
    let asked = [
        ("response_type", "code"),
        ("client_id", "below"),
        ("redirect_uri", home.as_str()),
        ("scope", "openid"),
    ];
    world.approve(&query(&asked));
    let steps: Vec<String> = taken().into_iter().map(states::id).collect();
    for id in [
        "interaction.signing_in.sign_in.signing_in.redirect",
        "interaction.signing_in.return.consenting.consent_page",
        "interaction.consenting.approve.approved.code",
    ] {
        assert!(steps.iter().any(|step| step == id), "{id}: {steps:?}");
    }
}
