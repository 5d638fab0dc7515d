//! 6. Client authentication: who tries until it fits, and what is counted.

use std::time::Duration;

use grantflow::secret::Secret;
use grantflow::server::{Claimed, InitialAccess, Page, Policy, Registration, Turn, path};
use grantflow::uri::Issuer;
use grantflow::wire::http::{Headers, Request};
use grantflow_tests::{
    Answer, CALLBACK, CLIENT_ID, ISSUER, PUBLIC_ID, VERIFIER, World, basic, json, own_form, text,
};
use serde_json::json;

use crate::common::{
    PKCE, as_client, ask, assert_tells_nothing, authorize, form, public, redeem, revoke,
};

fn world() -> World {
    let tokens = vec![InitialAccess::new(&Secret::new("initial"))];
    let policy = Policy::new(Issuer::parse(ISSUER).unwrap());
    World::with(Policy { registration: Registration::Token(tokens), ..policy })
}

/// Whom the host is told to count, and how it ends.
fn counted(world: &mut World, request: &Request) -> (Vec<Claimed>, Answer) {
    let mut counted = Vec::new();
    let mut turn = world.begin(request);
    loop {
        if let Turn::Failed(failed) = &turn {
            let printed = format!("{turn:?} {failed:#?}");
            assert!(!printed.contains("alice") && !printed.contains("guess"), "{printed}");
            counted.push(failed.who().clone());
        }
        turn = match world.step(turn) {
            Ok(turn) => turn,
            Err(answer) => return (counted, answer),
        }
    }
}

fn register(token: &str) -> Request {
    let headers = Headers::new()
        .with("content-type", "application/json")
        .with("authorization", format!("Bearer {token}"));
    let said = json!({"redirect_uris": [CALLBACK]}).to_string();
    Request { headers, ..Request::form(format!("{ISSUER}/oauth2/register"), said) }
}

fn with_secret(mut request: Request, client_id: &str, secret: &str) -> Request {
    request.headers = Headers::new().with("content-type", "application/x-www-form-urlencoded");
    request.headers.push("authorization", basic(client_id, secret));
    request
}

fn sign_in(interaction: &str, username: &str, password: &str) -> Request {
    let fields = [("interaction", interaction), ("username", username), ("password", password)];
    own_form(path::LOGIN, &fields)
}

/// The request with a guess in it.
type Guess<'g> = &'g dyn Fn(&str) -> Request;

