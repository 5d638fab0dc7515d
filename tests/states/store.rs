//! The server's records: grants, clients, and what goes with them.

use std::time::Duration;

use grantflow::server::{Declaration, Page, Policy, Registration, path};
use grantflow::uri::Issuer;
use grantflow::wire::http::{Method, Request, Response};
use grantflow::wire::registration::{ClientMetadata, GrantType};
use grantflow_tests::{
    CALLBACK, CLIENT_ID, CLIENT_SECRET, ISSUER, World, basic, confidential, json, own_form, query,
    token_request,
};
use serde_json::{Value, json};

use crate::{Scenario, offline_code};

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("a_code_is_redeemed_and_spent_again", code_spent_again),
    ("a_code_is_too_old", code_too_old),
    ("a_refresh_token_is_spent_and_spent_again", refresh_spent_again),
    ("a_grant_is_past_its_lifetime", grant_too_old),
    ("a_token_is_given_back", given_back),
    ("a_client_asks_for_itself", for_itself),
    ("an_app_registers_changes_and_leaves", registers_changes_leaves),
    ("a_developer_creates_apps_rotates_a_secret_and_removes_one", creates_rotates_removes),
    ("an_operator_starts_the_host_again", starts_again),
];

fn code_spent_again() {
    let mut world = World::new();
    let code = world.code("");
    assert_eq!(world.send(&token_request(&code, &[])).response().status, 200);
    assert_eq!(world.send(&token_request(&code, &[])).response().status, 400);
}

fn code_too_old() {
    let mut world = World::new();
    let code = world.code("");
    world.wait(600);
    assert_eq!(world.send(&token_request(&code, &[])).response().status, 400);
}

fn refresh_spent_again() {
    let mut world = World::new();
    let token = refresh_token(&mut world);
    assert_eq!(refresh(&mut world, &token).status, 200);
    world.wait(10);
    assert_eq!(refresh(&mut world, &token).status, 400);
}

fn grant_too_old() {
    let mut world = World::new();
    let token = refresh_token(&mut world);
    world.wait(world.server.policy().refresh_lifetime.as_secs());
    assert_eq!(refresh(&mut world, &token).status, 400);
}

fn given_back() {
    let mut world = World::new();
    let token = refresh_token(&mut world);
    let mut request =
        Request::form(format!("{ISSUER}{}", path::REVOKE), query(&[("token", &token)]));
    request.headers.push("authorization", basic(CLIENT_ID, CLIENT_SECRET));
    assert_eq!(world.send(&request).response().status, 200);
}

fn for_itself() {
    let mut policy = policy();
    policy.scopes.push(grantflow::server::Scope { word: "tasks".into(), meaning: "Work".into() });
    let mut world = World::with(policy);
    world.register(&Declaration {
        client_id: "machine".into(),
        metadata: ClientMetadata {
            grant_types: vec![GrantType::ClientCredentials],
            scope: Some("tasks".into()),
            ..confidential().metadata
        },
        ..confidential()
    });
    let form = query(&[("grant_type", "client_credentials")]);
    let mut request = Request::form(format!("{ISSUER}{}", path::TOKEN), form);
    request.headers.push("authorization", basic("machine", CLIENT_SECRET));
    assert_eq!(world.send(&request).response().status, 200);
}

fn registers_changes_leaves() {
    let mut world = World::with(Policy { registration: Registration::Open, ..policy() });
    let app = json!({"client_name": "Self-made", "redirect_uris": ["https://self.test/cb"]});
    let url = format!("{ISSUER}{}", path::REGISTER);
    let known = json(&world.send(&manage(Method::Post, &url, None, &app)).response());
    let text = |member: &str| known[member].as_str().unwrap().to_owned();
    // The origin of its pages is marked with the first code, and again when half a mark's life is gone.
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", &text("client_id")),
        ("redirect_uri", "https://self.test/cb"),
        ("scope", "openid"),
    ]);
    let _ = world.approve(&asked);
    let (url, token) = (text("registration_client_uri"), text("registration_access_token"));
    let response = world.send(&manage(Method::Put, &url, Some(&token), &known)).response();
    assert_eq!(response.status, 200);
    let response = world.send(&manage(Method::Delete, &url, Some(&token), &known)).response();
    assert_eq!(response.status, 204);
}

fn creates_rotates_removes() {
    let mut world = World::new();
    let developer = || Request::get(format!("{ISSUER}{}", path::DEVELOPER));
    let login = world.browse(developer()).login();
    let _ = world.sign_in(&login.interaction, "wonderland").response();
    let mut interaction = || {
        let Page::Developer(page) = world.browse(developer()).page().page else { panic!() };
        page.interaction
    };
    let interaction = interaction();
    let mut post = |fields: &[(&str, &str)]| {
        let fields = [&[("interaction", interaction.as_str())], fields].concat();
        world.browse(own_form(path::DEVELOPER, &fields))
    };
    let app = [("action", "create"), ("name", "App"), ("redirect_uris", CALLBACK)];
    let _ = post(&app).page();
    let Page::Registered(page) = post(&app).page().page else { panic!() };
    let of_it = |action| [("action", action), ("client_id", &*page.app.client_id)];
    let Page::Registered(again) = post(&of_it("rotate")).page().page else { panic!() };
    assert_ne!(again.client_secret, page.client_secret);
    let removed = post(&of_it("remove"));
    assert_eq!(removed.response().status, 303);
}

fn starts_again() {
    let policy = Policy { refresh_lifetime: Duration::from_secs(60), ..policy() };
    let mut world = World::with(Policy { registration: Registration::Open, ..policy });
    world.register(&confidential());
    // An app of nobody's comes again after the mark of its pages is half gone.
    let app = json!({"redirect_uris": ["https://self.test/cb"]});
    let url = format!("{ISSUER}{}", path::REGISTER);
    for _ in 0..2 {
        let known = json(&world.send(&manage(Method::Post, &url, None, &app)).response());
        let asked = query(&[
            ("response_type", "code"),
            ("client_id", known["client_id"].as_str().unwrap()),
            ("redirect_uri", "https://self.test/cb"),
            ("scope", "openid"),
        ]);
        let _ = world.approve(&asked);
        world.wait(20_000);
    }
}

fn policy() -> Policy {
    Policy::new(Issuer::parse(ISSUER).unwrap())
}

/// The refresh token of Alice's fresh grant.
fn refresh_token(world: &mut World) -> String {
    let code = offline_code(world);
    let tokens = json(&world.send(&token_request(&code, &[])).response());
    tokens["refresh_token"].as_str().unwrap().into()
}

fn refresh(world: &mut World, token: &str) -> Response {
    let form = query(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
    let mut request = Request::form(format!("{ISSUER}{}", path::TOKEN), form);
    request.headers.push("authorization", basic(CLIENT_ID, CLIENT_SECRET));
    world.send(&request).response()
}

fn manage(method: Method, url: &str, token: Option<&str>, said: &Value) -> Request {
    let mut request = Request { method, ..Request::get(url) };
    if let Some(token) = token {
        request.headers.push("authorization", format!("Bearer {token}"));
    }
    request.headers.push("content-type", "application/json");
    request.body = said.to_string().into();
    request
}
