//! What people and hosts do around the guide: developers, sign-out, prompts, races, faults.

use grantflow::server::page::{DeveloperPage, RegisteredPage};
use grantflow::server::{Page, Swapped, Turn, path};
use grantflow::wire::http::Request;
use grantflow_tests::{
    Answer, CALLBACK, CLIENT_ID, ISSUER, World, basic, guide_query, json, own_form, query,
    redirect_parameters, tasks_request, token_request,
};

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
    for (name, uris, field) in [
        ("", CALLBACK, "name"),
        ("App", "", "redirect_uris"),
        ("App", "http://shop.example/cb", "redirect_uris"),
        ("App", "https://a.test/cb#x", "redirect_uris"),
        ("App", "javascript:alert(1)", "redirect_uris"),
        ("App", "com.example.app:/cb", "redirect_uris"),
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
        assert_eq!(again.problem.unwrap().field, field, "{name} {uris}");
        assert_eq!((again.typed.name.as_str(), again.typed.redirect_uris.as_str()), (name, uris));
        assert_eq!(world.store, stored);
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
fn a_developer_form_from_another_site_or_another_login_is_refused() {
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
    let mut foreign = own_form(path::DEVELOPER, &fields);
    foreign.headers = Request::form("", "").headers.with("origin", "https://evil.test");
    assert_eq!(world.browse(foreign).page().status, 403);
    world.cookie = None;
    let _ = developer(&mut world);
    assert_eq!(world.browse(own_form(path::DEVELOPER, &fields)).page().status, 403);
    assert_eq!(world.store, stored);
}

// --- Sign-out and prompts -------------------------------------------------------------------

#[test]
fn signing_out_needs_the_form_and_ends_the_login() {
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
fn another_site_signs_nobody_out() {
    let mut world = World::new();
    let _ = world.visit(&guide_query()).consent();
    let Page::SignOut(page) = world.browse(get(path::LOGOUT)).page().page else { panic!() };
    // A form of another site comes without the cookie, and must not make the browser drop it.
    let alices = world.cookie.take();
    let foreign = |fields: &[(&str, &str)]| Request {
        headers: Request::form("", "").headers.with("origin", "https://evil.test"),
        ..own_form(path::LOGOUT, fields)
    };
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
fn a_login_form_with_an_origin_that_any_site_can_make_is_refused() {
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

/// a request that waits for a login can be handed on as a link, and must not be shared.
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
fn a_store_that_never_answers_a_swap_ends_in_503() {
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
                Err(answer) => return assert_eq!(answer.response().status, 503),
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
    assert_eq!(full.problem.unwrap().field, "name");
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
fn prompt_none_never_shows_a_page() {
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
fn prompt_login_and_max_age_ask_a_person_who_is_signed_in_again() {
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
fn two_redemptions_that_both_read_before_either_writes_have_one_winner() {
    let mut world = World::new();
    let code = world.code("");
    let request = token_request(&code, &[]);
    let first = world.until_swap(&request);
    let second = world.until_swap(&request);
    let first = world.finish(first).response();
    let second = world.finish(second).response();
    assert_eq!((first.status, second.status), (200, 400));
    assert_eq!(json(&second)["error"], "invalid_grant");
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
fn a_host_that_cannot_answer_consumes_nothing() {
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

fn unavailable(turn: Turn<'static>) -> Turn<'static> {
    match turn {
        Turn::Read(q) => q.unavailable(),
        Turn::Swap(q) => q.unavailable(),
        Turn::Sign(q) => q.unavailable(),
        Turn::Verify(q) => q.unavailable(),
        Turn::SignIn(q) => q.unavailable(),
        Turn::Claims(q) => q.unavailable(),
        Turn::Show(_) | Turn::Admit(_) | Turn::Reply(_) => panic!("no question: {turn:?}"),
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
    let mut form = Request::form(
        format!("{ISSUER}{}", path::DEVELOPER),
        query(&[&[("interaction", page.interaction.as_str())], fields].concat()),
    );
    form.headers.push("origin", ISSUER);
    world.browse(form)
}

fn registered(answer: Answer) -> RegisteredPage {
    let show = answer.page();
    let Page::Registered(page) = show.page else { panic!("{show:?}") };
    page
}