#[test]
fn a_108_ten_guesses_are_ten_failures_that_the_host_can_count() {
    let mut world = world();
    let login = world.browse(authorize(&ask(&[]))).login().interaction;
    let code = world.approve(&ask(PKCE)).field("code").to_owned();
    let token = Request::form(format!("{ISSUER}/oauth2/introspect"), "token=x");
    let client = Claimed::Client(CLIENT_ID.into());
    let nobody = Claimed::Client("nobody".into());
    let guesses: [(Guess<'_>, Claimed, u16); 8] = [
        (&|guess| with_secret(form(&code, &[]), CLIENT_ID, guess), client.clone(), 401),
        (&|guess| with_secret(form(&code, &[]), "nobody", guess), nobody, 401),
        (&|guess| with_secret(revoke("x"), CLIENT_ID, guess), client.clone(), 401),
        (&|guess| with_secret(token.clone(), CLIENT_ID, guess), client.clone(), 401),
        (&|_| form(&code, &[("client_id", Some(CLIENT_ID))]), client, 401),
        (&|guess| register(guess), Claimed::Registrar, 401),
        (&|guess| sign_in(&login, "alice", guess), Claimed::Person("alice".into()), 200),
        (&|guess| sign_in(&login, "nobody", guess), Claimed::Person("nobody".into()), 200),
    ];
    let before = world.store.clone();
    for (request, who, status) in guesses {
        let mut failures = Vec::new();
        for guess in 0..10 {
            let request = request(&format!("guess-{guess}"));
            let (counted, answer) = counted(&mut world, &request);
            match answer {
                Answer::Page(show) => {
                    let Page::Login(page) = &show.page else { panic!("{show:?}") };
                    assert!(page.problem.is_some() && show.headers.first("set-cookie").is_none());
                    assert_eq!(show.status, status);
                }
                answer => {
                    let response = answer.response();
                    let errors = ["invalid_client", "invalid_token"];
                    assert!(errors.contains(&json(&response)["error"].as_str().unwrap()));
                    assert_eq!(response.status, status);
                    assert_tells_nothing(&response);
                }
            }
            if !matches!(who, Claimed::Person(_)) {
                assert_eq!(
                    world.server.claimed(&request).as_ref(),
                    Some(&who),
                    "before it is tried"
                );
            }
            failures.extend(counted);
        }
        assert_eq!(failures, vec![who; 10]);
        assert_eq!(world.store, before);
    }
}

#[test]
fn a_108_who_proves_it_and_who_need_not_is_not_counted() {
    let mut world = world();
    let login = world.browse(authorize(&ask(&[]))).login().interaction;
    let codes = [0; 2].map(|_| world.approve(&ask(PKCE)).field("code").to_owned());
    let of_public = {
        let change = [PKCE, &[("client_id", Some(PUBLIC_ID))]].concat();
        world.approve(&ask(&change)).field("code").to_owned()
    };
    let introspect = Request::form(format!("{ISSUER}/oauth2/introspect"), "token=x");
    for (request, status) in [
        (redeem(&codes[0], &[("code_verifier", Some(VERIFIER))]), 200),
        // A code that is no good is nobody's failure to prove who they are.
        (redeem(&codes[1], &[]), 400),
        (redeem("gfc_guess", &[]), 400),
        (public(&of_public, Some(VERIFIER)), 200),
        (as_client(introspect), 200),
        (form(&codes[1], &[]), 400),
        (register("initial"), 201),
        (sign_in(&login, "alice", "wonderland"), 303),
    ] {
        let (counted, answer) = counted(&mut world, &request);
        let response = answer.response();
        assert_eq!((response.status, counted), (status, vec![]), "{}", text(&response));
    }
}

#[test]
fn a_108_who_has_failed_too_often_is_told_when_to_come_back_and_nothing_else() {
    let mut world = world();
    let code = world.approve(&ask(PKCE)).field("code").to_owned();
    let request = redeem(&code, &[("code_verifier", Some(VERIFIER))]);
    let before = world.store.clone();
    let refused = world.server.too_many(&request, world.now, Duration::from_millis(59_001));
    let Turn::Reply(response) = refused else { panic!("{refused:?}") };
    assert_eq!(response.status, 429);
    assert_eq!(json(&response)["error"], "temporarily_unavailable");
    assert_eq!(response.headers.first("retry-after"), Some("60"));
    assert_eq!(response.headers.first("cache-control"), Some("no-store"));
    assert_tells_nothing(&response);
    // A person, with the right password even, is told the same on a page.
    world.wait(1);
    let login = world.browse(authorize(&ask(&[("prompt", Some("login"))]))).login().interaction;
    let mut right = sign_in(&login, "alice", "wonderland");
    right.headers.push("accept", "text/html");
    let turn = world.begin(&right);
    let Turn::SignIn(question) = turn else { panic!("{turn:?}") };
    let turn = question.too_many(Duration::from_secs(60));
    let Turn::Show(show) = turn else { panic!("{turn:?}") };
    let Page::Error(page) = &show.page else { panic!("{show:?}") };
    assert_eq!((show.status, page.error), (429, "temporarily_unavailable"));
    assert_eq!(show.headers.first("retry-after"), Some("60"));
    assert_eq!(show.headers.first("set-cookie"), None);
    assert_eq!(world.store, before, "and the code is as good as before");
    assert_eq!(world.send(&request).response().status, 200);
}
