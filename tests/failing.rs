//! A test that fails leaves what it has sent, and the demo's World plays it.

use std::cell::RefCell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use grantflow::server::Declaration;
use grantflow::wire::http::{Request, Response};
use grantflow_tests::{
    CHALLENGE, PUBLIC_ID, VERIFIER, World, confidential, guide_query, json, log, query,
    tasks_request, text, token_request,
};
use grantflow_world::Trace;

/// What the last answer was: its status, and its error or all of it.
type Last = (u16, String);

/// Fails after this, and gives what World makes of the file that is left: how its last answer ended,
/// beside how the test saw it, and the trace.
fn failed(test: impl FnOnce(&mut World) -> Response) -> (Last, Last, Trace) {
    let last = RefCell::new(None);
    let fails = || {
        let mut world = World::new();
        let response = test(&mut world);
        let error = serde_json::from_slice(&response.body).ok();
        *last.borrow_mut() = Some((response.status, error_of(error, text(&response))));
        panic!("as it should")
    };
    assert!(catch_unwind(AssertUnwindSafe(fails)).is_err());
    let left = fs::read_to_string(log::file()).unwrap();
    fs::remove_file(log::file()).unwrap();
    let trace = Trace::parse(&left).unwrap();
    let world = grantflow_world::World::replay(&trace).unwrap();
    let message = world.messages().last().unwrap();
    let answer = &message.response;
    let error = error_of(serde_json::from_str(&answer.body).ok(), &answer.body);
    (last.take().unwrap(), (answer.status, error), trace)
}

fn error_of(body: Option<serde_json::Value>, all: &str) -> String {
    let error = body.and_then(|body| Some(body.get("error")?.as_str()?.to_owned()));
    error.unwrap_or_else(|| all.to_owned())
}

#[test]
fn what_a_failing_test_has_sent_is_played_in_world_to_the_same_end() {
    let (seen, played, trace) = failed(|world| {
        let code = world.code("&state=s");
        let response = world.send(&token_request(&code, &[])).response();
        assert_eq!(response.status, 200);
        world.wait(7);
        world.send(&token_request(&code, &[])).response()
    });
    assert_eq!(seen, (400, "invalid_grant".into()));
    assert_eq!(played, seen);
    let text = serde_json::to_string(&trace).unwrap();
    assert!(text.contains(".answer.code}}") && text.contains(".answer.interaction}}"), "{text}");
    assert!(text.contains(r#""seconds":7"#) && !text.contains("as.test"), "{text}");
}

#[test]
fn each_generation_of_a_token_is_referred_to_by_its_own_answer() {
    let (seen, played, trace) = failed(|world| {
        let asked = guide_query().replace("openid", "openid+offline_access");
        let code = world.approve(&asked).field("code").to_owned();
        let mut tokens = json(&world.send(&token_request(&code, &[])).response());
        for _ in 0..2 {
            let token = tokens["refresh_token"].as_str().unwrap();
            let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
            let request = Request { body: query(&fields).into(), ..token_request("", &[]) };
            tokens = json(&world.send(&request).response());
        }
        let newest = tasks_request(tokens["access_token"].as_str().unwrap());
        world.send(&newest).access();
        world.wait(3600);
        world.send(&newest).response()
    });
    assert_eq!(seen.0, 401);
    assert_eq!(played, seen);
    let played = grantflow_world::World::replay(&trace).unwrap();
    let statuses: Vec<u16> = played.messages().map(|it| it.response.status).collect();
    assert_eq!(statuses[statuses.len() - 5..], [200, 200, 200, 200, 401]);
}

#[test]
fn a_page_that_has_no_secret_is_worlds_page() {
    let (seen, played, trace) = failed(|world| {
        let asked = guide_query().replace("your_client_id", PUBLIC_ID);
        let challenge = format!("&code_challenge={CHALLENGE}&code_challenge_method=S256");
        let parameters = world.approve(&(asked + &challenge));
        let code = parameters.field("code").to_owned();
        let form = |verifier: &str| {
            let fields = [
                ("grant_type", "authorization_code"),
                ("client_id", PUBLIC_ID),
                ("redirect_uri", grantflow_tests::CALLBACK),
                ("code", code.as_str()),
                ("code_verifier", verifier),
            ];
            Request::form("https://as.test/oauth2/token", query(&fields))
        };
        let wrong = world.send(&form(&VERIFIER.replace('d', "e"))).response();
        assert_eq!(wrong.status, 400);
        world.send(&form(VERIFIER)).response()
    });
    assert_eq!((seen.0, played.0), (200, 200));
    assert_eq!(serde_json::to_value(trace.config.app).unwrap(), "public");
}

#[test]
fn what_world_does_not_know_does_not_keep_the_rest_from_being_played() {
    let (seen, played, trace) = failed(|world| {
        let mut request = token_request("no code", &[]);
        request.url = "https://elsewhere.test/oauth2/token".into();
        world.send(&request).response();
        world.register(&Declaration { client_id: "another".into(), ..confidential() });
        let asked = guide_query().replace("your_client_id", "another");
        let parameters = world.approve(&asked);
        assert_ne!(parameters.field("code"), "");
        world.send(&token_request(parameters.field("code"), &[])).response()
    });
    assert_eq!(seen, (400, "invalid_grant".into()));
    assert_eq!(played, seen);
    assert!(!serde_json::to_string(&trace).unwrap().contains("elsewhere"));
}
