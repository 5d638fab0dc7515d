//! A person at the server: requests, logins, answers, and what is remembered of them.

use grantflow::server::{ConsentRule, Page, Policy, Turn, path};
use grantflow::uri::Issuer;
use grantflow::wire::http::{Request, Response};
use grantflow_tests::{
    Answer, CALLBACK, CLIENT_ID, ISSUER, World, confidential, guide_query, own_form, query,
};

use crate::Scenario;

const OPENID: &[&str] = &["openid"];

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("a_person_signs_in_and_approves", signs_in_and_approves),
    ("a_person_who_ticks_nothing_says_no", ticks_nothing),
    ("a_person_changes_their_mind", changes_their_mind),
    ("an_app_forbids_pages", forbids_pages),
    ("another_site_posts_the_request", another_site_posts),
    ("a_person_mistypes_the_password_and_loses_the_cookie", mistypes_and_loses_the_cookie),
    ("another_person_signs_in", another_person_signs_in),
    ("a_person_signs_in_again_and_out", signs_in_again_and_out),
    ("a_login_ends", login_ends),
    ("a_store_fails_at_the_last_step", store_fails),
];

fn signs_in_and_approves() {
    let mut world = World::new();
    let page = world.visit(&guide_query()).consent();
    let _ = world.decide(&page.interaction, "approve", OPENID).response();
}

fn ticks_nothing() {
    let mut world = World::new();
    let page = world.visit(&guide_query()).consent();
    let _ = world.decide(&page.interaction, "approve", &[]).response();
}

fn changes_their_mind() {
    let mut world = World::new();
    for (decision, scopes) in [
        ("approve", OPENID),
        ("approve", &["openid", "email"]),
        ("deny", OPENID),
        ("approve", OPENID),
    ] {
        let page = world.visit(&guide_query()).consent();
        let _ = world.decide(&page.interaction, decision, scopes).response();
    }
}

fn forbids_pages() {
    let mut world = World::new();
    let _ = world.browse(authorize(&[("prompt", "none")])).response();
    let _ = world.approve(&guide_query());
    let _ = world.browse(authorize(&[("prompt", "none")])).response();
}

fn another_site_posts() {
    let mut world = World::new();
    let _ = world.approve(&guide_query());
    // One second later `max_age=0` is too long ago.
    world.wait(1);
    let mut posted = |more: &[(&str, &str)]| {
        let request = Request::form(format!("{ISSUER}{}", path::AUTHORIZE), asked(more));
        let response = world.send(&request).response();
        world.browse(Request::get(location(&response)))
    };
    let _ = posted(&[]).consent();
    let _ = posted(&[("prompt", "login")]).login();
    let _ = posted(&[("prompt", "none")]).response();
    let _ = posted(&[("prompt", "none"), ("max_age", "0")]).response();
}

fn mistypes_and_loses_the_cookie() {
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    let mut world = World::with(Policy { consent: ConsentRule::Remembered, ..policy });
    let _ = world.approve(&guide_query());
    world.cookie = None;
    let page = world.browse(authorize(&[])).login();
    let page = world.sign_in(&page.interaction, "blunderland").login();
    let response = world.sign_in(&page.interaction, "wonderland").response();
    let _ = world.send(&Request::get(location(&response))).login();
    let _ = world.browse(Request::get(location(&response))).response();
}

fn another_person_signs_in() {
    let mut world = World::new();
    let claims = r#"{"id_token":{"sub":{"value":"user-mallory"}}}"#;
    let page = world.browse(authorize(&[("claims", claims)])).login();
    let response = world.sign_in(&page.interaction, "wonderland").response();
    let _ = world.browse(Request::get(location(&response))).response();
}

fn signs_in_again_and_out() {
    let mut world = World::new();
    let _ = world.visit(&guide_query()).consent();
    world.wait(1);
    let _ = world.visit(&asked(&[("prompt", "login")])).consent();
    let logout = Request::get(format!("{ISSUER}{}", path::LOGOUT));
    let Page::SignOut(page) = world.browse(logout).page().page else { panic!() };
    let fields = [("interaction", page.interaction.as_str())];
    let _ = world.browse(own_form(path::LOGOUT, &fields)).response();
}

fn login_ends() {
    let mut world = World::new();
    let _ = world.visit(&guide_query()).consent();
    world.wait(world.server.policy().login_lifetime.as_secs());
    let _ = world.browse(authorize(&[])).login();
}

fn store_fails() {
    let mut world = World::new();
    let _ = world.approve(&guide_query());
    for decision in ["approve", "deny"] {
        let page = world.visit(&guide_query()).consent();
        let fields = [
            ("interaction", page.interaction.as_str()),
            ("decision", decision),
            ("scope", "openid"),
        ];
        let mut request = own_form(path::CONSENT, &fields);
        request.headers.push("cookie", world.cookie.clone().unwrap());
        let Turn::Swap(question) = world.until_swap(&request) else { panic!() };
        let answer = world.finish(question.unavailable());
        world.watch(&request, &answer);
        assert!(matches!(answer, Answer::Response(_)));
    }
}

fn asked(more: &[(&str, &str)]) -> String {
    assert_eq!(confidential().metadata.redirect_uris, [CALLBACK]);
    let guide = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email"),
    ];
    query(&[&guide, more].concat())
}

fn authorize(more: &[(&str, &str)]) -> Request {
    Request::get(format!("{ISSUER}{}?{}", path::AUTHORIZE, asked(more)))
}

fn location(response: &Response) -> &str {
    assert_eq!(response.status, 303);
    response.headers.first("location").unwrap()
}
